"""The bibliography: complete, cited once, in BibTeX."""

import re

import pytest

import physics
from physics.core.references import bibliography, cited


def test_entries_are_complete_and_differ():
    entries = bibliography().values()
    assert len({e.key for e in entries}) == len(entries)
    for e in entries:
        assert all((e.key, e.author, e.title, e.journal))
        assert re.fullmatch(r"|\d{4}\.\d{4,5}|[a-z-]+/\d{7}", e.eprint), e


def test_each_publication_is_cited_once_in_the_order_of_appearance():
    references = ["Slatyer 2016; Drees & Zhao 2021, eq. (2.6)", "Drees & Zhao 2021, eq. (3.8)", ""]
    assert [e.name for e in cited(references)] == ["Slatyer 2016", "Drees & Zhao 2021"]


def test_a_reference_that_is_not_in_the_bibliography():
    with pytest.raises(physics.RegistryError, match="begins the reference 'Nobody 1999, eq"):
        cited(["Slatyer 2016; Nobody 1999, eq. (1)"])


def test_bibtex():
    text = bibliography()["Drees & Zhao 2021"].bibtex
    assert text.startswith("@article{")
    assert text.count("{") == text.count("}")
    assert "eprint = {2107.14528}" in text
