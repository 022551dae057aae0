"""Points and tables: values, reasons for their absence, documentation, plugins."""

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
    assert "relic_density" not in out, "mass_ratio was not given"


def test_point_says_what_the_constraints_say(lmutau):
    """The first star of Kamada et al. 2018 is excluded by the physical reading of Borexino, and explains g-2."""
    names = ["borexino_8percent_ratio", "delta_a_mu", "n_eff"]
    _, out = lmutau("point", "m_X=10", "g_X=5e-4", "mass_ratio=0.6", *(a for n in names for a in ("-o", n)))
    lines = dict(line.split(": ", 1) for line in out.splitlines() if ": " in line)
    assert "borexino_8percent (borexino_8percent_ratio = 1.16" in lines["Excluded by"]
    assert "n_eff_bbn (n_eff = 3.42" in lines["Excluded by"]
    assert "g2_FNAL2021" in lines["Preferred by"]
    assert "g2_WP2025" in lines["Not preferred by"]
    _, out = lmutau("point", "m_X=50", "g_X=7e-4", "-o", "borexino_8percent_ratio")
    assert "Not excluded by: borexino_8percent" in out.splitlines()


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
    assert out.splitlines()[-1] == f"No value for {says}"


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
