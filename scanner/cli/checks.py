"""Whether a store is sound, and what to do if not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from scanner.cli import console
from scanner.cli.console import Exit
from scanner.cli.options import as_json, plugins
from scanner.cli.options import store as store_argument

if TYPE_CHECKING:
    from scanner.store.verify import Verification

__all__ = ["repair", "verify"]

PROBLEMS_SHOWN = 50
_KEYS = (
    "ok",
    "values",
    "read_all",
    "recomputed",
    "not_recomputed",
    "same_physics",
    "missing_blocks",
    "notes",
)  # of JSON
BLOCKS_HERE = 16  # so many are computed at once by `repair` itself; more are a run


def _points_to_compute(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take which points to compute again."""
    command = click.option("--seed", type=click.IntRange(min=0), help="For the choice of points.")(command)
    option = click.option(
        "--points",
        type=click.IntRange(min=0),
        default=100,
        show_default=True,
        help="Random values to compute again.",
    )
    return option(command)


@click.command()
@store_argument
@_points_to_compute
@click.option("--all", "read_all", is_flag=True, help="Also behind an address read every byte.")
@as_json
@plugins
def verify(store: str, points: int, seed: int | None, read_all: bool, as_json: bool) -> None:
    """Read every byte of a store, compare it with what was planned and written, compute random points again.

    Behind an address (http://, https://, s3://) only metadata, coordinates and the random points are read.

    Exit code: 0 if the store is complete and sound; 3 if something is wrong with it, or blocks are not computed yet
    (the last line says which of the two); 2 if it is no store.
    """
    from scanner.paths import is_address
    from scanner.store.verify import verify as verify_store

    with console.compiling_told():
        found = verify_store(store, points, seed, read_all or not is_address(store))
    if as_json:
        content = {key: getattr(found, key) for key in _KEYS}
        console.emit({"store": store, **content, "problems": list(map(str, found.problems))})
        sys.exit(Exit.COMPLETE if found.ok else Exit.FAILURES)
    _report(store, found)


def _report(store: str, found: Verification) -> None:
    """Say what was found, and leave."""
    read = f"{found.values:,} values read" if found.read_all else "metadata and coordinates read"
    console.say(f"{read}, {found.recomputed:,} values {'' if found.read_all else 'read and '}computed again")
    if not found.read_all:
        console.note("Other values were not read; --all reads them")
    if not found.same_physics:
        console.say("The store was made by other physics code than this: values may differ for that reason.")
    for note in found.notes:
        console.say(note)
    if found.not_recomputed:
        console.say(f"Nothing was computed again: {found.not_recomputed}")
    if found.missing_blocks:
        console.say(f"{found.missing_blocks} blocks are not computed yet: lmutau run {store}")
    for problem in found.problems[:PROBLEMS_SHOWN]:
        console.complain(f"  {problem}", colour="red")
    if (hidden := len(found.problems) - PROBLEMS_SHOWN) > 0:
        console.complain(f"  ... and {hidden} more", colour="red")
    if found.problems:
        console.say(f"Restore or recompute what is damaged, where the store is a folder: lmutau repair {store}")
    if found.ok:
        console.say("ok")
    elif not found.read_all and not found.recomputed:
        console.say("NOT ok: of no value is anything known")
    else:
        console.say(f"NOT ok: {len(found.problems)} problems, {found.missing_blocks} blocks missing")
    sys.exit(Exit.COMPLETE if found.ok else Exit.FAILURES)


@click.command()
@store_argument
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--scan", "source", metavar="SCAN", help="What it was made for, if it does not know itself.")
@click.option("--accept-changed-physics", is_flag=True, help="Recompute although the physics code is not the store's.")
@_points_to_compute
@plugins
def repair(
    store: str, dry_run: bool, source: str | None, accept_changed_physics: bool, points: int, seed: int | None
) -> None:
    """Restore what verify condemns: metadata and coordinates at once; blocks are computed again.

    Nobody may write to the store meanwhile. What is done is recorded in the store. The exit code is that of verify,
    which has the last word.
    """
    from scanner.scan.config import load_scan
    from scanner.store.here import compute
    from scanner.store.repair import repair as repair_store
    from scanner.store.verify import verify as verify_store

    scan = load_scan(source) if source else None
    with console.compiling_told():
        did = repair_store(
            store,
            points=points,
            seed=seed,
            scan=scan,
            accept_changed_physics=accept_changed_physics,
            dry_run=dry_run,
        )
        for line in did.done:
            console.say(f"{'would be done: ' if dry_run else ''}{line}")
        if not did.done:
            console.say("nothing to repair")
        for problem in did.left:
            console.complain(f"  not repaired: {problem}", colour="red")
        if did.more:
            console.say("Values can be looked at only after that.")
        if dry_run:
            return
        if len(did.blocks) > BLOCKS_HERE:
            console.say(f"{len(did.blocks)} blocks are to be computed again: lmutau run {store}")
            sys.exit(Exit.FAILURES)
        compute(store, did.blocks)
        _report(store, verify_store(store, points, seed))
