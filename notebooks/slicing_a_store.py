# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Slicing a store, with plain xarray
#
# A store is plain Zarr. The first cell makes a small one (any other will do: set `path`); from then on nothing of
# lmutau is imported.

# %%
import tempfile
from pathlib import Path

import scanner

folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "small.zarr"
scan = scanner.load_scan("quick", ["axes.m_X.geomspace=[5,200,25]", "axes.g_X.geomspace=[1e-4,3e-3,25]"])
store = scanner.Store.create(path, scanner.make_plan(scan))
for family, index in store.pending():
    store.write_block(family, index, store.compute_block(family, index))
store.finalize()

# %%
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr

ds = xr.open_zarr(path)
print(ds)

# %% [markdown]
# ## What is there
# Each observable is on the axes that it depends on, and on no others. Units, meaning, sources and what was held fixed
# are attributes.

# %%
for name, array in ds.data_vars.items():
    print(f"{name:26s}{', '.join(map(str, array.dims)):36s}{array.attrs['units']}")
print(ds.relic_density.attrs)

# %% [markdown]
# ## Points, lines, planes
# `sel` takes values of the grid, with `method="nearest"` those next to it.

# %%
ds.relic_density.sel(m_X=23, g_X=4.5e-4, method="nearest").sel(mass_ratio=0.51, q_psi=1).compute()

# %%
plane = ds.relic_density.sel(mass_ratio=0.51, q_psi=1)
np.log10(plane).plot(x="m_X", y="g_X", xscale="log", yscale="log")
plt.contour(plane.m_X, plane.g_X, plane.T, levels=[0.12], colors="red")

# %% [markdown]
# ## Why a point has no value
# Beside each observable is its status: 1 is ok, and `flag_meanings` has the others. 0 would be: not computed yet.

# %%
status = ds.relic_density_status
meanings = dict(zip(status.attrs["flag_values"], status.attrs["flag_meanings"].split(), strict=True))
codes, counts = np.unique(status, return_counts=True)
for code, count in zip(codes, counts, strict=True):
    print(f"{meanings[code]:16s}{count}")
assert np.isfinite(ds.relic_density.where(status == 1, drop=False).max())

# %% [markdown]
# ## Observables on different axes together
# xarray lines them up. Where is the relic density right within 10 %, and N_eff below 3.4?

# %%
right = (abs(ds.relic_density / 0.12 - 1) < 0.1) & (ds.n_eff < 3.4)
print(right.dims, int(right.sum()), "points")

# %% [markdown]
# ## Profiles: the best that any value of the other axes can do
# In (m_X, g_X): how weak can the CMB signal be, where the relic density is not too large?

# %%
smallest = ds.cmb_ratio.where(ds.relic_density < 0.132).min(["mass_ratio", "q_psi"])
np.log10(smallest).plot(x="m_X", y="g_X", xscale="log", yscale="log")

# %% [markdown]
# Counting grid points is no measure of anything: it depends on where the grid is dense. `scanner.answer` weighs with a
# named prior (notebooks/global_picture.py). With xarray it is done by hand, here flat in log g_X and log m_X:

# %%
allowed = (ds.cmb_ratio < 1) & (ds.relic_density < 0.132)
widths = {axis: xr.DataArray(np.gradient(np.log(ds[axis])), dims=axis) for axis in ("m_X", "g_X")}
share = allowed.astype(float).weighted(widths["m_X"] * widths["g_X"]).mean(["m_X", "g_X"])
share.sel(q_psi=1).to_series()

# %% [markdown]
# ## Tables and files

# %%
print(ds[["relic_density"]].sel(mass_ratio=0.51, q_psi=1).to_dataframe().head())
ds[["relic_density"]].sel(mass_ratio=0.51, q_psi=1).to_zarr(Path(folder.name) / "plane.zarr", consolidated=False)
