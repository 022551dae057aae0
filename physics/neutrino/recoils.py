"""Numbers of recoils: parabolas in the coupling, Amaral et al. 2020, eqs. (23), (26)-(29), (32).

With x the `coupling_product`, every count is `standard + x linear + x^2 quadratic`. The integrals over the neutrinos'
energy are moments of the flux (solar.py) and do not depend on m_X; for each mass one sum over recoil energies remains,
and none for g_X, the weak mixing angle, theta_23 or delta_CP.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from physics.core.status import FloatArray
from physics.model.constants import G_F, HBARC2_MEV2_CM2, M_E
from physics.neutrino.cross_sections import (
    FLAVOURS,
    Nucleus,
    electron_charges,
    electron_couplings,
    helm_form_factor,
    largest_recoil,
    nuclear_charges,
    smallest_energy,
    weak_charge,
)
from physics.neutrino.oscillation import FlavourSplit
from physics.neutrino.solar import Sun, Suns, endpoints

__all__ = [
    "NO_EVENTS",
    "Coefficients",
    "Recoils",
    "electron_parabola",
    "electron_recoils",
    "electron_shapes",
    "nuclear_parabola",
    "nuclear_recoils",
    "nuclear_shapes",
    "over_masses",
    "recoil_nodes",
]

_PANEL_RATIO = 2.0  # of the recoil energies at the ends of a panel, at most
_MASSES_AT_ONCE = 2048  # bounds memory


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
        """So many times the events."""
        return Coefficients(self.standard * factor, self.linear * factor, self.quadratic * factor)


NO_EVENTS = Coefficients(np.array(0.0), np.array(0.0), np.array(0.0))


class Recoils(NamedTuple):
    """Nodes of a recoil window [MeV], and the weight of each: its width times targets, time and efficiency [s MeV]."""

    T: FloatArray
    weight: FloatArray


def recoil_nodes(low: float, high: float, breaks: Iterable[float], mass: float) -> Recoils:
    """Gauss-Legendre nodes between two recoil energies, panel by panel.

    Parameters
    ----------
    low, high : float
        Window [MeV].
    breaks : iterable of float
        Recoils [MeV] at which an efficiency or a number of electrons jumps or has a kink.
    mass : float
        Of the target [MeV]: where it takes over from a source's highest energy there is a panel's end, too.

    Returns
    -------
    Recoils
        Weights are widths alone [MeV].

    Examples
    --------
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
    node, weight = np.polynomial.legendre.leggauss(8)
    half = np.diff(edges)[:, None] / 2
    return Recoils((edges[:-1, None] + half * (node + 1)).ravel(), (half * weight).ravel())


def electron_recoils(
    m_X: FloatArray,
    suns: Suns,
    split: FlavourSplit,
    sin2_theta_W: FloatArray,
    gauge_group: str,
    recoils: Recoils,
) -> Coefficients:
    """Electrons hit by solar neutrinos, Amaral et al. 2020, eqs. (26)-(29), (32).

    Parameters
    ----------
    m_X : array_like
        Mass of X [MeV].
    suns, split
        Solar neutrinos and their flavours (intermediates of those names and `flavour_split`).
    sin2_theta_W : array_like
        Weak mixing angle.
    gauge_group : {"Lmu-Ltau", "B-L"}
        What X couples to.
    recoils : Recoils
        The window; weights: width times electrons times time [MeV s].

    Returns
    -------
    Coefficients
        Events; broadcast shape.
    """
    T, weight = recoils

    def integrals(sun: Sun, masses: FloatArray) -> FloatArray:
        one, square, helicity = weight * electron_shapes(sun, T)
        return over_masses(
            np.concatenate([one, square, helicity]), one + square - helicity, 2 * M_E * T, masses
        )  # without and with C, each

    plain, over_D, over_D2 = np.split(suns.tabulate(14, m_X, integrals), [6, 12])
    return electron_parabola(
        np.stack([split.flavours(plain[n : n + 2]) for n in (0, 2, 4)]),
        np.stack([split.flavours(over_D[n : n + 2]) for n in (0, 2, 4)]),
        split.flavours(over_D2),
        sin2_theta_W,
        gauge_group,
    )


def electron_shapes(sun: Sun, T: FloatArray) -> FloatArray:
    """Integrals of the flux over the energy: of 1, (1 - T/E)^2 and m_e T/E^2, without and with C.

    Parameters
    ----------
    sun : Sun
        The neutrinos.
    T : ndarray of shape (n,)
        Recoils of electrons [MeV].

    Returns
    -------
    ndarray of shape (3, 2, n)
        [cm^-2 s^-1]
    """
    zeroth, first, second = sun.moments(smallest_energy(T, M_E)).transpose(1, 0, 2)
    return np.stack([zeroth, zeroth - 2 * T * first + T**2 * second, M_E * T * second])


def electron_parabola(
    plain: FloatArray, over_D: FloatArray, over_D2: FloatArray, sin2_theta_W: FloatArray, gauge_group: str
) -> Coefficients:
    """Events on electrons from the integrals over energies and recoils, Amaral et al. 2020, eqs. (26)-(29), (C2).

    Parameters
    ----------
    plain, over_D : ndarray of shape (3, 3, ...)
        First axis: integrals of 1, (1 - T/E)^2 and m_e T/E^2, as they are and over D; second: flavour.
    over_D2 : ndarray of shape (3, ...)
        Integral of (1 + (1 - T/E)^2 - m_e T/E^2)/D^2, by flavour.
    sin2_theta_W : array_like
        Weak mixing angle.
    gauge_group : {"Lmu-Ltau", "B-L"}
        What X couples to.

    Returns
    -------
    Coefficients
    """
    scale = 2 * G_F**2 * M_E / math.pi * HBARC2_MEV2_CM2
    k = 1 / (2 * math.sqrt(2) * G_F)
    total = NO_EVENTS
    for i, (flavour, charge) in enumerate(zip(FLAVOURS, electron_charges(gauge_group), strict=True)):
        g_1, g_2 = electron_couplings(flavour, sin2_theta_W)
        (a, b, c), (a_D, b_D, c_D) = plain[:, i], over_D[:, i]
        total += Coefficients(
            scale * (g_1**2 * a + g_2**2 * b - g_1 * g_2 * c),
            scale * charge * k * (2 * g_1 * a_D + 2 * g_2 * b_D - (g_1 + g_2) * c_D),
            scale * (charge * k) ** 2 * over_D2[i],
        )
    return total


def nuclear_recoils(
    m_X: FloatArray,
    suns: Suns,
    split: FlavourSplit,
    sin2_theta_W: FloatArray,
    gauge_group: str,
    nucleus: Nucleus,
    recoils: Recoils,
) -> Coefficients:
    """Nuclei of one kind hit by solar neutrinos, Amaral et al. 2020, eqs. (23), (32).

    Parameters
    ----------
    m_X : array_like
        Mass of X [MeV].
    suns, split
        Solar neutrinos and their flavours (intermediates of those names and `flavour_split`).
    sin2_theta_W : array_like
        Weak mixing angle.
    gauge_group : {"Lmu-Ltau", "B-L"}
        What X couples to.
    nucleus : Nucleus
        The target.
    recoils : Recoils
        The window; weights: width times nuclei times time [MeV s].

    Returns
    -------
    Coefficients
        Events; broadcast shape.
    """
    T, weight = recoils

    def integrals(sun: Sun, masses: FloatArray) -> FloatArray:
        shapes = weight * nuclear_shapes(sun, T, nucleus)
        return over_masses(shapes, shapes, 2 * nucleus.mass * T, masses)

    plain, over_D, over_D2 = np.split(suns.tabulate(6, m_X, integrals), 3)
    return nuclear_parabola(
        split.flavours(plain), split.flavours(over_D), split.flavours(over_D2), sin2_theta_W, gauge_group, nucleus
    )


def nuclear_shapes(sun: Sun, T: FloatArray, nucleus: Nucleus) -> FloatArray:
    """Integrals of the flux over the energy: of (1 - m T/2 E^2) F^2, without and with C.

    Parameters
    ----------
    sun : Sun
        The neutrinos.
    T : ndarray of shape (n,)
        Recoils of nuclei [MeV].
    nucleus : Nucleus
        The target.

    Returns
    -------
    ndarray of shape (2, n)
        [cm^-2 s^-1]
    """
    zeroth, _, second = sun.moments(smallest_energy(T, nucleus.mass)).transpose(1, 0, 2)
    return np.asarray(helm_form_factor(T, nucleus) ** 2 * (zeroth - nucleus.mass * T / 2 * second))


def nuclear_parabola(
    plain: FloatArray,
    over_D: FloatArray,
    over_D2: FloatArray,
    sin2_theta_W: FloatArray,
    gauge_group: str,
    nucleus: Nucleus,
) -> Coefficients:
    """Events on nuclei from the integrals over energies and recoils, Amaral et al. 2020, eq. (23).

    Parameters
    ----------
    plain, over_D, over_D2 : ndarray of shape (3, ...)
        Integrals of (1 - m T/2 E^2) F^2 as they are, over D and over D^2, by flavour.
    sin2_theta_W : array_like
        Weak mixing angle.
    gauge_group : {"Lmu-Ltau", "B-L"}
        What X couples to.
    nucleus : Nucleus
        The target.

    Returns
    -------
    Coefficients
    """
    scale = G_F**2 * nucleus.mass / math.pi * HBARC2_MEV2_CM2
    weak = weak_charge(nucleus, sin2_theta_W)
    total = NO_EVENTS
    for i, charge in enumerate(nuclear_charges(gauge_group, nucleus)):
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
