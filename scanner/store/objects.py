"""A store behind an address: on a web server, or among the objects of a service that speaks S3."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from scanner.errors import StoreError, UnreachableError
from scanner.store.elsewhere import KEY, MAX_NAMES, Files, Span

__all__ = ["Objects", "connected", "parts_of"]

REMEDY = "pip install 'lmutau[cloud]'"
SECONDS = 60  # for a file to arrive whole
CONNECT = 10
RETRIES = 3
_MAX_METADATA = 2**24
_METADATA = "zarr.json"


def parts_of(address: str) -> tuple[str, str]:
    """The server or bucket of an address, and the rest.

    >>> parts_of("https://example.org/scans/quick.zarr"), parts_of("s3://bucket/quick.zarr")
    (('https://example.org', 'scans/quick.zarr'), ('s3://bucket', 'quick.zarr'))

    Raises
    ------
    StoreError
        It is an address of another kind.
    """
    split = urlsplit(address)
    if split.scheme not in ("http", "https", "s3") or not split.netloc:
        raise StoreError(f"{address}: not an address that can be opened; http://, https:// and s3:// can")
    if split.query or split.fragment:
        raise StoreError(f"{address}: the address of a folder is needed, with nothing after a ? or a #")
    return f"{split.scheme}://{split.netloc}", split.path.strip("/")


def connected(server: str) -> Any:
    """The client of a server or bucket; nothing is sent yet.

    Raises
    ------
    StoreError
        obstore is missing, or does not take the address or its settings.
    """
    try:
        from obstore.exceptions import BaseError
        from obstore.store import HTTPStore, S3Store
    except ImportError:
        raise StoreError(f"{server}: obstore is needed to read behind an address: {REMEDY}") from None
    options: Any = {
        "timeout": timedelta(seconds=SECONDS),
        "connect_timeout": timedelta(seconds=CONNECT),
        "allow_http": True,  # where the user's address, or AWS_ENDPOINT_URL, says so
    }
    retries: Any = {"max_retries": RETRIES, "retry_timeout": timedelta(seconds=2 * SECONDS)}
    try:
        if server.startswith("s3:"):
            return S3Store.from_url(server, client_options=options, retry_config=retries)
        return HTTPStore.from_url(server, client_options=options, retry_config=retries)
    except (BaseError, ValueError) as error:
        raise StoreError(f"{server}: {_said(error)}") from None


class Objects:
    """The files of a store behind an address.

    Parameters
    ----------
    address : str
        http(s)://... or s3://...
    """

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self._server, self._prefix = parts_of(self.address)
        self._client = connected(self._server)
        self._metadata: dict[str, bytes] = {}  # asked for once

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return Objects, (self.address,)

    def read(self, key: str, most: int, span: Span = None) -> bytes:
        """A file, or a span of it."""
        if key in self._metadata and span is None:
            return self._metadata[key]
        content = self._read(key, most, span)
        if key.rpartition("/")[2] == _METADATA and span is None and len(self._metadata) < 10_000:
            self._metadata[key] = content
        return content

    def _read(self, key: str, most: int, span: Span) -> bytes:
        import obstore

        wanted: Any = {}
        if span is not None:
            single = {"suffix": -span} if isinstance(span, int) and span < 0 else {"offset": span}
            wanted = {"range": span if isinstance(span, tuple) else single}
        with _Explained(f"{self.address}/{key}"):
            answer = obstore.get(self._client, self._path(key), options=wanted)
            start, end = answer.range
            if end - start > most:
                raise StoreError(f"{self.address}/{key}: {end - start:,} bytes are more than such a file has")
            return bytes(answer.bytes())

    def size(self, key: str) -> int:
        """Of a file, in bytes."""
        import obstore

        with _Explained(f"{self.address}/{key}"):
            return int(obstore.head(self._client, self._path(key))["size"])

    def exists(self, key: str) -> bool:
        """Whether there is such a file."""
        if self.lists:
            return key in self.names()
        try:
            self.size(key)
        except FileNotFoundError:
            return False
        return True

    @property
    def lists(self) -> bool:
        """An object service lists its objects, a web server does not."""
        return self.address.startswith("s3:")

    def names(self) -> frozenset[str]:
        """The names of all files; of a store on a web server, those of its metadata."""
        return self._names

    def beside(self) -> Files | None:
        """The files of the folder that it is in."""
        return Objects(self.address.rpartition("/")[0]) if self._prefix else None

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self._listed() if self.lists else self._known())

    def _listed(self) -> list[str]:
        import obstore

        names: list[str] = []
        start = f"{self._prefix}/" if self._prefix else ""
        with _Explained(self.address):
            for page in obstore.list(self._client, prefix=self._prefix or None):
                names += [item["path"].removeprefix(start) for item in page]
                if len(names) > MAX_NAMES:
                    raise StoreError(f"{self.address}: more than {MAX_NAMES:,} files")
        return names

    def _known(self) -> list[str]:
        """What has metadata, by those of the store."""
        try:
            root = json.loads(self.read(_METADATA, _MAX_METADATA))
            copies = (root.get("consolidated_metadata") or {}).get("metadata")
            members = copies or json.loads(root["attributes"]["sealed_metadata"])
            nodes = [name for name in members if KEY.fullmatch(name)]
        except FileNotFoundError:
            return []
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            nodes = []  # it is refused where it is opened
        return [_METADATA, *(f"{name}/{_METADATA}" for name in nodes)]

    def _path(self, key: str) -> str:
        return f"{self._prefix}/{key}" if self._prefix else key


class _Explained:
    """Errors of the client in words of ours."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if error is None or isinstance(error, StoreError) or not isinstance(error, Exception):
            return
        from obstore import exceptions

        denied = isinstance(error, exceptions.PermissionDeniedError) and self.what.startswith("http")
        if denied or isinstance(error, FileNotFoundError | exceptions.NotFoundError):
            raise FileNotFoundError(self.what) from None  # S3 by https says 403 of what it does not have
        if isinstance(error, exceptions.PermissionDeniedError | exceptions.UnauthenticatedError):
            raise UnreachableError(f"{self.what}: its server denies access ({_said(error)})") from None
        if isinstance(error, exceptions.NotSupportedError):
            raise UnreachableError(f"{self.what}: its server gives no parts of files; download it") from None
        if isinstance(error, exceptions.BaseError | OSError | ValueError):
            raise UnreachableError(f"{self.what}: cannot be reached ({_said(error)})") from None


def _said(error: Exception) -> str:
    """The first line of what the client says: what follows is its own state."""
    text = str(error).partition("\n")[0].strip()
    return re.sub(r"\s+", " ", text)[:300]
