"""A Sphinx extension that writes Markdown from what the package knows: the registry, claims, executed notebooks.

Everything goes into docs/generated, which git ignores. A file whose content stays the same is not written, so that
Sphinx reads again only what has changed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lmutau_pages import claims, explorer, gallery, guide, limits, names, observables, scan_file

__all__ = ["pages", "setup", "write"]


def pages() -> dict[str, str | bytes]:
    """All that follows from the package alone: content by path."""
    return {
        **observables.pages(),
        **names.pages(),
        **limits.pictures(),
        **scan_file.pages(),
        **claims.pages(),
    }


def write(folder: Path, contents: dict[str, str | bytes]) -> None:
    """Make the folder hold exactly these files."""
    for name, content in contents.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        new = content.encode() if isinstance(content, str) else content
        if not file.exists() or file.read_bytes() != new:
            file.write_bytes(new)
    for file in folder.rglob("*"):
        if file.is_file() and str(file.relative_to(folder)) not in contents:
            file.unlink()


def _generate(app: Any, _config: Any) -> None:
    root = Path(app.srcdir)
    folder = root / "docs" / "generated"
    executed = root / "notebooks" / "executed"
    found = {**gallery.pages(executed), **guide.pages(folder.parent), **explorer.pages(root / "docs" / "_build")}
    write(folder, pages() | found)
    (folder / "extra").mkdir(exist_ok=True)


def _plain(_app: Any, _context: Any, lines: list[str]) -> None:
    """A command's help is plain text: |x|, m_* are no markup. Directives and literals, of sphinx_click, stay."""
    lines[:] = [
        line if line.lstrip().startswith("..") or "``" in line else re.sub(r"([|*_])", r"\\\1", line) for line in lines
    ]


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx: pages are there before it looks whether the folders of html_extra_path are."""
    app.setup_extension("sphinx_click")
    for part in ("description", "options", "epilog"):
        app.connect(f"sphinx-click-process-{part}", _plain)
    app.connect("config-inited", _generate, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
