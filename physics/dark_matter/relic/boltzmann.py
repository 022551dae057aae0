r"""Relic density of psi from Boltzmann equations: for its density, or for density and temperature together.

For n = n_psi + n_psibar, with <sigma v> = B S(x), B = g_X^4 q_psi^2/(12 pi m_psi^2), of breit_wigner.py, and with the
temperature of psi defined by its pressure, T_psi = <p^2/3E> (Binder et al. 2017; Binder et al. 2021),

    dn/dt + 3 H n = -1/2 [<sigma v>(T_psi) n^2 - <sigma v>(T_nu) n_eq^2],
    d ln T_psi/dt = (1 - h/2) [gamma (T_nu/T_psi - 1) - 2 H]
                    + n/2 [<sigma v> - <sigma v>_2](T_psi)
                    + n_eq^2/2n [<sigma v>_2 T_nu/T_psi - <sigma v>](T_nu).

Here n_eq = 2 m_psi^2 T_nu K_2(m_psi/T_nu)/pi^2, and <sigma v>_2 has the weight p^2/(3 E T) in its average; the
relativistic h = <p^4/E^3>/(3 T_psi) is 5/x for a cold gas and turns the cooling 2 H into H for a hot one. relic_method
"boltzmann" has T_psi = T_nu for ever, as if scattering never ended, and the first equation alone; "coupled" has both.

The bath is nu_mu and nu_tau: below e+e- annihilation psi is as warm as they are, not as the photons. Scattering off
them through X in the t channel,

    d sigma/d cos(theta) = G^2 E^2 (1 + cos(theta))/(4 pi (1 - t/m_X^2)^2),  G = q_psi g_X^2/m_X^2,
    t = -2 E^2 (1 - cos(theta)),

changes the momentum of psi by little in each collision: a Fokker-Planck equation. With f the Fermi-Dirac distribution,
1 - f for the occupied final state, and nu_mu, nu_tau and their antineutrinos (one helicity each), T_psi relaxes at the
rate at which <p^2>/(3 m_psi) diffuses, over T_nu:

    gamma = 4 Int d^3k/(2 pi)^3 f (1 - f) Int d cos(theta) (d sigma/d cos(theta)) (-t) / (3 m_psi T_nu)
          = (62 pi^3/189) G^2 T_nu^6/m_psi P(T_nu/m_X),      62 pi^3/189 = 10.17,  P(0) = 1,

from Int k^6 f (1 - f) dk = 6 x 31/32 x 5! zeta(6) T_nu^7; momentum itself decays at gamma/2. P has the propagator, to
all orders. Recoil is left out, as in the Fokker-Planck equation itself: with exact kinematics the rate is lower, by a
factor of about 1/(1 + 16/x_nu) next to equilibrium (Monte Carlo of the collision integral: 0.53 at x_nu = 20 and
T_psi = 0.8 T_nu, 0.69 at 40).

Numerical accuracy: 1e-5 at the points that are compared with a reference integrator, 5e-5 at random ones against steps
100 times finer (tests/physics/relic/test_boltzmann.py). Physical accuracy is another matter:

- "boltzmann" is right, up to Maxwell-Boltzmann statistics (2 % in n_eq at x = 3), if scattering lasts until
  annihilation ends. Next to the resonance it does not. Against "coupled" the density is 12 % too high at mass_ratio =
  0.5083 and 4.6 times too high at 0.50001, 10 to 15 times too low from 0.34 to 0.45 (m_X = 15 MeV, g_X = 5e-4,
  q_psi = 1).
- "coupled" closes the hierarchy of moments with a Maxwell-Juettner distribution of temperature T_psi. Nothing enforces
  it: psi-psi scattering is not in the equations, and annihilation on a narrow pole takes pairs of one energy away.
  For mass_ratio > 1/2 the weight in <sigma v>_2 hardly matters, and twice or half the scattering changes the density
  by 12 % or less. For resonant mass_ratio < 1/2 the hot tail is what annihilates: p^2/3m in place of p^2/3E changes
  the density by 15-30 %, twice or half the scattering by up to 45 %: the order of magnitude is what one learns.
  Recoil (above) would raise the density by 20-25 % for mass_ratio from 0.34 to 0.45, by 5-10 % on the relic line of
  m_X = 23 MeV, g_X = 4.5e-4 for q_psi from 0.1 to 0.36, and change it by 1 % at 0.50001 to 0.5083. Decoupling at x
  below about 20 (small q_psi) is beyond the expansion in momentum transfers.
- Both: the neutrinos decouple together at 2.3 MeV; psi and X add nothing to H, and what they heat the neutrinos by is
  left out. So is scattering off mu and tau, which would keep psi warm for longer where m_psi is above about 1 GeV, and
  annihilation into X X. Annihilation ends at T = 1 eV, where matter takes over; that is felt for |2 mass_ratio - 1|
  below about 1e-6 only. psi starts in equilibrium, at x = 0.3 at the latest: with x_freeze_out below 4 the result
  means little.

All compiled functions of the solver are in this file; the averages come as tables from breit_wigner.py.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy import special
from scipy.interpolate import CubicSpline

from physics.core.graph import intermediate, observable
from physics.core.status import FloatArray, Outcome, Status, StatusArray
from physics.dark_matter.annihilation import pole_position
from physics.dark_matter.relic.breit_wigner import channel_sum
from physics.dark_matter.relic.rate_tables import average_table, averages
from physics.early_universe.degrees_of_freedom import (
    NEUTRINO_DECOUPLING,
    energy_degrees_of_freedom,
    entropy_degrees_of_freedom,
    entropy_slope,
)
from physics.model.constants import E_CHARGE, M_E, M_MU, M_PLANCK, M_TAU, RHO_CRITICAL, T_CMB
from physics.model.lagrangian import PSI_EXISTS

__all__ = ["boltzmann_density", "kinetic_decoupling_x"]

SCATTERING = 62 * math.pi**3 / 189
ENTROPY = 2 * math.pi**2 / 45  # s = ENTROPY g_s T^3
HUBBLE = math.sqrt(4 * math.pi**3 / 45) / M_PLANCK  # H = HUBBLE sqrt(g_*) T^2
T_END = 1e-6  # MeV: matter takes over
# Where psi starts in equilibrium: as late as possible
RESET = 300.0  # annihilations in a Hubble time that make psi forget what density it had
SCATTERINGS = 60.0  # relaxations in a Hubble time that make it forget what temperature it had
THERMAL = 0.1  # annihilations in a Hubble time without which psi never thermalises
X_EARLIEST = 0.3
LATE_STARTS = np.array([32.0, 28.0, 24.0, 20.0, 17.0, 14.0, 12.0, 10.0, 8.5, 7.0, 6.0, 5.0, 4.2])
EARLY_STARTS = np.array([3.7, 3.2, 2.8, 2.4, 2.0, 1.6, 1.3, 1.0, 0.7, 0.5, X_EARLIEST])
TABLE_ERROR, STEP_ERROR = 1e-6, 1e-5
MAX_STEPS = 20000
SHORTEST_STEP = 1e-12  # in ln T


class _Uniform(NamedTuple):
    """Cubic splines of several functions of u on a uniform grid: coefficients (interval, function, power)."""

    low: float
    step: float
    coefficients: FloatArray


def _uniform(low: float, high: float, n: int, functions: FloatArray) -> _Uniform:
    """Splines of the columns of `functions`, sampled at n points from low to high."""
    spline = CubicSpline(np.linspace(low, high, n), functions)
    return _Uniform(low, (high - low) / (n - 1), np.ascontiguousarray(spline.c.transpose(1, 2, 0)))


@cache
def _background() -> _Uniform:
    """In ln T: ln g_s, and ln(T^2 dt/dln(1/T)), dt/dln(1/T) = (1 + 1/3 d ln g_s/d ln T)/H."""
    log_T = np.linspace(math.log(1e-2), math.log(1e6), 700)
    T = np.exp(log_T)
    time = (1 + entropy_slope(T) / 3) / (HUBBLE * np.sqrt(energy_degrees_of_freedom(T)))
    return _uniform(
        log_T[0], log_T[-1], log_T.size, np.stack([np.log(entropy_degrees_of_freedom(T)), np.log(time)], -1)
    )


@cache
def _gas() -> _Uniform:
    """In ln x: ln[sqrt(2x/pi) e^x K_2(x)], and 1 - h/2 of a Maxwell-Juettner gas."""
    log_x = np.linspace(math.log(0.01), math.log(1e5), 400)
    x = np.exp(log_x)
    t = np.linspace(0.0, 7.0, 400)[1:]  # E = m + T t^2
    E = 1 + t**2 / x[:, np.newaxis]
    p2 = E**2 - 1
    weight = t * np.exp(-(t**2))
    pressure, cubic = (np.sum(weight * f, axis=-1) for f in (p2**1.5, p2**2.5 / E**2))
    bessel = np.log(np.sqrt(2 * x / math.pi) * special.kve(2, x))
    return _uniform(log_x[0], log_x[-1], log_x.size, np.stack([bessel, 1 - cubic / pressure / 2], axis=-1))


@cache
def _propagator() -> _Uniform:
    """In ln(T_nu/m_X): ln P, the mean of (1 - t/m_X^2)^-2 in the rate of momentum relaxation."""
    log_tau = np.linspace(math.log(1e-4), math.log(1e3), 200)
    nodes, weights = np.polynomial.legendre.leggauss(120)
    u, of_u = 0.5 * 60 * (1 + nodes), 0.5 * 60 * weights  # k/T
    v, of_v = (1 + nodes) ** 2 / 2, (1 + nodes) * weights  # 1 - cos(theta), dense in the forward direction
    occupied = of_u * u**6 * np.exp(-u) / (1 + np.exp(-u)) ** 2
    propagator = 1 + 2 * np.multiply.outer(np.multiply.outer(np.exp(2 * log_tau), u**2), v)
    mean = np.einsum("tuv,u,v->t", propagator**-2, occupied, of_v * v * (2 - v))
    return _uniform(log_tau[0], log_tau[-1], log_tau.size, np.log(mean / (occupied.sum() * 4 / 3))[:, np.newaxis])


class _Tables(NamedTuple):
    """Everything that the compiled solver reads but the averages."""

    background: _Uniform
    gas: _Uniform
    propagator: _Uniform
    log_T_decoupling: float  # ln(T_D/MeV): handed on, since numba's cache does not see another file's constants change
    log_g_decoupling: float  # ln g_s(T_D)


class _Point(NamedTuple):
    """One point: ln of m_psi and m_X [MeV], B [MeV^-2], SCATTERING G^2/m_psi [MeV^-5]; coupled or not."""

    log_mass: float
    log_mediator: float
    scale: float
    scattering: float
    coupled: bool


class _Bath(NamedTuple):
    """The bath at u = ln(m_psi/T)."""

    log_s: float
    hubble: float
    time: float  # dt/du
    log_x: float  # ln(m_psi/T_nu)
    cooling: float  # -d ln T_nu/du
    log_n_eq: float


_LOG_ENTROPY = math.log(ENTROPY)
_LOG_SPINS = math.log(4 / (2 * math.pi) ** 1.5)


@njit(cache=True)
def _locate(table: _Uniform, u: float) -> tuple[int, float]:
    """Interval of a uniform grid, and the distance into it; u clipped to the grid (NaN: its lower end)."""
    n = table.coefficients.shape[0]
    position = (u - table.low) / table.step
    position = min(position, float(n)) if position > 0.0 else 0.0
    i = min(int(position), n - 1)
    return i, (position - i) * table.step


@njit(cache=True)
def _cubic(c: FloatArray, t: float) -> float:
    return ((c[0] * t + c[1]) * t + c[2]) * t + c[3]


@njit(cache=True)
def _log_bessel(log_x: float, x: float, gas: _Uniform) -> float:
    """Value of ln[sqrt(2x/pi) e^x K_2(x)]."""
    if log_x > 11.0:
        return 1.875 / x
    i, t = _locate(gas, log_x)
    return _cubic(gas.coefficients[i, 0], t)


@njit(cache=True)
def _kinetic(log_x: float, gas: _Uniform) -> float:
    """1 - h/2, 1 for a cold gas, 1/2 for a hot one."""
    if log_x > 11.0:
        return 1.0
    i, t = _locate(gas, log_x)
    return _cubic(gas.coefficients[i, 1], t)


@njit(cache=True)
def _bath(u: float, point: _Point, tables: _Tables) -> _Bath:
    log_T = point.log_mass - u
    i, t = _locate(tables.background, log_T)
    c = tables.background.coefficients[i, 0]
    log_g = _cubic(c, t)
    slope = (3 * c[0] * t + 2 * c[1]) * t + c[2]
    time = math.exp(_cubic(tables.background.coefficients[i, 1], t) - 2 * log_T)
    log_x, cooling = u, 1.0
    if log_T < tables.log_T_decoupling and log_g < tables.log_g_decoupling:
        log_x -= (log_g - tables.log_g_decoupling) / 3
        cooling += slope / 3
    x = math.exp(log_x)
    log_n_eq = 3 * point.log_mass - 1.5 * log_x + _LOG_SPINS + _log_bessel(log_x, x, tables.gas) - x
    return _Bath(_LOG_ENTROPY + log_g + 3 * log_T, (1 + slope / 3) / time, time, log_x, cooling, log_n_eq)


@njit(cache=True)
def _relaxation(log_x_nu: float, point: _Point, propagator: _Uniform) -> float:
    """Rate gamma at which T_psi relaxes to T_nu [MeV]."""
    log_T_nu = point.log_mass - log_x_nu
    i, t = _locate(propagator, log_T_nu - point.log_mediator)
    return point.scattering * math.exp(6 * log_T_nu + _cubic(propagator.coefficients[i, 0], t))


@njit(cache=True)
def _derivatives(
    bath: _Bath, log_Y: float, warmth: float, point: _Point, tables: _Tables, edges: FloatArray, panels: FloatArray
) -> tuple[float, float]:
    """Derivatives of ln Y = ln(n/s) and of ln(T_psi/T_nu) with respect to u = ln(m_psi/T)."""
    log_n = bath.log_s + log_Y
    log_S, ratio = averages(bath.log_x - warmth, edges, panels)
    annihilation = 0.5 * point.scale * math.exp(log_n + log_S)
    creation, ratio_nu = 0.0, 1.0
    deficit = 2 * (bath.log_n_eq - log_n)
    if deficit > -80.0:
        log_S_nu, ratio_nu = averages(bath.log_x, edges, panels)
        creation = 0.5 * point.scale * math.exp(log_n + deficit + log_S_nu)
    d_log_Y = bath.time * (creation - annihilation)
    if not point.coupled:
        return d_log_Y, 0.0
    colder = math.expm1(-warmth)  # T_nu/T_psi - 1
    gamma = _relaxation(bath.log_x, point, tables.propagator)
    d_log_T = _kinetic(bath.log_x - warmth, tables.gas) * (gamma * colder - 2 * bath.hubble)
    d_log_T += annihilation * (1 - ratio) + creation * (ratio_nu * (1 + colder) - 1)
    return d_log_Y, bath.time * d_log_T + bath.cooling


# RODAS4: Hairer & Wanner, Solving Ordinary Differential Equations II, section VI.4 (stiffly accurate, order 4(3))
_GAMMA = 0.25
_A = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [1.544, 0.0, 0.0, 0.0, 0.0],
        [0.9466785280815826, 0.2557011698983284, 0.0, 0.0, 0.0],
        [3.314825187068521, 2.896124015972201, 0.9986419139977817, 0.0, 0.0],
        [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 0.0],
        [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1.0],
    ]
)
_C = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [-5.6688, 0.0, 0.0, 0.0, 0.0],
        [-2.430093356833875, -0.2063599157091915, 0.0, 0.0, 0.0],
        [-0.1073529058151375, -9.594562251023355, -20.47028614809616, 0.0, 0.0],
        [7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160, 0.0],
        [8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054],
    ]
)
_AT = np.array([0.0, 0.386, 0.21, 0.63, 1.0, 1.0])
_DT = np.array([0.25, -0.1043, 0.1035, -0.3620000000000023e-1, 0.0, 0.0])


@njit(cache=True)
def _evolve(
    u: float, u_end: float, log_Y: float, warmth: float, point: _Point, tables: _Tables, edges: FloatArray,
    panels: FloatArray, tolerance: float,
) -> tuple[float, int]:  # fmt: skip
    """Value of ln Y at u_end, and the steps tried; NaN after MAX_STEPS, or where the step underflows."""
    k_Y, k_T = np.zeros(6), np.zeros(6)
    h, eps = 1e-3, 1e-7
    accepted = True
    f_Y = f_T = t_Y = t_T = J_YY = J_YT = J_TY = J_TT = 0.0
    for step in range(MAX_STEPS):
        if u_end - u < SHORTEST_STEP:
            return log_Y, step
        h = min(h, u_end - u)
        if accepted:
            bath = _bath(u, point, tables)
            f_Y, f_T = _derivatives(bath, log_Y, warmth, point, tables, edges, panels)
            a, b = _derivatives(bath, log_Y + eps, warmth, point, tables, edges, panels)
            J_YY, J_TY = (a - f_Y) / eps, (b - f_T) / eps
            if point.coupled:
                a, b = _derivatives(bath, log_Y, warmth + eps, point, tables, edges, panels)
                J_YT, J_TT = (a - f_Y) / eps, (b - f_T) / eps
            a, b = _derivatives(_bath(u + eps, point, tables), log_Y, warmth, point, tables, edges, panels)
            t_Y, t_T = (a - f_Y) / eps, (b - f_T) / eps
        # [1/(h gamma) - J] k = right-hand side
        m_YY, m_TT = 1 / (h * _GAMMA) - J_YY, 1 / (h * _GAMMA) - J_TT
        determinant = m_YY * m_TT - J_YT * J_TY
        new_Y = new_T = 0.0
        for i in range(6):
            new_Y, new_T = log_Y, warmth
            r_Y, r_T = h * _DT[i] * t_Y, h * _DT[i] * t_T
            for j in range(i):
                new_Y += _A[i, j] * k_Y[j]
                new_T += _A[i, j] * k_T[j]
                r_Y += _C[i, j] / h * k_Y[j]
                r_T += _C[i, j] / h * k_T[j]
            if i > 0:
                if i < 5:  # the last two stages are at u + h both
                    bath = _bath(u + _AT[i] * h, point, tables)
                f_i, g_i = _derivatives(bath, new_Y, new_T, point, tables, edges, panels)
            else:
                f_i, g_i = f_Y, f_T
            r_Y += f_i
            r_T += g_i
            k_Y[i] = (r_Y * m_TT + J_YT * r_T) / determinant
            k_T[i] = (r_T * m_YY + J_TY * r_Y) / determinant
        error = max(abs(k_Y[5]), abs(k_T[5])) / tolerance
        accepted = error <= 1.0
        if accepted:
            u, log_Y, warmth = u + h, new_Y + k_Y[5], new_T + k_T[5]
        factor = min(4.0, max(0.2, 0.9 * (error + 1e-12) ** -0.25)) if math.isfinite(error) else 0.2
        h *= factor if accepted else min(factor, 0.7)
        if h < SHORTEST_STEP:
            break
    return math.nan, MAX_STEPS


@njit(cache=True)
def _log_abundance(
    x: float, u_end: float, point: _Point, tables: _Tables, edges: FloatArray, panels: FloatArray, tolerance: float
) -> tuple[float, int]:
    """Value of ln(n/s) at u_end, from equilibrium at m_psi/T = x; and the steps tried."""
    bath = _bath(math.log(x), point, tables)
    log_S, ratio = averages(bath.log_x, edges, panels)
    reset = bath.time * point.scale * math.exp(bath.log_n_eq + log_S)
    log_Y, warmth = bath.log_n_eq - bath.log_s, 0.0
    if reset > 0.1 * RESET:  # the offsets that balance the expansion
        log_Y += math.asinh(math.exp(bath.log_x) / reset)
        kinetic = _kinetic(bath.log_x, tables.gas)
        rate = bath.time * kinetic * _relaxation(bath.log_x, point, tables.propagator) + 0.5 * reset * ratio
        if point.coupled:
            warmth = (1 - 2 * kinetic * bath.time * bath.hubble) / rate
    return _evolve(math.log(x), u_end, log_Y, warmth, point, tables, edges, panels, tolerance)


@njit(cache=True)
def _x_of_neutrinos(x: FloatArray, point: _Point, tables: _Tables) -> FloatArray:
    """m_psi/T_nu at x = m_psi/T."""
    result = np.empty(x.size)
    for i in range(x.size):
        result[i] = math.exp(_bath(math.log(x[i]), point, tables).log_x)
    return result


@njit(cache=True)
def _first_start(x: FloatArray, S: FloatArray, d: float, point: _Point, tables: _Tables) -> tuple[int, float]:
    """Index of the first x = m_psi/T where psi forgets what was before (or -1), and the largest rate on the way there.

    Annihilation must reset the density, and scattering the temperature: a narrow pole takes pairs away and puts them
    back at the same energy, which does nothing for the temperature. A pole above threshold, in reach of hot pairs only,
    cools psi while its density falls like exp(-x), and the fewer hot pairs there are, the less they annihilate.
    """
    largest = 0.0
    root = math.sqrt(1.0 + max(d, 0.0))  # energy of psi on the pole over its mass
    for i in range(x.size):
        bath = _bath(math.log(x[i]), point, tables)
        rate = bath.time * point.scale * S[i] * math.exp(bath.log_n_eq)
        largest = max(largest, rate)
        if point.coupled:
            scatterings = bath.time * _relaxation(bath.log_x, point, tables.propagator)
            if scatterings < SCATTERINGS:
                continue
            x_nu = math.exp(bath.log_x)
            cooling = x_nu * max(x_nu * (root - 1 / root) / 3 - 1.0, 0.0)  # -d ln T_psi/du from annihilation
            # One more power of ten: two quantities have to forget
            rate *= 0.1 * math.exp(-2 * x_nu * (root - 1.0) * cooling / (0.7 * scatterings))
        if rate > RESET:
            return i, largest
    return -1, largest


@njit(cache=True, error_model="numpy")  # absurd masses: no division by zero
def _decoupling(points: FloatArray, tables: _Tables) -> FloatArray:
    """m_psi/T_nu where gamma = H for the last time; NaN where psi never scatters that fast, inf where for ever.

    Each row of `points` has ln m_psi, ln m_X and the strength of scattering.
    """
    result = np.full(points.shape[0], math.nan)
    for i in range(points.shape[0]):
        if not math.isfinite(points[i, 0]):
            continue
        point = _Point(points[i, 0], points[i, 1], 0.0, points[i, 2], True)
        low, high = math.log(X_EARLIEST), point.log_mass - math.log(T_END)
        for u, value in ((low, math.nan), (high, math.inf)):
            bath = _bath(u, point, tables)
            if (bath.time * _relaxation(bath.log_x, point, tables.propagator) > 1.0) != (u == low):
                result[i] = value
                low = high
                break
        if low == high:
            continue
        while high - low > 1e-13 * high:
            middle = 0.5 * (low + high)
            bath = _bath(middle, point, tables)
            if _relaxation(bath.log_x, point, tables.propagator) > bath.hubble:
                low = middle
            else:
                high = middle
            if not low < 0.5 * (low + high) < high:
                break
        result[i] = math.exp(_bath(high, point, tables).log_x)
    return result


@cache
def _tables() -> _Tables:
    log_g = math.log(float(entropy_degrees_of_freedom(NEUTRINO_DECOUPLING)))
    return _Tables(_background(), _gas(), _propagator(), math.log(NEUTRINO_DECOUPLING), log_g)


def _solve(
    point: _Point,
    d: float,
    w: float,
    couplings: FloatArray,
    y_f: FloatArray,
    step_error: float = STEP_ERROR,
    table_error: float = TABLE_ERROR,
) -> float:
    """Value of ln(n/s) today; NaN if not converged, inf if psi never thermalises."""
    tables = _tables()
    fastest = 0.0
    for starts in (LATE_STARTS, EARLY_STARTS):  # averages are cheap at large x
        S = np.array([channel_sum(x, d, w, couplings, y_f) for x in _x_of_neutrinos(starts, point, tables)])
        found, rate = _first_start(starts, S, d, point, tables)
        fastest = max(fastest, rate)
        if found >= 0:
            break
    if fastest < THERMAL:
        return math.inf
    x = starts[found]
    u_end = point.log_mass - math.log(T_END)
    coldest = 2 * math.exp(u_end)  # m_psi/T_nu
    if point.coupled:  # psi grows colder than the neutrinos; S is constant in the end
        coldest = min(coldest**2, max(1e4 / max(abs(d), w), 1e4))
    edges, panels = average_table(0.7 * x, max(coldest, 2 * x), d, w, couplings, y_f, point.coupled, table_error)
    return _log_abundance(x, u_end, point, tables, edges, panels, step_error)[0]


@intermediate
def boltzmann_density(
    m_X: FloatArray,
    g_X: FloatArray,
    mass_ratio: FloatArray,
    q_psi: FloatArray,
    mixing_per_coupling: float,
    propagator_width: FloatArray,
    annihilation_channels: str,
    relic_method: str,
) -> Outcome:
    """Omega h^2 of psi and psibar by relic_method "boltzmann" or "coupled"; NaN without a computation for the others.

    Status 3 where annihilation never comes near the expansion rate, 4 where the solver fails. By whatever method,
    relic_density has no value where eq. (3.3) has no solution, either.
    """
    if relic_method not in ("boltzmann", "coupled"):
        return Outcome(np.full(1, math.nan), np.uint8(Status.OK))
    inputs = np.broadcast_arrays(m_X, g_X, mass_ratio, q_psi, propagator_width)
    shape = inputs[0].shape
    m_X, g_X, mass_ratio, q_psi, width = (np.ascontiguousarray(a).ravel() for a in inputs)
    m_psi = mass_ratio * m_X
    scale = g_X**4 * q_psi**2 / (12 * math.pi * m_psi**2)
    scattering = SCATTERING * (q_psi * g_X**2 / m_X**2) ** 2 / m_psi
    d, w = pole_position(mass_ratio), width / (4 * mass_ratio**2 * m_X)
    masses = np.array([0.0, M_E, M_MU, M_TAU] if annihilation_channels == "all" else [0.0])
    couplings = np.array([1.0, (E_CHARGE * mixing_per_coupling) ** 2, 1.0, 1.0])[: masses.size]
    y_f = (masses / m_psi[:, np.newaxis]) ** 2
    log_Y = np.full(m_psi.size, math.inf)
    for i in np.flatnonzero((scale > 0) & (w > 0) & np.isfinite(m_psi) & np.isfinite(d) & np.isfinite(scale)):
        point = _Point(math.log(m_psi[i]), math.log(m_X[i]), scale[i], scattering[i], relic_method == "coupled")
        log_Y[i] = _solve(point, d[i], w[i], couplings, y_f[i])
    status: StatusArray = np.where(
        np.isinf(log_Y), Status.NO_SOLUTION, np.where(np.isnan(log_Y), Status.NOT_CONVERGED, Status.OK)
    ).astype(np.uint8)
    entropy_today = ENTROPY * float(entropy_degrees_of_freedom(T_CMB)) * T_CMB**3
    density = np.where(status == Status.OK, m_psi * np.exp(log_Y) * entropy_today / RHO_CRITICAL, math.nan)
    return Outcome(density.reshape(shape), status.reshape(shape))


@observable(
    unit="1",
    label=r"$x_\mathrm{kd}$",
    reference="Binder et al. 2017; Binder et al. 2021; Drees & Zhao 2021, eq. (2.1)",
    domain=PSI_EXISTS,
)
def kinetic_decoupling_x(m_X: FloatArray, g_X: FloatArray, mass_ratio: FloatArray, q_psi: FloatArray) -> Outcome:
    r"""Kinetic decoupling x_kd = m_psi/T_nu, from scattering off nu_mu and nu_tau alone.

    Afterwards T_psi falls like T_nu^2/T_kd. For gamma/H ~ T^4 this defines T_kd = sqrt(2)/Gamma(3/4) = 1.154 of the
    T_nu at which gamma = H (gamma of the module's head, g_*(T) at that point), for a cold gas. Annihilation, which
    changes T_psi near a resonance, is not in it. gamma, an expansion in momentum transfers, is too high by a factor of
    about 1 + 16/x, and x_kd by 6 % at 50, 12 % at 24, 30 % at 12: below about 10 only the order of magnitude counts.

    Parameters
    ----------
    m_X, g_X : array_like
        Mass [MeV] and gauge coupling of X.
    mass_ratio, q_psi : array_like
        m_psi / m_X and charge of psi.

    Returns
    -------
    ndarray
        Dimensionless; NaN (status 3) where gamma < H already at m_psi = 0.3 T.

    Examples
    --------
    >>> import physics
    >>> physics.evaluate("kinetic_decoupling_x", m_X=15, g_X=5e-4, mass_ratio=0.501, q_psi=[0.1, 1.0])
    array([15.45..., 50.04...])
    """
    arrays = np.broadcast_arrays(
        np.log(mass_ratio * m_X), np.log(m_X), SCATTERING * (q_psi * g_X**2 / m_X**2) ** 2 / (mass_ratio * m_X)
    )
    rows = np.stack([a.ravel() for a in arrays], axis=-1)
    x = _decoupling(rows, _tables()).reshape(arrays[0].shape) * (math.gamma(0.75) / math.sqrt(2))
    status = np.where(np.isnan(x), Status.NO_SOLUTION, np.where(np.isinf(x), Status.NOT_CONVERGED, Status.OK))
    return Outcome(x, status.astype(np.uint8))
