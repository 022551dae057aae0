"""Plugins in a worker's process: one set at a time, shared by runs that have the same, taken back by the last."""

import time
from types import SimpleNamespace

import pytest

import physics
from physics.core import plugins
from physics.core.identity import digest, package_digest
from scanner.execution.shipping import PhysicsPlugins, within


def source(factor):
    return {
        "mine.py": {
            "mine.py": b"from physics import observable\n\n"
            b"@observable(unit='1', label='m', reference='mine')\n"
            b"def mine(m_X):\n    return %d * m_X\n" % factor
        }
    }


class Worker(SimpleNamespace):
    """The part of a Dask worker that matters: what is registered with it, and in which order things are called."""

    def __init__(self):
        super().__init__(plugins={})

    def add(self, name, contents):
        self.plugins[name] = PhysicsPlugins(contents)
        self.plugins[name].setup(self)

    def remove(self, name):
        self.plugins.pop(name).teardown(self)


@pytest.fixture
def worker(registry):
    return Worker()


def value():
    return physics.evaluate("mine", m_X=1.0)


def test_added_and_taken_back(worker):
    worker.add("a", source(2))
    assert value() == 2
    assert digest() != package_digest()
    worker.remove("a")
    assert "mine" not in physics.observables()
    assert plugins.contents() == {}
    assert digest() == package_digest()


@pytest.mark.parametrize("first", ["a", "b"])
def test_runs_with_the_same_plugins_share_them(worker, first):
    worker.add("a", source(2))
    worker.add("b", source(2))
    worker.remove(first)
    assert value() == 2
    worker.remove({"a": "b", "b": "a"}[first])
    assert plugins.contents() == {}


def test_the_latest_run_has_its_own(worker):
    """The first may have been killed: it did not take back what it had added."""
    worker.add("killed", source(2))
    worker.add("edited", source(3))
    assert value() == 3
    worker.remove("killed")
    assert value() == 3
    worker.remove("edited")
    worker.add("without", {})
    assert digest() == package_digest()
    worker.remove("without")
    assert plugins.contents() == {}


def test_a_run_without_plugins_has_none_of_a_killed_one(worker):
    worker.add("killed", source(2))
    worker.add("without", {})
    assert plugins.contents() == {}


def test_what_the_process_has_by_itself_stays(worker):
    """A driver that is its own worker."""
    plugins.add_contents(source(5))
    worker.add("a", plugins.contents())
    worker.remove("a")
    assert value() == 5


def test_cleaning_up_neither_hangs_nor_raises():
    start = time.monotonic()
    within(0.05, lambda: time.sleep(1))
    within(1.0, lambda: 1 / 0)
    assert time.monotonic() - start < 0.5
