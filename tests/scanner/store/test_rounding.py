"""Rounded values: within the error that is asked for, the nearest, smaller on the disk, and said in the store."""

import numpy as np
import pytest

from scanner import Store, load_scan, make_plan
from scanner.errors import PlanMismatchError
from scanner.store.rounding import rounded
from scanner.store.verify import verify


@pytest.mark.parametrize("error", [1e-2, 1e-3, 1e-6, 3e-10, 1e-15])
def test_within_the_error(error):
    random = np.random.default_rng(2)
    values = random.choice([-1, 1], 10_000) * 10 ** random.uniform(-307, 308, 10_000)
    kept = rounded(values, error)
    assert np.abs(kept / values - 1).max() <= error
    if error > 1e-14:
        assert np.abs(kept / values - 1).max() > error / 4  # no bit more than needed
    np.testing.assert_array_equal(rounded(kept, error), kept)


def test_what_cannot_be_rounded_stays():
    values = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, 1e-310, np.finfo(float).max])
    assert rounded(values, 1e-2).tobytes() == values.tobytes()


def written(scan_file, folder, *overrides):
    store = Store.create(folder, make_plan(load_scan(scan_file, overrides)))
    for family, index in store.pending():
        store.write_block(family, index, store.compute_block(family, index))
    store.finalize()
    return store


def test_a_store_of_rounded_values(scan_file, tmp_path):
    full = written(scan_file, tmp_path / "full.zarr")
    short = written(scan_file, tmp_path / "short.zarr", "store.relative_error=1e-4")
    exact, kept = full.dataset().relic_density, short.dataset().relic_density
    assert kept.attrs["relative_error"] == 1e-4
    assert "relative_error" not in exact.attrs
    ratio = (kept / exact).values
    assert 1e-6 < np.nanmax(np.abs(ratio - 1)) <= 1e-4
    np.testing.assert_array_equal(np.isnan(kept), np.isnan(exact))
    assert verify(short, points=30).ok
    with pytest.raises(PlanMismatchError, match="relative error"):
        Store.resume(short.path, load_scan(scan_file))
