"""Small scans and finished stores to test with."""

import json
import shutil
from functools import cache

import numpy as np
import pytest
import xarray as xr
import zarr

import physics
from physics.core.registration import snapshot
from scanner import Store, load_scan, make_plan
from scanner.store.seal import SEALS

SMALL = """
[scan]
title = "small"
observables = ["delta_a_mu", "n_eff_entropy", "relic_density", "cmb_ratio", "sigma_monophoton", "a_mu_pull"]

[axes]
m_X = { values = [5, 23, 100, 2e4] }
g_X = { geomspace = [1e-5, 1e-2, 5] }
mass_ratio = { values = [0.35, 0.501, 0.6] }
metallicity = { values = ["GS98", "AGSS09"] }
a_mu_dataset = { values = ["FNAL2021", "WP2025"] }

[fixed]
q_psi = 1

[store]
points_per_block = 8
"""


BOUND = """
[scan]
title = "on the relic line"
observables = ["relic_density", "positron_production_511", "n_eff_entropy", "delta_a_mu", "mass_ratio_relic_above"]

[axes]
m_X = { values = [5, 23] }
g_X = { geomspace = [1e-6, 1e-3, 3] }

[fixed]
q_psi = 1

[bound]
mass_ratio = "mass_ratio_relic_above"

[store]
points_per_block = 4
"""


@pytest.fixture
def registry():
    """What a test registers is forgotten after it."""
    restore = snapshot()
    yield
    restore()


@pytest.fixture
def add_plugin(registry, tmp_path):
    """Write a file that defines observables, and add it."""

    def add(source, name="mine.py"):
        path = tmp_path / name
        path.write_text(f"import numpy as np\nimport physics\nfrom physics import observable, parameter\n\n{source}")
        physics.add(path)
        return path

    return add


def computed(store):
    for family, index in list(store.pending()):
        store.write_block(family, index, store.compute_block(family, index))
    store.finalize()
    return store


@pytest.fixture
def compute():
    """Run a store without Dask."""
    return computed


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A function that copies the finished store of a scan file, which is computed once, and its log, to a path."""
    folder = tmp_path_factory.mktemp("finished")

    @cache
    def made(text):
        scan_file = folder / f"{len(list(folder.iterdir()))}.toml"
        scan_file.write_text(text)
        return computed(Store.create(scan_file.with_suffix(".zarr"), make_plan(load_scan(scan_file)))).path

    def copied(text, path):
        shutil.copytree(made(text), path)
        shutil.copy(Store(made(text)).log_path, Store(path).log_path)
        return Store(path)

    return copied


@pytest.fixture
def scan_file(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


@pytest.fixture
def bound_file(tmp_path):
    """A scan file whose mass_ratio is on the relic line."""
    path = tmp_path / "line.toml"
    path.write_text(BOUND)
    return path


@pytest.fixture
def bound_store(tmp_path, finished):
    return finished(BOUND, tmp_path / "line.zarr")


@pytest.fixture
def plan(scan_file):
    return make_plan(load_scan(scan_file))


@pytest.fixture
def empty_store(tmp_path, plan):
    return Store.create(tmp_path / "small.zarr", plan)


@pytest.fixture
def store(tmp_path, finished):
    return finished(SMALL, tmp_path / "small.zarr")


FOREIGN = """
import numpy as np
import physics
from physics.core.branch import Domain

LIGHT = Domain("m_V < 100", lambda m_V: m_V < 100)

physics.parameter("m_V", "mass of another boson", unit="MeV", label="$m_V$")
physics.parameter("charge", "a charge", default=2.0, unit="MeV", label="$Q$")

@physics.observable(unit="cm", label="strength of V", reference="Drees & Zhao 2021, eq. (2.2)", domain=LIGHT)
def foreign_strength(m_V, g_X, charge):
    "How strong V is."
    return charge * g_X**2 / m_V

physics.constraint(
    physics.Constraint("foreign_limit", "foreign_strength", "limit", "V", "Drees & Zhao 2021, eq. (2.2)", upper=1e-8)
)
"""

FOREIGN_SCAN = """
[scan]
title = "of another release"
observables = ["foreign_strength", "n_eff_entropy", "delta_a_mu"]

[axes]
m_V = { geomspace = [1, 100, 4] }
m_X = { geomspace = [5, 50, 3] }
g_X = { geomspace = [1e-5, 1e-3, 5] }

[fixed]
charge = 1.5
mass_ratio = 0.6

[plot]
x = "m_V"
y = "g_X"
observable = "foreign_strength"
at = { m_X = 5.0 }
constraints = ["foreign_limit", "n_eff_bbn_drees_zhao", "g2_FNAL2021"]
"""


@pytest.fixture
def foreign_store(tmp_path, finished):
    """A finished store that names an axis, a parameter, an observable and a constraint which are not known here."""
    plugin = tmp_path / "foreign.py"
    plugin.write_text(FOREIGN)
    restore = snapshot()
    try:
        physics.add(plugin)
        store = finished(FOREIGN_SCAN, tmp_path / "foreign.zarr")
    finally:
        restore()
    assert "foreign_strength" not in physics.observables()
    return store


@pytest.fixture
def old(store, tmp_path):
    """The same scan as earlier versions laid it out."""
    ds = store.dataset().load()
    root = zarr.create_group(tmp_path / "old.zarr", attributes={**store.group.attrs, "schema": "lmutau-scan/1"})
    for key in (*SEALS, "coordinates", "history_of_code"):
        del root.attrs[key]
    root.attrs["families"] = json.dumps([{k: v for k, v in vars(f).items() if k != "name"} for f in store.families])
    old = xr.Dataset(attrs=dict(root.attrs))
    for name in store.grid.axes:
        old = old.assign_coords(
            {
                name: (
                    name,
                    ds[name].values.astype(object) if name in ("metallicity", "a_mu_dataset") else ds[name].values,
                )
            }
        )
        old[name].attrs = {
            "units": ds[name].attrs["units"],
            "label": ds[name].attrs["long_name"],
            "long_name": "a sentence",
        }
    for f in store.families:
        extra = f"observable_{f.name}"
        old = old.assign_coords({extra: (extra, np.array(f.observables, dtype=object))})
        statuses = np.stack([ds[f"{name}_status"].values for name in f.observables])
        old[f"status_{f.name}"] = ((extra, *f.dims), statuses, {"long_name": "why"})
        for name in f.observables:
            attrs = {**ds[name].attrs, "label": ds[name].attrs["long_name"], "ancillary_variables": f"status_{f.name}"}
            old[name] = (f.dims, ds[name].values, attrs)
    old.to_zarr(tmp_path / "old.zarr", mode="w", zarr_format=3, consolidated=False)
    return Store(tmp_path / "old.zarr")
