"""Errors of disks and networks that may pass: try again after a while, then give up."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["is_transient", "patiently", "remedy"]

FULL = {errno.ENOSPC, errno.EDQUOT}
TRANSIENT = FULL | {
    errno.EAGAIN,
    errno.EBUSY,
    errno.EINTR,
    errno.EIO,
    errno.ENETDOWN,
    errno.ENETUNREACH,
    errno.ENFILE,
    errno.ENOLCK,
    errno.EREMOTEIO if hasattr(errno, "EREMOTEIO") else errno.EIO,  # Linux only
    errno.ESTALE,
    errno.ETIMEDOUT,
}
SECONDS_BETWEEN_TRIES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)

Result = TypeVar("Result")


def patiently(action: Callable[[], Result], tell: Callable[[str], object]) -> Result:
    """Do what may fail for a while; `tell` hears of every failure after which it is tried again."""
    for seconds in SECONDS_BETWEEN_TRIES:
        try:
            return action()
        except Exception as error:
            if not is_transient(error):
                raise
            tell(f"{error}: trying again in {seconds:g} s")
        time.sleep(seconds)
    return action()


def is_transient(error: BaseException | None) -> bool:
    """Whether an error, or what it came from, is one that may pass by itself."""
    return _number(error) in TRANSIENT


def remedy(error: BaseException) -> str:
    """What the user can do about an error that stops a run."""
    if _number(error) in FULL:
        return "free some space, or have the quota raised; then run again to resume"
    if is_transient(error):
        return "see whether the file system is well; then run again to resume"
    return "what was computed is safe; run again to resume"


def _number(error: BaseException | None) -> int | None:
    """The number of the error of the operating system in a chain of errors."""
    while error is not None:
        if isinstance(error, OSError) and error.errno is not None:
            return error.errno
        error = error.__cause__ or error.__context__
    return None
