"""Part of a store as the files of a store: some values of its axes, everything else as it was, to the last bit."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import zarr
from zarr.codecs import BloscCodec
from zarr.storage import MemoryStore

from physics.core.errors import suggestion
from scanner.errors import SelectionError
from scanner.explore.sources import Folder, consolidated
from scanner.scan.grid import position
from scanner.store.opening import open_array
from scanner.store.seal import ROOT, SEALS

__all__ = ["Selection", "excerpt"]

_POINTS = 200_000  # in a chunk
_SMALL = BloscCodec(cname="zstd", clevel=9, shuffle="shuffle")  # written once, carried around


class Selection:
    """Which values of the axes of a store stay.

    Raises
    ------
    SelectionError
        An axis that the store does not have, a value that its grid does not have.
    """

    def __init__(self, folder: Folder, at: Mapping[str, float | str], thin: Mapping[str, int]) -> None:
        self.folder, self.at, self.thin = folder, dict(at), dict(thin)
        axes = folder.scan.grid.axes
        for axis in (*at, *thin):
            if axis not in axes:
                raise SelectionError(f"the store has no axis {axis!r}{suggestion(axis, axes)}")
        if both := sorted({*at} & {*thin}):
            raise SelectionError(f"{both[0]}: --at leaves one value, which --thin cannot thin; give one of them")
        self._kept = {name: np.arange(len(axis)) for name, axis in axes.items()}
        for name, value in at.items():
            if (index := position(axes[name].values, value)) is None:
                values = ", ".join(map(str, axes[name].values.tolist()))
                raise SelectionError(f"the grid has no {name} = {value}; it has {values}")
            self._kept[name] = np.array([index])
        for name, step in thin.items():
            self._kept[name] = self._kept[name][::step]

    def of(self, dims: tuple[str, ...]) -> tuple[Any, ...]:
        """Positions that stay, for each dimension."""
        return tuple(self._kept.get(d, slice(None)) for d in dims)

    @cached_property
    def arrays(self) -> dict[str, Any]:
        """All arrays of the store by name; not those of its groups, which are for lmutau alone."""
        group = self.folder.scan.group
        metadata = self.folder.metadata()["consolidated_metadata"]["metadata"]
        names = [name for name, node in metadata.items() if node["node_type"] == "array" and "/" not in name]
        return {name: open_array(group, name) for name in names}

    def bytes_at_most(self) -> int:
        """Of all numbers that stay, before they are compressed."""
        return sum(self._bytes(array) for array in self.arrays.values())

    def bytes_about(self) -> float:
        """Of the compressed numbers that stay: the files of the store, each array's by the share of its points."""
        return sum(self._stored(name) * self._share(array) for name, array in self.arrays.items())

    def _stored(self, name: str) -> int:
        chunks = self.folder.path / name / "c"
        return sum(file.lstat().st_size for file in (chunks, *chunks.rglob("*")) if file.is_file())

    def _share(self, array: Any) -> float:
        dims = array.metadata.dimension_names or ()
        axes = self.folder.scan.grid.axes
        return math.prod(self._kept[d].size / len(axes[d]) for d in dims if d in self._kept)

    def _bytes(self, array: Any, without: str = "") -> int:
        dims = array.metadata.dimension_names or ()
        kept = [self._kept[d].size if d in self._kept and d != without else 1 for d in dims]
        return math.prod(kept) * (1 if array.dtype.itemsize == 1 else 8)

    def suggestions(self, factor: float, most: int = 4) -> str:
        """What to leave out, the axes that weigh most first, for something that is so many times too large."""
        total = self.bytes_at_most()
        gains = {}
        for name, kept in self._kept.items():
            if kept.size > 1:
                rest = sum(self._bytes(a, without=name) for a in self.arrays.values())
                gains[name] = round(total / rest)
        said = []
        for name in sorted((axis for axis in gains if gains[axis] > 1), key=lambda axis: -gains[axis])[:most]:
            values = self.folder.scan.grid.axes[name].values
            middle = values[self._kept[name]][self._kept[name].size // 2]
            step = min(max(2, math.ceil(factor)), self._kept[name].size)
            thin = "" if values.dtype.kind != "f" else f" (or --thin {name}={step})"
            said.append(f"--at {name}={middle} keeps 1/{gains[name]}{thin}")
        return "; ".join(said)


def excerpt(selection: Selection) -> dict[str, bytes]:
    """The files of the excerpt, by name.

    Attributes are those of the store, without its seals, which are of other files; what was left out is said in one
    more, `excerpt`.
    """
    source = selection.folder.scan.group
    content: dict[str, Any] = {}
    attributes = {key: value for key, value in source.attrs.asdict().items() if key not in SEALS}
    if selection.at or selection.thin:
        attributes["excerpt"] = json.dumps({"at": selection.at, "every": selection.thin})
    group = zarr.create_group(MemoryStore(content), zarr_format=3, attributes=attributes)
    for name, array in selection.arrays.items():
        _copy(group, name, array, selection)
    files = {key: value.to_bytes() for key, value in content.items()}
    nodes = {key: json.loads(value) for key, value in files.items() if key.endswith(ROOT)}
    root = nodes.pop(ROOT)
    metadata = {key.removesuffix(f"/{ROOT}"): node for key, node in sorted(nodes.items())}
    return files | {ROOT: json.dumps(consolidated(root, metadata)).encode()}


def _copy(group: zarr.Group, name: str, array: Any, selection: Selection) -> None:
    dims = tuple(array.metadata.dimension_names or ())
    values = array.oindex[selection.of(dims)] if dims else array[...]
    shape = np.shape(values)
    text = array.dtype.kind not in "fiu"
    copy = group.create_array(
        name,
        shape=shape,
        dtype="string" if text else array.dtype,
        chunks=_chunks(shape),
        fill_value=array.fill_value,
        compressors=[_SMALL if isinstance(c, BloscCodec) else c for c in array.compressors],
        dimension_names=dims or None,
        attributes=array.attrs.asdict(),
    )
    with zarr.config.set({"array.write_empty_chunks": True}):
        copy[...] = values


def _chunks(shape: tuple[int, ...]) -> tuple[int, ...]:
    """As few as may be: the longest side is halved until a chunk is small enough."""
    sides = [max(1, n) for n in shape]
    while math.prod(sides) > _POINTS:
        longest = sides.index(max(sides))
        sides[longest] = -(-sides[longest] // 2)
    return tuple(sides)
