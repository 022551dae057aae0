"""The commands that compute: a scan with all that a cluster has, or one process's share of it."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli import console
from scanner.cli.console import Exit
from scanner.cli.options import plugins, scan_file
from scanner.cli.stores import finish

if TYPE_CHECKING:
    from distributed import Client

    from scanner.execution.report import Report
    from scanner.scan.config import ScanFile
    from scanner.scan.plan import Plan
    from scanner.store.store import Store

__all__ = ["run", "work"]  # the commands

SECONDS_WITHOUT_LOCAL_WORKER = 300.0  # they are restarted; if none comes for so long, none will
SECONDS_WORTH_A_CLUSTER = 10.0  # of one core, as the observables declare; for less, processes take longer to start
BLOCKS_A_JOB = 4  # that a job has time for, at least

_store_option = click.option(
    "--store", "store_path", type=click.Path(), help="Where to write; default: the scan's store.path."
)
_accept = click.option(
    "--accept-changed-physics", is_flag=True, help="Resume although the physics code is not the store's."
)


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


@click.command()
@scan_file
@_store_option
@click.option(
    "--cluster",
    "--address",
    "address",
    help="local; a batch system (slurm, pbs, sge, lsf, htcondor, oar); tcp://host:port; or a scheduler file. "
    "Default: the scan's cluster.address.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    help="Number of local processes; default: one a core, or none for a scan of a few seconds. 0: this process "
    "computes, at once; a block that crashes or hangs takes it along, and running again resumes.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Number of jobs of a batch system; lost ones are replaced.")
@click.option("--walltime", metavar="TIME", help="Of a job, as the batch system writes it: 02:00:00.")
@click.option(
    "-O",
    "--option",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    callback=_options,
    help="Of a job, in the words of dask-jobqueue: cores=32, memory=64GB, queue=regular, ... (repeat). The others "
    "come from ~/.config/dask/jobqueue.yaml.",
)
@click.option("--show-job-script", is_flag=True, help="Show what would be submitted for a job, and leave.")
@click.option(
    "--no-worker-timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Give up after so long without any worker; default: the scan's cluster.no_worker_timeout, else wait "
    f"({SECONDS_WITHOUT_LOCAL_WORKER:.0f} s with local workers).",
)
@click.option("--retry-failed", is_flag=True, help="Compute blocks with errors again.")
@_accept
@plugins
def run(
    source: str,
    overrides: Sequence[str],
    store_path: str | None,
    show_job_script: bool,
    retry_failed: bool,
    accept_changed_physics: bool,
    **given: Any,
) -> None:
    """Run a scan, or resume it: SCAN is a scan file, a store, or one of the presets.

    Ctrl-C, SIGTERM and SIGHUP let the blocks finish that are being computed; a second Ctrl-C leaves at once. Dask's
    dashboard is there where bokeh is: pip install 'lmutau[explore]'.
    """

    def compute(scan: ScanFile, path: Path, known: Store | Plan) -> tuple[Report, Store]:
        return _run_on(_computers(scan, source, **given), path, known)

    if show_job_script:
        import cluster

        scan, _ = _scan_and_path(source, overrides, store_path)
        who = _computers(scan, source, **given)
        if who.address not in cluster.SYSTEMS:
            raise click.UsageError(f"--show-job-script is for --cluster {', '.join(cluster.SYSTEMS)}")
        console.say(cluster.job_script(who.address, who.options))
        return
    _computed(source, overrides, store_path, retry_failed, accept_changed_physics, compute)


@click.command()
@scan_file
@_store_option
@click.option(
    "--part",
    metavar="K/N",
    help="Begin with share K of N, counted from 1; default: what a SLURM step or an array of SLURM, SGE, LSF says.",
)
@_accept
@plugins
def work(
    source: str, overrides: Sequence[str], store_path: str | None, part: str | None, accept_changed_physics: bool
) -> None:
    """Compute a scan together with other processes, without a scheduler: SCAN is a scan file, a store, or a preset.

    For srun and job arrays. Each process begins with its own share of the blocks, and then computes what others have
    left; any number may start, end or be killed at any time.
    """
    from scanner.execution.share import share

    mine, of = share(part, os.environ)

    def compute(scan: ScanFile, path: Path, known: Store | Plan) -> tuple[Report, Store]:
        who = Computers(seconds_limit=scan.store.seconds_limit)
        return _run_alone(who, path, known, part=mine, parts=of, watched=True)

    _computed(source, overrides, store_path, False, accept_changed_physics, compute)


def _computed(
    source: str,
    overrides: Sequence[str],
    store_path: str | None,
    retry_failed: bool,
    accept_changed_physics: bool,
    compute: Callable[[ScanFile, Path, Store | Plan], tuple[Report, Store]],
) -> None:
    """Have a scan computed, say what came of it, and leave."""
    from scanner.execution.interrupts import as_keyboard_interrupt

    with as_keyboard_interrupt():
        scan, path = _scan_and_path(source, overrides, store_path)
        console.note(f"readings: {scan.reading}")
        try:
            report, store = compute(scan, path, _store_or_plan(scan, path, retry_failed, accept_changed_physics))
            rate = report.points / report.seconds
            console.note(
                f"{report.blocks} blocks, {report.points:.4g} points in {report.seconds:.1f} s ({rate:.3g} points/s)"
            )
            if report.interrupted:
                raise KeyboardInterrupt
        except KeyboardInterrupt:
            resume = f"Resume with: lmutau run {path}" if path.exists() else "Nothing has been stored yet."
            console.complain(f"Interrupted. {resume}")
            sys.exit(Exit.INTERRUPTED)
        finish(store)


def _computers(
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


def _scan_and_path(source: str, overrides: Sequence[str], store_path: str | None) -> tuple[ScanFile, Path]:
    from scanner.paths import local
    from scanner.scan.config import load_scan
    from scanner.store.store import Store

    if os.path.lexists(local(source) / "zarr.json"):  # a store carries its scan
        if overrides or store_path:
            raise click.UsageError("a store is resumed as it is: no --set, no --readings, no --store")
        return Store(source).scan, local(source)
    scan = load_scan(source, overrides)
    return scan, local(store_path or str(scan.store.path))


def _store_or_plan(scan: ScanFile, path: Path, retry_failed: bool, accept_changed_physics: bool) -> Store | Plan:
    """The store to resume, or the plan of one that is made when there is a cluster: what is refused is refused before.

    Leaves where nothing is left to compute.
    """
    from scanner.scan.plan import make_plan
    from scanner.store.condemned import retry_condemned
    from scanner.store.store import Store

    if not path.exists():
        return make_plan(scan)
    store = Store.resume(path, scan, accept_changed_physics=accept_changed_physics)
    if retry_failed:
        console.note(f"{store.forget_failures()} blocks with errors will be computed again")
    elif retried := retry_condemned(store):
        console.note(f"{retried} blocks that were given up will be tried once more")
    if next(store.pending(), None) is None:
        console.note(f"{store.title}: nothing left to compute")
        store.finalize()  # checks that it is sound; a kill may have left this undone
        finish(store)
    return store


def _run_on(who: Computers, path: Path, known: Store | Plan) -> tuple[Report, Store]:
    """Compute what is pending of a store, or of a plan whose store is made now."""
    if _is_short(who, known):
        return _run_alone(who, path, known, watched=False)
    with _connected(who, known) as client:
        store = _begun(path, known)
        return _run_with(client, who, store), store


@contextmanager
def _connected(who: Computers, known: Store | Plan) -> Iterator[Client]:
    """A client of workers that are worth it."""
    import cluster
    from scanner.execution.warming import warm

    if who.address == "local":
        with console.compiling_told():  # once, and not by every worker without a word
            warm(known)
        who.no_worker_timeout = who.no_worker_timeout or SECONDS_WITHOUT_LOCAL_WORKER
    elif who.address in cluster.SYSTEMS:
        _check_walltime(cluster.walltime(who.address, who.options), known)
    with cluster.connect(who.address, who.workers, jobs=who.jobs, options=who.options) as client:
        if find_spec("bokeh") is not None and client.dashboard_link:
            console.note(f"dashboard: {client.dashboard_link}")
        yield client


def _run_with(client: Client, who: Computers, store: Store) -> Report:
    from scanner.execution.progress import progress
    from scanner.execution.run import run as run_scan

    if not client.nthreads():
        console.note(f"waiting for workers at {client.scheduler.address}")
    with progress(store, console.notes()) as on_block:
        return run_scan(
            store,
            client,
            seconds_limit=who.seconds_limit,
            no_worker_timeout=who.no_worker_timeout,
            on_block=on_block,
            on_interrupt=_say_interrupted,
            on_notice=console.complain,
        )


@contextmanager
def computing(who: Computers) -> Iterator[Callable[[Store], None]]:
    """A function that computes what is pending of a store; workers are there from the first that needs them to the end.

    It raises KeyboardInterrupt where not all of it was computed.
    """
    with ExitStack() as stack:
        clients: list[Client] = []

        def compute(store: Store) -> None:
            if next(store.pending(), None) is None:
                store.finalize()
                return
            if not clients and _is_short(who, store):
                report, _ = _run_alone(who, store.path, store, watched=False)
            else:
                if not clients:
                    clients.append(stack.enter_context(_connected(who, store)))
                report = _run_with(clients[0], who, _begun(store.path, store))
            if report.interrupted:
                raise KeyboardInterrupt

        yield compute


def _run_alone(
    who: Computers, path: Path, known: Store | Plan, *, part: int = 0, parts: int = 1, watched: bool
) -> tuple[Report, Store]:
    """The same without Dask."""
    from scanner.execution.alone import run_alone
    from scanner.execution.progress import progress

    store = _begun(path, known)
    with console.compiling_told(), progress(store, console.notes()) as on_block:
        report = run_alone(
            store,
            part=part,
            parts=parts,
            watched=watched,
            seconds_limit=who.seconds_limit,
            on_block=on_block,
            on_interrupt=_say_interrupted,
            on_notice=console.complain,
        )
    return report, store


def _begun(path: Path, known: Store | Plan) -> Store:
    from scanner.store.store import Store

    store = known if isinstance(known, Store) else Store.open_or_create(path, known)
    pending = sum(1 for _ in store.pending())
    total = sum(len(store.blocks(family)) for family in store.families)
    console.note(f"{store.title}: {pending} of {total} blocks to compute into {path}")
    return store


def _say_interrupted() -> None:
    console.complain("Interrupted: finishing the blocks that are running; Ctrl-C again leaves at once")


def _is_short(who: Computers, known: Store | Plan) -> bool:
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


def _check_walltime(walltime: float | None, known: Store | Plan) -> None:
    """A job that ends within a few blocks does little but lose one."""
    longest = max(seconds for _, seconds in _seconds_of_blocks(known))
    if walltime is not None and walltime < BLOCKS_A_JOB * longest:
        raise click.UsageError(
            f"a block takes about {longest:.3g} s, and a job only {walltime:.3g} s: it must have time for at least "
            f"{BLOCKS_A_JOB} blocks. Raise --walltime, or lower store.seconds_per_block of a new store"
        )
