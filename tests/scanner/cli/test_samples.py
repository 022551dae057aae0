"""`lmutau sample`: the file, the chains, Ctrl-C, what is refused."""

import os
import signal

import pytest
import xarray as xr

pytest.importorskip("ultranest", reason="pip install 'lmutau[ultranest]'")

SCAN = """
[scan]
title = "two axes"
observables = ["delta_a_mu"]
[axes]
m_X = { geomspace = [10, 300, 3] }
g_X = { geomspace = [2e-4, 2e-3, 3] }
"""
QUICK = ["--set", "g2_FNAL2021,charm2", "--sampler", "ultranest", "--points", 100, "--live", 64]


@pytest.fixture
def two(tmp_path):
    (tmp_path / "two.toml").write_text(SCAN)
    return "two.toml"


def test_sample(lmutau, two, tmp_path):
    code, out = lmutau("sample", two, *QUICK, "--prior", "g_X=flat", "--chains", "chain")
    assert code == 0, out
    assert "flat" in out
    assert "two axes: posterior of your set; readings: 2026 (defaults); ultranest" in out
    assert {f.name for f in tmp_path.iterdir()} == {
        "two.toml", "two-ultranest.nc", "chain.txt", "chain.paramnames", "chain.ranges",
    }  # fmt: skip
    with xr.open_dataset(tmp_path / "two-ultranest.nc") as found:
        assert float(found.weight.sum()) == pytest.approx(1, rel=1e-9)
        assert found.attrs["complete"] == "yes"
    code, out = lmutau("sample", two, *QUICK)
    assert code == 2
    assert "two-ultranest.nc exists; remove it" in out


def test_ctrl_c_keeps_what_there_is_and_the_same_command_goes_on(lmutau, two, tmp_path, monkeypatch):
    from scanner.answers.problem import Problem

    evaluate, calls = Problem.ln_likelihood, 0

    def interrupted(self, shares):
        nonlocal calls
        calls += 1
        if calls == 8:
            os.kill(os.getpid(), signal.SIGINT)
        return evaluate(self, shares)

    monkeypatch.setattr(Problem, "ln_likelihood", interrupted)
    code, out = lmutau("sample", two, *QUICK, "-o", "out/two.nc")
    assert (code, "there is no folder out" in out) == (2, True)
    (tmp_path / "out").mkdir()
    code, out = lmutau("sample", two, *QUICK, "-o", "out/two.nc")
    assert code == 130, out
    assert "the same command goes on from what is in out/two.nc.run" in out
    with xr.open_dataset(tmp_path / "out" / "two.nc") as found:
        assert found.attrs["complete"] == "no"
    code, out = lmutau("sample", two, *QUICK, "-o", "out/two.nc", "--seed", 3)
    assert code == 2
    assert "a run with another seed" in out
    code, out = lmutau("sample", two, *QUICK, "-o", "out/two.nc")
    assert code == 0, out
    assert [f.name for f in (tmp_path / "out").iterdir()] == ["two.nc"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--set", "curent"], "no set of constraints 'curent'"),
        (["--prior", "m_X=logg"], "prior 'logg' of m_X"),
        (["-o", "two.csv"], "end it in .nc"),
        (["--chains", "there/is/none"], "there/is/none: there is no folder there/is; make it first"),
        (["--at", "q_psi=1"], "the scan has no such axis"),
        (["--sampler", "emcee"], "'emcee' is not one of 'nautilus', 'ultranest'"),
    ],
)
def test_refusals(lmutau, two, tmp_path, arguments, says):
    code, out = lmutau("sample", two, *arguments)
    assert code == 2
    assert says in out
    assert [f.name for f in tmp_path.iterdir()] == ["two.toml"]
