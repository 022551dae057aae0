"""The equations for density and temperature of psi, boltzmann.py, and their Jacobian in closed form, on tables.

Early ln(Y/Y_eq) is followed, ln Y from then on, and in the end no more psi are made. Eight points of a pair of masses
are followed side by side (vectors.py): all numbers are lanes but for what `System` says.
"""

from __future__ import annotations

from typing import NamedTuple

from physics.core.compiled import compiled
from physics.core.status import FloatArray
from physics.core.vectors import any_of, floor, weighted_rows, where
from physics.dark_matter.relic.coupled_tables import BLOCK, LX_STEP, U_STEP
from physics.numerics.exponential import exp_of_lanes
from physics.numerics.rosenbrock import Slopes

__all__ = [
    "EARLY",
    "GONE",
    "LATE",
    "Here",
    "System",
    "derivatives",
    "here_and_slopes",
    "log_equilibrium",
    "prepare",
    "still",
]

EARLY, LATE, GONE = 0.0, 1.0, 2.0
PER_LX_STEP, PER_U_STEP, PER_HALF_CELL = 1 / LX_STEP, 1 / U_STEP, 2 / U_STEP

# The machine code is put where the function is called: arrays that are handed on are not counted each time
inlined = compiled(forceinline=True, fastmath={"contract"})


class System(NamedTuple):
    """The points, the bath, and their averages on the grid of ln x."""

    log_scale: float
    log_scattering: float
    ln_w: float
    phase: float
    first: float  # row of the averages
    cells: FloatArray  # (cell, power, 8), an array
    low_u: float  # of the cells, one number
    averages: FloatArray  # (node, 8), an array: S, S_2 without the pole, ln alpha, alpha_2/alpha, 1 - h/2, largest S
    nodes: int  # of a point
    low: float  # of the grid, one number
    slope: float  # a, one number
    with_pole: bool  # one answer


class _Averages(NamedTuple):
    """S, S_2/S, 1 - h/2, and the slopes in ln x of ln S and of these."""

    S: float
    ratio: float
    kinetic: float
    log_S_slope: float
    ratio_slope: float
    kinetic_slope: float


class Here(NamedTuple):
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
def _averages_at(ln_x: float, x: float, system: System) -> _Averages:
    """S, S_2/S and 1 - h/2, and their slopes."""
    position = (ln_x - system.low) * PER_LX_STEP
    position = where(position > 1.0, position, 1.0)
    position = where(position < system.nodes - 2.001, position, system.nodes - 2.001)
    whole = floor(position)
    f, first = position - whole, system.first + (whole - 1.0)
    # Lagrange's polynomials at nodes -1, 0, 1, 2, and their slopes
    outer, inner, f2 = f * (f - 1) * (1 / 6), (f + 1) * (f - 2) * 0.5, 1.5 * f * f
    c = (-outer * (f - 2), inner * (f - 1), -inner * f, outer * (f + 1))
    s = (
        PER_LX_STEP * (f - (f2 + 1) * (1 / 3)),
        PER_LX_STEP * (f2 - 2 * f - 0.5),
        PER_LX_STEP * (f + 1 - f2),
        PER_LX_STEP * (f2 - 0.5) * (1 / 3),
    )
    S, S_2, log_alpha, r, K, _, _, _ = weighted_rows(system.averages, first, c)
    dS, dS_2, d_log_alpha, dr, dK, _, _, _ = weighted_rows(system.averages, first, s)
    if system.with_pole:
        decay = system.slope * x
        pole = exp_of_lanes(log_alpha - decay - system.ln_w)
        d_pole = pole * (d_log_alpha - decay)
        S, dS, S_2, dS_2 = S + pole, dS + d_pole, S_2 + pole * r, dS_2 + d_pole * r + pole * dr
    per_S = 1 / S
    ratio = S_2 * per_S
    return _Averages(S, ratio, K, dS * per_S, (dS_2 - ratio * dS) * per_S, dK)


@inlined
def _cell(u: float, system: System) -> tuple[float, float]:
    """The row of the cell of u, and where in the cell, from -1 to 1; a stage may be beyond the last, at 1 eV."""
    position = (u - system.low_u) * PER_U_STEP
    last = system.cells.shape[0] - 1.0
    whole = floor(where(position > 0.0, position, 0.0))
    whole = where(whole < last, whole, last)
    return 4 * whole, 2 * (position - whole) - 1


@inlined
def _here(u: float, system: System) -> tuple[Here, _Changes]:
    first, t = _cell(u, system)
    t2 = t * t
    values = weighted_rows(system.cells, first, (1.0, t, t2, t2 * t))
    ln_x, ln_rate, ln_Y, ln_relaxed, expansion, cooling, d_ln_Y, _ = values
    slopes = weighted_rows(system.cells, first, (0.0, PER_HALF_CELL, 2 * PER_HALF_CELL * t, 3 * PER_HALF_CELL * t2))
    d_ln_x, d_ln_rate, _, d_ln_relaxed, d_expansion, d_cooling, bend, _ = slopes
    ln_rate = ln_rate + system.log_scale
    relaxed = exp_of_lanes(ln_relaxed + system.log_scattering)
    x = exp_of_lanes(ln_x)
    made = ratio = d_ratio = d_ln_made = 0 * x
    if any_of(system.phase < GONE):
        nu = _averages_at(ln_x, x, system)
        power = where(system.phase == EARLY, 1.0, 2.0)
        made = where(system.phase < GONE, exp_of_lanes(ln_rate + power * ln_Y) * nu.S, 0.0)
        d_ln_made = where(system.phase < GONE, d_ln_rate + power * d_ln_Y + nu.log_S_slope * d_ln_x, 0.0)
        ratio = where(system.phase < GONE, nu.ratio, 0.0)
        d_ratio = where(system.phase < GONE, nu.ratio_slope * d_ln_x, 0.0)
    here = Here(ln_x, x, ln_rate, ln_Y, d_ln_Y, relaxed, expansion, cooling, ratio, made)
    return here, _Changes(d_ln_x, d_ln_rate, bend, d_ln_relaxed, d_expansion, d_cooling, d_ratio, d_ln_made)


@inlined
def prepare(u: float, system: System) -> Here:
    """What depends on u alone."""
    here, _ = _here(u, system)
    return here


@inlined
def log_equilibrium(u: float, system: System) -> float:
    """Value of ln Y_eq."""
    first, t = _cell(u, system)
    return weighted_rows(system.cells, first, (1.0, t, t * t, t * t * t))[2]


@inlined
def _rates(here: Here, changes: _Changes, y: float, warmth: float, system: System) -> Slopes:
    """Derivatives of ln Y, or early of ln Y/Y_eq, and of ln(T_psi/T_nu) in u, as in boltzmann.py, and theirs."""
    e = exp_of_lanes(-warmth)  # T_nu/T_psi
    at = _averages_at(here.ln_x - warmth, here.x * e, system)
    d_ln_Y, bend = where(system.phase == EARLY, here.d_ln_Y, 0.0), where(system.phase == EARLY, changes.d_ln_Y, 0.0)
    gone = exp_of_lanes(here.ln_rate + y + where(system.phase == EARLY, here.ln_Y, 0.0)) * at.S
    made = here.made * exp_of_lanes(-y)
    balance = here.relaxed * (e - 1) - here.expansion
    warms = here.ratio * e - 1
    d_y = made - gone - d_ln_Y
    d_log_T = at.kinetic * balance + gone * (1 - at.ratio) + made * warms + here.cooling
    T_T = -at.kinetic_slope * balance - at.kinetic * here.relaxed * e - made * here.ratio * e
    T_T += gone * (at.ratio_slope - at.log_S_slope * (1 - at.ratio))
    u_gone = gone * (changes.ln_rate + d_ln_Y + at.log_S_slope * changes.ln_x)
    u_made = made * changes.ln_made
    u_balance = here.relaxed * changes.ln_relaxed * (e - 1) - changes.expansion
    u_T = at.kinetic_slope * changes.ln_x * balance + at.kinetic * u_balance + changes.cooling
    u_T += u_gone * (1 - at.ratio) - gone * at.ratio_slope * changes.ln_x
    u_T += u_made * warms + made * changes.ratio * e
    return Slopes(
        d_y, d_log_T, u_made - u_gone - bend, u_T, -made - gone, gone * at.log_S_slope,
        gone * (1 - at.ratio) - made * warms, T_T,
    )  # fmt: skip


@inlined
def derivatives(here: Here, y: float, warmth: float, system: System) -> tuple[float, float]:
    """Those of ln Y, or early of ln Y/Y_eq, and of ln(T_psi/T_nu)."""
    none = 0 * y
    f = _rates(here, _Changes(none, none, none, none, none, none, none, none), y, warmth, system)
    return f.y, f.z


@inlined
def here_and_slopes(u: float, y: float, warmth: float, system: System) -> tuple[Here, Slopes]:
    """What depends on u alone, the derivatives, and their own."""
    here, changes = _here(u, system)
    return here, _rates(here, changes, y, warmth, system)


@inlined
def still(here: Here, log_Y: float, warmth: float, system: System) -> float:
    """Bound on the annihilations in a Hubble time from here on, while psi and the neutrinos cool."""
    ln_x = where(warmth > 0.0, here.ln_x - warmth, here.ln_x)
    node = (ln_x - system.low) * PER_LX_STEP
    node = where(node > 0.0, node, 0.0)
    block = floor(where(node < system.nodes - 1.0, node, system.nodes - 1.0) * (1 / BLOCK))
    most = weighted_rows(system.averages, system.first + BLOCK * block, (1.0,))[5]
    return exp_of_lanes(here.ln_rate + log_Y) * most
