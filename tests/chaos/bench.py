"""A folder in which runs are started, harmed, resumed, and compared with a run in peace."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

import physics
from scanner import Store, load_scan, make_plan
from scanner.store.here import compute

LMUTAU = [sys.executable, "-c", "import scanner.cli.main as c; c.main()"]
BLOCKS = 60  # along m_X
SECONDS = 120  # of a command; what takes longer hangs

PLUGIN = """
import ctypes, os, sys, time
import numpy as np
from physics import observable

@observable(unit="1", label="slow", reference="mine", seconds=0.05)
def slow(m_X):
    time.sleep(0.05)
    return m_X / 3

@observable(unit="1", label="faulty", reference="mine", seconds=0.05)
def faulty(m_X):
    def has(value):
        return (np.abs(m_X - value) < 0.5).any()
    time.sleep(0.02)
    if has(3):
        raise ArithmeticError("boom")
    if has(6):
        os._exit(9)
    if has(9):
        ctypes.string_at(0)
    if has(12):
        raise MemoryError("no memory")
    if has(15):
        time.sleep(1000)
    if has(18):
        ctypes.PyDLL(None).sleep(1000)  # with Python's lock
    if has(21):
        os.closerange(3, 256)
        os._exit(1)
    return m_X / 3
"""
RAISES, DIES = {3, 12}, {6, 9, 15, 18, 21}  # values of m_X

SCAN = """
[scan]
title = "chaos"
observables = ["{observable}", "delta_a_mu"]
[axes]
m_X = {{ linspace = [1, {blocks}, {blocks}] }}
g_X = {{ values = [1e-4, 1e-3] }}
[store]
points_per_block = 1
{store}
"""


class Silent(Exception):  # noqa: N818
    """Wrong, and nothing says so."""


class Lost(Exception):  # noqa: N818
    """What was computed is gone, or cannot be completed."""


class Hung(Exception):  # noqa: N818
    """Takes longer than it may."""


@dataclass
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


class Bench:
    """A folder with a scan file and its plugin, and what is done there. Nothing of it is left behind."""

    def __init__(self, folder: Path, seed: int, peace: dict[str, np.ndarray] | None = None) -> None:
        self.folder, self.random, self.peace = folder, random.Random(seed), peace or {}
        self.path = folder / "chaos.zarr"
        self.plugin = folder / "extra.py"
        self.plugin.write_text(PLUGIN)
        self.processes: list[subprocess.Popen[str]] = []
        self.tracebacks: list[str] = []  # what commands said that had one in it
        self.environment = dict(os.environ)
        self.write_scan("slow")

    def write_scan(self, observable: str, store: str = "fsync = false") -> None:
        text = SCAN.format(observable=observable, blocks=BLOCKS, store=store)
        (self.folder / "chaos.toml").write_text(text)

    # --- commands -----------------------------------------------------------------------------------------------------

    def start(self, *arguments: object, **options: object) -> subprocess.Popen[str]:
        """Start a command of lmutau in a session of its own; what it says goes to files, which never fill up."""
        number = len(self.processes)
        command = [*LMUTAU, *map(str, arguments), "--plugin", str(self.plugin)]
        with open(self.folder / f"{number}.out", "w") as out, open(self.folder / f"{number}.err", "w") as err:
            process = subprocess.Popen(
                command,
                stdout=out,
                stderr=err,
                cwd=self.folder,
                start_new_session=True,
                env=self.environment,
                **options,
            )
        self.processes.append(process)
        return process

    def run(self, *more: object, workers: int = 2, **options: object) -> subprocess.Popen[str]:
        """Start the run of the scan."""
        given = ("--workers", workers) if "--address" not in more else ()
        return self.start("run", "chaos.toml", "--store", self.path, *given, *more, **options)

    def end_of(self, process: subprocess.Popen[str], seconds: float = SECONDS) -> Outcome:
        """Wait for the end of a command, for so long."""
        number = self.processes.index(process)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            tail = (self.folder / f"{number}.out").read_text()[-300:] + (self.folder / f"{number}.err").read_text()[
                -300:
            ]
            raise Hung(f"{' '.join(map(str, process.args[3:5]))}: no end after {seconds:g} s: {tail}") from None
        out, err = ((self.folder / f"{number}.{kind}").read_text(errors="replace") for kind in ("out", "err"))
        if "Traceback (most recent call last)" in err:
            self.tracebacks.append(err)
        return Outcome(code, out, err)

    def wait_for_blocks(self, number: int, process: subprocess.Popen[str], seconds: float = 90) -> None:
        """Wait until there are so many, or the run has ended."""
        deadline = time.monotonic() + seconds
        while len(list(self.path.glob("slow_status/c/*"))) < number and process.poll() is None:
            if time.monotonic() > deadline:
                raise Hung(f"not {number} blocks after {seconds:g} s")
            time.sleep(0.02)

    def clean(self) -> None:
        """End what is left of the commands; whatever is, should not be."""
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    # --- what came of it ----------------------------------------------------------------------------------------------

    def committed(self) -> dict[tuple[str, tuple[int, ...]], int]:
        """Complete blocks, and when they were written."""
        if not (self.path / "zarr.json").exists():
            return {}
        store = Store(self.path)
        return {(f.name, i): store.marker(f, i).stat().st_mtime_ns for f in store.families for i in store.committed(f)}

    def finish(self, before: dict[tuple[str, tuple[int, ...]], int] | None = None) -> None:
        """Resume, repair where that is told, until all is there; compare. Complete blocks may not be computed again."""
        for _ in range(4):
            resumed = self.end_of(self.run(workers=1))
            if resumed.code in (0, 3) and self.is_sound():
                break
            if "lmutau repair" in resumed.text or resumed.code in (0, 3):
                self.end_of(self.start("repair", self.path, "--points", 0))
        else:
            raise Lost(f"resumed and repaired in vain: {resumed.text[-300:]}")
        after = self.committed()
        if again := sum(after.get(block) != stamp for block, stamp in (before or {}).items()):
            raise Lost(f"{again} complete blocks were computed again")
        self.compare()

    def is_sound(self) -> bool:
        return self.end_of(self.start("verify", self.path, "--points", 0)).code == 0

    def compare(self) -> None:
        """Bit by bit, values and statuses and coordinates."""
        if Store(self.path).attribute("state") != "complete":
            raise Lost("the store is not complete")
        check_equal(variables(self.path), self.peace)


def check_equal(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    """Bit by bit."""
    for name, values in expected.items():
        equal = found[name].tolist() == values.tolist() if values.dtype.kind in "OTU" else False
        if not equal and found[name].tobytes() != values.tobytes():
            raise Silent(f"{name} differs from what is computed in peace")


def undisturbed(folder: Path) -> dict[str, np.ndarray]:
    """All variables of the scan, computed in this process, which knows the plugin from then on."""
    bench = Bench(folder, 0)
    physics.add(bench.plugin)
    store = Store.create(bench.path, make_plan(load_scan(folder / "chaos.toml")))
    compute(store.path, list(store.pending()))
    return variables(store.path)


def variables(path: Path) -> dict[str, np.ndarray]:
    """All that a reader sees of a store."""
    dataset = Store(path).dataset().load(scheduler="synchronous")
    return {str(name): dataset[name].values for name in dataset.variables}


def tree(process: subprocess.Popen[str]) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(process.pid).children(recursive=True)
    return []


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    found = []
    for child in tree(process):
        with suppress(psutil.NoSuchProcess):
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child)
    return found


def kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def no_leftovers(processes: list[psutil.Process]) -> None:
    if left := psutil.wait_procs(processes, timeout=30)[1]:
        kill(left)
        raise Lost(f"{len(left)} processes were left behind")
