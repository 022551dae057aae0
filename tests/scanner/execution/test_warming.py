"""One process of a node compiles, while others wait for it."""

import socket
import threading
import time

import pytest

from physics.core.identity import cache_folder
from scanner.execution import warming


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


def test_one_at_a_time(evaluated, plan):
    threads = [threading.Thread(target=warming.warm, args=(plan,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert evaluated == ["begun", "ended"] * 3 * len(plan.families)
    assert (cache_folder() / f"{socket.gethostname()}.lock").exists()


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
