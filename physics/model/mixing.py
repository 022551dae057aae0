r"""The model: charges, loop-induced kinetic mixing, and the sign convention that all modules share.

X couples to mu and tau lepton number with charges +1 and -1 (Drees & Zhao 2021, eq. (2.1)). Loops of both mix it with
the photon, so that it couples to every fermion f of electric charge Q_f with

    c_f = -epsilon e Q_f,    epsilon = e g_X/(6 pi^2) ln(m_mu/m_tau) = -g_X/69.29 < 0.

Only this combination of signs has the interference with the Standard Model right: X couples to the electron with
-|epsilon| e and to nu_mu with +g_X. (The Lagrangian printed as eq. (2.2) of Drees & Zhao 2021 has the opposite sign,
the interaction they use in eqs. (3.16)-(3.17) has this one.)

Observables take the mixing at q^2 = 0, as the papers do. On shell, at q^2 = m_X^2, it is larger (`kinetic_mixing_at`):
by 0.1 % at 20 MeV, 3.5 % at 100 MeV, 43 % at the muon threshold of 211 MeV; rates into e+e- by twice that. The loop's
change of the coupling to the muon itself, 0.4 %, is left out like other corrections of that order.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from physics.core.graph import branch, intermediate, observable
from physics.core.parameter import parameter
from physics.core.status import FloatArray
from physics.model.constants import E_CHARGE, M_MU, M_TAU
from physics.model.lagrangian import Charges

__all__ = ["HYPERCHARGE_FACTOR", "electron_coupling", "epsilon", "kinetic_mixing_at", "mixing_per_coupling"]

HYPERCHARGE_FACTOR = (
    1.5  # Amaral et al. 2020, eq. (8): chiral traces counted as Dirac (x2), mixing with W3 left out (x3/4)
)
_FACTOR = {"photon": 1.0, "hypercharge": HYPERCHARGE_FACTOR}

parameter(
    "kinetic_mixing",
    "loop mixing of X with the photon, or with hypercharge (3/2 of it: Amaral et al. 2020, eq. (8))",
    label="kinetic mixing",
    default="photon",
    choices=_FACTOR,
)


@intermediate(when={"gauge_group": "Lmu-Ltau"})
def mixing_per_coupling(kinetic_mixing: str) -> float:
    """Epsilon / g_X at zero momentum transfer.

    >>> round(1 / mixing_per_coupling("photon"), 3)
    -69.286
    """
    return _FACTOR[kinetic_mixing] * E_CHARGE / (6 * math.pi**2) * math.log(M_MU / M_TAU)


@observable(unit="1", label=r"$\epsilon$", reference="Drees & Zhao 2021, eq. (2.2); Amaral et al. 2020, eq. (8)")
def epsilon(g_X: FloatArray, mixing_per_coupling: float) -> FloatArray:
    """Loop-induced kinetic mixing of X with the photon at q^2 = 0.

    Negative: see the module for the sign. For B-L the loops do not give a finite mixing.

    >>> import physics
    >>> round(physics.evaluate("epsilon", g_X=5e-4) * 1e6, 4)
    -7.2165
    """
    return g_X * mixing_per_coupling


@intermediate(when={"gauge_group": "Lmu-Ltau"})
def electron_coupling(epsilon: FloatArray) -> FloatArray:
    """Vector coupling of X to the electron: c_e = -epsilon e Q_e = epsilon e (negative) for Lmu-Ltau, -g_X for B-L.

    >>> round(float(electron_coupling(-0.01)), 6)
    -0.003028
    """
    return epsilon * E_CHARGE


@branch("electron_coupling", when={"gauge_group": "B-L"})
def electron_coupling_by_charge(g_X: FloatArray, charges: Charges) -> FloatArray:
    """Without kinetic mixing, which is of higher order here."""
    return charges.electron * g_X


@intermediate(when={"gauge_group": "Lmu-Ltau"})
def electron_coupling_per_g_X(mixing_per_coupling: float) -> float:
    """`electron_coupling` at g_X = 1."""
    return E_CHARGE * mixing_per_coupling


@branch("electron_coupling_per_g_X", when={"gauge_group": "B-L"})
def electron_charge(charges: Charges) -> float:
    """Of B-L."""
    return charges.electron


def kinetic_mixing_at(q2: ArrayLike, g_X: ArrayLike, kinetic_mixing: str = "photon") -> NDArray[np.complex128]:
    r"""Kinetic mixing at momentum transfer q^2, at one loop; to 1e-9 for |q^2| up to 1e11 MeV^2.

    epsilon(q^2) = e g_X/(2 pi^2) Int_0^1 dx x(1-x) ln[(m_mu^2 - x(1-x) q^2) / (m_tau^2 - x(1-x) q^2)]
    (Amaral et al. 2020, section 2; at q^2 = 0 it is the observable epsilon).

    Parameters
    ----------
    q2 : array_like
        Momentum transfer squared [MeV^2], negative in scattering; above 4 m_mu^2 the mixing has an imaginary part
        (q^2 + i0).
    g_X : array_like
        Gauge coupling; broadcasts with q2.
    kinetic_mixing : {"photon", "hypercharge"}
        Normalisation, see the parameter of that name.

    Returns
    -------
    ndarray of complex
        Dimensionless, broadcast shape.

    Examples
    --------
    >>> complex(kinetic_mixing_at(0.0, 5e-4)).real * 1e6
    -7.216...
    >>> complex(kinetic_mixing_at(-1e6, 5e-4)).real * 1e6  # it falls when the muon decouples
    -3.5979...
    """
    q2 = np.asarray(q2, dtype=np.float64)
    prefactor = _FACTOR[kinetic_mixing] * E_CHARGE / (2 * math.pi**2) * np.asarray(g_X)
    log_ratio = 2 * math.log(M_MU / M_TAU) / 6
    return np.asarray(
        prefactor * (log_ratio + _vacuum_polarisation(q2 / M_MU**2) - _vacuum_polarisation(q2 / M_TAU**2))
    )


def _vacuum_polarisation(s: NDArray[Any]) -> NDArray[np.complex128]:
    """Int_0^1 x(1-x) ln(1 - x(1-x) s - i0) dx: closed form, or its series where that cancels."""
    s = np.asarray(s, dtype=np.complex128)
    small = np.abs(s) < 0.05
    series = np.zeros_like(s)
    for n in range(14, 0, -1):  # Int x^(n+1) (1-x)^(n+1) dx = ((n+1)!)^2 / (2n+3)!
        series = s * (series - math.factorial(n + 1) ** 2 / math.factorial(2 * n + 3) / n)
    t = np.where(small, 1.0, s) + 1e-300j  # above threshold: just above the cut
    beta = np.sqrt(1 - 4 / t)
    closed = -5 / 18 - 2 / (3 * t) + (1 + 2 / t) * beta / 6 * (2 * np.log(beta + 1) + np.log(-t / 4))
    return np.where(small, series, closed)
