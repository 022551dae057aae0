"""The store: plain Zarr v3 that `xarray.open_zarr` opens with nothing of lmutau installed.

Each observable has only the axes that it depends on, and beside it its statuses, which say for every point why it has
or lacks a value. They are written last for a block, so that their chunks are the mark that the block is complete.
Values and statuses are written by the worker that computed them; zarr replaces files atomically, so that a kill leaves
a block complete or pending. Attributes are written when the store is made and when it is complete, not in between: what
several drivers have to say are records of their own (scanner.store.history).
"""

from __future__ import annotations

import math
import operator
import random
import shutil
import uuid
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from physics import Status
from scanner.errors import StoreError
from scanner.execution.block import BlockResult, complete_block, evaluate_block
from scanner.paths import local
from scanner.scan.config import ScanFile, validated
from scanner.scan.plan import BlockIndex, Family, Plan, make_plan
from scanner.store.chunks import write_chunks
from scanner.store.completion import complete, gone
from scanner.store.files import chunk_file, chunks_there, count_statuses, synchronize
from scanner.store.history import check_same_scan, record_resumption
from scanner.store.layout import mark_name, status_name, wanted_name, write_skeleton
from scanner.store.needs import check_physics
from scanner.store.opening import open_group
from scanner.store.reading import StoredScan
from scanner.store.rounding import rounded
from scanner.store.runlog import append
from scanner.store.seal import change_root, read_root

__all__ = ["Store"]


class Store(StoredScan):
    """A scan on disk. To open and read it needs nothing of the physics; to compute does (`check_physics`).

    One that an earlier version of lmutau has made is read (`dataset`, `plot`, `attribute`), and refused for all else.

    Parameters
    ----------
    path : str or Path
        Folder of an existing store; `Store.create` makes one.

    Raises
    ------
    StoreError
        There is none, or it was not made by lmutau.
    """

    # --- making one ---------------------------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        path: str | Path,
        plan: Plan,
        *,
        history: Mapping[str, str] | None = None,
        copied: Collection[str] = (),
        wanted: Mapping[str, NDArray[np.bool_]] | None = None,
    ) -> Store:
        """Write an empty store for a plan: coordinates, metadata, no values.

        Parameters
        ----------
        path : str or Path
            Folder that does not exist yet.
        plan : Plan
            What it will hold.
        history : mapping, optional
            Attributes that say what its values were computed with, where this was not here.
        copied : collection of str
            Families of which blocks may get some of their points from another store (`write_copied`).
        wanted : mapping, optional
            Which blocks are to be computed, by family; default: all.

        Raises
        ------
        StoreError
            Something is at that path already.
        """
        path = local(path)
        if path.exists():
            raise StoreError(f"{path}: exists already; run again to resume it, or choose another store")
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")  # appears under its name only when whole
        try:
            write_skeleton(draft, plan, copied, wanted)
            change_root(draft, history or {}, new=path)
            if plan.scan.store.fsync:
                synchronize((file for file in draft.rglob("*") if file.is_file()), draft)
            draft.rename(path)
        except BaseException as error:
            shutil.rmtree(draft, ignore_errors=True)
            if isinstance(error, OSError) and path.exists():
                raise StoreError(f"{path}: another process has just made it; run again to resume it") from None
            raise
        return cls(path)

    @classmethod
    def open_or_create(cls, path: str | Path, scan: ScanFile | Plan, *, accept_changed_physics: bool = False) -> Store:
        """Open the store of a scan (see `resume`), or create it; the scan is planned only if it must be."""
        path = local(path)
        if not path.exists():
            try:
                return cls.create(path, scan if isinstance(scan, Plan) else make_plan(scan))
            except StoreError:
                if not path.exists():
                    raise
        wanted = scan.scan if isinstance(scan, Plan) else scan
        return cls.resume(path, wanted, accept_changed_physics=accept_changed_physics)

    @classmethod
    def resume(cls, path: str | Path, scan: ScanFile, *, accept_changed_physics: bool = False) -> Store:
        """Open the store of a scan. How it is cut into blocks stays as it is.

        Parameters
        ----------
        path : str or Path
            Folder of the store.
        scan : ScanFile
            What it must hold; its [plot] section is that of the store from now on.
        accept_changed_physics : bool
            Go on although the store was begun with other physics code; the store remembers both.

        Raises
        ------
        PlanMismatchError
            The store was made by another plan; the difference is named.
        StoreError
            An earlier version of lmutau has made it.
        """
        store = cls(path)
        store.check_current()
        check_same_scan(store, scan, accept_changed_physics)
        record_resumption(store, scan)
        return cls(path)

    @cached_property
    def scan(self) -> ScanFile:
        """The scan file that made it, to run it.

        Raises
        ------
        StoreError
            This installation lacks an observable, a parameter or a plugin of it.
        ScanFileError
            It cannot be run here for another reason.
        """
        self.check_current()
        check_physics(self)
        return validated({**self.scan_file, "plot": self.made_with["plot"]}, str(self.path))

    # --- blocks -------------------------------------------------------------------------------------------------------

    def blocks(self, family: Family) -> list[BlockIndex]:
        """Indices of the blocks of a family: of all, unless the store is a level of a refinement."""
        if wanted_name(family.name) not in self.digests:
            return list(family.blocks())
        wanted = np.asarray(self.array(wanted_name(family.name))[...])
        return [tuple(index) for index in np.argwhere(wanted).tolist()]

    def committed(self, family: Family) -> set[BlockIndex]:
        """Blocks that are complete: those whose chunks of statuses exist."""
        there = [
            chunks_there(self.path / status_name(observable), len(family.dims)) for observable in family.observables
        ]
        inside = family.blocks_along
        return {index for index in set.intersection(*there) if all(map(operator.lt, index, inside))}

    def lost(self, family: Family, committed: set[BlockIndex]) -> set[BlockIndex]:
        """Those of the complete blocks whose values were removed since."""
        lost: set[BlockIndex] = set()
        for observable in family.observables:
            there = chunks_there(self.path / observable, len(family.dims))
            lost |= {index for index in committed - lost if not there.issuperset(family.chunks_of(index))}
        return {index for index in lost if not self._failed(family, index)}

    def has(self, family: Family, index: BlockIndex) -> bool:
        """Whether a block is complete, and no file of it was removed since."""
        if not all(self._status_file(name, index).is_file() for name in family.observables):
            return False
        values = (chunk_file(self.path / n, chunk) for n in family.observables for chunk in family.chunks_of(index))
        return all(file.is_file() for file in values) or self._failed(family, index)

    def _failed(self, family: Family, index: BlockIndex) -> bool:
        """Whether it was recorded that a block cannot be computed: it has no values then."""
        return bool((self.read_status(family, index) == Status.BLOCK_FAILED).all())

    def pending(self, order: random.Random | None = None) -> Iterator[tuple[Family, BlockIndex]]:
        """Blocks that are still to be computed, family by family.

        Parameters
        ----------
        order : random.Random, optional
            Shuffles the blocks of each family: several drivers on one store then seldom compute the same.
        """
        for family in self.families:
            done = self.committed(family)
            done -= self.lost(family, done)
            left = [index for index in self.blocks(family) if index not in done]
            if order is not None:
                order.shuffle(left)
            yield from ((family, index) for index in left)

    def compute_block(self, family: Family, index: BlockIndex) -> BlockResult:
        """Evaluate a block, but for points that were copied, without writing it."""
        coordinates = self.grid.values(family.dims, family.region(index))
        if (known := self.copied(family, index)) is None:
            return evaluate_block(family.observables, coordinates, self.held)
        complete_block(known, coordinates, self.held)
        return known

    def write_block(self, family: Family, index: BlockIndex, result: BlockResult) -> None:
        """Write values, then the statuses that commit them.

        Raises
        ------
        IncompleteError
            The store was removed or replaced since it was opened.
        """
        self.check_in_place()
        try:
            self._write_values(family, index, result)
            self._write_status(family, index, result.status)
        except OSError:
            self.check_in_place()  # says more, if that is why
            raise
        self._remove_marks(family, index)

    # --- points that were copied --------------------------------------------------------------------------------------

    def has_marks(self, family: Family, index: BlockIndex) -> bool:
        """Whether some points of a block that is not complete were copied from another store."""
        return all(file.is_file() for file in self._marks(family, index))

    def write_copied(self, family: Family, index: BlockIndex, known: BlockResult) -> None:
        """Write what is known of a block, and commit it if that is all; else say which points are known.

        Nobody else may compute the block at the time.
        """
        if not (known.status == Status.NOT_COMPUTED).any():
            self.write_block(family, index, known)
            return
        self.check_in_place()
        self._write_values(family, index, known)
        for name, statuses in zip(family.observables, known.status, strict=True):
            write_chunks(self.array(mark_name(name)), [index], statuses)
        if self.section.fsync:
            synchronize(self._marks(family, index), self.path)

    def copied(self, family: Family, index: BlockIndex) -> BlockResult | None:
        """What is known of a block that is not complete; None if nothing is, or it cannot be read."""
        if not self.has_marks(family, index):
            return None
        region = family.region(index)
        try:
            status = np.stack([np.asarray(self.array(mark_name(name))[region]) for name in family.observables])
            values = {name: np.array(self.array(name)[region]) for name in family.observables}
        except StoreError:  # damaged: then they are computed
            return None
        for known, array in zip(status, values.values(), strict=True):
            known[(known == Status.OK) != np.isfinite(array)] = Status.NOT_COMPUTED  # values were removed since
        return BlockResult(values, status)

    def _marks(self, family: Family, index: BlockIndex) -> list[Path]:
        return [chunk_file(self.path / mark_name(name), index) for name in family.observables]

    def _remove_marks(self, family: Family, index: BlockIndex) -> None:
        for file in self._marks(family, index):
            file.unlink(missing_ok=True)

    def _write_values(self, family: Family, index: BlockIndex, result: BlockResult) -> None:
        chunks = list(family.chunks_of(index))
        for name, values in result.values.items():
            kept = rounded(values, self.section.relative_error)
            write_chunks(self.array(name), chunks, kept)
        if self.section.fsync:
            files = (chunk_file(self.path / name, chunk) for name in family.observables for chunk in chunks)
            synchronize(files, self.path)

    def _write_status(self, family: Family, index: BlockIndex, status: NDArray[np.uint8]) -> None:
        self.check_in_place()
        for name, statuses in zip(family.observables, status, strict=True):
            write_chunks(self.array(status_name(name)), [index], statuses)
        if self.section.fsync:
            synchronize((self._status_file(name, index) for name in family.observables), self.path)

    def check_in_place(self) -> None:
        """Raise where the store, or metadata of it, were removed or replaced since it was opened."""
        if missing := gone(self):
            raise missing

    def fail_block(self, family: Family, index: BlockIndex) -> bool:
        """Record that a block cannot be computed: status 255 everywhere; False, and nothing, if it is complete.

        No value is written, for another driver may just be writing them: if it commits them after all, they count.
        """
        if self.has(family, index):
            return False
        shape = tuple(s.stop - s.start for s in family.region(index))
        failed = np.full((len(family.observables), *shape), Status.BLOCK_FAILED, dtype=np.uint8)
        self._write_status(family, index, failed)
        return True

    def read_status(self, family: Family, index: BlockIndex) -> NDArray[np.uint8]:
        """Statuses of a block, (observable, *dims)."""
        return self.statuses(family, family.region(index))

    def statuses(self, family: Family, region: tuple[slice, ...]) -> NDArray[np.uint8]:
        """Statuses of any part of a family, (observable, *dims)."""
        return np.stack([np.asarray(self.array(status_name(name))[region]) for name in family.observables])

    def counts(self, family: Family) -> dict[Status, int]:
        """How many values of a family have which status, from the store; pending blocks count as not computed."""
        total = np.zeros(256, dtype=np.int64)
        for index in self.committed(family):
            inside = tuple(s.stop - s.start for s in family.region(index))
            for name in family.observables:
                total += count_statuses(self._status_file(name, index), family.block, inside)
        total[Status.NOT_COMPUTED] += self.points(family) * len(family.observables) - total.sum()
        return {status: int(total[status]) for status in Status if total[status]}

    def points(self, family: Family) -> int:
        """Number of points of the blocks of a family."""
        if wanted_name(family.name) not in self.digests:
            return family.points
        return sum(math.prod(s.stop - s.start for s in family.region(index)) for index in self.blocks(family))

    def forget_failures(self) -> int:
        """Mark blocks with points that raised, or that failed whole, as pending again; return how many."""
        forgotten = 0
        for family in self.families:
            for index in self.committed(family):
                if np.isin(self.read_status(family, index), (Status.ERROR, Status.BLOCK_FAILED)).any():
                    self.forget(family, index)
                    forgotten += 1
        return forgotten

    def forget(self, family: Family, index: BlockIndex) -> None:
        """Mark a block as pending again; the store is not complete from then on."""
        if read_root(self.path)["attributes"].get("state") != "running":  # on the disk
            change_root(self.path, {"state": "running"})
            self.group = open_group(self.path, use_consolidated=False)
        for name in family.observables:
            self._status_file(name, index).unlink(missing_ok=True)
        self._remove_marks(family, index)  # all of it is computed then
        append(self.log_path, {"store": self.id, "family": family.name, "index": index, "forgotten": True})

    def marker(self, family: Family, index: BlockIndex) -> Path:
        """The file that is written last for a block: without it the block is not complete."""
        return self._status_file(family.observables[-1], index)

    def _status_file(self, observable: str, index: BlockIndex) -> Path:
        return chunk_file(self.path / status_name(observable), index)

    def finalize(self) -> None:
        """Mark a scan as complete, and consolidate its metadata, so that it can be shared.

        Raises
        ------
        IncompleteError
            Blocks, arrays or metadata are missing, or are not those of the plan.
        """
        complete(self)
        self.group = open_group(self.path, use_consolidated=False)

    @property
    def log_path(self) -> Path:
        """A line for each block that was computed: time, host, seconds, what was raised."""
        return self.path.with_name(self.path.name + ".log.jsonl")
