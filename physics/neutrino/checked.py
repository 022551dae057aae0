"""A table of a user's TOML file whose getters check what they return; errors name file, key and remedy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from physics.core.errors import PhysicsError, suggestion

__all__ = ["CheckedTable", "ExperimentFileError"]


_LARGEST = 1e15  # events of any experiment stay finite


class ExperimentFileError(PhysicsError, ValueError):
    """A file that describes an experiment is wrong; the message names file, key and remedy."""


class CheckedTable:
    """A table with the keys that it needs, and no others but the optional ones; `key` is where it stands in the file.

    >>> CheckedTable("nested.toml", {"exposure": -1.0}, "", ("exposure",)).number("exposure", "t yr")
    Traceback (most recent call last):
    physics.neutrino.checked.ExperimentFileError: nested.toml: exposure: -1.0 must be a number above 0 (t yr)
    """

    wrong: type[PhysicsError] = ExperimentFileError  # what is raised
    shown_in = "physics.neutrino.experiment_file"  # whose documentation shows all keys

    def __init__(self, file: str, row: Any, key: str, needed: Sequence[str], optional: Sequence[str] = ()) -> None:
        self.file, self.key, self.row = file, key, row
        if not isinstance(row, dict):
            raise self.error("", f"write a table with {', '.join(needed)}")
        if unknown := [k for k in row if k not in (*needed, *optional)]:  # first: a misspelt key is missing, too
            raise self.error(unknown[0], f"no such key{suggestion(unknown[0], (*needed, *optional))}")
        if missing := [k for k in needed if k not in row]:
            raise self.error(missing[0], f"is missing; the documentation of {self.shown_in} shows it")

    def __contains__(self, key: str) -> bool:
        return key in self.row

    def where(self, key: str) -> str:
        """The whole name of a key: channels.nr.nuclei."""
        return ".".join(part for part in (self.key, key) if part)

    def error(self, key: str, problem: str) -> PhysicsError:
        """An error to raise."""
        return self.wrong(f"{self.file}: {self.where(key)}: {problem}")

    def table(self, key: str, needed: Sequence[str], optional: Sequence[str] = ()) -> CheckedTable:
        """A table in this one."""
        return CheckedTable(self.file, self.row[key], self.where(key), needed, optional)

    def number(self, key: str, unit: str, *, default: float = 1.0, high: float = math.inf, zero: bool = False) -> float:
        """A number above 0 (or 0), at most `high`."""
        return self._number(self.row.get(key, default), key, unit, high, zero)

    def window(self, key: str, unit: str) -> tuple[float, float]:
        """Two increasing energies."""
        value = self.row[key]
        if not isinstance(value, list) or len(value) != 2:
            raise self.error(key, f"{value!r}: write two energies [{unit}], [0.7, 100.0]")
        low, high = (self._number(v, key, unit) for v in value)
        if low >= high:
            raise self.error(key, f"{value!r}: the first energy must be below the second")
        return low, high

    def text(self, key: str) -> str:
        """A text; empty if it is not there."""
        return self._text(self.row.get(key, ""), key)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty if it is not there."""
        value = self.row.get(key, [])
        if not isinstance(value, list):
            raise self.error(key, 'write a list of texts, ["..."]')
        return tuple(self._text(v, key) for v in value)

    def _text(self, value: Any, key: str) -> str:
        if not isinstance(value, str):
            raise self.error(key, f"{value!r} must be a text")
        return value

    def _number(self, value: Any, key: str, unit: str, high: float = math.inf, zero: bool = False) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value < math.inf or value > high or (value == 0 and not zero):
            range_ = f"{'0 or more' if zero else 'above 0'}{f', at most {high:g}' if math.isfinite(high) else ''}"
            raise self.error(key, f"{value!r} must be a number {range_} ({unit})")
        if value > _LARGEST:
            raise self.error(key, f"a number above {_LARGEST:g} is too large ({unit})")
        return float(value)
