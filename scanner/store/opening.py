"""How the files of a store are opened for Zarr and xarray: plain files of its folder, or elsewhere, within bounds."""

from __future__ import annotations

import asyncio
import os
import stat
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zarr
from pydantic import ValidationError
from zarr.abc.store import ByteRequest, OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import LocalStore

from scanner.errors import StoreError
from scanner.store.attributes import HELD
from scanner.store.decoding import bounded
from scanner.store.elsewhere import Elsewhere, Span, elsewhere
from scanner.store.trust import MAX_FILE, checked_metadata

if TYPE_CHECKING:
    import xarray as xr  # with pandas: a quarter of what a worker would import

__all__ = ["open_array", "open_dataset", "open_group"]

_CHANGES_NUMBERS = frozenset({"scale_factor", "add_offset", "missing_value", "_Unsigned"})  # when xarray reads them


def _mode(path: str) -> int:
    """What stands at a path: S_IFREG, S_IFDIR, ...; 0 where nothing does. A file that is too large is refused."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return 0
    if found.st_size > MAX_FILE:
        raise StoreError(f"{path}: {found.st_size:,} bytes are more than a file of a store has")
    return stat.S_IFMT(found.st_mode)


class PlainFiles(LocalStore):
    """The folder of a store: its own plain files, none larger than a block, and metadata that are checked."""

    def __init__(self, root: Path, *, read_only: bool = False) -> None:
        super().__init__(root, read_only=read_only)
        self._folders: set[str] = set()  # that have been looked at

    def _check(self, key: str) -> None:
        *folders, name = key.split("/")
        path = str(self.root)
        for folder in folders:
            path = f"{path}/{folder}"
            if path not in self._folders:
                if folder == ".." or _mode(path) not in (stat.S_IFDIR, 0):
                    raise StoreError(f"{path}: a link, a pipe or a device; a store has folders and plain files only")
                self._folders.add(path)
        path = f"{path}/{name}"
        if name == ".." or _mode(path) not in (stat.S_IFREG, stat.S_IFDIR, 0):
            raise StoreError(f"{path}: a link, a pipe or a device; a store has folders and plain files only")
        if name == "zarr.json" and _mode(path) == stat.S_IFREG:
            checked_metadata(Path(path))

    async def get(self, key: str, *arguments: Any, **options: Any) -> Any:
        self._check(key)
        return await super().get(key, *arguments, **options)

    def get_sync(self, key: str, *arguments: Any, **options: Any) -> Any:
        self._check(key)
        return super().get_sync(key, *arguments, **options)

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """What may be an array or a group: no plain file, such as a README."""
        async for name in super().list_dir(prefix):
            if name == "zarr.json" or _mode(os.path.join(self.root, prefix, name)) != stat.S_IFREG:
                yield name

    async def set(self, key: str, value: Any) -> None:
        self._check(key)
        await super().set(key, value)

    def replace(self, key: str, *parts: bytes) -> None:
        """Write a file, which appears under its name only when whole, as `set` does; at once."""
        self._check(key)
        file = Path(self.root, key)
        draft = file.with_suffix(f".{uuid.uuid4().hex}.partial")
        try:
            try:
                stream = draft.open("wb")
            except FileNotFoundError:
                file.parent.mkdir(parents=True, exist_ok=True)
                stream = draft.open("wb")
            with stream:
                stream.writelines(parts)
            draft.replace(file)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


class FilesElsewhere(Store):
    """The files of a store elsewhere, for Zarr to read: the same bounds, the same checks of metadata."""

    supports_writes = False
    supports_deletes = False
    supports_listing = True

    def __init__(self, place: Elsewhere) -> None:
        super().__init__(read_only=True)
        self.place = place

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FilesElsewhere) and str(other.place) == str(self.place)

    def __hash__(self) -> int:
        return hash(str(self.place))

    def __str__(self) -> str:
        return str(self.place)

    def _get(self, key: str, wanted: ByteRequest | None) -> bytes:
        file = self.place / key
        if file.name == "zarr.json":
            checked_metadata(file)
        return file.read(MAX_FILE, _span(wanted))

    async def get(self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None) -> Buffer | None:
        try:
            return prototype.buffer.from_bytes(await asyncio.to_thread(self._get, key, byte_range))
        except FileNotFoundError:
            return None

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        return list(await asyncio.gather(*(self.get(key, prototype, wanted) for key, wanted in key_ranges)))

    async def exists(self, key: str) -> bool:
        return await asyncio.to_thread((self.place / key).is_file)

    async def list(self) -> AsyncIterator[str]:
        for name in await asyncio.to_thread(self.place.files.names):
            yield name

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        async for name in self.list():
            if name.startswith(prefix):
                yield name

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        start = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        folders = {name.removeprefix(start).partition("/")[0] async for name in self.list_prefix(start) if "/" in name}
        for name in sorted(folders):
            yield name

    async def set(self, key: str, value: Buffer) -> None:
        os.fspath(self.place / key)  # says why not

    async def delete(self, key: str) -> None:
        os.fspath(self.place / key)


def _span(wanted: ByteRequest | None) -> Span:
    match wanted:
        case RangeByteRequest(start, end):
            return start, end
        case OffsetByteRequest(offset):
            return offset
        case SuffixByteRequest(suffix):
            return -suffix
    return None


def open_group(path: Path, **options: Any) -> zarr.Group:
    """The group of a store, to be read and, in a folder, written."""
    with bounded():
        mode: Any = "r+" if elsewhere(path) is None else "r"
        return zarr.open_group(_files(path), mode=mode, zarr_format=3, **options)


def _files(path: Path, read_only: bool = False) -> Store:
    there = elsewhere(path)
    return PlainFiles(path, read_only=read_only) if there is None else FilesElsewhere(there)


def open_array(group: zarr.Group, name: str) -> Any:
    """An array of a store.

    Raises
    ------
    StoreError
        There is none, or its metadata make no sense.
    """
    with bounded():
        try:
            array = group[name]
        except KeyError:
            raise StoreError(f"{group.store_path}: it has no array {name!r}; it is damaged") from None
        except (ValueError, TypeError, AttributeError) as error:  # of zarr, on what it finds there
            raise StoreError(f"{group.store_path}/{name}: zarr.json is damaged: {error}") from None
    if not isinstance(array, zarr.Array):
        raise StoreError(f"{group.store_path}/{name}: it is a group, not an array; the store is damaged")
    return array


def open_dataset(path: Path, **options: Any) -> xr.Dataset:
    """A store as an xarray dataset, as `xarray.open_zarr` opens it.

    Raises
    ------
    StoreError
        Arrays do not fit together, or cannot be read.
    """
    import xarray as xr

    with bounded():
        try:
            dataset: xr.Dataset = xr.open_zarr(_files(path, read_only=True), zarr_format=3, **options)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:  # of xarray, on what it finds
            raise StoreError(
                f"{path}: xarray cannot open it ({type(error).__name__}: {error}); `lmutau verify` says more"
            ) from None
    for name, variable in dataset.variables.items():
        _check_variable(path, str(name), variable.attrs, dataset)
        if repeated := [str(d) for d in variable.dims if variable.dims.count(d) > 1]:
            raise StoreError(f"{path}: {name} has the axis {repeated[0]} twice; it is damaged")
        if changed := _CHANGES_NUMBERS & variable.encoding.keys():
            raise StoreError(f"{path}: {name} has {', '.join(sorted(changed))}, which would change its values; damaged")
    return dataset


def _check_variable(path: Path, name: str, attributes: Mapping[str, Any], dataset: xr.Dataset) -> None:
    status = attributes.get("ancillary_variables")
    if status is not None and status not in dataset.variables:
        raise StoreError(f"{path}: {name} has no statuses ({str(status)[:50]}); it is damaged")
    if status is not None and not set(dataset[name].dims) <= set(dataset[status].dims):
        raise StoreError(f"{path}: {status} has other axes than {name}, whose statuses it has; it is damaged")
    try:
        HELD.validate_json(attributes.get("held_parameters", "{}"))
    except ValidationError as error:
        raise StoreError(f"{path}: held_parameters of {name}: {error.errors()[0]['msg']}; it is damaged") from None
