"""What the notebooks of papers share: the scan of a preset, the comparison with a printed number, colours."""

import tempfile
from pathlib import Path

import xarray as xr

import cluster
import scanner

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


def check(what, paper, ours, within, why, reproduced=True):
    """Print the paper's number and ours, and insist that they agree to a relative tolerance, or do not."""
    assert (abs(ours / paper - 1) <= within) == reproduced, f"{what}: {ours} against the paper's {paper}"
    verdict = f"agree within {within:.0%}" if reproduced else f"NOT REPRODUCED within {within:.0%}"
    print(f"{what}\n    paper {paper:<8.3g} ours {ours:<8.4g} {verdict}: {why}")
