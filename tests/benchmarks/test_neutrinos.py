"""Solar neutrinos: an exclusion curve and a scan of everything; direct double integrals as the baseline."""

import time

import numpy as np

import physics
from physics.model.constants import ATOMIC_MASS_G, SECONDS_PER_YEAR
from physics.neutrino import solar
from physics.neutrino.cross_sections import electron_cross_section, nuclear_cross_section
from physics.neutrino.oscillation import SOURCES, global_fit, probabilities
from physics.neutrino.targets import target

MASSES = np.geomspace(0.1, 1000, 60)
FIT = global_fit("NuFIT 6.1")
COUNTS = [
    "borexino_phase1_chi2", "borexino_phase2_chi2", "cenns10_chi2", "cenns10_events", "coherent_csi_chi2",
    "xenon1t_chi2", "xenon1t_events",
    *(name for name in physics.observables() if "_events_" in name and not name.startswith("monophoton")),
]  # fmt: skip


def direct_counts(m_X, g_X, exposure=15.0):
    """Eq. (32) for LZ's NR+ER channel, xenon of average mass: sums over recoil and neutrino energy, point by point."""
    xenon = target("Xe")
    ((nucleus, _),) = xenon.nuclei("average")
    x = g_X * physics.evaluate("epsilon", g_X=g_X)
    atoms = exposure * 1e6 / (xenon.mass_u * ATOMIC_MASS_G) * SECONDS_PER_YEAR
    total = 0.0
    T_n, T_e = np.geomspace(0.7e-3, 0.1, 200), np.geomspace(0.7e-3, 0.03, 200)
    for source in SOURCES:
        if source in solar.lines():
            energy = np.array([e for e, _ in solar.lines()[source]])
            weight = np.array([share for _, share in solar.lines()[source]])
        else:
            shape = solar.spectrum("8B_winter2006" if source == "8B" else source)
            energy, weight = shape.energy[1:], shape.density[1:] * np.gradient(shape.energy[1:])
        flux = weight * solar.fluxes("GS98")[source][0]
        for flavour, p in zip(("e", "mu", "tau"), probabilities(energy, source, **FIT), strict=True):
            sigma_n = nuclear_cross_section(T_n[:, None], energy, flavour, nucleus, m_X, x)
            sigma_e = electron_cross_section(T_e[:, None], energy, flavour, m_X, x)
            total += atoms * np.trapezoid(sigma_n @ (flux * p), T_n)
            total += atoms * np.trapezoid(xenon.free_electrons(T_e) * (sigma_e @ (flux * p)), T_e)
    return total


def test_direct_integration(benchmark):
    """The baseline: one point; a curve of 60 masses needs some 15 points a mass."""
    value = benchmark.pedantic(direct_counts, (20.0, 5e-4), rounds=5)
    exact = physics.evaluate("lz_events_nr_er", m_X=20.0, g_X=5e-4, target_nuclei="average", electron_binding="step")
    assert abs(value / exact - 1) < 0.02


def test_curve(benchmark):
    """60 masses, NR+ER, with the Sun built anew: at most 0.5 s."""

    def curve():
        for cached in (solar.sun, solar.spectrum, solar._moment_splines, solar._moments):
            cached.cache_clear()
        return physics.evaluate("lz_g_X_nr_er", m_X=MASSES)

    limits = benchmark.pedantic(curve, rounds=5, warmup_rounds=1)
    assert np.isfinite(limits).all()
    start = time.perf_counter()
    direct_counts(20.0, 5e-4)
    baseline = 60 * 15 * (time.perf_counter() - start)
    ratio = baseline / benchmark.stats.stats.median
    print(f"\n60 masses: {benchmark.stats.stats.median:.3f} s; direct integration would need {ratio:.0f} times that")


def test_all_counts(benchmark):
    """500 x 500 couplings and masses, two metallicities, every count and chi2: seconds on one core."""
    point = {
        "m_X": np.geomspace(0.1, 1000, 500)[:, None, None],
        "g_X": np.geomspace(1e-6, 1e-1, 500)[:, None],
        "metallicity": np.array(["GS98", "AGSS09"]),
    }
    result = benchmark.pedantic(lambda: physics.evaluate(COUNTS, **point), rounds=1)
    values = sum(v.size for v in result.values())
    print(f"\n{len(COUNTS)} observables, {values:,} values: {values / benchmark.stats.stats.median:.3g}/s")
    assert all(np.isfinite(v).all() for v in result.values())


def test_many_mixing_angles(benchmark):
    """A Sun for each theta_12; theta_23 and delta_CP cost nothing."""
    point = {
        "m_X": np.geomspace(1, 1000, 50)[:, None, None],
        "sin2_theta_12": np.linspace(0.27, 0.35, 20)[:, None],
        "delta_CP": np.linspace(0, 350, 36),
    }
    benchmark.pedantic(lambda: physics.evaluate("lz_g_X_nr_er", **point), rounds=1)
