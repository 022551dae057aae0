"""The command that answers from all constraints of a set together."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli import console
from scanner.cli.options import as_json, assignments, plugins, priors_option, which_constraints
from scanner.cli.options import store as store_argument

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["answer"]


@click.command()
@store_argument
@which_constraints
@click.option(
    "--onto",
    default="m_X,g_X",
    show_default=True,
    metavar="AXES",
    help="Axes to keep; the others are profiled and integrated.",
)
@priors_option
@click.option("--at", multiple=True, metavar="AXIS=VALUE", help="Answer for this value of an axis alone (repeat).")
@click.option("--nearest", is_flag=True, help="Take the nearest grid point to --at.")
@click.option("-o", "--output", type=click.Path(), help="Write the answer, as .zarr or .nc.")
@click.option("--plot", "picture", type=click.Path(), help="Draw it (.png, .pdf, .svg).")
@click.option("--threads", type=click.IntRange(min=1), help="How many to read with; default: as many as cores.")
@as_json
@plugins
def answer(
    store: str,
    which: str,
    onto: str,
    priors: Sequence[str],
    at: Sequence[str],
    nearest: bool,
    output: str | None,
    picture: str | None,
    threads: int | None,
    as_json: bool,
) -> None:
    """Say which points survive all constraints together, in any projection.

    Everything is weighed by a prior for each axis, never by counting points: --prior mass_ratio=log-distance. See
    docs/answer.md for what the columns and the sentences mean.
    """
    from scanner.answers.answer import answer, part

    _check_names(output, picture)
    with console.compiling_told():  # the Standard Model's values are computed
        found = answer(
            part(store, assignments(at), nearest),
            set_of(which),
            onto.split(","),
            {axis: str(prior) for axis, prior in assignments(priors).items()},
            threads,
        )
    if as_json:
        console.emit(_content(found))
    else:
        _show(found)
    if output:
        _write(found, output)
        console.note(output, err=as_json)
    if picture:
        from scanner.answers.picture import plot_answer

        plot_answer(found).savefig(picture, dpi=110)
        console.note(picture, err=as_json)


def set_of(which: str) -> str | list[str]:
    """A set by its name, or constraints by theirs.

    >>> set_of("current"), set_of("cmb,n_eff_2026"), set_of("cmb")
    ('current', ['cmb', 'n_eff_2026'], ['cmb'])
    """
    from physics import constraints

    return which.split(",") if "," in which or which in constraints() else which


def _check_names(output: str | None, picture: str | None) -> None:
    """Refuse what cannot be written before anything is computed."""
    from scanner.paths import file_to_write

    for option, path, endings in (
        ("--output", output, (".zarr", ".nc")),
        ("--plot", picture, (".png", ".pdf", ".svg")),
    ):
        if path and not path.endswith(endings):
            raise click.UsageError(f"{option} {path}: the name says the format; end it in {', '.join(endings)}")
        if path:
            file_to_write(path)
    if output and Path(output).exists():
        raise click.UsageError(f"--output {output} exists; remove it, or choose another name")


def _write(found: xr.Dataset, path: str) -> None:
    """Consolidated, so that `xarray.open_zarr(path)` has nothing to warn of; zarr warns that only Python reads that."""
    if not path.endswith(".zarr"):
        found.to_netcdf(path)
        return
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Consolidated metadata")
        found.to_zarr(path, consolidated=True)


def _content(found: xr.Dataset) -> dict[str, Any]:
    """An answer as JSON has it: numbers of the constraints, what was assumed, the sentences."""
    import json

    shares = ("killed", "killed_alone", "without_value")
    rows = {
        c.pop("name"): c | {name: float(numbers[name]) for name in shares}
        for c in json.loads(found.attrs["constraints"])
        for numbers in [found.sel(constraint=c["name"])]
    }
    kept = {key: found.attrs[key] for key in ("title", "readings", "points")}
    decoded = {key: json.loads(found.attrs[key]) for key in ("prior", "levels")}
    return {**kept, **decoded, "constraints": rows, "verdict": found.attrs["verdict"].splitlines()}


def _show(found: xr.Dataset) -> None:
    """The table of constraints and the sentences."""
    import json

    rows = []
    for c in json.loads(found.attrs["constraints"]):
        numbers = found.sel(constraint=c["name"])
        rows.append(
            (
                c["name"],
                c["kind"],
                f"{c['observable']} {c['interval']}",
                "approximate" if c["approximate"] else c["likelihood"].replace("_", " "),
                *(f"{100 * float(numbers[name]):.3g}" for name in ("killed", "killed_alone", "without_value")),
                c["reference"],
            )
        )
    columns = ("constraint", "kind", "interval", "likelihood", "outside %", "alone %", "no value %", "reference")
    console.table(columns, rows, right=("outside %", "alone %", "no value %"))
    dof, *given = json.loads(found.attrs["levels"]).items()
    console.say(f"{found.attrs['title']}; readings: {found.attrs['readings']}; {found.attrs['points']:,} points")
    console.say(f"-2 Delta ln L for {dof[1]} degrees of freedom: " + ", ".join(f"{v:.2f} ({k})" for k, v in given))
    for sentence in found.attrs["verdict"].splitlines():
        console.say(sentence)
