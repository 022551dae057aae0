"""What stores and scan files may not do through the command, and what users mistype."""

import json
import os

import pytest

from scanner.cli.console import LONGEST, plain


def with_address(store, address):
    document = json.loads((store.path / "zarr.json").read_text())
    scan = json.loads(document["attributes"]["scan_file"])
    scan["cluster"] = {"address": address}
    document["attributes"]["scan_file"] = json.dumps(scan)
    (store.path / "zarr.json").write_text(json.dumps(document))


def test_a_store_connects_nowhere(lmutau, store, monkeypatch):
    import cluster

    asked = []
    monkeypatch.setattr(cluster, "connect", lambda *a, **_: asked.append(a) or (_ for _ in ()).throw(SystemExit(9)))
    with_address(store, "tcp://203.0.113.7:8786")
    family = store.families[0]
    store.marker(family, next(family.blocks())).unlink()
    code, out = lmutau("run", store.path)
    assert (code, asked) == (2, [])
    assert "asks for the scheduler at tcp://203.0.113.7:8786" in out
    assert "--address tcp://203.0.113.7:8786" in out
    code, _ = lmutau("run", store.path, "--address", "tcp://203.0.113.7:8786")
    assert (code, asked) == (9, [("tcp://203.0.113.7:8786", None)])


def test_plugins_that_a_store_names_are_not_run(store, tmp_path, lmutau):
    evil = tmp_path / "evil.py"
    evil.write_text(f"open({str(tmp_path / 'owned')!r}, 'w')")
    document = json.loads((store.path / "zarr.json").read_text())
    scan = json.loads(document["attributes"]["scan_file"])
    scan["scan"]["plugins"] = [str(evil)]
    document["attributes"].update(scan_file=json.dumps(scan), plugins=json.dumps({"evil.py": "0" * 64}))
    (store.path / "zarr.json").write_text(json.dumps(document))
    for command in ("status", "summary", "cite", "verify", "run"):
        lmutau(command, store.path)
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b]0;owned\x07", "\\x1b[2J\\x1b]0;owned\\x07"),
        ("a\rb\x9bc", "a\\rb\\x9bc"),
        ("\u202emoc.evil", "\\u202emoc.evil"),
        ("two\nlines, µ and Ω", "two\nlines, µ and Ω"),
    ],
)
def test_no_text_commands_the_terminal(text, shown):
    assert plain(text) == shown


def test_no_text_is_endless():
    assert plain("x" * 10**6) == f"{'x' * LONGEST} ... (980,000 more characters)"


def test_messages_of_a_log_are_shown_as_they_are(lmutau, store):
    record = {"store": store.id, "family": "m_X_g_X", "index": [0, 0], "points": 1, "seconds": 1.0, "counts": {"1": 1}}
    record["messages"] = ["\x1b]0;owned\x07"]
    store.log_path.write_text(json.dumps(record) + "\n")
    code, out = lmutau("status", store.path)
    assert code == 0
    assert "\\x1b]0;owned\\x07" in out
    assert "\x1b" not in out


def test_wrong_usage_that_names_what_is_strange(lmutau):
    code, out = lmutau("point", "m_X=\x1b[2J", "g_X=1")
    assert code == 2
    assert "\x1b" not in out
    _, out = lmutau("point", "\x1b[2J")
    assert "\x1b" not in out


def test_a_picture_is_not_written_through_a_link(lmutau, store, tmp_path):
    (tmp_path / "bashrc").write_text("mine")
    (tmp_path / "small.png").symlink_to(tmp_path / "bashrc")
    plane = ["-x", "m_X", "-y", "g_X", "--observable", "delta_a_mu"]
    code, out = lmutau("plot", store.path, *plane)
    assert code == 2
    assert "is a link, or no file: say where to write with --output" in out
    assert (tmp_path / "bashrc").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-x", "m_X", "-y", "m_X"], "the plane needs two different axes (got m_X twice)"),
        (["-x", "m_X", "-y", "g_X", "--output", "noext"], "end it in .png, .pdf or .svg"),
        (["-x", "m_X", "-y", "g_X", "--output", "s3://bucket/x.png"], "an address, not a path of this machine"),
        (
            ["-x", "m_X", "-y", "g_X", "--observable", "relic_density", "--at", "mass_ratio=inf", "--nearest"],
            "mass_ratio: inf is not a finite number",
        ),
        (
            ["-x", "m_X", "-y", "g_X", "--observable", "relic_density", "--at", "mass_ratio=nan", "--nearest"],
            "mass_ratio: nan is not a finite number",
        ),
    ],
)
def test_pictures_that_cannot_be(lmutau, store, tmp_path, arguments, says):
    code, out = lmutau("plot", store.path, *arguments)
    assert code == 2
    assert says in out
    assert not list(tmp_path.glob("*.png")) + list(tmp_path.glob("noext*"))


def test_paths_in_a_home_folder(lmutau, store, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert lmutau("status", "~/small.zarr")[0] == 0
    plane = ["-x", "m_X", "-y", "g_X", "--observable", "delta_a_mu"]
    assert lmutau("plot", "~/small.zarr", *plane, "--output", "~/p.png")[0] == 0
    assert (tmp_path / "p.png").exists()
    assert not os.path.lexists("~")


@pytest.mark.parametrize("path", ["s3://bucket/x.zarr", "http://host/x.zarr"])
def test_places_that_cannot_be_written_to(lmutau, tmp_path, path):
    code, out = lmutau("run", "quick", "--store", path, "--address", "nowhere")
    assert code == 2
    assert "not a path" in out
    assert not list(tmp_path.iterdir())


def test_a_picture_off_the_grid_is_said_by_the_plan(lmutau, scan_file):
    with scan_file.open("a") as file:
        file.write('[plot]\nx = "m_X"\ny = "g_X"\nat = { mass_ratio = 0.36 }\n')
    code, out = lmutau("plan", scan_file)
    assert code == 0
    assert "plot.at: mass_ratio has no value 0.36; the nearest is 0.35." in out
    _, out = lmutau("plan", scan_file, "--set", "plot.at.mass_ratio=0.35")
    assert "plot.at" not in out


def test_not_enough_memory_is_said(lmutau, monkeypatch):
    def full(*_, **__):
        raise MemoryError("Unable to allocate 7.3 GiB")

    monkeypatch.setattr("physics.evaluate_with_status", full)
    code, out = lmutau("point", "m_X=20", "g_X=1e-3")
    assert (code, out) == (1, "lmutau: there is not enough memory: Unable to allocate 7.3 GiB\n")
