"""What a file of an experiment means, and what is said where it is wrong."""

import pytest

from physics.neutrino.experiments import ExperimentFileError, read_experiment


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("label", "lable", "lable: no such key; did you mean label"),
        ("efficiency = 0.5", "eficiency = 0.5", "eficiency: no such key; did you mean efficiency"),
        ('"Ge"', '"Unobtainium"', "element: no target 'Unobtainium'"),
        ("exposure = 0.1", "exposure = -0.1", r"exposure: -0.1 must be a number above 0 \(t yr\)"),
        ("exposure = 0.1", 'exposure = "0.1"', "exposure: '0.1' must be a number"),
        ("efficiency = 0.5", "efficiency = 50", "efficiency: 50 must be a number above 0, at most 1"),
        ("[channels.nr]", "[channels.NR]", "channels.NR: no such channel; one of nr, er, nr_er"),
        ("[0.1, 10.0]", "[10.0, 0.1]", r"channels.nr.nuclei: .* the first energy must be below the second"),
        ("[0.1, 10.0]", "[0.0, 10.0]", "channels.nr.nuclei: 0.0 must be a number above 0"),
        ("[0.1, 10.0]", "[0.1, 30.0]", "quenching.file: quenching.csv does not reach 30 keVnr"),
        ('"table", file = "quenching.csv"', '"power"', "quenching: write .* one of lindhard, linear, table"),
        ('"table", file = "quenching.csv"', '["linear"]', "quenching: write .* one of lindhard, linear, table"),
        ("[0.1, 10.0]", f"[0.1, 1{'0' * 400}]", "channels.nr.nuclei: a number above 1e\\+15 is too large"),
        ('"table", file = "quenching.csv"', '"linear", k = 0.2', "quenching.k: no such key; known: model, factor"),
        ('"table", file = "quenching.csv"', '"lindhard", factor = 0.2', "quenching.factor: no such key"),
        ('file = "acceptance.csv"', 'file = "../acceptance.csv"', "must be the name of a .csv file beside this one"),
        ('file = "acceptance.csv"', 'file = "other.csv"', "acceptance_nuclei.file: there is no other.csv"),
        ('file = "acceptance.csv"', 'file = "quenching.csv"', "acceptance_nuclei: a share must not exceed 1"),
        (', outside = "flat"', "", r"background\[1\].rate: neutrons.csv goes from 1 to 4 keV and does not cover"),
        ('"flat"', '"up"', "rate.outside: 'up': one of flat, zero"),
        ('column = "b"', 'column = "c"', r"background\[1\].rate.file: neutrons.csv: there is no column 'c' in line 1"),
        ("passes = 0.01", "passes = 2", "passes: 2 must be a number 0 or more, at most 1"),
        (
            'quenching = { model = "table", file = "quenching.csv" }',
            "",
            "no window of electrons: give the key quenching",
        ),
        ('quenching = "f"', "", "references.quenching: is missing"),
        ('programme = "supercdms"', 'programme = "Super CDMS"', "programme: 'Super CDMS' must be lower-case"),
        ('assumptions = ["It exists."]', 'cites = ["Newton 1687"]', "cites: no reference 'Newton 1687'"),
        ("[channels.nr]", "[channels.nr", "is not a TOML file"),
        ("exposure = 0.1", f"exposure = 1{'0' * 5000}", "is not a TOML file"),  # more digits than Python reads
        ("exposure = 0.1", "exposure = 1e308", r"exposure: a number above 1e\+15 is too large \(t yr\)"),
        ("rate = 1000.0", "rate = 1e308", r"background\[0\].rate: a number above 1e\+15 is too large"),
        ("[0.1, 10.0]", "[0.1, 10.0]\nresolution_nuclei = {}", r"nr.resolution_nuclei: write { root = 0.4 }"),
        ("[0.1, 10.0]", "[0.1, 10.0]\nresolution_nuclei = 0.1", "nr.resolution_nuclei: write a table"),
        ("[0.1, 10.0]", "[0.1, 10.0]\nresolution_nuclei = { root = 0 }", "one number at least must be above 0"),
        ("[0.1, 10.0]", "[0.1, 10.0]\nresolution_nuclei = { sqrt = 0.1 }", "resolution_nuclei.sqrt: no such key"),
        ("[0.1, 10.0]", "[0.1, 10.0]\nresolution_electrons = { root = 0.1 }", "resolution_electrons: no such key"),
        (
            "acceptance_nuclei =",
            "resolution_nuclei = { linear = 0.1 }\nacceptance_nuclei =",
            "goes from 0.1 to 20 keV and",
        ),
    ],
)
def test_what_a_file_of_a_user_may_have_wrong(folder, spoiled, old, new, says):
    file = folder / "mine.toml"
    file.write_text(spoiled(file.read_text(), old, new))
    with pytest.raises(ExperimentFileError, match=rf"mine\.toml.*{says}"):
        read_experiment(folder, "mine")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "a header and two rows at least are needed"),
        ("E,a,b\n1,7,2\n", "a header and two rows at least are needed"),
        ("# no header\n0.1,7,2\n1,7,2\n4,7,4\n", "line 2 is not a header; begin with the names of the columns"),
        ("E,a,b\n1,7\n4,7,4\n", "line 2 has no numbers below 1e\\+15 in columns 1 and 3"),
        ("E,a,b\n1,7,2\n\n4,7,four\n", "line 4 has no numbers"),
        ("E,a,b\n1,7,2\nnan,7,3\n4,7,4\n", "line 3 has no numbers"),
        ("E,a,b\n1,7,inf\n4,7,4\n", "line 2 has no numbers"),
        ("E\n1\n4\n", "there is no column 'b' in line 1"),
        ("E,a,b\n1,7,2\n4,7,4\n4,7,5\n", "line 4: its energy is not above that of the row before; sort rows"),
        ("E,a,b\n1,7,2\n4,7,-4\n", "line 3: its value is negative"),
        ("E;a;b\n1;7;2\n4;7;4\n", "there is no column 'b' in line 1"),
        (f"E,a,b\n1,7,2\n4,7,{'4' * 140_000}\n", "line 3 cannot be read: field larger than field limit"),
        ("E,a,b\n1,7,2\n4,7,1e308\n", "line 3 has no numbers below"),
        (b"\xff\xfeE", "is not plain text; save it as CSV in UTF-8"),
    ],
)
def test_what_a_table_of_a_user_may_have_wrong(folder, text, says):
    (folder / "neutrons.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ExperimentFileError, match=rf"mine\.toml.*background\[1\]\.rate\.file: neutrons\.csv.*{says}"):
        read_experiment(folder, "mine")


def test_backgrounds(folder):
    # 0.05 t yr of 10/keVee over 3 keVee, and of 2 below 1 keVnr, 2 to 4, and 4 above 4 keVnr
    (channel,) = read_experiment(folder, "mine").channels
    assert channel.background == pytest.approx(0.05 * (10 * 3 + 2 * 0.9 + 3 * 3 + 4 * 6), rel=1e-12)


def test_a_quenching_that_turns_a_window_round(folder):
    (folder / "quenching.csv").write_text("E_keVnr,E_keVee\n0.1,3\n10,1\n")
    with pytest.raises(ExperimentFileError, match=r"mine\.toml: quenching: the window .* becomes 3 to 1 keVee"):
        read_experiment(folder, "mine")


def test_a_table_with_windows_lines_and_spaces(folder):
    before = read_experiment(folder, "mine").channels[0].background
    (folder / "neutrons.csv").write_bytes(b'"E", a, b\r\n1, 7, 2\r\n\r\n4, 7, 4\r\n')
    assert read_experiment(folder, "mine").channels[0].background == before
