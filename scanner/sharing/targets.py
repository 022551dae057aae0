"""Where a store is exported to: each target shows nothing that looks like a whole store before all of it is there."""

from __future__ import annotations

import shutil
import uuid
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from scanner.errors import StoreError, UnreachableError
from scanner.paths import is_address, local
from scanner.store.files import synchronize
from scanner.store.objects import connected, parts_of
from scanner.store.sums import SUMS

__all__ = ["Make", "Target", "draft_of", "target_of"]

LAST = "zarr.json"  # without which nothing is a store
_AT_ONCE = 8  # files on the way to a service

Make = Callable[[str], bytes]  # the content of a file, by its name


class Target(Protocol):
    """Where files are written to."""

    name: str  # of what is there in the end

    def write(self, names: Iterable[str], make: Make) -> None:
        """Write files, each made when it is its turn."""

    def finish(self, root: bytes) -> None:
        """Write the metadata of the store itself, which make one of it."""

    def abandon(self) -> None:
        """Remove what was written, as far as that can be."""


def target_of(out: str | Path, made: str) -> Target:
    """The target that a name means.

    Parameters
    ----------
    out : str or Path
        NAME.zip, a folder, or s3://... of either; nothing may be there.
    made : str
        When the store was completed, ISO 8601: the time of all files in an archive, so that two of a store are equal.

    Raises
    ------
    StoreError
        Something is there, or nothing can be written there.
    """
    text = str(out).rstrip("/")
    if not is_address(text):
        path = local(text)
        return _Archive(path, made) if path.suffix == ".zip" else _Folder(path)
    if not text.startswith("s3:"):
        raise StoreError(
            f"{text}: a web server takes no files; export to a folder, and put it where the server has its own"
        )
    return _ObjectOfArchive(text, made) if text.endswith(".zip") else _Objects(text)


# --- on this machine --------------------------------------------------------------------------------------------------


def draft_of(path: Path) -> Path:
    """Where to write what appears under its name when it is whole.

    Raises
    ------
    StoreError
        Something is there, or there is no such folder.
    """
    if path.exists() or path.is_symlink():
        raise StoreError(f"{path}: exists already; remove it, or choose another name")
    if not path.parent.is_dir():
        raise StoreError(f"{path}: there is no folder {path.parent}")
    return path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.partial")


class _Folder:
    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self._draft = draft_of(path)

    def write(self, names: Iterable[str], make: Make) -> None:
        for name in names:
            file = self._draft / name
            content = make(name)
            try:
                file.write_bytes(content)
            except FileNotFoundError:
                file.parent.mkdir(parents=True)
                file.write_bytes(content)

    def finish(self, root: bytes) -> None:
        (self._draft / LAST).write_bytes(root)
        synchronize((file for file in self._draft.rglob("*") if file.is_file()), self._draft)
        self._draft.rename(self.path)
        synchronize([], self.path.parent)

    def abandon(self) -> None:
        shutil.rmtree(self._draft, ignore_errors=True)


class _Archive:
    """A zip archive without compression: chunks are compressed, and any part of it can be read where it is."""

    def __init__(self, path: Path, made: str) -> None:
        self.path, self.name = path, path.name
        self._draft = draft_of(path)
        self._file: Any = self._draft.open("xb")
        self._zip, self._made = zipfile.ZipFile(self._file, "w"), made

    def write(self, names: Iterable[str], make: Make) -> None:
        for name in names:
            self._zip.writestr(_entry(name, self._made), make(name))

    def finish(self, root: bytes) -> None:
        self.write([LAST], lambda _: root)
        self._zip.close()
        self._file.close()
        synchronize([self._draft], self._draft)
        self._draft.rename(self.path)
        synchronize([], self.path.parent)

    def abandon(self) -> None:
        with suppress(Exception):  # whatever kept it from being written
            self._zip.close()
        self._file.close()
        self._draft.unlink(missing_ok=True)


def _entry(name: str, made: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, datetime.fromisoformat(made).timetuple()[:6])
    entry.create_system, entry.external_attr = 3, 0o100644 << 16  # so that it can be read by all where it is unpacked
    return entry


# --- at a service that speaks S3 --------------------------------------------------------------------------------------


class _Objects:
    def __init__(self, address: str) -> None:
        self.address, self.name = address, address.rpartition("/")[2]
        server, self._prefix = parts_of(address)
        if not self._prefix:
            raise StoreError(f"{address}: name something in the bucket: {address}/scan.zarr")
        self._client, self._begun = connected(server), False

    def write(self, names: Iterable[str], make: Make) -> None:
        """Also over what an export that was interrupted has left."""
        names = set(names)
        if not self._begun:
            self._check_free(names | {SUMS})
            self._begun = True
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for _ in threads.map(lambda name: self._put(name, make(name)), sorted(names)):
                pass

    def finish(self, root: bytes) -> None:
        self._put(LAST, root)

    def abandon(self) -> None:
        """Objects stay: without the metadata of the store they are none, and the same export goes over them."""

    def _check_free(self, names: set[str]) -> None:
        import obstore

        def check() -> None:
            for page in obstore.list(self._client, prefix=self._prefix):
                for item in page:
                    name = item["path"].removeprefix(f"{self._prefix}/")
                    if name not in names:
                        raise StoreError(f"{self.address}: has {name!r} already; remove it, or choose another name")

        _sent(self.address, check)

    def _put(self, name: str, content: bytes) -> None:
        import obstore

        _sent(f"{self.address}/{name}", lambda: obstore.put(self._client, f"{self._prefix}/{name}", content))


class _ObjectOfArchive:
    """An archive that is sent while it is made; the object appears when it is whole."""

    def __init__(self, address: str, made: str) -> None:
        import obstore

        self.address, self.name = address, address.rpartition("/")[2]
        server, key = parts_of(address)
        client = connected(server)

        def check() -> None:
            try:
                obstore.head(client, key)
            except FileNotFoundError:
                return
            raise StoreError(f"{address}: exists already; remove it, or choose another name")

        _sent(address, check)
        self._writer = obstore.open_writer(client, key)
        self._zip, self._made = zipfile.ZipFile(_Sending(self._writer), "w"), made  # type: ignore[call-overload]

    def write(self, names: Iterable[str], make: Make) -> None:
        for name in names:
            add = partial(self._zip.writestr, _entry(name, self._made), make(name))
            _sent(self.address, add)

    def finish(self, root: bytes) -> None:
        self.write([LAST], lambda _: root)
        _sent(self.address, self._zip.close)
        _sent(self.address, self._writer.close)

    def abandon(self) -> None:
        """An upload that is not finished makes no object."""
        with suppress(Exception):
            self._zip.close()


class _Sending:
    """What zipfile needs to write to something that cannot go back."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def write(self, content: bytes) -> int:
        self._writer.write(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Nothing: parts are sent when they are large enough."""


def _sent(what: str, action: Callable[[], Any]) -> None:
    """Do something at a service, whose errors become ours."""
    from obstore.exceptions import BaseError

    try:
        action()
    except (BaseError, OSError) as error:
        said = " ".join(str(error).partition("\n")[0].split())[:300]
        raise UnreachableError(f"{what}: cannot be written ({said})") from None
