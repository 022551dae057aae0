"""Plans, runs that are refused or have nothing to do, presets. Runs on a cluster: tests/end_to_end."""

import re

import xarray as xr

from scanner import Store
from scanner.store.runlog import read_log
from scanner.store.seal import change_root


def test_plan(lmutau, scan_file):
    code, out = lmutau("plan", scan_file, "--workers", 3)
    assert code == 0
    assert "m_X 4 x g_X 5 x mass_ratio 3" in out
    assert "No observable depends on metallicity" in out
    assert " s on 3 cores" in out


def test_plan_for_more_workers_than_blocks(lmutau, scan_file):
    """A thousand workers are no faster than a worker for each block."""

    def seconds(workers):
        _, out = lmutau("plan", scan_file, "--set", "store.points_per_block=1000000", "--workers", workers)
        return float(re.search(r"about (\S+) s on", out)[1]), out

    slow, out = seconds(1)
    fast, out_of_many = seconds(1000)
    assert fast > slow / 30, "6 blocks of very different size"
    assert "workers are more than there are blocks" not in out
    assert re.search(r"1000 workers are more than there are blocks: at most \d compute at a time", out_of_many)


def test_plan_of_a_scan_on_the_relic_line(lmutau, bound_file):
    code, out = lmutau("plan", bound_file)
    assert code == 0
    assert "mass_ratio follows mass_ratio_relic_above, on m_X x g_X." in out


def test_presets(lmutau):
    _, out = lmutau("presets")
    assert "quick: L_mu - L_tau: quick scan; readings: 2026 (defaults)" in out.splitlines()
    assert "Figs. 5 and 6; readings: paper:amaral-2020, with cenns10_inputs = release, cenns10_error = measured" in out


def test_plan_by_the_readings_of_a_paper(lmutau, scan_file):
    _, out = lmutau("plan", scan_file)
    assert "readings: 2026 (defaults)" in out.splitlines()
    named = ["--readings", "paper:drees-zhao-2021", "--set", "fixed.n_nu=3.044"]
    _, out = lmutau("plan", scan_file, *named)
    assert "readings: paper:drees-zhao-2021, with n_nu = 3.044, a_mu_dataset = scanned" in out.splitlines()
    code, out = lmutau("plan", scan_file, "--readings", "drees")
    assert code == 2
    assert "small.toml: scan.readings: no set of readings 'drees'; known: 2026, " in out


def test_a_finished_store_has_nothing_to_run(lmutau, store):
    code, out = lmutau("run", store.path)
    assert code == 0
    assert "nothing left to compute" in out
    assert "complete" in out


def test_no_relic_line_is_a_result_not_a_failure(lmutau, bound_file, bound_store):
    code, out = lmutau("run", bound_file, "--store", bound_store.path)
    assert code == 0
    assert "nothing left to compute" in out
    assert "input failed" in out


def test_a_store_of_another_plan(lmutau, store, scan_file):
    code, out = lmutau("run", scan_file, "--store", store.path, "--set", "fixed.q_psi=2")
    assert code == 2
    assert "fixed q_psi: store 1.0; now 2.0" in out


def test_a_store_is_resumed_as_it_is(lmutau, store):
    code, out = lmutau("run", store.path, "--set", "fixed.q_psi=2")
    assert code == 2
    assert "a store is resumed as it is: no --set, no --readings, no --store" in out


def test_resumed_once(lmutau, monkeypatch, empty_store, scan_file):
    """And before the cluster is started; without one nothing is left behind."""
    from scanner import Store

    resumed, resume = [], Store.resume
    monkeypatch.setattr(Store, "resume", lambda *a, **options: resumed.append(1) or resume(*a, **options))
    code, out = lmutau("run", scan_file, "--store", empty_store.path, "--address", "nowhere")
    assert (code, len(resumed)) == (2, 1)
    assert "nor a scheduler file that exists" in out
    code, _ = lmutau("run", scan_file, "--store", "new.zarr", "--address", "nowhere")
    assert (code, len(resumed)) == (2, 1)
    assert not (empty_store.path.parent / "new.zarr").exists()


def test_a_run_of_a_finished_store_says_whether_it_is_sound(lmutau, store):
    """Also where a kill has left the last step undone."""
    change_root(store.path, {"state": "running"})
    code, out = lmutau("run", store.path)
    assert code == 0, out
    assert "nothing left to compute" in out
    assert Store(store.path).attribute("state") == "complete"
    xr.open_zarr(store.path, consolidated=True)
    (store.path / "relic_density" / "zarr.json").unlink()
    code, out = lmutau("run", store.path)
    assert code == 1
    assert "relic_density/zarr.json missing" in out


def test_the_exit_code_is_the_stores(lmutau, store):
    """Not that of the log, which may know nothing of a failure."""
    family = store.family("m_X_g_X_mass_ratio")
    assert not list(read_log(store.log_path, store.id))
    assert lmutau("run", store.path)[0] == 0
    store.forget(family, (0, 0, 0))
    store.fail_block(family, (0, 0, 0))
    code, out = lmutau("run", store.path)
    assert code == 3
    assert "block failed" in out
