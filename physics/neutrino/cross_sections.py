r"""Scattering of neutrinos off electrons and nuclei, with X exchanged beside the W and the Z.

A neutrino of flavour alpha meets X with the coupling c_nu, a target f with c_f. At momentum transfer q^2 = -2 m T their
product enters the amplitude over D = 2 m T + m_X^2. Amaral et al. 2020 write it as an effective coupling, eq. (14):

    eps_alpha = c_nu c_f / (2 sqrt(2) G_F D),    added to g_1 and to g_2 of the electron, eqs. (26)-(28).

`gauge_group` decides the couplings; their product is `coupling_product` times charges that are fixed numbers:

    Lmu-Ltau: c_nu = (0, 1, -1) g_X, c_f = -epsilon e Q_f:   x = g_X epsilon,  electron (0, 1, -1) e,  nucleus -Z of it;
    B-L:      c_nu = -g_X,           c_f = g_X (B-L)_f:      x = g_X^2,        electron (1, 1, 1),     nucleus -A of it.

So every rate is a parabola in x. For Lmu-Ltau x < 0: nu_mu (not anti-nu_mu) interferes constructively with the Standard
Model on electrons, and both destructively on nuclei; nu_tau the other way round. For B-L interference is constructive
but for nu_mu and nu_tau on electrons.

The mixing epsilon is taken at q^2 = 0. At the largest momentum transfer in use (CENNS-10, q^2 = -9e3 MeV^2) it is 2.6 %
smaller, in Borexino by 2e-6. The weak couplings of electrons are those of electron_couplings.py, with radiative
corrections unless they are refused; nuclei have the weak charge of tree level, with the weak mixing angle at zero
momentum transfer.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike

from physics.core.errors import InvalidParameterError
from physics.core.evaluate import resolve
from physics.core.parameter import parameter
from physics.core.registration import branch, intermediate
from physics.core.status import FloatArray
from physics.model.constants import (
    ATOMIC_MASS_MEV,
    E_CHARGE,
    G_F,
    HBARC2_MEV2_CM2,
    HBARC_MEV_CM,
    M_E,
    SIN2_THETA_W,
    SIN2_THETA_W_LOW,
)
from physics.model.lagrangian import Charges
from physics.neutrino.electron_couplings import FLAVOURS, couplings_to_electrons, qed_shapes

__all__ = [
    "FLAVOURS",
    "Nucleus",
    "ScatteringCharges",
    "electron_cross_section",
    "helm_form_factor",
    "largest_recoil",
    "nuclear_cross_section",
    "smallest_energy",
    "weak_charge",
]

_HBARC_MEV_FM = 1e13 * HBARC_MEV_CM
_SQRT_HALF = math.sqrt(0.5)

parameter(
    "sin2_theta_W_nuclei",
    "weak mixing angle in the weak charge of nuclei: 0.2387 at zero momentum transfer; the papers: 0.23122",
    label=r"$\sin^2\theta_W$ (nuclei)",
    default=float(SIN2_THETA_W_LOW),
    high=1.0,
)


class Nucleus(NamedTuple):
    """An isotope: proton number, mass number (an average nucleus may have a fraction) and mass [u]."""

    Z: int
    A: float
    mass_u: float

    @property
    def mass(self) -> float:
        """Mass [MeV] of the atom.

        >>> round(Nucleus(18, 40, 39.9623831).mass)
        37225
        """
        return self.mass_u * ATOMIC_MASS_MEV


class ScatteringCharges(NamedTuple):
    """Couplings of X to neutrinos over g_X, and to targets over epsilon (Lmu-Ltau) or g_X (B-L)."""

    neutrinos: tuple[float, float, float]  # e, mu, tau
    electron: float
    electric: float  # of a nucleus, per unit of its electric charge
    nucleon: float  # of a nucleus, per nucleon

    def on_electrons(self) -> tuple[float, ...]:
        """c_nu c_e over `coupling_product`, for each flavour.

        >>> ScatteringCharges((0.0, 1.0, -1.0), electron=0.3, electric=-0.3, nucleon=0.0).on_electrons()
        (0.0, 0.3, -0.3)
        """
        return tuple(c * self.electron for c in self.neutrinos)

    def on_nuclei(self, nucleus: Nucleus) -> tuple[float, ...]:
        """-c_nu c_N over `coupling_product`, for each flavour: the sign with which X meets the amplitude of the Z.

        >>> ScatteringCharges((-1.0, -1.0, -1.0), -1.0, electric=0.0, nucleon=1.0).on_nuclei(Nucleus(18, 40, 39.96))
        (40.0, 40.0, 40.0)
        """
        coupling = self.electric * nucleus.Z + self.nucleon * nucleus.A
        return tuple(-c * coupling for c in self.neutrinos)


@intermediate(when={"gauge_group": "Lmu-Ltau"})
def scattering_charges(charges: Charges) -> ScatteringCharges:
    """Targets couple through kinetic mixing, c_f = -epsilon e Q_f."""
    return ScatteringCharges(charges[:3], electron=E_CHARGE, electric=-E_CHARGE, nucleon=0.0)


@branch("scattering_charges", when={"gauge_group": "B-L"})
def scattering_charges_at_tree_level(charges: Charges) -> ScatteringCharges:
    """Targets have charges of their own."""
    return ScatteringCharges(charges[:3], charges.electron, electric=0.0, nucleon=charges.nucleon)


@intermediate(when={"gauge_group": "Lmu-Ltau"})
def product_per_coupling(mixing_per_coupling: float) -> float:
    """The variable x at g_X = 1: epsilon/g_X (negative) for Lmu-Ltau, 1 for B-L."""
    return mixing_per_coupling


@branch("product_per_coupling", when={"gauge_group": "B-L"})
def product_per_coupling_at_tree_level() -> float:
    """Both couplings are g_X times a charge."""
    return 1.0


@intermediate
def coupling_product(g_X: FloatArray, product_per_coupling: float) -> FloatArray:
    """The variable x, in which every rate is a parabola: g_X epsilon (negative) for Lmu-Ltau, g_X^2 for B-L."""
    return g_X**2 * product_per_coupling


def smallest_energy(T: ArrayLike, mass: float) -> FloatArray:
    """Energy [MeV] that a neutrino needs for a recoil T [MeV] of a particle of that mass [MeV].

    >>> round(float(smallest_energy(1e-3, 122e3)), 2)  # 1 keV of xenon
    7.81
    """
    T = np.asarray(T, dtype=np.float64)
    return 0.5 * (T + np.sqrt(T * (T + 2 * mass)))


def largest_recoil(E: ArrayLike, mass: float) -> FloatArray:
    """Largest recoil [MeV] that a neutrino of energy E [MeV] gives to a particle of that mass [MeV].

    >>> round(float(largest_recoil(0.8613, M_E)), 4)
    0.6643
    """
    E = np.asarray(E, dtype=np.float64)
    return 2 * E**2 / (mass + 2 * E)


def electron_cross_section(
    T: ArrayLike,
    E: ArrayLike,
    flavour: str,
    m_X: ArrayLike = 1.0,
    x: ArrayLike = 0.0,
    *,
    sin2_theta_W: ArrayLike = float(SIN2_THETA_W),
    electron_couplings: str = "corrected",
    gauge_group: str = "Lmu-Ltau",
    antineutrino: bool = False,
) -> FloatArray:
    """Differential cross section of elastic nu-electron scattering, Amaral et al. 2020, eqs. (26)-(29), (C1), (C2).

    Parameters
    ----------
    T : array_like
        Recoil energy of the electron [MeV].
    E : array_like
        Energy of the neutrino [MeV].
    flavour : {"e", "mu", "tau"}
        Its flavour.
    m_X : array_like
        Mass of X [MeV].
    x : array_like
        g_X epsilon (negative) for Lmu-Ltau, g_X^2 for B-L (`coupling_product`); 0: Standard Model.
    sin2_theta_W : array_like
        Weak mixing angle (the parameter sin2_theta_W_electrons).
    electron_couplings : {"corrected", "tree"}
        With radiative corrections, or without. Those of QED multiply the couplings of X as well: exact where X is
        heavy.
    gauge_group : {"Lmu-Ltau", "B-L"}
        What X couples to.
    antineutrino : bool
        Exchanges g_1 and g_2.

    Returns
    -------
    ndarray
        dsigma/dT [cm^2/MeV], broadcast shape; 0 beyond the largest recoil.

    Raises
    ------
    InvalidParameterError
        No such flavour or gauge group.

    Examples
    --------
    >>> f"{electron_cross_section(0.3, 0.8613, 'e', electron_couplings='tree'):.4e}"
    '9.0032e-45'
    >>> f"{electron_cross_section(0.3, 0.8613, 'e'):.4e}"
    '8.7674e-45'
    """
    T, E = np.asarray(T, dtype=np.float64), np.asarray(E, dtype=np.float64)
    charge = _charges(gauge_group).on_electrons()[_index(flavour)]
    shift = np.asarray(x) * charge / (2 * math.sqrt(2) * G_F * (2 * M_E * T + np.asarray(m_X) ** 2))
    weak = couplings_to_electrons(electron_couplings, sin2_theta_W)
    g_1, g_2 = (g[FLAVOURS.index(flavour)] + shift for g in (weak.g_1, weak.g_2))
    if antineutrino:
        g_1, g_2 = g_2, g_1
    one, square, helicity = np.ones_like(T / E), (1 - T / E) ** 2, M_E * T / E**2
    if weak.qed:
        below = np.minimum(T, largest_recoil(E, M_E) * (1 - 1e-12))
        one, square, helicity = (a + b for a, b in zip((one, square, helicity), qed_shapes(below, E), strict=True))
    shape = g_1**2 * one + g_2**2 * square - g_1 * g_2 * helicity
    rate = 2 * G_F**2 * M_E / math.pi * HBARC2_MEV2_CM2 * shape
    return np.where(T <= largest_recoil(E, M_E), rate, 0.0)


def weak_charge(nucleus: Nucleus, sin2_theta_W: ArrayLike) -> FloatArray:
    """N - (1 - 4 sin^2 theta_W) Z, Amaral et al. 2020, eq. (24).

    >>> float(weak_charge(Nucleus(18, 40, 39.96), 0.25))
    22.0
    """
    return (nucleus.A - nucleus.Z) - (1 - 4 * np.asarray(sin2_theta_W, dtype=np.float64)) * nucleus.Z


def helm_form_factor(T: ArrayLike, nucleus: Nucleus) -> FloatArray:
    """Helm form factor of a nucleus at a recoil T [MeV], Amaral et al. 2020, eq. (18).

    >>> round(float(helm_form_factor(1e-3, Nucleus(54, 131.293, 131.293))), 6)
    0.976245
    """
    a, s, c = 0.52, 0.9, 1.23 * nucleus.A ** (1 / 3) - 0.6  # [fm]
    radius = math.sqrt(c**2 + 7 / 3 * math.pi**2 * a**2 - 5 * s**2)
    Q = np.sqrt(2 * nucleus.mass * np.asarray(T, dtype=np.float64)) / _HBARC_MEV_FM
    z = np.maximum(Q * radius, 1e-6)  # below it 3 j_1(z)/z is 1
    return np.asarray(3 * scipy.special.spherical_jn(1, z) / z * np.exp(-((Q * s) ** 2) / 2))


def nuclear_cross_section(
    T: ArrayLike,
    E: ArrayLike,
    flavour: str,
    nucleus: Nucleus,
    m_X: ArrayLike = 1.0,
    x: ArrayLike = 0.0,
    *,
    sin2_theta_W: ArrayLike = float(SIN2_THETA_W_LOW),
    gauge_group: str = "Lmu-Ltau",
) -> FloatArray:
    """Differential cross section of coherent elastic scattering off a nucleus, Amaral et al. 2020, eqs. (17)-(24).

    The same for neutrinos and antineutrinos: both weak and X couplings change sign.

    Parameters
    ----------
    T : array_like
        Recoil energy of the nucleus [MeV].
    E : array_like
        Energy of the neutrino [MeV].
    flavour : {"e", "mu", "tau"}
        Its flavour.
    nucleus : Nucleus
        The target.
    m_X : array_like
        Mass of X [MeV].
    x : array_like
        g_X epsilon (negative) for Lmu-Ltau, g_X^2 for B-L (`coupling_product`); 0: Standard Model.
    sin2_theta_W : array_like
        Weak mixing angle (the parameter sin2_theta_W_nuclei).
    gauge_group : {"Lmu-Ltau", "B-L"}
        What X couples to.

    Returns
    -------
    ndarray
        dsigma/dT [cm^2/MeV], broadcast shape; 0 beyond the largest recoil.

    Raises
    ------
    InvalidParameterError
        No such flavour or gauge group.

    Examples
    --------
    >>> xenon = Nucleus(54, 131.293, 131.293)
    >>> f"{nuclear_cross_section(4e-3, 16, 'mu', xenon, sin2_theta_W=0.23122):.4e}"
    '1.0145e-37'
    """
    T, E = np.asarray(T, dtype=np.float64), np.asarray(E, dtype=np.float64)
    mass = nucleus.mass
    charge = _charges(gauge_group).on_nuclei(nucleus)[_index(flavour)]
    shift = np.asarray(x) * charge * _SQRT_HALF / (G_F * (2 * mass * T + np.asarray(m_X) ** 2))
    amplitude = weak_charge(nucleus, sin2_theta_W) / 2 + shift
    kinematics = np.maximum(1 - mass * T / (2 * E**2), 0.0)
    rate = G_F**2 * mass / math.pi * HBARC2_MEV2_CM2 * kinematics * (amplitude * helm_form_factor(T, nucleus)) ** 2
    return np.where(T <= largest_recoil(E, mass), rate, 0.0)


@cache
def _charges(gauge_group: str) -> ScatteringCharges:
    (charges,) = resolve(["scattering_charges"], gauge_group=gauge_group)
    return charges  # type: ignore[no-any-return]


def _index(flavour: str) -> int:
    if flavour not in FLAVOURS:
        raise InvalidParameterError(f"flavour = {flavour!r} is not allowed: one of {', '.join(FLAVOURS)}")
    return FLAVOURS.index(flavour)
