"""Inputs with labels: DataArray in, DataArray out; Series in, Series out; never with labels or units lost."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import physics
from physics import Status
from physics.core.evaluate import resolve

MASSES = xr.DataArray(
    [10.0, 20.0], {"a": [1, 2], "site": ("a", ["x", "y"]), "run": 3}, dims="a", attrs={"units": "MeV"}
)
COUPLINGS = xr.DataArray([1e-4, 2e-4, 3e-4], {"b": [7, 8, 9]}, dims="b")


def test_broadcast_by_name():
    found = physics.evaluate(["delta_a_mu", "epsilon"], m_X=MASSES, g_X=COUPLINGS)
    plain = physics.evaluate("delta_a_mu", m_X=MASSES.values[:, None], g_X=COUPLINGS.values)
    value = found["delta_a_mu"]
    assert (value.dims, value.name, value.attrs["units"]) == (("a", "b"), "delta_a_mu", "1")
    np.testing.assert_array_equal(value.values, plain)
    assert set(value.coords) == {"a", "b", "site", "run"}
    assert value.sel(a=2, b=9).item() == physics.evaluate("delta_a_mu", m_X=20.0, g_X=3e-4)
    assert found["epsilon"].dims == ("b",), "it does not depend on m_X"
    assert set(found["epsilon"].coords) == {"b"}


def test_dimensions_in_another_order():
    plane = xr.DataArray(np.array([[1e-4, 2e-4], [3e-4, 4e-4], [5e-4, 6e-4]]), dims=("b", "a"))
    value = physics.evaluate("delta_a_mu", m_X=MASSES, g_X=plane)
    assert value.dims == ("a", "b")
    assert value.isel(a=1, b=2).item() == physics.evaluate("delta_a_mu", m_X=20.0, g_X=6e-4)


def test_the_status_has_labels_too():
    outcome = physics.evaluate_with_status("sigma_monophoton", m_X=MASSES * 1000, g_X=1e-3)["sigma_monophoton"]
    assert outcome.status.sel(a=2).item() == Status.OUTSIDE_DOMAIN
    assert outcome.status.dtype == np.uint8
    assert outcome.value.dims == outcome.status.dims == ("a",)


def test_choices_a_multi_index_and_what_depends_on_nothing():
    mixing = xr.DataArray(["photon", "hypercharge"], dims="mixing")
    value = physics.evaluate("epsilon", g_X=COUPLINGS, kinetic_mixing=mixing)
    np.testing.assert_allclose(value.isel(mixing=1) / value.isel(mixing=0), 1.5, rtol=1e-15)
    stacked = (MASSES * xr.ones_like(COUPLINGS)).stack(point=("a", "b"))
    assert physics.evaluate("delta_a_mu", m_X=stacked, g_X=1e-4).indexes["point"].names == ["a", "b"]
    alone = physics.evaluate("epsilon", m_X=MASSES, g_X=1e-4)
    assert isinstance(alone, xr.DataArray)
    assert alone.dims == ()
    assert physics.evaluate("delta_a_mu", m_X=MASSES.variable, g_X=1e-4).dims == ("a",)


def test_a_series_keeps_its_index():
    table = pd.DataFrame({"m_X": [1.0, 2.0], "g_X": [1e-4, 2e-4]}, index=["p", "q"])
    value = physics.evaluate("delta_a_mu", **table)
    assert value.index.tolist() == ["p", "q"]
    assert value.name == "delta_a_mu"
    assert value["q"] == physics.evaluate("delta_a_mu", m_X=2.0, g_X=2e-4)
    assert physics.evaluate("epsilon", m_X=table["m_X"], g_X=1e-4).index.tolist() == ["p", "q"]


def of_unit(unit):
    return MASSES.assign_attrs(units=unit)


class Quantity(np.ndarray):
    """As astropy's: an array with a unit."""

    unit = "GeV"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"m_X": of_unit("GeV"), "g_X": 1}, "m_X is given in GeV, and is needed in MeV: multiply by 1000"),
        ({"m_X": of_unit("eV"), "g_X": 1}, "multiply by 1e-06"),
        ({"m_X": of_unit("kg"), "g_X": 1}, "m_X is given in kg, and is needed in MeV"),
        ({"m_X": 20.0, "g_X": of_unit("MeV")}, "g_X is given in MeV, and is needed in 1"),
        ({"m_X": np.array([1.0]).view(Quantity), "g_X": 1}, "m_X is given in GeV"),
        ({"m_X": MASSES, "g_X": [1e-4, 2e-4]}, "g_X is an array without labels, m_X has some"),
        ({"m_X": MASSES, "g_X": MASSES.drop_attrs().assign_coords(a=[1, 3])}, "coordinates differ"),
        ({"m_X": MASSES, "g_X": pd.Series([1.0])}, "xarray and pandas mixed"),
        ({"m_X": MASSES.to_dataset(name="m"), "g_X": 1}, "m_X is a Dataset of several variables"),
        ({"m_X": pd.DataFrame({"a": [1.0]}), "g_X": 1}, "m_X is a DataFrame of several variables"),
        ({"m_X": pd.Series([1.0]), "g_X": pd.Series([1.0], [5])}, "m_X and g_X: the indices differ"),
        ({"m_X": MASSES.astype(complex), "g_X": 1}, "is not a number"),
        ({"m_X": pd.Series(["20"]), "g_X": 1}, "is not a number"),
        ({"m_X": pd.Series([20], dtype=object), "g_X": 1}, "is not a number"),
        ({"m_X": MASSES.astype(bool), "g_X": 1}, "is not a number"),
        ({"m_X": -MASSES, "g_X": 1}, "m_X = -10.0 (and 1 more) is not allowed"),
    ],
)
def test_what_does_not_fit_is_refused(values, says):
    with pytest.raises(physics.InvalidParameterError) as error:
        physics.evaluate("delta_a_mu", **values)
    assert says in str(error.value)


def test_a_unit_that_is_right_is_none():
    right = physics.evaluate("delta_a_mu", m_X=20.0, g_X=1e-4)
    for unit in ("1", "", "dimensionless"):
        g_X = xr.DataArray(1e-4, attrs={"units": unit})
        assert physics.evaluate("delta_a_mu", m_X=MASSES, g_X=g_X).sel(a=2).item() == right


def test_where_labels_would_be_lost():
    with pytest.raises(physics.InvalidParameterError, match="labels would be lost"):
        resolve(["m_X"], m_X=MASSES)


@pytest.mark.parametrize("value", [1j, np.array(["1.0"], dtype=object), np.array(["1.0"])])
def test_an_observable_that_is_not_real(register, value):
    def strange(m_X):
        return value * np.ones(1) if isinstance(value, complex) else value

    register(strange)
    with pytest.raises(physics.RegistryError, match=r"strange returns .*an observable is a real number"):
        physics.evaluate("strange", m_X=1.0)


def test_neither_package_is_imported_for_numbers():
    script = "import physics, sys; physics.evaluate('delta_a_mu', m_X=[20.0], g_X=1e-4); print(sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert "'physics'" in modules
    assert "'xarray'" not in modules
    assert "'pandas'" not in modules
