"""Status, verification, summary and citations of stores; also of one that this release knows little of."""

import csv
import json
import re

import pytest

from physics import Constraint, constraint


def test_status_and_verify_of_an_unfinished_store(lmutau, empty_store):
    family, index = next(empty_store.pending())
    empty_store.write_block(family, index, empty_store.compute_block(family, index))
    code, out = lmutau("status", empty_store.path)
    assert code == 0
    assert f"1/{family.n_blocks}" in out
    assert "not computed" in out
    code, out = lmutau("verify", empty_store.path)
    assert code == 3
    assert "blocks are not computed yet: lmutau run" in out


def test_summary(lmutau, store):
    code, out = lmutau("summary", store.path)
    assert code == 0
    assert "respect all limits (n_eff_bbn_drees_zhao, relic_overabundance, cmb)" in out
    assert "readings: 2026 (defaults)" in out.splitlines()


def test_alternatives_are_no_conjunction(lmutau, store, registry):
    """A limit that shares its data with another one does not count beside it."""
    _, out = lmutau("summary", store.path)
    (before,) = [line for line in out.splitlines() if "respect all limits" in line]
    nothing = Constraint("n_eff_mine", "n_eff_entropy", "limit", "mine", "mine", upper=1.0, alternative="N_eff")
    constraint(nothing)
    _, out = lmutau("summary", store.path)
    assert before in out.splitlines()
    assert "alternatives that are left out: n_eff_mine" in out.splitlines()


def test_summary_by_a_set(lmutau, store):
    _, out = lmutau("summary", store.path, "--set", "current")
    assert "current: not in this store: n_eff_2026, white_dwarf_present, borexino_joint" in out
    assert "respect all limits (cmb, relic_overabundance)" in out
    code, out = lmutau("summary", store.path, "--set", "2020")
    assert code == 2
    assert "no set of constraints '2020'; known: current" in out


def test_summary_says_where_the_survivors_are(lmutau, store):
    _, out = lmutau("summary", store.path, "--set", "paper:drees-zhao-2021")
    lines = [line.split() for line in out.splitlines()]
    (m_X,) = [line for line in lines if line[:1] == ["m_X"] and line[-2:] == ["of", "4"]]
    assert m_X[3] == "MeV"
    assert float(m_X[1]) < float(m_X[2])
    (best,) = [i for i, line in enumerate(lines) if "tightest limit" in " ".join(line)]
    assert lines[best][:3] == ["m_X", "g_X", "mass_ratio"]
    assert re.search(r"^Excludes most: \w+, [\d.]+ % of the points$", out, re.MULTILINE)
    assert re.search(r"^Excludes most that no other does: \w+, [\d.]+ %$", out, re.MULTILINE)
    rows = {line[0]: line for line in lines if line}
    assert "hint" in rows["(g2_FNAL2021)"]


def test_summary_as_json_and_points_as_csv(lmutau, store, tmp_path):
    code, out = lmutau("summary", store.path, "--set", "current", "--points", "left.csv", "--json")
    assert code == 0, out
    said = json.loads(out, parse_constant=pytest.fail)
    header, *rows = csv.reader((tmp_path / "left.csv").read_text().splitlines())
    assert header == ["m_X [MeV]", "g_X", "mass_ratio", "minus_two_ln_l", "tightest", "times_limit"]
    assert len(rows) == said["respect_all_limits"]
    assert len({row[1] for row in rows}) == said["axes"]["g_X"]["survive"]
    assert said["limits"] == ["cmb", "relic_overabundance"]
    assert {float(row[1]) for row in rows} <= set(store.grid.axes["g_X"].values)
    assert min(float(row[1]) for row in rows) == said["axes"]["g_X"]["from"]
    best = min(rows, key=lambda row: float(row[3]))
    assert said["best"][0]["point"] == dict(zip(("m_X", "g_X", "mass_ratio"), map(float, best[:3]), strict=True))
    assert said["best"][0]["tightest"] == best[4]
    assert said["constraints"]["g2_WP2025"]["counts"] is False
    code, out = lmutau("summary", store.path, "--points", "left.csv")
    assert (code, "exists; choose another name" in out) == (2, True)
    code, out = lmutau("summary", store.path, "--points", "left.txt")
    assert (code, "end the name in .csv" in out) == (2, True)
    assert sorted(p.name for p in tmp_path.glob("left*")) == ["left.csv"]


def test_a_store_without_limits(lmutau, finished, tmp_path):
    scan = """
[scan]
title = "no limit"
observables = ["gamma_X_neutrinos", "delta_a_mu"]
[axes]
m_X = { values = [5, 23] }
g_X = { values = [1e-4] }
"""
    store = finished(scan, tmp_path / "free.zarr")
    code, out = lmutau("summary", store.path)
    assert code == 0
    assert "This store has no observable of a limit." in out
    code, out = lmutau("summary", store.path, "--json")
    assert json.loads(out)["limits"] == []
    code, out = lmutau("answer", store.path, "--set", "cmb")
    assert code == 2
    assert "cmb" in out


@pytest.mark.parametrize("command", ["status", "summary", "verify", "cite"])
def test_json_of_a_store(lmutau, store, command):
    code, out = lmutau(command, store.path, "--json", "--quiet")
    assert code == 0
    json.loads(out, parse_constant=pytest.fail)


def test_json_says_what_the_table_says(lmutau, store):
    _, out = lmutau("status", store.path, "--json")
    state = json.loads(out)
    assert (state["state"], len(state["families"])) == ("complete", len(store.families))
    family = next(f for f in state["families"] if "relic_density" in f["observables"])
    assert family["axes"] == {"m_X": 4, "g_X": 5, "mass_ratio": 3}
    assert family["done"] == family["blocks"]
    assert sum(family["statuses"].values()) == family["values"] == 120
    store.array("delta_a_mu")[0, 0] = float("nan")
    code, out = lmutau("verify", store.path, "--json")
    assert code == 3
    assert "disagree with their status" in json.loads(out)["problems"][0]


def test_cite(lmutau, store):
    code, out = lmutau("cite", store.path)
    assert code == 0
    assert "Phys. Rev. D 93 (2016) 023527, arXiv:1506.03811, doi:10.1103/PhysRevD.93.023527" in out
    assert "@article{Drees:" in out
    _, bibtex = lmutau("cite", store.path, "--bibtex")
    assert bibtex.startswith("@article{")
    assert out.endswith(bibtex)
    assert bibtex.count("{") == bibtex.count("}")
    keys = re.findall(r"^@(?:article|misc)\{([^,]+),$", bibtex, re.MULTILINE)
    assert len(keys) == len(set(keys)) == bibtex.count("\n}")


def test_cite_has_the_constraints_and_lmutau(lmutau, store):
    _, out = lmutau("cite", store.path, "--json")
    entries = {entry["name"]: entry for entry in json.loads(out)["entries"]}
    assert entries["Muon g-2 2006"]["cited_by"] == ["constraints"], "no observable of the store takes it from there"
    assert entries["Drees & Zhao 2021"]["cited_by"] == ["observables", "constraints"]
    program = entries["lmutau"]
    assert program["version"] == store.made_with["versions"]["lmutau"]
    assert str(program["year"]) == store.attribute("created")[:4]
    assert program["bibtex"].startswith("@misc{lmutau,")


def test_cite_names(lmutau):
    _, out = lmutau("cite", "lz", "borexino_joint", "babar_4mu", "quick", "--json")
    names = {entry["name"]: entry["cited_by"] for entry in json.loads(out)["entries"]}
    assert names["LZ 2017"] == ["experiments"]
    assert "constraints" in names["Borexino 2019"]
    assert "limits" in names["BaBar 2016"]
    assert names["lmutau"] == ["lmutau"]
    _, out = lmutau("cite", "--bibtex")
    assert out.startswith("@misc{lmutau,"), "without a name: the program alone"
    code, out = lmutau("cite", "nothing.zarr")
    assert (code, "nothing is called 'nothing.zarr'" in out) == (2, True)
    code, out = lmutau("cite", "m_X")
    assert (code, "m_X is a parameter: that has no references" in out) == (2, True)


def test_cite_what_a_bound_parameter_follows(lmutau, bound_store):
    assert "@article{Drees:" in lmutau("cite", bound_store.path)[1]


# --- a store of which this release lacks an axis, a parameter, observables and a constraint ---------------------------


def test_status_of_a_foreign_store(lmutau, foreign_store):
    code, out = lmutau("status", foreign_store.path)
    assert code == 0, out
    assert "m_V, g_X" in out
    assert "outside domain 5" in out


def test_summary_of_a_foreign_store(lmutau, foreign_store):
    code, out = lmutau("summary", foreign_store.path)
    assert code == 0, out
    assert "n_eff_bbn_drees_zhao" in out
    assert "no such constraint: foreign_limit" in out
    assert "respect all limits (n_eff_bbn_drees_zhao)" in out


def test_cite_and_verify_of_a_foreign_store(lmutau, foreign_store):
    code, out = lmutau("cite", foreign_store.path)
    assert code == 0
    assert "@article{Drees:" in out
    code, out = lmutau("verify", foreign_store.path)
    assert "Nothing was computed again" in out
    assert "foreign_strength" in out


def test_a_foreign_store_cannot_be_computed_here(lmutau, foreign_store):
    (family, index), *_ = ((f, i) for f in foreign_store.families for i in f.blocks())
    foreign_store.marker(family, index).unlink()
    code, out = lmutau("run", foreign_store.path)
    assert code == 2
    assert "lacks plugin foreign.py" in out
    assert "Name the plugins: --plugin" in out


@pytest.mark.parametrize("plugin", [[], ["--plugin", "foreign.py"]])
def test_with_its_plugin_it_is_no_longer_foreign(process, foreign_store, plugin):
    result = process("summary", foreign_store.path, *plugin)
    assert result.returncode == 0, result.stderr
    assert ("foreign_limit " in result.stdout) == bool(plugin)
