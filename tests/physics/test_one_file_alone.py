"""`pytest physics/dark_matter/cmb.py`: the doctests of one file run alone, though pytest imports it a second time."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FILES = [
    "core/evaluate.py",
    "model/widths.py",
    "dark_matter/cmb.py",
    "dark_matter/relic/freeze_out.py",
    "early_universe/n_eff_entropy.py",
    "laboratory/g_minus_2.py",
    "neutrino/borexino.py",
    "white_dwarf/cooling.py",
    "inference/constraints.py",
]


@pytest.mark.parametrize("file", FILES)
def test_doctests_of_one_file(file):
    command = [sys.executable, "-m", "pytest", f"physics/{file}", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert result.returncode == 0, result.stdout[-3000:]
    assert " passed" in result.stdout


def test_a_file_of_every_room():
    rooms = {p.parent.name for p in ROOT.glob("physics/*/*.py") if p.name != "__init__.py"}
    assert rooms - {"numerics"} <= {file.partition("/")[0] for file in FILES}
