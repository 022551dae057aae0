"""The store: plain Zarr v3 that `xarray.open_zarr` opens with nothing of lmutau installed.

Each observable has only the axes that it depends on. status_<family>(observable_<family>, *dims) says for every point
why it has or lacks a value; it is written last for a block, so that its chunk is the mark that the block is complete.
Values and status are written by the worker that computed them; zarr replaces files atomically, so that a kill leaves a
block complete or pending.
"""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
import warnings
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from numpy.typing import NDArray
from pydantic import ValidationError

from physics import Status
from scanner.errors import StoreError
from scanner.execution.block import BlockResult, evaluate_block
from scanner.paths import local
from scanner.scan.config import ScanFile, validated
from scanner.scan.grid import Axis, Grid, Held, held
from scanner.scan.plan import BlockIndex, Family, Plan, make_plan
from scanner.scan.sections import PlotSection
from scanner.store import provenance
from scanner.store.layout import SCHEMA, write_skeleton
from scanner.store.needs import check_physics
from scanner.store.resume import check_same_scan, record_resumption
from scanner.store.runlog import append, read_log
from scanner.store.trust import check_attributes, open_array, open_dataset, open_group

__all__ = ["Store"]

SECONDS_TO_WRITE_A_CHUNK = 600
_COUNTED_AT_ONCE = 2**20
_WRITE_EVERYTHING = {"array.write_empty_chunks": True}  # all-NaN chunks are written; Zarr would leave them out


class Store:
    """A scan on disk. To open and read it needs nothing of the physics; to compute does (`check_physics`).

    Parameters
    ----------
    path : str or Path
        Folder of an existing store; `Store.create` makes one.

    Raises
    ------
    StoreError
        There is none, or it was not made by this version of lmutau.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = local(path) if local(path).name else local(path).resolve()
        self._arrays: dict[str, Any] = {}
        try:
            self.group = open_group(self.path)
        except (OSError, ValueError, TypeError) as error:
            raise StoreError(f"{self.path}: no Zarr store there that can be opened ({type(error).__name__})") from None
        if (schema := str(self.group.attrs.get("schema"))) != SCHEMA:
            raise StoreError(
                f"{self.path}: written by another version of lmutau (schema {schema}, not {SCHEMA}); xarray reads it"
                if schema.startswith(SCHEMA.rpartition("/")[0])
                else f"{self.path}: not a scan of lmutau (schema {schema[:50]!r}, not {SCHEMA})"
            )
        check_attributes(self.path, self.group.attrs)

    # --- making one ---------------------------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: str | Path, plan: Plan) -> Store:
        """Write an empty store for a plan: coordinates, metadata, no values.

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
            write_skeleton(draft, plan)
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
            What it must hold; its [plot] section replaces the stored one.
        accept_changed_physics : bool
            Go on although the store was begun with other physics code; the store remembers both.

        Raises
        ------
        PlanMismatchError
            The store was made by another plan; the difference is named.
        """
        store = cls(path)
        check_same_scan(store, scan, accept_changed_physics)
        record_resumption(store, scan)
        return cls(path)

    # --- what it is ---------------------------------------------------------------------------------------------------

    def attribute(self, key: str, default: str | None = None) -> str:
        """An attribute of the store; nested ones are JSON, so that xarray can export them."""
        value = self.group.attrs.get(key, default)
        if value is None:
            raise StoreError(f"{self.path}: the attribute {key!r} is missing; the store's zarr.json is damaged")
        return str(value)

    def array(self, name: str) -> Any:
        """The Zarr array of an observable, a coordinate or a status; its metadata are read once."""
        if name not in self._arrays:
            self._arrays[name] = open_array(self.group, name)
        return self._arrays[name]

    @property
    def identity(self) -> dict[str, str]:
        """The identity of the scan, as stored."""
        items: dict[str, str] = json.loads(self.attribute("plan"))
        return items

    @property
    def id(self) -> str:
        """Unique identifier: a store made later at the same path has another one."""
        return self.attribute("id")

    @cached_property
    def scan_file(self) -> dict[str, Any]:
        """The scan file that made it, as stored; `scan` checks it against the physics."""
        content: dict[str, Any] = json.loads(self.attribute("scan_file"))
        return content

    @property
    def title(self) -> str:
        """Title of the scan."""
        return str(self.scan_file["scan"]["title"])

    @property
    def plot(self) -> PlotSection | None:
        """The [plot] section; whether what it names exists is not checked."""
        section = self.scan_file.get("plot")
        try:
            return None if section is None else PlotSection.model_validate(section)
        except ValidationError as error:
            raise StoreError(f"{self.path}: its [plot] section is damaged: {error}") from None

    @property
    def fixed(self) -> dict[str, float | str]:
        """Parameters that the scan fixes."""
        return dict(self.scan_file.get("fixed", {}))

    @property
    def bound(self) -> dict[str, str]:
        """Parameters that follow an observable."""
        return dict(self.scan_file.get("bound", {}))

    @property
    def held(self) -> dict[str, Held]:
        """Both, as `physics.evaluate` takes them."""
        return held(self.fixed, self.bound)

    @cached_property
    def families(self) -> tuple[Family, ...]:
        """The families, cut as they are in this store."""
        rows = json.loads(self.attribute("families"))
        return tuple(Family(**{key: tuple(value) for key, value in row.items()}) for row in rows)

    @cached_property
    def grid(self) -> Grid:
        """The grid, read back from the coordinates."""
        axes = {}
        for name in self.scan_file["axes"]:
            values = np.asarray(self.array(name)[:])
            axes[name] = Axis(name, values if values.dtype.kind == "f" else np.asarray(values.tolist(), dtype=np.str_))
        return Grid(axes)

    def axis_problems(self) -> list[str]:
        """Axes whose stored values are not those that the scan was planned for (a damaged file, say)."""
        planned = {key: value for key, value in self.identity.items() if key.startswith("axis ")}
        found = {f"axis {name}": axis.identity for name, axis in self.grid.axes.items()}
        for family in self.families:
            key = f"axis observable_{family.name}"
            planned[key] = str(list(family.observables))
            found[key] = str(np.asarray(self.array(f"observable_{family.name}")[:]).tolist())
        return [
            f"{key}: {found.get(key)} is not the planned {planned[key]}"
            for key in planned
            if found.get(key) != planned[key]
        ]

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
        check_physics(self)
        return validated(self.scan_file, str(self.path))

    def family(self, name: str) -> Family:
        """A family by its name."""
        return next(f for f in self.families if f.name == name)

    def dataset(self) -> xr.Dataset:
        """The scan as an xarray dataset, read lazily."""
        consolidated = self.attribute("state") == "complete"
        return open_dataset(self.path, consolidated=consolidated)

    # --- blocks -------------------------------------------------------------------------------------------------------

    def committed(self, family: Family) -> set[BlockIndex]:
        """Blocks that are complete: those whose status chunk exists."""
        root = self.path / f"status_{family.name}" / "c"
        found = set()
        for folder, _, names in os.walk(root):
            for name in names:
                parts = Path(folder, name).relative_to(root).parts
                if all(part.isdecimal() for part in parts):  # not a file that a kill left half-written, or a stranger's
                    found.add(tuple(int(p) for p in parts[1:]))
        along = family.blocks_along
        return {i for i in found if len(i) == len(along) and all(n < most for n, most in zip(i, along, strict=True))}

    def pending(self) -> Iterator[tuple[Family, BlockIndex]]:
        """Blocks that are still to be computed."""
        for family in self.families:
            done = self.committed(family)
            yield from ((family, index) for index in family.blocks() if index not in done)

    def compute_block(self, family: Family, index: BlockIndex) -> BlockResult:
        """Evaluate a block, without writing it."""
        coordinates = self.grid.values(family.dims, family.region(index))
        return evaluate_block(family.observables, coordinates, self.held)

    def write_block(self, family: Family, index: BlockIndex, result: BlockResult) -> None:
        """Write values, then the status that commits them."""
        region = family.region(index)
        with zarr.config.set(_WRITE_EVERYTHING):
            for name, values in result.values.items():
                self.array(name)[region] = values
            self.array(f"status_{family.name}")[(slice(None), *region)] = result.status

    def fail_block(self, family: Family, index: BlockIndex) -> None:
        """Record that a block cannot be computed: NaN everywhere, status 255."""
        shape = tuple(s.stop - s.start for s in family.region(index))
        values = {name: np.full(shape, np.nan) for name in family.observables}
        status = np.full((len(values), *shape), Status.BLOCK_FAILED, dtype=np.uint8)
        self.write_block(family, index, BlockResult(values, status))

    def read_status(self, family: Family, index: BlockIndex) -> NDArray[np.uint8]:
        """Status of a block."""
        return np.asarray(self.array(f"status_{family.name}")[(slice(None), *family.region(index))])

    def counts(self, family: Family) -> dict[Status, int]:
        """How many values of a family have which status; blocks that are not there count as not computed.

        Taken from the log where it knows a block, else from the status of the block.
        """
        records = (r for r in read_log(self.log_path, self.id) if r.get("family") == family.name)
        logged = {tuple(r.get("index", ())): r.get("counts") for r in records}  # none: forgotten since
        total = np.zeros(256, dtype=np.int64)
        for index in self.committed(family):
            if (known := logged.get(index)) is not None:
                for code, number in known.items():
                    total[int(code)] += number
            else:
                status = self.read_status(family, index).ravel()
                for start in range(0, status.size, _COUNTED_AT_ONCE):  # bincount makes eight bytes of each
                    total += np.bincount(status[start : start + _COUNTED_AT_ONCE], minlength=256)
        total[Status.NOT_COMPUTED] += family.points * len(family.observables) - total.sum()
        return {status: int(total[status]) for status in Status if total[status]}

    def forget_failures(self) -> int:
        """Mark blocks with points that raised, or that failed whole, as pending again; return how many."""
        forgotten = 0
        for family in self.families:
            for index in self.committed(family):
                if np.isin(self.read_status(family, index), (Status.ERROR, Status.BLOCK_FAILED)).any():
                    self.group.attrs["state"] = "running"
                    self.marker(family, index).unlink()
                    forgotten += 1
                    append(self.log_path, {"store": self.id, "family": family.name, "index": index, "forgotten": True})
        return forgotten

    def marker(self, family: Family, index: BlockIndex) -> Path:
        """The status chunk whose existence says that a block is complete."""
        return self.path / f"status_{family.name}" / "c" / "0" / "/".join(map(str, index))

    def finalize(self) -> None:
        """Mark a scan without pending blocks as complete; consolidate its metadata, so that it can be shared."""
        for leftover in self.path.rglob("*.partial"):  # of a kill; a young one may be another run's
            if time.time() - leftover.stat().st_mtime > SECONDS_TO_WRITE_A_CHUNK:
                leftover.unlink(missing_ok=True)
        self.group.attrs["state"] = "complete"
        self.group.attrs["completed"] = provenance.now()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Consolidated metadata", category=UserWarning)
            zarr.consolidate_metadata(self.group.store)

    @property
    def log_path(self) -> Path:
        """A line for each block that was computed: time, host, seconds, what was raised."""
        return self.path.with_name(self.path.name + ".log.jsonl")
