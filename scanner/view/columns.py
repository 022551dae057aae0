"""What the columns of tables are called, in all tables that are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["column"]


def column(name: str, attributes: Mapping[str, Any]) -> str:
    """What a table calls a variable: its name, with the unit where it has one.

    >>> column("m_X", {"units": "MeV"}), column("g_X", {"units": "1"}), column("metallicity", {})
    ('m_X [MeV]', 'g_X', 'metallicity')
    """
    unit = attributes.get("units", "1")
    return name if unit in ("", "1") else f"{name} [{unit}]"
