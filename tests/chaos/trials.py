"""Trials of whole runs: each is harmed, resumed until it is complete, and compared with a run in peace.

A trial is a function of a `Bench`; what it returns is what is to be known beside "survived". It raises `Silent` where
something is wrong and nothing says so, `Lost` where what was computed is gone or cannot be completed, `Hung` where it
takes longer than its limit.
"""

from __future__ import annotations

import errno
import os
import random
import resource
import shutil
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
from physics import Status
from scanner import Store, load_scan, make_plan
from scanner.store.repair import compute

LMUTAU = [sys.executable, "-c", "import scanner.cli.main as c; c.main()"]
SECONDS_OF_PATIENCE = 400  # until a run gives a full disk up: a minute for a block, twice, and for the log
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
            raise Lost(f"a traceback: {err.strip().splitlines()[-1]}")
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


# --- trials -----------------------------------------------------------------------------------------------------------


def killed(bench: Bench) -> str:
    """SIGKILL of a worker, all workers, the driver, or the whole group, at a random time."""
    what = bench.random.choice(["worker", "workers", "driver", "group"])
    process = bench.run()
    bench.wait_for_blocks(bench.random.randrange(40), process)
    family, workers = tree(process), workers_of(process)
    if what == "group":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    elif what == "driver":
        process.kill()
    else:
        kill(workers[:1] if what == "worker" else workers)
    outcome = bench.end_of(process)
    if what in ("worker", "workers"):
        if outcome.code:
            raise Lost(f"{what} killed: exit code {outcome.code}: {outcome.err[-200:]}")
    else:
        no_leftovers(family)
    bench.finish(bench.committed())
    return what


def killed_often(bench: Bench) -> str:
    """Workers are killed again and again."""
    bench.environment["DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT"] = "10ms"
    process = bench.run()
    bench.wait_for_blocks(2, process)
    kills = 0
    while kills < 10 and process.poll() is None:
        if workers := workers_of(process):
            kill([bench.random.choice(workers)])
            kills += 1
        time.sleep(bench.random.uniform(0.2, 2.0))
    outcome = bench.end_of(process)
    if outcome.code:
        raise Lost(f"exit code {outcome.code}: {outcome.err[-200:]}")
    bench.finish(bench.committed())
    return f"{kills} kills"


def external_cluster(bench: Bench) -> str:
    """The scheduler, a nanny, a worker, the driver or all of a cluster of others are killed."""
    what = bench.random.choice(["scheduler", "nanny", "worker", "driver", "all"])
    file = bench.folder / "scheduler.json"

    def start(module: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{module}", "--scheduler-file", str(file), *options]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=bench.folder)

    scheduler = start("dask_scheduler", "--port", "0", "--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")
    nannies = [start("dask_worker", "--nthreads", "1", "--no-dashboard") for _ in range(2)]
    try:
        process = bench.run("--address", file, "--no-worker-timeout", 20)
        bench.wait_for_blocks(bench.random.randrange(1, 30), process)
        if what in ("scheduler", "all"):
            scheduler.kill()
        if what in ("worker", "all"):
            kill(workers_of(nannies[0]))
        if what == "nanny":
            kill(tree(nannies[0]))
        if what in ("nanny", "all"):
            nannies[0].kill()
        if what in ("driver", "all"):
            process.kill()
        outcome = bench.end_of(process)
        if what in ("worker", "nanny") and outcome.code:
            raise Lost(f"{what} killed: exit code {outcome.code}: {outcome.err[-200:]}")
        if what == "scheduler" and outcome.code == 1 and "run again to resume" not in outcome.err:
            raise Lost(f"the scheduler was killed, and all that is said is: {outcome.err[-200:]}")
    finally:
        left = [child for nanny in nannies for child in tree(nanny)]
        for one in (*nannies, scheduler):
            one.kill()
            one.wait()
        kill(left)
    bench.finish(bench.committed())
    return what


def signalled(bench: Bench) -> str:
    """SIGINT, SIGTERM or SIGHUP at a random time, to the driver or to all."""
    number = bench.random.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    whole_group = bench.random.random() < 0.5
    process = bench.run()
    if bench.random.random() < 0.3:  # at the start: imports, workers that are not there yet
        time.sleep(bench.random.uniform(0.3, 4.0))
    else:
        bench.wait_for_blocks(bench.random.randrange(1, 40), process)
    family = tree(process)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number) if whole_group else process.send_signal(number)
    outcome = bench.end_of(process, 40)
    what = f"{number.name} to {'all' if whole_group else 'the driver'}"
    importing = outcome.code == -number and not outcome.out
    if outcome.code not in (0, 130) and not importing:
        raise Lost(f"{what}: exit code {outcome.code}: {outcome.err[-200:]}")
    no_leftovers(family)
    bench.finish(bench.committed())
    return what


def disk_full(bench: Bench) -> str:
    """A file system of its own gets full. It is enlarged, while the run is patient or after its end."""
    place = bench.folder / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        return files_may_not_grow(bench)
    bench.path = place / "chaos.zarr"
    soon = bench.random.random() < 0.7
    try:
        process = bench.run()
        bench.wait_for_blocks(bench.random.randrange(1, 20), process)
        with suppress(OSError), (place / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        if soon:
            time.sleep(bench.random.uniform(2, 15))
            subprocess.run(["mount", "-o", "remount,size=128m", place], check=True)
        outcome = bench.end_of(process, SECONDS if soon else SECONDS_OF_PATIENCE)
        if soon and outcome.code:
            raise Lost(f"there was space again, but exit code {outcome.code}: {outcome.err[-200:]}")
        if not soon and (outcome.code != 1 or os.strerror(errno.ENOSPC) not in outcome.text):
            raise Silent(f"the disk was full, but exit code {outcome.code}: {outcome.text[-200:]}")
        if not soon:
            subprocess.run(["mount", "-o", "remount,size=128m", place], check=True)
        bench.finish(bench.committed())
    finally:
        bench.clean()
        subprocess.run(["umount", "-l", place], check=True)
    return f"enlarged {'soon' if soon else 'after the end'}"


def files_may_not_grow(bench: Bench) -> str:
    """Where nothing can be mounted: no file may be longer than so many bytes."""
    limit = bench.random.choice([2000, 8000, 20000])  # metadata and log are

    def set_limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    outcome = bench.end_of(bench.run(preexec_fn=set_limit))
    if outcome.code == 0:
        raise Silent("files could not grow, but exit code 0")
    bench.finish(bench.committed())
    return "RLIMIT_FSIZE"


def harmed(bench: Bench) -> str:
    """The store, or parts of it, are removed, or chunks corrupted, while it is computed."""
    what = bench.random.choice(
        ["all", "zarr.json", "statuses", "an axis", "chunks", "corrupt chunks", "corrupt metadata"]
    )
    process = bench.run()
    bench.wait_for_blocks(bench.random.randrange(3, 30), process)
    path = bench.path
    chunks = sorted(p for name in ("slow", "slow_status") for p in path.glob(f"{name}/c/*") if p.name.isdecimal())
    if what == "all":
        while path.exists():
            shutil.rmtree(path, ignore_errors=True)
    elif what == "zarr.json":
        for file in path.rglob("zarr.json"):
            file.unlink(missing_ok=True)
    elif what in ("statuses", "an axis"):
        shutil.rmtree(path / ("slow_status" if what == "statuses" else "m_X"), ignore_errors=True)
    elif what == "corrupt metadata":
        flip(bench.random.choice(sorted(path.rglob("zarr.json"))), bench.random)
    else:
        for file in bench.random.sample(chunks, min(5, len(chunks))):
            file.unlink() if what == "chunks" else flip(file, bench.random)
    outcome = bench.end_of(process)
    if what in removed:
        if outcome.code != 1 or "missing" not in outcome.err:
            raise Silent(f"{what} removed: exit code {outcome.code}: {outcome.text[-200:]}")
        path.rename(path.with_name("left.zarr")) if path.exists() else None  # as the message says
        path.with_name(path.name + ".log.jsonl").unlink(missing_ok=True)
        bench.finish()
        return what
    if outcome.code == 0 and what != "corrupt chunks" and not bench.is_sound():
        raise Silent(f"{what}: exit code 0, and the store is not sound")
    bench.finish()
    return what


def flip(file: Path, chance: random.Random) -> None:
    content = bytearray(file.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    file.write_bytes(bytes(content))


def several_drivers(bench: Bench) -> str:
    """Two or three runs at once on one store; one may be killed."""
    number, dies = bench.random.choice([2, 3]), bench.random.random() < 0.5
    first = bench.run(workers=1)
    bench.wait_for_blocks(bench.random.randrange(1, 10), first)
    others = [bench.run(workers=1) for _ in range(number - 1)]
    if dies:
        bench.wait_for_blocks(20, first)
        with suppress(ProcessLookupError):
            os.killpg(first.pid, signal.SIGKILL)
    codes = [bench.end_of(process).code for process in (first, *others)]
    if any(codes[1:]) or (codes[0] and not dies):
        raise Lost(f"exit codes {codes}")
    bench.finish(bench.committed())
    return f"{number} drivers" + (", one killed" if dies else "")


def faults_in_blocks(bench: Bench) -> str:
    """Points that raise, and end, crash or hang their process: each costs itself, and all others are as without."""
    bench.write_scan("faulty", "fsync = false\nseconds_limit = 6")
    outcome = bench.end_of(bench.run(), 200)
    if outcome.code != 3:
        raise Lost(f"exit code {outcome.code}: {outcome.err[-300:]}")
    store = Store(bench.path)
    m_X = store.grid.axes["m_X"].values
    status, values = store.array("faulty_status")[:], store.array("faulty")[:]
    wanted = dict.fromkeys(RAISES, Status.ERROR) | dict.fromkeys(DIES, Status.BLOCK_FAILED)
    expected = np.array([wanted.get(int(m), Status.OK) for m in m_X], dtype=np.uint8)
    if not np.array_equal(status, expected):
        wrong = {int(m): int(s) for m, s, e in zip(m_X, status, expected, strict=True) if s != e}
        raise Lost(f"innocent points were lost, or faulty ones were not told: {wrong}")
    ok = expected == Status.OK
    if values[ok].tobytes() != (m_X / 3)[ok].tobytes() or not np.isnan(values[~ok]).all():
        raise Silent("neighbours of faulty points have other values")
    if not bench.is_sound():
        raise Lost("the store is not sound")
    return f"{len(wanted)} points: raise, memory, exit, segfault, hang, hang with the lock, closed files"


TRIALS = {
    "SIGKILL: worker, workers, driver, group": killed,
    "external cluster: scheduler, nanny, worker, driver, all": external_cluster,
    "workers killed again and again": killed_often,
    "signals INT, TERM, HUP": signalled,
    "disk full": disk_full,
    "removed or corrupted in mid-run": harmed,
    "2-3 drivers on one store": several_drivers,
    "segfault, exit, memory, raises, hang": faults_in_blocks,
}


def of_trial(error: Exception) -> str:
    """In which column it goes."""
    if isinstance(error, Silent):
        return "silent"
    return "hung" if isinstance(error, Hung) else "lost"
