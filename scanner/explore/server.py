"""The server of `lmutau explore`: the page, the files of one store, what is computed; read-only, of this machine."""

from __future__ import annotations

import ipaddress
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from physics.core.errors import PhysicsError
from scanner.errors import ScanError
from scanner.explore.computing import Computing, question
from scanner.explore.description import description
from scanner.explore.page import page, policy
from scanner.explore.sources import Folder, Source
from scanner.store.seal import ROOT

__all__ = ["Server", "is_loopback"]

_STORE = "/store.zarr/"
_ANYWHERE = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def is_loopback(host: str) -> bool:
    """Whether an address is that of this machine alone.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0"), is_loopback("example.org")
    (True, True, False, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Server(ThreadingHTTPServer):
    """Serves one store until it is stopped.

    Parameters
    ----------
    source : Source
        The store.
    host : str
        Where to listen: an address of this machine.
    port : int
        0: one that is free.
    """

    daemon_threads = True

    def __init__(self, source: Source, host: str = "127.0.0.1", port: int = 0) -> None:
        self.source = source
        self.computing = Computing(source) if isinstance(source, Folder) else None
        attributes = source.metadata()["attributes"]
        self.page = page(description(attributes, source.name, computes=self.computing is not None)).encode()
        super().__init__((host, port), _Handler)
        self.only_here = is_loopback(host)

    @property
    def address(self) -> str:
        """Of the page."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}/"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # header and content are two packets
    timeout = 60
    server: Server

    def log_message(self, *_: Any) -> None:
        """Nothing: a request for each chunk is no news."""

    def version_string(self) -> str:
        """Of the server, in its answers."""
        return "lmutau"

    def do_HEAD(self) -> None:
        """As GET, without the content."""
        self.do_GET()

    def do_GET(self) -> None:
        """The page, a file of the store, a plane, a point."""
        if refusal := self._refused():
            return self._answer(refusal.encode(), "text/plain; charset=utf-8", 403)
        path, query = (lambda parts: (unquote(parts.path), parse_qs(parts.query)))(urlsplit(self.path))
        try:
            if path == "/":
                return self._answer(self.server.page, "text/html; charset=utf-8", more=_for_page())
            if path.startswith(_STORE):
                return self._file(path.removeprefix(_STORE))
            if path in ("/plane", "/point") and self.server.computing is not None:
                return self._computed(self.server.computing, path, query.get("q", [""])[0])
        except (ScanError, PhysicsError) as error:
            return self._answer(str(error).encode(), "text/plain; charset=utf-8", 400)
        return self._answer(b"not found", "text/plain", 404)

    def _refused(self) -> str:
        """Why a request is not answered: another site's page, or another name of this machine, may be behind it."""
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        if self.server.only_here and not is_loopback(host):
            return f"{host!r} is not this machine: open {self.server.address}"
        is_foreign = self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
        is_link = self.headers.get("Sec-Fetch-Mode") == "navigate" and urlsplit(self.path).path == "/"
        return "only the page of this server may ask" if is_foreign and not is_link else ""

    def _file(self, key: str) -> None:
        wanted = self.headers.get("Range", "")
        if key == ROOT:
            return self._answer(json.dumps(self.server.source.metadata()).encode(), "application/json")
        found = self.server.source.read(key, wanted)
        if found is None:
            return self._answer(b"not found", "text/plain", 404)
        return self._answer(found.content, "application/octet-stream", found.code, found.headers)

    def _computed(self, computing: Computing, path: str, text: str) -> None:
        if path == "/plane":
            asked = question(text, "observable", "x", "y", "at")
            return self._answer(computing.plane(**asked), "application/octet-stream")
        answer = computing.point(**question(text, "values"))
        return self._answer(json.dumps(answer, allow_nan=False).encode(), "application/json")

    def _answer(self, content: bytes, kind: str, code: int = 200, more: dict[str, str] | None = None) -> None:
        self.send_response(code)
        headers = {"Content-Type": kind, "Content-Length": str(len(content)), "Accept-Ranges": "bytes", **_ANYWHERE}
        for name, value in {**headers, "Cross-Origin-Resource-Policy": "same-origin", **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)


def _for_page() -> dict[str, str]:
    return {"Content-Security-Policy": f"{policy()}; frame-ancestors 'none'"}
