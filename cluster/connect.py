"""connect(address) -> a Dask client, as a context manager."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from distributed import Client
from distributed.comm import CommClosedError

from cluster.batch import SYSTEMS, jobs_of
from cluster.errors import ClusterError
from cluster.local import on_this_machine

__all__ = ["connect"]

_NOISY = ("distributed.client", "distributed.core", "distributed.scheduler", "distributed.nanny", "asyncio")


@contextmanager
def connect(
    address: str = "local",
    workers: int | None = None,
    timeout: float = 30.0,
    *,
    jobs: int | None = None,
    options: Mapping[str, Any] | None = None,
) -> Iterator[Client]:
    """Connect to a Dask scheduler, or start one.

    What Dask computes by itself, as xarray does, is computed where it was before: `client.as_current()` changes that.

    Parameters
    ----------
    address : str
        "local": worker processes with one thread each on this machine. "slurm", "pbs", "sge", "lsf", "htcondor", "oar":
        jobs of that batch system, held at their number until the end. Both end on leaving. "tcp://host:port" (or
        tls://, ws://, ucx://): a running scheduler. Anything else: the path of a scheduler file.
    workers : int, optional
        Number of local processes; by default one for each core that this process may use.
    timeout : float
        Seconds to wait for a scheduler.
    jobs : int, optional
        Number of jobs of a batch system.
    options : mapping, optional
        Of a job, in the words of dask-jobqueue: cores, memory, walltime, queue, account, interface ...; those that are
        not given come from the user's ~/.config/dask/jobqueue.yaml.

    Yields
    ------
    distributed.Client

    Raises
    ------
    ClusterError
        There is no scheduler at the address, or jobs cannot be submitted.
    """
    if workers is not None and workers < 1:
        raise ClusterError(f"workers = {workers}: at least one is needed")
    if address != "local" and workers is not None:
        raise ClusterError(f"workers = {workers} is for address 'local'; {address} has its own")
    if address not in SYSTEMS and (jobs is not None or options):
        raise ClusterError(f"jobs and their options are for {', '.join(SYSTEMS)}; {address} has none")
    if address in SYSTEMS:
        clients = jobs_of(address, jobs, options or {})
    else:
        clients = on_this_machine(workers) if address == "local" else _existing(address, timeout)
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


class _ClosedIfRefused(Client):  # type: ignore[misc]  # Dask has no types
    """A client that is closed at once where it cannot be made.

    Dask closes it when it is collected as garbage, be it while Dask makes another: each then waits for the other.
    """

    def __init__(self, **arguments: Any) -> None:
        try:
            super().__init__(**arguments)
        except BaseException:
            with suppress(Exception):  # it may lack anything
                self.close()
            raise


@contextmanager
def _existing(address: str, timeout: float) -> Iterator[Client]:
    arguments = {"address": address}
    if "://" not in address:
        _wait_for_file(address, timeout)
        arguments = {"scheduler_file": address}
    try:
        # Dask keeps one that fails, as what all its collections are computed with, for as long as the error is kept
        client = _ClosedIfRefused(**arguments, timeout=timeout, set_as_default=False)
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
                f"{path!r} is neither 'local', nor a batch system ({', '.join(SYSTEMS)}), nor an address like "
                "tcp://host:8786, nor a scheduler file that exists"
            )
        time.sleep(0.2)
