"""The rows of the README's table: each an answer of ours against what SciPy, or VEGAS+, needs for the same in this run.

All in CPU time of this process; the answers must agree, or there is no row.
"""

import os
import resource
import subprocess
import time
import warnings

import numpy as np
import pytest
from scipy.integrate import quad
from test_early_universe import radau
from test_neutrinos import direct_counts
from test_relic_density import POINTS, grid, nested_quad
from test_self_interaction import wave_by_wave
from test_startup import LMUTAU, RELIC

import physics
from physics.dark_matter.self_interaction.transfer import cross_sections
from physics.model.constants import ATOMIC_MASS_G, M_E, M_MU
from physics.neutrino import solar, stopped_pions
from physics.neutrino.cross_sections import (
    Nucleus,
    electron_cross_section,
    largest_recoil,
    nuclear_cross_section,
    smallest_energy,
)
from physics.neutrino.oscillation import global_fit, probabilities

pytestmark = pytest.mark.benchmark(timer=time.process_time, min_rounds=3, max_time=1)


@pytest.fixture
def row(benchmark):
    """Measure our function, which gives so many points, and the peer's, which gives so many."""

    def measure(name, own, points, peer, others, other_points):
        for first in (own, others):  # compiles
            first()
        value = benchmark(own)
        start = time.process_time()
        slow = others()
        seconds = time.process_time() - start
        benchmark.extra_info.update(
            row=name, own=points / benchmark.stats.stats.min, peer=peer, others=other_points / seconds
        )
        return value, slow

    return measure


def test_freeze_out(row):
    def slow():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [nested_quad(*point) for point in zip(*POINTS.values(), strict=True)]

    values = grid((10, 60), 24)
    _, reference = row(
        "relic density on a block, m_X of 10 to 60 MeV, all final states",
        lambda: physics.evaluate("relic_density", **values), 24**4,
        "nested `quad`, neutrinos only", slow, POINTS["m_X"].size,
    )  # fmt: skip
    own = physics.evaluate("relic_density", **POINTS, annihilation_channels="neutrinos")
    np.testing.assert_allclose(own, reference, rtol=1e-5)  # as in test_relic_density.py


def test_white_dwarf(row):
    pytest.importorskip("vegas")
    from test_vegas import excess_by_vegas

    value, (slow, _) = row(
        "cooling of a white dwarf through X (m_X = 0.2 MeV)",
        lambda: physics.evaluate("white_dwarf_excess", m_X=np.full(20_000, 0.2), g_X=1e-3), 20_000,
        "VEGAS+", lambda: excess_by_vegas(0.2, 1e-3, 20_000), 1,
    )  # fmt: skip
    assert slow == pytest.approx(value[0], rel=2e-3)


@pytest.mark.parametrize(("name", "weak"), [("n_eff_three_bath", False), ("n_eff", True)])
def test_three_baths(row, name, weak):
    m_X, g_X = np.array([6.0, 10.0, 15.0, 20.0]), np.array([5e-4, 5e-4, 1e-4, 1e-3])
    settings = {"mass_ratio": None} if weak else {}
    many = {"m_X": np.tile(m_X, 100), "g_X": np.tile(g_X, 100)}
    value, slow = row(
        f"N_eff of three baths, {'real decoupling, tables' if weak else 'instantaneous decoupling, solved'} (`{name}`)",
        lambda: physics.evaluate(name, **many, **settings), 4 * 100,
        "`solve_ivp`, Radau, rtol 1e-6, on our compiled equations",
        lambda: [radau(*point, weak, 1e-6) for point in zip(m_X, g_X, strict=True)], 4,
    )  # fmt: skip
    np.testing.assert_allclose(value[:4], slow, atol=1e-4)


def test_self_interaction(row):
    value, slow = row(
        "dark matter that scatters off itself: a cross section, 15 partial waves",
        lambda: [cross_sections(1.0, 5.0) for _ in range(1000)], 1000,
        "`solve_ivp`, DOP853, wave by wave", lambda: wave_by_wave(1.0, 5.0, 14), 1,
    )  # fmt: skip
    assert value[0].distinguishable == pytest.approx(slow, rel=1e-4)


PLANE = {"m_X": np.geomspace(1, 1000, 200)[:, np.newaxis], "g_X": np.geomspace(1e-6, 1e-2, 200)}
HERE = {"m_X": 20.0, "g_X": 5e-4}


def x_at(g_X):
    return g_X * physics.evaluate("epsilon", g_X=g_X)


def borexino():
    """7Be neutrinos a day in 100 t: `quad` over the recoil, line by line."""
    total = 0.0
    for E, share in solar.lines()["7Be"]:
        for flavour, p in zip(("e", "mu", "tau"), probabilities(E, "7Be", **global_fit("NuFIT 6.1")), strict=True):

            def dsigma(T, E=E, flavour=flavour):
                return float(electron_cross_section(T, E, flavour, 20.0, x_at(5e-4), electron_couplings="tree"))

            sigma = quad(dsigma, 0, largest_recoil(E, M_E), epsabs=0, epsrel=1e-9, limit=200)[0]
            total += share * solar.fluxes("GS98")["7Be"][0] * p * sigma * 3.307e31 * 86400
    return total


def cenns10():
    """Argon: `quad` over the energies of Amaral et al. 2020, below eq. (31), at 303 recoils."""
    spectra = {
        "e": lambda E: 192 * E**2 / M_MU**3 * (1 / 2 - E / M_MU),
        "mu": lambda E: 64 * E**2 / M_MU**3 * (3 / 4 - E / M_MU),
    }
    argon, detector, x = Nucleus(18, 40, 39.96238), stopped_pions.cenns10("release"), x_at(5e-4)

    def sigma(T, E, flavour):
        return float(nuclear_cross_section(T, E, flavour, argon, 20.0, x, sin2_theta_W=0.2387))

    E_line, E_max = stopped_pions.E_LINE, stopped_pions.E_MAX
    line = largest_recoil(E_line, argon.mass)
    T = np.linspace(5e-4, largest_recoil(E_max, argon.mass), 301)
    T = np.sort(np.append(T, [line * (1 - 1e-12), line * (1 + 1e-12)]))
    rate = np.zeros(T.size)
    for n, t in enumerate(T):
        rate[n] = sigma(t, E_line, "mu")
        low = min(float(smallest_energy(t, argon.mass)), E_max)
        for flavour, spectrum in spectra.items():
            rate[n] += quad(lambda E, t=t, f=flavour, s=spectrum: s(E) * sigma(t, E, f), low, E_max, epsrel=1e-6)[0]
    atoms = 1e3 * 24.4 / (argon.mass_u * ATOMIC_MASS_G)
    events = np.trapezoid(detector.acceptance(T) * rate, T)
    return events * atoms * 0.09 * 13.8e22 / (4 * np.pi * 2750.0**2)


@pytest.mark.parametrize(
    ("name", "settings", "what", "peer", "by_hand", "within"),
    [
        (
            "borexino_rate", {"borexino_recoil_window": "all", "electron_couplings": "tree"},
            "7Be neutrinos in Borexino", "`quad`", borexino, 1e-6,
        ),
        ("cenns10_events", {}, "COHERENT, argon", "`quad`", cenns10, 2e-3),
        (
            "lz_events_nr_er", {"target_nuclei": "average", "electron_binding": "step"},
            "solar neutrinos in LZ, off nuclei and electrons", "sums over NumPy arrays",
            lambda: direct_counts(20.0, 5e-4), 0.02,
        ),
    ],
)  # fmt: skip
def test_neutrinos(row, name, settings, what, peer, by_hand, within):
    _, slow = row(
        f"{what}: counts on a plane of 200 x 200 (m_X, g_X)",
        lambda: physics.evaluate(name, **PLANE, **settings), 200 * 200, peer, by_hand, 1,
    )  # fmt: skip
    assert physics.evaluate(name, **HERE, **settings) == pytest.approx(slow, rel=within)


def seconds_of(arguments, cache):
    """CPU seconds of the command in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [*LMUTAU, *arguments], check=True, stdout=subprocess.DEVNULL, env=os.environ | {"XDG_CACHE_HOME": str(cache)}
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("`lmutau --help`", ["--help"]),
        ("`lmutau point` of one relic density", ["point", *RELIC]),
        (
            "`lmutau run` of two observables on a plane",
            ["run", "quick", "--workers", "0", "--set", 'scan.observables=["delta_a_mu", "gamma_X_electrons"]'],
        ),
    ],
)
def test_start(benchmark, tmp_path, name, arguments):
    def run(store):
        more = ["--store", str(tmp_path / store)] if arguments[0] == "run" else []
        return seconds_of([*arguments, *more], tmp_path / "cache")

    cold = benchmark.pedantic(run, ("cold.zarr",), rounds=1)
    benchmark.extra_info.update(start=name, cold=cold, warm=min(run(f"warm{n}.zarr") for n in range(3)))
