"""Worker processes on this machine."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker

import dask
from distributed import Client, LocalCluster, Status
from distributed.security import Security
from tornado.ioloop import PeriodicCallback

__all__ = ["cores", "on_this_machine"]

_ONE_THREAD = {f"{library}_NUM_THREADS": 1 for library in ("OMP", "MKL", "OPENBLAS", "NUMBA")}
_LOCAL = {
    "distributed.nanny.pre-spawn-environ": _ONE_THREAD,
    # A block that kills its worker is found by trying it alone; the scheduler need not try it on every worker first
    "distributed.scheduler.allowed-failures": 0,
    # Compiled code holds Python's lock, so a worker cannot answer while it computes; one that dies is noticed at once
    "distributed.scheduler.worker-ttl": None,
    # Dask would close for good what restarts a worker, if the new one is not there so long after the old one was lost
    "distributed.deploy.lost-worker-timeout": "1000 days",
    # A look at every worker's stack a hundred times a second, which nobody reads: 4 to 10 % of its time
    "distributed.worker.profile.enabled": False,
}
_SECONDS_BETWEEN_LOOKS = 2.0


@contextmanager
def on_this_machine(workers: int | None) -> Iterator[Client]:
    """Worker processes with one thread each, and their scheduler."""
    n = workers or cores()
    nannies = logging.getLogger("distributed.nanny")
    with dask.config.set(_LOCAL), ExitStack() as stack:
        stack.callback(nannies.setLevel, nannies.level)
        with _signals_held():
            local = stack.enter_context(
                LocalCluster(
                    n_workers=n,
                    threads_per_worker=1,
                    processes=True,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                    security=Security.temporary(),  # else every user of this machine could run code as this one
                )
            )
            client = stack.enter_context(Client(local, set_as_default=False))
        stack.callback(nannies.setLevel, logging.ERROR)  # that a slow worker is killed at the end concerns nobody
        with _restarted(local, n):
            yield client


def cores() -> int:
    """Cores that this process may use; a SLURM step's are not always bound to it."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    given = os.environ.get("SLURM_CPUS_PER_TASK", "")
    return min(cores, int(given)) if given.isdecimal() and int(given) else cores


@contextmanager
def _restarted(local: LocalCluster, workers: int) -> Iterator[None]:
    """Replace nannies that have closed, as they do when their worker dies while it starts."""

    def look() -> None:
        closed = [name for name, nanny in local.workers.items() if nanny.status in (Status.closed, Status.failed)]
        for name in closed:
            del local.workers[name]
        if closed:
            local.scale(workers)

    keeper = PeriodicCallback(look, _SECONDS_BETWEEN_LOOKS * 1000)
    local.loop.add_callback(keeper.start)
    try:
        yield
    finally:
        local.loop.add_callback(keeper.stop)


@contextmanager
def _signals_held() -> Iterator[None]:
    """Signals that ask for the end wait until processes have started, and are not for these: the driver decides.

    What is started here has them blocked for good, and so has what Dask's threads, which are started here, start later.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # when it starts, it opens what is blocked
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
