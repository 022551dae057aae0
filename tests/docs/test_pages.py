"""The pages that are made of what the package knows: each name has one entry, each link leads to one."""

import base64
import doctest
import json
import re

import pytest

import lmutau_pages
from lmutau_pages import claims, gallery, guide, markdown, names, observables, scan_file
from scanner.cli.known import kinds
from scanner.scan.config import ScanFile


@pytest.fixture(scope="module")
def registry():
    return {**observables.pages(), **names.pages()}


@pytest.fixture(scope="module")
def text(registry):
    return "\n".join(registry.values())


def test_every_name_has_one_entry(text):
    """sidm_sigma_v_over_m is not sidm_sigma_V_over_m."""
    anchors = re.findall(r"^\((.+)\)=$", text, re.MULTILINE)
    assert sorted(anchors) == sorted({markdown.slug(kind, name) for kind, named in kinds().items() for name in named})
    assert len(anchors) == sum(map(len, kinds().values()))


def test_links_within_lead_to_entries(text):
    anchors = set(re.findall(r"^\((.+)\)=$", text, re.MULTILINE))
    links = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert len(links) > 200
    assert links <= anchors


def test_an_entry_has_what_belongs_to_it(registry):
    entry = registry["observables-early-universe.md"].partition("(observable-n-eff)=")[2].partition("\n(")[0]
    for word in ("#parameter-kinetic-mixing", "#constraint-n-eff-2026", "#preset-quick", "#reference-escudero-2018"):
        assert word in entry
    assert "```pycon\n>>> import physics" in entry


@pytest.mark.parametrize("kind", ["limit", "constraint", "preset"])
def test_flags_pictures_and_files(text, kind):
    wanted = {"limit": "![The curve of na64e](na64e.svg)", "constraint": "`limit`", "preset": "presets/global.toml"}
    assert wanted[kind] in text


def test_markdown():
    assert doctest.testmod(markdown).failed == 0


def test_lists_and_formulas_of_docstrings():
    text = "Two:\n\n- a_b\n- c\n\n    x = y_z\n\n>>> 1\n1\n\n>>> 2\n2"
    assert markdown.paragraphs(text) == (
        "Two:\n\n- a\\_b\n- c\n\n```text\nx = y_z\n```\n\n```pycon\n>>> 1\n1\n>>> 2\n2\n```"
    )


def test_every_claim_is_a_row():
    page = claims.pages()["claims.md"]
    modules = [f for f in claims.CLAIMS.glob("test_*.py") if "\nCLAIMS = [" in f.read_text()]
    rows = sum(f.read_text().count("    Claim(") for f in modules)
    assert rows > 150
    assert len(re.findall(r"^\| .*\{bdg-", page, re.MULTILINE)) >= rows  # a loop makes several of one


def test_every_key_of_a_scan_file_is_there():
    page = scan_file.pages()["scan_file.md"]
    for section, field in ScanFile.model_fields.items():
        assert f"`[{section}]`" in page
        for key in getattr(field.annotation, "model_fields", {}):
            assert f"| `{key}` |" in page
    assert "| `geomspace` | \\[start, stop, number\\] |" in page
    assert "| `fsync` | true or false | `true` |" in page


def test_gallery(tmp_path):
    png = base64.b64encode(b"a picture").decode()
    cells = [
        {"cell_type": "markdown", "source": ["# A paper\n", "## Fig. 1: the `g_X` line\n"]},
        {
            "cell_type": "code",
            "source": ["# %% no heading\n"],
            "outputs": [{"data": {"image/png": png}}, {"text": "x"}],
        },
    ]
    (tmp_path / "paper.ipynb").write_text(json.dumps({"cells": cells}))
    found = gallery.pages(tmp_path)
    assert found["gallery/paper_1.png"] == b"a picture"
    assert "## A paper" in found["gallery.md"]
    assert "paper.html#fig-1-the-g-x-line" in found["gallery.md"]


def test_guide_takes_whatever_is_there(tmp_path):
    (tmp_path / "index.md").write_text("# Front\n")
    (tmp_path / "new.md").write_text(
        "# Something new\n\n```console\nlmutau\n```\n\nIt does [this](that.md), in\ntwo lines. And more.\n"
    )
    page = guide.pages(tmp_path)["guide.md"]
    assert "Something new\n:link: ../new\n:link-type: doc\n\nIt does this, in two lines.\n" in page
    assert "../index" not in page


def test_only_what_changed_is_written_and_what_is_gone_is_removed(tmp_path):
    lmutau_pages.write(tmp_path, {"a.md": "a", "b/c.png": b"c"})
    before = (tmp_path / "a.md").stat().st_mtime_ns
    lmutau_pages.write(tmp_path, {"a.md": "a", "d.md": "d"})
    assert {f.name for f in tmp_path.rglob("*") if f.is_file()} == {"a.md", "d.md"}
    assert (tmp_path / "a.md").stat().st_mtime_ns == before
