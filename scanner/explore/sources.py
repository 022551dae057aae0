"""Where the files of a store come from: a folder of this machine, or a web server."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from scanner.errors import StoreError
from scanner.store.attributes import NODE
from scanner.store.layout import SCHEMA
from scanner.store.reading import StoredScan
from scanner.store.seal import ROOT, copies_in, nodes, read_root
from scanner.store.trust import MAX_METADATA, plain_file, read_metadata

__all__ = ["File", "Folder", "Remote", "Source", "consolidated", "is_address", "ranged", "source"]

_SECONDS = 30.0  # to wait for another server
_LARGEST = 2**31  # bytes of a file of another server


class File(NamedTuple):
    """All of a file, or what was asked of it."""

    content: bytes
    headers: dict[str, str]
    code: int = 200  # of HTTP: 206 for a part, 416 where there is none


class Source(Protocol):
    """A store whose files can be read."""

    name: str  # as commands take it

    def metadata(self) -> dict[str, Any]:
        """The zarr.json of the store with those of all arrays in it, whether it is complete or not."""

    def read(self, key: str, wanted: str = "") -> File | None:
        """A file, or the range of it that is wanted, in the words of HTTP; None where there is none."""


def is_address(store: str) -> bool:
    """Whether a store is named by an address rather than by a path.

    >>> is_address("https://example.org/quick.zarr"), is_address("quick.zarr")
    (True, False)
    """
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", store) is not None


def source(store: str) -> Source:
    """The source of a path, or of an address.

    Raises
    ------
    StoreError
        There is no store of lmutau, or the address is not one of the web.
    """
    return Remote(store) if is_address(store) else Folder(Path(store))


class Folder:
    """A store on this machine; links out of it are not followed."""

    def __init__(self, path: Path) -> None:
        self.scan = StoredScan(path)
        self.path = self.scan.path.resolve()
        self.name = str(self.scan.path)

    def metadata(self) -> dict[str, Any]:
        """While a scan is running it has no copies of its arrays' metadata: they are made here, for each who asks."""
        root = read_root(self.path)
        if copies_in(root):
            return root
        found = {name: read_metadata(self.path / name / ROOT) for name in nodes(self.path)}
        return consolidated(root, found)

    def read(self, key: str, wanted: str = "") -> File | None:
        """A plain file of the folder."""
        path = self.path / key
        if not _is_key(key) or path.resolve() != path:
            return None
        try:
            with plain_file(path) as file:
                return ranged(file.read(), wanted)
        except (FileNotFoundError, NotADirectoryError, StoreError):
            return None


class Remote:
    """A store on a web server, whose files are handed on; so it need not know of this page."""

    def __init__(self, address: str) -> None:
        if not re.match(r"https?://[^/]", address):
            raise StoreError(f"{address}: not an address of the web (https://...), nor a path of this machine")
        self.name = address.rstrip("/")

    def metadata(self) -> dict[str, Any]:
        """As its server has them; of a scan that is running, collected."""
        root = self._json(ROOT)
        try:
            attributes = root["attributes"]
            if not str(attributes.get("schema")).startswith(SCHEMA.rpartition("/")[0]):
                raise StoreError(f"{self.name}: not a scan of lmutau")
            if copies_in(root):
                return root
            names = list(json.loads(attributes["sealed_metadata"]))
        except (KeyError, TypeError, AttributeError, ValueError):
            raise StoreError(f"{self.name}: its {ROOT} is not that of a store of lmutau") from None
        return consolidated(root, {name: self._json(f"{name}/{ROOT}") for name in names if _is_key(name)})

    def read(self, key: str, wanted: str = "") -> File | None:
        """A file of the other server, with what it says of its ranges."""
        if not _is_key(key):
            return None
        request = urllib.request.Request(f"{self.name}/{key}", headers={"Range": wanted} if wanted else {})
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
                content = answer.read(_LARGEST)
                kept = {name: answer.headers[name] for name in ("Content-Range",) if name in answer.headers}
                return File(content, kept, answer.status)
        except urllib.error.HTTPError as error:
            if error.code in (403, 404, 410):  # object stores say 403 of what they do not have
                return None
            raise StoreError(f"{self.name}/{key}: its server answers {error.code} {error.reason}") from None
        except OSError as error:
            raise StoreError(f"{self.name}: cannot be reached ({getattr(error, 'reason', error)})") from None

    def _json(self, key: str) -> dict[str, Any]:
        found = self.read(key)
        if found is None or len(found.content) > MAX_METADATA:
            raise StoreError(f"{self.name}: no store there: {key} is missing, or no metadata")
        try:
            return dict(json.loads(found.content))
        except (ValueError, TypeError, RecursionError):
            raise StoreError(f"{self.name}/{key}: no metadata of a store") from None


def _is_key(key: str) -> bool:
    """Whether a name can be that of a file in a store: no way out of it, nothing hidden.

    >>> _is_key("m_X/c/0"), _is_key("../secret"), _is_key("m_X/.ssh"), _is_key("")
    (True, False, False, False)
    """
    return re.fullmatch(NODE, key) is not None


def consolidated(root: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    """The metadata of a store with copies of those of its members, as Zarr writes them."""
    return {**root, "consolidated_metadata": {"kind": "inline", "must_understand": False, "metadata": metadata}}


def ranged(content: bytes, wanted: str) -> File:
    """What a header "Range" asks for; all of it where it asks for several parts, or in other words than bytes.

    >>> ranged(b"0123456789", "bytes=2-4")
    File(content=b'234', headers={'Content-Range': 'bytes 2-4/10'}, code=206)
    >>> ranged(b"0123456789", "bytes=-3").content, ranged(b"0123456789", "bytes=7-").content
    (b'789', b'789')
    >>> ranged(b"0123456789", "bytes=10-").code, ranged(b"0123456789", "").code
    (416, 200)
    """
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted.strip())
    if not match or match.groups() == ("", "") or (all(match.groups()) and int(match[1]) > int(match[2])):
        return File(content, {})
    size = len(content)
    first = int(match[1]) if match[1] else max(0, size - int(match[2]))
    last = min(int(match[2]), size - 1) if match[1] and match[2] else size - 1
    if first > last:
        return File(b"", {"Content-Range": f"bytes */{size}"}, 416)
    return File(content[first : last + 1], {"Content-Range": f"bytes {first}-{last}/{size}"}, 206)
