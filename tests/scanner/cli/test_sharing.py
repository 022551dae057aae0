"""The command that exports, and commands on what it made."""

import os
import signal
import subprocess
import sys

import pytest


@pytest.fixture
def half(empty_store):
    """A store of which half of the blocks are computed."""
    for family, index in list(empty_store.pending())[::2]:
        empty_store.write_block(family, index, empty_store.compute_block(family, index))
    return empty_store


@pytest.mark.parametrize("out", ["copy.zarr", "copy.zarr.zip"])
def test_export_and_commands_that_read(lmutau, store, out, tmp_path):
    code, said = lmutau("export", store.path, out, "--author", "Noether, Emmy")
    assert (code, "files, 0." in said, "names no authors" in said) == (0, True, False)
    for command in ("status", "summary", "cite", "answer", "verify"):
        here, there = lmutau(command, store.path), lmutau(command, out)
        assert there[0] == here[0] == 0, there
        if command in ("summary", "cite"):  # a folder has its axes in any order
            assert sorted(there[1].splitlines()) == sorted(here[1].splitlines())
    code, said = lmutau("plot", out, "-x", "m_X", "-y", "g_X", "--observable", "delta_a_mu")
    assert (code, (tmp_path / "copy.png").is_file()) == (0, True), said


def test_export_without_authors_says_so(lmutau, store):
    _, out = lmutau("export", store.path, "copy.zarr")
    assert "names no authors" in out
    assert "names no licence: --license" in out
    assert lmutau("export", store.path, "copy2.zarr", "--quiet")[1].count("\n") == 1


def test_what_export_refuses(lmutau, empty_store):
    code, said = lmutau("export", empty_store.path, "copy.zarr")
    assert (code, "blocks are missing" in said) == (1, True)
    assert lmutau("export", empty_store.path, "copy.zarr", "--incomplete")[0] == 0
    code, said = lmutau("export", empty_store.path, "copy.zarr", "--incomplete")
    assert (code, "exists already" in said) == (2, True)
    assert lmutau("export", "nothing.zarr", "copy.zarr")[0] == 2


def test_an_archive_is_not_run_and_it_says_how_to_go_on(lmutau, half, tmp_path):
    """What it says is done, and goes on."""
    assert lmutau("export", half.path, "half.zarr.zip", "--incomplete")[0] == 0
    for command in ("run", "work"):
        code, said = lmutau(command, "half.zarr.zip")
        assert (code, "half.zarr.zip: an archive is only read. To go on" in said) == (2, True), said
    words = said.rpartition("python -m ")[2].split()
    assert words == ["zipfile", "-e", "half.zarr.zip", "half.zarr"]
    subprocess.run([sys.executable, "-m", *words], check=True, cwd=tmp_path)
    code, said = lmutau("run", "half.zarr")
    assert (code, "complete" in said) == (0, True), said


def test_an_interruption(lmutau, store, monkeypatch, tmp_path):
    from scanner.sharing import export as module

    content = module._content

    def interrupted(of, name):
        if name.startswith("relic_density/c"):
            os.kill(os.getpid(), signal.SIGTERM)
        return content(of, name)

    monkeypatch.setattr(module, "_content", interrupted)
    code, said = lmutau("export", store.path, "copy.zarr")
    assert (code, "Interrupted; copy.zarr is not there" in said) == (130, True)
    assert not list(tmp_path.glob("*copy*")) + list(tmp_path.glob(".copy*"))


def test_commands_that_write_refuse_what_can_only_be_read(lmutau, store):
    lmutau("export", store.path, "copy.zarr.zip")
    for command in (["repair", "copy.zarr.zip"], ["add", "copy.zarr.zip", "gamma_X"]):
        code, said = lmutau(*command)
        assert (code, "can only be read" in said) == (2, True), said
    for command in ("run", "repair"):
        assert lmutau(command, "s3://bucket/a.zarr")[0] == 2


def test_growth_from_an_archive(lmutau, store):
    lmutau("export", store.path, "copy.zarr.zip")
    assert lmutau("slice", "copy.zarr.zip", "--sel", "m_X=23", "-o", "a.csv")[0] == 0
    code, said = lmutau("subset", "copy.zarr.zip", "part.zarr", "--sel", "m_X=23")
    assert code == 0, said
    assert lmutau("verify", "part.zarr")[0] == 0
