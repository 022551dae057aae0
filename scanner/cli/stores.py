"""The command that says how far a store is."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn

import click

from scanner.cli import console
from scanner.cli.console import Exit
from scanner.cli.options import as_json, plugins
from scanner.cli.options import store as store_argument

if TYPE_CHECKING:
    from physics import Status
    from scanner.store.store import Store

__all__ = ["status"]

MESSAGES_SHOWN = 10


@click.command()
@store_argument
@as_json
@plugins
def status(store: str, as_json: bool) -> None:
    """Show how far a store is: blocks done, failures with reasons, throughput."""
    from scanner.store.store import Store

    if as_json:
        console.emit(_state(Store(store))[0])
    else:
        _show_status(Store(store))


def finish(store: Store) -> NoReturn:
    """Show the state of a store on which nothing is left to do, and leave: with an error if values are missing."""
    from physics import Status
    from scanner.execution.report import FAILURES

    counts = _show_status(store)
    # A point where a bound parameter has no value is a result: no relic line there, say
    lost = [s for s in (*FAILURES, Status.NOT_COMPUTED) if not (store.bound and s == Status.INPUT_FAILED)]
    sys.exit(Exit.FAILURES if any(counts[s] for s in lost) else Exit.COMPLETE)


def _state(store: Store) -> tuple[dict[str, Any], Counter[Status]]:
    """The state of a store as JSON has it, and how many values have which status."""
    from scanner.store.runlog import read_log

    total: Counter[Status] = Counter()
    points: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    messages: list[str] = []
    for record in read_log(store.log_path, store.id):
        if "forgotten" in record:
            continue
        points[record.get("family", "")] += record.get("points", 0)
        seconds[record.get("family", "")] += record.get("seconds", 0)
        messages.extend(record.get("messages", ()))
    families = []
    for family in store.families:
        name, counts = family.name, store.counts(family)
        total.update(counts)
        families.append(
            {
                "axes": dict(zip(family.dims, family.shape, strict=True)),
                "observables": list(family.observables),
                "blocks": len(store.blocks(family)),
                "done": len(store.committed(family)),
                "values": store.points(family) * len(family.observables),
                "points_per_core_second": points[name] / seconds[name] if seconds[name] else None,
                "statuses": {s.meaning: n for s, n in counts.items()},
            }
        )
    state = {"store": str(store.path), "title": store.title, "state": store.attribute("state")}
    return {**state, "families": families, "messages": messages}, total


def _show_status(store: Store) -> Counter[Status]:
    """Print the state of a store; return how many values have which status."""
    state, total = _state(store)
    rows = [
        (
            ", ".join(f["axes"]) or "constants",
            f"{f['done']}/{f['blocks']}",
            f"{f['values']:,}",
            f"{f['points_per_core_second']:.3g}" if f["points_per_core_second"] else "-",
            ", ".join(f"{meaning.replace('_', ' ')} {n:,}" for meaning, n in f["statuses"].items()),
        )
        for f in state["families"]
    ]
    columns = ("axes", "blocks", "values", "points/s/core", "status")
    console.table(columns, rows, right=("blocks", "values", "points/s/core"))
    console.say(f"{store.path}: {state['state']}")
    messages = state["messages"]
    for message in messages[-MESSAGES_SHOWN:]:
        console.say(f"  {message}")
    if len(messages) > MESSAGES_SHOWN:
        console.say(f"  ... and {len(messages) - MESSAGES_SHOWN} more in {store.log_path}")
    return total
