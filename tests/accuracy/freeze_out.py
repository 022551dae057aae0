"""Freeze-out from rows of tables against quadrature, at as many random points as you like: `make accuracy`.

    python tests/accuracy/freeze_out.py [--points 1000000] [--seed 1] [--region "next to the pole" ...]

Half of the points share their masses with nine others, the others share nothing; some are computed by themselves once
more, which must not change a bit. What comes of it is a table of the largest errors; the exit code is 1 if one is above
1e-6, or if tables and quadrature disagree on which points have a solution.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import click
import numpy as np

import physics
from physics import Status
from physics.model.constants import M_E, M_MU, M_TAU

TOLERANCE = 1e-6
NAMES = ["relic_density", "x_freeze_out", "sigma_v_freeze_out", "annihilation_integral"]
AT_ONCE, SHARED, ALONE = 20_000, 10, 10  # points of a batch, points with the same masses, points by themselves
CLOSEST = 1e-6  # relative distance in g_X to where two roots merge, from which on both must say the same

Random = np.random.Generator
Values = dict[str, np.ndarray]
Masses = Callable[[Random, int], tuple[np.ndarray, np.ndarray]]


def either_side(random: Random, n: int, closest: float) -> np.ndarray:
    """1 +- closest .. 0.1."""
    return 1 + random.choice([-1, 1], n) * 10 ** random.uniform(np.log10(closest), -1, n)


def anywhere(random: Random, n: int) -> tuple[np.ndarray, np.ndarray]:
    return 10 ** random.uniform(-1, 4, n), random.uniform(0.2, 2, n)


def near_the_pole(random: Random, n: int) -> tuple[np.ndarray, np.ndarray]:
    return 10 ** random.uniform(-1, 4, n), 0.5 * either_side(random, n, 1e-8)


def pole_on_a_threshold(random: Random, n: int) -> tuple[np.ndarray, np.ndarray]:
    return 2 * random.choice([M_E, M_MU, M_TAU], n) * either_side(random, n, 1e-6), random.uniform(0.2, 0.7, n)


def psi_on_a_threshold(random: Random, n: int) -> tuple[np.ndarray, np.ndarray]:
    r = random.uniform(0.2, 2, n)
    return random.choice([M_E, M_MU, M_TAU], n) / r * either_side(random, n, 1e-6), r


def both_on_a_threshold(random: Random, n: int) -> tuple[np.ndarray, np.ndarray]:
    m_f = random.choice([M_E, M_MU, M_TAU], n)
    return 2 * m_f * either_side(random, n, 1e-6), 0.5 * either_side(random, n, 1e-8)


def pairs_of_X_open(random: Random, n: int) -> tuple[np.ndarray, np.ndarray]:
    return 10 ** random.uniform(0, 4, n), either_side(random, n, 1e-8)


def light(masses: Masses) -> Masses:
    """The same, where B-L is supported: 2 m_psi < 600 MeV."""

    def lighter(random: Random, n: int) -> tuple[np.ndarray, np.ndarray]:
        m_X, r = masses(random, n)
        return np.where(m_X * r < 299, m_X, random.uniform(0.2, 290, n) / r), r

    return lighter


class Region(NamedTuple):
    """Where points are drawn, and what is fixed; `merging`: with couplings next to those where two roots merge."""

    masses: Masses
    fixed: dict[str, str]
    merging: bool = False


B_MINUS_L = {"gauge_group": "B-L"}
REGIONS = {
    "anywhere": Region(anywhere, {}),
    "next to the pole": Region(near_the_pole, {}),
    "pole on a threshold": Region(pole_on_a_threshold, {}),
    "psi on a threshold": Region(psi_on_a_threshold, {}),
    "both on a threshold": Region(both_on_a_threshold, {}),
    "pairs of X open": Region(pairs_of_X_open, {}),
    "neutrinos alone": Region(anywhere, {"annihilation_channels": "neutrinos"}),
    "neutrinos alone, next to the pole": Region(near_the_pole, {"annihilation_channels": "neutrinos"}),
    "B-L, anywhere": Region(light(anywhere), B_MINUS_L),
    "B-L, pole on a threshold": Region(light(pole_on_a_threshold), B_MINUS_L),
    "B-L, psi on a threshold": Region(light(psi_on_a_threshold), B_MINUS_L),
    "roots about to merge": Region(anywhere, {}, merging=True),
    "roots about to merge, next to the pole": Region(near_the_pole, {}, merging=True),
}


def thermalises_from(values: Values, fixed: dict[str, str]) -> np.ndarray:
    """The coupling above which psi thermalises, that is at which two roots merge."""
    low, high = np.full(values["q_psi"].shape, np.log(1e-8)), np.full(values["q_psi"].shape, np.log(0.3))
    for _ in range(30):
        middle = 0.5 * (low + high)
        found = physics.evaluate_with_status("x_freeze_out", **values, g_X=np.exp(middle), **fixed)["x_freeze_out"]
        none = found.status == Status.NO_SOLUTION
        low, high = np.where(none, middle, low), np.where(none, high, middle)
    return np.exp(high)


def draw(random: Random, region: Region, n: int) -> Values:
    """Points for n pairs of masses, those of each on the last axis."""
    m_X, mass_ratio = (a[:, np.newaxis] for a in region.masses(random, n))
    values, shape = {"m_X": m_X, "mass_ratio": mass_ratio}, (n, SHARED)
    if region.merging:
        values["q_psi"] = 10 ** random.uniform(-2, 1, (n, 1))
        distance = random.choice([-1, 1, 1, 1], shape) * 10 ** random.uniform(np.log10(CLOSEST), -0.5, shape)
        return values | {"g_X": thermalises_from(values, region.fixed) * (1 + distance)}
    values["q_psi"] = 10 ** random.uniform(-2, 1, shape)
    return values | {"g_X": 10 ** random.uniform(-6, np.log10(0.3), shape)}


def points_of(random: Random, region: Region, n: int, shared: bool) -> Values:
    """Points that share masses, or nothing at all."""
    if shared:
        return draw(random, region, n // SHARED)
    if region.merging:  # the search takes its time: masses occur several times, but far from each other
        values = draw(random, region, n // SHARED)
        order = random.permutation(n)
        return {name: np.broadcast_to(v, (n // SHARED, SHARED)).ravel()[order] for name, v in values.items()}
    return {name: (v if v.shape[1] == 1 else v[:, :1])[:, 0] for name, v in draw(random, region, n).items()}


class Found(NamedTuple):
    """What became of a batch: points with a solution, the largest error and where it is, disagreements."""

    solved: int
    error: float
    worst: dict[str, float]
    disagree: int


def compare(random: Random, values: Values, fixed: dict[str, str]) -> Found:
    """Tables against quadrature, and a few points by themselves against both."""
    by_tables = physics.evaluate_with_status(NAMES, **values, **fixed)
    exact = physics.evaluate_with_status(NAMES, **values, **fixed, relic_integrator="quadrature")
    error, disagree = np.zeros(by_tables["relic_density"].value.shape), np.zeros((), dtype=bool)
    for name in NAMES:
        disagree = disagree | (by_tables[name].status != exact[name].status)
        ok = (by_tables[name].status == Status.OK) & (exact[name].status == Status.OK)
        error[ok] = np.maximum(error[ok], np.abs(by_tables[name].value[ok] / exact[name].value[ok] - 1))
    points = {name: np.broadcast_to(v, error.shape).ravel() for name, v in values.items()}
    for k in random.choice(error.size, ALONE, replace=False):
        alone = physics.evaluate("relic_density", **{name: v[k].item() for name, v in points.items()}, **fixed)
        if not np.array_equal(alone, by_tables["relic_density"].value.flat[k], equal_nan=True):
            raise SystemExit(f"has another value by itself: { {name: v[k].item() for name, v in points.items()} }")
    at = int(np.argmax(np.where(disagree, np.inf, error)))
    worst = {name: v[at].item() for name, v in points.items()}
    solved = int((exact["relic_density"].status == Status.OK).sum())
    return Found(solved, float(error.max()), worst, int(disagree.sum()))


def say(name: str, points: int, found: list[Found]) -> bool:
    """A row of the table; whether all is well."""
    solved, disagree = sum(f.solved for f in found), sum(f.disagree for f in found)
    worst = max(found, key=lambda f: (f.disagree > 0, f.error))
    well = disagree == 0 and worst.error <= TOLERANCE
    click.echo(f"{name:40}{points:>11,}{solved:>11,}{max(f.error for f in found):>10.1e}{disagree:>10}")
    if not well:
        click.echo("    at " + ", ".join(f"{k}={v!r}" for k, v in worst.worst.items()))
    return well


@click.command()
@click.option("--points", default=1_000_000, show_default=True, help="In all regions together.")
@click.option("--seed", default=1, show_default=True)
@click.option("--region", "names", multiple=True, type=click.Choice(list(REGIONS)), help="All, unless given.")
def main(points: int, seed: int, names: tuple[str, ...]) -> None:
    """Compare freeze-out from tables with quadrature at random points."""
    chosen = names or tuple(REGIONS)
    each = -(-points // len(chosen) // (2 * SHARED)) * 2 * SHARED
    click.echo(f"{'region':40}{'points':>11}{'solved':>11}{'error':>10}{'disagree':>10}")
    well = True
    for name in chosen:
        random, found, done = np.random.default_rng([seed, list(REGIONS).index(name)]), [], 0
        while done < each:
            n = min(AT_ONCE, each - done)
            for shared in (False, True):
                values = points_of(random, REGIONS[name], n // 2, shared)
                found.append(compare(random, values, REGIONS[name].fixed))
            done += n
        well = say(name, done, found) and well
    sys.exit(not well)


if __name__ == "__main__":
    main()
