"""`lmutau answer` and `lmutau plot --set`, on a real store."""

import json

import pytest
import xarray as xr

NAMES = "cmb,relic_overabundance,n_eff_bbn_drees_zhao,g2_WP2025"


def test_answer(lmutau, store, tmp_path):
    out_file = tmp_path / "answer.nc"
    code, out = lmutau(
        "answer", store.path, "--set", NAMES, "--prior", "mass_ratio=log", "-o", out_file, "--plot", "a.png"
    )  # fmt: skip
    assert code == 0, out
    assert "over the Standard Model" in out
    assert "mass_ratio log" in out
    assert "2.30 (68.3%), 6.16 (95.4%)" in out
    assert "relic_density below 0.132" in out
    assert (tmp_path / "a.png").stat().st_size > 10_000
    with xr.open_dataset(out_file) as written:
        assert json.loads(written.attrs["prior"])["mass_ratio"] == "log"
        assert written.attrs["scan_id"] == store.id
    code, out = lmutau("answer", store.path, "-o", out_file)
    assert code == 2
    assert "exists; remove it" in out


def test_at_a_value_and_onto_other_axes(lmutau, store):
    code, out = lmutau("answer", store.path, "--set", NAMES, "--onto", "mass_ratio", "--at", "m_X=23")
    assert code == 0, out
    assert "1 degrees of freedom" in out
    code, out = lmutau("answer", store.path, "--at", "m_X=24")
    assert code == 2
    assert "the grid has no m_X = 24" in out


def test_of_the_set_current_what_is_missing_is_named(lmutau, store):
    code, out = lmutau("answer", store.path)
    assert code == 0, out
    assert "Left out, for the scan lacks their observables: n_eff_2026" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--set", "curent"], "no set of constraints 'curent'"),
        (["--set", "cmb,g2_WP2025,g2_FNAL2021"], "are alternatives"),
        (["--prior", "m_X=logg"], "prior 'logg' of m_X"),
        (["--onto", "m_X,q_psi"], "no axis 'q_psi'"),
        (["--plot", "a.txt"], "end it in .png, .pdf, .svg"),
        (["-o", "answer.csv"], "end it in .zarr, .nc"),
    ],
)
def test_refusals(lmutau, store, arguments, says):
    code, out = lmutau("answer", store.path, *arguments)
    assert code == 2
    assert says in out


def test_an_unfinished_store_is_refused(lmutau, empty_store):
    code, out = lmutau("answer", empty_store.path, "--set", NAMES)
    assert code != 0
    assert "not computed yet; finish the scan first" in out


def test_plot_of_a_set(lmutau, store, tmp_path):
    plane = ["-x", "m_X", "-y", "g_X", "--at", "mass_ratio=0.6", "--output", "a.svg"]
    code, out = lmutau("plot", store.path, "--set", "current", *plane)
    assert code == 0, out
    assert "left out, for the scan lacks their observables: n_eff_2026" in out
    assert (tmp_path / "a.svg").exists()
