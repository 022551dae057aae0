"""Writing the chunks of a block: what Zarr would write, without the tasks and threads that it needs for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import zarr
from google_crc32c import value as crc32c
from numcodecs import blosc
from numpy.typing import NDArray
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec

from scanner.errors import StoreError
from scanner.scan.plan import BlockIndex
from scanner.store.opening import PlainFiles

__all__ = ["write_chunks"]

_SHUFFLES = {"noshuffle": blosc.NOSHUFFLE, "shuffle": blosc.SHUFFLE, "bitshuffle": blosc.BITSHUFFLE}


def write_chunks(array: zarr.Array[Any], chunks: Sequence[BlockIndex], values: NDArray[Any]) -> None:
    """Write all chunks that a part of an array consists of; a file appears under its name only when whole.

    Parameters
    ----------
    array : zarr.Array
        Of a store that was opened with `open_group`.
    chunks : sequence of tuple of int
        Indices of the chunks, the one that begins with the first of the values first.
    values : array
        Of that part of the array.
    """
    how, store = _codec(array), array.store
    assert isinstance(store, PlainFiles)
    data = values.astype(array.dtype.newbyteorder("<"), copy=False)
    for chunk in chunks:
        begin = tuple((i - first) * side for i, first, side in zip(chunk, chunks[0], array.chunks, strict=True))
        part = data[tuple(slice(b, b + side) for b, side in zip(begin, array.chunks, strict=True))]
        if part.shape != array.chunks:  # at the end of an axis
            whole = np.full(array.chunks, array.fill_value, dtype=data.dtype)
            whole[tuple(slice(n) for n in part.shape)] = part
            part = whole
        content = blosc.compress(np.ascontiguousarray(part), **how)
        store.replace("/".join((array.path, "c", *map(str, chunk))), content, crc32c(content).to_bytes(4, "little"))


def _codec(array: zarr.Array[Any]) -> Mapping[str, Any]:
    """What the metadata of an array say of its compression, as Blosc takes it."""
    match array.metadata.codecs:  # type: ignore[union-attr]  # those of Zarr v2 have none
        case (BytesCodec(), BloscCodec() as codec, Crc32cCodec()):
            return {
                "cname": codec.cname.value.encode(),
                "clevel": codec.clevel,
                "shuffle": _SHUFFLES[codec.shuffle.value],
                "blocksize": codec.blocksize,
            }
    raise StoreError(f"{array.name}: its codecs are not those that lmutau writes")
