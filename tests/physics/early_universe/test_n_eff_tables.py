"""The tables of N_eff against the equations."""

import math

import numpy as np
import pytest

import physics
from physics.core.files import arrays
from physics.early_universe.n_eff import T_START, equations
from physics.early_universe.n_eff_tables import CHECKSUM, EDGES, FILE, checksum, from_tables, load
from physics.early_universe.three_baths import n_effs
from physics.model.constants import M_PLANCK

FLAVOURS = ("separate", "common")
LOW, HIGH = (np.array([edges[end] for edges in EDGES]) for end in (0, -1))


def exactly(m_X, mass_ratio, width, flavours):
    return n_effs(equations(flavours), np.full(1, T_START), m_X, mass_ratio * m_X, width, 1e-10)


def points(u):
    m_X, mass_ratio, strength = np.exp(u)
    return m_X, mass_ratio, strength * m_X**2 / M_PLANCK


def draw(n, seed):
    """Random points of the tables, half of them with a light X, some next to the edges of boxes."""
    rng = np.random.default_rng(seed)
    u = np.stack([rng.uniform(low, high, n) for low, high in zip(LOW, HIGH, strict=True)])
    u[0, ::2] = rng.uniform(LOW[0], LOW[0] + 4.0, u[0, ::2].size)
    for direction, edges in enumerate(EDGES):
        close = rng.random(n) < 0.1
        u[direction, close] = rng.choice(edges, close.sum()) + rng.normal(0, 1e-3, close.sum())
    return points(np.clip(u, LOW[:, None] + 1e-12, HIGH[:, None] - 1e-12))


@pytest.mark.parametrize("flavours", FLAVOURS)
@pytest.mark.parametrize("psi", [True, False])
def test_within_1e_6_of_the_equations(flavours, psi):
    m_X, mass_ratio, width = draw(150, seed=2 + psi)
    if not psi:
        mass_ratio = np.full_like(mass_ratio, np.inf)
    found = from_tables(m_X, mass_ratio, width, flavours)
    np.testing.assert_allclose(found, exactly(m_X, mass_ratio, width, flavours), rtol=1e-6)


@pytest.mark.parametrize(
    ("flavours", "ln_m_X", "mass_ratio", "ln_strength"),
    [("separate", 0.08, 1.653, 1.684), ("separate", 0.18, 1.999, 1.372), ("common", 0.022, 1.306, 1.959)],
)
def test_where_the_series_are_worst(flavours, ln_m_X, mass_ratio, ln_strength):
    """2.4e-7, the largest of 24,000 random points: X is so light and so weakly coupled that it lets go late."""
    at = points(np.array([[ln_m_X + 1e-3], [math.log(mass_ratio)], [ln_strength]]))
    np.testing.assert_allclose(from_tables(*at, flavours), exactly(*at, flavours), rtol=4e-7)


@pytest.mark.parametrize("flavours", FLAVOURS)
def test_every_coefficient_counts(flavours):
    """The series box by box, as NumPy sums them: zeros are left out, and nothing else."""
    table = load(flavours, True)
    random = np.random.default_rng(4)
    for box in random.integers(0, table.shape[:3], (100, 3)):
        t = random.uniform(-1, 1, 3)
        u = [
            (low + high) / 2 + x * (high - low) / 2
            for e, i, x in zip(EDGES, box, t, strict=True)
            for low, high in [e[i : i + 2]]
        ]
        found = from_tables(*points(np.array(u)[:, None]), flavours).item()
        assert found == pytest.approx(np.polynomial.chebyshev.chebval3d(*t, table[tuple(box)]), rel=3e-13)


@pytest.mark.parametrize(("direction", "end"), [(d, e) for d in range(3) for e in (0, -1)])
def test_nothing_is_extrapolated(direction, end):
    u = np.array([[2.0], [-0.5], [10.0]])
    u[direction] = EDGES[direction][end]
    inside = from_tables(*points(u - 1e-9 * (-1) ** (end == 0)), "separate")
    outside = from_tables(*points(u + 1e-9 * (-1) ** (end == 0)), "separate")
    assert np.isfinite(inside).all()
    assert np.isnan(outside).all()


@pytest.mark.parametrize("mass_ratio", [0.2, 2.0])
@pytest.mark.parametrize("flavours", FLAVOURS)
def test_beside_the_tables_the_equations_are_solved(mass_ratio, flavours):
    """Within 1e-6 on both sides, and so without a step that anybody would see."""
    values = physics.evaluate(
        "n_eff", m_X=12.0, g_X=3e-4, mass_ratio=mass_ratio * (1 + 1e-9 * np.array([-1, 1])), neutrino_flavours=flavours
    )
    assert values[0] != values[1]
    assert values[0] == pytest.approx(values[1], rel=1e-6)


@pytest.mark.parametrize("flavours", FLAVOURS)
def test_within_1e_6_outside_of_the_tables(flavours):
    """Where X is tied to the electrons until it is gone, a tolerance of 2e-7 left 1.6e-5."""
    rng = np.random.default_rng(8)
    m_X, g_X = np.exp(rng.uniform(np.log(1.1), np.log(500), 150)), 10 ** rng.uniform(0, 0.5, 150)
    mass_ratio = np.concatenate([rng.uniform(0.3, 1, 100), rng.uniform(0.02, 0.2, 25), rng.uniform(2, 5, 25)])
    found = physics.evaluate("n_eff", m_X=m_X, g_X=g_X, mass_ratio=mass_ratio, neutrino_flavours=flavours)
    width = physics.evaluate("gamma_X_electrons", m_X=m_X, g_X=g_X)
    assert np.isnan(from_tables(m_X, mass_ratio, width, flavours)).sum() > 80
    np.testing.assert_allclose(found, exactly(m_X, mass_ratio, width, flavours), rtol=1e-6)


def test_points_do_not_depend_on_their_company():
    rng = np.random.default_rng(5)
    many = {
        "m_X": np.exp(rng.uniform(0.1, 9.0, 40)),
        "g_X": 10 ** rng.uniform(-7, 0, 40),
        "mass_ratio": np.where(rng.random(40) < 0.3, np.inf, rng.uniform(0.1, 2.3, 40)),
    }
    many["mass_ratio"] = [None if np.isinf(r) else r for r in many["mass_ratio"]]
    block = physics.evaluate("n_eff", **many)
    alone = [physics.evaluate("n_eff", m_X=m, g_X=g, mass_ratio=r) for m, g, r in zip(*many.values(), strict=True)]
    assert block.tolist() == alone
    assert np.isfinite(block).all()


def test_checksum():
    assert checksum(arrays(FILE)) == CHECKSUM
