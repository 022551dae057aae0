"""A number printed in a paper against ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pytest


@dataclass(frozen=True)
class Claim:
    """A row of a table: what a paper prints and what we get, by which expression, and what is to be said about it."""

    where: str
    what: str
    paper: float | None  # None: the paper says in words or draws what we give a number
    ours: float
    compute: Callable[[], float]
    within: float  # relative tolerance of paper against ours
    verdict: Literal["reproduced", "not reproduced", "no number"]
    note: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"

    def check(self, pinned: float = 2e-3) -> None:
        """Compute it: our value is the one in the table, to a relative tolerance, and the verdict is right."""
        value = float(self.compute())
        assert value == pytest.approx(self.ours, rel=pinned, abs=1e-15), (
            f"our own value has moved: {value}, not {self.ours}"
        )
        assert (self.verdict == "no number") == (self.paper is None)
        if self.paper is not None:
            agrees = value == pytest.approx(self.paper, rel=self.within)
            assert agrees == (self.verdict == "reproduced"), f"{value} against the paper's {self.paper}: {self.note}"
