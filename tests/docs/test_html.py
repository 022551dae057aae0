"""The pages as they were built: nothing is loaded from elsewhere, links lead somewhere, names are found.

`make docs` builds them, and names their folder in LMUTAU_DOCS.
"""

import os
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from physics import observables

BUILT = Path(os.environ.get("LMUTAU_DOCS", "nowhere"))
pytestmark = pytest.mark.skipif(not BUILT.is_dir(), reason="make docs: the pages are built there")
LOADED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "object": "data"}


class Page(HTMLParser):
    """What a page loads, links to, and can be linked to."""

    def __init__(self, file):
        super().__init__()
        self.loads, self.links, self.ids = [], [], set()
        self.feed(file.read_text())

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.ids |= {value for key, value in attributes if key in ("id", "name")}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif given.get(LOADED.get(tag, "")):
            self.loads.append(given[LOADED[tag]])


@pytest.fixture(scope="module")
def pages():
    return {file: Page(file) for file in BUILT.rglob("*.html") if "_static" not in file.parts}


def test_there_are_pages(pages):
    assert len(pages) > 30
    assert BUILT / "index.html" in pages


def test_nothing_is_loaded_from_elsewhere(pages):
    for file, page in pages.items():
        assert page.loads or file.parent == BUILT, file
        for address in page.loads:
            assert not urlsplit(address).netloc, f"{file}: {address}"


def test_neither_do_styles():
    for file in BUILT.rglob("*.css"):
        for address in re.findall(r"(?:@import|url\()\s*['\"]?([^'\")\s]+)", file.read_text()):
            assert not urlsplit(address).netloc, f"{file}: {address}"


def test_links_lead_somewhere(pages):
    for file, page in pages.items():
        for address in {*page.links, *page.loads}:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            assert target.exists(), f"{file}: {address}"
            if parts.fragment and target in pages:
                assert unquote(parts.fragment) in pages[target].ids, f"{file}: {address}"


def test_observables_are_two_clicks_away(pages):
    """From the front page to the list, and from the list to the entry."""
    front, listed = BUILT / "docs" / "index.html", BUILT / "docs" / "generated" / "observables.html"
    assert "generated/observables.html" in pages[front].links
    entries = {address.rpartition("#")[2] for address in pages[listed].links if address.startswith("observables-")}
    assert len([e for e in entries if e.startswith("observable-")]) == len(observables())


def test_formulas_have_their_program():
    assert any(BUILT.glob("_static/mathjax/tex-*.js"))
    text = (BUILT / "docs" / "generated" / "observables-model.html").read_text()
    assert "_static/mathjax/" in text
    assert r"\(\epsilon\)" in text
