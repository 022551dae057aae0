"""What is wrong with a scan file, in words that name key, value and remedy."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic import BaseModel

from physics.core.errors import suggestion
from scanner.scan.sections import AxisRange, ClusterSection, PlotSection, ScanSection, StoreSection

__all__ = ["message"]


def message(name: str, error: Any, whole: type[BaseModel], alone: Collection[str] = ()) -> str:
    """An error of pydantic's for people.

    Parameters
    ----------
    name : str
        Of the scan file.
    error : mapping
        Of `ValidationError.errors()`.
    whole : type of BaseModel
        What a scan file is: its keys.
    alone : collection of str
        Axes that have one range, which then has no number.
    """
    arms = ("float", "str", "list[float]", "list[str]")  # of a union: pydantic reports each
    loc = [part for part in error["loc"] if part not in arms and "function-" not in str(part)]
    if loc[:1] == ["axes"] and len(loc) > 2 and loc[1] in alone:
        del loc[2]
    if len(loc) > 1 and loc[-2] in ("geomspace", "linspace"):
        loc[-1] = ("start", "stop", "number")[loc[-1]]
    key = ".".join(map(str, loc))
    if error["type"] == "value_error":
        return f"{name}: {key + ': ' if key else ''}{error['ctx']['error']}"
    if error["type"] == "extra_forbidden":
        known: dict[str, type[BaseModel]] = {
            "": whole,
            "scan": ScanSection,
            "store": StoreSection,
            "cluster": ClusterSection,
            "plot": PlotSection,
        }
        section = known.get(key.rpartition(".")[0], AxisRange)
        return f"{name}: {key}: unknown key{suggestion(key.rpartition('.')[2], section.model_fields)}"
    if error["type"] in ("model_type", "dict_type"):
        return f"{name}: {key}: a table is needed, such as {{ geomspace = [1, 100, 50] }} (got {error['input']!r})"
    got = "" if error["type"] == "missing" else f" (got {error['input']!r})"
    return f"{name}: {key}: {error['msg']}{got}"
