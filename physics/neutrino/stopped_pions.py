r"""Coherent scattering of neutrinos from pions at rest: source, detectors and statistics of coherent.py.

Pions at rest give a line of nu_mu at 29.8 MeV, the muons that they decay to continua of anti-nu_mu and nu_e up to
m_mu/2. The number of recoils is Amaral et al. 2020, eq. (31), a parabola in x = `coupling_product` (recoils.py); the
integrals over the energy are polynomials.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from physics.core.files import columns, table
from physics.core.parameter import parameter
from physics.core.status import FloatArray
from physics.model.constants import ATOMIC_MASS_G, M_MU, M_PI
from physics.neutrino.cross_sections import (
    Nucleus,
    ScatteringCharges,
    helm_form_factor,
    largest_recoil,
    smallest_energy,
)
from physics.neutrino.limits import chi2_threshold, couplings_at, largest_coupling, smallest_count
from physics.neutrino.recoils import NO_EVENTS, Coefficients, Sums, nuclear_parabola, parabolas, recoil_nodes, tabulated

__all__ = [
    "E_LINE",
    "E_MAX",
    "Counts",
    "Detector",
    "Exclusion",
    "allowed_counts",
    "cenns10",
    "cenns10_counts",
    "chi2",
    "exclusion",
    "make_detector",
    "recoils",
    "source_moments",
    "weights",
]

E_LINE = (M_PI**2 - M_MU**2) / (2 * M_PI)  # of nu_mu from pions at rest [MeV]
E_MAX = M_MU / 2  # of anti-nu_mu and nu_e from muons at rest [MeV]; m_e^2/m_mu^2 left out, as usual
_LOWEST_RECOIL = 1e-4  # [MeV]; argon counts from 1 keV on, and CsI too few below to matter
_CENNS10 = table("neutrino/cenns10.toml")
_CENNS10_ERRORS: dict[str, Callable[[dict[str, float]], float]] = {
    "measured": lambda counts: math.hypot(counts["statistical_error"], counts["systematic_error"]),
    "poisson": lambda counts: math.sqrt(counts["measured"] + counts["background"]),
}

parameter(
    "cenns10_inputs",
    "detector and source of CENNS-10: of the data release, or those in Amaral et al. 2020; in window: "
    "without the 13 % of the delayed neutrinos that arrive after 4.9 us",
    label="CENNS-10 inputs",
    default="release",
    choices=_CENNS10["inputs"],
)
parameter(
    "cenns10_error",
    "error of the 159 events; measured: 43 (stat.) and 14 (syst.), or poisson: sqrt(159 + 563)",
    label="CENNS-10 error",
    default="measured",
    choices=_CENNS10_ERRORS,
)


def source_moments(E_min: ArrayLike, delayed_share: float = 1.0) -> FloatArray:
    """Integrals of the spectra of a stopped-pion source above an energy, one neutrino of each flavour per pion.

    Amaral et al. 2020, below eq. (31): in y = E/E_MAX the spectra are 12 y^2 (1 - y) of nu_e, (6 - 4 y) y^2 of
    anti-nu_mu, and a line of nu_mu.

    The result [MeV^-power] has the shape (2, 3, ...): Int dN/dE dE and Int dN/dE dE/E^2 above E_min [MeV], of e, mu
    (with its antineutrino) and tau. The nu_mu all arrive while events are counted; of the nu_e and anti-nu_mu, which
    come with the decay of the muon, a share does.

    >>> source_moments(0.0)[0]
    array([1., 2., 0.])
    >>> source_moments(0.0, delayed_share=0.9)[0]
    array([0.9, 1.9, 0. ])
    """
    E_min = np.asarray(E_min, dtype=np.float64)
    y = np.minimum(E_min / E_MAX, 1.0)  # no neutrino has more
    line = np.where(E_min < E_LINE, 1.0, 0.0)
    none = np.zeros_like(y)
    delayed = [
        [(1 - y) ** 2 * (1 + 2 * y + 3 * y**2), 1 - 2 * y**3 + y**4, none],
        [6 * (1 - y) ** 2 / E_MAX**2, 2 * (1 - y) * (2 - y) / E_MAX**2, none],
    ]
    prompt = [[none, line, none], [none, line / E_LINE**2, none]]
    return np.asarray(delayed_share * np.array(delayed) + np.array(prompt))


@dataclass(frozen=True)
class Detector:
    """What counts the recoils."""

    nuclei: tuple[Nucleus, ...]  # one of each per molecule
    molecules: float
    fluence: float  # neutrinos of each flavour [cm^-2]
    acceptance: Callable[[FloatArray], FloatArray]  # share of the recoils T [MeV] that are counted
    breaks: tuple[float, ...]  # recoils [MeV] at which it has kinks
    delayed_share: float  # share of nu_e and anti-nu_mu that arrive in the window of the counts


class Counts(NamedTuple):
    """A measured number of events, its error, and the relative error of predictions."""

    measured: float
    error: float
    scale_error: float


class Exclusion(NamedTuple):
    """Couplings where a test begins and ends to exclude; NaN where it does not."""

    g_X: FloatArray
    island_lower: FloatArray
    island_upper: FloatArray


def make_detector(
    kinds: tuple[Nucleus, ...],
    baseline_m: float,
    exposure: Mapping[str, float],
    acceptance: Callable[[FloatArray], FloatArray],
    breaks: tuple[float, ...] = (),
) -> Detector:
    """A detector at a distance from the source; `exposure`: mass, protons, neutrinos per proton and delayed share."""
    molecule_g = sum(kind.mass_u for kind in kinds) * ATOMIC_MASS_G
    neutrinos = exposure["neutrinos_per_proton"] * exposure["protons"]
    fluence = neutrinos / (4 * math.pi * (100 * baseline_m) ** 2)
    return Detector(
        kinds, 1e3 * exposure["mass_kg"] / molecule_g, fluence, acceptance, breaks, exposure["delayed_share"]
    )


@cache
def cenns10(cenns10_inputs: str) -> Detector:
    """The liquid-argon detector, analysis A: physics/data/neutrino/cenns10.toml.

    Its efficiency is linear between the released points, and constant above the last, 118 keV: 0.3 % of the events.

    >>> detector = cenns10("release")
    >>> f"{detector.molecules:.4g} {detector.fluence:.4g}"
    '3.677e+26 1.307e+14'
    """
    _, keV, efficiency = columns("neutrino/cenns10_efficiency.csv").values()
    return make_detector(
        tuple(Nucleus(*row) for row in _CENNS10["nuclei"]),
        _CENNS10["baseline_m"],
        _CENNS10["inputs"][cenns10_inputs],
        lambda T: np.interp(1e3 * T, keV, efficiency),
        tuple(1e-3 * keV),
    )


@cache
def cenns10_counts(cenns10_error: str) -> Counts:
    """Events of CENNS-10.

    The systematic 14 and the scale error overlap (0.085 x 159 = 13.5), while the collaboration's error of its
    prediction is 17/128 = 13 %. With 43 and 8.5 %, with 43 and 13 %, or with both systematic errors, 14 and 13 %,
    limits move by 1 % at most, the lower edge of the island by -6 to +2 % (at 20 MeV -5 to +2 %; without the default
    inputs down to -7 %), the upper by -1 to +3 %.

    >>> cenns10_counts("poisson")
    Counts(measured=159, error=26.87..., scale_error=0.085)
    """
    row = _CENNS10["counts"]
    return Counts(row["measured"], _CENNS10_ERRORS[cenns10_error](row), row["scale_error"])


@cache
def _sums(detector: Detector) -> Sums:
    """Integrals over the recoils of each nucleus, by flavour."""
    found = []
    for nucleus in detector.nuclei:
        mass = nucleus.mass
        breaks = (*detector.breaks, float(largest_recoil(E_LINE, mass)))
        T, width = recoil_nodes(_LOWEST_RECOIL, float(largest_recoil(E_MAX, mass)), breaks, mass)
        zeroth, second = source_moments(smallest_energy(T, mass), detector.delayed_share)
        nuclei = detector.molecules * detector.fluence * detector.acceptance(T) * width
        shapes = nuclei * helm_form_factor(T, nucleus) ** 2 * (zeroth - mass * T / 2 * second)
        found.append((shapes, shapes, 2 * mass * T))
    return tabulated(found)


def weights(detector: Detector, sin2_theta_W: FloatArray, charges: ScatteringCharges) -> Coefficients:
    """Of the integrals over the recoils, in the number that a detector counts."""
    by_flavour = np.eye(3).reshape(3, 3, 1, *(1,) * np.ndim(sin2_theta_W))
    each = [
        nuclear_parabola(by_flavour, by_flavour, by_flavour, sin2_theta_W, charges, nucleus)
        for nucleus in detector.nuclei
    ]
    return Coefficients(
        *(np.concatenate([getattr(one, term) for one in each], axis=1) for term in ("standard", "linear", "quadratic"))
    )


def recoils(detector: Detector, m_X: FloatArray, weights: Coefficients) -> Coefficients:
    """Recoils that a detector counts, as a parabola in x: Amaral et al. 2020, eqs. (23), (31)."""
    counts = parabolas(m_X, weights, _sums(detector))
    return sum((counts[n] for n in range(len(detector.nuclei))), start=NO_EVENTS)


def chi2(events: ArrayLike, counts: Counts) -> FloatArray:
    """(n - N)^2/(s^2 + a^2 N^2): Amaral et al. 2020, below eq. (31), at the best alpha.

    >>> round(float(chi2(131.25, cenns10_counts("measured"))), 4)
    0.355
    """
    events = np.asarray(events, dtype=np.float64)
    return (counts.measured - events) ** 2 / (counts.error**2 + (counts.scale_error * events) ** 2)


def allowed_counts(counts: Counts, threshold: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """The smallest and the largest number of events with chi2 <= threshold.

    The first is negative where even no event at all is allowed; the second NaN where any large number is, because chi2
    never exceeds 1/a^2.

    >>> low, high = allowed_counts(cenns10_counts("measured"), 2.7055)
    >>> round(float(low), 2), round(float(high), 2)
    (83.7, 240.64)
    """
    n, s, a = counts
    # chi2 = threshold: A N^2 - 2 n N + C = 0
    A = 1 - np.asarray(threshold) * a**2
    C = n**2 - np.asarray(threshold) * s**2
    q = n + np.sqrt(np.maximum(n**2 - A * C, 0.0))  # negative only where A and C are: any N is allowed
    return C / q, np.where(A > 0, q / np.where(A > 0, A, 1.0), np.nan)


def exclusion(
    events: Coefficients, counts: Counts, x_at_one: float, chi2_level: FloatArray, chi2_reference: str
) -> Exclusion:
    """Where the couplings begin and end that chi2 excludes; `x_at_one`: x at g_X = 1."""
    best = np.maximum(smallest_count(events, x_at_one), counts.measured)  # large couplings give any large number
    standard = chi2(events.standard, counts)
    low, high = allowed_counts(counts, chi2_threshold(chi2_level, chi2_reference, standard, chi2(best, counts)))
    lower, upper = couplings_at(events, low, x_at_one)
    lower = np.where(events.standard < low, 0.0, lower)  # the Standard Model has too few: excluded from g_X = 0 on
    return Exclusion(largest_coupling(events, high, x_at_one).value, lower, upper)
