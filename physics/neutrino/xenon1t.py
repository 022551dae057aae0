"""Electron recoils in XENON1T: Amaral et al. 2020, section III.3.1; data of XENON1T 2020.

The number of events between 2 and 30 keV is compared with the background model B0, in which the Standard Model's
solar neutrinos are contained: N = B0 + N_SM+X - N_SM. B0 is taken as known, although it was fitted to these data: as in
the paper, limits are stronger than they should be.

`xenon1t_error`: "poisson" is the square root of the 1235 events. "linear sum" adds the errors of the 28 bins, 185 in
place of 35; it is not a valid statistic, but with it the paper's point, 1.4e-3 at 15 MeV, is that of 90 % CL (with
kinetic_mixing "hypercharge"; the paper does not say what it did).

`electron_binding`: solar neutrinos from 1 to 210 keV are 231.0 events with the step function and 221.7 with the RRPA
ratio (with the paper's other readings); XENON1T expects 220.7 +- 6.6, which another curve of RRPA, lower by up to 12 %
below 28 keV, gives as well (220.9). With the ratio the limit is weaker by 4 to 5 %; its 15 % are 3 to 4 % of the limit.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from physics.core.files import columns, table
from physics.core.parameter import parameter
from physics.core.registration import intermediate, observable
from physics.core.status import FloatArray, Outcome
from physics.neutrino.curve import package_curve
from physics.neutrino.detector import Signal, count_electrons
from physics.neutrino.limits import chi2_threshold, largest_coupling, smallest_count
from physics.neutrino.recoil_spectrum import recoil_spectrum
from physics.neutrino.recoils import Coefficients, SolarScattering
from physics.neutrino.targets import target

__all__ = [
    "Bins",
    "xenon1t_bins",
    "xenon1t_chi2",
    "xenon1t_events",
    "xenon1t_g_X",
    "xenon1t_signal",
    "xenon1t_spectrum",
]

_REFERENCE = "Amaral et al. 2020, eqs. (29), (32); XENON1T 2020; Chen et al. 2017"
_ERRORS: dict[str, Callable[[FloatArray], float]] = {  # of the events observed in the bins
    "poisson": lambda observed: float(np.sqrt(observed.sum())),
    "linear sum": lambda observed: float(np.sqrt(observed).sum()),
}

parameter(
    "xenon1t_error",
    "error of the counts between 2 and 30 keV; poisson, or linear sum: bin errors added linearly, which "
    "reproduces Amaral et al. 2020 but is not a valid statistic",
    label="XENON1T error",
    default="poisson",
    choices=_ERRORS,
)


class Bins(NamedTuple):
    """Bins of 1 keV: centre [keV], events observed, events of the background model."""

    energy: FloatArray
    observed: FloatArray
    background: FloatArray

    def inside(self, low: float, high: float) -> Bins:
        """Those between two energies [keV]."""
        where = (self.energy > low) & (self.energy < high)
        return Bins(*(column[where] for column in self))


class Window(NamedTuple):
    """Events in the window: observed, of B0, and the error of those observed."""

    observed: float
    background: float
    error: float

    @property
    def excess(self) -> float:
        """Events above the Standard Model."""
        return self.observed - self.background


@cache
def xenon1t_bins() -> Bins:
    """The data from 1 to 30 keV.

    >>> bins = xenon1t_bins().inside(2, 30)
    >>> len(bins.energy), float(bins.observed.sum()), round(float(bins.background.sum()), 1)
    (28, 1235.0, 1222.0)
    """
    return Bins(*columns("neutrino/xenon1t_counts.csv").values())


@cache
def xenon1t_signal(low: float, high: float) -> Signal:
    """A window [keV] with the published efficiency, which goes to 210 keV.

    >>> xenon1t_signal(2.0, 30.0).acceptance([2.5, 20.0]).round(3).tolist()
    [0.826, 0.889]
    """
    return Signal(low, high, package_curve("neutrino/xenon1t_efficiency.csv"))


@intermediate
def xenon1t_window(xenon1t_error: str) -> Window:
    """What was observed in the window."""
    _, observed, background = xenon1t_bins().inside(*table("neutrino/xenon1t.toml")["window"])
    return Window(float(observed.sum()), float(background.sum()), _ERRORS[xenon1t_error](observed))


@intermediate(seconds=1e-5)
def xenon1t_counts(solar_scattering: SolarScattering, electron_binding: str) -> Coefficients:
    """Solar neutrinos in the window as a parabola in `coupling_product`."""
    setup = table("neutrino/xenon1t.toml")
    signal = xenon1t_signal(*setup["window"])
    exposure: float = setup["exposure"]
    return count_electrons(signal, target("Xe"), solar_scattering, electron_binding) * exposure


@observable(unit="1", label="$N$ (XENON1T)", reference=_REFERENCE)
def xenon1t_events(xenon1t_counts: Coefficients, coupling_product: FloatArray) -> FloatArray:
    """Solar neutrinos in XENON1T's 0.65 t yr, electron recoils of 2 to 30 keV: Standard Model and X.

    The efficiency is included.

    >>> import physics
    >>> round(physics.evaluate("xenon1t_events", m_X=15.0, g_X=0.0), 1)
    38.5
    """
    return xenon1t_counts(coupling_product)


@observable(unit="1", label=r"$\chi^2$ (XENON1T)", reference=_REFERENCE)
def xenon1t_chi2(xenon1t_counts: Coefficients, coupling_product: FloatArray, xenon1t_window: Window) -> FloatArray:
    """(N_obs - B0 - N_SM+X + N_SM)^2 over the squared error, for the events in XENON1T between 2 and 30 keV.

    One degree of freedom. The error is the square root of 1235, or 185 ("linear sum") to reproduce the paper.

    >>> import physics
    >>> round(physics.evaluate("xenon1t_chi2", m_X=15.0, g_X=0.0), 3)
    0.138
    """
    expected = xenon1t_window.background + xenon1t_counts(coupling_product) - xenon1t_counts.standard
    return np.asarray(((xenon1t_window.observed - expected) / xenon1t_window.error) ** 2)


@observable(unit="1", label="$g_X$ (XENON1T)", reference=_REFERENCE)
def xenon1t_g_X(
    xenon1t_counts: Coefficients,
    product_per_coupling: float,
    chi2_level: FloatArray,
    chi2_reference: str,
    xenon1t_window: Window,
) -> Outcome:
    """Largest coupling that XENON1T's events between 2 and 30 keV allow.

    >>> import physics
    >>> f"{physics.evaluate('xenon1t_g_X', m_X=15.0):.3e}"
    '1.243e-03'
    >>> paper = physics.readings("paper:amaral-2020")
    >>> f"{physics.evaluate('xenon1t_g_X', m_X=15.0, **paper):.3e}"
    '1.408e-03'
    """
    excess, error = xenon1t_window.excess, xenon1t_window.error
    smallest = smallest_count(xenon1t_counts, product_per_coupling) - xenon1t_counts.standard
    best = np.maximum((smallest - excess) / error, 0.0) ** 2  # there is always a coupling with more events
    threshold = chi2_threshold(chi2_level, chi2_reference, (excess / error) ** 2, best)
    return largest_coupling(
        xenon1t_counts, xenon1t_counts.standard + excess + error * np.sqrt(threshold), product_per_coupling
    )


def xenon1t_spectrum(T_keV: ArrayLike, m_X: float = 1.0, g_X: float = 0.0, **parameters: float | str) -> FloatArray:
    """Spectrum of solar neutrinos in XENON1T, with its efficiency: Amaral et al. 2020, Fig. 3.

    To draw it on the data (`xenon1t_bins`: events in 0.65 t yr and 1 keV), add what exceeds the Standard Model to B0.

    Parameters
    ----------
    T_keV : array_like
        Recoil energies [keV], up to 210.
    m_X, g_X : float
        Mass [MeV] and coupling of X.
    **parameters
        Others, see `recoil_spectrum`.

    Returns
    -------
    ndarray
        dR/dT [1/(t yr keV)], NaN where the efficiency is not known.

    Examples
    --------
    >>> xenon1t_spectrum([2.5, 10.0, 300.0], m_X=15.0, g_X=1.4e-3).round(2).tolist()
    [8.11, 9.15, nan]
    """
    T = np.asarray(T_keV, dtype=np.float64)
    efficiency = xenon1t_signal(*table("neutrino/xenon1t.toml")["window"]).acceptance
    known = (efficiency.energy[0] <= T) & (efficiency.energy[-1] >= T)
    return np.where(known, efficiency(T), np.nan) * recoil_spectrum("Xe", "electrons", T, m_X, g_X, **parameters)
