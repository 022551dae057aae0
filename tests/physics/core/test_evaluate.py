"""Evaluation: broadcasting, categories, statuses, bound parameters, errors; a contract that every observable keeps."""

import inspect
import re

import numpy as np
import pytest

import physics
from physics import Status
from physics.core.branch import Domain
from physics.core.evaluate import resolve
from physics.core.graph import parameters_of, refusal
from physics.core.parameter import PARAMETERS
from physics.core.registration import intermediate

POINT = {"m_X": 23.0, "g_X": 4.5e-4, "mass_ratio": 0.5033, "q_psi": 1.0, "m_N1": 2e4, "m_phi": 30.0}
GRID = {
    "m_X": np.array([5.0, 23.0, 400.0]).reshape(3, 1, 1, 1),
    "g_X": np.array([3e-4, 2e-3]).reshape(1, 2, 1, 1),
    "mass_ratio": np.array([0.35, 0.5033]).reshape(1, 1, 2, 1),
    "q_psi": np.array([0.5, 1.0]).reshape(1, 1, 1, 2),
}
LINE = physics.bound("mass_ratio_relic_above")
every_observable = pytest.mark.parametrize("name", list(physics.observables()))


@every_observable
def test_scalar_equals_array_bit_for_bit(name):
    alone = physics.evaluate(name, **POINT)
    assert isinstance(alone, float)
    among = physics.evaluate(name, **{p: np.array([v * 1.1, v, v * 0.9]) for p, v in POINT.items()})
    among = np.broadcast_to(among, 3)  # an observable may depend on none of these
    assert np.float64(alone).tobytes() == among[1].tobytes()


@every_observable
def test_broadcasts_over_the_axes_it_depends_on_only(name):
    value = np.asarray(physics.evaluate(name, **POINT | GRID))
    depends = physics.observables()[name].parameters
    expected = tuple(a.size if p in depends else 1 for p, a in GRID.items()) if depends.keys() & GRID else ()
    assert value.shape == expected
    corner = tuple(n - 1 for n in expected)
    at_corner = physics.evaluate(name, **POINT | {p: a.ravel()[-1] for p, a in GRID.items()})
    np.testing.assert_array_equal(value[corner], at_corner)


@every_observable
def test_every_choice_is_computed_or_refused(name):
    """Status 2 of a whole observable, and only that, is a choice that is not supported."""
    defaults = {p: d for p, d in physics.observables()[name].parameters.items() if PARAMETERS[p].choices}
    for p in defaults:
        for choice in PARAMETERS[p].choices:
            if refusal(name, defaults | {p: choice}):
                outcome = physics.evaluate_with_status(name, **POINT, **{p: choice})[name]
                assert int(outcome.status) == Status.OUTSIDE_DOMAIN
                assert np.isnan(outcome.value)


def test_a_node_is_computed_once_and_only_on_its_axes(register):
    calls = []

    @intermediate
    def expensive(m_X):
        calls.append(m_X.shape)
        return 2 * m_X

    def first(expensive, g_X):
        return expensive * g_X

    def second(expensive, q_psi):
        return expensive + q_psi

    register(first)
    register(second)
    result = physics.evaluate(["first", "second"], m_X=np.ones((4, 1)), g_X=np.ones((1, 5)), q_psi=2.0)
    assert calls == [(4, 1)]
    assert result["first"].shape == (4, 5)
    assert result["second"].shape == (4, 1)


def test_a_node_that_depends_on_defaults_alone_is_computed_once_per_process(register):
    calls = []

    @intermediate
    def setting(sin2_theta_12, metallicity):
        calls.append((float(sin2_theta_12[0]), metallicity))
        return sin2_theta_12 + {"GS98": 1.0, "AGSS09": 2.0}[metallicity]

    def from_setting(setting, g_X):
        return setting * g_X

    register(from_setting)
    default = physics.parameters()["sin2_theta_12"].default
    both = {"metallicity": ["GS98", "AGSS09"]}
    for _ in range(2):
        assert physics.evaluate("from_setting", g_X=2.0) == 2 * (default + 1)
        assert physics.evaluate("from_setting", g_X=2.0, **both).tolist() == [2 * (default + 1), 2 * (default + 2)]
    assert calls == [(default, "GS98"), (default, "AGSS09")]
    for _ in range(2):  # what is given may change from call to call
        assert physics.evaluate("from_setting", g_X=2.0, sin2_theta_12=0.25) == 2.5
    assert calls[2:] == [(0.25, "GS98")] * 2
    assert physics.evaluate("from_setting", g_X=2.0) == 2 * (default + 1)
    assert len(calls) == 4
    value = resolve(["setting"])[0]
    value[:] = 0.0  # the caller's own
    assert physics.evaluate("from_setting", g_X=2.0) == 2 * (default + 1)

    def another(g_X):
        return g_X

    register(another)  # anything may have changed
    del calls[:]
    assert physics.evaluate("from_setting", g_X=2.0) == 2 * (default + 1)
    assert calls == [(default, "GS98")]


def test_what_is_bound_is_not_kept(register):
    """Neither a node that depends on a bound parameter, nor the value of one binding for another."""

    def angle(g_X):
        return 0.1 * g_X

    def other_angle(g_X):
        return 0.2 * g_X

    @intermediate
    def setting(sin2_theta_12):
        return 10 * sin2_theta_12

    def from_setting(setting):
        return setting

    for function in (angle, other_angle, from_setting):
        register(function)
    for g_X in (1.0, 2.0):
        assert physics.evaluate("from_setting", g_X=g_X, sin2_theta_12=physics.bound("angle")) == g_X
        assert physics.evaluate("from_setting", g_X=g_X, sin2_theta_12=physics.bound("other_angle")) == 2 * g_X
    assert physics.evaluate("from_setting") == 10 * physics.parameters()["sin2_theta_12"].default


def test_categories_along_an_axis_and_aligned():
    both = physics.evaluate("epsilon", g_X=[[1.0], [2.0]], kinetic_mixing=["photon", "hypercharge"])
    assert both.shape == (2, 2)
    np.testing.assert_allclose(both[:, 1] / both[:, 0], 1.5, rtol=1e-15)
    aligned = physics.evaluate("epsilon", g_X=[1.0, 2.0], kinetic_mixing=["hypercharge", "photon"])
    np.testing.assert_array_equal(aligned, [both[0, 1], both[1, 0]])


def test_a_categorical_parameter_nothing_depends_on_is_ignored():
    assert physics.evaluate("delta_a_mu", m_X=20.0, g_X=5e-4, metallicity=["GS98", "AGSS09"]) == physics.evaluate(
        "delta_a_mu", m_X=20.0, g_X=5e-4
    )


def test_status_says_why_there_is_no_value(register):
    def fragile(m_X):
        return np.sqrt(m_X - 2)

    def dependent(fragile):
        return np.nan_to_num(fragile)

    register(fragile)
    register(dependent)
    result = physics.evaluate_with_status(["fragile", "dependent"], m_X=[1.0, 3.0])
    assert result["fragile"].status.tolist() == [Status.NOT_CONVERGED, Status.OK]
    assert result["dependent"].status.tolist() == [Status.INPUT_FAILED, Status.OK]
    assert np.isnan(result["dependent"].value[0])

    domain = physics.evaluate_with_status(["sigma_monophoton"], m_X=[20.0, 2e4], g_X=1e-3)["sigma_monophoton"]
    assert domain.status.tolist() == [Status.OK, Status.OUTSIDE_DOMAIN]
    assert np.isnan(domain.value[1])

    relic = physics.evaluate_with_status(["relic_density"], **{**POINT, "g_X": [0.0, 1e-7, 4.5e-4]})["relic_density"]
    assert relic.status.tolist() == [Status.NO_SOLUTION, Status.NO_SOLUTION, Status.OK]


def test_no_dark_matter_is_a_domain_error_only_for_what_needs_it():
    without = physics.evaluate_with_status(
        ["n_eff_entropy", "gamma_X", "relic_density", "cmb_ratio"], m_X=20.0, g_X=1e-3, mass_ratio=None, q_psi=1
    )
    assert [int(o.status) for o in without.values()] == [1, 1, 2, 2]
    some = physics.evaluate("n_eff_entropy", m_X=20.0, mass_ratio=[None, 0.4])
    assert some[0] == without["n_eff_entropy"].value < some[1]
    assert float(without["n_eff_entropy"].value) == physics.evaluate("n_eff_entropy_X_only", m_X=20.0)


@pytest.mark.parametrize(
    ("names", "values", "error", "says"),
    [
        ("delta_a_nu", {}, physics.UnknownNameError, "did you mean delta_a_mu"),
        ("delta_a_mu", {"m_x": 1}, physics.UnknownNameError, "did you mean m_X"),
        ("delta_a_mu", {"m_X": 1}, physics.MissingParameterError, "give g_X (needed by delta_a_mu)"),
        ("delta_a_mu", {"m_X": -1, "g_X": 1}, ValueError, "m_X = -1.0 is not allowed: m_X > 0 [MeV]"),
        ("delta_a_mu", {"m_X": [1, 0, -2], "g_X": 1}, ValueError, "m_X = 0.0 (and 1 more) is not allowed"),
        ("delta_a_mu", {"m_X": np.nan, "g_X": 1}, ValueError, "m_X = nan is not allowed"),
        ("delta_a_mu", {"m_X": np.inf, "g_X": 1}, ValueError, "m_X = inf is not allowed"),
        ("delta_a_mu", {"m_X": "heavy", "g_X": 1}, ValueError, "m_X = 'heavy' is not a number"),
        ("delta_a_mu", {"m_X": 1j, "g_X": 1}, ValueError, "m_X = 1j is not a number"),
        ("delta_a_mu", {"m_X": "20", "g_X": 1}, ValueError, "m_X = '20' is not a number"),
        ("delta_a_mu", {"m_X": True, "g_X": 1}, ValueError, "m_X = True is not a number"),
        ("delta_a_mu", {"m_X": 10**400, "g_X": 1}, ValueError, "is not a number"),
        ("delta_a_mu", {"m_X": [[1], [1, 2]], "g_X": 1}, ValueError, "is not a number"),
        ("delta_a_mu", {"m_X": np.ma.masked_array([1.0]), "g_X": 1}, ValueError, "a masked array"),
        ("delta_a_mu", {"m_X": np.array(["2020"], "M8[D]"), "g_X": 1}, ValueError, "is not a number"),
        ("delta_a_mu", {"m_X": [1, 2, 3], "g_X": [1, 2]}, ValueError, "do not broadcast: m_X (3,), g_X (2,)"),
        ("epsilon", {"g_X": 1, "kinetic_mixing": [["photon"], ["photon", "photon"]]}, ValueError, "kinetic_mixing"),
        ("freeze_out", {"m_X": 1}, physics.UnknownNameError, "no observable 'freeze_out'"),
        ([3], {"m_X": 1}, physics.UnknownNameError, "no observable 3"),
        ("delta_a_mu", {"m_X": None, "g_X": 1}, physics.MissingParameterError, "give m_X"),
        ("epsilon", {"g_X": 1, "kinetic_mixing": "fotón"}, ValueError, "one of photon, hypercharge"),
        ("sigma_monophoton", {"m_X": 1, "g_X": 1, "cos_theta_max": 1}, ValueError, "cos_theta_max < 1"),
    ],
)
def test_errors_name_the_culprit_and_the_remedy(names, values, error, says):
    with pytest.raises(error, match=re.escape(says)):
        physics.evaluate(names, **values)


@pytest.fixture
def chain(register):
    """g_X and mass_ratio can be bound to observables of m_X and of g_X; the list says where and how often."""
    used = []

    def coupling(m_X):
        used.append(m_X.shape)
        return np.log10(m_X)

    def ratio(g_X, n_nu):
        return np.where(g_X > 3, 0.0, g_X) + 0 * n_nu

    def swallows_nan(mass_ratio, q_psi):
        return np.nan_to_num(mass_ratio) + q_psi

    def further(swallows_nan):
        return np.nan_to_num(swallows_nan)

    def with_domain(q_psi):
        return q_psi

    everywhere = Domain("a test that NaN fails", lambda mass_ratio: np.isfinite(mass_ratio))
    for function in (coupling, ratio, swallows_nan, further):
        register(function)
    register(with_domain, domain=everywhere)
    return used


BINDINGS = {"g_X": physics.Bound("coupling"), "mass_ratio": physics.Bound("ratio")}


def test_a_bound_parameter_has_the_value_and_the_axes_of_its_observable(chain):
    m_X, q_psi = np.array([[10.0], [100.0]]), np.array([[1.0, 2.0, 3.0]])
    values = physics.evaluate(["ratio", "swallows_nan", "coupling"], m_X=m_X, q_psi=q_psi, **BINDINGS)
    np.testing.assert_array_equal(values["swallows_nan"], np.log10(m_X) + q_psi)
    assert values["ratio"].shape == (2, 1)
    assert chain == [(2, 1)], "once, and only on its axis"
    ratio = parameters_of("swallows_nan", bound={"mass_ratio": "ratio"})
    assert ratio == ("g_X", "q_psi", "n_nu")
    both = {"mass_ratio": "ratio", "g_X": "coupling"}
    assert parameters_of("swallows_nan", bound=both) == ("m_X", "q_psi", "n_nu")
    assert parameters_of("with_domain", bound=both) == ("m_X", "q_psi", "n_nu"), "the domain counts, too"


def test_what_is_bound_to_no_value_has_none_and_says_so(chain):
    """m_X = 0.1: the coupling -1 is outside its domain; 1e4: the ratio 0 is outside its domain."""
    names = ["coupling", "ratio", "swallows_nan", "further", "with_domain"]
    result = physics.evaluate_with_status(names, m_X=[0.1, 10.0, 1e4], q_psi=1.0, **BINDINGS)
    statuses = {name: o.status.tolist() for name, o in result.items()}
    assert statuses == {
        "coupling": [Status.OK, Status.OK, Status.OK],
        "ratio": [Status.OUTSIDE_DOMAIN, Status.OK, Status.OK],
        "swallows_nan": [Status.INPUT_FAILED, Status.OK, Status.OUTSIDE_DOMAIN],
        "further": [Status.INPUT_FAILED, Status.OK, Status.OUTSIDE_DOMAIN],
        "with_domain": [Status.INPUT_FAILED, Status.OK, Status.OUTSIDE_DOMAIN],
    }
    for o in result.values():
        np.testing.assert_array_equal(np.isfinite(o.value), o.status == Status.OK)


def test_bound_on_categories(register):
    def stronger(kinetic_mixing, q_psi):
        return {"photon": 1e-3, "hypercharge": 2e-3}[kinetic_mixing] * q_psi

    register(stronger)
    both = ["photon", "hypercharge"]
    got = physics.evaluate("epsilon", g_X=physics.bound("stronger"), q_psi=[[1.0], [2.0]], kinetic_mixing=both)
    direct = physics.evaluate(
        "epsilon", g_X=np.array([[1e-3, 2e-3], [2e-3, 4e-3]]), kinetic_mixing=np.array([both, both])
    )
    np.testing.assert_array_equal(got, direct)


@pytest.mark.parametrize("parameter", [p.name for p in PARAMETERS.values() if not p.choices])
def test_no_observable_minds_a_bound_parameter_without_value(register, parameter):
    """NaN gets through to every function: none hangs or raises, and none of it gets out again."""
    usual = POINT.get(parameter, PARAMETERS[parameter].default)
    usual = usual if np.isfinite(usual) else 1e-5  # what is not there by default
    switch = "n_nu" if parameter != "n_nu" else "T_nu_decoupling"

    def half(**values):
        return np.where(values[switch] > 3.0, usual, np.nan)

    half.__signature__ = inspect.Signature([inspect.Parameter(switch, inspect.Parameter.KEYWORD_ONLY)])
    register(half, unit=PARAMETERS[parameter].unit)
    defaults = {p.name: (p.default,) for p in PARAMETERS.values() if p.choices}
    names = [n for n in physics.observables() if parameter in parameters_of(n, choices=defaults)]
    values = {p: v for p, v in POINT.items() if p != parameter} | {parameter: physics.bound("half")}
    for name in names:
        value, status = physics.evaluate_with_status(name, **values, **{switch: np.array([2.9, 3.1])})[name]
        direct = physics.evaluate_with_status(name, **POINT | {parameter: usual, switch: 3.1})[name]
        assert status.tolist() == [Status.INPUT_FAILED, int(direct.status)], name
        np.testing.assert_array_equal(value, [np.nan, direct.value], err_msg=name)


def test_off_the_relic_line_there_is_no_value():
    names = ["relic_density", "positron_production_511", "n_eff_entropy"]
    point = {"m_X": 23.0, "q_psi": 1.0}
    result = physics.evaluate_with_status(names, **point, g_X=np.array([1e-6, 4.5e-4]), mass_ratio=LINE)
    ratio = physics.evaluate("mass_ratio_relic_above", **point, g_X=4.5e-4)
    for name in names:
        assert result[name].status.tolist() == [Status.INPUT_FAILED, Status.OK]
        assert np.isnan(result[name].value[0])
        assert result[name].value[1] == physics.evaluate(name, **point, g_X=4.5e-4, mass_ratio=ratio)


def test_one_choice_with_several_axes():
    """A choice that comes as an array of one element, as the blocks of a scan have it."""
    more = physics.evaluate(
        "relic_density", m_X=20.0, g_X=5e-4, mass_ratio=0.4, q_psi=1.0, gauge_group=[[["Lmu-Ltau"]]]
    )
    alone = physics.evaluate("relic_density", m_X=20.0, g_X=5e-4, mass_ratio=0.4, q_psi=1.0)
    assert more.shape == (1, 1, 1)
    assert more.item() == alone
