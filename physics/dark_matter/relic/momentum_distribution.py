r"""The momentum distribution of psi in the expanding universe, step by step.

In cells of ln(p/m), all h wide, psi per entropy y_i (two spins, without psibar) obeys

    dy_i/dt = -2 B s [y_i (V y)_i - e_i (V e)_i] + sum_j (y_j R_ji - y_i R_ij)    and redshift,

V of pair_annihilation.py, R of elastic_recoil.py, e equilibrium at T_nu. A step of ln a by h is a shift by one cell,
exactly: momenta fall by the factor exp(h), y does not change, and V is that of the new cells. Between shifts psi
collides for the time h/H, at the T in the middle. What changes fast in that time, e ~ exp(-x), is followed in shorter
parts, for momenta that redshift along. Collisions are stiff: ROS2, an implicit method of order 2 (Verwer et al. 1999,
gamma = 1 + 1/sqrt(2): densities stay positive). Where neither scattering nor creation counts any more annihilation is
explicit, and steps are longer. All of it is of order 2 in h.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.bath import SCATTERING, Bath, Point, Tables, bath_at, relaxation
from physics.dark_matter.relic.elastic_recoil import COLDEST, exact_recoil, small_recoil
from physics.numerics.linear import factorise, substitute

__all__ = ["Gas", "History", "evolve"]

FREE = 2e-3  # gamma/H below which scattering is left out
CREATED = 1e-6  # of psi, if in equilibrium: less, and creation is left out
EMPTY_ABOVE = 1e-16  # of psi: cells beyond do not collide
EMPTY_FREE = 1e-9  # the same, below, when nothing scatters
LARGEST_CHANGE = 0.2  # of ln y in a step of annihilation
PART = 5.0  # shorter parts of a step: 2 x h/(PART h)
LATE = 2  # cells by which free psi is shifted in a step
_GAMMA = 1 + math.sqrt(0.5)
_SPINS = 8 * math.pi / (2 * math.pi) ** 3


class Gas(NamedTuple):
    """What collides: the point, the bath, momenta over mass, V/(2 B), the table of exact recoil (empty: small)."""

    point: Point
    tables: Tables
    p: FloatArray
    h: float
    V: FloatArray
    recoil: FloatArray
    few: float  # of psi: cells below do not collide


class History(NamedTuple):
    """Amid the collisions of each step: m_psi/T, m_psi/T_nu, Y = (n_psi + n_psibar)/s, T_psi/T_nu, y = norm p^3 f."""

    x: FloatArray
    x_nu: FloatArray
    Y: FloatArray
    temperature: FloatArray
    norm: FloatArray
    y: FloatArray


@compiled
def _equilibrium(bath: Bath, gas: Gas, later: float, e: FloatArray) -> None:
    """Equilibrium later by `later` in ln a, in cells that redshift along."""
    x = math.exp(bath.log_x + later * bath.cooling / (bath.hubble * bath.time))
    scale = _SPINS * gas.h * math.exp(3 * gas.point.log_mass - bath.log_s)
    redshift2 = math.exp(-2 * later)
    for i in range(e.size):
        e[i] = scale * gas.p[i] ** 3 * math.exp(-x * math.sqrt(1 + redshift2 * gas.p[i] ** 2))


@compiled
def _redshift(y: FloatArray, cells: int) -> None:
    for _ in range(cells):
        y[0] += y[1]
        y[1:-1] = y[2:]
        y[-1] = 0.0


@compiled
def _later(u: float, bath: Bath, growth: float, point: Point, tables: Tables) -> float:
    """ln(m_psi/T) when ln a has grown: s a^3 is constant."""
    log_s = bath.log_s - 3 * growth
    u += growth
    for _ in range(30):
        bath = bath_at(u, point, tables)
        step = (bath.log_s - log_s) / (3 * bath.hubble * bath.time)
        u += step
        if abs(step) < 1e-12:
            break
    return u


@compiled
def _scattering(bath: Bath, gas: Gas, low: int, high: int) -> FloatArray:
    """K, with sum_j K_ij y_j what scattering changes y_i by, for the cells from low to high."""
    x, p = math.exp(bath.log_x), gas.p[low:high]
    R = np.zeros((p.size, p.size))
    if gas.recoil.size > 0 and x < COLDEST:
        strength = gas.point.scattering / SCATTERING * math.exp(6 * gas.point.log_mass)
        exact_recoil(x, strength, p, gas.h, gas.recoil, R)
    else:
        small_recoil(x, relaxation(bath.log_x, gas.point, gas.tables.propagator), p, gas.h, R)
    K = np.ascontiguousarray(R.T)
    for i in range(p.size):
        K[i, i] -= R[i].sum()
    return K


@compiled(fastmath=True)
def _product(V: FloatArray, y: FloatArray, result: FloatArray) -> None:
    for i in range(y.size):
        total = 0.0
        for j in range(y.size):
            total += V[i, j] * y[j]
        result[i] = total


@compiled(fastmath=True)
def _slopes(
    y: FloatArray, made: FloatArray, K: FloatArray, rate: float, V: FloatArray, a: FloatArray, f: FloatArray
) -> None:
    """dy/dt, and what psi in each cell meets, V y."""
    for i in range(y.size):
        meets = scattered = 0.0
        for j in range(y.size):
            meets += V[i, j] * y[j]
            scattered += K[i, j] * y[j]
        a[i] = meets
        f[i] = made[i] - rate * meets * y[i] + scattered


@compiled
def _implicit(
    y: FloatArray, bath: Bath, gas: Gas, cells: float, parts: int, low: int, high: int, scatters: bool
) -> None:
    """Collisions during the expansion by `cells` h, by ROS2, in parts."""
    m = high - low
    K = _scattering(bath, gas, low, high) if scatters else np.zeros((m, m))
    V = np.ascontiguousarray(gas.V[low:high, low:high])
    rate = 2 * gas.point.scale * math.exp(bath.log_s)
    dt = cells * gas.h / bath.hubble / parts
    a, made, first, second, M, e = (
        np.empty(m),
        np.empty(m),
        np.empty(m),
        np.empty(m),
        np.empty((m, m)),
        np.empty(y.size),
    )
    now = y[low:high].copy()
    for part in range(parts):
        _equilibrium(bath, gas, ((part + 0.5) / parts - 0.5) * cells * gas.h, e)
        inside = e[low:high]
        _product(V, inside, made)
        made *= rate * inside
        _slopes(now, made, K, rate, V, a, first)
        for i in range(m):
            loss = _GAMMA * dt * rate * now[i]
            for j in range(m):
                M[i, j] = loss * V[i, j] - _GAMMA * dt * K[i, j]
            M[i, i] += 1 + _GAMMA * dt * rate * a[i]
        factorise(M)
        substitute(M, first)
        _slopes(now + dt * first, made, K, rate, V, a, second)
        second -= 2 * first
        substitute(M, second)
        now += dt * (1.5 * first + 0.5 * second)
    y[low:high] = now


@compiled
def _free(y: FloatArray, bath: Bath, gas: Gas, cells: float, low: int, high: int) -> None:
    """Annihilation during the expansion by `cells` h, by the midpoint rule for ln y; in steps that halve until good."""
    left = 2 * gas.point.scale * math.exp(bath.log_s) * cells * gas.h / bath.hubble
    V, now = np.ascontiguousarray(gas.V[low:high, low:high]), y[low:high]
    a, b = np.empty(now.size), np.empty(now.size)
    step, many = left, EMPTY_FREE * now.sum()
    while left > 0.0:
        step = min(step, left)
        _product(V, now, a)
        while True:
            _product(V, now * np.exp(-0.5 * step * a), b)
            change = 0.0
            for i in range(now.size):
                if now[i] > many:
                    change = max(change, step * (a[i] - b[i]))
            if not change > LARGEST_CHANGE:
                break
            step *= 0.5
        now *= np.exp(-step * b)
        left -= step
        step *= 2


@compiled
def _window(y: FloatArray, total: float, few: float) -> tuple[int, int]:
    """Cells that collide: all but the empty ones at the ends."""
    high = y.size
    while high > 2 and y[high - 1] < EMPTY_ABOVE * total:
        high -= 1
    low, below = 0, y[0]
    while low < high - 2 and below < few * total:
        low += 1
        below += y[low]
    return low, high


@compiled
def evolve(x: float, x_end: float, gas: Gas, history: History) -> tuple[float, int]:
    """Value of ln Y at m_psi/T = x_end, from equilibrium at m_psi/T = x; NaN if the density is not positive.

    The second value is the number of steps. `history` has room for some number of them (NaN if they are not
    enough), and for no y if that has length 0.
    """
    point, tables, h = gas.point, gas.tables, gas.h
    u, u_end = math.log(x), math.log(x_end)
    bath = bath_at(u, point, tables)
    y, e = np.zeros(gas.p.size), np.zeros(gas.p.size)
    _equilibrium(bath, gas, 0.0, y)
    squares = gas.p**2 / (3 * np.sqrt(1 + gas.p**2))
    cells = 1
    for step in range(history.x.size):
        _redshift(y, cells)
        u = _later(u, bath, cells * h, point, tables)
        bath = bath_at(u, point, tables)
        _equilibrium(bath, gas, 0.0, e)
        total = y.sum()
        scatters = relaxation(bath.log_x, point, tables.propagator) > FREE * bath.hubble
        created = e.sum() > CREATED * total
        implicit = scatters or created
        low, high = _window(y, total, gas.few if implicit else EMPTY_FREE)
        if implicit:  # scattering fills again what redshift has emptied
            high = min(high + cells + 1, y.size)
        after = 0 if u >= u_end else 1 if implicit else LATE
        if implicit:
            parts = math.ceil(2 * math.exp(bath.log_x) / PART) if created else 1
            _implicit(y, bath, gas, 0.5 * (cells + after), parts, low, high, scatters)
        else:
            _free(y, bath, gas, 0.5 * (cells + after), low, high)
        history.x[step], history.x_nu[step] = math.exp(u), math.exp(bath.log_x)
        history.Y[step] = 2 * math.sqrt(total * y.sum())
        history.temperature[step] = (squares @ y) / y.sum() * math.exp(bath.log_x)
        history.norm[step] = _SPINS * h * math.exp(3 * point.log_mass - bath.log_s)
        if history.y.shape[0] > 0:
            history.y[step] = y
        total = y.sum()
        if not total > 0:
            break
        if after == 0:
            return math.log(2 * total), step + 1
        cells = after
    return math.nan, history.x.size
