"""connect(address) -> a Dask client, as a context manager."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dask
from distributed import Client, LocalCluster, Worker, WorkerPlugin

__all__ = ["ClusterError", "connect"]

_ONE_THREAD = {f"{library}_NUM_THREADS": 1 for library in ("OMP", "MKL", "OPENBLAS", "NUMBA")}


class IgnoreInterrupt(WorkerPlugin):  # type: ignore[misc]
    """Ctrl-C in a terminal also reaches the workers; the driver decides what it means."""

    def setup(self, worker: Worker) -> None:
        """Ignore SIGINT in the worker's process."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)


class ClusterError(Exception):
    """No cluster could be reached."""


@contextmanager
def connect(address: str = "local", workers: int | None = None, timeout: float = 30.0) -> Iterator[Client]:
    """Connect to a Dask scheduler, or start one on this machine.

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
    if address == "local":
        with _local(workers) as client:
            yield client
        return
    if workers is not None:
        raise ClusterError(f"workers = {workers} is for address 'local'; {address} has its own")
    with _existing(address, timeout) as client:
        yield client


@contextmanager
def _local(workers: int | None) -> Iterator[Client]:
    n = workers or len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1))
    settings = {
        "distributed.nanny.pre-spawn-environ": _ONE_THREAD,
        # A block that kills its worker is found by trying it alone; the scheduler need not try it on every worker first
        "distributed.scheduler.allowed-failures": 0,
    }
    with dask.config.set(settings), ExitStack() as stack:
        with _interrupts_ignored():  # workers inherit that
            local = LocalCluster(n_workers=n, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0")
            client = stack.enter_context(Client(stack.enter_context(local)))
        client.register_plugin(IgnoreInterrupt())  # for workers that are restarted later
        yield client


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Ctrl-C does nothing for the seconds in which processes start."""
    if threading.current_thread() is not threading.main_thread():  # signals belong to the main thread
        yield
        return
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


@contextmanager
def _existing(address: str, timeout: float) -> Iterator[Client]:
    arguments = {"address": address}
    if "://" not in address:
        if not Path(address).is_file():
            raise ClusterError(
                f"{address!r} is neither 'local', nor an address like tcp://host:8786, nor a scheduler file that exists"
            )
        arguments = {"scheduler_file": address}
    try:
        client = Client(**arguments, timeout=timeout)
    except (OSError, ValueError) as error:
        raise ClusterError(f"no Dask scheduler at {address}: {error}") from error
    with client:
        yield client
