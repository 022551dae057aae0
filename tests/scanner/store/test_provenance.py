"""Provenance: the commit of the checkout, else the one that the build wrote into the version."""

import re
import subprocess
from pathlib import Path

import pytest

from scanner.store import provenance


def test_the_commit_of_this_checkout():
    root = Path(__file__).resolve().parents[3]
    if not (root / ".git").exists():
        pytest.skip("not a checkout")
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True, cwd=root)
    state = provenance.git_state()
    assert state["commit"] == head.stdout.strip()
    assert state["dirty"] in ("yes", "no")


def test_without_a_checkout_the_version_names_the_commit(monkeypatch, tmp_path):
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "site-packages" / "scanner" / "store" / "provenance.py"))
    monkeypatch.setattr(provenance, "versions", lambda: {"lmutau": "0.2.1.dev4+g0123456789"})
    assert provenance.git_state() == {"commit": "0123456789", "dirty": "no"}
    monkeypatch.setattr(provenance, "versions", lambda: {"lmutau": "0.1.0.dev0"})
    assert provenance.git_state()["commit"] == "unknown"


def test_git_that_fails_is_no_error(monkeypatch):
    def fails(*_, **__):
        raise subprocess.TimeoutExpired("git", 10)

    monkeypatch.setattr(subprocess, "run", fails)
    assert provenance.git_state()["commit"]


def test_now_is_utc():
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", provenance.now())
