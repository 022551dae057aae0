"""What the command line sets in a scan file: --set section.key=value."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from typing import Any

from scanner.errors import ScanFileError

__all__ = ["apply", "overridden", "table_of"]


def overridden(content: dict[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    """The content of a scan file with overrides, as `load_scan` takes them; it is changed itself."""
    for override in overrides:
        apply(content, override)
    return content


def apply(content: dict[str, Any], override: str) -> None:
    """Change the content of a scan file, before anything of it is checked.

    >>> content = {"axes": {"m_X": 1}, "plot": {"x": "m_X"}}
    >>> apply(content, "fixed.m_X=23")
    >>> content
    {'axes': {}, 'fixed': {'m_X': 23}}
    """
    key, equals, value = override.partition("=")
    path = key.strip().split(".")
    if not equals or not all(path):
        raise ScanFileError(f"--set {override}: write section.key=value, for example axes.m_X.geomspace=[1,200,50]")
    try:
        (parsed,) = tomllib.loads(f"value = {value}").values()
    except (ValueError, RecursionError):
        raise ScanFileError(f"--set {override}: {value!r} is not a TOML value (text needs quotes)") from None
    sections = ("axes", "fixed", "bound")
    if path[0] in sections and len(path) > 1:
        for other in sections:
            if other != path[0] and table_of(content, other).pop(path[1], None) is not None and other == "axes":
                _leave_out_of_picture(content, path[1])
    table = content
    for depth, part in enumerate(path[:-1]):
        if not isinstance(table.get(part), dict) or (path[0] == "axes" and depth == 1):
            table[part] = {}  # an axis is replaced as a whole: its ranges exclude each other
        table = table[part]
    table[path[-1]] = parsed


def _leave_out_of_picture(content: dict[str, Any], axis: str) -> None:
    """The [plot] section of a scan that has lost an axis; none, where the axis was of its plane."""
    plot = table_of(content, "plot")
    if axis in (plot.get("x"), plot.get("y")):
        del content["plot"]
    for key in ("at", "lines"):
        table_of(plot, key).pop(axis, None)


def table_of(content: dict[str, Any], name: str) -> dict[str, Any]:
    """A section, if it is one; whether it is, is checked elsewhere."""
    table = content.get(name)
    return table if isinstance(table, dict) else {}
