"""Status, verification, summary and citations of stores; also of one that this release knows little of."""

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


def test_cite(lmutau, store):
    code, out = lmutau("cite", store.path)
    assert code == 0
    assert "arXiv:2107.14528" in out
    assert "@article{Drees:" in out
    _, out = lmutau("cite", store.path, "--bibtex")
    assert out.startswith("@article{")


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
