"""`pytest physics/dark_matter/cmb.py`: the examples of one file run alone."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FILES = [
    "core/graph.py",
    "core/binding.py",
    "model/widths.py",
    "dark_matter/cmb.py",
    "dark_matter/relic/freeze_out.py",
    "early_universe/n_eff_entropy.py",
    "laboratory/g_minus_2.py",
    "neutrino/borexino.py",
    "white_dwarf/cooling.py",
    "inference/constraints.py",
]


@pytest.mark.parametrize(("file", "option"), [*((f, "-q") for f in FILES), ("model/widths.py", "--noconftest")])
def test_doctests_of_one_file(file, option):
    """Without conftest.py pytest imports the file itself, before and beside `import physics`."""
    command = [sys.executable, "-m", "pytest", f"physics/{file}", option, "-p", "no:cacheprovider", "-p", "no:xdist"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert result.returncode == 0, result.stdout[-3000:]
    assert " passed" in result.stdout


def test_a_file_of_every_room():
    rooms = {p.parent.name for p in ROOT.glob("physics/*/*.py") if p.name != "__init__.py"}
    assert rooms - {"numerics"} <= {file.partition("/")[0] for file in FILES}
