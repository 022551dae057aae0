r"""draft"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.bath import Bath, Point, Tables, bath_at, relaxation
from physics.dark_matter.relic.elastic_recoil import COLDEST, RecoilTable, exact_recoil, small_recoil

T_END = 1e-6
FREE = 2e-3  # gamma/H below which scattering is left out
_GAMMA = 1 + math.sqrt(0.5)
_SPINS = 8 * math.pi / (2 * math.pi) ** 3
EMPTY_ABOVE, EMPTY_BELOW = 1e-14, 1e-5


class Gas(NamedTuple):
    point: Point
    tables: Tables
    recoil: RecoilTable
    exact: bool
    p: FloatArray
    h: float
    V: FloatArray


@compiled
def _equilibrium(bath: Bath, gas: Gas, later: float, e: FloatArray) -> None:
    x = math.exp(bath.log_x + later * bath.cooling / (bath.hubble * bath.time))
    scale = _SPINS * gas.h * math.exp(3 * gas.point.log_mass - bath.log_s)
    for i in range(e.size):
        p = gas.p[i] * math.exp(-later)
        e[i] = scale * gas.p[i]**3 * math.exp(-x * math.sqrt(1 + p * p))


@compiled
def _redshift(y: FloatArray, cells: int) -> None:
    n = y.size
    for _ in range(cells):
        y[0] += y[1]
        for i in range(1, n - 1):
            y[i] = y[i + 1]
        y[n - 1] = 0.0


@compiled
def _after(u: float, log_s: float, point: Point, tables: Tables) -> float:
    """u where ln s is log_s."""
    for _ in range(30):
        bath = bath_at(u, point, tables)
        step = (bath.log_s - log_s) / (3 * bath.hubble * bath.time)
        u += step
        if abs(step) < 1e-13 * u:
            break
    return u


@compiled
def _factorise(M: FloatArray) -> None:
    n = M.shape[0]
    for k in range(n):
        inverse = 1 / M[k, k]
        M[k, k] = inverse
        for i in range(k + 1, n):
            factor = M[i, k] * inverse
            if factor != 0.0:
                M[i, k] = factor
                for j in range(k + 1, n):
                    M[i, j] -= factor * M[k, j]


@compiled
def _back(M: FloatArray, r: FloatArray) -> None:
    n = r.size
    for i in range(n):
        t = r[i]
        for j in range(i):
            t -= M[i, j] * r[j]
        r[i] = t
    for i in range(n - 1, -1, -1):
        t = r[i]
        for j in range(i + 1, n):
            t -= M[i, j] * r[j]
        r[i] = t * M[i, i]


@compiled(fastmath=True)
def _product(V: FloatArray, y: FloatArray, low: int, high: int, out: FloatArray) -> None:
    for i in range(low, high):
        t = 0.0
        for j in range(low, high):
            t += V[i, j] * y[j]
        out[i] = t


@compiled(fastmath=True)
def _slope(y: FloatArray, made: FloatArray, R: FloatArray, out_rate: FloatArray, rate: float, V: FloatArray, low: int, high: int, f: FloatArray, a: FloatArray) -> None:
    _product(V, y, low, high, a)
    for i in range(low, high):
        f[i] = made[i] - (rate * a[i] + out_rate[i]) * y[i]
    for j in range(low, high):
        for i in range(low, high):
            f[i] += y[j] * R[j, i]


@compiled
def _implicit(y: FloatArray, e: FloatArray, bath: Bath, gas: Gas, cells: float, parts: int, low: int, high: int, scatters: bool) -> None:
    n = y.size
    R = np.zeros((n, n))
    x = math.exp(bath.log_x)
    gamma = relaxation(bath.log_x, gas.point, gas.tables.propagator)
    if scatters:
        if gas.exact and x < COLDEST:
            strength = gas.point.scattering / (62 * math.pi**3 / 189) * math.exp(6 * gas.point.log_mass)
            exact_recoil(x, strength, gas.p, gas.h, low, high, gas.recoil, R)
        else:
            small_recoil(x, gamma, gas.p, gas.h, low, high, R)
    out = np.zeros(n)
    for i in range(low, high):
        t = 0.0
        for j in range(low, high):
            t += R[i, j]
        out[i] = t
    rate = 2 * gas.point.scale * math.exp(bath.log_s)
    a, made, f = np.zeros(n), np.zeros(n), np.zeros(n)
    m = high - low
    M = np.empty((m, m))
    new = y.copy()
    dt = cells * gas.h / bath.hubble / parts
    g = _GAMMA * dt
    for part in range(parts):
        _equilibrium(bath, gas, ((part + 0.5) / parts - 0.5) * cells * gas.h, e)
        _product(gas.V, e, low, high, a)
        for i in range(low, high):
            made[i] = rate * e[i] * a[i]
        _slope(y, made, R, out, rate, gas.V, low, high, f, a)
        for i in range(m):
            for j in range(m):
                M[i, j] = g * (rate * y[low + i] * gas.V[low + i, low + j] - R[low + j, low + i])
            M[i, i] += 1 + g * (rate * a[low + i] + out[low + i])
        _factorise(M)
        k1 = f[low:high].copy()
        _back(M, k1)
        for i in range(m):
            new[low + i] = y[low + i] + dt * k1[i]
        _slope(new, made, R, out, rate, gas.V, low, high, f, a)
        k2 = f[low:high] - 2 * k1
        _back(M, k2)
        for i in range(m):
            y[low + i] += dt * (1.5 * k1[i] + 0.5 * k2[i])


@compiled
def _explicit(y: FloatArray, bath: Bath, gas: Gas, dt: float, low: int, high: int) -> None:
    rate = 2 * gas.point.scale * math.exp(bath.log_s) * dt
    a = np.zeros(y.size)
    _product(gas.V, y, low, high, a)
    half = y.copy()
    for i in range(low, high):
        half[i] = y[i] * math.exp(-0.5 * rate * a[i])
    _product(gas.V, half, low, high, a)
    for i in range(low, high):
        y[i] *= math.exp(-rate * a[i])


@compiled
def _evolve(x: float, gas: Gas, late: int, part: float, cuts: FloatArray, log: FloatArray) -> tuple[float, int]:
    point, tables, h = gas.point, gas.tables, gas.h
    u, u_end = math.log(x), point.log_mass - math.log(T_END)
    bath = bath_at(u, point, tables)
    n = gas.p.size
    y, e = np.zeros(n), np.zeros(n)
    _equilibrium(bath, gas, 0.0, y)
    cells, count = 1, 0
    while u < u_end and count < log.shape[0]:
        _redshift(y, cells)
        u = _after(u + cells * h, bath.log_s - 3 * cells * h, point, tables)
        bath = bath_at(u, point, tables)
        _equilibrium(bath, gas, 0.0, e)
        total, total_e = y.sum(), e.sum()
        high = n
        while high > 2 and y[high - 1] < cuts[0] * total:
            high -= 1
        low, below = 0, y[0]
        while below < cuts[1] * total:
            low += 1
            below += y[low]
        scatters = relaxation(bath.log_x, point, tables.propagator) > FREE * bath.hubble
        implicit = scatters or total_e > 1e-6 * total
        after = 1 if implicit else late
        dt = 0.5 * (cells + after) * h / bath.hubble
        if implicit:
            parts = math.ceil(2 * math.exp(bath.log_x) * h / part) if total_e > cuts[2] * total else 1
            _implicit(y, e, bath, gas, 0.5 * (cells + after), parts, low, high, scatters)
        else:
            _explicit(y, bath, gas, dt, low, high)
        cells = after
        pp = 0.0
        for i in range(n):
            pp += y[i] * gas.p[i]**2 / math.sqrt(1 + gas.p[i]**2) / 3
        log[count] = np.array([math.exp(u), 2*y.sum(), pp/y.sum()*math.exp(bath.log_x), high-low, implicit*1.0])
        count += 1
    return 2 * y.sum(), count
