"""Compiled functions share those of other files: an edit there is noticed, with the same cache folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import physics
from physics.core.compiled import compiled

SCRIPT = "from physics.numerics.bessel import k1_scaled; print(k1_scaled(1.0))"


def test_an_edit_in_an_imported_file_is_noticed(tmp_path):
    copy = tmp_path / "physics"
    shutil.copytree(Path(physics.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}

    def value():
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env=environment, cwd=tmp_path
        )
        return float(run.stdout)

    def edit(file, before, after):
        text = (copy / file).read_text()
        assert before in text
        (copy / file).write_text(text.replace(before, after))

    first = value()
    edit("numerics/chebyshev.py", "return coefficients[0] + t * b1 - b2", "return coefficients[0] + t * b1 - b2 + 1.0")
    assert value() == pytest.approx(first + 1.0)
    edit("numerics/bessel.py", "LOW, MIDDLE, HIGH = 0.5, 2.0, 8.0", "LOW, MIDDLE, HIGH = 1.5, 2.0, 8.0")
    assert value() == pytest.approx(first)  # by the trapezoidal rule


def test_a_shared_function_does_not_take_the_options_of_whoever_calls_it_first():
    """numba hands fused multiplications, and what 1/0 is, on to what has no options of its own, and keeps it so."""

    @compiled
    def shared(x, y, z):
        return x * y + z

    @compiled(fastmath={"contract"})
    def fused(x, y, z):
        return shared(x, y, z)

    @compiled
    def inverse(x):
        return 1 / x

    x = 1 + 2.0**-30
    fused(x, x, -1.0 - 2.0**-29)
    assert shared(x, x, -1.0 - 2.0**-29) == x * x - 1.0 - 2.0**-29 == 0.0
    assert inverse(0.0) == float("inf")
