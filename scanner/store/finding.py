"""What can be wrong with a store, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scanner.scan.plan import BlockIndex

__all__ = ["Finding", "Part"]


class Part(StrEnum):
    """Parts of a store; `repair` restores each from elsewhere."""

    ROOT = "attributes of the store"
    METADATA = "metadata of an array"
    AXIS = "values of a coordinate"
    BLOCK = "values and statuses of a block"
    FILE = "a file that does not belong there"
    LOG = "the log beside the store"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    >>> print(Finding(Part.AXIS, "m_X", "cannot be read"))
    m_X: cannot be read
    """

    part: Part
    where: str  # path in the store, or name of the family of a block
    message: str
    index: BlockIndex | None = None  # of a block

    def __str__(self) -> str:
        place = self.where if self.index is None else f"block {self.index} of {self.where}"
        return f"{place}: {self.message}"
