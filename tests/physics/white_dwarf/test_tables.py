"""Tables of stars: those that come with the package, and the cache."""

import os
import shutil
import stat
import subprocess
import sys
from importlib.resources import files

import pytest

from physics.core import identity
from physics.white_dwarf import tables
from physics.white_dwarf.equation_of_state import COMPOSITIONS

SHIPPED = tables.load(*tables.DEFAULT)
load = tables.load.__wrapped__  # nothing kept in memory


@pytest.fixture
def built(monkeypatch, tmp_path):
    """Masses of the stars that were built; the cache is a folder of the test."""
    masses = []

    def build(a_star):
        masses.append(a_star.mass)
        return SHIPPED

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(tables, "build", build)
    return masses


def cached(folder):
    return sorted(folder.glob("lmutau/*/white-dwarf-*.npz"))


def test_shipped_tables_are_what_their_checksum_says():
    assert tables.checksum(SHIPPED) == tables.CHECKSUM


def test_another_star_is_built_once_and_kept(built, tmp_path):
    for _ in range(2):
        assert tables.checksum(load(0.7, 1e8)) == tables.CHECKSUM
    assert built == [0.7]
    load(0.7, 1e8, COMPOSITIONS["O16"])
    assert len(cached(tmp_path)) == 2
    assert [path.parent.name for path in cached(tmp_path)] == 2 * [identity.package_digest()[:16]]


def test_another_package_builds_its_own(built, monkeypatch):
    load(0.7, 1e8)
    monkeypatch.setattr(identity, "package_digest", lambda: 64 * "0")
    load(0.7, 1e8)
    assert built == [0.7, 0.7]


@pytest.mark.parametrize("damage", ["empty", "short", "cut", "flipped", "other"])
def test_a_damaged_file_is_built_again(built, tmp_path, damage):
    load(0.7, 1e8)
    (file,) = cached(tmp_path)
    good = file.read_bytes()
    file.write_bytes(
        {
            "empty": b"",
            "short": good[:20],
            "cut": good[:-1],
            "flipped": good[:5000] + bytes([good[5000] ^ 1]) + good[5001:],
            "other": b"not tables",
        }[damage]
    )
    for _ in range(2):
        assert tables.checksum(load(0.7, 1e8)) == tables.CHECKSUM
    assert built == [0.7, 0.7]
    assert file.read_bytes() == good


def test_a_cache_that_cannot_be_written(built, tmp_path, monkeypatch):
    """The tables are there all the same: from a folder for temporary files, or built each time."""
    monkeypatch.setattr(identity.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    for _ in range(2):
        assert tables.checksum(load(0.7, 1e8)) == tables.CHECKSUM
    assert built == [0.7]
    (file,) = (tmp_path / "temporary").glob("*/*/*.npz")
    file.unlink()
    monkeypatch.setattr(tables, "cache_folder", lambda: tmp_path / "nowhere")
    for _ in range(2):
        assert tables.checksum(load(0.7, 1e8)) == tables.CHECKSUM
    assert built == [0.7, 0.7, 0.7]


def test_a_read_only_cache_is_read(built, tmp_path):
    load(0.7, 1e8)
    folder = cached(tmp_path)[0].parent
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        for mass in (0.7, 0.8):
            assert tables.checksum(load(mass, 1e8)) == tables.CHECKSUM
    finally:
        folder.chmod(stat.S_IRWXU)


def test_many_processes_at_once(tmp_path):
    """Each builds what it does not find, and none reads half a file."""
    code = (
        "from physics.white_dwarf import tables\n"
        "shipped = tables.load(*tables.DEFAULT)\n"
        "tables.build, tables.star = lambda star: shipped, lambda *star: None\n"
        "for i in range(200):\n"
        "    mass = 0.5 + i // 4 / 100\n"
        "    assert tables.checksum(tables.load.__wrapped__(mass, 1e8)) == tables.CHECKSUM\n"
    )
    processes = [_python(code, tmp_path) for _ in range(4)]
    for process in processes:
        _, error = process.communicate()
        assert process.returncode == 0, error
    assert len(cached(tmp_path)) == 50
    assert not list(tmp_path.glob("lmutau/*/*.part"))


def test_an_edit_of_the_physics_makes_other_tables(tmp_path):
    """An emissivity is doubled in a copy of the package: so is the luminosity of a star, cached before or not."""
    package = tmp_path / "physics"
    shutil.copytree(str(files("physics")), package, ignore=shutil.ignore_patterns("__pycache__"))
    principal_values = "_principal_values(s.reshape(-1), ln_s, M, top)"  # seconds to compile, and not in a luminosity
    _edit(package / "white_dwarf" / "spectral.py", principal_values, "np.zeros((2, s.size))")
    before = _luminosity(tmp_path)
    _edit(package / "white_dwarf" / "emissivity.py", "_TRANSVERSE = G_F**2", "_TRANSVERSE = 2 * G_F**2")
    assert _luminosity(tmp_path) == pytest.approx(2 * before, rel=1e-12)


def _luminosity(folder):
    code = "import physics\nprint(physics.evaluate('white_dwarf_luminosity', wd_mass=0.9))"
    process = _python(code, folder / "cache", folder)
    output, error = process.communicate()
    assert process.returncode == 0, error
    return float(output)


def _edit(path, old, new):
    source = path.read_text(encoding="utf-8")
    assert source.count(old) == 1
    path.write_text(source.replace(old, new), encoding="utf-8")


def _python(code, cache, folder=None):
    """A process of its own, with its own cache; it imports the package of a folder, or that of the tests."""
    path = os.pathsep.join([str(folder)] if folder else [p for p in sys.path if p])
    environment = os.environ | {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        cwd=cache.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
