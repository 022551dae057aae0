"""The digest sees every change of code, data and what is added; the cache folder is named by it and can be written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import physics
from physics.core import identity


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of three files in place of ours, and what its digest is now."""
    root = tmp_path / "package"
    (root / "data" / "room").mkdir(parents=True)
    (root / "__pycache__").mkdir()
    (root / "code.py").write_text("FACTOR = 1\n")
    (root / "data" / "room" / "table.csv").write_text("x\n1\n")
    (root / "data" / "README.md").write_text("words\n")
    monkeypatch.setattr(identity, "files", lambda name: root)
    return root


def digest_now():
    return identity.package_digest.__wrapped__()


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "code.py").write_text("FACTOR = 2\n"),
        lambda root: (root / "data" / "room" / "table.csv").write_text("x\n2\n"),
        lambda root: (root / "data" / "room" / "table.csv").rename(root / "data" / "table.csv"),
        lambda root: (root / "code.py").rename(root / "other.py"),
        lambda root: (root / "data" / "more.toml").write_text(""),
        lambda root: (root / "code.py").unlink(),
    ],
    ids=["code", "data", "moved", "renamed", "new", "gone"],
)
def test_every_change_of_code_and_data_changes_it(package, change):
    before = digest_now()
    assert digest_now() == before
    change(package)
    assert digest_now() != before


def test_what_the_values_do_not_depend_on_leaves_it(package):
    before = digest_now()
    (package / "data" / "README.md").write_text("other words\n")
    (package / "__pycache__" / "code.py").write_text("FACTOR = 3\n")
    os.utime(package / "code.py", (1, 1))
    assert digest_now() == before


def test_what_is_added_counts_for_stores_but_not_for_caches(scratch):
    package, folder = identity.package_digest(), identity.cache_folder()
    assert identity.digest() == package
    digests = [package]
    for contents in ({"mine.py/mine.py": b"a"}, {"mine.py/mine.py": b"b"}, {"other.toml/table.csv": b""}):
        identity.register_added(contents)
        digests.append(identity.digest())
    assert len(set(digests)) == 4
    assert list(identity.added()) == ["mine.py/mine.py", "other.toml/table.csv"]
    assert (identity.package_digest(), identity.cache_folder()) == (package, folder)


def test_the_cache_is_where_xdg_says(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert identity.cache_folder() == tmp_path / "lmutau" / identity.package_digest()[:16]
    assert identity.cache_folder().is_dir()


@pytest.fixture
def no_home(tmp_path, monkeypatch):
    """Nothing can be written in the user's cache; a folder for temporary files."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(identity.tempfile, "tempdir", str(temporary))
    identity._new_folder.cache_clear()
    yield temporary
    identity._new_folder.cache_clear()


def test_a_home_that_cannot_be_written(no_home):
    folder = identity.cache_folder()
    assert folder == no_home / f"lmutau-{os.getuid()}" / identity.package_digest()[:16]
    assert folder.is_dir()
    assert folder.parent.stat().st_mode & 0o077 == 0, "others can neither read nor write"
    assert identity.cache_folder() == folder


def test_a_user_without_home(no_home, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME")

    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    assert identity.cache_folder().is_relative_to(no_home)


def test_a_folder_that_somebody_else_has_made_is_not_used(no_home, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (no_home / f"lmutau-{os.getuid()}").symlink_to(elsewhere)
    folder = identity.cache_folder()
    assert folder.is_relative_to(no_home)
    assert folder.parent.name != f"lmutau-{os.getuid()}"
    assert identity.cache_folder() == folder
    assert not list(elsewhere.iterdir())


def test_the_package_may_be_read_only(tmp_path):
    """Nothing is written beside the code: compiled functions neither, nor tables."""
    copy = tmp_path / "site" / "physics"
    shutil.copytree(Path(physics.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = sorted(copy.rglob("*"))
    for folder in (copy, *(f for f in before if f.is_dir())):
        folder.chmod(0o555)
    code = (
        "import physics\n"
        f"assert physics.__file__.startswith({str(copy)!r}), physics.__file__\n"
        "print(physics.evaluate('delta_a_mu', m_X=23, g_X=4.5e-4))"
    )
    environment = os.environ | {"PYTHONPATH": str(copy.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert float(result.stdout) == physics.evaluate("delta_a_mu", m_X=23, g_X=4.5e-4)
    assert sorted(copy.rglob("*")) == before
    for folder in (copy, *(f for f in before if f.is_dir())):
        folder.chmod(0o755)
