"""`lmutau plot`: what it draws, writes and refuses."""

import runpy

import numpy as np
import pytest
from PIL import Image

PLANE = ("-x", "m_X", "-y", "g_X", "--at", "mass_ratio=0.6")


def test_plot(lmutau, store, tmp_path):
    plane = ["-x", "m_X", "-y", "g_X", "--observable", "relic_density", "--at", "mass_ratio=0.6"]
    code, out = lmutau("plot", store.path, *plane, "--output", "a.pdf")
    assert code == 0, out
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    code, out = lmutau("plot", store.path, *plane, "--output", "a.txt")
    assert code == 2
    assert "a.txt: no format 'txt'; end the name in .png, .pdf or .svg" in out
    no_gif, no_folder = "a.gif: no format 'gif'; end the name in .png, .pdf or .svg", "there is no folder a;"
    for wrong, says in (("a.gif", no_gif), ("a/b.png", no_folder)):
        code, out = lmutau("plot", store.path, *plane, "--output", wrong)
        assert (code, says in out, (tmp_path / wrong).exists()) == (2, True, False), out
    code, out = lmutau("plot", store.path)
    assert code == 2
    assert "give -x and -y" in out


def test_plot_along_a_bound_parameter(lmutau, bound_store):
    code, out = lmutau("plot", bound_store.path, "-x", "m_X", "-y", "mass_ratio")
    assert code == 2
    assert "mass_ratio is bound to mass_ratio_relic_above in this store and is not an axis" in out


def test_table_and_script(lmutau, store, tmp_path):
    more = ("--constraint", "cmb", "--xlim", "10,1000", "--title", "mine", "--dpi", "80")
    code, out = lmutau(
        "plot", store.path, *PLANE, *more, "--output", "a.png", "--data", "a.csv", "--script", "a.py"
    )  # fmt: skip
    assert code == 0, out
    assert [line for line in out.splitlines() if line.startswith("a")] == ["a.png", "a.csv", "a_cmb.txt", "a.py"]
    first = np.asarray(Image.open(tmp_path / "a.png"))
    (tmp_path / "a.png").unlink()
    runpy.run_path(str(tmp_path / "a.py"))
    np.testing.assert_array_equal(first, np.asarray(Image.open(tmp_path / "a.png")))


@pytest.mark.parametrize(
    "kind",
    [
        ("--panel", "mass_ratio=0.35,0.6", "--constraint", "cmb"),
        ("--profile", "--observable", "relic_density"),
        ("--corner", "--set", "current"),
    ],
)
def test_other_pictures(lmutau, store, tmp_path, kind):
    plane = () if kind[0] == "--corner" else PLANE
    code, out = lmutau("plot", store.path, *plane, *kind, "--output", "a.png", "--script", "a.py")
    assert code == 0, out
    first = np.asarray(Image.open(tmp_path / "a.png"))
    assert len(np.unique(first.reshape(-1, first.shape[-1]), axis=0)) > 10
    runpy.run_path(str(tmp_path / "a.py"))
    np.testing.assert_array_equal(first, np.asarray(Image.open(tmp_path / "a.png")))


def test_of_a_set_those_that_count(lmutau, store, tmp_path):
    code, out = lmutau("plot", store.path, *PLANE, "--set", "current", "--output", "a.png", "--data", "a.csv")
    assert code == 0, out
    assert "do not count in this set (--constraint draws one): g2_World2025_WP2020, relic_density" in out
    names = {line.split(",")[1] for line in (tmp_path / "a.csv").read_text().splitlines()[1:]}
    assert names == {"cmb", "relic_overabundance", "g2_WP2025"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((*PLANE, "--xlim", "5"), "write LOW,HIGH, for example 1,200"),
        ((*PLANE, "--xlim", "5,1"), "the first must be below the second"),
        ((*PLANE, "--panel", "metalicity"), "no axis 'metalicity'; did you mean metallicity"),
        ((*PLANE, "--profile"), "--profile needs --observable"),
        ((*PLANE, "--profile", "--panel", "mass_ratio"), "are different pictures; choose one"),
        (("-x", "m_X", "--corner"), "--corner draws all pairs of axes; leave out what chooses one (x)"),
        ((*PLANE, "--data", "a.txt"), "end the name in .csv"),
        ((*PLANE, "--data", "a/b.csv"), "a/b.csv: there is no folder a; make it first"),
        ((*PLANE, "--script", "a/b.py"), "a/b.py: there is no folder a; make it first"),
    ],
)
def test_errors(lmutau, store, options, says):
    code, out = lmutau("plot", store.path, *options, "--output", "a.png")
    assert code == 2
    assert says in " ".join(out.replace("│", " ").split())


def test_plot_of_a_foreign_store(lmutau, foreign_store, tmp_path):
    code, out = lmutau("plot", foreign_store.path, "--output", "a.png")
    assert code == 0, out
    assert "left out, for this release has no such constraint: foreign_limit" in out
    assert (tmp_path / "a.png").stat().st_size > 10_000
