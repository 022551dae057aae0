"""Compiled functions: right when many processes start at once, when imported code changes, when nothing can be kept."""

import importlib
import os
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numba.core.caching import FunctionCache
from numba.core.dispatcher import Dispatcher

import physics
from physics.core import compiled as module
from physics.core.compiled import borrowed, compiled

NUMBERS = "FACTOR = 3\n"
KERNELS = """
from physics.core.compiled import compiled
from physics.numbers import FACTOR

@compiled
def inner(x):
    return FACTOR * x

@compiled
def kernel(x):
    return inner(x)

def hits():
    return sum(kernel.stats.cache_hits.values()), sum(kernel.stats.cache_misses.values())
"""


@pytest.fixture
def package(tmp_path):
    """A read-only package of our core and two other files: run a script with it, on a cache that begins empty."""
    root = tmp_path / "site" / "physics"
    shutil.copytree(Path(physics.__file__).parent / "core", root / "core")
    (root / "__init__.py").touch()
    (root / "numbers.py").write_text(NUMBERS)
    (root / "kernels.py").write_text(KERNELS)
    for folder in (root, root / "core"):
        folder.chmod(0o555)
    environment = os.environ | {
        "PYTHONPATH": str(root.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }

    def run(script):
        result = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=environment, cwd=tmp_path
        )
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    run.root, run.cache = root, tmp_path / "cache"
    yield run
    for folder in (root, root / "core"):
        folder.chmod(0o755)


VALUE = "from physics.kernels import *; print(kernel(2.0), *hits())"


def test_the_next_process_need_not_compile(package):
    assert package(VALUE) == "6.0 0 1"
    assert package(VALUE) == "6.0 1 0"
    assert not list(package.root.rglob("*.nb?")), "nothing beside the code"
    assert list(package.cache.rglob("*.nbc"))


def test_an_edit_in_an_imported_file_is_noticed(package):
    """Even one that changes neither the size nor the time of the file, which are all that numba looks at."""
    file = package.root / "numbers.py"
    before = file.stat()
    assert package(VALUE) == "6.0 0 1"
    file.write_text(NUMBERS.replace("3", "5"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    assert package(VALUE) == "10.0 0 1"


MANY = """
import multiprocessing as mp
import numpy as np

VALUES = [2, 2.0, np.float32(2), 2j, np.array([2]), np.array([2.0]), np.array([[2.0]]), np.array([2j])]

def check(k, barrier, wrong):
    from physics.kernels import kernel
    barrier.wait()
    for value in (VALUES[k], VALUES[0]):
        got = kernel(value)
        kept = (np.shape(got), np.iscomplexobj(got)) == (np.shape(value), np.iscomplexobj(value))
        if abs(np.ravel(got)[0]) != 6 or not kept:
            wrong.put((k, repr(got)))

def at_once(context, n):
    import physics.kernels  # inherited by processes that are forked
    barrier, wrong = context.Barrier(n), context.SimpleQueue()
    processes = [context.Process(target=check, args=(k, barrier, wrong)) for k in range(n)]
    for p in processes:
        p.start()
    for p in processes:
        p.join()
    assert all(p.exitcode == 0 for p in processes), [p.exitcode for p in processes]
    assert wrong.empty(), wrong.get()

if __name__ == "__main__":
    for _ in range(2):
        at_once(mp.get_context(METHOD), NUMBER)
"""


@pytest.mark.parametrize(("method", "number"), [("fork", 8), ("spawn", 3)])
def test_many_processes_at_once_on_an_empty_cache(package, tmp_path, method, number):
    """Each compiles a signature of its own while the others do; then all read what the others have kept."""
    (tmp_path / "many.py").write_text(MANY.replace("METHOD", repr(method)).replace("NUMBER", str(number)))
    package("import subprocess, sys; subprocess.run([sys.executable, 'many.py'], check=True)")
    names = [f.name for f in package.cache.rglob("*.nbc")]
    assert len(names) == len(set(names)) >= number
    assert package(VALUE).split()[0] == "6.0"


def test_no_two_files_have_one_name():
    """Or two processes that save different signatures at once, forked ones too, would read each other's code."""
    files = compiled(lambda x: 2 * x)._cache._cache_file
    assert files._data_name(1) != files._data_name(1)


def test_a_disk_that_is_full_costs_a_compilation_and_no_more(monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FunctionCache, "save_overload", full)

    @compiled
    def twice(x):
        return 2 * x

    assert twice(1.5) == 3.0


def test_what_is_typed_in_is_not_kept():
    scope = {"compiled": compiled}
    exec(compile("@compiled(fastmath=True)\ndef twice(x):\n    return 2 * x\n", "<cell 1>", "exec"), scope)
    assert scope["twice"](1.5) == 3.0
    assert not isinstance(scope["twice"]._cache, FunctionCache)
    assert scope["twice"].targetoptions["fastmath"]


PLUGIN = """
from physics.core.compiled import compiled

FACTOR = 3

@compiled
def kernel(x):
    return FACTOR * x
"""
RUN = "from mine import kernel; print(kernel(2.0), sum(kernel.stats.cache_hits.values()))"


def test_a_plugin_is_kept_by_its_content(package, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(PLUGIN)
    before = file.stat()
    assert package(RUN) == "6.0 0"
    assert package(RUN) == "6.0 1"
    file.write_text(PLUGIN.replace("3", "5"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert package(RUN) == "10.0 0"


def test_all_compiled_functions_of_the_package_are_kept_by_its_identity():
    found = {}
    for info in pkgutil.walk_packages(physics.__path__, "physics."):
        if info.name.rpartition(".")[2] != "make_tables":
            for value in vars(importlib.import_module(info.name)).values():
                if isinstance(value, Dispatcher):
                    found[f"{value.__module__}.{value.__name__}"] = value._cache
    assert found
    assert [name for name, cache in found.items() if not isinstance(cache, module._Cache)] == []


def test_borrowed_arrays_are_the_same_memory():
    """What is written is seen by the caller, whose array outlives the call."""

    @compiled
    def double(a):
        a = borrowed(a)
        b = a[1:]
        b *= 2
        return b.sum()

    a = np.arange(4.0)
    before = sys.getrefcount(a)
    assert double(a) == 12.0
    assert a.tolist() == [0.0, 2.0, 4.0, 6.0]
    assert sys.getrefcount(a) == before
