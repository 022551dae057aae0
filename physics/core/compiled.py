"""Compiled functions: numba's njit, cached in a folder that the identity of the package names.

numba's own cache notices that the file of a function changes, not that a function or constant of another file does,
and keeps its files beside the code, which may be read-only. A folder for each identity needs neither: compiled
functions may call those of other files. Files of one processor are apart from those of another, and no two processes
write the same file, so that many workers may start at once on a shared file system.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, overload

import numba
from llvmlite import binding
from numba.core import config, event

from physics.core.identity import cache_folder

__all__ = ["compiled", "when_compiling"]

Function = TypeVar("Function", bound=Callable[..., Any])
_PROCESS = uuid.uuid4().hex[:12]


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
    if not os.path.isfile(function.__code__.co_filename):  # typed in, in a notebook or a doctest
        return numba.njit(**options)(function)
    before = config.CACHE_DIR
    config.CACHE_DIR = str(cache_folder() / f"numba-{binding.get_host_cpu_name()}")
    try:
        dispatcher = numba.njit(cache=True, **options)(function)
    finally:
        config.CACHE_DIR = before
    # Two processes that save different signatures at once would otherwise give both files the same name
    file = dispatcher._cache._cache_file
    file._data_name_pattern = file._data_name_pattern.replace(".nbc", f".{_PROCESS}.nbc")
    return dispatcher


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
