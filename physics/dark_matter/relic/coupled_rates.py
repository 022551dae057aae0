"""The equations for density and temperature of psi, boltzmann.py, and their Jacobian in closed form, on tables.

Early ln(Y/Y_eq) is followed, ln Y from then on, and in the end no more psi are made.
"""

from __future__ import annotations

from typing import NamedTuple

from physics.core.compiled import borrowed, compiled
from physics.core.status import FloatArray
from physics.dark_matter.relic.coupled_tables import LX_STEP, U_STEP
from physics.numerics.exponential import exp
from physics.numerics.rosenbrock import Slopes

__all__ = [
    "EARLY",
    "GONE",
    "LATE",
    "System",
    "averages_at",
    "derivatives",
    "in_phase",
    "log_equilibrium",
    "log_x",
    "prepare",
    "slopes",
    "still",
]

EARLY, LATE, GONE = 0, 1, 2
PER_LX_STEP, PER_U_STEP = 1 / LX_STEP, 1 / U_STEP

# The machine code is put where the function is called: arrays that are handed on are not counted each time
inlined = compiled(forceinline=True, fastmath={"contract"})


class System(NamedTuple):
    """The point, the bath, and its averages on the grid of ln x."""

    log_scale: float
    log_scattering: float
    cells: FloatArray
    low_u: float  # of the cells
    low: float  # of the grid
    averages: FloatArray  # (6, node): S and S_2 without the pole, ln alpha, alpha_2/alpha, 1 - h/2, largest S to come
    slope: float  # a
    ln_w: float
    with_pole: bool
    phase: int


class _Averages(NamedTuple):
    """S, S_2/S, 1 - h/2, and the slopes in ln x of ln S and of these."""

    S: float
    ratio: float
    kinetic: float
    log_S_slope: float
    ratio_slope: float
    kinetic_slope: float


class _Here(NamedTuple):
    """What depends on u alone, and the point."""

    ln_x: float  # of m_psi/T_nu
    x: float
    ln_rate: float  # ln of B s/2 dt/du
    ln_Y: float  # equilibrium
    d_ln_Y: float
    relaxed: float  # gamma dt/du
    expansion: float  # 2 H dt/du
    cooling: float  # -d ln T_nu/du
    ratio: float  # S_2/S at T_nu
    made: float  # B s/2 dt/du S(T_nu) Y_eq, or Y_eq^2


class _Changes(NamedTuple):
    """Slopes of these in u, or of their logarithms; what is not used costs nothing."""

    ln_x: float
    ln_rate: float
    d_ln_Y: float
    ln_relaxed: float
    expansion: float
    cooling: float
    ratio: float
    ln_made: float


@inlined
def _cubic(table: FloatArray, k: int, i: int, c: tuple[float, float, float, float]) -> float:
    value: float = c[0] * table[k, i] + c[1] * table[k, i + 1] + c[2] * table[k, i + 2] + c[3] * table[k, i + 3]
    return value


@inlined
def averages_at(ln_x: float, x: float, system: System) -> _Averages:
    """S, S_2/S and 1 - h/2, and their slopes."""
    table = system.averages
    position = min(max((ln_x - system.low) * PER_LX_STEP, 1.0), table.shape[1] - 2.001)
    i = int(position)
    f = position - i
    i -= 1
    # Lagrange's polynomials at nodes -1, 0, 1, 2, and their slopes
    outer, inner, f2 = f * (f - 1) * (1 / 6), (f + 1) * (f - 2) * 0.5, 1.5 * f * f
    c = (-outer * (f - 2), inner * (f - 1), -inner * f, outer * (f + 1))
    s = (
        PER_LX_STEP * (f - (f2 + 1) * (1 / 3)),
        PER_LX_STEP * (f2 - 2 * f - 0.5),
        PER_LX_STEP * (f + 1 - f2),
        PER_LX_STEP * (f2 - 0.5) * (1 / 3),
    )
    S, dS = _cubic(table, 0, i, c), _cubic(table, 0, i, s)
    S_2, dS_2 = _cubic(table, 1, i, c), _cubic(table, 1, i, s)
    if system.with_pole:
        decay = system.slope * x
        pole = exp(_cubic(table, 2, i, c) - decay - system.ln_w)
        d_pole = pole * (_cubic(table, 2, i, s) - decay)
        r, dr = _cubic(table, 3, i, c), _cubic(table, 3, i, s)
        S, dS, S_2, dS_2 = S + pole, dS + d_pole, S_2 + pole * r, dS_2 + d_pole * r + pole * dr
    per_S = 1 / S
    ratio = S_2 * per_S
    K, dK = _cubic(table, 4, i, c), _cubic(table, 4, i, s)
    return _Averages(S, ratio, K, dS * per_S, (dS_2 - ratio * dS) * per_S, dK)


@inlined
def _horner(c: FloatArray, i: int, k: int, t: float) -> float:
    value: float = ((c[i, k, 3] * t + c[i, k, 2]) * t + c[i, k, 1]) * t + c[i, k, 0]
    return value


@inlined
def _slope(c: FloatArray, i: int, k: int, t: float) -> float:
    value: float = 2 * PER_U_STEP * ((3 * c[i, k, 3] * t + 2 * c[i, k, 2]) * t + c[i, k, 1])
    return value


@inlined
def _cell(u: float, system: System) -> tuple[int, float]:
    """The cell of u, and where in it, from -1 to 1."""
    position = (u - system.low_u) * PER_U_STEP
    i = min(int(position), system.cells.shape[0] - 1)
    return i, 2 * (position - i) - 1


@inlined
def _here(u: float, system: System) -> tuple[_Here, _Changes]:
    c = system.cells
    i, t = _cell(u, system)
    ln_x, ln_rate = _horner(c, i, 0, t), _horner(c, i, 1, t) + system.log_scale
    d_ln_x, d_ln_rate = _slope(c, i, 0, t), _slope(c, i, 1, t)
    relaxed = exp(_horner(c, i, 3, t) + system.log_scattering)
    x = exp(ln_x)
    ln_Y = d_ln_Y = bend = made = ratio = d_ratio = d_ln_made = 0.0
    if system.phase != GONE:
        ln_Y, d_ln_Y = _horner(c, i, 2, t), _slope(c, i, 2, t)
        bend = (2 * PER_U_STEP) ** 2 * (6 * c[i, 2, 3] * t + 2 * c[i, 2, 2])
        nu = averages_at(ln_x, x, system)
        power = 1.0 if system.phase == EARLY else 2.0
        made = exp(ln_rate + power * ln_Y) * nu.S
        d_ln_made = d_ln_rate + power * d_ln_Y + nu.log_S_slope * d_ln_x
        ratio, d_ratio = nu.ratio, nu.ratio_slope * d_ln_x
    here = _Here(
        ln_x, x, ln_rate, ln_Y, d_ln_Y, relaxed, _horner(c, i, 4, t), _horner(c, i, 5, t), ratio, made
    )  # fmt: skip
    changes = _Changes(
        d_ln_x, d_ln_rate, bend, _slope(c, i, 3, t), _slope(c, i, 4, t), _slope(c, i, 5, t), d_ratio, d_ln_made
    )  # fmt: skip
    return here, changes


@inlined
def prepare(u: float, system: System) -> _Here:
    """What depends on u alone."""
    here, _ = _here(u, system)
    return here


@inlined
def log_equilibrium(u: float, system: System) -> float:
    """Value of ln Y_eq."""
    i, t = _cell(u, system)
    return _horner(system.cells, i, 2, t)


@inlined
def log_x(u: float, system: System) -> float:
    """Value of ln(m_psi/T_nu)."""
    i, t = _cell(u, system)
    return _horner(system.cells, i, 0, t)


@inlined
def _rates(here: _Here, changes: _Changes, y: float, warmth: float, system: System) -> Slopes:
    """Derivatives of ln Y, or early of ln Y/Y_eq, and of ln(T_psi/T_nu) in u, as in boltzmann.py, and theirs."""
    e = exp(-warmth)  # T_nu/T_psi
    at = averages_at(here.ln_x - warmth, here.x * e, system)
    early = system.phase == EARLY
    gone = exp(here.ln_rate + (here.ln_Y + y if early else y)) * at.S
    made = here.made * exp(-y) if system.phase != GONE else 0.0
    balance = here.relaxed * (e - 1) - here.expansion
    warms = here.ratio * e - 1
    d_y = made - gone - here.d_ln_Y if early else made - gone
    d_log_T = at.kinetic * balance + gone * (1 - at.ratio) + made * warms + here.cooling
    T_T = -at.kinetic_slope * balance - at.kinetic * here.relaxed * e - made * here.ratio * e
    T_T += gone * (at.ratio_slope - at.log_S_slope * (1 - at.ratio))
    u_gone = gone * (changes.ln_rate + (here.d_ln_Y if early else 0.0) + at.log_S_slope * changes.ln_x)
    u_made = made * changes.ln_made
    u_balance = here.relaxed * changes.ln_relaxed * (e - 1) - changes.expansion
    u_y = u_made - u_gone - changes.d_ln_Y if early else u_made - u_gone
    u_T = at.kinetic_slope * changes.ln_x * balance + at.kinetic * u_balance + changes.cooling
    u_T += u_gone * (1 - at.ratio) - gone * at.ratio_slope * changes.ln_x
    u_T += u_made * warms + made * changes.ratio * e
    return Slopes(
        d_y, d_log_T, u_y, u_T, -made - gone, gone * at.log_S_slope, gone * (1 - at.ratio) - made * warms, T_T
    )  # fmt: skip


@inlined
def derivatives(here: _Here, y: float, warmth: float, system: System) -> tuple[float, float]:
    """Those of ln Y, or early of ln Y/Y_eq, and of ln(T_psi/T_nu)."""
    unused = _Changes(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    f = _rates(here, unused, y, warmth, system)
    return f.y, f.z


@inlined
def slopes(u: float, y: float, warmth: float, system: System) -> Slopes:
    """The derivatives, and their own."""
    here, changes = _here(u, system)
    return _rates(here, changes, y, warmth, system)


@inlined
def in_phase(system: System, phase: int) -> System:
    """The same in another phase."""
    return System(
        system.log_scale, system.log_scattering, borrowed(system.cells), system.low_u, system.low,
        borrowed(system.averages), system.slope, system.ln_w, system.with_pole, phase,
    )  # fmt: skip


@inlined
def still(u: float, log_Y: float, warmth: float, system: System) -> float:
    """Bound on the annihilations in a Hubble time from here on, while psi and the neutrinos cool."""
    cell, t = _cell(u, system)
    ln_x, ln_rate = _horner(system.cells, cell, 0, t), _horner(system.cells, cell, 1, t) + system.log_scale
    i = int((min(ln_x, ln_x - warmth) - system.low) * PER_LX_STEP)
    return exp(ln_rate + log_Y) * system.averages[5, min(max(i, 0), system.averages.shape[1] - 1)]
