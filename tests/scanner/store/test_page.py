"""docs/store.md is true of a store that is written now."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from physics import Status
from scanner import Store
from scanner.scan.plan import CHUNK_POINTS
from scanner.store.layout import CHANGES
from scanner.store.seal import nodes

PAGE = (Path(__file__).parents[3] / "docs" / "store.md").read_text()


def rows(heading):
    """Cells of the table below a heading."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    table = re.findall(r"^\| (.*) \|$", section, re.MULTILINE)[1:]
    return [[cell.strip() for cell in row.split(" | ")] for row in table]


def kind(store, name):
    axes = store.grid.axes
    if name in axes:
        return "an axis of names" if axes[name].is_categorical else "an axis of numbers"
    return {"code": "`metallicity_code`", "status": "`relic_density_status`"}.get(
        name.rpartition("_")[2], "an observable"
    )


def test_arrays(store):
    described = {cells[0].partition(",")[0]: cells[1:] for cells in rows("Arrays")}
    names = [name for name in nodes(store.path) if name != "runs"]
    assert {kind(store, name) for name in names} == set(described)
    for name in names:
        dims, data_type, fill, codecs, attributes = described[kind(store, name)]
        metadata = json.loads((store.path / name / "zarr.json").read_bytes())
        assert metadata["data_type"] == data_type
        assert metadata["fill_value"] == (fill if fill == "NaN" else json.loads(fill))
        assert [codec["name"] for codec in metadata["codecs"]] == codecs.split(", ")
        assert list(metadata["attributes"]) == attributes.split(", "), name
        if dims in ("itself", "the axis"):
            assert metadata["dimension_names"] == [name.removesuffix("_code")]
    assert f"at most {CHUNK_POINTS:,} points" in PAGE


def test_codes(store):
    assert [cells[:2] for cells in rows("Statuses")] == [[str(int(s)), s.meaning] for s in Status]
    flags = store.array("relic_density_status").attrs
    assert dict(zip(flags["flag_values"], flags["flag_meanings"].split(), strict=True)) == {
        int(s): s.meaning for s in Status
    }


def test_attributes(store, plan, monkeypatch):
    told = [name for cells in rows("Attributes of the store") for name in cells[0].split(", ")]
    there = dict(Store(store.path).group.attrs)
    assert sorted([*told, "coordinates"]) == sorted(there)
    written_again = re.search(r"is not written again, but for ([\w, ]+)\.", PAGE)[1]
    assert set(written_again.split(", ")) == {*CHANGES, "and the seals"}
    monkeypatch.setattr("scanner.scan.plan.physics_digest", lambda: "f" * 64)
    Store.resume(store.path, plan.scan, accept_changed_physics=True)
    (record,) = (store.path / "runs").glob("*/zarr.json")
    attributes = re.search(r"`runs`, with attributes ([\w, ]+):", PAGE)[1].split(", ")
    assert list(json.loads(record.read_bytes())["attributes"]) == attributes


@pytest.mark.parametrize("chunks", ["", ", chunks=None"], ids=["dask", "numpy"])
def test_the_examples_run_with_nothing_of_lmutau(store, tmp_path, chunks):
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
    assert code.count("to_zarr") == 3
    store.path.rename(tmp_path / "scan.zarr")
    blocker = """
import sys, warnings
warnings.filterwarnings("ignore", message="Consolidated metadata")
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("physics", "scanner", "cluster", "numba", "distributed"):
            raise ImportError(name)
sys.meta_path.insert(0, Blocker())
"""
    code = code.replace('("scan.zarr")', f'("scan.zarr"{chunks})')
    check = """
import numpy as np
whole, plane, part = (xr.open_zarr(f"{name}.zarr") for name in ("all", "plane", "part"))
xr.testing.assert_identical(whole.load(), ds.load())
xr.testing.assert_identical(plane.load(), ds.sel(mass_ratio=0.6))
xr.testing.assert_identical(part.load(), ds.isel(g_X=slice(1, 4)))
assert part.relic_density_status.dtype == np.uint8 and "relic_density_status" in part.coords
"""
    command = [sys.executable, "-W", "error", "-c", blocker + code + check]
    subprocess.run(command, check=True, cwd=tmp_path)
