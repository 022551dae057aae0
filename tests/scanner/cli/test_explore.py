"""lmutau explore: what it writes, what it says, how it ends."""

import re
import signal
import subprocess
import sys
import time
import urllib.request

import pytest
from click.testing import CliRunner

from scanner.cli.main import cli


def lmutau(*words):
    return CliRunner().invoke(cli, ["explore", *map(str, words)])


def test_one_file(store, tmp_path):
    result = lmutau(store.path, "--html", tmp_path / "page.html", "--at", "mass_ratio=0.6", "--thin", "g_X=2")
    assert result.exit_code == 0, result.output
    assert re.fullmatch(rf"{tmp_path}/page.html: 0\.\d MB\n", result.output)
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")


def test_a_folder(store, tmp_path):
    result = lmutau(store.path, "--folder", tmp_path / "share")
    assert result.exit_code == 0, result.output
    assert "any web server" in result.output
    assert {p.name for p in (tmp_path / "share").iterdir()} == {"index.html", "store.zarr"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--html", "a.html", "--folder", "b"], "one at a time"),
        (["--at", "m_X=23"], "--at and --thin go with --html"),
        (["--html", "a.html", "--thin", "m_X=0"], "a whole number above 0"),
        (["--html", "a.html", "--thin", "m_X=half"], "a whole number above 0"),
        (["--html", "a.html", "--at", "m_X=24"], "the grid has no m_X = 24.0"),
        (["--html", "a.html", "--at", "m_X"], "write NAME=VALUE"),
        (["--port", "99999"], "99999"),
    ],
)
def test_bad_options(store, tmp_path, monkeypatch, options, says):
    monkeypatch.chdir(tmp_path)
    result = lmutau(store.path, *options)
    assert result.exit_code == 2
    assert says in result.output
    assert not list(tmp_path.glob("*.html"))


def test_no_store(tmp_path):
    result = lmutau(tmp_path, "--no-browser")
    assert result.exit_code == 2
    assert "no Zarr store there" in result.output


def test_it_serves_until_it_is_interrupted(store):
    command = [
        sys.executable,
        "-c",
        "from scanner.cli.main import main; main()",
        "explore",
        str(store.path),
        "--no-browser",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        address = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
        with urllib.request.urlopen(address) as answer:
            assert answer.read().startswith(b"<!doctype html>")
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr.read().splitlines() == ["Ctrl-C stops it", "stopped"]


def test_a_port_that_is_taken(store):
    from explored import serving

    from scanner.explore.sources import Folder

    with serving(Folder(store.path)) as server:
        result = lmutau(store.path, "--no-browser", "--port", server.server_address[1])
    assert result.exit_code == 1
    assert "in use" in result.output
