"""Markdown (MyST) of plain text: escapes, tables, anchors, links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["anchor", "badge", "code", "escaped", "heading", "link", "paragraphs", "slug", "table"]

_SPAN = re.compile(r"(`[^`\n]+`|\$[^$\n]+\$)")  # code and formulas stay as they are
_SPECIAL = re.compile(r"([\\*_\[\]<>|#~$`^{}])")


def slug(kind: str, name: str) -> str:
    """The anchor of a name: small letters, digits and hyphens, as Sphinx wants them.

    Of sigma_v and sigma_V the second has the letter twice, and so has m_X.

    >>> slug("readings", "paper:amaral-2020"), slug("parameter", "m_X")
    ('readings-paper-amaral-2020', 'parameter-m-xx')
    """
    doubled = re.sub("(?<=_)[A-Z]", lambda capital: 2 * capital[0], f"{kind} {name}").lower()
    return re.sub(r"[^a-z0-9]+", "-", doubled).strip("-")


def anchor(kind: str, name: str) -> str:
    """The line that makes the next heading one that can be linked to."""
    return f"({slug(kind, name)})="


def link(kind: str, name: str) -> str:
    """A link to the entry of a name."""
    return f"[{code(name)}](#{slug(kind, name)})"


def code(text: str) -> str:
    """Words of the program."""
    return f"`{text}`"


def badge(text: str, colour: str) -> str:
    """A flag in colour: success, warning, danger, info, secondary."""
    return f"{{bdg-{colour}}}`{text}`"


def escaped(text: str) -> str:
    r"""Plain text as Markdown that reads the same; code in backticks and formulas in dollars stay.

    >>> print(escaped("g_X |eps|, `m_X`"))
    g\_X \|eps\|, `m_X`
    """
    parts = _SPAN.split(text)
    return "".join(part if i % 2 else _SPECIAL.sub(r"\\\1", part) for i, part in enumerate(parts))


def heading(level: int, text: str) -> str:
    """A heading."""
    return f"{'#' * level} {text}"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("\n", " ") for cell in cells) + " |" for cells in lines)


def paragraphs(text: str) -> str:
    r"""What an author wrote in a docstring: paragraphs, lists, formulas that are indented, examples.

    >>> print(paragraphs("It is x_y:\n\n    x_y = 1"))
    It is x\_y:
    <BLANKLINE>
    ```text
    x_y = 1
    ```
    """
    return "\n\n".join(_paragraph(part) for part in _apart(text))


def _apart(text: str) -> list[str]:
    """Paragraphs; an example goes on where the next paragraph has a prompt, too."""
    parts: list[str] = []
    for part in re.split(r"\n\s*\n", text.strip("\n")):
        if parts and parts[-1].startswith(">>>") and part.startswith(">>>"):
            parts[-1] += "\n" + part
        elif part.strip():
            parts.append(part)
    return parts


def _paragraph(part: str) -> str:
    lines = part.split("\n")
    if part.startswith(">>>"):
        return f"```pycon\n{part}\n```"
    if all(line.startswith("    ") for line in lines):
        return "```text\n" + "\n".join(line.removeprefix("    ") for line in lines) + "\n```"
    if lines[0].startswith("- "):
        return "\n".join(f"- {escaped(line[2:])}" if line.startswith("- ") else escaped(line) for line in lines)
    return escaped(part)
