"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

__all__ = ["assignments", "plugins", "scan_file", "store"]

Command = TypeVar("Command", bound=Callable[..., Any])


def _add(_context: click.Context, _option: click.Parameter, files: Sequence[str]) -> None:
    if files:
        import physics

        for file in files:
            physics.add(file)


plugins = click.option(
    "--plugin",
    multiple=True,
    type=click.Path(),
    metavar="FILE",
    is_eager=True,  # before the other arguments, which may name what it defines
    expose_value=False,
    callback=_add,
    help="Python file with observables, parameters or constraints, an experiment (TOML), or a limit (CSV); repeat.",
)

store = click.argument("store", metavar="STORE", type=click.Path(exists=True))


def scan_file(command: Command) -> Command:
    """Let a command take a scan, and overrides of what its file says."""
    command = click.option(
        "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="axes.m_X.geomspace=[1,200,50], ... (repeat)."
    )(command)
    return click.argument("source", metavar="SCAN")(command)


def assignments(texts: Sequence[str]) -> dict[str, float | str]:
    """Split NAME=VALUE, each name once; a value is a number where it reads as one.

    >>> assignments(["m_X=20", "metallicity=GS98"])
    {'m_X': 20.0, 'metallicity': 'GS98'}
    """
    found: dict[str, float | str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"{text!r}: write NAME=VALUE, for example m_X=20")
        if name in found:
            raise click.UsageError(f"{name} is given twice")
        try:
            found[name] = float(value)
        except ValueError:
            found[name] = value
    return found
