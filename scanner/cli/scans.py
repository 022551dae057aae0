"""The commands about scans: what one would do, running it, those that come with lmutau."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli import console
from scanner.cli.console import Exit
from scanner.cli.options import as_json, plugins, scan_file
from scanner.cli.stores import finish

if TYPE_CHECKING:
    from scanner.execution.estimate import Estimate
    from scanner.execution.run import Report
    from scanner.scan.config import ScanFile
    from scanner.scan.plan import Plan
    from scanner.store.store import Store

__all__ = ["plan", "run"]

SECONDS_WITHOUT_LOCAL_WORKER = 300.0  # they are restarted; if none comes for so long, none will


@click.command()
@scan_file
@click.option("--workers", type=click.IntRange(min=1), help="Number of processes to estimate the time for.")
@as_json
@plugins
def plan(source: str, overrides: Sequence[str], workers: int | None, as_json: bool) -> None:
    """Show what a scan would do: families, blocks, time and size."""
    from scanner.execution.estimate import estimate
    from scanner.scan.config import load_scan
    from scanner.scan.plan import make_plan

    scan = load_scan(source, overrides)
    scan_plan = make_plan(scan)
    with console.compiling_told():
        estimates = estimate(scan_plan)
    n = workers or scan.cluster.workers or 1
    seconds, size = sum(e.seconds for e in estimates) / n, sum(e.bytes for e in estimates)
    if as_json:
        console.emit(_content(scan_plan, estimates, n, seconds))
        return
    columns = ("axes", "observables", "points", "block", "blocks", "files", "MB", "core-s")
    rows = [
        (
            " x ".join(f"{d} {n}" for d, n in zip(e.family.dims, e.family.shape, strict=True)) or "constants",
            ", ".join(e.family.observables),
            f"{e.family.points:.3g}",
            " x ".join(map(str, e.family.block)),
            str(e.family.n_blocks),
            str(e.files),
            f"{e.bytes / 1e6:.3g}",
            f"{e.seconds:.3g}",
        )
        for e in estimates
    ]
    console.table(columns, rows, right=("points", "blocks", "files", "MB", "core-s"))
    _say_what_follows(scan_plan)
    for warning in (*filter(None, (e.warning for e in estimates)), *scan.off_the_grid()):
        console.say(warning)
    console.say(
        f"{scan_plan.n_values:.4g} values in {scan_plan.n_blocks} blocks, about {seconds:.3g} s on {n} "
        f"core{'s' if n > 1 else ''}, at most {size / 1e6:.3g} MB (before compression)"
    )


def _content(scan_plan: Plan, estimates: Sequence[Estimate], cores: int, seconds: float) -> dict[str, Any]:
    """A plan as JSON has it."""
    return {
        "title": scan_plan.scan.scan.title,
        "readings": str(scan_plan.scan.reading),
        "values": scan_plan.n_values,
        "blocks": scan_plan.n_blocks,
        "bytes": sum(e.bytes for e in estimates),
        "cores": cores,
        "seconds": seconds,
        "families": [
            {
                "axes": dict(zip(e.family.dims, e.family.shape, strict=True)),
                "observables": list(e.family.observables),
                "points": e.family.points,
                "block": list(e.family.block),
                "blocks": e.family.n_blocks,
                "files": e.files,
                "bytes": e.bytes,
                "core_seconds": e.seconds,
                "warning": e.warning,
            }
            for e in estimates
        ],
    }


def _say_what_follows(scan_plan: Plan) -> None:
    """Readings, parameters that follow an observable, and axes along which nothing changes."""
    console.note(f"readings: {scan_plan.scan.reading}")
    for name, observable in scan_plan.bound.items():
        on = [d for d in scan_plan.grid.dims if d in scan_plan.scan.parameters_of(observable)]
        console.say(f"{name} follows {observable}, on {' x '.join(on) or 'no axis'}.")
    unused = [d for d in scan_plan.grid.dims if not any(d in f.dims for f in scan_plan.families)]
    if unused:
        console.say(f"No observable depends on {', '.join(unused)}: nothing is computed or stored along it.")


@click.command()
@scan_file
@click.option("--store", "store_path", type=click.Path(), help="Where to write; default: the scan's store.path.")
@click.option("--address", help="local, tcp://host:port, or a scheduler file; default: the scan's cluster.address.")
@click.option("--workers", type=click.IntRange(min=1), help="Number of local worker processes; default: one a core.")
@click.option(
    "--no-worker-timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Give up after so long without any worker; default: the scan's cluster.no_worker_timeout, else wait "
    f"({SECONDS_WITHOUT_LOCAL_WORKER:.0f} s with local workers).",
)
@click.option("--retry-failed", is_flag=True, help="Compute blocks with errors again.")
@click.option("--accept-changed-physics", is_flag=True, help="Resume although the physics code is not the store's.")
@plugins
def run(
    source: str,
    overrides: Sequence[str],
    store_path: str | None,
    address: str | None,
    workers: int | None,
    no_worker_timeout: float | None,
    retry_failed: bool,
    accept_changed_physics: bool,
) -> None:
    """Run a scan, or resume it: SCAN is a scan file, a store, or one of the presets.

    Ctrl-C, SIGTERM and SIGHUP let the blocks finish that are being computed; a second Ctrl-C leaves at once.
    """
    from scanner.execution.interrupts import as_keyboard_interrupt
    from scanner.store.trust import check_address

    with as_keyboard_interrupt():
        scan, path = _scan_and_path(source, overrides, store_path)
        if address is None:
            check_address(source, scan.cluster.address)
            address, workers = scan.cluster.address, workers or scan.cluster.workers
        console.note(f"readings: {scan.reading}")
        try:
            known = _store_or_plan(scan, path, retry_failed, accept_changed_physics)
            given_up_after = no_worker_timeout or scan.cluster.no_worker_timeout
            report, store = _run_on(address, workers, path, known, scan.store.seconds_limit, given_up_after)
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
        console.say(f"{store.forget_failures()} blocks with errors will be computed again")
    elif retried := retry_condemned(store):
        console.say(f"{retried} blocks that were given up will be tried once more")
    if next(store.pending(), None) is None:
        console.say(f"{store.title}: nothing left to compute")
        store.finalize()  # checks that it is sound; a kill may have left this undone
        finish(store)
    return store


def _run_on(
    address: str,
    workers: int | None,
    path: Path,
    known: Store | Plan,
    seconds_limit: float | None,
    no_worker_timeout: float | None,
) -> tuple[Report, Store]:
    """Compute what is pending of a store, or of a plan whose store is made now."""
    import cluster
    from scanner.execution.progress import progress
    from scanner.execution.run import run as run_scan
    from scanner.store.store import Store

    def on_interrupt() -> None:
        console.complain("Interrupted: finishing the blocks that are running; Ctrl-C again leaves at once")

    if address == "local":
        _compile(known)
        no_worker_timeout = no_worker_timeout or SECONDS_WITHOUT_LOCAL_WORKER
    with cluster.connect(address, workers) as client:
        store = known if isinstance(known, Store) else Store.open_or_create(path, known)
        pending = sum(1 for _ in store.pending())
        total = sum(family.n_blocks for family in store.families)
        console.note(f"{store.title}: {pending} of {total} blocks to compute into {path}")
        if not client.nthreads():
            console.note(f"waiting for workers at {client.scheduler.address}")
        with progress(store, console.notes()) as on_block:
            report = run_scan(
                store,
                client,
                seconds_limit=seconds_limit,
                no_worker_timeout=no_worker_timeout,
                on_block=on_block,
                on_interrupt=on_interrupt,
                on_notice=console.complain,
            )
        return report, store


def _compile(known: Store | Plan) -> None:
    """Evaluate a point of each family, so that kernels are compiled once, and not by every worker without a word."""
    from scanner.execution.block import evaluate_block

    with console.compiling_told():
        for family in known.families:
            middle = tuple(slice(n // 2, n // 2 + 1) for n in family.shape)
            evaluate_block(family.observables, known.grid.values(family.dims, middle), known.held)
