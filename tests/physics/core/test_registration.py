"""Registration: names, branches, definitions that are run again."""

import importlib
import os
import pickle
import re

import pytest

import physics
from physics.core.branch import Domain
from physics.core.graph import nodes, refusal
from physics.core.parameter import parameter
from physics.core.references import cited
from physics.core.registration import branch, check_registry, intermediate, observable

REFERENCE = "Drees & Zhao 2021, eq. (1)"
every_observable = pytest.mark.parametrize("name", list(physics.observables()))


@every_observable
def test_contract_of_metadata(name):
    node = physics.observables()[name]
    factor = r"[A-Za-z]+(\^-?\d+)?(/[A-Za-z]+(\^\d+)?)*"
    assert re.fullmatch(rf"1|{factor}( {factor})*", node.unit), node.unit
    assert cited([node.references]), "a reference names an entry of the bibliography"
    assert re.search(r"eqs?\. \(", node.references), "a reference names an equation"
    assert node.label
    for b in node.branches:
        assert pickle.loads(pickle.dumps(b.function)) is b.function


def test_nothing_is_registered_of_a_function_that_is_refused(register):
    def with_default(m_X=1):
        return m_X

    with pytest.raises(physics.RegistryError, match="defaults belong to"):
        register(with_default)
    with pytest.raises(physics.RegistryError, match="gauge_group = 'SU3' is no choice"):
        register(with_default.__class__(with_default.__code__, {}, "other"), when={"gauge_group": "SU3"})
    with pytest.raises(physics.UnknownNameError, match="did you mean gauge_group"):
        register(lambda m_X: m_X, when={"gauge_grop": "B-L"})
    assert not {"with_default", "other", "<lambda>"} & nodes().keys()


def test_a_name_is_registered_once(register):
    def twice(m_X):
        return m_X

    register(twice)

    def twice(g_X):
        return g_X

    with pytest.raises(physics.RegistryError, match="'twice' is registered twice; give the second function another"):
        register(twice)

    def g_X(m_X):
        return m_X

    with pytest.raises(physics.RegistryError, match="'g_X' is registered twice"):
        register(g_X)
    assert physics.evaluate("twice", m_X=2.0) == 2.0


def test_a_parameter_has_a_name_of_its_own(scratch):
    check_registry()
    parameter("gamma_X", "an observable has the name already")
    with pytest.raises(physics.RegistryError, match="'gamma_X' is a parameter and an observable"):
        check_registry()


@pytest.mark.parametrize(
    "when",
    [
        {"colour": "green"},
        {"colour": ("blue", "green")},
        {"gauge_group": "B-L"},
        {"colour": "red", "gauge_group": "B-L"},
    ],
    ids=str,
)
def test_two_functions_for_one_choice_are_refused(colours, when):
    def another(m_X):
        return m_X

    with pytest.raises(physics.RegistryError, match="'shade' has two functions for "):
        branch("shade", when=when)(another)
    branch("shade", when={"colour": "blue", "gauge_group": "B-L"})(another)
    chosen = {"colour": "blue", "gauge_group": "Lmu-Ltau"}
    assert refusal("shade", chosen) == "shade is not for colour = blue, gauge_group = Lmu-Ltau together"


def test_a_node_for_every_choice_has_no_branches(register):
    def plain(m_X):
        return m_X

    register(plain)
    with pytest.raises(physics.RegistryError, match="'plain' has two functions for gauge_group = B-L"):
        branch("plain", when={"gauge_group": "B-L"})(lambda m_X: 2 * m_X)
    with pytest.raises(physics.RegistryError, match=re.escape("a branch of plain needs when={parameter: choice}")):
        branch("plain", when={})(lambda m_X: 2 * m_X)


def test_a_branch_may_come_before_its_node_but_not_without(scratch):
    parameter("colour", "a choice", label="c", default="red", choices=("red", "green"))
    branch("later", when={"colour": "green"})(lambda m_X: 2 * m_X)
    with pytest.raises(physics.RegistryError, match="<lambda> is a branch of 'later', which is not registered"):
        check_registry()
    with pytest.raises(physics.UnknownNameError, match="no observable 'later'"):
        physics.evaluate("later", m_X=1.0)

    @intermediate(when={"colour": "red"})
    def later(m_X):
        return m_X

    @observable(unit="1", label="a", reference=REFERENCE)
    def user(later):
        return later

    check_registry()
    assert physics.evaluate("user", m_X=[1.0, 1.0], colour=["red", "green"]).tolist() == [1.0, 2.0]


def test_one_function_may_serve_two_nodes_and_two_choices(register, colours):
    def deep(depth):
        return depth**2

    branch("shade", when={"colour": "blue"})(register(deep))
    assert physics.evaluate("deep", depth=3.0) == physics.evaluate("shade", depth=3.0, colour="blue") == 9.0


def test_a_branch_adds_its_domain_and_reference(register, colours):
    shallow = Domain("depth < 2", lambda depth: depth < 2)

    def shade_of_blue(depth):
        return depth

    branch("shade", when={"colour": "blue"}, domain=shallow, reference=REFERENCE)(shade_of_blue)
    node = physics.observables()["shade"]
    assert node.references == f"{REFERENCE}; Amaral et al. 2020, eq. (2)"
    status = physics.evaluate_with_status("shade", depth=[1.0, 3.0], colour=[["red"], ["blue"]])["shade"].status
    assert status.tolist() == [[1, 1], [1, 2]]


# --- definitions that are run again -----------------------------------------------------------------------------------

MODULE = """
from physics.core.registration import branch, observable

@observable(unit="1", label="a", reference="Drees & Zhao 2021, eq. (1)", when={"gauge_group": "Lmu-Ltau"})
def rerun(m_X):
    return FACTOR * m_X

@branch("rerun", when={"gauge_group": "B-L"})
def rerun_b_minus_l(m_X):
    return -m_X
"""


@pytest.fixture
def module(scratch, tmp_path, monkeypatch):
    """Write and import, or reload, a module with some text."""
    monkeypatch.syspath_prepend(tmp_path)
    file, loaded = tmp_path / "module_that_is_reloaded.py", []

    def load(text):
        written = file.stat().st_mtime_ns if file.exists() else 0
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
            os.utime(file, ns=(written + 10**9,) * 2)
        importlib.invalidate_caches()
        loaded.append(importlib.reload(loaded[0]) if loaded else importlib.import_module(file.stem))

    yield load
    importlib.sys.modules.pop(file.stem, None)


def test_a_module_may_be_reloaded(module):
    module(MODULE.replace("FACTOR", "1"))
    module(MODULE.replace("FACTOR", "1"))
    assert physics.evaluate("rerun", m_X=5.0) == 5.0
    assert len(physics.observables()["rerun"].branches) == 2


def test_a_module_may_be_reloaded_after_an_edit(module):
    module(MODULE.replace("FACTOR", "1"))
    module("# a line more\n" + MODULE.replace("FACTOR", "2"))
    assert physics.evaluate("rerun", m_X=5.0) == 10.0
    assert physics.evaluate("rerun", m_X=5.0, gauge_group="B-L") == -5.0


def test_another_function_of_the_same_name_raises_in_a_module(module):
    with pytest.raises(physics.RegistryError, match="'rerun' is registered twice"):
        module(MODULE.replace("FACTOR", "1") + MODULE.replace("FACTOR", "2"))


def test_a_cell_of_a_notebook_may_be_run_again(scratch):
    notebook = {"__name__": "__main__"}
    exec(compile(MODULE.replace("FACTOR", "1"), "<cell 1>", "exec"), notebook)
    exec(compile("\n\n" + MODULE.replace("FACTOR", "2"), "<cell 2>", "exec"), notebook)
    assert physics.evaluate("rerun", m_X=5.0) == 10.0
    exec(compile(MODULE.replace('"B-L"', '("B-L",)').replace("FACTOR", "3"), "<cell 2>", "exec"), notebook)
    assert physics.evaluate("rerun", m_X=[5.0, 5.0], gauge_group=["Lmu-Ltau", "B-L"]).tolist() == [15.0, -5.0]


def test_the_choices_of_a_definition_are_those_of_its_last_run(scratch):
    cell = MODULE.partition("@branch")[0].replace("FACTOR", "1")
    exec(compile(cell, "<cell>", "exec"), {"__name__": "__main__"})
    assert refusal("rerun", {"gauge_group": "B-L"})
    exec(compile(cell.replace(', when={"gauge_group": "Lmu-Ltau"}', ""), "<cell>", "exec"), {"__name__": "__main__"})
    assert physics.observables()["rerun"].parameters == {"m_X": None}
