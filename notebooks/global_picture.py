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
# # All constraints together
#
# Where do (g-2)$_\mu$, the relic density, N_eff, the 511 keV line and all exclusions overlap? The preset `global`
# has them on one grid of 1e7 points of (m_X, g_X, mass_ratio, q_psi, metallicity); `scanner.answer` profiles and weighs
# it.
#
# From the command line:
#
#     lmutau run global --store global.zarr
#     lmutau answer global.zarr --set current --onto m_X,g_X -o answer.zarr --plot answer.png
#     lmutau plot global.zarr --set current

# %%
import itertools
import json
import os

import matplotlib.pyplot as plt
import numpy as np

import scanner
from common import scan_of
from scanner.answers.picture import plot_answer

# Set GLOBAL_STORE to keep the store, or to use one that is there: computing it takes minutes
ds = scan_of("global", os.environ.get("GLOBAL_STORE"))

# %% [markdown]
# ## The answer in (m_X, g_X)
# Everything that counts, with the assumptions in its attributes. What it says of the best point comes before any star.

# %%
answer = scanner.answer(ds, "current", ("m_X", "g_X"))
print(answer.attrs["verdict"])
plot_answer(answer)

# %% [markdown]
# ## What kills, and what kills alone
# Shares of the prior mass. A limit that kills nothing alone is one that others make superfluous, on this grid and with
# this prior.

# %%
table = answer[["killed", "killed_alone", "without_value"]].to_dataframe().sort_values("killed_alone", ascending=False)
print((100 * table[["killed", "killed_alone", "without_value"]]).round(3))

# %% [markdown]
# ## How much is left depends on the prior, and must
# The same limits, the same grid: mass_ratio flat, or flat in its logarithmic distance from the resonance.

# %%
for prior in ("flat", "log", "log-distance"):
    one = scanner.answer(ds, "current", ("m_X",), {"mass_ratio": prior})
    print(f"mass_ratio {prior:13s} no limit excludes {100 * one.attrs['allowed']:.2f} % of the prior mass")

# %% [markdown]
# ## Where everything overlaps, for each data set of (g-2) and each metallicity
# All limits of `current`, and hints on top: the relic density within 10 %, 511 keV, one data set of (g-2) at a time.
# They are alternatives: two together are refused.

# %%
limits = [
    c["name"]
    for c in json.loads(answer.attrs["constraints"])
    if c["kind"] == "limit" and c["name"] != "relic_overabundance"
]
datasets = ["g2_BNL2006", "g2_FNAL2021", "g2_FNAL2023", "g2_World2025_WP2020", "g2_WP2025"]
hints = {
    "g-2": [],
    "g-2, relic density": ["relic_density"],
    "g-2, relic density, 511 keV": ["relic_density", "line_511"],
    "g-2, Hubble": ["hubble"],
}
figure, panels = plt.subplots(2, len(datasets), figsize=(18, 7), sharex=True, sharey=True, layout="constrained")
for row, metallicity in zip(panels, ["GS98", "AGSS09"], strict=True):
    part = ds.sel(metallicity=[metallicity])
    for axes, dataset in zip(row, datasets, strict=True):
        for (label, more), colour in zip(hints.items(), ["0.8", "tab:blue", "tab:red", "tab:cyan"], strict=True):
            # The Hubble tension would have N_eff in 3.2 to 3.4, which n_eff_2026 excludes: without it
            names = [n for n in limits if not ("hubble" in more and n.startswith("n_eff"))]
            found = scanner.answer(part, [*names, dataset, *more])
            there = found.exists_preferred
            print(f"{metallicity:7s}{dataset:22s}{label:30s}{100 * found.attrs['preferred']:8.3f} % of the prior mass")
            axes.contourf(there.m_X, there.g_X, there.T.astype(float), levels=[0.5, 1.5], colors=[colour], alpha=0.6)
            axes.plot([], [], color=colour, label=label)
        axes.set(xscale="log", yscale="log", title=f"{dataset}, {metallicity}")
panels[0, 0].legend(fontsize=7)
figure.supxlabel("$m_X$ [MeV]")
figure.supylabel("$g_X$")
# %% [markdown]
# ## Profiles onto every pair of axes
# Contours at -2 Delta ln L = 2.30 and 6.16 (68.3 and 95.4 % for two degrees of freedom); no star, for the best point is
# not preferred over the Standard Model.

# %%
axes_of_scan = ["m_X", "g_X", "mass_ratio", "q_psi"]
figure, panels = plt.subplots(3, 3, figsize=(12, 11), layout="constrained")
for panel in panels.ravel():
    panel.set_visible(False)
for i, j in itertools.combinations(range(4), 2):
    pair = scanner.answer(ds, "current", (axes_of_scan[i], axes_of_scan[j]))
    assert pair.attrs["verdict"].startswith("No preference over the Standard Model")
    z = np.minimum(pair.m2lnL_profile - pair.m2lnL_profile.min(), 30)
    panel = panels[j - 1, i]
    panel.set_visible(True)
    mesh = panel.pcolormesh(
        z[axes_of_scan[i]], z[axes_of_scan[j]], z.T, cmap="viridis_r", vmin=0, vmax=30, shading="nearest"
    )
    panel.contour(
        z[axes_of_scan[i]], z[axes_of_scan[j]], z.T, levels=[2.30, 6.16], colors="black", linestyles=["-", "--"]
    )
    panel.set(xlabel=axes_of_scan[i], ylabel=axes_of_scan[j])
    for axis, scale in ((axes_of_scan[i], panel.set_xscale), (axes_of_scan[j], panel.set_yscale)):
        scale("linear" if axis == "mass_ratio" else "log")
figure.colorbar(mesh, ax=panels, label=r"$-2\,\Delta\ln L$, profiled over the other axes")
# %% [markdown]
# ## A thin surface
# The relic density within 10 % is thinner than the steps of the grid in places: an answer says so. A sampler follows
# the surface (`lmutau sample global --set relic_density,...`).

# %%
thin = scanner.answer(ds, ["relic_density"])
print(thin.attrs["verdict"])
