"""The commands about constraints: lists of them, and why a point is excluded."""

import json

import physics


def test_list_of_all(lmutau):
    code, out = lmutau("constraints")
    assert code == 0
    names = [line.split()[0] for line in out.splitlines() if line]
    assert set(physics.constraints()) <= set(names)
    assert "--set current: what a summary of 2026 must have" in out.splitlines()


def test_list_of_a_set_names_what_is_absent(lmutau):
    _, out = lmutau("constraints", "--set", "current")
    assert "readings: 2026" in out
    lines = [line for line in out.splitlines() if line.startswith("Absent: ")]
    assert {line.split(": ")[1] for line in lines} == set(physics.constraint_set("current").absent)
    assert "Absent: na64_mu: NA64" in out
    assert "(ccfr)" in out
    assert "sensei" not in out


def test_json_has_what_rows_say(lmutau):
    _, out = lmutau("constraints", "--set", "paper:amaral-2020", "--json")
    content = json.loads(out)
    row = content["constraints"]["g2_BNL2006"]
    assert (row["kind"], row["likelihood"], row["alternative"]) == ("hint", "gaussian", "g-2")
    assert row["value"] == physics.constraints()["g2_BNL2006"].value
    assert content["constraints"]["n_eff_amaral"]["lower"] is None
    assert content["set"]["readings"] == "paper:amaral-2020"


def test_a_set_that_is_not_there(lmutau):
    code, out = lmutau("constraints", "--set", "2020")
    assert code == 2
    assert "known: current, paper:drees-zhao-2021" in out


def test_why(lmutau):
    code, out = lmutau("point", "m_X=10", "g_X=5e-4", "--why")
    assert code == 0
    (row,) = [line for line in out.splitlines() if line.startswith("borexino_joint")]
    assert "excluded" in row
    assert "g_X <= 0.0004334" in row
    assert "excluded by white_dwarf_present, borexino_joint; most by borexino_joint" in out.splitlines()
    assert "na64_mu" in out
    assert "give mass_ratio" in out


def test_why_by_a_paper(lmutau):
    point = ["m_X=23", "g_X=4.5e-4", "mass_ratio=0.5033", "q_psi=1"]
    _, out = lmutau("point", *point, "--why", "--set", "paper:drees-zhao-2021")
    assert "not excluded" in out.splitlines()
    _, out = lmutau("point", *point, "mass_ratio=None", "--why")
    assert "mass_ratio is given twice" in out


def test_why_says_where_a_value_is_missing(lmutau):
    _, out = lmutau("point", "m_X=20", "g_X=5", "mass_ratio=0.6", "q_psi=10", "--why")
    assert "No value for cmb: defined only where there is dark matter: mass_ratio is finite, q_psi g_X < pert" in out
    assert "No value for white_dwarf_present: white_dwarf_excess: defined only where" in out


def test_options_that_do_not_go_together(lmutau):
    code, out = lmutau("point", "m_X=20", "--why", "--csv")
    assert code == 2
    assert "--csv goes neither with --json nor with --why" in out
    code, out = lmutau("point", "m_X=20", "--why", "--readings", "2026")
    assert code == 2
    assert "a set of constraints has its own" in out
