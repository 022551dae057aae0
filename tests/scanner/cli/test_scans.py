"""Plans, runs that are refused or have nothing to do, presets. Runs on a cluster: tests/end_to_end."""


def test_plan(lmutau, scan_file):
    code, out = lmutau("plan", scan_file, "--workers", 3)
    assert code == 0
    assert "m_X 4 x g_X 5 x mass_ratio 3" in out
    assert "No observable depends on metallicity" in out
    assert " s on 3 cores" in out


def test_plan_of_a_scan_on_the_relic_line(lmutau, bound_file):
    code, out = lmutau("plan", bound_file)
    assert code == 0
    assert "mass_ratio follows mass_ratio_relic_above, on m_X x g_X." in out


def test_presets(lmutau):
    _, out = lmutau("presets")
    assert "quick:" in out


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
    assert "a store is resumed as it is: no --set, no --store" in out


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
