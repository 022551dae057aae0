"""What is kept of a run: its report, the log of its blocks, and what its blocks may take."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from physics import Status
from physics.core.tables import as_html, as_text
from scanner.execution.patience import patiently
from scanner.execution.record import BlockRecord, record_of_stored
from scanner.scan.cost import Cost
from scanner.scan.plan import BlockIndex, Family
from scanner.store import provenance
from scanner.store.runlog import append, read_log
from scanner.store.store import Store

__all__ = ["FAILURES", "Limits", "Records", "Report"]

MAX_MESSAGES = 20  # of a run
SECONDS_ANY_BLOCK_MAY_TAKE = 600.0  # by default; one that is expected to take long, so many times as long:
GENEROSITY = 20.0

# Values lost to errors; what physics declares to be outside a domain or without solution is a result
FAILURES = (Status.NOT_CONVERGED, Status.INPUT_FAILED, Status.ERROR, Status.BLOCK_FAILED)


@dataclass(repr=False)
class Report:
    """What a run did, and what its store has then."""

    blocks: int = 0  # computed by this run, or given up
    points: int = 0
    counts: Counter[Status] = field(default_factory=Counter)  # values of the store, also those of earlier runs
    seconds: float = 0.0
    messages: list[str] = field(default_factory=list)
    interrupted: bool = False

    @property
    def complete(self) -> bool:
        """Whether every block has been computed or recorded as failed."""
        return not self.interrupted

    @property
    def failures(self) -> int:
        """Number of values lost to errors."""
        return sum(self.counts[s] for s in FAILURES)

    def _rows(self) -> list[tuple[str, str]]:
        """What it is printed as."""
        rows = [
            ("blocks", f"{self.blocks:,}"),
            ("points", f"{self.points:,}"),
            ("seconds", f"{self.seconds:.1f}"),
            *((status.meaning.replace("_", " "), f"{n:,} values") for status, n in self.counts.items()),
            *(("message", message) for message in self.messages),
        ]
        return [*rows, ("interrupted", "yes")] if self.interrupted else rows

    def __repr__(self) -> str:
        """As a short table."""
        return as_text(self._rows())

    def _repr_html_(self) -> str:
        return as_html((), self._rows())

    def add(self, record: BlockRecord) -> None:
        """Count a block."""
        self.blocks += 1
        self.points += record.points
        self.messages.extend(record.messages[: MAX_MESSAGES - len(self.messages)])


class Records:
    """What is done with the record of a block: counted, logged, shown."""

    def __init__(
        self,
        store: Store,
        report: Report,
        on_block: Callable[[BlockRecord], None] | None,
        tell: Callable[[str], None],
    ) -> None:
        self.store, self.report, self.on_block, self.tell = store, report, on_block, tell
        self.found: dict[tuple[str, BlockIndex], BlockRecord] = {}

    def add(self, record: BlockRecord) -> None:
        """Take note of a block."""
        if record.found:
            self.found[record.family, record.index] = record
        else:
            self.report.add(record)
            self._log(record)
        if self.on_block is not None:
            self.on_block(record)

    def give_up(self, family: Family, index: BlockIndex, why: str, tries: int) -> BlockRecord:
        """Record that a block cannot be computed: all its values are lost. One that is complete after all is kept."""
        if not patiently(lambda: self.store.fail_block(family, index), self.tell):
            return record_of_stored(self.store, family, index)
        points = math.prod(s.stop - s.start for s in family.region(index))
        counts = {int(Status.BLOCK_FAILED): points * len(family.observables)}
        return BlockRecord(family.name, index, points, counts, 0.0, "", 0, [why], max(1, tries))

    def complete_log(self) -> None:
        """Log the blocks that somebody else has computed, unless somebody else has logged them."""
        if self.found:
            for line in read_log(self.store.log_path, self.store.id):
                if "counts" in line:
                    self.found.pop((line.get("family", ""), tuple(line.get("index", ()))), None)
        for record in self.found.values():
            self._log(record)

    def end(self, interrupted: bool) -> None:
        """Count what is in the store, which is marked as complete unless a signal has left some blocks."""
        self.report.interrupted = interrupted and next(self.store.pending(), None) is not None
        if not self.report.interrupted:
            patiently(self.store.finalize, self.tell)
        for family in self.store.families:
            self.report.counts.update(self.store.counts(family))

    def _log(self, record: BlockRecord) -> None:
        line = {"time": provenance.now(), "store": self.store.id, **asdict(record)}
        patiently(lambda: append(self.store.log_path, line), self.tell)


class Limits:
    """Seconds that a block of a family may take."""

    def __init__(self, store: Store, seconds: float | None) -> None:
        self.seconds = store.scan.store.seconds_limit if seconds is None else seconds
        self.expected = {f.name: Cost.of(store.scan, f.dims, f.observables)(f.block) for f in store.families}

    def of(self, family: Family) -> float:
        """The limit, as told, or generous."""
        if self.seconds is not None:
            return self.seconds
        return SECONDS_ANY_BLOCK_MAY_TAKE + GENEROSITY * self.expected[family.name]

    def learn(self, record: BlockRecord) -> None:
        """A block has taken so long: others may."""
        self.expected[record.family] = max(self.expected[record.family], record.seconds)
