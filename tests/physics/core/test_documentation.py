"""What the registry writes about every observable, beside what its author wrote."""

import re

import pytest

import physics
from physics.core.documentation import document, supported, written
from physics.core.graph import nodes, refusal
from physics.core.parameter import PARAMETERS
from physics.core.references import cited
from physics.core.registration import branch

MADE_OF_DATA_FILES = (
    "physics.neutrino.dark_matter_detectors",  # whose numbers tests/physics/neutrino/test_experiments.py pins
)
every_observable = pytest.mark.parametrize("name", list(physics.observables()))


def section(text, title):
    """The text below a heading, up to the next one."""
    found = re.search(rf"\n{re.escape(title)}\n-+\n(.*?)(?=\n\n[A-Z][^\n]*\n-+\n|\Z)", text, re.DOTALL)
    assert found, f"there is no section {title}"
    return re.sub(r"\s+", " ", found[1])


@every_observable
def test_every_final_parameter_has_unit_domain_and_default(name):
    node = physics.observables()[name]
    parameters = section(document(name), "Parameters of physics.evaluate")
    for p in node.parameters:
        declared = PARAMETERS[p]
        kind = ", ".join(f'"{c}"' for c in declared.choices) if declared.choices else declared.domain
        unit = "" if declared.choices or declared.unit == "1" else f" [{declared.unit}]"
        shown = None if declared.default == declared.absent else declared.default
        default = "" if declared.default is None else f", default {shown}"
        entry = f"{p} : {{{kind}}}{default}" if declared.choices else f"{p} : {kind}{unit}{default}"
        assert f"{entry} {declared.description}." in parameters


@every_observable
def test_unit_domain_and_choices_of_the_value(name):
    node = physics.observables()[name]
    returns = section(document(name), "Returns")
    assert ("dimensionless" if node.unit == "1" else f"[{node.unit}]") in returns
    for domain in [node.domain, *(b.domain for b in node.branches)]:
        assert domain is None or domain.description in returns
    for choices in supported(node):
        assert choices in returns


@every_observable
def test_references_are_resolved(name):
    references = section(document(name), "References")
    for entry in cited([physics.observables()[name].references]):
        assert entry.text in references


@every_observable
def test_the_author_writes_a_sentence_and_an_example_and_no_more_sections(name):
    node = physics.observables()[name]
    own = written(node)
    assert re.match(r"[^\n]+\.$", own.partition("\n")[0]), "the first line is one sentence"
    if node.function.__module__ not in MADE_OF_DATA_FILES:
        assert re.search(rf">>> .*\b{name}\b", own) or ">>> physics.evaluate(" in own, "an example"
    for heading in ("Parameters", "Returns", "Raises", "Examples", "References", "Notes"):
        assert not re.search(rf"^{heading}\n-+", own, re.MULTILINE), f"the section {heading} is not the author's"


def test_every_node_says_what_it_is():
    for node in nodes().values():
        for b in node.branches:
            assert (b.function.__doc__ or "").strip(), f"{b.function.__name__} of {node.name} says nothing"


@every_observable
def test_help_shows_it(name):
    assert physics.observables()[name].function.__doc__ == document(name)


def test_choices_that_are_not_supported_are_named():
    unsupported = [n for n in physics.observables() if refusal(n, {**_defaults(n), "gauge_group": "B-L"})]
    assert "epsilon" in unsupported
    for name in unsupported:
        assert "gauge_group = Lmu-Ltau" in section(document(name), "Returns")
    assert supported(physics.observables()["gamma_X_neutrinos"]) == []


def _defaults(name):
    return {p: d for p, d in physics.observables()[name].parameters.items() if PARAMETERS[p].choices}


def test_a_branch_that_comes_later_is_documented(colours):
    before = document("shade")
    assert "colour = red or green" in section(before, "Returns")

    def shade_of_blue(depth, m_X):
        """Blue as the sky."""
        return depth * m_X

    branch("shade", when={"colour": "blue"})(shade_of_blue)
    after = document("shade")
    assert "colour = blue: Blue as the sky." in after
    assert "m_X : m_X > 0 [MeV]" in after
    assert "unless" not in section(after, "Returns")


def test_an_observable_without_parameters_and_reference(register):
    def three():
        """Three.

        >>> 1 + 2
        3
        """
        return 3.0

    register(three, reference="")
    text = document("three")
    assert "None." in section(text, "Parameters of physics.evaluate")
    assert "References" not in text
    assert section(text, "Examples") == ">>> 1 + 2 3 "
