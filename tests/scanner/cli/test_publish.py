"""`lmutau export --publish`, and what `lmutau verify` reads behind an address."""

import pytest

from scanner import load_scan, make_plan
from scanner.store.store import Store

SCAN = """
[scan]
title = "to publish"
observables = ["delta_a_mu", "n_eff_entropy"]

[axes]
m_X = { geomspace = [5, 500, 5] }
g_X = { geomspace = [1e-5, 1e-2, 5] }

[fixed]
mass_ratio = 0.6

[plot]
x = "m_X"
y = "g_X"
constraints = ["g2_WP2025", "n_eff_bbn_drees_zhao"]
"""
TERMS = ("--publish", "--author", "Doe, Jane", "--dirty")


@pytest.fixture
def small(finished, tmp_path):
    return finished(SCAN, tmp_path / "a.zarr")


def test_publish(lmutau, small, tmp_path):
    code, said = lmutau(
        "export", small.path, "out", *TERMS, "--html", "--license", "CC0-1.0", "--doi", "10.5281/zenodo.1"
    )
    assert code == 0, said
    assert "out/a.zarr.zip: " in said
    assert "the licence of the data is Creative Commons Zero v1.0 Universal (CC0-1.0)" in said
    assert '"CC0-1.0"' in (tmp_path / "out" / "CITATION.cff").read_text()
    assert lmutau("verify", "out/page/store.zarr", "--points", 1)[0] == 0
    code, said = lmutau("export", small.path, "out", *TERMS)
    assert (code, "exists already" in said) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--html",), "--html goes with --publish"),
        (("--arxiv",), "--arxiv goes with --publish"),
        (("--publish",), "--author"),
        (("--publish", "--incomplete"), "only what is complete"),
        ((*TERMS, "--license", "GPL"), "no licence 'GPL'"),
        ((*TERMS, "--thin", "m_X=2"), "--thin goes with --html"),
        ((*TERMS, "--unverified", "--at", "q_psi=1"), "q_psi"),
    ],
)
def test_what_it_refuses(lmutau, small, tmp_path, words, said):
    code, answer = lmutau("export", small.path, "out", *words)
    assert (code, said in answer) == (2, True), answer
    assert not list(tmp_path.glob("*out*"))


def test_without_a_plot_it_says_so(lmutau, compute, tmp_path):
    (tmp_path / "b.toml").write_text(SCAN.partition("[plot]")[0])
    compute(Store.create(tmp_path / "b.zarr", make_plan(load_scan(tmp_path / "b.toml"))))
    code, said = lmutau("export", "b.zarr", "out", *TERMS, "--unverified")
    assert (code, "No curves" in said) == (0, True), said
