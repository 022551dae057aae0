"""The page that lists the guides: every Markdown file of docs/, whoever adds it, with its first sentence."""

from __future__ import annotations

import re
from pathlib import Path

from lmutau_pages.markdown import heading

__all__ = ["pages"]

_OTHER = ("index", "observables")  # the front page; a table that belongs to the reference
_SLICING = ("../../notebooks/executed/slicing_a_store", "Slicing a store", "What plain xarray can do, executed.")


def pages(docs: Path) -> dict[str, str | bytes]:
    """Markdown by path."""
    guides = {f.stem: f.read_text() for f in sorted(docs.glob("*.md")) if f.stem not in _OTHER}
    listed = [*((f"../{stem}", *_title_and_sentence(text)) for stem, text in guides.items()), _SLICING]
    tree = "\n".join(doc for doc, _, _ in listed)
    listed.insert(0, ("scan_file", "Scan file", "Every key of the file that says what to compute."))
    cards = [f":::{{grid-item-card}} {t}\n:link: {doc}\n:link-type: doc\n\n{said}\n:::" for doc, t, said in listed]
    grid = "::::{grid} 1 1 2 2\n:gutter: 3\n\n" + "\n".join(cards) + "\n::::"
    return {"guide.md": f"{heading(1, 'Guide')}\n\n{grid}\n\n```{{toctree}}\n:hidden:\n\n{tree}\n```\n"}


def _title_and_sentence(text: str) -> tuple[str, str]:
    """The heading, and the first sentence below it without links; commands are no sentence."""
    title, _, rest = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE).partition("\n")
    paragraph = " ".join(rest.strip().partition("\n\n")[0].split())
    sentence = re.split(r"(?<=[.:])\s", paragraph)[0].rstrip(".:") + "."
    return title.removeprefix("# "), re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", sentence)
