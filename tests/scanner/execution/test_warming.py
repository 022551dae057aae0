"""One process of a node compiles, while others wait for it."""

import socket
import threading
import time

import pytest

from scanner import load_scan, make_plan
from scanner.execution import warming


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """One in which nothing is compiled yet."""
    monkeypatch.setattr(warming, "cache_folder", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def evaluated(monkeypatch):
    """When a family was begun and ended, instead of computing it."""
    times = []

    def evaluate(*_):
        times.append("begun")
        time.sleep(0.05)
        times.append("ended")

    monkeypatch.setattr(warming, "evaluate_block", evaluate)
    return times


def test_a_point_of_each_family(monkeypatch, plan):
    seen = []
    monkeypatch.setattr(warming, "evaluate_block", lambda names, where, held: seen.append((names, where)))
    warming.warm(plan)
    assert [names for names, _ in seen] == [family.observables for family in plan.families]
    assert all(values.size == 1 for _, where in seen for values in where.values())


def test_one_for_all(evaluated, plan, cache):
    threads = [threading.Thread(target=warming.warm, args=(plan,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert evaluated == ["begun", "ended"] * len(plan.families)
    assert (cache / f"{socket.gethostname()}.lock").exists()


def test_others_wait_until_it_is_done(evaluated, plan):
    first = threading.Thread(target=warming.warm, args=(plan,))
    first.start()
    while not evaluated:
        time.sleep(0.001)
    warming.warm(plan)
    assert evaluated == ["begun", "ended"] * len(plan.families)
    first.join()


@pytest.mark.parametrize(
    "other",
    [
        "fixed.annihilation_channels='neutrinos'",
        'scan.observables=["relic_density"]',
        'axes.a_mu_dataset.values=["WP2025", "FNAL2021"]',
    ],
)
def test_another_scan_may_need_other_kernels(evaluated, scan_file, plan, other):
    warming.warm(plan)
    others = make_plan(load_scan(scan_file, [other, "axes.m_X.values=[7]"]))
    warming.warm(others)
    warming.warm(make_plan(load_scan(scan_file, [other, "axes.m_X.values=[9]"])))
    assert len(evaluated) == 2 * (len(plan.families) + len(others.families))


def test_a_full_disk_costs_the_next_process_a_compilation(monkeypatch, evaluated, plan):
    def touch(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr("pathlib.Path.touch", touch)
    warming.warm(plan)
    warming.warm(plan)
    assert len(evaluated) == 4 * len(plan.families)


def test_points_of_plugins_may_hang(evaluated, plan, add_plugin):
    add_plugin("physics.parameter('m_new', 'a mass', unit='MeV', label='m')")
    warming.warm(plan)
    assert not evaluated


def test_without_locks_nobody_waits(monkeypatch, evaluated, plan):
    def flock(*_):
        raise OSError("no locks available")

    monkeypatch.setattr(warming.fcntl, "flock", flock)
    warming.warm(plan)
    assert len(evaluated) == 2 * len(plan.families)
