"""How chunks of a store are decoded: into no more memory than their array says, and an unreadable one is a StoreError.

The header of a compressed chunk says how large it becomes, whatever its array says; zarr believes it.
"""

from __future__ import annotations

import atexit
import math
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import zarr
from zarr import codecs
from zarr.core import sync
from zarr.core.codec_pipeline import BatchedCodecPipeline
from zarr.registry import register_codec, register_pipeline

from scanner.errors import StoreError

__all__ = ["bounded"]

MAX_TEXT = 2**24  # bytes of a chunk of names
_SLACK = 64  # bytes: checksums of codecs that came before
_SECONDS_TO_END = 10.0


class _BoundedBlosc(codecs.BloscCodec):
    async def _decode_single(self, chunk_bytes: Any, chunk_spec: Any) -> Any:
        header = chunk_bytes[:8].to_bytes()
        _refuse_more(int.from_bytes(header[4:8], "little"), chunk_spec)
        return await super()._decode_single(chunk_bytes, chunk_spec)


class _BoundedZstd(codecs.ZstdCodec):
    async def _decode_single(self, chunk_bytes: Any, chunk_spec: Any) -> Any:
        _refuse_more(_zstd_content(chunk_bytes[:18].to_bytes()), chunk_spec)
        return await super()._decode_single(chunk_bytes, chunk_spec)


class VLenUTF8Codec(codecs.VLenUTF8Codec):  # zarr goes by the name of the class
    async def _decode_single(self, chunk_bytes: Any, chunk_spec: Any) -> Any:
        count = int.from_bytes(chunk_bytes[:4].to_bytes(), "little")
        if count != (wanted := math.prod(chunk_spec.shape)):
            raise ValueError(f"a chunk of {count} names, not {wanted}")
        return await super()._decode_single(chunk_bytes, chunk_spec)


class _SayingPipeline(BatchedCodecPipeline):
    async def read_batch(self, batch_info: Iterable[Any], out: Any, drop_axes: tuple[int, ...] = ()) -> None:
        batch = list(batch_info)
        try:
            await super().read_batch(batch, out, drop_axes)
        except (StoreError, MemoryError):
            raise
        except Exception as error:  # whatever a damaged chunk makes the codecs raise
            where = ", ".join(str(getter) for getter, *_ in batch[:1])
            raise StoreError(
                f"{where.removeprefix('file://')}: cannot be read ({type(error).__name__}: {error}); "
                "`lmutau verify` lists all that is damaged"
            ) from error


def _refuse_more(size: int, chunk_spec: Any) -> None:
    """Raise where a chunk becomes larger than its array says."""
    item = getattr(chunk_spec.dtype, "item_size", None)
    most = MAX_TEXT if item is None else math.prod(chunk_spec.shape) * item + _SLACK
    if size > most:
        raise ValueError(f"a chunk that becomes {size:,} bytes; its array has room for {most:,}")


def _zstd_content(header: bytes) -> int:
    """Size of what a zstd frame holds (RFC 8878, section 3.1.1).

    >>> import numcodecs
    >>> _zstd_content(numcodecs.Zstd().encode(bytes(100_000))[:18])
    100000
    """
    if header[:4] != b"\x28\xb5\x2f\xfd" or len(header) < 6:
        raise ValueError("no zstd frame")
    single, flag = header[4] >> 5 & 1, header[4] >> 6
    start = 5 + (not single) + (0, 1, 2, 4)[header[4] & 3]
    length = (single, 2, 4, 8)[flag]
    if not length:
        raise ValueError("a zstd frame that does not say its size")
    return int.from_bytes(header[start : start + length], "little") + (256 if length == 2 else 0)


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


register_codec("blosc", _BoundedBlosc)
register_codec("zstd", _BoundedZstd)
register_codec("vlen-utf8", VLenUTF8Codec)
register_pipeline(_SayingPipeline)

_SETTINGS = {
    "codecs.blosc": _name(_BoundedBlosc),
    "codecs.zstd": _name(_BoundedZstd),
    "codecs.vlen-utf8": _name(VLenUTF8Codec),
    "codec_pipeline.path": _name(_SayingPipeline),
}
_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def bounded() -> Iterator[None]:
    """Arrays that are opened in here are decoded in this way.

    zarr's settings are those of the whole process: two threads that change them and put them back by turns would leave
    these behind.
    """
    with _ONE_AT_A_TIME, zarr.config.set(_SETTINGS):
        yield


def _end_thread() -> None:
    """Wait for Zarr's thread: Zarr does for 0.2 s, and then shows a traceback, where others have the processors."""
    if (loop := sync.loop[0]) is not None and (thread := sync.iothread[0]) is not None:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_SECONDS_TO_END)


atexit.register(_end_thread)  # after Zarr's own, and so called before it
