"""Jobs of a batch system as workers, through dask-jobqueue: its keywords, and its settings in ~/.config/dask."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dask
from distributed import Client, Status

from cluster.errors import ClusterError
from cluster.keeper import kept

__all__ = ["SYSTEMS", "job_script", "jobs_of", "walltime"]

SYSTEMS = {
    "slurm": "SLURMCluster",
    "pbs": "PBSCluster",
    "sge": "SGECluster",
    "lsf": "LSFCluster",
    "htcondor": "HTCondorCluster",
    "oar": "OARCluster",
}
_OF_CLUSTER = ("scheduler_options", "security", "shared_temp_directory")  # the rest is of a job


@contextmanager
def jobs_of(system: str, jobs: int | None, options: Mapping[str, Any]) -> Iterator[Client]:
    """A scheduler in this process, and so many jobs of workers, which are held at that number."""
    if jobs is None or jobs < 1:
        raise ClusterError(f"{system}: say how many jobs, at least one: --jobs 4, or jobs = 4 under [cluster]")
    with _made(system, options) as cluster, Client(cluster, set_as_default=False) as client, kept(cluster, jobs):
        yield client


@contextmanager
def _made(system: str, options: Mapping[str, Any]) -> Iterator[Any]:
    """The cluster of dask-jobqueue, without jobs."""
    settings = _settings(system, options)
    try:
        made = _class_of(system)(**settings)
    except (ValueError, TypeError, OSError, RuntimeError) as error:  # what is missing, unknown, or no interface here
        raise ClusterError(f"{system}: {_said(error)}") from error
    with made as cluster:
        yield cluster


def job_script(system: str, options: Mapping[str, Any]) -> str:
    """What would be submitted for a job.

    >>> script = job_script("slurm", {"cores": 4, "memory": "8GB", "walltime": "02:00:00"})
    >>> [line for line in script.splitlines() if "cpus-per-task" in line or "-t 0" in line]
    ['#SBATCH --cpus-per-task=4', '#SBATCH -t 02:00:00']
    """

    async def script() -> str:
        cluster = _class_of(system)(**_settings(system, options), asynchronous=True)
        text: str = cluster.job_script()
        cluster.status = Status.closed  # it was never started
        return text

    try:
        return asyncio.run(script())
    except (ValueError, TypeError, OSError) as error:
        raise ClusterError(f"{system}: {_said(error)}") from error


def _class_of(system: str) -> Any:
    try:
        import dask_jobqueue
    except ImportError as error:
        raise ClusterError(f"{system} needs dask-jobqueue: pip install 'lmutau[hpc]'") from error
    return getattr(dask_jobqueue, SYSTEMS[system])


def _settings(system: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options, and for what neither they nor the user's configuration say: a process a core, an encrypted network.

    Compiled functions hold Python's lock, so that the threads of a process would wait for each other. Without
    certificates every user of the network could run code as this one.
    """
    _class_of(system)  # importing it loads its configuration
    settings = dict(options)

    def said(key: str) -> Any:
        return settings.get(key) or dask.config.get(f"jobqueue.{name}.{key.replace('_', '-')}", None)

    name = settings.get("config_name", system)
    if not said("processes") and said("cores"):
        settings["processes"] = int(said("cores"))
    if settings.get("security") is False:
        del settings["security"]
    else:
        settings.setdefault("security", True)
    if not said("shared_temp_directory"):
        settings["shared_temp_directory"] = os.getcwd()
    if not said("scheduler_options"):
        settings["scheduler_options"] = {"dashboard_address": ":0"}
    return settings


def _said(error: Exception) -> str:
    """What dask-jobqueue says, in a line, in words of the command line."""
    text = str(error).strip().partition("\n")[0] or type(error).__name__
    if unknown := re.search(r"unexpected keyword argument '(\w+)'", text):
        return f"dask-jobqueue knows no option {unknown[1]!r}"
    if "how much cores and memory" in text:
        return "say how much a job needs: cores and memory (-O cores=8 -O memory=16GB), or ~/.config/dask/jobqueue.yaml"
    return text


def walltime(system: str, options: Mapping[str, Any]) -> float | None:
    """Seconds that a job may run, if that is said.

    >>> walltime("slurm", {"walltime": "1-02:30"}), walltime("slurm", {"walltime": 90}), walltime("lsf", {})
    (95400.0, 5400.0, 1800.0)
    """
    _class_of(system)
    name = options.get("config_name", system)
    text = str(options.get("walltime") or dask.config.get(f"jobqueue.{name}.walltime", None) or "")
    if not re.fullmatch(r"(\d+-)?\d+(:\d+){0,2}", text):
        return None
    days, dash, clock = text.rpartition("-")
    parts = [int(part) for part in clock.split(":")]
    if dash or system == "oar":  # from the left: hours, minutes, seconds
        parts += [0] * (3 - len(parts))
    elif (system == "lsf" and len(parts) < 3) or (system == "slurm" and len(parts) == 1):  # the last are minutes
        parts = [*parts, 0]
    seconds = 0
    for part in parts:
        seconds = 60 * seconds + part
    return float(86400 * int(days or 0) + seconds)
