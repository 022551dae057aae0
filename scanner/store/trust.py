"""What a store of a stranger may do here: be read, within its folder and within bounds; elsewhere as on this machine.

`Store` opens its group, arrays and dataset by the functions below, and its log by `plain_file`. So nothing is followed
that is not a plain file of the folder, no codec is loaded but those that lmutau writes, and sizes are refused before
memory is taken for them. SECURITY.md lists what is trusted.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import re
import stat
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import zarr
from pydantic import ValidationError
from zarr.abc.store import ByteRequest, OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import LocalStore

from scanner.errors import StoreError
from scanner.scan.plan import MAX_BLOCK_BYTES, MAX_BLOCKS
from scanner.scan.sections import MAX_VALUES_PER_AXIS
from scanner.store.attributes import HELD, MAX_LABEL, NODE, REMEDY
from scanner.store.decoding import bounded
from scanner.store.elsewhere import Elsewhere, Span, elsewhere

if TYPE_CHECKING:
    import xarray as xr  # with pandas: a quarter of what a worker would import

__all__ = [
    "array_metadata",
    "check_address",
    "open_array",
    "open_dataset",
    "open_group",
    "plain_file",
    "read_metadata",
]

MAX_METADATA = 2**24  # bytes of a zarr.json
MAX_FILE = 2 * MAX_BLOCK_BYTES  # of a chunk or shard
_MAX_LOG_ELSEWHERE = 2**29  # bytes: it is read whole
_TYPES = {"float64": 8, "float32": 4, "int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint8": 1, "bool": 1, "string": 8}
_CHANGES_NUMBERS = frozenset({"scale_factor", "add_offset", "missing_value", "_Unsigned"})  # when xarray reads them
_MAX_TEXT = 20_000  # characters of an array's attribute
_CODECS = ("blosc", "bytes", "crc32c", "sharding_indexed", "vlen-utf8", "zstd")  # what decoding.py bounds


# --- files ------------------------------------------------------------------------------------------------------------


def plain_file(path: Path | Elsewhere, mode: str = "rb") -> IO[Any]:
    """Open a file that is not a link, a pipe or a device: those beside a store may come from the same archive.

    Raises
    ------
    StoreError
        It is one.
    """
    if isinstance(path, Elsewhere) and mode == "rb":
        return path.open(MAX_METADATA if path.name == "zarr.json" else _MAX_LOG_ELSEWHERE)

    def opener(name: str, flags: int) -> int:
        handle = os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise OSError
        return handle

    try:
        return open(path, mode, opener=opener)
    except FileNotFoundError:
        raise
    except OSError as error:
        if path.is_symlink() or not path.is_file():
            raise StoreError(
                f"{path}: a folder, a link, a pipe or a device; remove it: a store has plain files"
            ) from None
        raise error


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
            _check_metadata(Path(path))

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
            _check_metadata(file)
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


# --- connections ------------------------------------------------------------------------------------------------------


def check_address(source: str | Path, address: str) -> None:
    """Raise where a store, or a scan file of somebody else, asks for a scheduler: what it answers can run code here.

    Raises
    ------
    StoreError
        Saying how to name the address oneself.
    """
    path = Path(source).expanduser()
    if address == "local" or not path.exists():  # a preset is ours
        return
    in_store = any((folder / "zarr.json").exists() for folder in (path, *path.resolve().parents))
    if in_store or path.stat().st_uid not in (os.geteuid(), 0):
        whose = "a store, or what lies in one," if in_store else "a scan file of another user"
        raise StoreError(
            f"{path} asks for the scheduler at {address}, which could run code here; {whose} is not followed there. "
            f"If you trust it: --address {address}; to compute on this machine: --address local"
        )


# --- metadata ---------------------------------------------------------------------------------------------------------


def read_metadata(path: Path | Elsewhere) -> Any:
    """Content of a zarr.json.

    Raises
    ------
    StoreError
        It is not JSON, or more of it than metadata have.
    """
    with plain_file(path) as file:
        text = file.read(MAX_METADATA + 1)
    if len(text) > MAX_METADATA:
        raise StoreError(f"{path}: more than {MAX_METADATA:,} bytes of metadata")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # not JSON, numbers of 4300 digits, a thousand brackets
        raise StoreError(f"{path}: not the metadata of a store ({error}); {REMEDY}") from error


def array_metadata(array: Elsewhere) -> Any:
    """Metadata of an array, checked.

    Raises
    ------
    StoreError
        They make no sense, or ask for more than there can be.
    """
    return _check_metadata(array / "zarr.json")


def _check_metadata(path: Path | Elsewhere) -> Any:
    """Raise where a zarr.json would take more memory, or other codecs, than those of lmutau do; else, what it says."""
    document = read_metadata(path)
    try:
        nodes = {"": document}
        if document["node_type"] == "group":
            nodes |= (document.get("consolidated_metadata") or {"metadata": {}})["metadata"]
        for name, node in nodes.items():
            _check_node(name, node)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise StoreError(f"{path}: damaged, or not written by lmutau: {what}; {REMEDY}") from None
    return document


def _check_node(name: str, node: Mapping[str, Any]) -> None:
    if name and not re.fullmatch(NODE, name):
        raise ValueError(f"{name[:50]!r} is not the name of an array")
    if node["zarr_format"] != 3:
        raise ValueError(f"zarr_format is {node['zarr_format']!r}, not 3")
    if node["node_type"] == "group":
        return
    shape, chunk = node["shape"], node["chunk_grid"]["configuration"]["chunk_shape"]
    if not all(type(n) is int and n >= 0 for n in shape) or not all(type(n) is int and n >= 1 for n in chunk):
        raise ValueError("shape and chunk_shape must be whole numbers")
    if len(shape) != len(chunk) or len(shape) > 32:
        raise ValueError(f"chunks of {len(chunk)} axes in an array of {len(shape)}")
    if (kind := node["data_type"]) not in _TYPES:
        raise ValueError(f"data_type {str(kind)[:50]!r} is none of {', '.join(_TYPES)}")
    if len(shape) == 1 and shape[0] > MAX_VALUES_PER_AXIS:
        raise ValueError(f"{shape[0]:,} values on an axis are more than {MAX_VALUES_PER_AXIS:,}")
    if (size := math.prod(chunk) * _TYPES[kind]) > MAX_BLOCK_BYTES:
        raise ValueError(f"chunks of {size:,} bytes are more than {MAX_BLOCK_BYTES:,}")
    if (number := math.prod(-(-n // c) for n, c in zip(shape, chunk, strict=True))) > 10 * MAX_BLOCKS:
        raise ValueError(f"{number:,} chunks are more than {10 * MAX_BLOCKS:,}")
    for key, value in node.get("attributes", {}).items():
        if len(str(value)) > (MAX_LABEL if key in ("label", "long_name", "units") else _MAX_TEXT):
            raise ValueError(f"the attribute {key[:50]} has {len(str(value)):,} characters")
    if node.get("storage_transformers"):
        raise ValueError("storage transformers are not used here")
    _check_codecs(node["codecs"], math.prod(chunk))


def _check_codecs(codecs: Any, points: int) -> None:
    for codec in codecs:
        if codec["name"] not in _CODECS:
            raise ValueError(f"codec {str(codec['name'])[:50]!r} is none of {', '.join(_CODECS)}")
        if codec["name"] == "sharding_indexed":
            inner = codec["configuration"]["chunk_shape"]
            if not all(type(n) is int and n >= 1 for n in inner) or math.prod(inner) > points:
                raise ValueError("inner chunks must be whole numbers, and smaller than their shard")
            _check_codecs(codec["configuration"]["codecs"], math.prod(inner))
            _check_codecs(codec["configuration"]["index_codecs"], 0)
