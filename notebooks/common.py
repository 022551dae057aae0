"""What the notebooks of papers share: the scan of a preset, the comparison with a printed number, colours."""

import tempfile
from pathlib import Path

import numpy as np
import xarray as xr

import cluster
import physics
import scanner
from physics.inference.constraints import constraints

# Okabe & Ito: for all eyes
BLACK, GREY = "0.2", "0.45"
GREEN, RED, ORANGE, BLUE = "#009E73", "#D55E00", "#E69F00", "#0072B2"
SKY, PINK, YELLOW = "#56B4E9", "#CC79A7", "#B5A50F"

_FOLDERS = []  # which are removed when Python ends


def scan_of(preset, path=None):
    """Compute a preset on two local processes, and open its store.

    A path of your own keeps the store: the call then resumes it, or only opens it.
    """
    if path is None:
        _FOLDERS.append(tempfile.TemporaryDirectory())
        path = Path(_FOLDERS[-1].name) / f"{preset}.zarr"
    with cluster.connect("local", workers=2) as client:
        store = scanner.Store.open_or_create(path, scanner.make_plan(scanner.load_scan(preset)))
        report = scanner.run(store, client)
    print(f"{report.points} points, {report.failures} failures")
    return xr.open_zarr(path)


def draw_constraint(axes, name, m_X, g_X, colour=GREY, style="-", fill=0.3, x_unit=1.0, text=None, **at):
    """Fill where a limit excludes, or a hint prefers, in the plane of m_X [MeV] and g_X; the line is the edge.

    `fill=0` draws the edge alone, `x_unit=1e-3` an axis in GeV; the label stands at `text`, or in the legend.
    """
    row = constraints()[name]
    value = physics.evaluate(row.observable, m_X=m_X, g_X=g_X[:, np.newaxis], **at)
    value = np.broadcast_to(value, (g_X.size, m_X.size))
    far = np.nanmax(np.abs(value)) + 1  # contourf knows no infinite levels below
    below, above = (-far, row.lower), (row.upper, np.inf)
    inside = [(-far if row.lower is None else row.lower, np.inf if row.upper is None else row.upper)]
    outside = [levels for levels in (below, above) if None not in levels and levels[0] < levels[1]]
    edges = [edge for edge in (row.lower, row.upper) if edge is not None]
    for levels in inside if row.kind == "hint" else outside:
        axes.contourf(x_unit * m_X, g_X, value, levels=levels, colors=[colour], alpha=fill)
    axes.contour(x_unit * m_X, g_X, value, levels=edges, colors=[colour], linestyles=style, linewidths=1)
    if text is None:
        axes.plot([], [], style, color=colour, label=row.label)
    else:
        axes.annotate(row.label, text, fontsize=7, color="0.25")


def check(what, theirs, ours, within, why, reproduced=True, whose="paper"):
    """Print a number of the paper, or whose it is, and ours; insist that they agree, relatively, or do not."""
    assert (abs(ours / theirs - 1) <= within) == reproduced, f"{what}: {ours} against {theirs} of the {whose}"
    verdict = f"{'agree' if reproduced else 'NOT REPRODUCED'} within {100 * within:g} %"
    print(f"{what}\n    {whose} {theirs:<8.4g} ours {ours:<8.4g} {verdict}: {why}")


def verdict(statement, holds, evidence):
    """Print what the paper says in words, and what we find."""
    print(f"'{statement}'\n    {'holds' if holds else 'DOES NOT HOLD'}: {evidence}")
