"""Jobs of a batch system as workers, through dask-jobqueue: its keywords, and its settings in ~/.config/dask."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dask
from distributed import Client
from distributed.security import Security

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
_OF_BOTH = {"interface", "protocol", "security", "config_name", "name"}  # keywords of the cluster that are a job's, too


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
    with ExitStack() as stack:
        if settings["security"] is True:
            folder = stack.enter_context(TemporaryDirectory(prefix=".lmutau-", dir=_shared_folder(system, options)))
            settings["security"] = _new_certificates(Path(folder))
        _job(system, settings)  # what cannot be is said before anything is started
        try:
            made = _class_of(system)(**settings)
        except (ValueError, TypeError, OSError, RuntimeError) as error:  # no such network interface here, say
            raise ClusterError(f"{system}: {_said(error)}") from error
        yield stack.enter_context(made)


def job_script(system: str, options: Mapping[str, Any]) -> str:
    """What would be submitted for a job.

    >>> script = job_script("slurm", {"cores": 4, "memory": "8GB", "walltime": "02:00:00"})
    >>> [line for line in script.splitlines() if "cpus-per-task" in line or "-t 0" in line]
    ['#SBATCH --cpus-per-task=4', '#SBATCH -t 02:00:00']
    """
    settings = _settings(system, options)
    if settings["security"] is True:
        settings["security"] = _in_files(_shared_folder(system, options) / "<folder of this run>")
    text: str = _job(system, settings).job_script()
    return text


def _job(system: str, settings: Mapping[str, Any]) -> Any:
    """A job of dask-jobqueue, not submitted."""
    cluster = _class_of(system)
    of_cluster = inspect.signature(cluster.__mro__[1].__init__).parameters.keys() - _OF_BOTH
    of_job = {key: value for key, value in settings.items() if key not in of_cluster}
    protocol = "tls" if settings["security"] else "tcp"
    try:
        return cluster.job_cls(f"{protocol}://<address of the scheduler>", name=f"{system}-0", **of_job)
    except (ValueError, TypeError) as error:
        raise ClusterError(f"{system}: {_said(error)}") from error


def _shared_folder(system: str, options: Mapping[str, Any]) -> Path:
    """Where this process and all jobs see the same files: as the user says, else where the jobs start."""
    name = options.get("config_name", system)
    said = options.get("shared_temp_directory") or dask.config.get(f"jobqueue.{name}.shared-temp-directory", None)
    return Path(os.path.expandvars(said)).expanduser() if said else Path.cwd()


def _new_certificates(folder: Path) -> Security:
    """Certificates of this run, in files that nobody else can read. dask-jobqueue's own would outlive it."""
    made = Security.temporary().get_tls_config_for_role("worker")
    for name in ("ca_file", "cert", "key"):
        (folder / name).write_text(made[name])
    return _in_files(folder)


def _in_files(folder: Path) -> Security:
    files = {
        f"tls_{role}_{name}": str(folder / name)
        for role in ("client", "scheduler", "worker")
        for name in ("cert", "key")
    }
    return Security(require_encryption=True, tls_ca_file=str(folder / "ca_file"), **files)


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
    settings["security"] = settings.get("security", True) or None
    if settings["security"] is not None:
        settings["protocol"] = "tls://"
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
