"""Who computes a scan: the options that say so, and what a scan is worth."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from scanner.scan.config import ScanFile
    from scanner.scan.plan import Plan
    from scanner.store.store import Store

__all__ = ["Computers", "check_walltime", "computers", "computers_options", "is_short"]

Command = TypeVar("Command", bound=Callable[..., Any])

SECONDS_WITHOUT_LOCAL_WORKER = 300.0  # they are restarted; if none comes for so long, none will
SECONDS_WORTH_A_CLUSTER = 10.0  # of one core, as the observables declare; for less, processes take longer to start
BLOCKS_A_JOB = 4  # that a job has time for, at least


@dataclass
class Computers:
    """Who computes, as the command line and the scan file say."""

    address: str = "local"
    workers: int | None = None
    jobs: int | None = None
    options: dict[str, Any] = field(default_factory=dict)
    seconds_limit: float | None = None
    no_worker_timeout: float | None = None


def _options(_context: click.Context, _option: click.Parameter, texts: Sequence[str]) -> dict[str, Any]:
    """KEY=VALUE of dask-jobqueue; a value is what TOML makes of it, or a text."""
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise click.BadParameter(f"{text!r}: write KEY=VALUE, for example cores=32 or queue=regular")
        try:
            found[name] = tomllib.loads(f"value = {value}")["value"] if re.match(r"[\[{\"'\dtf]", value) else value
        except tomllib.TOMLDecodeError:
            found[name] = value  # 02:00:00x, 24GB
        if not isinstance(found[name], str | int | float | bool | list | dict):
            found[name] = value  # TOML reads 02:00:00 as a time of day
    return found


_OPTIONS = (
    click.option(
        "--cluster",
        "--address",
        "address",
        help="local; a batch system (slurm, pbs, sge, lsf, htcondor, oar); tcp://host:port; or a scheduler file. "
        "Default: the scan's cluster.address.",
    ),
    click.option(
        "--workers",
        type=click.IntRange(min=0),
        help="Number of local processes; default: one a core, or none for a scan of a few seconds. 0: this process "
        "computes, at once; a block that crashes or hangs takes it along, and running again resumes.",
    ),
    click.option(
        "--jobs", type=click.IntRange(min=1), help="Number of jobs of a batch system; lost ones are replaced."
    ),
    click.option("--walltime", metavar="TIME", help="Of a job, as the batch system writes it: 02:00:00."),
    click.option(
        "-O",
        "--option",
        "options",
        multiple=True,
        metavar="KEY=VALUE",
        callback=_options,
        help="Of a job, in the words of dask-jobqueue: cores=32, memory=64GB, queue=regular, ... (repeat). The others "
        "come from ~/.config/dask/jobqueue.yaml.",
    ),
    click.option(
        "--no-worker-timeout",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="Give up after so long without any worker; default: the scan's cluster.no_worker_timeout, else wait "
        f"({SECONDS_WITHOUT_LOCAL_WORKER:.0f} s with local workers).",
    ),
)


def computers_options(command: Command) -> Command:
    """Give a command the options that `computers` reads."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def computers(
    scan: ScanFile,
    source: str,
    *,
    address: str | None,
    workers: int | None,
    jobs: int | None,
    walltime: str | None,
    options: Mapping[str, Any],
    no_worker_timeout: float | None,
) -> Computers:
    """What the command line says, else the scan file; a scheduler that a stranger's file names is refused."""
    from scanner.store.trust import check_address

    who = Computers(
        seconds_limit=scan.store.seconds_limit, no_worker_timeout=no_worker_timeout or scan.cluster.no_worker_timeout
    )
    if address is None:
        check_address(source, scan.cluster.address)
        who.address, who.options = scan.cluster.address, dict(scan.cluster.options)
        who.workers, who.jobs = scan.cluster.workers, scan.cluster.jobs
    else:
        who.address = address
    who.workers = who.workers if workers is None else workers
    who.jobs = jobs or who.jobs
    who.options |= {**options, **({} if walltime is None else {"walltime": walltime})}
    if who.workers == 0 and who.seconds_limit is not None:
        raise click.UsageError(
            "store.seconds_limit: with --workers 0 nobody could end a block that exceeds it; choose --workers 1 or more"
        )
    return who


def is_short(who: Computers, known: Store | Plan) -> bool:
    """Whether this process computes: as it is told, or since all is done before other processes have started.

    Code of plugins, and blocks with a limit, are for processes that can be ended.
    """
    from physics.core import plugins

    if who.address != "local" or who.jobs or who.options:
        return False
    if who.workers is not None:
        return who.workers == 0
    seconds = sum(each * family.n_blocks for family, each in _seconds_of_blocks(known))
    return who.seconds_limit is None and not plugins.contents() and seconds < SECONDS_WORTH_A_CLUSTER


def _seconds_of_blocks(known: Store | Plan) -> list[tuple[Any, float]]:
    """Families, and what a block of each takes on one core, as the observables declare."""
    from scanner.scan.cost import Cost

    return [(f, Cost.of(known.scan, f.dims, f.observables)(f.block)) for f in known.families]


def check_walltime(walltime: float | None, known: Store | Plan) -> None:
    """A job that ends within a few blocks does little but lose one."""
    longest = max(seconds for _, seconds in _seconds_of_blocks(known))
    if walltime is not None and walltime < BLOCKS_A_JOB * longest:
        raise click.UsageError(
            f"a block takes about {longest:.3g} s, and a job only {walltime:.3g} s: it must have time for at least "
            f"{BLOCKS_A_JOB} blocks. Raise --walltime, or lower store.seconds_per_block of a new store"
        )
