"""A point of the grid survives, or does not, whichever command is asked."""

import csv
import json

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner
from matplotlib.path import Path

import physics
import scanner
from scanner.cli.main import cli
from scanner.view.curves import Plane, shape_of_constraint

AXES = ("m_X", "g_X", "mass_ratio")
SCAN = """
[scan]
title = "one verdict"
observables = ["n_eff", "relic_density", "cmb_ratio", "white_dwarf_energy_loss", "delta_a_mu"]
[axes]
m_X = { values = [8, 30, 150] }
g_X = { values = [1.1e-4, 1.3e-3, 6e-3] }
mass_ratio = { values = [0.45, 0.501] }
[fixed]
q_psi = 1
"""
LIMITS = ("n_eff_2026", "relic_overabundance", "cmb", "white_dwarf_present")  # of `current`, what the scan has


@pytest.fixture
def small(finished, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return finished(SCAN, tmp_path / "small.zarr")


def run(*arguments):
    result = CliRunner().invoke(cli, [*arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def grid(ds):
    """All points, in the order of an array on AXES."""
    columns = np.meshgrid(*(ds[a].values for a in AXES), indexing="ij")
    return [dict(zip(AXES, map(float, p), strict=True)) for p in zip(*(c.ravel() for c in columns), strict=True)]


def test_point_why_summary_answer_and_plot_agree(small):
    ds = small.dataset()
    shape = tuple(ds.sizes[a] for a in AXES)

    given = [f"{a}={','.join(map(repr, ds[a].values.tolist()))}" for a in AXES]
    said = json.loads(run("point", *given, "q_psi=1", "--set", "current", "--json"))["points"]
    assert [{a: p["given"][a] for a in AXES} for p in said] == grid(ds)
    verdicts = [[p["constraints"][name]["verdict"] for name in LIMITS] for p in said]
    by_point = np.array([all(v == "allowed" for v in of) for of in verdicts]).reshape(shape)
    assert 0 < by_point.sum() < by_point.size  # else they would agree about nothing

    for point, of in list(zip(grid(ds), verdicts, strict=True))[::4]:  # each looks for couplings, too: half a second
        why = physics.why("current", **point, q_psi=1.0)
        assert [why[name].verdict for name in LIMITS] == of

    run("summary", str(small.path), "--set", "current", "--points", "left.csv")
    with open("left.csv", newline="") as file:
        left = {(float(row["m_X [MeV]"]), float(row["g_X"]), float(row["mass_ratio"])) for row in csv.DictReader(file)}
    by_summary = np.array([tuple(point[a] for a in AXES) in left for point in grid(ds)]).reshape(shape)

    run("answer", str(small.path), "--set", "current", "--onto", ",".join(AXES), "-o", "answer.zarr")
    by_answer = xr.open_zarr("answer.zarr").exists_allowed.transpose(*AXES).values.astype(bool)

    by_mask = scanner.allowed(ds, LIMITS).transpose(*AXES).values
    for other in (by_summary, by_answer, by_mask):
        np.testing.assert_array_equal(other, by_point)

    for i, ratio in enumerate(ds.mass_ratio.values):  # the regions that `plot --set current` fills
        plane = Plane(ds, "m_X", "g_X", {"mass_ratio": float(ratio)})
        for column, name in enumerate(LIMITS):
            filled = shape_of_constraint(plane, physics.constraints()[name]).areas
            out = np.array([of[column] == "excluded" for of in verdicts]).reshape(shape)[:, :, i]
            # A point on the frame of the grid is on the edge of a region: a little further in
            at = np.array([(m, g) for m in nudged(ds.m_X.values) for g in nudged(ds.g_X.values)])
            inside = np.zeros(len(at), bool)
            for vertices, codes in filled:
                inside ^= Path(vertices, codes).contains_points(at)
            np.testing.assert_array_equal(inside.reshape(shape[:2]), out, err_msg=f"{name} at {ratio}")


def nudged(values):
    """A thousandth of the way to the neighbour, where a value is the first or the last."""
    moved = np.log(values)
    moved[0] += 1e-3 * (moved[1] - moved[0])
    moved[-1] -= 1e-3 * (moved[-1] - moved[-2])
    return np.exp(moved)
