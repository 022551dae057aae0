"""The server: what it gives, to whom, and what it refuses."""

import http.client
import json
import urllib.parse

import numpy as np
import pytest
import xarray as xr
from explored import ask, serving

import physics
from scanner.explore.server import Server
from scanner.explore.sources import Folder


def asked(server, what, **question):
    code, headers, content = ask(server, f"{what}?q={urllib.parse.quote(json.dumps(question))}")
    return code, content if headers["Content-Type"] == "application/octet-stream" else content.decode()


def test_the_page_and_its_policy(served):
    code, headers, content = ask(served, "")
    assert code == 200
    assert content.startswith(b"<!doctype html>")
    policy = headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy.replace("'wasm-unsafe-eval'", "")
    assert "default-src 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_files_and_ranges(served, store):
    content = (store.path / "m_X/c/0").read_bytes()
    assert ask(served, "store.zarr/m_X/c/0")[2] == content
    code, headers, part = ask(served, "store.zarr/m_X/c/0", Range="bytes=2-5")
    assert (code, part) == (206, content[2:6])
    assert headers["Content-Range"] == f"bytes 2-5/{len(content)}"
    assert ask(served, "store.zarr/m_X/c/0", Range="bytes=99999-")[0] == 416
    code, headers, nothing = ask(served, "store.zarr/m_X/c/0", method="HEAD")
    assert (code, nothing, int(headers["Content-Length"])) == (200, b"", len(content))
    assert ask(served, "store.zarr/m_X/c/9")[0] == 404
    assert ask(served, "elsewhere")[0] == 404


@pytest.mark.parametrize(
    "path", ["/store.zarr/../secret", "/store.zarr/%2e%2e/secret", "/../../etc/passwd", "//etc/passwd"]
)
def test_no_path_leads_out(served, store, path):
    (store.path.parent / "secret").write_text("secret")
    connection = http.client.HTTPConnection(*served.server_address[:2])  # urllib would mend the path
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.status == 404
    assert b"secret" not in answer.read().replace(b"not found", b"")
    connection.close()


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_another_name_for_this_machine_is_refused(served, host):
    """A page of evil.example, whose name is made to lead here, must not read the store."""
    assert ask(served, "store.zarr/zarr.json", Host=host)[0] == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1", "[::1]:8000"])
def test_names_of_this_machine(served, host):
    assert ask(served, "store.zarr/zarr.json", Host=host)[0] == 200


def test_pages_of_others_may_link_here_and_nothing_else(served):
    foreign = {"Sec_Fetch_Site": "cross-site"}
    assert ask(served, "", **foreign, Sec_Fetch_Mode="navigate")[0] == 200
    assert ask(served, "store.zarr/m_X/c/0", **foreign, Sec_Fetch_Mode="no-cors")[0] == 403
    assert ask(served, "point?q={}", **foreign, Sec_Fetch_Mode="navigate")[0] == 403


def test_loopback_unless_told(store):
    with Server(Folder(store.path)) as server:
        assert server.server_address[0] == "127.0.0.1"
    with serving(Folder(store.path), host="0.0.0.0") as server:
        assert ask(server, "store.zarr/m_X/c/0", Host="cluster.example")[0] == 200


def test_nothing_is_written(served, store):
    before = {p: p.stat().st_mtime_ns for p in store.path.rglob("*")}
    for method in ("POST", "PUT", "DELETE"):
        assert ask(served, "store.zarr/m_X/c/0", method=method)[0] == 501
    assert {p: p.stat().st_mtime_ns for p in store.path.rglob("*")} == before


@pytest.mark.parametrize(
    ("observable", "x", "y", "at"),
    [
        ("relic_density", "m_X", "g_X", {"mass_ratio": 0.6}),
        ("relic_density", "g_X", "m_X", {"mass_ratio": 0.35}),
        ("n_eff_entropy", "g_X", "mass_ratio", {"m_X": 23.0}),
        ("a_mu_pull", "m_X", "mass_ratio", {"g_X": 1e-5, "a_mu_dataset": "WP2025", "metallicity": "GS98"}),
    ],
)
def test_planes_are_those_of_xarray(served, store, observable, x, y, at):
    code, content = asked(served, "plane", observable=observable, x=x, y=y, at=at)
    assert code == 200
    ds = xr.open_zarr(store.path, chunks=None)
    here = {axis: value for axis, value in at.items() if axis in ds[observable].dims}
    array = ds[observable].sel(here)
    grid = xr.Dataset(coords={y: ds[y], x: ds[x]})
    want = array.where(array[f"{observable}_status"] == 1).broadcast_like(grid).transpose(y, x).values
    status = array[f"{observable}_status"].broadcast_like(grid).transpose(y, x).values
    size = want.size
    assert np.array_equal(np.frombuffer(content[: 8 * size], "<f8").reshape(want.shape), want, equal_nan=True)
    assert np.array_equal(np.frombuffer(content[8 * size :], "u1").reshape(want.shape), status)


def test_a_point_off_the_grid_is_computed(served):
    values = {"m_X": 31.4, "g_X": 2.7e-4, "mass_ratio": 0.41, "metallicity": "GS98", "a_mu_dataset": "WP2025"}
    code, content = asked(served, "point", values=values)
    assert code == 200
    answer = json.loads(content)
    assert answer["lacking"] == []
    assert answer["note"] == ""
    for name in ("relic_density", "delta_a_mu", "n_eff_entropy", "a_mu_pull"):
        direct = physics.evaluate(name, **values, q_psi=1)
        assert answer["values"][name] == [float(direct), 1], name
    assert asked(served, "point", values={**values, "m_X": 2e4})[1].count("[null, 2]") >= 1  # sigma_monophoton


def test_a_bound_parameter_follows_its_observable(bound_store):
    with serving(Folder(bound_store.path)) as server:
        answer = json.loads(asked(server, "point", values={"m_X": 11.0, "g_X": 3e-5})[1])
    direct = physics.evaluate(
        "relic_density", m_X=11.0, g_X=3e-5, q_psi=1, mass_ratio=physics.bound("mass_ratio_relic_above")
    )
    assert answer["values"]["relic_density"] == [float(direct), 1]


def test_what_is_not_known_here_is_named(foreign_store):
    with serving(Folder(foreign_store.path)) as server:
        code, content = asked(server, "point", values={"m_V": 50.0, "m_X": 20.0, "g_X": 1e-4})
    answer = json.loads(content)
    assert code == 200
    assert answer["lacking"] == ["foreign_strength"]
    assert answer["values"]["delta_a_mu"] == [float(physics.evaluate("delta_a_mu", m_X=20.0, g_X=1e-4)), 1]


@pytest.mark.parametrize(
    ("what", "question", "says"),
    [
        ("plane", {"observable": "relic_densty", "x": "m_X", "y": "g_X", "at": {}}, "relic_density"),
        ("plane", {"observable": "relic_density", "x": "m_X", "y": "g_X", "at": {}}, "choose one of"),
        ("plane", {"observable": "relic_density", "x": "m_X", "y": "m_X", "at": {}}, "two different axes"),
        ("plane", {"observable": "relic_density"}, "ask with the keys"),
        ("point", {"values": {"m_X": -1.0, "g_X": 1e-4, "mass_ratio": 0.6}}, "m_X"),
        ("point", {"values": {"m_X": [1, 2]}}, "ask with the keys"),
        ("point", {"values": {"no_parameter": 1.0}}, "no_parameter"),
    ],
)
def test_a_bad_question_gets_a_reason(served, what, question, says):
    code, content = asked(served, what, **question)
    assert code == 400
    assert says in content


def test_a_running_scan_can_be_watched(empty_store):
    store = empty_store
    with serving(Folder(store.path)) as server:
        question = {"observable": "delta_a_mu", "x": "m_X", "y": "g_X", "at": {}}
        metadata = json.loads(ask(server, "store.zarr/zarr.json")[2])
        assert metadata["attributes"]["state"] == "running"
        assert "delta_a_mu" in metadata["consolidated_metadata"]["metadata"]
        size = 20
        assert set(asked(server, "plane", **question)[1][8 * size :]) == {0}
        for family, index in list(store.pending()):
            store.write_block(family, index, store.compute_block(family, index))
        assert set(asked(server, "plane", **question)[1][8 * size :]) == {1}
        store.finalize()
        metadata = json.loads(ask(server, "store.zarr/zarr.json")[2])
        assert metadata["attributes"]["state"] == "complete"


def test_values_without_statuses_are_not_shown(empty_store):
    """A block is written values first: between the two it is not complete, and its values do not count."""
    store = empty_store
    family, index = next((f, i) for f, i in store.pending() if "delta_a_mu" in f.observables)
    result = store.compute_block(family, index)
    status_of_block = store.path / "delta_a_mu_status/c" / "/".join(map(str, index))
    store.write_block(family, index, result)
    status_of_block.unlink()
    with serving(Folder(store.path)) as server:
        content = asked(server, "plane", observable="delta_a_mu", x="m_X", y="g_X", at={})[1]
    assert np.isnan(np.frombuffer(content[: 8 * 20], "<f8")).all()
    assert set(content[8 * 20 :]) == {0}
    assert np.isfinite(store.array("delta_a_mu")[:]).any()


def test_a_store_of_an_earlier_version(old, store):
    with serving(Folder(old.path)) as before, serving(Folder(store.path)) as now:
        for observable, at in (
            ("relic_density", {"mass_ratio": 0.6}),
            ("sigma_monophoton", {}),
            ("cmb_ratio", {"mass_ratio": 0.35}),
        ):
            question = {"observable": observable, "x": "m_X", "y": "g_X", "at": at}
            assert asked(before, "plane", **question) == asked(now, "plane", **question)
        metadata = json.loads(ask(before, "store.zarr/zarr.json")[2])
        assert "status_" in " ".join(metadata["consolidated_metadata"]["metadata"])
