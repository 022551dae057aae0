"""Points and tables: values, reasons for their absence, documentation, plugins."""

import json
import os
import re
from pathlib import Path

import pytest

import physics


def test_point(lmutau):
    code, out = lmutau("point", "m_X=20", "g_X=5e-4")
    assert code == 0
    (row,) = [line for line in out.splitlines() if line.startswith("delta_a_mu ")]
    assert "2.030157751e-09" in row
    assert "Drees & Zhao 2021, eq. (2.6)" in row
    assert not [line for line in out.splitlines() if line.startswith("relic_density ")], "mass_ratio was not given"


def row_of(out, name):
    """The row of a table, split where two spaces are."""
    (line,) = [line for line in out.splitlines() if line.startswith(f"{name} ")]
    return re.split("  +", line.strip())


def test_the_verdict_by_subject(lmutau):
    """The first star of Kamada et al. 2018: the physical reading of Borexino excludes it, and it explains g-2."""
    code, out = lmutau("point", "m_X=10", "g_X=5e-4", "mass_ratio=0.6")
    assert code == 0
    assert row_of(out, "borexino_joint")[1:5] == ["borexino_joint_chi2", "7.407", "below 2.7055", "excluded"]
    assert row_of(out, "(borexino_8percent)")[4] == "excluded"
    assert row_of(out, "(g2_FNAL2021)")[4] == "preferred"
    assert row_of(out, "g2_WP2025")[4] == "not preferred"
    assert row_of(out, "(white_dwarf_cooling)")[4] == "reachable", "a projection"
    assert row_of(out, "cmb")[3] == "no statement: give q_psi"
    subjects = [line.strip()[:-1] for line in out.splitlines() if line.strip().endswith(":")]
    assert subjects[-5:] == ["early universe", "laboratory", "dark matter", "white dwarf", "neutrino"]
    last = out.splitlines()[-1]
    assert last.startswith("Excluded by n_eff_2026 (n_eff = 3.425, not below 3.151), white_dwarf_present (")
    assert "; most by n_eff_2026" in last
    assert "no statement by cmb, relic_overabundance" in last


def test_a_verdict_of_some_observables(lmutau):
    _, out = lmutau("point", "m_X=23", "g_X=5e-5", "-o", "borexino_joint_chi2")
    assert out.splitlines()[-1] == "Not excluded by borexino_joint"
    _, out = lmutau("point", "m_X=23", "g_X=5e-5", "-o", "delta_a_mu")
    assert out.splitlines()[-1] == "No statement: no limit of the set current has a value here"
    _, out = lmutau("point", "m_X=10", "g_X=5e-4", "-o", "n_eff_three_bath", "--set", "paper:kamada-2018")
    assert "Excluded by n_eff_kamada" in out.splitlines()[-1]


def test_a_papers_readings_have_the_papers_limits(lmutau):
    _, out = lmutau("point", "m_X=10", "g_X=5e-4", "-o", "n_eff_three_bath", "--readings", "paper:kamada-2018")
    assert "Excluded by n_eff_kamada (n_eff_three_bath = 3.5" in out.splitlines()[-1]


def test_a_limit_of_ones_own_counts(lmutau, registry):
    physics.constraint(physics.Constraint("mine", "delta_a_mu", "limit", "mine", "a paper", upper=1e-12))
    _, out = lmutau("point", "m_X=23", "g_X=5e-4", "-o", "delta_a_mu")
    assert out.splitlines()[-1].startswith("Excluded by mine (delta_a_mu = 1.9")


def test_patterns(lmutau):
    _, out = lmutau("point", "m_X=23", "g_X=5e-5", "-o", "borexino_phase*_g_X", "-o", "delta_a_mu", "--csv")
    assert out.splitlines()[0] == "m_X,g_X,borexino_phase1_g_X,borexino_phase2_g_X,delta_a_mu,verdict,excluded_by"
    code, out = lmutau("point", "m_X=23", "g_X=5e-5", "-o", "foo*")
    assert (code, "-o foo*: no observable fits" in out) == (2, True)
    code, out = lmutau("point", "m_X=23", "-o", "n_ef[f]")
    assert code == 2
    assert "give g_X (needed by n_eff); give mass_ratio (needed by n_eff)" in out


@pytest.mark.parametrize("value", ["23MeV", "0.023GeV", "23000keV", "2.3e7eV", "23e-6TeV", "0.023 GeV", "+23.MeV"])
def test_units(lmutau, value):
    _, out = lmutau("point", f"m_X={value}", "-o", "sigma_monophoton", "g_X=1e-3", "--csv")
    assert out == lmutau("point", "m_X=23", "-o", "sigma_monophoton", "g_X=1e-3", "--csv")[1]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("m_X=23kg", "m_X = 23 kg: m_X is in MeV; units that it may have: eV, keV, MeV, GeV, TeV"),
        ("g_X=5MeV", "g_X = 5 MeV: g_X has no unit; write g_X=5"),
        ("wd_mass=1MeV", "wd_mass = 1 MeV: wd_mass is in Msun; units that it may have: Msun"),
        ("m_X=1..3", "m_X = '1..3' is not a number"),
        (
            "m_X=geomspace:5,200",
            "m_X: geomspace: [start, stop, number] is needed, such as [1, 100, 50] (got [5.0, 200])",
        ),
        ("m_X=geomspace:200,5,3", "must ascend"),
        ("m_x=geomspace:5,200,3", "no parameter 'm_x'; did you mean m_X"),
        ("m_X=linspace:5,200,3.5", "m_X: linspace.number: Input should be a valid integer"),
        ("m_X=linspace:5,200,20000", "20,000 points are more than 10,000: make a scan of them"),
        ("m_X=-1,2", "m_X = -1.0 is not allowed: m_X > 0 [MeV]"),
        ("metallicity=GS98,GS99", "metallicity = 'GS99' is not allowed"),
    ],
)
def test_values_that_cannot_be(lmutau, value, says):
    code, out = lmutau("point", value)
    assert code == 2
    assert says in out


def test_a_table_of_points(lmutau):
    grid = ["m_X=10MeV,0.02GeV", "g_X=geomspace:1e-4,1e-2,3", "metallicity=AGSS09,GS98"]
    code, out = lmutau("point", *grid, "-o", "borexino_phase1_chi2", "-o", "borexino_joint_chi2", "--csv")
    assert code == 0
    header, *rows = [line.split(",") for line in out.splitlines()]
    assert header == [
        "m_X",
        "g_X",
        "metallicity",
        "borexino_phase1_chi2",
        "borexino_joint_chi2",
        "verdict",
        "excluded_by",
    ]
    assert len(rows) == 12
    for m_X, g_X, metallicity, value, _, verdict, by in rows:
        alone = physics.evaluate("borexino_phase1_chi2", m_X=float(m_X), g_X=float(g_X), metallicity=metallicity)
        assert float(value) == alone
        assert by == ("borexino_joint" if verdict == "excluded" else "")
    _, out = lmutau("point", *grid, "-o", "borexino_joint_chi2")
    assert out.splitlines()[0].split() == ["m_X", "g_X", "metallicity", "borexino_joint_chi2", "verdict", "by"]
    assert out.splitlines()[-2].split()[:3] == ["20", "0.01", "GS98"]


def test_json_of_points(lmutau):
    _, out = lmutau(
        "point", "m_X=10,600", "g_X=5e-4", "mass_ratio=None", "q_psi=1", "-o", "kloe_r", "-o", "n_eff", "--json"
    )
    first, second = json.loads(out, parse_constant=pytest.fail)["points"]
    assert first["given"] == {"m_X": 10.0, "g_X": 5e-4, "mass_ratio": None, "q_psi": 1.0}
    assert first["readings"] == "2026 (defaults)"
    kloe = first["observables"]["kloe_r"]
    assert (kloe["value"], kloe["status"], kloe["subject"]) == (None, "outside_domain", "laboratory")
    assert "defined only where 519 MeV" in kloe["reason"]
    assert second["observables"]["kloe_r"]["value"] > 0
    assert (first["verdict"], first["excluded_by"], first["most_by"]) == ("excluded", ["n_eff_2026"], "n_eff_2026")
    assert first["constraints"]["n_eff_2026"]["value"] == first["observables"]["n_eff"]["value"]
    assert first["constraints"]["kloe"]["verdict"] == "no statement"
    assert second["verdict"] == "allowed"


def test_quiet(lmutau):
    point = ["m_X=23", "g_X=5e-5", "-o", "delta_a_mu"]
    _, loud = lmutau("point", *point)
    _, quiet = lmutau("point", *point, "--quiet")
    assert [line for line in loud.splitlines() if line not in quiet.splitlines()] == [
        "readings: 2026 (defaults)", "In brackets: does not count in the set current.",
    ]  # fmt: skip


def test_a_particle_that_is_not_there(lmutau):
    _, out = lmutau("point", "m_X=20", "g_X=5e-4", "mass_ratio=None", "-o", "n_eff_entropy")
    assert f"{physics.evaluate('n_eff_entropy_X_only', m_X=20):.10g}" in out


def test_point_with_a_category(lmutau):
    _, out = lmutau("point", "g_X=1", "kinetic_mixing=hypercharge", "-o", "epsilon")
    assert "-0.02164936668" in out


def test_point_on_the_relic_line(lmutau):
    line = ["m_X=15", "g_X=5e-4", "q_psi=1", "mass_ratio=bound:mass_ratio_relic_above"]
    code, out = lmutau("point", *line)
    assert code == 0
    assert re.search(r"relic_density +0\.12 ", out)
    assert "0.5083" in out


ON_THE_LINE = ["q_psi=1", "mass_ratio=bound:mass_ratio_relic_above"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["m_X=20000", "g_X=5e-4", "-o", "sigma_monophoton"], "sigma_monophoton: defined only where m_X < sqrt_s"),
        (
            ["g_X=1e-3", "gauge_group=B-L", "-o", "epsilon"],
            "epsilon: mixing_per_coupling is for gauge_group = Lmu-Ltau, not B-L",
        ),
        (
            ["m_X=9e4", "g_X=1e-3", "g_star=1e9", *ON_THE_LINE, "-o", "cmb_ratio"],
            "cmb_ratio: mass_ratio_relic_above: no solution",
        ),
    ],
)
def test_point_says_why_there_is_no_value(lmutau, arguments, says):
    code, out = lmutau("point", *arguments)
    assert code == 0
    assert f"No value for {says}" in out.splitlines()


def test_where_the_status_says_it_all(lmutau):
    _, out = lmutau("point", "m_X=20", "g_X=1e-9", "mass_ratio=0.6", "q_psi=1", "-o", "relic_density")
    assert re.search("relic_density +no solution ", out)
    assert "No value" not in out


def test_tables(lmutau):
    _, out = lmutau("observables")
    assert "relic_density" in out
    assert "g_star=10.75" in out
    _, out = lmutau("parameters", "--markdown")
    assert "| m_X | MeV |  | m_X > 0 |" in out


def test_the_documentation_of_one(lmutau):
    assert lmutau("observables", "epsilon") == (0, physics.document("epsilon").rstrip() + "\n")


MINE = """
import numpy as np
import physics
from physics.core.compiled import compiled

@compiled
def squared(x):
    return x * x

physics.parameter("charge", "a charge", default=2.0, label="$q$")

@physics.observable(unit="1", label="mine", reference="Drees & Zhao 2021, eq. (2.2)")
def mine(g_X, charge):
    "The square of the coupling."
    return charge * squared(g_X)
"""


def test_what_a_plugin_adds(process, tmp_path):
    """In processes of their own, since what is added stays; the second one finds the compiled function in the cache."""
    (tmp_path / "mine.py").write_text(MINE)
    there = {"env": os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")}}
    point = ["point", "g_X=3", "charge=1", "--plugin", "mine.py", "-o", "mine"]
    first, again = process(*point, **there), process(*point, **there)
    assert re.search("mine +9 +1 +The square of the coupling", first.stdout)
    assert first.stderr.startswith("compiling, once ")
    assert (again.stdout, again.stderr) == (first.stdout, "")
    assert "charge : charge > 0, default 2.0" in process("observables", "mine", "--plugin", "mine.py").stdout
    without = process("point", "g_X=3", "charge=1")
    assert without.returncode == 2
    assert without.stderr.startswith("lmutau: no parameter 'charge'")


def test_the_table_in_the_docs_is_the_registrys(lmutau):
    written = Path(__file__).parents[3].joinpath("docs", "observables.md").read_text()
    _, table = lmutau("observables", "--markdown")
    assert written == f"# Observables\n\n{table}", "write `lmutau observables --markdown` into docs/observables.md"


LIMIT = ["m_X=20", "-o", "borexino_phase2_g_X"]


def test_point_by_the_readings_of_a_paper(lmutau):
    """Eq. (33) of Amaral et al. 2020: 0.036/GeV."""
    code, out = lmutau("point", "--readings", "paper:amaral-2020", *LIMIT)
    assert code == 0
    assert re.search(r"borexino_phase2_g_X +0\.00072388", out)
    assert "readings: paper:amaral-2020" in out.splitlines()
    _, out = lmutau("point", *LIMIT)
    assert "readings: 2026 (defaults)" in out.splitlines()


def test_what_is_given_wins_over_the_set(lmutau):
    _, out = lmutau("point", "--readings", "paper:amaral-2020", "kinetic_mixing=photon", *LIMIT)
    assert "readings: paper:amaral-2020, with kinetic_mixing = photon" in out.splitlines()
    assert re.search(r"borexino_phase2_g_X +0\.00088657", out), "sqrt(3/2) weaker"


def test_a_set_determines_no_observables(lmutau):
    _, out = lmutau("point", "--readings", "paper:amaral-2020", "g_X=1")
    rows = [line.split()[0] for line in out.splitlines() if line and "  " in line]
    assert "epsilon" in rows
    assert "solar_p_ee" not in rows, "it depends on what the set holds, but not on what is given"
    code, out = lmutau("point", "--readings", "paper:amaral-2020")
    assert code == 2
    assert "determine no observable" in out


def test_an_unknown_set_of_readings(lmutau):
    code, out = lmutau("point", "--readings", "amaral", "m_X=20")
    assert code == 2
    assert "no set of readings 'amaral'; known: 2026, paper:drees-zhao-2021, paper:amaral-2020" in out


def test_table_of_readings(lmutau):
    code, out = lmutau("readings")
    assert code == 0
    assert re.search(r"paper:amaral-2020 +cenns10_error +poisson +measured", out)
    assert "2026: the defaults" in out
