"""Temperatures of photons and neutrinos through the time when the neutrinos decouple."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import scipy

from physics.core.evaluate import evaluate
from physics.core.status import FloatArray
from physics.early_universe.n_eff import SPINS_OF_PSI, T_START
from physics.early_universe.three_baths import T_END, TOLERANCE, Particles, Problem, evolution, problem
from physics.model.constants import E_CHARGE, HBAR_MEV_S, M_E, T_CMB
from physics.model.widths import dirac_width

__all__ = ["History", "history", "history_three_bath"]


class History(NamedTuple):
    """Arrays from early to late."""

    scale_factor: FloatArray  # 1 today
    time: FloatArray  # [s]
    T_gamma: FloatArray  # [MeV]
    T_nu_e: FloatArray  # [MeV]
    T_nu_mu_tau: FloatArray  # [MeV]


def history(
    m_X: float | None,
    g_X: float = 0.0,
    mass_ratio: float | None = None,
    neutrino_flavours: str = "separate",
    kinetic_mixing: str = "photon",
    points: int = 400,
    mixing_momentum: str = "process",
) -> History:
    """Temperatures as `n_eff` has them, from 20 MeV on.

    Parameters
    ----------
    m_X : float or None
        Mass of X [MeV]; None: the Standard Model.
    g_X : float
        Gauge coupling; 0 leaves X in equilibrium with nu_mu and nu_tau, and no X <-> e+e-.
    mass_ratio : float or None
        m_psi/m_X; None: no dark matter.
    neutrino_flavours, kinetic_mixing, mixing_momentum : str
        The parameters of these names.
    points : int
        Equidistant in ln a.

    Returns
    -------
    History
        Down to a photon temperature of about 18 keV, where nothing changes but by expansion.

    Examples
    --------
    >>> standard = history(None)
    >>> ratio = standard.T_gamma / standard.T_nu_e
    >>> ratio[[0, -1]].round(4), float(standard.time[-1].round(-1))
    (array([1.    , 1.3946]), 3990.0)
    """
    mass = math.inf if m_X is None else m_X
    mixing = {"kinetic_mixing": kinetic_mixing, "mixing_momentum": mixing_momentum}
    width = 0.0 if m_X is None else float(evaluate("gamma_X_electrons", m_X=m_X, g_X=g_X, **mixing))
    m_psi = math.inf if mass_ratio is None else mass_ratio * mass
    particles = Particles(math.log(mass), math.log(m_psi), width, float(SPINS_OF_PSI), True)
    return _history(T_START, problem(particles, True, neutrino_flavours == "common", "exact"), points)


def history_three_bath(
    m_X: float | None,
    epsilon: float = 0.0,
    m_phi: float | None = None,
    T_nu_mu_tau_decoupling: float = 1.5,
    x_energy_transfer: str = "exact",
    points: int = 400,
) -> History:
    """Temperatures as `n_eff_three_bath` has them, from the decoupling of nu_mu and nu_tau on.

    Kamada et al. 2018, Fig. 4 (left), is T_gamma/T_nu_e and T_nu_mu_tau/T_nu_e against T_gamma; before decoupling all
    temperatures are the same.

    Parameters
    ----------
    m_X : float or None
        Mass of X [MeV]; None: the Standard Model.
    epsilon : float
        Kinetic mixing.
    m_phi : float or None
        Mass of phi [MeV]; None: none.
    T_nu_mu_tau_decoupling : float
        In MeV.
    x_energy_transfer : {"exact", "paper"}
        The parameter of that name.
    points : int
        Equidistant in ln a.

    Returns
    -------
    History
        Down to a photon temperature of about 18 keV.

    Examples
    --------
    >>> late = [column[-1] for column in history_three_bath(10.0, 7.2e-6, x_energy_transfer="paper")]
    >>> round(float(late[2] / late[3]), 4), round(float(late[4] / late[3]), 4)
    (1.3753, 1.0341)
    """
    masses = [math.inf if m is None else m for m in (m_X, m_phi)]
    particles = Particles(math.log(masses[0]), math.log(masses[1]), _width(epsilon, masses[0]), 1.0, False)
    return _history(T_nu_mu_tau_decoupling, problem(particles, False, False, x_energy_transfer), points)


def _width(epsilon: float, m_X: float) -> float:
    if math.isinf(m_X):
        return 0.0
    return float(dirac_width(np.array(epsilon * E_CHARGE), np.array(m_X), np.array(M_E / m_X)))


def _history(T_start: float, equations: Problem, points: int) -> History:
    N = np.linspace(0.0, math.log(T_start / T_END), points)
    log_T, y, z, H = evolution(N, T_start, equations, TOLERANCE).T
    T = np.exp(log_T)
    # In a dominated by radiation 1/H grows like a^2, and what multiplies that is smooth
    slow = scipy.interpolate.CubicSpline(N, np.exp(-2 * N) / H)
    nodes, weights = np.polynomial.legendre.leggauss(4)
    half = np.diff(N)[:, np.newaxis] / 2
    at = N[:-1, np.newaxis] + half * (1 + nodes)
    elapsed = np.concatenate([[0.0], np.cumsum(np.sum(half * weights * slow(at) * np.exp(2 * at), axis=-1))])
    time = HBAR_MEV_S * (1 / (2 * H[0]) + elapsed)
    return History(float(T_CMB) / T[-1] * np.exp(N - N[-1]), time, T, T * np.exp(z), T * np.exp(y))
