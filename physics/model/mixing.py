r"""The model: charges, loop-induced kinetic mixing, and the sign convention that all modules share.

X couples to mu and tau lepton number with charges +1 and -1 (Drees & Zhao 2021, eq. (2.1)). Loops of both mix it with
the photon, so that it couples to every fermion f of electric charge Q_f with

    c_f = -epsilon e Q_f,    epsilon = e g_X/(6 pi^2) ln(m_mu/m_tau) = -g_X/69.29 < 0.

Only this combination of signs has the interference with the Standard Model right: X couples to the electron with
-|epsilon| e and to nu_mu with +g_X. (The Lagrangian printed as eq. (2.2) of Drees & Zhao 2021 has the opposite sign,
the interaction they use in eqs. (3.16)-(3.17) has this one.)

Where the photon's virtuality matters, the mixing is that of the process (`mixing_momentum`): |epsilon(m_X^2)| for X
that decays or is produced, |epsilon(s)| in annihilation through X. |epsilon(q^2)/epsilon(0)|^2 is 1.003 at q = 20
MeV, 1.07 at 100, 2.04 at the muon threshold of 211, then falls: 0.56 at 1 GeV, 0.04 at 5, 0.002 at 9. The papers take
q^2 = 0 ("zero"). Scattering off electrons and nuclei, and stars, have q^2 close to 0 in any case. The loop's change
of the coupling to the muon itself, 0.4 %, is left out like other corrections of that order.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from physics.core.compiled import compiled
from physics.core.parameter import parameter
from physics.core.registration import branch, intermediate, observable
from physics.core.status import FloatArray
from physics.model.constants import E_CHARGE, M_MU, M_TAU
from physics.model.lagrangian import Charges

__all__ = [
    "HYPERCHARGE_FACTOR",
    "CouplingAt",
    "electron_coupling",
    "electron_coupling_at",
    "electron_coupling_at_per_g_X",
    "epsilon",
    "kinetic_mixing_at",
    "mixing_per_coupling",
]

CouplingAt = Callable[[FloatArray], FloatArray]  # of q^2 [MeV^2]

HYPERCHARGE_FACTOR = (
    1.5  # Amaral et al. 2020, eq. (8): chiral traces counted as Dirac (x2), mixing with W3 left out (x3/4)
)
# Int x^(n+1) (1-x)^(n+1) dx = ((n+1)!)^2 / (2n+3)!, over n, from n = 1 on
_SERIES = np.array([math.factorial(n + 1) ** 2 / math.factorial(2 * n + 3) / n for n in range(1, 15)])
_FACTOR = {"photon": 1.0, "hypercharge": HYPERCHARGE_FACTOR}

parameter(
    "kinetic_mixing",
    "loop mixing of X with the photon, or with hypercharge (3/2 of it: Amaral et al. 2020, eq. (8))",
    label="kinetic mixing",
    default="photon",
    choices=_FACTOR,
)
parameter(
    "mixing_momentum",
    "q^2 of the loop mixing in decays and production of X (process: m_X^2) and in annihilation (process: s); "
    "zero: q^2 = 0, as in the papers",
    label="mixing at",
    default="process",
    choices=("process", "zero"),
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


@intermediate(when={"gauge_group": "Lmu-Ltau", "mixing_momentum": "process"})
def electron_coupling_at(g_X: FloatArray, kinetic_mixing: str) -> CouplingAt:
    """Vector coupling of X to the electron as a function of q^2; only its square has a meaning (no sign, no phase).

    >>> coupling = electron_coupling_at(np.array([5e-4]), "photon")
    >>> [f"{c / coupling(np.zeros(1)).item():.4f}" for c in coupling(np.array([20.0, 211.3, 9000.0]) ** 2)]
    ['1.0013', '1.4615', '0.0479']
    """
    return lambda q2: np.abs(kinetic_mixing_at(q2, 1.0, kinetic_mixing)) * g_X * E_CHARGE


@branch("electron_coupling_at", when={"gauge_group": "Lmu-Ltau", "mixing_momentum": "zero"})
def electron_coupling_at_zero(electron_coupling: FloatArray) -> CouplingAt:
    """At q^2 = 0, whatever the process."""
    return lambda q2: electron_coupling


@branch("electron_coupling_at", when={"gauge_group": "B-L"})
def electron_coupling_at_any(electron_coupling: FloatArray) -> CouplingAt:
    """Of B-L: the charge."""
    return lambda q2: electron_coupling


@intermediate(when={"gauge_group": "Lmu-Ltau", "mixing_momentum": "process"})
def electron_coupling_at_per_g_X(kinetic_mixing: str) -> CouplingAt:
    """`electron_coupling_at` at g_X = 1."""
    return electron_coupling_at(np.ones(1), kinetic_mixing)


@branch("electron_coupling_at_per_g_X", when={"gauge_group": "Lmu-Ltau", "mixing_momentum": "zero"})
@branch("electron_coupling_at_per_g_X", when={"gauge_group": "B-L"})
def electron_coupling_per_g_X_at_any(electron_coupling_per_g_X: float) -> CouplingAt:
    """The same at any q^2."""
    return lambda q2: np.full(np.shape(q2), abs(electron_coupling_per_g_X))


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
    q2 = np.array(q2, dtype=np.float64, order="C")  # compiled functions are compiled again for what is read-only
    prefactor = _FACTOR[kinetic_mixing] * E_CHARGE / (2 * math.pi**2) * np.asarray(g_X)
    return np.asarray(prefactor * _running(q2.ravel(), float(M_MU), float(M_TAU)).reshape(q2.shape))


@compiled
def _vacuum_polarisation(s: float) -> complex:
    """Int_0^1 x(1-x) ln(1 - x(1-x) s - i0) dx: closed form, or its series where that cancels."""
    if abs(s) < 0.05:
        series = 0.0
        for n in range(_SERIES.size - 1, -1, -1):
            series = s * (series - _SERIES[n])
        return complex(series)
    t = s + 1e-300j  # above threshold: just above the cut
    beta = np.sqrt(1 - 4 / t)
    closed: complex = -5 / 18 - 2 / (3 * t) + (1 + 2 / t) * beta / 6 * (2 * np.log(beta + 1) + np.log(-t / 4))
    return closed


@compiled
def _running(q2: FloatArray, m_mu: float, m_tau: float) -> NDArray[np.complex128]:
    """Int_0^1 x(1-x) ln[(m_mu^2 - x(1-x) q^2) / (m_tau^2 - x(1-x) q^2)] dx; of any number of q^2."""
    result = np.empty(q2.size, dtype=np.complex128)
    for i in range(q2.size):
        result[i] = _vacuum_polarisation(q2[i] / m_mu**2) - _vacuum_polarisation(q2[i] / m_tau**2)
    return result + math.log(m_mu / m_tau) / 3
