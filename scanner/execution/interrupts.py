"""What SIGINT (Ctrl-C), SIGTERM and SIGHUP mean: the end, in good order."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from typing import Any

__all__ = ["as_keyboard_interrupt", "held", "interruptible"]

SIGNALS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))


@contextmanager
def interruptible(on_first: Callable[[], None]) -> Iterator[threading.Event]:
    """Yield an event that the first signal sets; a second Ctrl-C raises KeyboardInterrupt.

    Batch systems and terminals send SIGTERM and SIGHUP more than once, and SIGKILL when their patience ends: these two
    ask for an end in good order however often they come.
    """
    interrupted = threading.Event()

    def handle(number: int, _frame: Any) -> None:
        if interrupted.is_set():
            if number == signal.SIGINT:
                raise KeyboardInterrupt
            return
        interrupted.set()
        if number != signal.SIGINT and number != signal.SIGTERM:
            _leave_terminal()
        on_first()

    with _handled(handle):
        yield interrupted


@contextmanager
def as_keyboard_interrupt() -> Iterator[None]:
    """Within this context all of them raise KeyboardInterrupt, as Ctrl-C does."""

    def handle(number: int, _frame: Any) -> None:
        if number != signal.SIGINT and number != signal.SIGTERM:
            _leave_terminal()
        raise KeyboardInterrupt

    with _handled(handle):
        yield


@contextmanager
def held() -> Iterator[None]:
    """Processes that are started within this context leave these signals to their parent."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # when it starts, it opens what is blocked
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _handled(handle: Callable[[int, Any], None]) -> Iterator[None]:
    """Have signals handled; those that are ignored stay so (nohup ignores SIGHUP, for example)."""
    if threading.current_thread() is not threading.main_thread():  # signals belong to the main thread
        yield
        return
    before = {s: h for s in SIGNALS if (h := signal.getsignal(s)) not in (signal.SIG_IGN, None)}
    try:
        for number in before:
            signal.signal(number, handle)
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def _leave_terminal() -> None:
    """The terminal is gone, and printing to it an error: what is printed there goes nowhere from now on."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            if os.isatty(stream.fileno()):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)
