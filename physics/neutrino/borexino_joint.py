"""pp, pep and 7Be neutrinos in Borexino's phase II, tested together.

The spectral fit of phase II gives three correlated rates, m = (134, 2.43, 48.3) counts per day in 100 t of pp, pep and
both lines of 7Be (Borexino 2019), with the covariance V that Super-Kamiokande 2024 emulates. They are compared with the
rates R(x) that a solar model predicts,

    chi2 = (m - R)^T [V + diag(u^2 R^2)]^-1 (m - R),

u being the errors of the predictions: those of the pp and pep fluxes, and `borexino_theory_uncertainty` for 7Be;
`borexino_theory_error` "fixed" takes them of the rates without X. That the fluxes of a solar model are correlated is
left out: those of pp and pep are known to 1 %, their rates to 10 and 17 %. Limits count from the smallest chi2 of any
coupling at that mass, one degree of freedom.

X is counted where the spectrum was fitted, above 0.19 MeV, and raises each of the three rates by the factor by which it
raises the recoils there (borexino_rates.py). Recoils of pp neutrinos end at 0.264 MeV. The fit knows pp by the shape
above 14C, pep by the shoulder above that of 7Be: what X does to the shapes is left out. If pep counted above 0.655 MeV
only, where 7Be has ended, limits would be 2 to 3 % weaker.

The limit is stronger than that of 7Be alone (phase II) by 5 % at 0.1 MeV and 7 % at 20 MeV, by 10 % and 8 % with
AGSS09: from 7Be alone, but with these errors, it would be 6 to 12 % weaker; pep and pp make the difference, that of pep
because its measured rate is below the predicted one.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from physics.core.compiled import compiled
from physics.core.registration import intermediate, observable
from physics.core.status import FloatArray, Outcome
from physics.neutrino.borexino import TheoryError, theory_error
from physics.neutrino.borexino_joint_rates import Rates
from physics.neutrino.borexino_rates import measurements
from physics.neutrino.limits import couplings_at, or_no_solution
from physics.neutrino.solar import fluxes

__all__ = ["borexino_joint_chi2", "borexino_joint_g_X"]

_REFERENCE = "Borexino 2019; Super-Kamiokande 2024; Amaral et al. 2020, eq. (29); Bahcall et al. 1995"
_GRID = np.concatenate(
    [[0.0], np.geomspace(1e-5, 1e5, 241)]
)  # couplings g_X^2, over that which doubles the rate of 7Be
_AT_ONCE = 22  # of them
_NARROWER = np.linspace(-1.0, 1.0, 21)


@intermediate
def borexino_joint_errors(
    metallicity: str, borexino_theory_uncertainty: FloatArray, borexino_theory_error: str
) -> list[TheoryError]:
    """Errors of the predicted rates of pp, pep and 7Be."""
    known = [np.asarray(fluxes(metallicity)[source][1]) for source in ("pp", "pep")]
    return [theory_error(u, borexino_theory_error) for u in (*known, borexino_theory_uncertainty)]


@cache
def _covariance() -> FloatArray:
    """V."""
    return np.asarray(np.linalg.inv(measurements()["joint"]["inverse_covariance"]))


@compiled(inline="always")
def _form(a: float, b: float, c: float, u: float, v: float, w: float, V: FloatArray) -> float:
    """(a, b, c) [V + diag(u, v, w)]^-1 (a, b, c)^T, by Cramer's rule."""
    xx, yy, zz, xy, xz, yz = V[0, 0] + u, V[1, 1] + v, V[2, 2] + w, V[0, 1], V[0, 2], V[1, 2]
    A, B, C = yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy
    D, E, F = xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy
    squares = a * a * A + b * b * D + c * c * F
    form: float = (squares + 2 * (a * b * B + a * c * C + b * c * E)) / (xx * A + xy * B + xz * C)
    return form


@compiled(inline="always")
def _at(x: float, rates: FloatArray, errors: FloatArray, data: FloatArray, V: FloatArray) -> float:
    """chi2 at x for one point: coefficients of the rates, and their errors, a row each."""
    pp = rates[0, 0] + x * (rates[0, 1] + x * rates[0, 2])
    pep = rates[1, 0] + x * (rates[1, 1] + x * rates[1, 2])
    beryllium = rates[2, 0] + x * (rates[2, 1] + x * rates[2, 2])
    u = errors[0, 0] * pp + errors[0, 1] * rates[0, 0]
    v = errors[1, 0] * pep + errors[1, 1] * rates[1, 0]
    w = errors[2, 0] * beryllium + errors[2, 1] * rates[2, 0]
    return _form(data[0] - pp, data[1] - pep, data[2] - beryllium, u * u, v * v, w * w, V)


@compiled
def _each(x: FloatArray, rates: FloatArray, errors: FloatArray, data: FloatArray, V: FloatArray) -> FloatArray:
    """chi2 of points, which are the first axis."""
    result = np.empty(x.size)
    for i in range(x.size):
        result[i] = _at(x[i], rates[i], errors[i], data, V)
    return result


@compiled
def _exceeds(chi2: float, x: float, rates: FloatArray, errors: FloatArray, data: FloatArray, V: FloatArray) -> bool:
    """Whether chi2 of the rate of 7Be alone, which chi2 of all is not below, does here and for larger couplings."""
    slope, rate = rates[2, 1] + 2 * x * rates[2, 2], rates[2, 0] + x * (rates[2, 1] + x * rates[2, 2])
    variance = V[2, 2] + (errors[2, 0] * rate + errors[2, 1] * rates[2, 0]) ** 2
    return bool(x * slope > 0 and rate > data[2] and (rate - data[2]) ** 2 > chi2 * variance)


@compiled
def _smallest(
    unit: FloatArray, rates: FloatArray, errors: FloatArray, data: FloatArray, V: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """x/unit >= 0 at which chi2 is smallest, and the smallest: on the grid, on a narrower one, then by parabolas."""
    best, smallest = np.empty(unit.size), np.empty(unit.size)
    values, near = np.empty(_AT_ONCE), np.empty(_NARROWER.size)
    for i in range(unit.size):
        lowest, k = np.inf, 0
        for start in range(0, _GRID.size, _AT_ONCE):  # simple loops, which become vector instructions
            for n in range(_AT_ONCE):
                values[n] = _at(unit[i] * _GRID[start + n], rates[i], errors[i], data, V)
            for n in range(_AT_ONCE):
                if values[n] < lowest:
                    lowest, k = values[n], start + n
            if _exceeds(lowest, unit[i] * _GRID[start + _AT_ONCE - 1], rates[i], errors[i], data, V):
                break
        k = min(max(k, 1), _GRID.size - 2)
        centre, reach = _GRID[k], (_GRID[k + 1] - _GRID[k - 1]) / 2
        for n in range(_NARROWER.size):
            near[n] = _at(unit[i] * max(centre + reach * _NARROWER[n], 0.0), rates[i], errors[i], data, V)
        n = int(np.argmin(near))
        t, lowest = max(centre + reach * _NARROWER[n], 0.0), min(lowest, near[n])
        for narrower in (20.0, 400.0, 8000.0):
            h = reach / narrower
            middle = max(t, h)
            low = _at(unit[i] * (middle - h), rates[i], errors[i], data, V)
            value = _at(unit[i] * middle, rates[i], errors[i], data, V)
            high = _at(unit[i] * (middle + h), rates[i], errors[i], data, V)
            curved = low - 2 * value + high
            if curved > 0:
                t = max(middle + min(max((low - high) / (2 * curved), -2.0), 2.0) * h, 0.0)
            lowest = min(lowest, low, value, high, _at(unit[i] * t, rates[i], errors[i], data, V))
        best[i], smallest[i] = t, lowest
    return best, smallest


_Points = tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]


def _points(x: FloatArray, rates: Rates, errors: list[TheoryError]) -> tuple[_Points, tuple[int, ...]]:
    """The arguments of compiled functions, and the shape of the points."""
    numbers = [c for rate in rates for c in (rate.standard, rate.linear, rate.quadratic)]
    numbers += [e for error in errors for e in error]
    shape = np.broadcast_shapes(x.shape, *(a.shape for a in numbers))
    columns = np.empty((*shape, len(numbers)))
    for n, a in enumerate(numbers):
        columns[..., n] = a
    columns = columns.reshape(-1, len(numbers))
    by_rate = np.ascontiguousarray(columns[:, :9]).reshape(-1, 3, 3)
    by_error = np.ascontiguousarray(columns[:, 9:]).reshape(-1, 3, 2)
    return (
        np.broadcast_to(x, shape).flatten(),
        by_rate,
        by_error,
        np.array(measurements()["joint"]["rates"]),
        _covariance(),
    ), shape


def _chi2(x: FloatArray, rates: Rates, errors: list[TheoryError]) -> FloatArray:
    points, shape = _points(x, rates, errors)
    return np.asarray(_each(*points).reshape(shape))


class _Scan(NamedTuple):
    """chi2 along the couplings, at that mass: where it is smallest, and what it is there."""

    unit: FloatArray  # g_X^2 that doubles the rate of 7Be; 0 if none does
    best: FloatArray  # g_X^2/unit
    smallest: FloatArray


@intermediate(seconds=1e-6)
def borexino_joint_scan(
    borexino_joint_rates: Rates, borexino_joint_errors: list[TheoryError], product_per_coupling: float
) -> _Scan:
    """The smallest chi2 of any coupling."""
    beryllium = borexino_joint_rates[2]
    unit = couplings_at(beryllium, 2 * beryllium.standard, product_per_coupling)[1] ** 2
    unit = np.where(np.isfinite(unit), unit, 0.0)
    points, shape = _points(product_per_coupling * unit, borexino_joint_rates, borexino_joint_errors)
    best, smallest = _smallest(*points)
    return _Scan(unit, best.reshape(shape), smallest.reshape(shape))


@observable(unit="1", label=r"$\Delta\chi^2$ (Borexino, pp, pep, $^7$Be)", reference=_REFERENCE, seconds=3e-7)
def borexino_joint_chi2(
    coupling_product: FloatArray,
    borexino_joint_rates: Rates,
    borexino_joint_errors: list[TheoryError],
    borexino_joint_scan: _Scan,
) -> FloatArray:
    """Chi2 of the rates of pp, pep and 7Be in Borexino's phase II above the smallest of any coupling at that mass.

    One degree of freedom.

    >>> import physics
    >>> physics.evaluate("borexino_joint_chi2", m_X=20.0, g_X=[0, 5e-4, 1e-3]).round(2)
    array([0.  , 0.09, 7.5 ])
    """
    return _chi2(coupling_product, borexino_joint_rates, borexino_joint_errors) - borexino_joint_scan.smallest


@observable(unit="1", label="$g_X$, Borexino (pp, pep, $^7$Be)", reference=_REFERENCE, seconds=1.5e-5)
def borexino_joint_g_X(
    borexino_joint_scan: _Scan,
    borexino_joint_rates: Rates,
    borexino_joint_errors: list[TheoryError],
    product_per_coupling: float,
    chi2_level: FloatArray,
) -> Outcome:
    """Coupling above which the rates of pp, pep and 7Be in Borexino's phase II exclude X.

    `chi2_level` counts from the smallest chi2 of any coupling at that mass. There is no solution (status 3) where no
    coupling is excluded.

    >>> import physics
    >>> limit = physics.evaluate("borexino_joint_g_X", m_X=20.0)
    >>> round(physics.evaluate("borexino_joint_chi2", m_X=20.0, g_X=limit), 9)
    2.7055
    """
    scan = borexino_joint_scan
    highest = scan.smallest + chi2_level

    def at(t: FloatArray) -> FloatArray:
        return _chi2(product_per_coupling * scan.unit * t, borexino_joint_rates, borexino_joint_errors)

    allowed = np.stack([at(np.asarray(t)) for t in _GRID]) < highest
    last = _GRID.size - 1 - np.argmax(allowed[::-1], axis=0)
    last = np.where(allowed.any(axis=0), last, 0)
    after = np.searchsorted(_GRID, np.maximum(_GRID[last], scan.best), side="right")
    low, high = np.maximum(_GRID[last], scan.best), _GRID[np.minimum(after, _GRID.size - 1)]
    for _ in range(50):
        middle = (low + high) / 2
        inside = at(middle) < highest
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    ends = (after < _GRID.size) & (at(high) >= highest)
    return or_no_solution(np.sqrt(np.where(ends, scan.unit * high, np.nan)))
