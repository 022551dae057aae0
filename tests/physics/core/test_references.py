"""The bibliography: complete, cited once, in BibTeX."""

import re

import pytest

import physics
from physics.core.references import bibliography, cited


def test_entries_are_complete_and_differ():
    entries = bibliography().values()
    assert len({e.key for e in entries}) == len(entries)
    for e in entries:
        assert all((e.key, e.author, e.title, e.journal or e.publisher or e.eprint))
        assert not e.journal or (e.volume and e.pages), e
        assert 1950 < e.year <= 2026
        assert re.fullmatch(r"|10\.\d{4,5}/\S+", e.doi), e
        assert re.fullmatch(r"|\d{4}\.\d{4,5}|[a-z-]+/\d{7}", e.eprint), e


def test_each_publication_is_cited_once_in_the_order_of_appearance():
    references = ["Slatyer 2016; Drees & Zhao 2021, eq. (2.6)", "Drees & Zhao 2021, eq. (3.8)", ""]
    assert [e.name for e in cited(references)] == ["Slatyer 2016", "Drees & Zhao 2021"]


def test_a_reference_that_is_not_in_the_bibliography():
    with pytest.raises(physics.RegistryError, match="begins the reference 'Nobody 1999, eq"):
        cited(["Slatyer 2016; Nobody 1999, eq. (1)"])


def test_no_doi_contradicts_its_journal():
    """Where publishers make it of volume and page; what a typing error would break."""
    made_of = {
        "Phys. Rev. D": "10.1103/PhysRevD.{volume}.{pages}",
        "Phys. Rev. Lett.": "10.1103/PhysRevLett.{volume}.{pages}",
        "JHEP": "10.1007/JHEP{volume}({year}){pages}",
        "JCAP": "10.1088/1475-7516/{year}/{volume}/{pages}",
    }
    checked = [e for e in bibliography().values() if e.journal in made_of]
    assert len(checked) > 40
    for e in checked:
        assert e.doi == made_of[e.journal].format(**vars(e))


def test_bibtex_is_latex():
    """Nothing that TeX takes for a command outside of mathematics; braces that fit; keys and names are BibTeX's."""
    for e in bibliography().values():
        assert not re.search(r"(?<!\\)[_^%&#~]", re.sub(r"\$[^$]*\$", "", e.latex or e.title)), e
        assert e.text.count("$") == 0
        depth = [e.bibtex[:i].count("{") - e.bibtex[:i].count("}") for i in range(1, len(e.bibtex) + 1)]
        assert depth[-1] == 0
        assert min(depth[e.bibtex.index("{") : -1]) == 1
        assert re.fullmatch(r"[^\s,{}%#\\]+", e.key)
        assert all(re.fullmatch(r"\{.*\}|[^,]+, [^,]+|others", author) for author in e.author.split(" and ")), e


def test_bibtex():
    text = bibliography()["Drees & Zhao 2021"].bibtex
    assert text.startswith("@article{")
    assert text.count("{") == text.count("}")
    assert "eprint = {2107.14528}" in text
