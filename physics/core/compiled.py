"""Compiled functions: numba's njit, cached in a folder that the identity of the package names.

numba's own cache notices that the file of a function changes, not that a function or constant of another file does,
and keeps its files beside the code, which may be read-only. A folder for each identity needs neither: compiled
functions of the package may call those of its other files. Files of one processor are apart from those of another, and
no two processes write the same file, so that many workers may start at once on a shared file system.
"""

from __future__ import annotations

import hashlib
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, overload

import numba
from llvmlite import binding
from numba.core import cgutils, config, event
from numba.core.caching import FunctionCache
from numba.extending import intrinsic

from physics.core.identity import cache_folder, is_of_package

__all__ = ["borrowed", "compiled", "when_compiling"]

Function = TypeVar("Function", bound=Callable[..., Any])


@overload
def compiled(function: Function, /) -> Function: ...
@overload
def compiled(**options: Any) -> Callable[[Function], Function]: ...
def compiled(function: Any = None, /, **options: Any) -> Any:
    """Compile a function when it is first called, and keep the machine code for the next process.

    Parameters
    ----------
    function : callable
        Of numbers and arrays. 1/0 is infinite, as in NumPy.
    **options
        Of numba.njit.

    Examples
    --------
    >>> @compiled
    ... def twice(x):
    ...     return 2 * x
    >>> twice(1.5)
    3.0
    """
    if function is None:
        return lambda f: compiled(f, **options)
    # What is not said numba takes from whoever calls the function first, and keeps it so
    options = {"error_model": "numpy", "fastmath": False} | options
    dispatcher = numba.njit(**options)(function)
    if (folder := _folder(function)) is not None:
        before = config.CACHE_DIR
        config.CACHE_DIR = str(folder)
        try:
            dispatcher._cache = _Cache(function)
        finally:
            config.CACHE_DIR = before
    return dispatcher


@intrinsic  # type: ignore[untyped-decorator]
def borrowed(typing_context: Any, array: Any) -> Any:
    """Return the same array with references that are not counted: for arguments, in the first lines of a function.

    Whoever called the compiled function keeps the array alive. numba counts references with atomic instructions, at
    every call and assignment: half of the time of functions that take 0.1 us.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of_array = context.make_array(signature.return_type)(context, builder, arguments[0])
        of_array.meminfo = cgutils.get_null_value(of_array.meminfo.type)
        of_array.parent = cgutils.get_null_value(of_array.parent.type)
        return of_array._getvalue()

    return array(array), generate


def _folder(function: Callable[..., Any]) -> Path | None:
    """Where a function is kept; None for those that are typed in, or sent to a worker."""
    file, of_package = function.__code__.co_filename, cache_folder() / f"numba-{binding.get_host_cpu_name()}"
    if is_of_package(file):
        return of_package
    try:  # a plugin, whose content the identity of the package does not know
        content = Path(file).read_bytes()
    except OSError:
        return None
    return of_package / hashlib.sha256(content).hexdigest()[:16] if function.__module__ in sys.modules else None


class _Cache(FunctionCache):  # type: ignore[misc]
    """numba's cache of one function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._cache_file._data_name_pattern = _Unique(self._cache_file._data_name_pattern)

    def save_overload(self, *arguments: Any) -> None:
        with suppress(OSError):  # a full disk costs the next process a compilation, this one nothing
            super().save_overload(*arguments)


class _Unique(str):
    """Names of files that no other process uses; numba numbers them by an index that another may be writing."""

    def format(self, *values: Any, **named: Any) -> str:
        return super().format(*values, **named).replace(".nbc", f".{uuid.uuid4().hex[:12]}.nbc")


@contextmanager
def when_compiling(tell: Callable[[], None]) -> Iterator[None]:
    """Call a function once, when the first compilation within the context begins; not where all comes from the cache.

    >>> with when_compiling(lambda: print("compiling ...")):
    ...     compiled(lambda x: x + 1)(1)
    compiling ...
    2
    """

    class Listener(event.Listener):  # type: ignore[misc]
        told = False

        def on_start(self, event: Any) -> None:
            if not self.told:
                self.told = True
                tell()

        def on_end(self, event: Any) -> None:
            pass

    with event.install_listener("numba:compile", Listener()):
        yield
