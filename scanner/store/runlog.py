"""The log beside a store: a JSON line for each block that was computed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scanner.store.trust import plain_file

__all__ = ["append", "read_log"]

MAX_LINE = 2**20  # bytes


class _Record(BaseModel):
    """What is read of a line, if it is there; the log of a stranger may say anything."""

    model_config = ConfigDict(extra="allow")

    store: str
    family: str = ""
    index: list[Annotated[int, Field(ge=0)]] = []
    points: Annotated[int, Field(ge=0, lt=2**62)] = 0
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    messages: list[str] = []
    counts: dict[Annotated[int, Field(ge=0, le=255)], Annotated[int, Field(ge=0, lt=2**62)]] | None = None


def read_log(path: Path, store_id: str) -> Iterator[dict[str, Any]]:
    """Records of a store, one by one. Left out: lines of other stores, those a kill cut short, and any other."""
    try:
        log = plain_file(path)
    except FileNotFoundError:
        return
    with log:
        while line := log.readline(MAX_LINE):
            try:
                record = _Record.model_validate_json(line).model_dump(exclude_unset=True)
            except ValidationError:
                continue
            if record["store"] == store_id:
                yield record


def append(path: Path, record: Mapping[str, Any]) -> None:
    """Add a record, on a line of its own even where a kill has cut the last one short."""
    with plain_file(path, "ab+") as log:
        size = log.seek(0, 2)
        if size:
            log.seek(size - 1)
            if log.read(1) != b"\n":
                log.write(b"\n")
        log.write(json.dumps(record).encode() + b"\n")
