"""Rates of 7Be neutrinos in Borexino, with X: Amaral et al. 2020, section III.1.

Each line is mono-energetic, so the integral over recoils is a closed form, but for the radiative corrections of QED.
Without X the rate of both lines is 47.9 (GS98) and 43.7 (AGSS09) counts per day in 100 t, as Borexino quotes; at tree
level it is 1.9 % more (electron_couplings.py).

What light X adds lies at small recoils, T ~ m_X^2/2 m_e, and Borexino sees none below its threshold. X is therefore
counted where spectra were fitted, above 0.27 MeV in phase I and 0.19 MeV in phase II, and changes the rate of the whole
spectrum, which is what was published, by the same factor. Were all recoils counted, as in the papers, the limit would
fall without bound for light X: below that of phase II by 4 % at 5 MeV, 10 % at 1 MeV, 2.4 times at 0.1 MeV, 7.7 times
at 0.01 MeV. (Thresholds: 0.27 MeV as in Kamada et al. 2018; 0.19 MeV from memory of arXiv:1707.09279.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from physics.core.files import table
from physics.core.parameter import parameter
from physics.core.registration import branch, intermediate, observable
from physics.core.status import FloatArray
from physics.neutrino.cross_sections import ScatteringCharges
from physics.neutrino.electron_couplings import ElectronCouplings
from physics.neutrino.electron_windows import electron_window_integrals, qed_window_integrals
from physics.neutrino.oscillation import FlavourSplit, mean_cos_2_theta_m
from physics.neutrino.recoils import NO_EVENTS, Coefficients, electron_parabola
from physics.neutrino.solar import fluxes, lines

__all__ = [
    "LineRate",
    "borexino_rate",
    "borexino_rate_ratio",
    "electron_days",
    "line_flavours",
    "line_integrals",
    "line_rate",
    "line_rates",
    "measurements",
]


@cache
def measurements() -> dict[str, Any]:
    """Rates and errors."""
    return table("neutrino/borexino.toml")


def electron_days() -> float:
    """Electrons of 100 t times the seconds of a day."""
    return float(measurements()["electrons_per_100t"] * 86400.0)


_LINES = {"both": slice(0, 2), "862 keV": slice(0, 1)}  # of lines()["7Be"]
_PREDICTIONS: dict[str, Callable[[Any, Any, str], Any]] = {  # from our rate of the lines counted, and that of both
    "computed": lambda counted, both, metallicity: counted,
    "quoted": lambda counted, both, metallicity: counted * measurements()["quoted"][metallicity][0] / both,
}

parameter(
    "borexino_recoil_window",
    "recoils of electrons in Borexino to which X can add; published: those that were fitted, above 0.27 MeV in phase I "
    "and 0.19 MeV in phase II; all: from 0 on, as in the papers, a false limit for X below 5 MeV; "
    "given: above borexino_T_min",
    label="recoils in Borexino",
    default="published",
    choices=("published", "all", "given"),
)
parameter(
    "borexino_T_min",
    'smallest electron recoil in Borexino to which X can add, with borexino_recoil_window = "given"',
    unit="MeV",
    label=r"$T_\mathrm{min}$",
    default=0.19,
    high=0.66,
    low_allowed=True,
)
parameter(
    "borexino_lines",
    "lines of 7Be counted; published: 862 keV for phase I, both for phase II, as the rates are quoted",
    label="7Be lines",
    default="published",
    choices=("published", *_LINES),
)
parameter(
    "borexino_prediction",
    "7Be rate without X; computed: with our couplings and mixing; quoted: 47.9 (GS98), 43.7 (AGSS09) cpd/100t",
    label="predicted 7Be rate",
    default="computed",
    choices=_PREDICTIONS,
)


class LineRate(NamedTuple):
    """Rate of a line [counts per day in 100 t]: of recoils in the window, and of all, without X."""

    in_window: Coefficients
    whole: FloatArray


def line_flavours(
    source: str,
    metallicity: str,
    sin2_theta_12: FloatArray,
    sin2_theta_13: FloatArray,
    dm2_21: FloatArray,
    split: FlavourSplit,
) -> list[FloatArray]:
    """Neutrinos of each line of a source by flavour, times the electrons of 100 t, in a day [cm^-2]."""
    result = []
    for energy, share in lines()[source]:
        cosine = mean_cos_2_theta_m(energy, source, metallicity, sin2_theta_12, sin2_theta_13, dm2_21)
        flavours = split.flavours(np.stack([np.ones_like(cosine), cosine]))
        result.append(share * fluxes(metallicity)[source][0] * electron_days() * flavours)
    return result


@intermediate(seconds=3e-6)
def beryllium_flavours(
    metallicity: str,
    sin2_theta_12: FloatArray,
    sin2_theta_13: FloatArray,
    dm2_21: FloatArray,
    flavour_split: FlavourSplit,
) -> list[FloatArray]:
    """`line_flavours` of 7Be."""
    return line_flavours("7Be", metallicity, sin2_theta_12, sin2_theta_13, dm2_21, flavour_split)


@intermediate(when={"borexino_recoil_window": "published"})
def borexino_thresholds() -> dict[str, FloatArray]:
    """Smallest recoil that counts in each phase [MeV]."""
    return {phase: np.array(measurements()[phase]["T_min"]) for phase in ("phase1", "phase2")}


@branch("borexino_thresholds", when={"borexino_recoil_window": "all"})
def no_thresholds() -> dict[str, FloatArray]:
    """All recoils count."""
    return dict.fromkeys(("phase1", "phase2"), np.array(0.0))


@branch("borexino_thresholds", when={"borexino_recoil_window": "given"})
def given_thresholds(borexino_T_min: FloatArray) -> dict[str, FloatArray]:
    """The same for both phases."""
    return dict.fromkeys(("phase1", "phase2"), borexino_T_min)


def line_integrals(energy: float | FloatArray, T_min: FloatArray, m_X: FloatArray, qed: bool) -> tuple[FloatArray, ...]:
    """`electron_window_integrals`, with the corrections of QED if they are wanted."""
    integrals = electron_window_integrals(energy, T_min, m_X)
    if not qed:
        return integrals
    return tuple(a + b for a, b in zip(integrals, qed_window_integrals(energy, T_min, m_X), strict=True))


def line_rate(
    energy: float | FloatArray,
    T_min: FloatArray,
    m_X: FloatArray,
    flavours: FloatArray,
    couplings: ElectronCouplings,
    charges: ScatteringCharges,
) -> Coefficients:
    """Recoils above T_min of electrons hit by mono-energetic neutrinos, `flavours` of each flavour."""
    plain, over_D, over_D2 = line_integrals(energy, T_min, m_X, couplings.qed)
    return electron_parabola(
        np.stack([np.stack([p * share for share in flavours]) for p in plain]),
        np.stack([np.stack([p * share for share in flavours]) for p in over_D]),
        np.stack([(over_D2[0] + over_D2[1] - over_D2[2]) * share for share in flavours]),
        couplings,
        charges,
    )


def line_rates(
    source: str,
    m_X: FloatArray,
    flavours: Sequence[FloatArray],
    couplings: ElectronCouplings,
    charges: ScatteringCharges,
    T_min: FloatArray,
) -> list[LineRate]:
    """Rate of each line of a source."""
    rates = []
    for (energy, _), each in zip(lines()[source], flavours, strict=True):
        whole = line_rate(energy, np.array(0.0), np.array(1.0), each, couplings, charges)
        rates.append(LineRate(line_rate(energy, T_min, m_X, each, couplings, charges), whole.standard))
    return rates


def _prediction(
    rates: Sequence[LineRate], phase: str, metallicity: str, borexino_lines: str, borexino_prediction: str
) -> Coefficients:
    """The rate of the whole spectrum, raised by X as much as that in the window is.

    A quoted rate, which is that of both lines, is split in the computed ratio.
    """
    counted = rates[_LINES[measurements()[phase]["lines"] if borexino_lines == "published" else borexino_lines]]
    rate = sum((line.in_window for line in counted), start=NO_EVENTS)
    whole, both = (sum(line.whole for line in some) for some in (counted, rates))
    predicted: FloatArray = _PREDICTIONS[borexino_prediction](whole, both, metallicity)
    return rate * (predicted / rate.standard)


@intermediate(seconds=3e-6)
def borexino_phase1_prediction(
    m_X: FloatArray,
    beryllium_flavours: list[FloatArray],
    weak_couplings: ElectronCouplings,
    scattering_charges: ScatteringCharges,
    borexino_thresholds: dict[str, FloatArray],
    metallicity: str,
    borexino_lines: str,
    borexino_prediction: str,
) -> Coefficients:
    """What the rate of phase I is compared with."""
    rates = line_rates(
        "7Be", m_X, beryllium_flavours, weak_couplings, scattering_charges, borexino_thresholds["phase1"]
    )
    return _prediction(rates, "phase1", metallicity, borexino_lines, borexino_prediction)


@intermediate(seconds=3e-6)
def borexino_phase2_prediction(
    m_X: FloatArray,
    beryllium_flavours: list[FloatArray],
    weak_couplings: ElectronCouplings,
    scattering_charges: ScatteringCharges,
    borexino_thresholds: dict[str, FloatArray],
    metallicity: str,
    borexino_lines: str,
    borexino_prediction: str,
) -> Coefficients:
    """What the rate of phase II is compared with."""
    rates = line_rates(
        "7Be", m_X, beryllium_flavours, weak_couplings, scattering_charges, borexino_thresholds["phase2"]
    )
    return _prediction(rates, "phase2", metallicity, borexino_lines, borexino_prediction)


@observable(
    unit="cpd",
    label="$^7$Be rate in Borexino",
    reference="Amaral et al. 2020, eqs. (29), (32); Bahcall et al. 1995",
    seconds=1e-8,
)
def borexino_rate(borexino_phase2_prediction: Coefficients, coupling_product: FloatArray) -> FloatArray:
    """Rate of 7Be neutrinos in 100 t of Borexino, with X; what phase II is compared with.

    >>> import physics
    >>> standard = {"m_X": 20.0, "g_X": 0.0, "electron_couplings": ["tree", "corrected"]}
    >>> physics.evaluate("borexino_rate", **standard).round(1)
    array([48.8, 47.9])
    """
    return borexino_phase2_prediction(coupling_product)


@observable(
    unit="1",
    label=r"$R_{^7\mathrm{Be}}/R_\mathrm{SM}$",
    reference="Amaral et al. 2020, eq. (29); Bahcall et al. 1995",
    seconds=1e-8,
)
def borexino_rate_ratio(borexino_phase2_prediction: Coefficients, coupling_product: FloatArray) -> FloatArray:
    """Rate of 7Be neutrinos in Borexino, over that of the Standard Model.

    It depends on the metallicity weakly; with `borexino_lines` "published" both lines count.

    >>> import physics
    >>> round(physics.evaluate("borexino_rate_ratio", m_X=20, g_X=7.2e-4, kinetic_mixing="hypercharge"), 2)
    1.1
    """
    return borexino_phase2_prediction(coupling_product) / borexino_phase2_prediction.standard
