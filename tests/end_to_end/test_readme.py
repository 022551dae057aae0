"""README and docs are true: the table of observables is the registry's, commands and Python run."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text() + (ROOT / "docs" / "extend" / "own.md").read_text()  # which it points to
SERVES = ["explore", "tour.zarr"]  # until Ctrl-C; tests/scanner/explore stops it
LMUTAU = [sys.executable, "-c", "import scanner.cli.main as c; c.main()"]


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_table_of_observables():
    table = subprocess.run([*LMUTAU, "observables", "--markdown"], capture_output=True, text=True, check=True).stdout
    written = (ROOT / "docs" / "observables.md").read_text().partition("\n\n")[2]
    assert written == table, "write the output of `lmutau observables --markdown` into docs/observables.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which the commands of the tour have been run."""
    folder = tmp_path_factory.mktemp("tour")
    shipped = ROOT / "physics" / "data" / "neutrino" / "experiments"
    shutil.copytree(shipped, folder / "my_experiments", ignore=shutil.ignore_patterns("*.toml"))
    shutil.copy(shipped / "lz.toml", folder / "my_experiments" / "nested.toml")
    (addition,) = [b for b in blocks("python") if "@observable" in b]
    (folder / "my_limits").mkdir()
    limits = ROOT / "physics" / "data" / "laboratory" / "limits"
    shutil.copy(limits / "babar_4mu.csv", folder / "my_limits" / "mine.csv")
    (folder / "mine.py").write_text(addition)
    commands = [line.split("#")[0].split() for b in blocks("console") for line in b.splitlines()]
    lmutau = [c[1:] for c in commands if c and c[0] == "lmutau" and c[1:] != SERVES]
    assert {"mine.py", "my_experiments/nested.toml"} <= {word for c in lmutau for word in c}
    assert {c[0] for c in lmutau} >= {"point", "plan", "run", "status", "verify", "summary", "plot", "cite"}
    for arguments in lmutau:
        if arguments[0] == "sample":  # the same with fewer points
            arguments += ["--live", "60"]
        if arguments[0] == "run":  # the same scan on a coarser grid
            arguments += ["--set", "axes.g_X.geomspace=[1e-4,1e-2,9]", "--set", "axes.m_X.geomspace=[5,200,9]"]
        result = subprocess.run([*LMUTAU, *arguments], capture_output=True, text=True, check=False, cwd=folder)
        assert result.returncode == 0, shlex.join(arguments) + result.stdout + result.stderr
    assert (folder / "tour.png").stat().st_size > 20_000
    return folder


def test_python(folder):
    code = "\n".join(b for b in blocks("python") if "import physics\n" in b or "ds" in b)
    assert "slice_plane" in code
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)


def test_scan_file_and_new_observable(folder):
    (scan,) = blocks("toml")
    (folder / "my.toml").write_text(scan)
    code = (
        "import physics, scanner\n"
        "physics.add('mine.py')\n"
        "assert scanner.make_plan(scanner.load_scan('my.toml')).n_values > 7e4\n"
        "share = physics.evaluate('invisible_share', m_X=20, g_X=1e-3, mass_ratio=[0.3, 0.6], q_psi=1)\n"
        "assert 0.4 < share[0] < 0.6 and share[1] == 0, share\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)
