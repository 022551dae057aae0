"""Slices as files: what xarray, pandas and pyarrow read there is what the store has."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
import xarray as xr

import scanner.growth.files
from scanner import SelectionError, StoreError, save_slice, subset

SEL = {"m_X": slice(10, None), "mass_ratio": 0.501}


def test_netcdf(tmp_path, store):
    file = save_slice(store, tmp_path / "a.nc", {**SEL, "metallicity": "GS98"})
    with xr.open_dataset(file) as ds:
        whole = store.dataset().sel(m_X=slice(10, None), mass_ratio=0.501, metallicity="GS98")
        for name in whole.data_vars:
            np.testing.assert_array_equal(ds[name].values, whole[name].values)
            np.testing.assert_array_equal(ds[f"{name}_status"].values, whole[f"{name}_status"].values)
            assert ds[name].attrs["units"] == whole[name].attrs["units"]
        assert ds.a_mu_dataset.values.tolist() == ["FNAL2021", "WP2025"]
        assert float(ds.mass_ratio) == 0.501
        assert "mass_ratio" not in ds.dims
        assert ds.relic_density_status.attrs["flag_values"].dtype == np.uint8
        assert ds.attrs["id"] == store.id
        assert json.loads(ds.attrs["slice"]) == {
            "m_X": [23.0, 100.0, 2e4],
            "mass_ratio": [0.501],
            "metallicity": ["GS98"],
        }
        assert not {"seal", "sealed_metadata", "sealed_log"} & set(ds.attrs)


def test_attributes_may_be_long(tmp_path, made):
    """HDF5 has no room for 64 kB in a header: a scan file with many values of an axis is longer."""
    values = np.geomspace(1, 1000, 6000).tolist()
    store = made(
        "a.zarr", 'scan.observables=["delta_a_mu"]', f"axes.m_X.values={values}", "store.points_per_block=99999"
    )
    with xr.open_dataset(save_slice(store, tmp_path / "a.nc", {"m_X": slice(2, 3)})) as ds:
        assert len(ds.attrs["scan_file"]) > 2**16


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_tables(tmp_path, store, kind, monkeypatch):
    monkeypatch.setattr(scanner.growth.files, "ROWS", 7)
    file = save_slice(store, tmp_path / f"a.{kind}", SEL)
    table = pd.read_csv(file, comment="#") if kind == "csv" else pd.read_parquet(file)
    ds = store.dataset()
    dims = ["m_X", "g_X", "mass_ratio", "a_mu_dataset"]  # no observable depends on the metallicity
    assert list(table.columns[: len(dims)]) == dims
    assert len(table) == 3 * 5 * 1 * 2
    for _, row in table.iterrows():
        point = {d: row[d] for d in dims}
        for name in ds.data_vars:
            value = ds[name].sel({d: v for d, v in point.items() if d in ds[name].dims})
            np.testing.assert_array_equal(row[name], float(value))
            assert row[f"{name}_status"] == int(value[f"{name}_status"])
    if kind == "csv":
        head = [line for line in file.read_text().splitlines() if line.startswith("#")]
        assert any(store.id in line for line in head)
        assert "# m_X [MeV]: mass of the gauge boson X" in head
        assert table.relic_density.tolist() == pytest.approx(table.relic_density.tolist(), rel=0, abs=0, nan_ok=True)
    else:
        schema = pyarrow.parquet.read_schema(file)
        assert schema.field("m_X").metadata[b"units"] == b"MeV"
        assert schema.metadata[b"id"].decode() == store.id
        assert pyarrow.parquet.ParquetFile(file).num_row_groups > 1


def test_chosen_observables_on_their_own_axes(tmp_path, store):
    table = pd.read_csv(save_slice(store, tmp_path / "a.csv", observables=["delta_a_mu"]), comment="#")
    assert list(table.columns) == ["m_X", "g_X", "delta_a_mu", "delta_a_mu_status"]
    assert len(table) == 20


def test_what_was_not_computed_says_so(tmp_path, empty_store):
    table = pd.read_csv(save_slice(empty_store, tmp_path / "a.csv", {"m_X": 5}), comment="#")
    assert (table.relic_density_status == 0).all()
    assert table.relic_density.isna().all()


def test_what_is_refused(tmp_path, store, monkeypatch):
    with pytest.raises(SelectionError, match=r"end it in \.nc, \.csv, \.parquet"):
        save_slice(store, tmp_path / "a.xls")
    with pytest.raises(SelectionError, match="no observable 'relic'"):
        save_slice(store, tmp_path / "a.csv", observables=["relic"])
    monkeypatch.setattr(scanner.growth.files, "MAX_ROWS_OF_CSV", 100)
    with pytest.raises(SelectionError, match=r"120 rows are more than the 100 .*--sel.* or write \.parquet or \.nc"):
        save_slice(store, tmp_path / "a.csv")
    save_slice(store, tmp_path / "a.parquet")
    with pytest.raises(StoreError, match="exists already"):
        save_slice(store, tmp_path / "a.parquet")
    assert sorted(p.name for p in tmp_path.iterdir() if "a." in p.name) == ["a.parquet"]


@pytest.mark.parametrize("ending", ["nc", "parquet"])
def test_what_is_missing_is_named_with_the_remedy(tmp_path, store, monkeypatch, ending):
    monkeypatch.setattr(scanner.growth.files, "find_spec", lambda name: None)
    with pytest.raises(StoreError, match=r"is needed to write .*: pip install 'lmutau\[tables\]'"):
        save_slice(store, tmp_path / f"a.{ending}")


def test_a_failure_leaves_nothing(tmp_path, store, monkeypatch):
    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(OSError, match="No space"):
        save_slice(store, tmp_path / "a.csv")
    assert not [p for p in tmp_path.iterdir() if "a.csv" in p.name]


def test_of_a_subset(tmp_path, store):
    part = subset(store, tmp_path / "part.zarr", {"m_X": 23}).store
    file = save_slice(part, tmp_path / "a.csv", {"a_mu_dataset": "WP2025"}, observables=["a_mu_pull"])
    assert len(pd.read_csv(file, comment="#")) == 5


def test_no_folder_is_made_for_a_file(tmp_path, store):
    with pytest.raises(SelectionError, match=r"b/c\.csv: there is no folder .*/a/b; make it first"):
        save_slice(store, tmp_path / "a/b/c.csv")
    assert not (tmp_path / "a").exists()


def test_columns_without_unit_are_named_as_in_all_tables(tmp_path, store):
    said = save_slice(store, tmp_path / "a.csv").read_text()
    assert "# m_X [MeV]: mass of the gauge boson X\n" in said
    assert "# g_X: U(1)_{Lmu-Ltau} gauge coupling\n" in said
    assert "[1]" not in said
    assert "[]" not in said
