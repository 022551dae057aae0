"""connect(address) -> a Dask client, as a context manager."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from pathlib import Path

import dask
from distributed import Client, LocalCluster, Status
from distributed.comm import CommClosedError
from distributed.security import Security
from tornado.ioloop import PeriodicCallback

__all__ = ["ClusterError", "connect"]

_ONE_THREAD = {f"{library}_NUM_THREADS": 1 for library in ("OMP", "MKL", "OPENBLAS", "NUMBA")}
_LOCAL = {
    "distributed.nanny.pre-spawn-environ": _ONE_THREAD,
    # A block that kills its worker is found by trying it alone; the scheduler need not try it on every worker first
    "distributed.scheduler.allowed-failures": 0,
    # Compiled code holds Python's lock, so a worker cannot answer while it computes; one that dies is noticed at once
    "distributed.scheduler.worker-ttl": None,
    # Dask would close for good what restarts a worker, if the new one is not there so long after the old one was lost
    "distributed.deploy.lost-worker-timeout": "1000 days",
}
_SECONDS_BETWEEN_LOOKS = 2.0
_NOISY = ("distributed.client", "distributed.core", "distributed.scheduler", "distributed.nanny", "asyncio")


class ClusterError(Exception):
    """No cluster could be reached."""


@contextmanager
def connect(address: str = "local", workers: int | None = None, timeout: float = 30.0) -> Iterator[Client]:
    """Connect to a Dask scheduler, or start one on this machine.

    What Dask computes by itself, as xarray does, is computed where it was before: `client.as_current()` changes that.

    Parameters
    ----------
    address : str
        "local": worker processes with one thread each, ended on leaving. "tcp://host:port" (or tls://, ws://, ucx://):
        a running scheduler. Anything else: the path of a scheduler file.
    workers : int, optional
        Number of local processes; by default one for each core that this process may use.
    timeout : float
        Seconds to wait for a scheduler.

    Yields
    ------
    distributed.Client

    Raises
    ------
    ClusterError
        There is no scheduler at the address.
    """
    if workers is not None and workers < 1:
        raise ClusterError(f"workers = {workers}: at least one is needed")
    if address != "local" and workers is not None:
        raise ClusterError(f"workers = {workers} is for address 'local'; {address} has its own")
    clients = _local(workers) if address == "local" else _existing(address, timeout)
    with _without_noise(), clients as client:
        yield client


@contextmanager
def _without_noise() -> Iterator[None]:
    """Connections that end are no news for the log of Dask, which shows a traceback: their users say what it means."""

    def is_news(record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, asyncio.CancelledError):  # of a client that is closed while it looks for its scheduler
            return record.funcName != "__exit__"  # of distributed.utils.log_errors
        return not (isinstance(error, CommClosedError) and "ConnectionPool clos" in str(error))

    loggers = [logging.getLogger(name) for name in _NOISY]
    for logger in loggers:
        logger.addFilter(is_news)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(is_news)


@contextmanager
def _local(workers: int | None) -> Iterator[Client]:
    n = workers or _cores()
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


def _cores() -> int:
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


@contextmanager
def _existing(address: str, timeout: float) -> Iterator[Client]:
    arguments = {"address": address}
    if "://" not in address:
        _wait_for_file(address, timeout)
        arguments = {"scheduler_file": address}
    try:
        # Dask keeps one that fails, as what all its collections are computed with, for as long as the error is kept
        client = Client(**arguments, timeout=timeout, set_as_default=False)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:  # also no certificates, or no JSON
        remedy = "; certificates stand in Dask's settings, distributed.comm.tls" if address.startswith("tls://") else ""
        raise ClusterError(f"no Dask scheduler at {address}: {str(error) or type(error).__name__}{remedy}") from error
    with client:
        yield client


def _wait_for_file(path: str, timeout: float) -> None:
    """A scheduler that has just been started may not have written its file; what is not a path is not waited for."""
    deadline = time.monotonic() + timeout * (path.endswith(".json") or os.sep in path)
    while not Path(path).is_file():
        if time.monotonic() > deadline:
            raise ClusterError(
                f"{path!r} is neither 'local', nor an address like tcp://host:8786, nor a scheduler file that exists"
            )
        time.sleep(0.2)
