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
from pathlib import Path

import numpy as np
from bench import DIES, RAISES, SECONDS, Bench, Hung, Lost, Silent, kill, no_leftovers, tree, workers_of

from physics import Status
from scanner import Store

SECONDS_OF_PATIENCE = 400  # until a run gives a full disk up: a minute for a block, twice, and for the log


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
    removed = ("all", "zarr.json", "statuses", "an axis")
    what = bench.random.choice([*removed, "chunks", "corrupt chunks", "corrupt metadata"])
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
