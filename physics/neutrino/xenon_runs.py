"""Electron recoils in LZ (WS2024), XENONnT (2022) and PandaX-4T (2024), with backgrounds whose norms float.

The bins of 1 keV of each run (1 to 20 keV, 1 to 30 keV, 2 to 20 keV) are compared with its background model, which
contains the solar neutrinos of the Standard Model (floating_background.py). For each there are the observables

    ..._chi2    the difference to the smallest chi2 of any coupling at that mass,
    ..._g_X     the largest coupling that it allows,

and the parameter ..._background_error. Light X is seen by its shape, heavy X by its norm: for LZ, with a prior of 3 %
instead of 10 % the limit is 5 % stronger at 0.1 MeV, 15 % at 15 MeV; without any it is 1 % and 12 % weaker.

Limits on g_X are 9.3e-6, 7.7e-6 and 1.15e-5 at 0.1 MeV (XENON1T: 1.22e-5), 1.20e-3, 1.05e-3 and 1.46e-3 at 15 MeV
(1.24e-3).

XENONnT: data, background and efficiency are the collaboration's own files; the background over the efficiency is 15.9
per t yr keV, published 15.8 +- 1.3, and with that efficiency free electrons make 77.9 solar events, in the figure 78.6.
PandaX-4T: Run1 alone, tables that others digitised; there the norm of tritium, at low energies, is fitted by itself,
here only the sum floats. The number of events that X adds to a bin is compared with the error of the expected one,
sqrt(b_i), also where few are expected (7 between 1 and 2 keV in XENONnT).

Left out: the resolution (0.3 keV at 1 keV; the spectra of X are smooth), shapes of single backgrounds, the 15 % of the
RRPA ratio, the error of the fluxes (1 %).
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from physics.core.files import columns, table
from physics.core.parameter import parameter
from physics.core.publish import publish
from physics.core.registration import intermediate, observable
from physics.core.status import FloatArray, Outcome
from physics.neutrino.curve import package_curve
from physics.neutrino.detector import Signal, electron_windows
from physics.neutrino.floating_background import Quartic, largest_allowed, quartic, smallest
from physics.neutrino.limits import or_no_solution
from physics.neutrino.recoils import SolarScattering, Windows, electron_recoils_in_windows
from physics.neutrino.targets import target

__all__: list[str] = []  # the observables are made below


@cache
def _windows(run: str, electron_binding: str) -> Windows:
    efficiency = package_curve(f"neutrino/{run}_efficiency.csv")
    energies = columns(f"neutrino/{run}_counts.csv")["E_keV"]
    signals = tuple(Signal(e - 0.5, e + 0.5, efficiency) for e in energies)
    return electron_windows(signals, target("Xe"), electron_binding)


class _Counts(NamedTuple):
    """Exposure [t yr], and in each bin the events observed and the background expected."""

    exposure: float
    observed: FloatArray
    background: FloatArray


@cache
def _counts(run: str) -> _Counts:
    _, observed, background = columns(f"neutrino/{run}_counts.csv").values()
    return _Counts(table("neutrino/xenon_runs.toml")[run]["exposure"], observed, background)


def _fit(
    run: str, solar: SolarScattering, electron_binding: str, background_error: FloatArray, product_per_coupling: float
) -> Quartic:
    """Chi2 of a run for couplings of the sign that there are."""
    exposure, observed, background = _counts(run)
    per_exposure = electron_recoils_in_windows(solar, _windows(run, electron_binding))
    return quartic(per_exposure * exposure, observed, background, background_error, product_per_coupling)


def _register_fit(run: str, title: str, short: str) -> None:
    """Register the parameter of a run, and the intermediates `<run>_quartic` and `<run>_smallest`."""
    parameter(
        f"{run}_background_error",
        f"fractional error of the norm of the background of {title}, beside what its own counts say",
        label=rf"$\sigma_B$ ({short})",
        default=table("neutrino/xenon_runs.toml")[run]["background_error"],
        high=10.0,
    )
    arguments = ("solar_scattering", "electron_binding", f"{run}_background_error", "product_per_coupling")

    def fit(**values: Any) -> Quartic:
        return _fit(run, *(values[argument] for argument in arguments))

    def best(**values: Any) -> FloatArray:
        return smallest(values[f"{run}_quartic"])

    intermediate(seconds=1e-6)(publish(globals(), f"{run}_quartic", arguments, fit, f"Chi2 of {title}."))
    intermediate(seconds=1e-7)(
        publish(globals(), f"{run}_smallest", [f"{run}_quartic"], best, "The smallest chi2 of any coupling.")
    )


def _register_limit(run: str, title: str, short: str, reference: str, window: str, at_0_1_MeV: tuple[str, str]) -> None:
    """Register the observables of a run."""
    reference = f"Amaral et al. 2020, eqs. (29), (32); {reference}; Chen et al. 2017"
    couplings, values = at_0_1_MeV

    def chi2(**given: Any) -> FloatArray:
        fit: Quartic = given[f"{run}_quartic"]
        return np.asarray(fit(np.abs(given["coupling_product"]) / fit.unit) - given[f"{run}_smallest"])

    def g_X(**given: Any) -> Outcome:
        largest = largest_allowed(given[f"{run}_quartic"], given[f"{run}_smallest"] + given["chi2_level"])
        return or_no_solution(np.sqrt(largest / abs(given["product_per_coupling"])))

    nodes = (f"{run}_quartic", f"{run}_smallest")
    observable(unit="1", label=rf"$\Delta\chi^2$ ({short})", reference=reference)(
        publish(
            globals(),
            f"{run}_chi2",
            ["coupling_product", *nodes],
            chi2,
            f"""Chi2 of the electron recoils in {title} ({window}) above the smallest of any coupling at that mass.

The norm of the background floats. One degree of freedom.

>>> import physics
>>> physics.evaluate("{run}_chi2", m_X=0.1, g_X={couplings}).round(2)
array({values})
""",
        )
    )
    observable(unit="1", label=f"$g_X$ ({short})", reference=reference, seconds=1e-5)(
        publish(
            globals(),
            f"{run}_g_X",
            [*nodes, "product_per_coupling", "chi2_level"],
            g_X,
            f"""Largest coupling that the electron recoils in {title} allow ({window}).

`chi2_level` counts from the smallest chi2 of any coupling at that mass.

>>> import physics
>>> limit = physics.evaluate("{run}_g_X", m_X=0.1)
>>> round(physics.evaluate("{run}_chi2", m_X=0.1, g_X=limit), 6)
2.7055
""",
        )
    )


def _register(run: str, title: str, short: str, reference: str, window: str, at_0_1_MeV: tuple[str, str]) -> None:
    _register_fit(run, title, short)
    _register_limit(run, title, short, reference, window, at_0_1_MeV)
    __all__.extend([f"{run}_chi2", f"{run}_g_X"])


_register("lz2024", "LZ's run WS2024", "LZ 2024", "LZ 2025", "1 to 20 keV", ("[0, 5e-6, 1e-5]", "[0.04, 0.  , 5.06]"))
_register(
    "xenonnt2022",
    "XENONnT's first science run",
    "XENONnT 2022",
    "XENONnT 2022",
    "1 to 30 keV",
    ("[0, 5e-6, 1e-5]", "[ 0.  ,  0.33, 12.77]"),
)
_register(
    "pandax4t2024",
    "PandaX-4T's Run1",
    "PandaX-4T 2024",
    "PandaX-4T 2024",
    "2 to 20 keV",
    ("[0, 5e-6, 1e-5]", "[0.  , 0.03, 1.04]"),
)
