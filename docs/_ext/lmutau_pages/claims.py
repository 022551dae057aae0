"""The page of claims: what papers print, what we get, and the verdict, from the tables that tests/claims checks."""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from lmutau_pages.markdown import badge, escaped, heading, table

__all__ = ["CLAIMS", "pages"]

CLAIMS = Path(__file__).parents[3] / "tests" / "claims"
_FLAGS = {"reproduced": "success", "not reproduced": "danger", "no number": "secondary"}
_INTRO = """\
Numbers that the four papers print, as `tests/claims` computes them at every change. *Not reproduced* means that we
get another number, which is pinned, and the note says why; *no number*, that the paper says in words or draws what we
give a number."""
_COLUMNS = ("where", "what", "paper", "ours", "within", "verdict", "note")


def pages() -> dict[str, str | bytes]:
    """Markdown by path."""
    tables = _tables()
    counts = [(title, *_counted(rows)) for title, rows in tables.items()]
    parts = [heading(1, "Claims of the papers"), _INTRO, table(("", *_FLAGS), counts)]
    for title, rows in tables.items():
        parts += [heading(2, title), table(_COLUMNS, map(_row, rows))]
    return {"claims.md": "\n\n".join(parts) + "\n"}


def _tables() -> dict[str, list[Any]]:
    """The rows of each module, by what its first line says."""
    sys.path.insert(0, str(CLAIMS))
    try:
        modules = [importlib.import_module(file.stem) for file in sorted(CLAIMS.glob("test_*.py"))]
    finally:
        sys.path.remove(str(CLAIMS))
    return {_title(m.__doc__ or ""): m.CLAIMS for m in modules if hasattr(m, "CLAIMS")}


def _title(doc: str) -> str:
    """What is compared: the first line without what all of them say."""
    line = doc.partition("\n")[0].removeprefix("Numbers printed in ").removesuffix(".")
    return line.removesuffix(" against ours").rstrip(",")


def _counted(rows: list[Any]) -> tuple[str, ...]:
    counts = Counter(claim.verdict for claim in rows)
    return tuple(str(counts[verdict]) for verdict in _FLAGS)


def _row(claim: Any) -> tuple[str, ...]:
    paper, within = ("", "") if claim.paper is None else (f"{claim.paper:.4g}", f"{100 * claim.within:g} %")
    verdict = badge(claim.verdict, _FLAGS[claim.verdict])
    return escaped(claim.where), escaped(claim.what), paper, f"{claim.ours:.4g}", within, verdict, escaped(claim.note)
