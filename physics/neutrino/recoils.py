"""Numbers of recoils: parabolas in the coupling, Amaral et al. 2020, eqs. (23), (26)-(29), (32).

With x the `coupling_product`, every count is `standard + x linear + x^2 quadratic`. The integrals over the neutrinos'
energy are moments of the flux (solar.py) and do not depend on m_X; for each mass one sum over recoil energies remains,
and none for g_X, the weak mixing angle, theta_23 or delta_CP.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from physics.core.registration import intermediate
from physics.core.status import FloatArray
from physics.model.constants import G_F, HBARC2_MEV2_CM2, M_E
from physics.neutrino.cross_sections import (
    Nucleus,
    ScatteringCharges,
    helm_form_factor,
    largest_recoil,
    smallest_energy,
    weak_charge,
)
from physics.neutrino.electron_couplings import ElectronCouplings
from physics.neutrino.oscillation import FlavourSplit
from physics.neutrino.solar import Sun, Suns, endpoints
from physics.numerics.quadrature import gauss_panels

__all__ = [
    "NO_EVENTS",
    "Coefficients",
    "Recoils",
    "SolarScattering",
    "electron_parabola",
    "electron_recoils",
    "electron_recoils_in_windows",
    "electron_shapes",
    "nuclear_parabola",
    "nuclear_recoils",
    "nuclear_shapes",
    "over_masses",
    "recoil_nodes",
]

_PANEL_RATIO = 2.0  # of the recoil energies at the ends of a panel, at most
_MASSES_AT_ONCE = 2048  # bounds memory
_WINDOWS_TIMES_POINTS = 100_000  # the same


@dataclass(frozen=True)
class Coefficients:
    """A number of events as a parabola in x: standard + x linear + x^2 quadratic."""

    standard: FloatArray
    linear: FloatArray
    quadratic: FloatArray

    def __call__(self, x: FloatArray) -> FloatArray:
        """Events at x.

        >>> Coefficients(np.array(3.0), np.array(2.0), np.array(1.0))(np.array(-1.0)).item()
        2.0
        """
        return self.standard + x * (self.linear + x * self.quadratic)

    def __add__(self, other: Coefficients) -> Coefficients:
        """Events of both."""
        return Coefficients(
            self.standard + other.standard, self.linear + other.linear, self.quadratic + other.quadratic
        )

    def __mul__(self, factor: FloatArray | float) -> Coefficients:
        """Scaled events."""
        return Coefficients(self.standard * factor, self.linear * factor, self.quadratic * factor)


NO_EVENTS = Coefficients(np.array(0.0), np.array(0.0), np.array(0.0))


class Recoils(NamedTuple):
    """Nodes of a recoil window [MeV], and the weight of each: its width times targets, time and efficiency [s MeV]."""

    T: FloatArray
    weight: FloatArray


class SolarScattering(NamedTuple):
    """What the recoils of solar neutrinos depend on, beside the detector."""

    m_X: FloatArray
    suns: Suns
    split: FlavourSplit
    couplings: ElectronCouplings
    sin2_theta_W_nuclei: FloatArray
    charges: ScatteringCharges


@intermediate
def solar_scattering(
    m_X: FloatArray,
    suns: Suns,
    flavour_split: FlavourSplit,
    weak_couplings: ElectronCouplings,
    sin2_theta_W_nuclei: FloatArray,
    scattering_charges: ScatteringCharges,
) -> SolarScattering:
    """Solar neutrinos and their interactions."""
    return SolarScattering(m_X, suns, flavour_split, weak_couplings, sin2_theta_W_nuclei, scattering_charges)


def recoil_nodes(low: float, high: float, breaks: Iterable[float], mass: float) -> Recoils:
    """Gauss-Legendre nodes between two recoil energies, panel by panel; the weights are widths alone [MeV].

    Panels end at `breaks`, where an efficiency or a number of electrons jumps or has a kink, and where a target of that
    mass takes over the highest energy of a source [all MeV].

    >>> T, weight = recoil_nodes(0.002, 0.030, [0.0048], 0.511)
    >>> round(float(weight.sum()), 12)
    0.028
    """
    inner = [b for b in (*breaks, *largest_recoil(endpoints(), mass).tolist()) if low < b < high]
    ends = np.unique([low, *inner, high])
    cuts = [
        np.geomspace(a, b, 1 + math.ceil(math.log(b / a) / math.log(_PANEL_RATIO)))[:-1]
        for a, b in itertools.pairwise(ends)
    ]
    edges = np.append(np.concatenate(cuts), high)
    nodes, widths = gauss_panels(edges, 8)
    return Recoils(nodes.ravel(), widths.ravel())


def electron_recoils(solar: SolarScattering, recoils: Recoils) -> Coefficients:
    """Electrons hit by solar neutrinos, Amaral et al. 2020, eqs. (26)-(29), (32); weights [MeV s] count electrons."""
    return electron_recoils_in_windows(solar, [recoils])[0]


def electron_recoils_in_windows(solar: SolarScattering, windows: Sequence[Recoils]) -> list[Coefficients]:
    """The same in each of several windows, which are computed together, as many as memory allows."""
    at_once = max(1, _WINDOWS_TIMES_POINTS // max(solar.m_X.size * solar.suns.which.size, 1))
    counts: list[Coefficients] = []
    for start in range(0, len(windows), at_once):
        part = windows[start : start + at_once]
        together = _electron_recoils(solar, part)
        terms = (together.standard, together.linear, together.quadratic)
        counts += [Coefficients(*(term[n] for term in terms)) for n in range(len(part))]
    return counts


def _electron_recoils(solar: SolarScattering, windows: Sequence[Recoils]) -> Coefficients:
    """The first axis are the windows."""

    def integrals(sun: Sun, masses: FloatArray) -> FloatArray:
        sums = np.empty((14, len(windows), masses.size))
        for n, (T, weight) in enumerate(windows):
            one, square, helicity = weight * _known_electron_shapes(sun, T.tobytes())
            shapes = np.concatenate([one, square, helicity])
            sums[:, n] = over_masses(shapes, one + square - helicity, 2 * M_E * T, masses)
        return sums.reshape(-1, masses.size)

    sums = solar.suns.tabulate(14 * len(windows), solar.m_X, integrals)
    plain, over_D, over_D2 = np.split(sums.reshape(14, len(windows), *sums.shape[1:]), [6, 12])  # without and with C
    return electron_parabola(
        np.stack([solar.split.flavours(plain[n : n + 2]) for n in (0, 2, 4)]),
        np.stack([solar.split.flavours(over_D[n : n + 2]) for n in (0, 2, 4)]),
        solar.split.flavours(over_D2),
        solar.couplings,
        solar.charges,
    )


def electron_shapes(sun: Sun, T: FloatArray) -> FloatArray:
    """Integrals of the flux over the energy: of 1, (1 - T/E)^2 and m_e T/E^2, without and with C.

    T: recoils [MeV], shape (n,); the result [cm^-2 s^-1] has the shape (3, 2, n).
    """
    zeroth, first, second = sun.moments(smallest_energy(T, M_E)).transpose(1, 0, 2)
    return np.stack([zeroth, zeroth - 2 * T * first + T**2 * second, M_E * T * second])


@lru_cache(maxsize=512)
def _known_electron_shapes(sun: Sun, T: bytes) -> FloatArray:
    """`electron_shapes` at energies (the bytes of an array): a sampler asks for the same ones again and again."""
    return electron_shapes(sun, np.frombuffer(T))


def electron_parabola(
    plain: FloatArray,
    over_D: FloatArray,
    over_D2: FloatArray,
    couplings: ElectronCouplings,
    charges: ScatteringCharges,
) -> Coefficients:
    """Events on electrons from the integrals over energies and recoils, Amaral et al. 2020, eqs. (26)-(29), (C2).

    Parameters
    ----------
    plain, over_D : ndarray of shape (3, 3, ...)
        First axis: integrals of 1, (1 - T/E)^2 and m_e T/E^2, as they are and over D; second: flavour.
    over_D2 : ndarray of shape (3, ...)
        Integral of (1 + (1 - T/E)^2 - m_e T/E^2)/D^2, by flavour.
    couplings, charges
        Nodes of the graph: `weak_couplings`, `scattering_charges`.
    """
    scale = 2 * G_F**2 * M_E / math.pi * HBARC2_MEV2_CM2
    k = 1 / (2 * math.sqrt(2) * G_F)
    total = NO_EVENTS
    for i, (g_1, g_2, charge) in enumerate(zip(*couplings[:2], charges.on_electrons(), strict=True)):
        (a, b, c), (a_D, b_D, c_D) = plain[:, i], over_D[:, i]
        total += Coefficients(
            scale * (g_1**2 * a + g_2**2 * b - g_1 * g_2 * c),
            scale * charge * k * (2 * g_1 * a_D + 2 * g_2 * b_D - (g_1 + g_2) * c_D),
            scale * (charge * k) ** 2 * over_D2[i],
        )
    return total


def nuclear_recoils(solar: SolarScattering, nucleus: Nucleus, recoils: Recoils) -> Coefficients:
    """Nuclei of one kind hit by solar neutrinos, Amaral et al. 2020, eqs. (23), (32); weights [MeV s] count nuclei."""
    T, weight = recoils

    def integrals(sun: Sun, masses: FloatArray) -> FloatArray:
        shapes = weight * nuclear_shapes(sun, T, nucleus)
        return over_masses(shapes, shapes, 2 * nucleus.mass * T, masses)

    plain, over_D, over_D2 = (
        solar.split.flavours(sums) for sums in np.split(solar.suns.tabulate(6, solar.m_X, integrals), 3)
    )
    return nuclear_parabola(plain, over_D, over_D2, solar.sin2_theta_W_nuclei, solar.charges, nucleus)


def nuclear_shapes(sun: Sun, T: FloatArray, nucleus: Nucleus) -> FloatArray:
    """Integrals of the flux over the energy: of (1 - m T/2 E^2) F^2, without and with C.

    T: recoils [MeV], shape (n,); the result [cm^-2 s^-1] has the shape (2, n).
    """
    zeroth, _, second = sun.moments(smallest_energy(T, nucleus.mass)).transpose(1, 0, 2)
    return np.asarray(helm_form_factor(T, nucleus) ** 2 * (zeroth - nucleus.mass * T / 2 * second))


def nuclear_parabola(
    plain: FloatArray,
    over_D: FloatArray,
    over_D2: FloatArray,
    sin2_theta_W: FloatArray,
    charges: ScatteringCharges,
    nucleus: Nucleus,
) -> Coefficients:
    """Events on nuclei from the integrals over energies and recoils, Amaral et al. 2020, eq. (23).

    The integrals, of shape (3, ...), are those of (1 - m T/2 E^2) F^2 as it is, over D and over D^2, by flavour.
    """
    scale = G_F**2 * nucleus.mass / math.pi * HBARC2_MEV2_CM2
    weak = weak_charge(nucleus, sin2_theta_W)
    total = NO_EVENTS
    for i, charge in enumerate(charges.on_nuclei(nucleus)):
        t = charge / (math.sqrt(2) * G_F)
        total += Coefficients(scale * weak**2 / 4 * plain[i], scale * weak * t * over_D[i], scale * t**2 * over_D2[i])
    return total


def over_masses(shapes: FloatArray, quadratic: FloatArray, recoil: FloatArray, masses: FloatArray) -> FloatArray:
    """Sums over the nodes of a window, for each mass: of `shapes`, of `shapes`/D and of `quadratic`/D^2.

    Parameters
    ----------
    shapes, quadratic : ndarray of shape (k, n), (l, n)
        Weighted values at the nodes.
    recoil : ndarray of shape (n,)
        2 m T [MeV^2] there; D = recoil + m_X^2.
    masses : ndarray of shape (p,)
        m_X [MeV].

    Returns
    -------
    ndarray of shape (2 k + l, p)
    """
    result = np.empty((2 * len(shapes) + len(quadratic), masses.size))
    result[: len(shapes)] = shapes.sum(axis=1)[:, None]
    for start in range(0, masses.size, _MASSES_AT_ONCE):
        part = slice(start, start + _MASSES_AT_ONCE)
        over_D = 1 / (recoil + masses[part, None] ** 2)
        # vecdot, not @: the same sum, to the last bit, however many masses there are
        result[len(shapes) : 2 * len(shapes), part] = np.vecdot(shapes[:, None], over_D)
        result[2 * len(shapes) :, part] = np.vecdot(quadratic[:, None], over_D**2)
    return result
