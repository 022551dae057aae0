"""What is said of a block that was computed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from physics import Status
from scanner.scan.plan import BlockIndex, Family
from scanner.store.store import Store

__all__ = ["BlockRecord", "counts_of", "record_of_stored"]


@dataclass(frozen=True)
class BlockRecord:
    """Summary of a block."""

    family: str
    index: BlockIndex
    points: int
    counts: dict[int, int]
    seconds: float
    host: str
    pid: int
    messages: list[str]
    tries: int = 1  # workers that it took, the last included
    found: bool = False  # it was there already: another driver's, or of a worker that was lost before it could say so

    def as_json(self) -> str:
        """As text, for the way to the driver."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> BlockRecord:
        """Back from it."""
        items = json.loads(text)
        counts = {int(code): number for code, number in items["counts"].items()}
        return cls(**{**items, "index": tuple(items["index"]), "counts": counts})


def record_of_stored(store: Store, family: Family, index: BlockIndex) -> BlockRecord:
    """What the store says of a block that is complete; who computed it, and what was raised, only the log knows."""
    status = store.read_status(family, index)
    return BlockRecord(family.name, index, status[0].size, counts_of(status), 0.0, "", 0, [], found=True)


def counts_of(status: NDArray[np.uint8]) -> dict[int, int]:
    """How many values have which status."""
    counts: dict[int, int] = {}
    for code in sorted(Status, key=lambda code: code != Status.OK):  # most of a block is
        if number := int(np.count_nonzero(status == code)):
            counts[int(code)] = number
        if sum(counts.values()) == status.size:
            break
    return dict(sorted(counts.items()))
