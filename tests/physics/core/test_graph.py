"""Registration and resolution: names, branches, choices, definitions that are run again, bindings."""

import importlib
import os
import pickle
import re

import numpy as np
import pytest

import physics
from physics import Status
from physics.core import graph
from physics.core.graph import branch, dependencies_of, intermediate, observable, parameters_of, refusal
from physics.core.parameter import PARAMETERS, parameter
from physics.core.references import cited

REFERENCE = "Drees & Zhao 2021, eq. (1)"
LINE = physics.bound("mass_ratio_relic_above")
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


def test_an_example_of_the_intended_use(register):
    def first(m_X):
        return 2 * m_X

    def second(first, g_X):
        return first * g_X

    assert register(first) is first
    register(second, unit="MeV", label="b")
    node = physics.observables()["second"]
    assert (node.unit, node.label, node.reference) == ("MeV", "b", REFERENCE)
    assert node.parameters == {"m_X": None, "g_X": None}
    assert dependencies_of("second") == {"second", "first", "m_X", "g_X"}


def test_what_cannot_be_resolved_is_refused(register):
    def ping(pong):
        return pong

    def pong(ping):
        return ping

    register(ping)
    register(pong)
    with pytest.raises(physics.RegistryError, match="cycle of observables: ping -> pong -> ping"):
        physics.evaluate("ping")

    def orphan(no_such_thing):
        return no_such_thing

    register(orphan)
    with pytest.raises(physics.RegistryError, match="'no_such_thing' is neither a parameter nor an observable"):
        physics.evaluate("orphan")


def test_nothing_is_registered_of_a_function_that_is_refused(register):
    def with_default(m_X=1):
        return m_X

    with pytest.raises(physics.RegistryError, match="defaults belong to"):
        register(with_default)
    with pytest.raises(physics.RegistryError, match="gauge_group = 'SU3' is no choice"):
        register(with_default.__class__(with_default.__code__, {}, "other"), when={"gauge_group": "SU3"})
    with pytest.raises(physics.UnknownNameError, match="did you mean gauge_group"):
        register(lambda m_X: m_X, when={"gauge_grop": "B-L"})
    assert not {"with_default", "other", "<lambda>"} & graph.nodes().keys()


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
    graph.check_registry()
    parameter("gamma_X", "an observable has the name already")
    with pytest.raises(physics.RegistryError, match="'gamma_X' is a parameter and an observable"):
        graph.check_registry()


# --- branches ---------------------------------------------------------------------------------------------------------


def test_only_the_chosen_branch_is_evaluated(colours):
    assert physics.evaluate("shade", depth=3.0) == 3.0
    assert colours == ["red"]
    assert physics.evaluate("shade", depth=3.0, g_X=2.0, colour="green") == 6.0
    assert colours == ["red", "green"]
    assert physics.evaluate("shade", depth=[1.0, 2.0], g_X=5.0, colour=["red", "green"]).tolist() == [1.0, 10.0]


def test_only_what_the_chosen_branch_needs_must_be_given(colours):
    assert parameters_of("mixture") == ("g_X", "q_psi", "colour", "depth")
    assert parameters_of("mixture", choices={"colour": ["red"]}) == ("q_psi", "colour", "depth")
    assert parameters_of("mixture", choices={"colour": ["red", "green"]}) == ("g_X", "q_psi", "colour", "depth")
    with pytest.raises(physics.MissingParameterError, match="give g_X"):
        physics.evaluate("mixture", depth=1.0, q_psi=1.0, colour=["red", "green"])


def test_a_choice_that_nobody_wrote_is_refused_and_so_is_what_needs_it(colours):
    point = {"depth": 3.0, "g_X": 2.0, "q_psi": 1.0, "colour": ["red", "green", "blue"]}
    result = physics.evaluate_with_status(["shade", "mixture"], **point)
    for name, values in {"shade": [3.0, 6.0, np.nan], "mixture": [4.0, 7.0, np.nan]}.items():
        assert result[name].status.tolist() == [Status.OK, Status.OK, Status.OUTSIDE_DOMAIN]
        np.testing.assert_array_equal(result[name].value, values)
    assert colours == ["green", "red"], "each once"
    assert refusal("mixture", {"colour": "blue"}) == "shade is for colour = red or green, not blue"
    assert refusal("mixture", {"colour": "green"}) == ""


def test_what_is_bound_to_a_refused_observable_is_refused(register, colours):
    def shade_per_depth(shade, depth):
        return shade / depth

    def copied(mass_ratio):
        return mass_ratio

    register(shade_per_depth)
    register(copied)
    bound = physics.bound("shade_per_depth")
    point = {"depth": 3.0, "g_X": 2.0, "mass_ratio": bound, "colour": ["green", "blue"]}
    value, status = physics.evaluate_with_status("copied", **point)["copied"]
    np.testing.assert_array_equal(value, [2.0, np.nan])
    assert status.tolist() == [Status.OK, Status.OUTSIDE_DOMAIN]


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
        graph.check_registry()
    with pytest.raises(physics.UnknownNameError, match="no observable 'later'"):
        physics.evaluate("later", m_X=1.0)

    @intermediate(when={"colour": "red"})
    def later(m_X):
        return m_X

    @observable(unit="1", label="a", reference=REFERENCE)
    def user(later):
        return later

    graph.check_registry()
    assert physics.evaluate("user", m_X=[1.0, 1.0], colour=["red", "green"]).tolist() == [1.0, 2.0]


def test_one_function_may_serve_two_nodes_and_two_choices(register, colours):
    def deep(depth):
        return depth**2

    branch("shade", when={"colour": "blue"})(register(deep))
    assert physics.evaluate("deep", depth=3.0) == physics.evaluate("shade", depth=3.0, colour="blue") == 9.0


def test_a_branch_adds_its_domain_and_reference(register, colours):
    shallow = graph.Domain("depth < 2", lambda depth: depth < 2)

    def shade_of_blue(depth):
        return depth

    branch("shade", when={"colour": "blue"}, domain=shallow, reference=REFERENCE)(shade_of_blue)
    node = physics.observables()["shade"]
    assert node.references == f"{REFERENCE}; Amaral et al. 2020, eq. (2)"
    status = physics.evaluate_with_status("shade", depth=[1.0, 3.0], colour=[["red"], ["blue"]])["shade"].status
    assert status.tolist() == [[1, 1], [1, 2]]


@every_observable
def test_every_choice_has_a_value_or_is_refused(name):
    """And no choice of one parameter makes an observable forget another."""
    node = physics.observables()[name]
    defaults = {p: d for p, d in node.parameters.items() if PARAMETERS[p].choices}
    for p, default in defaults.items():
        for choice in PARAMETERS[p].choices:
            chosen = defaults | {p: choice}
            if not refusal(name, chosen):
                assert set(parameters_of(name, choices={q: (c,) for q, c in chosen.items()})) <= set(node.parameters)
        assert not refusal(name, defaults | {p: default}), "the defaults are served"


# --- definitions that are run again -----------------------------------------------------------------------------------

MODULE = """
from physics.core.graph import branch, observable

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


# --- bindings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "error", "says"),
    [
        ({"mass_ratio": physics.Bound("gamma_X")}, physics.RegistryError, "mass_ratio [1] cannot be bound to gamma_X"),
        ({"m_X": physics.Bound("gamma_X")}, physics.RegistryError, "a cycle: m_X -> gamma_X"),
        (
            {"mass_ratio": LINE, "g_X": physics.Bound("g_X_relic")},
            physics.RegistryError,
            "a cycle: g_X -> g_X_relic -> ",
        ),
        ({"metallicity": LINE}, physics.RegistryError, "metallicity cannot be bound to mass_ratio_relic_above: it is"),
        ({"mass_ratio": physics.Bound("g_X_relik")}, physics.UnknownNameError, "did you mean g_X_relic"),
        ({"mass_ratio": physics.Bound("freeze_out")}, physics.UnknownNameError, "no observable 'freeze_out'"),
        ({"mass_ration": LINE}, physics.UnknownNameError, "no parameter 'mass_ration'; did you mean mass_ratio"),
        ({"mass_ratio": LINE}, physics.MissingParameterError, "give q_psi (needed by relic_density)"),
    ],
)
def test_bindings_that_cannot_be(values, error, says):
    with pytest.raises(error, match=re.escape(says)):
        physics.evaluate("relic_density", **{"m_X": 20.0, "g_X": 1e-3} | values)


def test_bound_names_an_observable():
    with pytest.raises(physics.UnknownNameError, match="did you mean mass_ratio_relic_above"):
        physics.bound("mass_ratio_relic_abov")
