"""The command that samples the posterior of a set of constraints."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli import console
from scanner.cli.answers import set_of
from scanner.cli.console import Exit
from scanner.cli.options import assignments, plugins, priors_option, which_constraints

if TYPE_CHECKING:
    import xarray as xr

    from scanner.answers.problem import Problem

__all__ = ["sample"]

SECONDS_BETWEEN_LINES = 10
_SHOWN = (0.16, 0.5, 0.84)


@click.command()
@click.argument("source", metavar="SCAN")
@which_constraints
@click.option("--sampler", default="nautilus", show_default=True, type=click.Choice(["nautilus", "ultranest"]))
@priors_option
@click.option("--at", multiple=True, metavar="AXIS=VALUE", help="Hold an axis at a value (repeat).")
@click.option("--points", default=5000, show_default=True, type=click.IntRange(min=1), help="Effective sample size.")
@click.option("--live", type=click.IntRange(min=50), help="Live points; default: 1000 (nautilus), 400 (ultranest).")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0))
@click.option("-o", "--output", type=click.Path(), help="NetCDF file to write; default: SCAN-SAMPLER.nc.")
@click.option(
    "--chains", metavar="ROOT", help="Write ROOT.txt, .paramnames and .ranges for GetDist and anesthetic, too."
)
@plugins
def sample(
    source: str,
    which: str,
    sampler: str,
    priors: Sequence[str],
    at: Sequence[str],
    points: int,
    live: int | None,
    seed: int,
    output: str | None,
    chains: str | None,
) -> None:
    """Sample the posterior of a set of constraints on the axes of a scan file; no store is needed.

    An axis is a range with a prior, as in `lmutau answer`. Ctrl-C keeps what there is; the same command again goes on
    from there. See docs/answer.md.
    """
    from scanner.answers.sample import sample
    from scanner.paths import file_to_write

    path = file_to_write(output or f"{Path(source).name.removesuffix('.toml')}-{sampler}.nc")
    folder = path.with_name(path.name + ".run")
    if path.suffix != ".nc":
        raise click.UsageError(f"--output {path}: the name says the format; end it in .nc")
    if path.exists() and not folder.exists():
        raise click.UsageError(f"--output {path} exists; remove it, or choose another name")
    if chains:
        file_to_write(chains)
    with console.compiling_told():
        found = sample(
            source,
            set_of(which),
            sampler,
            {axis: str(prior) for axis, prior in assignments(priors).items()},
            assignments(at),
            points=points,
            live=live,
            seed=seed,
            folder=folder,
            progress=_progress(),
        )
    _write(found, path)
    if chains:
        from scanner.answers.chains import write_chains

        for file in write_chains(found, chains):
            console.say(str(file))
    _show(found)
    console.say(str(path))
    if found.attrs["complete"] == "no":
        console.complain(f"interrupted; the same command goes on from what is in {folder}")
        sys.exit(Exit.INTERRUPTED)
    shutil.rmtree(folder)


def _progress() -> Callable[[Problem], None]:
    """A line on standard error now and then."""
    begun = last = time.monotonic()

    def told(problem: Problem) -> None:
        nonlocal last
        if (now := time.monotonic()) - last > SECONDS_BETWEEN_LINES:
            last = now
            console.complain(f"{problem.evaluated:,} points evaluated, {now - begun:.0f} s")

    return told


def _write(found: xr.Dataset, path: Path) -> None:
    """All of it, or nothing."""
    beside = path.with_name(path.name + ".part")
    found.to_netcdf(beside)
    beside.replace(path)


def _show(found: xr.Dataset) -> None:
    """What is likely of each axis, what the best sample is, and what must be said."""
    import numpy as np

    ranges, priors = (json.loads(found.attrs[name]) for name in ("ranges", "prior"))
    best = found.isel(sample=int(np.argmin(found.m2lnL.values)))
    rows = []
    for axis, values in ranges.items():
        if isinstance(values[0], str):
            shares = [float(found.weight.where(found[axis] == name, 0).sum()) for name in values]
            shown = ["", ", ".join(f"{name} {100 * s:.1f} %" for name, s in zip(values, shares, strict=True)), ""]
        else:
            order = np.argsort(found[axis].values)
            below = np.cumsum(found.weight.values[order])
            shown = [f"{np.interp(q, below, found[axis].values[order]):.4g}" for q in _SHOWN]
        value = best[axis].item()
        rows.append((axis, priors[axis], *shown, value if isinstance(value, str) else f"{value:.4g}"))
    console.table(("axis", "prior", *(f"{100 * q:.0f} %" for q in _SHOWN), "best"), rows)
    attrs = found.attrs
    made = f"{attrs['sampler']} {attrs['sampler_version']}, seed {attrs['seed']}"
    console.say(f"{attrs['title']}; readings: {attrs['readings']}; {made}")
    console.say(
        f"{attrs['points_evaluated']:,} points evaluated, {found.sizes['sample']:,} samples worth "
        f"{attrs['effective_size']:.0f}; ln Z = {attrs['log_evidence']:.2f} +- {attrs['log_evidence_error']:.2f}; "
        f"smallest -2 ln L {float(best.m2lnL):.2f}"
    )
    for sentence in attrs["verdict"].splitlines():
        console.say(sentence)
