"""Toys in a registry that forgets them after the test."""

import numpy as np
import pytest

from physics.core import identity, plugins, registration
from physics.core.parameter import parameter
from physics.core.registration import branch, observable

REFERENCE = "Drees & Zhao 2021, eq. (1)"


@pytest.fixture
def scratch(monkeypatch):
    """A registry in which a test may register what it likes."""
    restore = registration.snapshot()
    monkeypatch.setattr(plugins, "_CONTENTS", {})
    monkeypatch.setattr(identity, "_ADDED", {})
    yield
    restore()


@pytest.fixture
def register(scratch):
    """Register a function as an observable; what the test does not care about has a value."""

    def register(function, **metadata):
        return observable(**{"unit": "1", "label": "a", "reference": REFERENCE} | metadata)(function)

    return register


@pytest.fixture
def colours(register):
    """Parameters `colour` and `depth`, `shade` for two of three colours, `mixture` of it; a list of what was called."""
    called = []
    parameter("colour", "a choice", label="c", default="red", choices=("red", "green", "blue"))
    parameter("depth", "a number", label="d", unit="MeV")

    def shade(depth):
        called.append("red")
        return depth

    def shade_of_green(depth, g_X):
        called.append("green")
        return depth * g_X

    def mixture(shade, q_psi):
        return np.nan_to_num(shade) + q_psi

    register(shade, when={"colour": "red"})
    branch("shade", when={"colour": "green"}, reference="Amaral et al. 2020, eq. (2)")(shade_of_green)
    register(mixture)
    return called
