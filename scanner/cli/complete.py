"""What the shell completes: names of observables, parameters, sets, scans, stores. Imports happen when it asks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

__all__ = [
    "complete_constraints",
    "complete_names",
    "complete_observables",
    "complete_readings",
    "complete_scans",
    "complete_sets",
    "complete_stores",
    "complete_values",
]


def _fitting(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def complete_observables(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of observables."""
    import physics

    return _fitting(physics.observables(), incomplete)


def complete_constraints(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of constraints."""
    import physics

    return _fitting(physics.constraints(), incomplete)


def complete_sets(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of sets of constraints."""
    from physics.inference.constraint_sets import sets

    return _fitting(sets(), incomplete)


def complete_readings(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of sets of readings."""
    from physics.core.readings import sets

    return _fitting(sets(), incomplete)


def complete_values(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """NAME=, and the choices of a parameter that is a name."""
    import physics

    known = physics.parameters()
    name, equals, _ = incomplete.partition("=")
    if not equals:
        return _fitting((f"{name}=" for name in known), incomplete)
    choices = known[name].choices if name in known else ()
    return _fitting((f"{name}={choice}" for choice in choices), incomplete)


def complete_stores(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Stores, and folders on the way to one."""
    return _paths(incomplete, ".zarr")


def complete_scans(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Presets, scan files, stores, and folders on the way to one."""
    from scanner.scan.config import preset_names

    return [*_fitting(preset_names(), incomplete), *_paths(incomplete, ".toml", ".zarr")]


def complete_names(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Whatever `lmutau show` knows."""
    from scanner.cli.known import kinds

    return _fitting(sorted({name for names in kinds().values() for name in names}), incomplete)


def _paths(incomplete: str, *suffixes: str) -> list[CompletionItem]:
    """Files and folders that end so, and other folders with a slash, to go on in them."""
    folder, slash, begun = incomplete.rpartition("/")
    found = []
    place = Path(folder or slash or ".").expanduser()
    for path in sorted(place.iterdir()) if place.is_dir() else ():
        if not path.name.startswith(begun):
            continue
        name = f"{folder}{slash}{path.name}"
        if path.suffix in suffixes:
            found.append(CompletionItem(name))
        elif path.is_dir() and not path.name.startswith("."):
            found.append(CompletionItem(f"{name}/"))
    return found
