"""What a store says of itself: read from its attributes and coordinates, with nothing of the physics."""

from __future__ import annotations

import json
import uuid
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from physics.core.tables import as_html, as_text
from scanner.errors import StoreError
from scanner.scan.grid import Axis, Grid, Held, held
from scanner.scan.plan import Family
from scanner.scan.sections import PlotSection, StoreSection
from scanner.store.attributes import check_attributes
from scanner.store.completion import gone
from scanner.store.elsewhere import place
from scanner.store.history import records
from scanner.store.layout import LEVELS, SCHEMA, code_name, families_from, readings_followed, status_name
from scanner.store.opening import open_array, open_dataset, open_group

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["StoredScan"]


class StoredScan:
    """A scan on disk, to be read. One that an earlier version of lmutau has made has no `families`.

    Parameters
    ----------
    path : str or Path
        An existing store: a folder; a zip archive; the address (http(s)://, s3://) of either. Only a folder is written.

    Raises
    ------
    StoreError
        There is none, or it was not made by lmutau.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = place(path)
        self._arrays: dict[str, Any] = {}
        try:
            self.group = open_group(self.path, use_consolidated=False)
        except (OSError, ValueError, TypeError) as error:
            raise StoreError(f"{self.path}: no Zarr store there that can be opened ({type(error).__name__})") from None
        schema = str(self.group.attrs.get("schema"))
        if schema == LEVELS:
            raise StoreError(f"{self.path}: a folder of levels, each a store: name one, such as {self.path}/level_1")
        if not schema.startswith(SCHEMA.rpartition("/")[0]):
            raise StoreError(f"{self.path}: not a scan of lmutau (schema {schema[:50]!r}, not {SCHEMA})")
        check_attributes(self.path, self.group.attrs)
        self.root_seen: tuple[int, ...] = ()  # what identifies the zarr.json whose id was read last
        self.is_current = schema == SCHEMA and not {"sealed_metadata", "seal"}.isdisjoint(self.group.attrs)
        # What it was made with, and each time that something else went on with it, oldest first; as of now
        self.history = records(self)

    def attribute(self, key: str, default: str | None = None) -> str:
        """An attribute of the store; nested ones are JSON, so that xarray can export them."""
        value = self.group.attrs.get(key, default)
        if value is None:
            raise StoreError(f"{self.path}: the attribute {key!r} is missing; the store's zarr.json is damaged")
        return str(value)

    def check_current(self) -> None:
        """Raise where an earlier version of lmutau has made the store, in another layout."""
        if not self.is_current:
            raise StoreError(
                f"{self.path}: made by an earlier version of lmutau, in another layout. It can be read (xarray, lmutau "
                "summary, plot, cite), but neither resumed nor verified: run its scan file into another store"
            )

    def array(self, name: str) -> Any:
        """The Zarr array of an observable, a coordinate or a status; its metadata are read once."""
        if name not in self._arrays:
            try:
                self._arrays[name] = open_array(self.group, name)
            except StoreError as error:
                raise gone(self) or error from None
        return self._arrays[name]

    @property
    def made_with(self) -> dict[str, Any]:
        """What it was last computed with: `plan` (the identity of the scan), `versions`, `git`, `plugins`, `plot`."""
        return self.history[-1]

    @property
    def identity(self) -> dict[str, str]:
        """The identity of the scan, as it was last computed."""
        items: dict[str, str] = self.made_with["plan"]
        if not self.is_current:
            return items
        return items | {f"observable {name}": ", ".join(f.dims) for f in self.families for name in f.observables}

    @property
    def id(self) -> str:
        """Unique identifier: a store made later at the same path has another one."""
        return self.attribute("id")

    @cached_property
    def scan_file(self) -> dict[str, Any]:
        """The scan file that made it, as stored; `scan` checks it against the physics."""
        content: dict[str, Any] = json.loads(self.attribute("scan_file"))
        return content

    @cached_property
    def digests(self) -> dict[str, str]:
        """SHA-256 of the metadata that the store was made with, by array or group."""
        digests: dict[str, str] = json.loads(self.attribute("sealed_metadata"))
        return digests

    @cached_property
    def metadata_files(self) -> list[str]:
        """The zarr.json of the store, then those of all arrays; plain strings, which are quick to look for."""
        return [str(self.path / name / "zarr.json") for name in ("", *sorted(self.digests))]

    @cached_property
    def section(self) -> StoreSection:
        """The [store] section of the scan file, but for its path."""
        return StoreSection.model_validate(self.scan_file.get("store", {}))

    def _rows(self) -> list[tuple[str, str]]:
        """What it is printed as; from the attributes alone, none of which need be there."""
        attribute = self.group.attrs.get
        rows = [
            ("store", str(self.path)),
            ("title", attribute("title")),
            ("state", attribute("state")),
            ("readings", readings_followed(self.group.attrs)),
            ("created", attribute("created")),
        ]
        if self.is_current:
            for family in self.families:
                axes = " x ".join(f"{d} {n}" for d, n in zip(family.dims, family.shape, strict=True)) or "constants"
                rows.append((axes, ", ".join(family.observables)))
        return [(name, str(value)) for name, value in rows if value]

    def __repr__(self) -> str:
        """As a short table."""
        return as_text(self._rows())

    def _repr_html_(self) -> str:
        return as_html((), self._rows())

    @property
    def title(self) -> str:
        """Title of the scan."""
        return str(self.scan_file["scan"]["title"])

    @property
    def plot(self) -> PlotSection | None:
        """The [plot] section; whether what it names exists is not checked."""
        section = self.made_with["plot"]
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
        self.check_current()
        return families_from(self.attribute("families"))

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
        try:
            found = {f"axis {name}": axis.identity for name, axis in self.grid.axes.items()}
            for name, axis in self.grid.axes.items():
                if axis.is_categorical:
                    planned[f"axis {code_name(name)}"] = str(list(range(len(axis))))
                    found[f"axis {code_name(name)}"] = str(np.asarray(self.array(code_name(name))[:]).tolist())
        except Exception as error:  # whatever a damaged file makes the codecs raise
            return [f"an axis cannot be read: {type(error).__name__}: {error}"]
        return [
            f"{key}: {found.get(key)} is not the planned {planned[key]}"
            for key in planned
            if found.get(key) != planned[key]
        ]

    def family(self, name: str) -> Family:
        """A family by its name."""
        return next(f for f in self.families if f.name == name)

    def dataset(self) -> xr.Dataset:
        """The scan as an xarray dataset, read lazily, with the blocks as Dask's chunks: less to do than with Zarr's."""
        dataset = open_dataset(self.path, consolidated=False, chunks=None if self.is_current else {})
        if not self.is_current:
            return dataset
        names = [n for f in self.families for o in f.observables for n in (o, status_name(o))]
        if lacking := [name for name in names if name not in dataset.variables]:
            raise StoreError(f"{self.path}: it has no array {lacking[0]!r}; it is damaged")
        variables = {
            name: dataset[name].variable.chunk(
                dict(zip(family.dims, family.block, strict=True)), name=f"{self.id}-{name}-{uuid.uuid4().hex}"
            )
            for family in self.families
            for observable in family.observables
            for name in (observable, status_name(observable))
        }
        return dataset.assign(variables).set_coords(set(dataset.coords))
