"""The command, in process: what it prints and how it exits. Runs on a cluster: tests/end_to_end."""

import re
import sys

import pytest
from rich.console import Console

from scanner import cli, console


@pytest.fixture
def lmutau(monkeypatch, capsys, tmp_path):
    """Run a command line; return exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["lmutau", *map(str, arguments)])
        monkeypatch.setattr(console, "out", Console(highlight=False, width=220, file=sys.stdout))
        monkeypatch.setattr(console, "err", Console(highlight=False, width=220, file=sys.stderr))
        try:
            cli.main()
            code = 0
        except SystemExit as exit_:
            code = exit_.code
        captured = capsys.readouterr()
        return code or 0, captured.out, captured.err

    return run


def test_point(lmutau):
    code, out, _ = lmutau("point", "m_X=20", "g_X=5e-4")
    assert code == 0
    (row,) = [line for line in out.splitlines() if line.startswith("delta_a_mu ")]
    assert "2.030157751e-09" in row
    assert "Drees & Zhao 2021, eq. (2.6)" in row
    assert "relic_density" not in out, "mass_ratio was not given"


def test_point_shows_why_there_is_no_value(lmutau):
    _, out, _ = lmutau("point", "m_X=20000", "g_X=5e-4", "-o", "sigma_monophoton")
    assert "outside domain" in out
    _, out, _ = lmutau("point", "m_X=20", "g_X=1e-9", "mass_ratio=0.6", "q_psi=1", "-o", "relic_density")
    assert "no solution" in out


def test_point_with_a_category(lmutau):
    _, out, _ = lmutau("point", "g_X=1", "kinetic_mixing=hypercharge", "-o", "epsilon")
    assert "-0.02164936668" in out


def test_point_on_the_relic_line(lmutau):
    line = ["m_X=15", "g_X=5e-4", "q_psi=1", "mass_ratio=bound:mass_ratio_relic_above"]
    code, out, _ = lmutau("point", *line)
    assert code == 0
    assert re.search(r"relic_density +0\.12 ", out)
    assert "0.5083" in out
    _, out, _ = lmutau("point", *line, "g_star=1e9", "-o", "relic_density", "-o", "cmb_ratio")
    assert out.count("input failed") == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["point", "m_X=1", "mass_ratio=bound:gamma"], "no observable 'gamma'"),
        (["point", "m_X=1", "mass_ratio=bound:relic_density"], "a cycle: mass_ratio -> relic_density"),
        (["point", "m_x=20"], "did you mean m_X"),
        (["point", "m_X=-20", "g_X=1"], "m_X = -20.0 is not allowed: m_X > 0 [MeV]"),
        (["point", "m_X"], "write NAME=VALUE"),
        (["point", "m_X=1", "m_X=2"], "m_X is given twice"),
        (["run", "quick", "--workers", "0"], "Invalid value for '--workers'"),
        (["status", __file__], "no Zarr store there"),
        (["point", "m_X=20", "-o", "relic_density"], "give g_X (needed by relic_density)"),
        (["point", "q_psi=1"], "determine no observable"),
        (["run", "nothing.toml"], "give a scan file or one of the presets"),
        (["plan", "quick", "--set", "axes.m_X.geomspace=[200,1,50]"], "must ascend"),
        (["run", "quick", "--address", "nowhere.json"], "nor a scheduler file that exists"),
        (["run", "quick", "--address", "nowhere.json", "--workers", "2"], "is for address 'local'"),
        (["plot", "."], "no Zarr store there"),
        (["status", "nothing.zarr"], "does not exist"),
    ],
)
def test_wrong_input(lmutau, arguments, says):
    code, _, err = lmutau(*arguments)
    assert code == 2
    assert says in err
    assert "Traceback" not in err


def test_tables(lmutau):
    _, out, _ = lmutau("observables")
    assert "relic_density" in out
    assert "g_star=10.75" in out
    _, out, _ = lmutau("parameters", "--markdown")
    assert "| m_X | MeV |  | m_X > 0 |" in out
    _, out, _ = lmutau("presets")
    assert "quick:" in out


def test_plan(lmutau, scan_file):
    code, out, _ = lmutau("plan", scan_file)
    assert code == 0
    assert "m_X 4 x g_X 5 x mass_ratio 3" in out
    assert "No observable depends on metallicity" in out


def test_a_scan_on_the_relic_line(lmutau, bound_file, bound_store):
    code, out, _ = lmutau("plan", bound_file)
    assert code == 0
    assert "mass_ratio follows mass_ratio_relic_above, on m_X x g_X." in out
    code, out, _ = lmutau("run", bound_file, "--store", bound_store.path)
    assert "nothing left to compute" in out
    assert "input failed" in out
    assert code == 0, "no relic line there is a result, not a failure"
    code, out, _ = lmutau("cite", bound_store.path)
    assert "@article{Drees:" in out
    code, _, err = lmutau("plot", bound_store.path, "-x", "m_X", "-y", "mass_ratio")
    assert code == 2
    assert "mass_ratio is bound to mass_ratio_relic_above in this store, it is no axis" in err


def test_status_and_verify_of_an_unfinished_store(lmutau, empty_store):
    family, index = next(empty_store.pending())
    empty_store.write_block(family, index, empty_store.compute_block(family, index))
    code, out, _ = lmutau("status", empty_store.path)
    assert code == 0
    assert f"1/{family.n_blocks}" in out
    assert "not computed" in out
    code, out, _ = lmutau("verify", empty_store.path)
    assert code == 3
    assert "blocks are not computed yet: lmutau run" in out


def test_verify_summary_plot_cite_of_a_finished_store(lmutau, store, tmp_path):
    code, out, _ = lmutau("verify", store.path, "--points", 20, "--seed", 3)
    assert code == 0, out
    assert out.strip().endswith("ok")
    code, out, _ = lmutau("summary", store.path)
    assert code == 0
    assert "respect all limits (n_eff_bbn, cmb)" in out
    code, out, _ = lmutau(
        "plot", store.path, "-x", "m_X", "-y", "g_X", "--observable", "relic_density",
        "--at", "mass_ratio=0.6", "--output", "a.pdf",
    )  # fmt: skip
    assert code == 0
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    code, _, err = lmutau("plot", store.path)
    assert code == 2
    assert "give -x and -y" in err
    code, out, _ = lmutau("cite", store.path)
    assert "arXiv:2107.14528" in out
    assert "@article{Drees:" in out


def test_a_finished_store_has_nothing_to_run(lmutau, store):
    code, out, _ = lmutau("run", store.path)
    assert code == 0
    assert "nothing left to compute" in out
    assert "complete" in out


def test_a_store_of_another_plan(lmutau, store, scan_file):
    code, _, err = lmutau("run", scan_file, "--store", store.path, "--set", "fixed.q_psi=2")
    assert code == 2
    assert "fixed q_psi: store 1.0; now 2.0" in err
