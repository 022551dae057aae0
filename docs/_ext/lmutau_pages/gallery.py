"""The gallery: every figure of the executed notebooks, below the heading below which it stands there."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lmutau_pages.markdown import heading

__all__ = ["pages"]

_ELSEWHERE = ("tour", "slicing_a_store")  # pages of Start and of the guide
_INTRO = """\
The figures of the papers, as the notebooks compute them, which check what the papers say about them. A picture leads to
its code and to the numbers."""


class Shown(NamedTuple):
    """A picture of a notebook: the notebook's title, the heading above, and the PNG."""

    notebook: str
    heading: str
    png: bytes


def pages(executed: Path) -> dict[str, str | bytes]:
    """Markdown and pictures by path, of the notebooks that have been run."""
    notebooks = sorted(executed.glob("*.ipynb"))
    tree = "\n".join(f"../../notebooks/executed/{n.stem}" for n in notebooks if n.stem not in _ELSEWHERE)
    parts = [heading(1, "Gallery"), _INTRO, f"```{{toctree}}\n:hidden:\n\n{tree}\n```"]
    found: dict[str, str | bytes] = {}
    for notebook in notebooks:
        if pictures := list(_pictures(notebook)):
            names = [f"gallery/{notebook.stem}_{i}.png" for i in range(1, len(pictures) + 1)]
            cards = "\n".join(_card(notebook.stem, *named) for named in zip(names, pictures, strict=True))
            parts += [heading(2, pictures[0].notebook), "::::{grid} 1 1 2 2\n:gutter: 3\n\n" + cards + "\n::::"]
            found |= {name: shown.png for name, shown in zip(names, pictures, strict=True)}
    return found | {"gallery.md": "\n\n".join(parts) + "\n"}


def _card(stem: str, name: str, shown: Shown) -> str:
    title = shown.heading.replace("`", "")
    target = f"../../notebooks/executed/{stem}.html#{_section(title)}"
    return f":::{{grid-item-card}} {title}\n:link: {target}\n:img-top: {name}\n:img-alt: {title}\n:::"


def _section(title: str) -> str:
    """The anchor that Sphinx gives a heading."""
    return re.sub("[^a-z0-9]+", "-", title.lower()).strip("-")


def _pictures(notebook: Path) -> Iterator[Shown]:
    title = below = ""
    for cell in json.loads(notebook.read_text())["cells"]:
        if cell["cell_type"] == "markdown":
            for level, text in re.findall(r"^(#+) +(.+)$", "".join(cell["source"]), re.MULTILINE):
                title, below = (text, text) if level == "#" else (title, text)
        for output in cell.get("outputs", []):
            if (png := output.get("data", {}).get("image/png")) is not None:
                yield Shown(title, below, base64.b64decode("".join(png)))
