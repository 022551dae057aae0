"""Arguments and options that several commands share."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from typing import Any

import click

__all__ = ["assignments", "plugins", "readings", "scan_file", "store"]


def _add(context: click.Context, _option: click.Parameter, files: Sequence[str]) -> None:
    context.meta["plugins"] = tuple(files)
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


class _Folder(click.Path):
    """A path as users write it: `~` is theirs where no shell has expanded it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from scanner.paths import local

        return super().convert(str(local(value)), param, ctx)


store = click.argument("store", metavar="STORE", type=_Folder(exists=True))


readings = click.option(
    "--readings", metavar="SET", help="Choices of a paper, such as paper:amaral-2020 (lmutau readings lists them)."
)


def scan_file(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take a scan, and overrides of what its file says."""

    @functools.wraps(command)
    def overriding(*, overrides: Sequence[str], readings: str | None, **arguments: Any) -> Any:
        named = () if readings is None else (f"scan.readings={json.dumps(readings)}",)
        return command(overrides=(*named, *overrides), **arguments)

    overriding = click.option(
        "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="axes.m_X.geomspace=[1,200,50], ... (repeat)."
    )(readings(overriding))
    return click.argument("source", metavar="SCAN")(overriding)


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
