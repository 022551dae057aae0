"""Short tables, as text and as HTML: what objects are printed as."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["as_html", "as_text"]


def as_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows in columns, as wide as they must be; what would command a terminal is shown as it is written.

    >>> print(as_text([("m_X", "3 values"), ("kinetic_mixing", "2")]))
    m_X             3 values
    kinetic_mixing  2
    """
    rows = [[cell if cell.isprintable() else ascii(cell)[1:-1] for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(lines)


def as_html(columns: Sequence[str], rows: Iterable[Sequence[str]], lines: Iterable[str] = ()) -> str:
    """A table for notebooks, with lines of text below it; what is in it is text, never markup.

    >>> as_html(["axis"], [["m_X < 1"]], ["done"])
    '<table><tr><th>axis</th></tr><tr><td>m_X &lt; 1</td></tr></table><p>done</p>'
    """

    def row(cells: Sequence[str], tag: str) -> str:
        return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"

    head = row(columns, "th") if any(columns) else ""
    body = "".join(row(cells, "td") for cells in rows)
    return f"<table>{head}{body}</table>" + "".join(f"<p>{escape(line)}</p>" for line in lines)
