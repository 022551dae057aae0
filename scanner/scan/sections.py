"""The sections of a scan file: their keys and the form of the values.

Whether names mean anything is not asked here (scanner.scan.config does), so that a store can be read without its
physics.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from scanner.paths import local

__all__ = [
    "MAX_VALUES_PER_AXIS",
    "AxisRange",
    "ClusterSection",
    "Identifier",
    "Number",
    "PlotSection",
    "ScanSection",
    "Section",
    "StoreSection",
    "Title",
]


def _no_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError(f"a number is needed, not {str(value).lower()}")
    return value


def _three(value: Any) -> Any:
    if not isinstance(value, list | tuple) or len(value) != 3:
        raise ValueError(f"[start, stop, number] is needed, such as [1, 100, 50] (got {value!r})")
    return value


def _readable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("a line without control characters is needed")
    return text


def _identifier(text: str) -> str:
    if not text.isidentifier():
        raise ValueError(f"{text[:50]!r} is not a name")
    return text


def _local(text: str) -> str:
    local(text)
    return text


MAX_VALUES_PER_AXIS = 10_000_000

Number = Annotated[float, BeforeValidator(_no_boolean)]
Triple = Annotated[
    tuple[Number, Number, Annotated[int, BeforeValidator(_no_boolean), Field(ge=2, le=MAX_VALUES_PER_AXIS)]],
    BeforeValidator(_three),
]
Title = Annotated[str, Field(max_length=1000), AfterValidator(_readable)]
Identifier = Annotated[str, Field(max_length=200), AfterValidator(_identifier)]


class Section(BaseModel):
    """A table of a scan file: no other keys, no infinities."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class AxisRange(Section):
    """One range of an axis: exactly one of geomspace, linspace and values, shifted by offset."""

    geomspace: Triple | None = None
    linspace: Triple | None = None
    values: list[Number] | list[str] | None = None
    offset: Number = 0.0

    @model_validator(mode="after")
    def _one_kind(self) -> AxisRange:
        kinds = [k for k in ("geomspace", "linspace", "values") if getattr(self, k) is not None]
        if len(kinds) != 1:
            raise ValueError(f"give exactly one of geomspace, linspace, values (got {', '.join(kinds) or 'none'})")
        for kind in ("geomspace", "linspace"):
            if (triple := getattr(self, kind)) is not None and not triple[0] < triple[1]:
                raise ValueError(
                    f"{kind} = [start, stop, number] must ascend: {triple[0]:g} is not below {triple[1]:g}"
                )
        if self.geomspace is not None and self.geomspace[0] <= 0:
            raise ValueError(f"geomspace must start above 0 (got {self.geomspace[0]:g})")
        if self.values is not None:
            _check_values(self.values, self.offset)
        return self

    def array(self) -> Any:
        """The values as an array."""
        if self.geomspace is not None:
            return self.offset + np.geomspace(*self.geomspace)
        if self.linspace is not None:
            return self.offset + np.linspace(*self.linspace)
        assert self.values is not None
        return np.asarray(self.values) if isinstance(self.values[0], str) else self.offset + np.asarray(self.values)


def _check_values(values: list[float] | list[str], offset: float) -> None:
    if not values:
        raise ValueError("values must not be empty")
    if isinstance(values[0], str):
        if offset:
            raise ValueError("offset is for numbers")
        if len(set(values)) < len(values):
            raise ValueError(f"values must not repeat: {values}")
    elif any(b <= a for a, b in pairwise(values)):
        raise ValueError(f"values must ascend without duplicates: {values}")


class ScanSection(Section):
    """What the scan is."""

    title: Title
    observables: list[str] = Field(min_length=1)
    readings: str | None = None  # a named set of choices; what the file says itself wins
    plugins: list[str] = []  # files that it needs; run only if the user names them as well (--plugin)


class StoreSection(Section):
    """Where the results go, and in what portions."""

    path: Annotated[str, AfterValidator(_local)] | None = None
    points_per_block: int | None = Field(default=None, ge=1, description="default: from the declared costs")
    seconds_per_block: float = Field(default=20.0, gt=0)
    seconds_limit: float | None = Field(default=None, gt=0, description="of a block, which is then given up")
    relative_error: float | None = Field(default=None, ge=1e-15, le=1e-2, description="of values, which are rounded")
    fsync: bool = Field(default=True, description="values are on the disk before the block counts as complete")


class ClusterSection(Section):
    """Who computes."""

    address: str = "local"
    workers: int | None = Field(default=None, ge=0, description="local processes; 0: this process computes")
    jobs: int | None = Field(default=None, ge=1, description="of a batch system")
    options: dict[Identifier, Any] = Field(default={}, description="of a job, in the words of dask-jobqueue")
    no_worker_timeout: float | None = Field(default=None, gt=0, description="seconds without any worker; default: wait")


class PlotSection(Section):
    """The scan's picture."""

    x: str
    y: str
    observable: str | None = None
    at: dict[str, Number | str] = {}
    constraints: list[str] = []
    curves: list[str] = []  # observables that are values of y, drawn as lines
    lines: dict[str, list[Number]] = {}  # further contours: axis -> values at which to repeat the targets
