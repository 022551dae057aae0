"""Numbers of recoils: parabolas in the coupling, Amaral et al. 2020, eqs. (23), (26)-(29), (32).

With x the `coupling_product`, every count is `standard + x linear + x^2 quadratic`. The integrals over the neutrinos'
energy are moments of the flux (solar.py) and do not depend on m_X; sums over recoil energies, which do, are tabulated
for all masses (pole_sums.py: exact) when they are first needed for a Sun, and none depends on g_X, the weak mixing
angle, theta_23 or delta_CP.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
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
from physics.numerics.pole_sums import PoleSums, Window, pole_sums, weighted
from physics.numerics.quadrature import gauss_panels

__all__ = [
    "NO_EVENTS",
    "Coefficients",
    "Recoils",
    "SolarScattering",
    "Sums",
    "Windows",
    "electron_parabola",
    "electron_recoils",
    "electron_recoils_in_windows",
    "electron_shapes",
    "electron_weights",
    "nuclear_parabola",
    "nuclear_recoils",
    "nuclear_shapes",
    "parabolas",
    "recoil_nodes",
    "tabulated",
]

_PANEL_RATIO = 2.0  # of the recoil energies at the ends of a panel, at most


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

    def __getitem__(self, window: int) -> Coefficients:
        """Events of one of several windows, the last axis."""
        return Coefficients(self.standard[..., window], self.linear[..., window], self.quadratic[..., window])

    def __mul__(self, factor: FloatArray | float) -> Coefficients:
        """Scaled events."""
        return Coefficients(self.standard * factor, self.linear * factor, self.quadratic * factor)


NO_EVENTS = Coefficients(np.array(0.0), np.array(0.0), np.array(0.0))


class Recoils(NamedTuple):
    """Nodes of a recoil window [MeV], and the weight of each: its width times targets, time and efficiency [s MeV]."""

    T: FloatArray
    weight: FloatArray


@dataclass(frozen=True, eq=False)
class Windows:
    """Nodes of several windows; what is tabulated for them is found by this very object."""

    recoils: tuple[Recoils, ...]


class SolarScattering(NamedTuple):
    """What the recoils of solar neutrinos depend on, beside the detector."""

    m_X: FloatArray
    suns: Suns
    split: FlavourSplit
    couplings: ElectronCouplings
    sin2_theta_W_nuclei: FloatArray
    charges: ScatteringCharges
    electron_weights: Coefficients


@intermediate
def electron_weights(
    flavour_split: FlavourSplit, weak_couplings: ElectronCouplings, scattering_charges: ScatteringCharges
) -> Coefficients:
    """Of the integrals over `electron_shapes`, in numbers of electrons; see `parabolas`."""
    base, slope = (_with_axes(part, weak_couplings.g_1[0].ndim) for part in flavour_split)
    rows, squares = np.zeros((3, 3, 6, *base.shape[1:])), np.stack([base, slope], axis=1)
    for k in range(3):
        rows[k, :, 2 * k], rows[k, :, 2 * k + 1] = base, slope
    return electron_parabola(rows, rows, squares, weak_couplings, scattering_charges)


@intermediate
def solar_scattering(
    m_X: FloatArray,
    suns: Suns,
    flavour_split: FlavourSplit,
    weak_couplings: ElectronCouplings,
    sin2_theta_W_nuclei: FloatArray,
    scattering_charges: ScatteringCharges,
    electron_weights: Coefficients,
) -> SolarScattering:
    """Solar neutrinos and their interactions."""
    return SolarScattering(
        m_X, suns, flavour_split, weak_couplings, sin2_theta_W_nuclei, scattering_charges, electron_weights
    )


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
    return electron_recoils_in_windows(solar, Windows((recoils,)))[0]


def electron_recoils_in_windows(solar: SolarScattering, windows: Windows) -> Coefficients:
    """The same in each of several windows, which are the last axis."""
    n = len(windows.recoils)
    return _parabolas_of_suns(solar, solar.electron_weights, n, lambda sun: _electron_sums(sun, windows))


def _with_axes(by_flavour: FloatArray, axes: int) -> FloatArray:
    """With an axis for windows, and as many after it as other settings have, so that they broadcast."""
    flavours, *shape = by_flavour.shape
    return by_flavour.reshape(flavours, 1, *(1,) * (axes - len(shape)), *shape)


class Sums(NamedTuple):
    """Integrals over energies and recoils, several in each window: (row, window), and those over D and D^2."""

    plain: FloatArray
    over_D: PoleSums


def tabulated(windows: Sequence[tuple[FloatArray, FloatArray, FloatArray]]) -> Sums:
    """Sums for all masses, from the arguments of `_over_masses` for each window."""
    plain = np.stack([shapes.sum(axis=1) for shapes, _, _ in windows], axis=-1)
    over_D = [Window(recoil.min(), recoil.max(), partial(_over_masses, *one)) for one in windows for recoil in one[2:]]
    return Sums(plain, pole_sums(over_D))


@lru_cache(maxsize=64)
def _electron_sums(sun: Sun, windows: Windows) -> Sums:
    """Those of `electron_shapes`, without and with C."""
    found = []
    for T, weight in windows.recoils:
        one, square, helicity = weight * electron_shapes(sun, T)
        found.append((np.concatenate([one, square, helicity]), one + square - helicity, 2 * M_E * T))
    return tabulated(found)


def parabolas(m_X: FloatArray, weights: Coefficients, sums: Sums) -> Coefficients:
    """Events as parabolas, windows as the last axis, for all masses.

    First axis of the weights: the sums that they belong to; second: windows, of length 1 where all have the same.
    """
    shape, points = _points(m_X, weights)
    return Coefficients(*(_shaped(a, shape) for a in _weighted(points, sums)))


def _parabolas_of_suns(
    solar: SolarScattering, weights: Coefficients, windows: int, sums: Callable[[Sun], Sums]
) -> Coefficients:
    """The same for the Suns that hold at the points; NaN where none does."""
    suns, which = solar.suns
    if len(suns) == 1 and (which == 0).all():
        return parabolas(solar.m_X, weights, sums(suns[0]))
    shape, points = _points(solar.m_X, weights, which.shape)
    index = np.broadcast_to(which, shape).ravel()
    result = np.full((3, index.size, windows), np.nan)
    for i, sun in enumerate(suns):
        here = index == i
        part = _weighted([a if a.shape[1] == 1 else a[:, here] for a in points], sums(sun))
        result[:, here] = np.broadcast_arrays(*part)
    return Coefficients(*(_shaped(a, shape) for a in result))


def _points(
    m_X: FloatArray, weights: Coefficients, also: tuple[int, ...] = ()
) -> tuple[tuple[int, ...], list[FloatArray]]:
    """The shape of all, and masses and weights by window, point (of length 1 where all are the same), and sum."""
    given = (m_X[np.newaxis, np.newaxis], weights.standard, weights.linear, weights.quadratic)
    shape = np.broadcast_shapes(also, *(a.shape[2:] for a in given))
    return shape, [_by_point(a, shape) for a in given]


def _by_point(rows: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    n, windows, *axes = rows.shape
    if math.prod(axes) == 1:
        return rows.reshape(n, windows, 1).transpose(1, 2, 0)
    full = np.broadcast_to(rows.reshape(n, windows, *(1,) * (len(shape) - len(axes)), *axes), (n, windows, *shape))
    return np.ascontiguousarray(full.reshape(n, windows, -1).transpose(1, 2, 0))


def _shaped(by_point: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Points of a shape."""
    n, windows = by_point.shape
    return by_point.reshape(*(shape if n == math.prod(shape) else (1,) * len(shape)), windows)


def _weighted(points: Sequence[FloatArray], sums: Sums) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Standard, linear, quadratic of points and windows."""
    masses, standard, linear, quadratic = points
    plain = sum((standard[..., k].T * row for k, row in enumerate(sums.plain)), start=np.zeros(1))
    return plain, *weighted(sums.over_D, masses.ravel() ** 2, linear, quadratic)


def electron_shapes(sun: Sun, T: FloatArray) -> FloatArray:
    """Integrals of the flux over the energy: of 1, (1 - T/E)^2 and m_e T/E^2, without and with C.

    T: recoils [MeV], shape (n,); the result [cm^-2 s^-1] has the shape (3, 2, n).
    """
    zeroth, first, second = sun.moments(smallest_energy(T, M_E)).transpose(1, 0, 2)
    return np.stack([zeroth, zeroth - 2 * T * first + T**2 * second, M_E * T * second])


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
    rows = np.stack([_with_axes(part, solar.sin2_theta_W_nuclei.ndim) for part in solar.split], axis=1)
    weights = nuclear_parabola(rows, rows, rows, solar.sin2_theta_W_nuclei, solar.charges, nucleus)
    T, weight = recoils
    key = T.tobytes(), weight.tobytes()
    return _parabolas_of_suns(solar, weights, 1, lambda sun: _nuclear_sums(sun, nucleus, *key))[0]


@lru_cache(maxsize=512)
def _nuclear_sums(sun: Sun, nucleus: Nucleus, T: bytes, weight: bytes) -> Sums:
    """Those of `nuclear_shapes`."""
    shapes = np.frombuffer(weight) * nuclear_shapes(sun, np.frombuffer(T), nucleus)
    return tabulated([(shapes, shapes, 2 * nucleus.mass * np.frombuffer(T))])


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


def _over_masses(
    shapes: FloatArray, quadratic: FloatArray, recoil: FloatArray, m2: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Sums over the nodes of a window, for each mass: of `shapes`/D and of `quadratic`/D^2.

    Parameters
    ----------
    shapes, quadratic : ndarray of shape (k, n), (l, n)
        Weighted values at the nodes.
    recoil : ndarray of shape (n,)
        2 m T [MeV^2] there; D = recoil + m_X^2.
    m2 : ndarray of shape (p,)
        m_X^2 [MeV^2].

    Returns
    -------
    two ndarray of shape (k, p), (l, p)
    """
    over_D = 1 / (recoil[:, np.newaxis] + m2)
    return shapes @ over_D, quadratic @ over_D**2
