"""The commands that compute: a scan with all that a cluster has, or one process's share of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli import console
from scanner.cli.computers import (
    SECONDS_WITHOUT_LOCAL_WORKER,
    Computers,
    check_walltime,
    computers,
    computers_options,
    is_short,
)
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


_store_option = click.option(
    "--store", "store_path", type=click.Path(), help="Where to write; default: the scan's store.path."
)
_accept = click.option(
    "--accept-changed-physics", is_flag=True, help="Resume although the physics code is not the store's."
)


@click.command()
@scan_file
@_store_option
@computers_options
@click.option("--show-job-script", is_flag=True, help="Show what would be submitted for a job, and leave.")
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
    dashboard is there where bokeh is: pip install bokeh.
    """

    def compute(scan: ScanFile, path: Path, known: Store | Plan) -> tuple[Report, Store]:
        return _run_on(computers(scan, source, **given), path, known)

    if show_job_script:
        import cluster

        scan, _ = _scan_and_path(source, overrides, store_path)
        who = computers(scan, source, **given)
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


def _scan_and_path(source: str, overrides: Sequence[str], store_path: str | None) -> tuple[ScanFile, Path]:
    import shlex
    from zipfile import is_zipfile

    from scanner.paths import local
    from scanner.scan.config import load_scan
    from scanner.store.store import Store

    if os.path.lexists(local(source) / "zarr.json"):  # a store carries its scan
        if overrides or store_path:
            raise click.UsageError("a store is resumed as it is: no --set, no --readings, no --store")
        return Store(source).scan, local(source)
    if is_zipfile(local(source)):
        name = local(source).name.removesuffix(".zip").removesuffix(".zarr")
        raise click.UsageError(
            f"{source}: an archive is only read. To go on with what is in it, unpack it into a folder, and run that: "
            f"python -m zipfile -e {shlex.quote(source)} {shlex.quote(f'{name}.zarr')}"
        )
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
    if is_short(who, known):
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
        check_walltime(cluster.walltime(who.address, who.options), known)
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
            if not clients and is_short(who, store):
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
