"""Stores and servers of a stranger: refused as on this machine, in bounded memory and time."""

import shutil
import socket
import threading
import time
from pathlib import Path

import pytest
from hostile import COMMANDS, ODD, SCAN, WRONG, complaints, in_forks

from scanner import Store, StoreError
from scanner.errors import UnreachableError
from scanner.store import objects

LOCAL = ("pipe", "link", "device", "folder", "1e12 bytes", "elsewhere")  # what a server does not have
ASKED = {name: COMMANDS[name] for name in ("summary", "verify")}


@pytest.mark.parametrize("changes", [WRONG, ODD], ids=["wrong", "odd"])
def test_stores_of_a_stranger(nginx, finished, tmp_path, changes):
    root, address = nginx
    sound, names = finished(SCAN, tmp_path / "sound.zarr").path, {}
    for number, (name, change) in enumerate(changes.items()):
        if not any(word in name for word in LOCAL):
            place = root / f"{number}-{len(changes)}.zarr"
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(sound, place)
            change(place)
            names[name] = f"{address}/{place.name}"
    commands = [(name, command) for name in names for command in ASKED]
    results = in_forks(tmp_path, [[*ASKED[c][:1], names[n], *ASKED[c][1:]] for n, c in commands])
    codes = {"verify": (2, 3)} if changes is WRONG else {}
    problems = [
        text
        for (name, command), (code, output) in zip(commands, results, strict=True)
        for text in complaints(name, command, code, output, codes.get(command, (1, 2) if codes else (0, 1, 2, 3)))
    ]
    assert not problems, f"{len(problems)} problems\n" + "\n".join(problems)


@pytest.fixture
def saying():
    """A function that starts a server which answers every request with these bytes, slowly if so."""
    sockets = []

    def start(answer, pause=0.0):
        listening = socket.create_server(("127.0.0.1", 0))
        sockets.append(listening)

        def serve():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=say, args=(connection,), daemon=True).start()

        def say(connection):
            with connection:
                try:
                    connection.recv(10_000)
                    for piece in answer if isinstance(answer, list) else [answer]:
                        connection.sendall(piece)
                        time.sleep(pause)
                except OSError:
                    pass

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}/a.zarr"

    yield start
    for one in sockets:
        one.close()


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(objects, "SECONDS", 1)
    monkeypatch.setattr(objects, "RETRIES", 0)


def header(size):
    return f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode()


def test_sizes_are_refused_before_they_are_read(saying, soon):
    with pytest.raises(StoreError, match=r"1,000,000,000,000 bytes are more than such a file has"):
        Store(saying(header(10**12)))


def test_a_server_that_says_nothing(saying, soon):
    start = time.monotonic()
    with pytest.raises(UnreachableError, match="cannot be reached"):
        Store(saying([b"", b""], pause=30))
    assert time.monotonic() - start < 20


def test_a_server_that_says_a_byte_a_second(saying, soon):
    start = time.monotonic()
    with pytest.raises(UnreachableError, match="cannot be reached"):
        Store(saying([header(1000), *[b" "] * 100], pause=0.5))
    assert time.monotonic() - start < 20


@pytest.mark.parametrize("answer", [b"", b"nonsense", b"HTTP/1.1 200 OK\r\n\r\n", header(10) + b"{", header(2) + b"{}"])
def test_answers_that_are_none(saying, soon, answer):
    with pytest.raises(StoreError):
        Store(saying(answer))


def test_files_of_this_machine_are_not_addresses():
    with pytest.raises(StoreError, match="not an address that can be opened"):
        Store(f"file://{Path(__file__).parent}")
