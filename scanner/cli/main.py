"""The command `lmutau`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

import cluster
import physics
from physics import Status
from physics.inference.constraints import constraints
from scanner.cli import console, physics_commands
from scanner.cli.physics_commands import assignments
from scanner.errors import RunError, ScanError
from scanner.execution.estimate import estimate
from scanner.execution.progress import progress
from scanner.execution.run import FAILURES
from scanner.execution.run import run as run_scan
from scanner.scan.config import ScanFile, load_scan, preset_names
from scanner.scan.plan import make_plan
from scanner.store.runlog import read_log
from scanner.store.store import Store
from scanner.store.verify import verify as verify_store
from scanner.view.plot import plot_map
from scanner.view.projections import allowed

__all__ = ["cli", "main"]

EXIT_BROKEN = 1  # disk, network, cluster
EXIT_COMPLETE, EXIT_BAD_INPUT, EXIT_FAILURES, EXIT_INTERRUPTED = 0, 2, 3, 130


def main() -> None:
    """Entry point: expected errors become a message and an exit code."""
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (physics.PhysicsError, ScanError, cluster.ClusterError) as error:
        console.err.print(f"lmutau: {error}", style="red", soft_wrap=True)
        sys.exit(EXIT_BROKEN if isinstance(error, RunError) else EXIT_BAD_INPUT)
    except OSError as error:
        console.err.print(f"lmutau: {error}", style="red", soft_wrap=True)
        sys.exit(EXIT_BROKEN)
    except (click.Abort, KeyboardInterrupt):
        console.err.print("lmutau: interrupted")
        sys.exit(EXIT_INTERRUPTED)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="lmutau")
def cli() -> None:
    """Distributed parameter scans of the gauged U(1)_{Lmu-Ltau} model and its dark matter."""


for _command in (
    physics_commands.point,
    physics_commands.observables,
    physics_commands.parameters,
    physics_commands.cite,
):
    cli.add_command(_command)


_scan_options = (
    click.argument("source", metavar="SCAN"),
    click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="axes.m_X.geomspace=[1,200,50], ..."),
)


def _scan_arguments(function: Any) -> Any:
    for option in reversed(_scan_options):
        function = option(function)
    return function


@cli.command()
@_scan_arguments
@click.option("--workers", type=click.IntRange(min=1), help="Number of processes to estimate the time for.")
def plan(source: str, overrides: Sequence[str], workers: int | None) -> None:
    """Show what a scan would do: families, blocks, time and size."""
    scan = load_scan(source, overrides)
    scan_plan = make_plan(scan)
    table = console.table(
        "axes",
        "observables",
        "points",
        "block",
        "blocks",
        "files",
        "MB",
        "core-s",
        right=("points", "blocks", "files", "MB", "core-s"),
    )
    estimates = estimate(scan_plan)
    for e in estimates:
        f = e.family
        table.add_row(
            " x ".join(f"{d} {n}" for d, n in zip(f.dims, f.shape, strict=True)) or "constants",
            ", ".join(f.observables),
            f"{f.points:.3g}",
            " x ".join(map(str, f.block)),
            str(f.n_blocks),
            str(e.files),
            f"{e.bytes / 1e6:.3g}",
            f"{e.seconds:.3g}",
        )
    console.out.print(table)
    n = workers or scan.cluster.workers or 1
    seconds = sum(e.seconds for e in estimates) / n
    unused = [d for d in scan_plan.grid.dims if not any(d in f.dims for f in scan_plan.families)]
    for name, observable in scan_plan.bound.items():
        on = [d for d in scan_plan.grid.dims if d in scan.parameters_of(observable)]
        console.out.print(f"{name} follows {observable}, on {' x '.join(on) or 'no axis'}.")
    if unused:
        console.out.print(f"No observable depends on {', '.join(unused)}: nothing is computed or stored along it.")
    for warning in filter(None, (e.warning for e in estimates)):
        console.out.print(warning, soft_wrap=True)
    console.out.print(
        f"{scan_plan.n_values:.4g} values in {scan_plan.n_blocks} blocks, about {seconds:.3g} s on {n} "
        f"core{'s' if n > 1 else ''}, at most {sum(e.bytes for e in estimates) / 1e6:.3g} MB (before compression)"
    )


@cli.command()
@_scan_arguments
@click.option("--store", "store_path", type=click.Path(), help="Where to write; default: the scan's store.path.")
@click.option("--address", help="local, tcp://host:port, or a scheduler file; default: the scan's cluster.address.")
@click.option("--workers", type=click.IntRange(min=1), help="Number of local worker processes; default: one a core.")
@click.option("--retry-failed", is_flag=True, help="Compute blocks with errors again.")
@click.option("--accept-changed-physics", is_flag=True, help="Resume although the physics code is not the store's.")
def run(
    source: str,
    overrides: Sequence[str],
    store_path: str | None,
    address: str | None,
    workers: int | None,
    retry_failed: bool,
    accept_changed_physics: bool,
) -> None:
    """Run a scan, or resume it: SCAN is a scan file, a store, or one of the presets."""
    scan, path = _scan_and_path(source, overrides, store_path)
    # Complain of another plan, or finish, before a cluster is started
    store = Store.open_or_create(path, scan, accept_changed_physics=accept_changed_physics)
    if retry_failed:
        console.out.print(f"{store.forget_failures()} blocks with errors will be computed again")
    pending = sum(1 for _ in store.pending())
    if not pending:
        console.out.print(f"{scan.scan.title}: nothing left to compute", soft_wrap=True)
        if store.attribute("state") != "complete":
            store.finalize()
        _finish(store)

    def on_interrupt() -> None:
        console.err.print("Interrupted: finishing the blocks that are running; Ctrl-C again leaves at once")

    try:
        own_workers = scan.cluster.workers if address is None else None
        with cluster.connect(address or scan.cluster.address, workers or own_workers) as client:
            total = sum(family.n_blocks for family in store.families)
            console.out.print(f"{scan.scan.title}: {pending} of {total} blocks to compute into {path}", soft_wrap=True)
            if not client.nthreads():
                console.out.print(f"waiting for workers at {client.scheduler.address}")
            with progress(store, console.out) as on_block:
                report = run_scan(store, client, on_block=on_block, on_interrupt=on_interrupt)
        rate = report.points / report.seconds
        console.out.print(
            f"{report.blocks} blocks, {report.points:.4g} points in {report.seconds:.1f} s ({rate:.3g} points/s)"
        )
        if report.interrupted:
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        console.err.print(f"Interrupted. Resume with: lmutau run {path}", soft_wrap=True)
        sys.exit(EXIT_INTERRUPTED)
    _finish(store)


def _finish(store: Store) -> NoReturn:
    counts = _print_status(store)
    # A point where a bound parameter has no value is a result: no relic line there, say
    lost = [s for s in FAILURES if not (store.bound and s == Status.INPUT_FAILED)]
    sys.exit(EXIT_FAILURES if any(counts[s] for s in lost) else EXIT_COMPLETE)


def _scan_and_path(source: str, overrides: Sequence[str], store_path: str | None) -> tuple[ScanFile, Path]:
    if Path(source, "zarr.json").exists():  # a store carries its scan
        if overrides or store_path:
            raise click.UsageError("a store is resumed as it is: no --set, no --store")
        return Store(source).scan, Path(source)
    scan = load_scan(source, overrides)
    return scan, Path(store_path or str(scan.store.path))


@cli.command()
@click.argument("store", type=click.Path(exists=True))
def status(store: str) -> None:
    """Show how far a store is: blocks done, failures with reasons, throughput."""
    _print_status(Store(store))


def _print_status(store: Store) -> Counter[Status]:
    """Print the state of a store; return how many values have which status."""
    total: Counter[Status] = Counter()
    points: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    messages: list[str] = []
    for record in read_log(store.log_path, store.id):
        if "forgotten" in record:
            continue
        points[record["family"]] += record["points"]
        seconds[record["family"]] += record["seconds"]
        messages.extend(record["messages"])
    table = console.table("axes", "blocks", "values", "points/s/core", right=("blocks", "values", "points/s/core"))
    table.add_column("status")
    for family in store.families:
        name, counts = family.name, store.counts(family)
        total.update(counts)
        table.add_row(
            ", ".join(family.dims) or "constants",
            f"{len(store.committed(family))}/{family.n_blocks}",
            f"{family.points * len(family.observables):,}",
            f"{points[name] / seconds[name]:.3g}" if seconds[name] else "-",
            ", ".join(f"{s.meaning.replace('_', ' ')} {n:,}" for s, n in counts.items()),
        )
    console.out.print(table)
    console.out.print(f"{store.path}: {store.attribute('state')}", soft_wrap=True)
    for message in messages[-10:]:
        console.out.print(f"  {message}", soft_wrap=True)
    if len(messages) > 10:
        console.out.print(f"  ... and {len(messages) - 10} more in {store.log_path}", soft_wrap=True)
    return total


@cli.command()
@click.argument("store", type=click.Path(exists=True))
@click.option("--points", default=100, show_default=True, help="Random values to compute again.")
@click.option("--seed", type=int, help="For the choice of points.")
def verify(store: str, points: int, seed: int | None) -> None:
    """Read every chunk of a store, check status against values, compute random points again."""
    found = verify_store(Store(store), points, seed)
    console.out.print(f"{found.values:,} values read, {found.recomputed:,} computed again")
    if not found.same_physics:
        console.out.print("The store was made by other physics code than this: values may differ for that reason.")
    if found.not_recomputed:
        console.out.print(f"Nothing was computed again: {found.not_recomputed}", soft_wrap=True)
    if found.missing_blocks:
        console.out.print(f"{found.missing_blocks} blocks are not computed yet: lmutau run {store}", soft_wrap=True)
    for problem in found.problems[:50]:
        console.out.print(f"  {problem}", style="red", soft_wrap=True)
    console.out.print(
        "ok" if found.ok else f"NOT ok: {len(found.problems)} problems, {found.missing_blocks} blocks missing"
    )
    sys.exit(EXIT_COMPLETE if found.ok else EXIT_FAILURES)


@cli.command()
@click.argument("store", type=click.Path(exists=True))
def summary(store: str) -> None:
    """Show what the constraints leave of a scan."""
    opened = Store(store)
    ds = opened.dataset()
    table = console.table(
        "constraint", "kind", "observable", "interval", "points", "inside", right=("points", "inside")
    )
    limits = []
    for name, c in constraints().items():
        if c.observable not in ds:
            continue
        inside = allowed(ds, [name])
        table.add_row(
            name, c.kind, c.observable, f"{c.lower:g} .. {c.upper:g}", f"{inside.size:,}", f"{int(inside.sum()):,}"
        )
        if c.kind == "limit":
            limits.append(name)
    console.out.print(table)
    if limits:
        inside = allowed(ds, limits)
        console.out.print(f"{int(inside.sum()):,} of {inside.size:,} points respect all limits ({', '.join(limits)})")
        if opened.plot is not None and (hints := [n for n in opened.plot.constraints if n not in limits]):
            both = allowed(ds, limits + [n for n in hints if constraints()[n].observable in ds])
            console.out.print(f"{int(both.sum()):,} of {both.size:,} points agree with {', '.join(hints)}, too")


@cli.command()
@click.argument("store", type=click.Path(exists=True))
@click.option("-x", "x", help="Horizontal axis; default: the scan file's [plot] section.")
@click.option("-y", "y", help="Vertical axis.")
@click.option("--observable", help="What the colours show.")
@click.option("--at", multiple=True, metavar="AXIS=VALUE", help="Value of another axis.")
@click.option("--constraint", "constrain", multiple=True, help="Draw this constraint (several: repeat).")
@click.option("--curve", "curves", multiple=True, help="Draw this observable, a value of y, as a line (repeat).")
@click.option("--nearest", is_flag=True, help="Take the nearest grid point to --at.")
@click.option("--output", type=click.Path(), help="Picture to write (png, pdf, svg); default: beside the store.")
def plot(
    store: str,
    x: str | None,
    y: str | None,
    observable: str | None,
    at: Sequence[str],
    constrain: Sequence[str],
    curves: Sequence[str],
    nearest: bool,
    output: str | None,
) -> None:
    """Map an observable in a plane of the scan, with constraints on top."""
    opened = Store(store)
    view = opened.plot
    if view is None and (x is None or y is None):
        raise click.UsageError("the scan file has no [plot] section: give -x and -y")
    plane = (x or (view.x if view else ""), y or (view.y if view else ""))
    held = {axis: value for axis, value in (view.at if view else {}).items() if axis not in plane}
    lines = {axis: values for axis, values in (view.lines if view else {}).items() if axis not in plane}
    figure = plot_map(
        opened.dataset(),
        *plane,
        observable or (view.observable if view else None),
        held | assignments(at),
        constrain or (view.constraints if view else ()),
        lines,
        nearest,
        curves=curves or (view.curves if view and plane == (view.x, view.y) else ()),
    )
    path = Path(output) if output else opened.path.with_name(opened.path.name.removesuffix(".zarr") + ".png")
    try:
        figure.savefig(path, dpi=150)
    except ValueError as error:  # a format that matplotlib does not know
        raise click.UsageError(f"--output {path}: {error}") from None
    console.out.print(str(path), soft_wrap=True)


@cli.command()
def presets() -> None:
    """List the scans that come with lmutau."""
    for name in preset_names():
        console.out.print(f"{name}: {load_scan(name).scan.title}")
