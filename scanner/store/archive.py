"""A store in a zip archive, on this machine or behind an address: not compressed, so that any part can be read."""

from __future__ import annotations

import io
import stat
import threading
import weakref
import zipfile
from pathlib import Path
from typing import Any

from scanner.errors import StoreError
from scanner.store.elsewhere import KEY, MAX_NAMES, Elsewhere, Files, Span

__all__ = ["Archive"]

_LARGEST_DIRECTORY = 2**27  # bytes: a million files and more
_AHEAD = 2**16  # bytes that are read at once from elsewhere


class Archive:
    """The files of a zip archive.

    Parameters
    ----------
    address : str
        As the user writes it.
    where : Path or Elsewhere
        The archive.

    Raises
    ------
    StoreError
        It is no archive of a store, or one that is compressed or damaged.
    """

    lists = True

    def __init__(self, address: str, where: Path | Elsewhere) -> None:
        self.address, self._where = address, where
        self._one_at_a_time = threading.Lock()
        try:
            opened = _opened(where)
            weakref.finalize(self, opened.close)
            self._zip = zipfile.ZipFile(opened)
            entries = {entry.filename: entry for entry in self._zip.infolist() if not entry.is_dir()}
        except FileNotFoundError:
            raise StoreError(f"{address}: there is no such archive") from None
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise StoreError(f"{address}: no zip archive that can be read ({error})") from None
        if len(entries) > MAX_NAMES:
            raise StoreError(f"{address}: {len(entries):,} files are more than {MAX_NAMES:,}")
        if compressed := [name for name, entry in entries.items() if entry.compress_type != zipfile.ZIP_STORED]:
            raise StoreError(
                f"{address}: {compressed[0][:100]!r} is compressed, and would have to be unpacked; lmutau export makes "
                "archives that need not"
            )
        self._entries = {name: entry for name, entry in entries.items() if KEY.fullmatch(name)}
        if "zarr.json" not in self._entries:
            raise StoreError(f"{address}: no store: it has no zarr.json at its top, as archives of lmutau export have")
        self._names = frozenset(entries)

    def __reduce__(self) -> tuple[type, tuple[str, Path | Elsewhere]]:
        return Archive, (self.address, self._where)

    def read(self, key: str, most: int, span: Span = None) -> bytes:
        """A file, or a span of it."""
        if (entry := self._entries.get(key)) is None:
            raise FileNotFoundError(f"{self.address}/{key}")
        if max(entry.file_size, entry.compress_size) > most:
            raise StoreError(f"{self.address}/{key}: {entry.file_size:,} bytes are more than such a file has")
        try:
            with self._one_at_a_time, self._zip.open(entry) as file:
                content = file.read()
        except StoreError:
            raise
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
            raise StoreError(f"{self.address}/{key}: cannot be read ({error})") from None
        if span is None:
            return content
        return content[slice(*span)] if isinstance(span, tuple) else content[span:]

    def exists(self, key: str) -> bool:
        """Whether there is such a file."""
        return key in self._entries

    def names(self) -> frozenset[str]:
        """The names of all files."""
        return self._names

    def beside(self) -> Files | None:
        """A log beside an archive would be that of another store."""
        return None


def _opened(where: Path | Elsewhere) -> Any:
    if isinstance(where, Elsewhere):
        return _Bounded(io.BufferedReader(_Ranges(where), _AHEAD))
    if not stat.S_ISREG(where.stat().st_mode):
        raise OSError("not a file")
    return _Bounded(where.open("rb"))


class _Bounded(io.BufferedIOBase):
    """A file of which no more is read at once than the directory of an archive has: it says itself how large it is."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, size: int | None = -1, /) -> bytes:
        """So many bytes, or all that are left."""
        if size is None or size < 0 or size > _LARGEST_DIRECTORY:
            left = self._file.seek(0, io.SEEK_CUR)
            end = self._file.seek(0, io.SEEK_END)
            self._file.seek(left)
            if end - left > _LARGEST_DIRECTORY and (size is None or size < 0 or size > _LARGEST_DIRECTORY):
                raise OSError(f"more than {_LARGEST_DIRECTORY:,} bytes at once")
        content: bytes = self._file.read(size)
        return content

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a position."""
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        """The position."""
        return int(self._file.tell())

    def seekable(self) -> bool:
        """It is."""
        return True

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class _Ranges(io.RawIOBase):
    """A file elsewhere, of which parts are asked for."""

    def __init__(self, where: Elsewhere) -> None:
        self._where, self._at = where, 0
        self._size = where.files.size(where.key)  # type: ignore[attr-defined]  # it is one of Objects

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer."""
        end = min(self._at + len(buffer), self._size)
        if end <= self._at:
            return 0
        content = self._where.read(len(buffer), (self._at, end))
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a position."""
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True
