"""What a store says of itself, to lmutau and to plain xarray; also one of an earlier version."""

import numpy as np
import pytest
import xarray as xr
import zarr

from physics import Status
from scanner import ScanError, Store, allowed, load_scan, make_plan, slice_plane, status_of, valid
from scanner.scan.config import validated
from scanner.view.plot import plot_map


@pytest.fixture
def plain(store):
    return xr.open_zarr(store.path)


def test_statuses_are_coordinates_and_their_codes_stay(plain):
    name = "sigma_monophoton"
    codes = plain[f"{name}_status"]
    assert set(plain.data_vars) == {v.removesuffix("_status") for v in plain.coords if str(v).endswith("_status")}
    heavy = plain.sel(m_X=2e4)
    assert (heavy[f"{name}_status"] == Status.OUTSIDE_DOMAIN).all()
    assert set(heavy[name].coords) >= {f"{name}_status", "m_X"}
    assert plain.where(plain.g_X > 1e-4)[f"{name}_status"].identical(codes)
    halves = [plain.isel(m_X=slice(2)), plain.isel(m_X=slice(2, None))]
    assert xr.concat(halves, "m_X")[f"{name}_status"].dtype == np.uint8
    xr.testing.assert_equal(xr.combine_by_coords(halves)[f"{name}_status"], codes)


def test_a_table_has_a_row_for_each_point(plain):
    table = plain[["delta_a_mu", "sigma_monophoton"]].to_dataframe()
    assert len(table) == plain.delta_a_mu.size
    assert table["delta_a_mu_status"].dtype == np.uint8
    assert (table["sigma_monophoton"].isna() == (table["sigma_monophoton_status"] != Status.OK)).all()


def test_scans_of_different_observables_merge(tmp_path, scan_file, store, compute):
    """Same axes, and no name that both have: with one array for a family they would clash."""
    more = load_scan(scan_file, ['scan.observables=["epsilon", "gamma_X", "cmb_ratio_electrons"]'])
    other = xr.open_zarr(compute(Store.create(tmp_path / "more.zarr", make_plan(more))).path)
    plain = xr.open_zarr(store.path)
    merged = xr.merge([plain, other], join="exact", compat="no_conflicts", combine_attrs="override")
    assert set(merged.data_vars) == set(plain.data_vars) | set(other.data_vars)
    assert all(merged[c].dtype == np.uint8 for c in merged.coords if str(c).endswith("_status"))


def test_numbers_stand_for_names(plain):
    flags = plain.metallicity_code.attrs
    assert plain.metallicity_code.dtype == np.uint8
    assert "metallicity_code" in plain.coords
    meanings = flags["flag_meanings"].split()
    read = [meanings[flags["flag_values"].index(code)] for code in plain.metallicity_code.values]
    assert read == plain.metallicity.values.tolist() == ["GS98", "AGSS09"]


def test_a_label_is_a_few_words_and_the_sentence_is_beside_it(plain):
    assert plain.m_X.attrs["long_name"] == "$m_X$"
    assert plain.relic_density.attrs["long_name"] == r"$\Omega_\psi h^2$"
    for variable in plain.variables.values():
        assert len(variable.attrs["long_name"]) <= 60
        assert variable.attrs["description"] != variable.attrs["long_name"]


def test_where_it_was_computed_is_not_stored(tmp_path, scan_file):
    """An address would make whoever resumes a foreign store connect there."""
    overrides = ['cluster.address="tcp://10.0.0.1:8786"', "cluster.workers=3", 'store.path="/home/me/secret.zarr"']
    store = Store.create(tmp_path / "a.zarr", make_plan(load_scan(scan_file, overrides)))
    everything = "".join(p.read_text() for p in store.path.rglob("zarr.json"))
    assert "10.0.0.1" not in everything
    assert "secret" not in everything
    assert store.scan.cluster.address == "local"
    assert store.scan.store.points_per_block == 8


@pytest.mark.parametrize("flip", ["m_X", "g_X", "metallicity", "metallicity_code"])
def test_every_flipped_bit_of_an_axis_is_noticed(store, flip):
    (file,) = (store.path / flip / "c").iterdir()
    content = file.read_bytes()
    for bit in range(8 * len(content)):
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        file.write_bytes(bytes(damaged))
        with pytest.raises(Exception):  # noqa: B017, PT011 (any error will do; silence will not)
            zarr.open_array(store.path / flip, mode="r")[:]
    assert Store(store.path).axis_problems()[0].startswith("an axis cannot be read")
    file.write_bytes(content)
    assert Store(store.path).axis_problems() == []


def test_the_chunks_of_dask_are_the_blocks(tmp_path, compute):
    overrides = [
        'scan.observables=["delta_a_mu"]', "axes.m_X.geomspace=[1,1e3,1400]",
        "axes.g_X.geomspace=[1e-5,1e-2,900]", "store.points_per_block=500000", 'plot={x="m_X", y="g_X"}',
    ]  # fmt: skip
    store = compute(Store.create(tmp_path / "s.zarr", make_plan(load_scan("quick", overrides))))
    (family,) = store.families
    assert family.chunk != family.block
    ds = store.dataset()
    for name in ("delta_a_mu", "delta_a_mu_status"):
        assert ds[name].data.chunksize == family.block
    assert xr.open_zarr(store.path).delta_a_mu.data.chunksize == family.chunk
    xr.testing.assert_identical(ds.load(), xr.open_zarr(store.path).load())


def test_a_store_of_an_earlier_version_is_read(old, store, lmutau_of_stores):
    ds, now = old.dataset(), store.dataset()
    assert old.title == "small"
    for name in now.data_vars:
        np.testing.assert_array_equal(valid(ds, name), valid(now, name))
        np.testing.assert_array_equal(status_of(ds, name), status_of(now, name))
    assert int(allowed(ds, ["cmb"]).sum()) == int(allowed(now, ["cmb"]).sum())
    assert slice_plane(ds, "relic_density", "m_X", "g_X", {"mass_ratio": 0.6}).dims == ("g_X", "m_X")
    axes = plot_map(ds, "m_X", "g_X", "relic_density", {"mass_ratio": 0.6}).axes
    assert axes[0].get_xlabel() == "$m_X$ [MeV]"
    for command in ("summary", "cite"):
        code, out = lmutau_of_stores(command, old.path)
        assert code == 0, out


def test_a_store_of_an_earlier_version_is_not_resumed(old, plan, lmutau_of_stores):
    for refused in (lambda: old.families, lambda: old.scan, lambda: Store.resume(old.path, plan.scan)):
        with pytest.raises(ScanError, match="made by an earlier version of lmutau, in another layout"):
            refused()
    for command in ("run", "status", "verify", "repair"):
        code, out = lmutau_of_stores(command, old.path)
        assert code == 2
        assert "made by an earlier version of lmutau" in out


@pytest.fixture
def lmutau_of_stores():
    from click.testing import CliRunner

    from scanner.cli.main import cli

    def run(*arguments):
        result = CliRunner().invoke(cli, list(map(str, arguments)), prog_name="lmutau", catch_exceptions=False)
        return result.exit_code, result.output

    return run


def test_the_scan_file_can_be_read_back(store):
    assert validated(store.scan_file, "x").scan.title == "small"
