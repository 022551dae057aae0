"""What a store of a stranger may do here: be read, within its folder and within bounds; elsewhere as on this machine.

`Store` opens its group, arrays and dataset by opening.py, and its log by `plain_file`. So nothing is followed
that is not a plain file of the folder, no codec is loaded but those that lmutau writes, and sizes are refused before
memory is taken for them. SECURITY.md lists what is trusted.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from scanner.errors import StoreError
from scanner.scan.plan import MAX_BLOCK_BYTES, MAX_BLOCKS
from scanner.scan.sections import MAX_VALUES_PER_AXIS
from scanner.store.attributes import MAX_LABEL, NODE, REMEDY
from scanner.store.elsewhere import Elsewhere

__all__ = ["MAX_FILE", "MAX_METADATA", "check_address", "checked_metadata", "plain_file", "read_metadata"]

MAX_METADATA = 2**24  # bytes of a zarr.json
MAX_FILE = 2 * MAX_BLOCK_BYTES  # of a chunk or shard
_MAX_LOG_ELSEWHERE = 2**29  # bytes: it is read whole
_TYPES = {"float64": 8, "float32": 4, "int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint8": 1, "bool": 1, "string": 8}
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


def checked_metadata(path: Path | Elsewhere) -> Any:
    """What a zarr.json says.

    Raises
    ------
    StoreError
        It makes no sense, or would take more memory, or other codecs, than those of lmutau do.
    """
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
