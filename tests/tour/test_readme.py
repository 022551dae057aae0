"""The commands, the Python and the scan file of README.md and of docs/extend/own.md, which it points to."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVES = ["explore", "tour.zarr"]  # until Ctrl-C; tests/scanner/explore stops it
FEWER = {  # the same scan on a coarser grid, the same sample with fewer points
    "run": ["--set", "axes.g_X.geomspace=[1e-4,1e-2,9]", "--set", "axes.m_X.geomspace=[5,200,9]"],
    "sample": ["--live", "60"],
}


@pytest.fixture(scope="module")
def readme(pages):
    return pages("README.md")


@pytest.fixture(scope="module")
def own(pages):
    return pages("docs/extend/own.md")


@pytest.fixture(scope="module")
def toured(readme, lmutau, tmp_path_factory):
    """A folder in which the commands of the README have been run."""
    folder = tmp_path_factory.mktemp("tour")
    commands = [arguments for arguments in readme.commands() if arguments != SERVES]
    assert {c[0] for c in commands} >= {"point", "plan", "run", "status", "verify", "summary", "plot", "cite"}
    for arguments in commands:
        lmutau(folder, [*arguments, *FEWER.get(arguments[0], [])])
    assert (folder / "tour.png").stat().st_size > 20_000
    return folder


@pytest.fixture(scope="module")
def extended(own, lmutau, tmp_path_factory):
    """A folder with an observable, an experiment and a limit of one's own, in which the commands have been run."""
    folder = tmp_path_factory.mktemp("own")
    shipped = ROOT / "physics" / "data" / "neutrino" / "experiments"
    shutil.copytree(shipped, folder / "my_experiments", ignore=shutil.ignore_patterns("*.toml"))
    shutil.copy(shipped / "lz.toml", folder / "my_experiments" / "nested.toml")
    (folder / "my_limits").mkdir()
    limits = ROOT / "physics" / "data" / "laboratory" / "limits"
    shutil.copy(limits / "babar_4mu.csv", folder / "my_limits" / "mine.csv")
    (addition,) = [b for b in own.blocks("python") if "@observable" in b]
    (folder / "mine.py").write_text(addition)
    assert {"mine.py", "my_experiments/nested.toml"} <= {word for c in own.commands() for word in c}
    for arguments in own.commands():
        lmutau(folder, arguments)
    return folder


def test_python(readme, own, toured):
    code = "\n".join(b for p in (readme, own) for b in p.blocks("python") if "import physics\n" in b or "ds" in b)
    assert "slice_plane" in code
    assert "physics.constraint(" in code
    subprocess.run([sys.executable, "-c", code], check=True, cwd=toured)


def test_scan_file_and_new_observable(readme, extended):
    (scan,) = readme.blocks("toml")
    (extended / "my.toml").write_text(scan)
    code = (
        "import physics, scanner\n"
        "physics.add('mine.py')\n"
        "assert scanner.make_plan(scanner.load_scan('my.toml')).n_values > 7e4\n"
        "share = physics.evaluate('invisible_share', m_X=20, g_X=1e-3, mass_ratio=[0.3, 0.6], q_psi=1)\n"
        "assert 0.4 < share[0] < 0.6 and share[1] == 0, share\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=extended)
