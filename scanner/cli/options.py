"""Arguments and options that several commands share."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from typing import Any

import click

from scanner.cli.complete import complete_readings, complete_scans, complete_sets, complete_stores
from scanner.cli.values import assignments

__all__ = [
    "as_json",
    "assignments",
    "plugins",
    "priors_option",
    "quiet",
    "readings",
    "scan_file",
    "store",
    "which_constraints",
]


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

which_constraints = click.option(
    "--set",
    "which",
    default="current",
    show_default=True,
    metavar="SET",
    shell_complete=complete_sets,
    help="Set of constraints, or names of constraints: cmb,n_eff_2026.",
)
priors_option = click.option(
    "--prior", "priors", multiple=True, metavar="AXIS=PRIOR", help="log, flat or log-distance (repeat)."
)
as_json = click.option("--json", "as_json", is_flag=True, help="As JSON (docs/commands.md); what has no value is null.")


def quiet() -> click.Option:
    """The option that all commands have."""
    from scanner.cli.console import be_quiet

    return click.Option(
        ["-q", "--quiet"], is_flag=True, expose_value=False, is_eager=True, callback=be_quiet,
        help="Only results and errors: no progress, no explanations.",
    )  # fmt: skip


class _Place(click.Path):
    """A path as users write it (`~` is theirs where no shell has expanded it), or an address."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from scanner.paths import is_address, local

        if is_address(str(value)):
            return value
        return super().convert(str(local(value)), param, ctx)


store = click.argument("store", metavar="STORE", type=_Place(exists=True), shell_complete=complete_stores)


readings = click.option(
    "--readings", metavar="SET", shell_complete=complete_readings,
    help="Choices of a paper, such as paper:amaral-2020 (lmutau readings lists them).",
)  # fmt: skip


def scan_file(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take a scan, and overrides of what its file says."""

    @functools.wraps(command)
    def overriding(*, overrides: Sequence[str], readings: str | None, **arguments: Any) -> Any:
        named = () if readings is None else (f"scan.readings={json.dumps(readings)}",)
        return command(overrides=(*named, *overrides), **arguments)

    overriding = click.option(
        "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="axes.m_X.geomspace=[1,200,50], ... (repeat)."
    )(readings(overriding))
    return click.argument("source", metavar="SCAN", shell_complete=complete_scans)(overriding)
