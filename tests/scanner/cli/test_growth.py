"""The commands that make stores of stores, and files of slices: what they say, and their exit codes."""

import pytest

from scanner import Store


def test_extend_and_add(lmutau, store):
    code, out = lmutau("extend", store.path, "large.zarr", "--more", "m_X={values=[7, 2e4]}", "--observable", "gamma_X")
    assert code == 0, out
    assert "values copied; the others: lmutau run" in out
    grown = Store("large.zarr")
    assert grown.grid.axes["m_X"].values.tolist() == [5, 7, 23, 100, 2e4]
    assert grown.scan.scan.observables[-1] == "gamma_X"
    code, out = lmutau("status", "large.zarr")
    assert (code, "not computed" in out) == (0, True)
    code, out = lmutau("verify", "large.zarr")
    assert code == 3
    assert "NOT ok: 0 problems" in out
    code, out = lmutau("add", store.path, "gamma_X")
    assert code == 0
    assert f"blocks: lmutau run {store.path}" in out


def test_subset_and_merge(lmutau, store):
    for name, sel in (("low.zarr", "m_X=:23"), ("high.zarr", "m_X=23:")):
        code, out = lmutau("subset", store.path, name, "--sel", sel)
        assert (code, "complete" in out) == (0, True), out
    code, out = lmutau("merge", "low.zarr", "high.zarr", "whole.zarr")
    assert (code, "complete" in out) == (0, True), out
    assert lmutau("verify", "whole.zarr", "--points", "5")[1].endswith("ok\n")
    code, out = lmutau("plot", "whole.zarr", "-x", "m_X", "-y", "g_X", "--observable", "delta_a_mu")
    assert code == 0, out


def test_slice(lmutau, store):
    code, out = lmutau("slice", store.path, "--sel", "m_X=20", "--nearest", "--observable", "delta_a_mu", "-o", "a.csv")
    assert (code, out) == (0, "a.csv\n")


def test_refine_where_nothing_passes(lmutau, store):
    """Where it does, workers compute: tests/end_to_end/test_growth.py."""
    code, out = lmutau("refine", store.path, "--around", "delta_a_mu=1e99")
    assert (code, "passes nowhere between points" in out) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("extend", "{}", "out.zarr"), "say what OUT will have more: --more, --set, --observable, or --scan"),
        (("extend", "{}", "out.zarr", "--more", "m_X=3"), "--more m_X=3: write AXIS={values=[...]}, as in a scan file"),
        (
            ("extend", "{}", "out.zarr", "--scan", "quick", "--more", "m_X={values=[3]}"),
            "--scan says all of what OUT will",
        ),
        (("extend", "{}", "{}", "--set", "axes.m_X.values=[5]"), "exists already; choose another name"),
        (("merge", "{}", "out.zarr"), "name two stores or more, and the one to make of them"),
        (("subset", "{}", "out.zarr"), "say which part: --sel m_X=10:100, --observable relic_density"),
        (("subset", "{}", "out.zarr", "--sel", "m_X"), "--sel m_X: write AXIS=VALUE, AXIS=VALUE,VALUE or AXIS=FROM:TO"),
        (("subset", "{}", "out.zarr", "--sel", "m_X=a:b"), "a range is of two numbers"),
        (("add", "{}", "gamma_Y"), "no observable 'gamma_Y'; did you mean gamma_X"),
        (("slice", "{}", "-o", "a.xls"), "end it in .nc, .csv, .parquet"),
        (
            ("refine", "{}", "--around", "relic_density"),
            "--around relic_density: write OBSERVABLE=VALUE, for example relic_density=0.12",
        ),
        (("refine", "{}", "--around", "relic_density=much"), "write OBSERVABLE=VALUE, for example relic_density=0.12"),
    ],
)
def test_wrong_words(lmutau, store, tmp_path, arguments, message):
    code, out = lmutau(*(str(store.path) if a == "{}" else a for a in arguments))
    assert code == 2
    assert message in " ".join(out.split())
    assert not (tmp_path / "out.zarr").exists()
