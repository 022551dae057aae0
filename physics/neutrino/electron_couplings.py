r"""Couplings of neutrinos to electrons in the Standard Model: with radiative corrections, or at tree level.

dsigma/dT of a neutrino of energy q off an electron, z = T/q, is (Amaral et al. 2020, eqs. (26), (27); Bahcall,
Kamionkowski & Sirlin 1995)

    2 G_F^2 m_e/pi [ g_1^2 (1 + alpha f_-/pi) + g_2^2 ((1-z)^2 + alpha f_+/pi) - g_1 g_2 (m_e z/q) (1 + alpha f_pm/pi)
    ].

At tree level g_1 = delta_{alpha e} - 1/2 + s, g_2 = s with s = sin^2 theta_W, and f = 0. "corrected": s is that of the
MS-bar scheme at M_Z, multiplied by rho = 1.0126 and by kappa = 0.9794 for nu_e, 0.9970 for nu_mu and nu_tau, which
stand for its running and the charge radii of the neutrinos (their dependence on T moves cross sections by 2e-5), and
the f are those of QED, with photons of any energy. For 7Be neutrinos the rate in Borexino is 1.9 % below tree level
with the same s, 0.5 % of which is QED. For the recoils of a dark-matter detector the f are left out: 0.03 % at 2 keV,
0.15 % at 30 keV.

The formulas are as coded in sntools (where beta = l/q, which should be l/E), because the paper was not at hand.
What speaks for them: g_1 + g_2 and g_1 - g_2 are 0.952, 0.494 for nu_e and -0.040, -0.506 for nu_mu, as in the Review
of Particle Physics (remembered); integrated over z, f_- and f_+ tend to -(2/3) ln(2 q/m_e) + 19/24 - pi^2/6 and to a
third of -(2/3) ln(2 q/m_e) + 43/24 - pi^2/6, the known totals; the total cross sections are the published ones. The
charge radius of nu_tau is not that of nu_mu, which stands for both: with kappa_tau = 1.0065, from the logarithms of the
masses, the rate of 7Be is 0.06 % and the limit of Borexino 0.1 % smaller.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike

from physics.core.parameter import parameter
from physics.core.registration import intermediate
from physics.core.status import FloatArray
from physics.model.constants import ALPHA, M_E, SIN2_THETA_W

__all__ = ["FLAVOURS", "ElectronCouplings", "couplings_to_electrons", "qed_shapes"]

FLAVOURS = ("e", "mu", "tau")
_RHO = 1.0126
_KAPPA = {"e": 0.9794, "mu": 0.9970, "tau": 0.9970}


class ElectronCouplings(NamedTuple):
    """g_1 and g_2 of each flavour, e, mu, tau; and whether the corrections of QED are in the cross section."""

    g_1: tuple[FloatArray, ...]
    g_2: tuple[FloatArray, ...]
    qed: bool


def _tree(s: FloatArray) -> ElectronCouplings:
    return ElectronCouplings(tuple((0.5 if a == "e" else -0.5) + s for a in FLAVOURS), (s, s, s), qed=False)


def _corrected(s: FloatArray) -> ElectronCouplings:
    g_2 = tuple(_RHO * kappa * s for kappa in _KAPPA.values())
    g_1 = tuple((1.0 if a == "e" else 0.0) - _RHO / 2 + g for a, g in zip(FLAVOURS, g_2, strict=True))
    return ElectronCouplings(g_1, g_2, qed=True)


_COUPLINGS: dict[str, Callable[[FloatArray], ElectronCouplings]] = {"corrected": _corrected, "tree": _tree}

parameter(
    "electron_couplings",
    "couplings of neutrinos to electrons; corrected: with radiative corrections (Bahcall et al. 1995); "
    "tree: without, as in the papers",
    label="electron couplings",
    default="corrected",
    choices=_COUPLINGS,
)
parameter(
    "sin2_theta_W_electrons",
    "weak mixing angle in the couplings to electrons: MS-bar, at M_Z (their radiative corrections contain its running)",
    label=r"$\sin^2\theta_W$ (electrons)",
    default=float(SIN2_THETA_W),
    high=1.0,
)


def couplings_to_electrons(electron_couplings: str, sin2_theta_W_electrons: ArrayLike) -> ElectronCouplings:
    """g_1 and g_2 for each flavour.

    >>> tree = couplings_to_electrons("tree", 0.25)
    >>> float(tree.g_1[0]), float(tree.g_1[1]), float(tree.g_2[0])
    (0.75, -0.25, 0.25)
    >>> corrected = couplings_to_electrons("corrected", 0.23122)
    >>> [round(float(g), 4) for g in (*corrected.g_1[:2], *corrected.g_2[:2])]
    [0.723, -0.2729, 0.2293, 0.2334]
    """
    return _COUPLINGS[electron_couplings](np.asarray(sin2_theta_W_electrons, dtype=np.float64))


@intermediate
def weak_couplings(electron_couplings: str, sin2_theta_W_electrons: FloatArray) -> ElectronCouplings:
    """Couplings to electrons, as they were chosen."""
    return couplings_to_electrons(electron_couplings, sin2_theta_W_electrons)


def qed_shapes(T: ArrayLike, E: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What QED adds to the shapes 1, (1 - z)^2 and m_e z/E, z = T/E, of recoils T [MeV] below the largest.

    Bahcall et al. 1995, appendix: alpha/pi times f_-, f_+ and (m_e z/E) f_pm.

    >>> [f"{float(f):.5f}" for f in qed_shapes(0.3, 0.8618)]
    ['-0.00389', '-0.00148', '-0.00039']
    """
    T, q = np.asarray(T, dtype=np.float64), np.asarray(E, dtype=np.float64)
    z, total, momentum = T / q, T + M_E, np.sqrt(T * (T + 2 * M_E))
    y, beta = 1 - z, momentum / total
    ln_y, ln_z = np.log(y), np.log(z)
    f_0 = np.log((total + momentum) / M_E) / beta - 1
    soft = np.log(np.maximum(y - M_E / (total + momentum), 1e-16))  # 0 at the largest recoil
    L_z, L_y, L_beta = _spence(z), _spence(y), _spence(beta)
    f_minus = (
        f_0 * (2 * soft - ln_y - ln_z / 2 - 5 / 12)
        + (L_z - L_beta) / 2 - ln_y**2 / 2 - (11 / 12 + z / 2) * ln_y
        + z * (ln_z + np.log(2 * q / M_E) / 2) - (31 / 18 + ln_z / 12) * beta - 11 * z / 12 + z**2 / 24
    )  # fmt: skip
    f_plus = (
        f_0 * (y**2 * (2 * soft - ln_y - ln_z / 2 - 2 / 3) - (z**2 * ln_z + y) / 2)
        - y**2 / 2 * (ln_y**2 + beta * (L_y - ln_z * ln_y))
        + ln_y * (z**2 * ln_z / 2 + y * (2 * z - 0.5) / 3)
        - z**2 * L_y / 2 - z * (1 - 2 * z) * ln_z / 3 - z * y / 6
        - beta / 12 * (ln_z + y * (115 - 109 * z) / 6)
    )  # fmt: skip
    scale = float(ALPHA) / math.pi
    return scale * f_minus, scale * f_plus, scale * M_E * z / q * 2 * f_0 * soft


def _spence(x: FloatArray) -> FloatArray:
    """Int_0^x ln|1 - t|/t dt for 0 <= x <= 1."""
    return np.asarray(-scipy.special.spence(1 - x))
