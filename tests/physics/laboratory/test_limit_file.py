"""Files of limits: what they may say, how they interpolate, and what a wrong one is told."""

import numpy as np
import pytest

from physics.core.files import data
from physics.laboratory.limit_file import LimitFileError, read_limit


def test_what_a_file_says(mine):
    limit = read_limit("mine.csv", "mine", mine.read_bytes())
    assert (limit.label, limit.final, limit.assumed, limit.reference, limit.notes) == (
        "Mine",
        "invisible",
        "all",
        "",
        "",
    )
    assert (limit.confidence, limit.power, limit.sided, limit.status) == (0.95, 2.0, "one", "from memory")
    assert limit.range == "10 MeV <= m_X <= 1000 MeV but for 30 to 40 MeV"


def test_lines_between_logarithms(mine):
    limit = read_limit("mine.csv", "mine", mine.read_bytes())
    between = np.sqrt(40.0 * 1000.0)
    assert limit.at(np.array([10.0, between, 1000.0])) == pytest.approx([1e-3, np.sqrt(2e-3 * 4e-3), 4e-3], rel=1e-14)


def test_no_value_outside_of_the_table_nor_in_a_hole(mine):
    limit = read_limit("mine.csv", "mine", mine.read_bytes())
    masses = np.array([9.999, 10.0, 30.0, 30.001, 39.999, 40.0, 1000.0, 1000.1, np.nan])
    covered = [False, True, True, False, False, True, True, False, False]
    assert limit.covers(masses).tolist() == covered
    assert np.isfinite(limit.at(masses)).tolist() == covered


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('# label = "Mine"\n', "", "label: is missing; the documentation of physics.laboratory.limit_file shows it"),
        ("# sided", "# sidde", "sidde: no such key; did you mean sided"),
        ('# sided = "one"', '# sided = "one"\n# powr = 2', "powr: no such key; did you mean power"),
        ('"Mine"', '"Mine', "the lines that begin with # are not TOML"),
        ("confidence = 0.95", "confidence = 95", "confidence: 95 must be a number above 0, at most 1"),
        ("power = 2", "power = 0", "power: 0 must be a number above 0, at most 8"),
        ('"invisible"', '"pions"', "final: 'pions': one of muons, taus, electrons, invisible, total"),
        ('assumed = "all"', 'assumed = "none"', "assumed: 'none': one of model, all"),
        ('"from memory"', '"guessed"', "status: 'guessed': one of held, derived, from memory"),
        ('sided = "one"', 'sided = "both"', "sided: 'both': one of one, two"),
        (
            '# sided = "one"',
            '# sided = "one"\n# reference = "BaBar 2015"',
            "reference: no reference 'BaBar 2015'; did you",
        ),
        ("m_X,g_X", "m_X,g", "the table: begins with 'm_X,g'; write m_X,g_X or m_X,epsilon"),
        ("10.0,1e-3", "10.0,1e-3,7", "the table: '10.0,1e-3,7': write two numbers"),
        ("10.0,1e-3", "10.0,one", "the table: '10.0,one': write two numbers"),
        ("10.0,1e-3", "10.0,-1e-3", "the table: '10.0,-1e-3': both numbers must be above 0 and finite"),
        ("10.0,1e-3", "10.0,nan", "the table: '10.0,nan': both numbers must be above 0 and finite"),
        ("10.0,1e-3", "35.0,1e-3", "the table: '30.0,2e-3': m_X must ascend"),
        ("10.0,1e-3", "30.0,1e-3", "the table: '30.0,2e-3': m_X must ascend"),
        ("30.0,2e-3\n40.0,2e-3\n1000.0,4e-3\n", "", "the table: needs two points at least"),
        ("holes = [[30.0, 40.0]]", "holes = [[30.0, 39.0]]", r"holes: \[30, 39\]: both must be m_X of rows"),
        ("holes = [[30.0, 40.0]]", "holes = [[10.0, 40.0]]", r"holes: \[10, 40\]: both must be m_X of rows"),
        ("holes = [[30.0, 40.0]]", "holes = [[40.0, 30.0]]", "holes: .*the first energy must be below the second"),
        ("holes = [[30.0, 40.0]]", "holes = 3", "holes: 3: write a list of pairs"),
        ('"invisible"', '"muons"', "m_X = 10 MeV is not above 211.317: X does not decay into muons there"),
        ("m_X,g_X", "m_X,epsilon", None),
    ],
)
def test_a_wrong_file(mine, spoiled, old, new, says):
    content = spoiled(mine.read_text(), old, new).encode()
    if says is None:
        assert read_limit("mine.csv", "mine", content).coupling == "epsilon"
        return
    with pytest.raises(LimitFileError, match=rf"mine\.csv.*{says}"):
        read_limit("mine.csv", "mine", content)


def test_the_decays_of_a_dark_photon_are_not_known(mine):
    text = mine.read_text().replace("m_X,g_X", "m_X,epsilon").replace('assumed = "all"', 'assumed = "model"')
    with pytest.raises(
        LimitFileError, match=r"assumed: epsilon is for dark photons that all decay so: multiply it by share\^"
    ):
        read_limit("mine.csv", "mine", text.encode())


def test_names_and_bytes(mine):
    with pytest.raises(LimitFileError, match="the file's name: 'Mine-2' must be lower-case letters"):
        read_limit("Mine-2.csv", "Mine-2", mine.read_bytes())
    with pytest.raises(LimitFileError, match=r"mine\.csv is not plain text; save it as CSV in UTF-8"):
        read_limit("mine.csv", "mine", b"\xff\xfe\x00m")


def test_what_a_spreadsheet_saves(mine):
    """A byte-order mark, other ends of lines, an empty line at the end."""
    plain = read_limit("mine.csv", "mine", mine.read_bytes())
    content = b"\xef\xbb\xbf" + mine.read_bytes().replace(b"\n", b"\r\n") + b"\r\n"
    saved = read_limit("mine.csv", "mine", content)
    assert saved.m_X.tolist() == plain.m_X.tolist()
    assert saved.label == plain.label


@pytest.mark.parametrize("name", ["babar_4mu", "babar_invisible", "belle2_2019", "cms_4mu", "kloe", "na64e"])
def test_files_of_the_package_name_their_source(name):
    limit = read_limit(name, name, data(f"laboratory/limits/{name}.csv").read_bytes())
    assert limit.source.startswith("arXiv:")
    assert limit.reference
    assert limit.digitised
    assert limit.notes
