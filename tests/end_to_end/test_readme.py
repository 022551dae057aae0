"""README and docs are true: the table of observables is the registry's, commands and Python run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text()
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
    commands = [line.split("#")[0].split() for b in blocks("console") for line in b.splitlines()]
    lmutau = [c[1:] for c in commands if c and c[0] == "lmutau"]
    exported = dict(c[1].split("=") for c in commands if c and c[0] == "export")
    assert exported == {"LMUTAU_EXPERIMENTS": "my_experiments"}
    assert {c[0] for c in lmutau} >= {"point", "plan", "run", "status", "verify", "summary", "plot", "cite"}
    for arguments in lmutau:
        if arguments[0] == "run":  # the same scan on a coarser grid
            arguments += ["--set", "axes.g_X.geomspace=[1e-4,1e-2,9]", "--set", "axes.m_X.geomspace=[5,200,9]"]
        environment = os.environ | (exported if any("nested" in a for a in arguments) else {})
        result = subprocess.run(
            [*LMUTAU, *arguments], capture_output=True, text=True, check=False, cwd=folder, env=environment
        )
        assert result.returncode == 0, shlex.join(arguments) + result.stdout + result.stderr
    assert (folder / "tour.png").stat().st_size > 20_000
    return folder


def test_python(folder):
    code = "\n".join(b for b in blocks("python") if "import physics\n" in b or "ds" in b)
    assert "slice_plane" in code
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)


def test_scan_file_and_new_observable(tmp_path):
    (scan,) = blocks("toml")
    (tmp_path / "my.toml").write_text(scan)
    (addition,) = [b for b in blocks("python") if "@observable" in b]
    (tmp_path / "addition.py").write_text(addition)
    code = (
        "import addition, physics, scanner\n"
        "assert scanner.make_plan(scanner.load_scan('my.toml')).n_values > 7e4\n"
        "share = physics.evaluate('invisible_share', m_X=20, g_X=1e-3, mass_ratio=[0.3, 0.6], q_psi=1)\n"
        "assert 0.4 < share[0] < 0.6 and share[1] == 0, share\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
