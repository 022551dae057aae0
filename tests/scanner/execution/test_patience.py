"""What is tried again, how often, and what the user is told to do."""

import errno
import os

import pytest

from scanner.errors import StoreError
from scanner.execution import patience
from scanner.execution.patience import is_transient, patiently, remedy


def error(number):
    return OSError(number, os.strerror(number))


def test_no_longer_than_a_minute_or_so():
    assert 30 < sum(patience.SECONDS_BETWEEN_TRIES) < 100


def test_what_passes(monkeypatch):
    monkeypatch.setattr(patience, "SECONDS_BETWEEN_TRIES", (0.0, 0.0, 0.0))
    told, results = [], iter([error(errno.EIO), error(errno.ESTALE), "done"])

    def action():
        if isinstance(result := next(results), OSError):
            raise result
        return result

    assert patiently(action, told.append) == "done"
    assert told == [f"[Errno {n}] {os.strerror(n)}: trying again in 0 s" for n in (errno.EIO, errno.ESTALE)]


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EACCES, errno.EROFS, errno.ENOTDIR])
def test_what_does_not_pass(number):
    calls = []

    def action():
        calls.append(1)
        raise error(number)

    with pytest.raises(OSError, match=os.strerror(number)):
        patiently(action, calls.append)
    assert calls == [1]


def test_errors_that_hide_one():
    def opened():
        try:
            raise error(errno.ESTALE)
        except OSError:
            raise StoreError("no Zarr store there") from None

    with pytest.raises(StoreError) as hidden:
        opened()
    assert is_transient(hidden.value)
    assert not is_transient(StoreError("damaged"))
    assert not is_transient(KeyError("x"))


def test_remedies():
    assert remedy(error(errno.EDQUOT)).startswith("free some space")
    assert remedy(error(errno.EIO)).startswith("see whether the file system is well")
    assert remedy(ValueError()) == "what was computed is safe; run again to resume"
