"""The command that says what a scan would do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from scanner.cli import console
from scanner.cli.options import as_json, plugins, scan_file

if TYPE_CHECKING:
    from scanner.execution.estimate import Estimate
    from scanner.scan.plan import Plan

__all__ = ["plan"]


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
    cores = workers or scan.cluster.workers or 1
    if as_json:
        console.emit(_content(scan_plan, estimates, cores))
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
    _say_how_long(scan_plan, estimates, cores)


def _seconds(estimates: Sequence[Estimate], workers: int) -> tuple[float, float]:
    """Time of it all, and of its longest block, which no number of workers makes shorter."""
    longest = max(e.seconds / e.family.n_blocks for e in estimates)
    return max(sum(e.seconds for e in estimates) / workers, longest), longest


def _say_how_long(scan_plan: Plan, estimates: Sequence[Estimate], workers: int) -> None:
    """Time and size of it all; workers beyond the number of blocks have nothing to do."""
    seconds, longest = _seconds(estimates, workers)
    blocks, size = scan_plan.n_blocks, sum(e.bytes for e in estimates)
    console.say(
        f"{scan_plan.n_values:.4g} values in {blocks} blocks, about {seconds:.3g} s on {workers} "
        f"core{'s' if workers > 1 else ''}, at most {size / 1e6:.3g} MB (before compression)"
    )
    if workers > blocks:
        console.say(
            f"{workers} workers are more than there are blocks: at most {blocks} compute at a time. Lower "
            f"store.seconds_per_block for more blocks (one takes up to {longest:.2g} s now)"
        )


def _content(scan_plan: Plan, estimates: Sequence[Estimate], cores: int) -> dict[str, Any]:
    """A plan as JSON has it."""
    return {
        "title": scan_plan.scan.scan.title,
        "readings": str(scan_plan.scan.reading),
        "values": scan_plan.n_values,
        "blocks": scan_plan.n_blocks,
        "bytes": sum(e.bytes for e in estimates),
        "cores": cores,
        "seconds": _seconds(estimates, cores)[0],
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
