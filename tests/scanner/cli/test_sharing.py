"""The command that exports, and commands on what it made."""

import os
import signal

import pytest


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
    assert "names no authors" in lmutau("export", store.path, "copy.zarr")[1]
    assert lmutau("export", store.path, "copy2.zarr", "--quiet")[1].count("\n") == 1


def test_what_export_refuses(lmutau, empty_store):
    code, said = lmutau("export", empty_store.path, "copy.zarr")
    assert (code, "blocks are missing" in said) == (1, True)
    assert lmutau("export", empty_store.path, "copy.zarr", "--incomplete")[0] == 0
    code, said = lmutau("export", empty_store.path, "copy.zarr", "--incomplete")
    assert (code, "exists already" in said) == (2, True)
    assert lmutau("export", "nothing.zarr", "copy.zarr")[0] == 2


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
