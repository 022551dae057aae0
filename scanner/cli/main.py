"""The command `lmutau`: its groups of commands, and how it ends."""

from __future__ import annotations

import gc
from typing import Any

import click

from scanner.cli import (
    answers,
    checks,
    cite,
    explore,
    growth,
    lists,
    pictures,
    points,
    runs,
    samples,
    scans,
    stores,
    summary,
    verdicts,
)
from scanner.cli.console import Exit, complain, plain
from scanner.cli.options import quiet
from scanner.errors import RunError

__all__ = ["cli", "main"]


class _Lmutau(click.Group):
    """Expected errors become a message and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.Abort, KeyboardInterrupt):
            complain("lmutau: interrupted")
            ctx.exit(Exit.INTERRUPTED)
        except click.ClickException as error:
            vars(error)["message"] = plain(error.message)  # it may name what a store names
            raise  # click knows what to do: usage, --help, `lmutau observables | head`
        except (click.exceptions.Exit, BrokenPipeError):
            raise
        except MemoryError as error:
            complain(f"lmutau: there is not enough memory: {error or 'choose fewer points'}", colour="red")
            ctx.exit(Exit.BROKEN)
        except Exception as error:
            if not (isinstance(error, OSError) or _is_ours(error)):
                raise
            complain(f"lmutau: {error}", colour="red")
            ctx.exit(Exit.BROKEN if isinstance(error, OSError | RunError) else Exit.BAD_INPUT)


def _is_ours(error: Exception) -> bool:
    """Whether lmutau raises such errors knowingly; told by their home, so that nothing need be imported for it."""
    return type(error).__module__.partition(".")[0] in ("physics", "scanner", "cluster")


@click.group(cls=_Lmutau, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="lmutau")
def cli() -> None:
    """Distributed parameter scans of the gauged U(1)_{Lmu-Ltau} model and its dark matter."""


_MODULES = (
    points, lists, verdicts, scans, runs, stores, summary, pictures, cite, answers, samples, growth, explore, checks,
)  # fmt: skip
for _module in _MODULES:
    for _name in _module.__all__:
        _command = getattr(_module, _name)
        _command.params.append(quiet())
        cli.add_command(_command)


def main() -> None:
    """Entry point."""
    gc.set_threshold(50_000)  # what imports make stays: looking for garbage in it takes a tenth of a start
    cli(prog_name="lmutau")
