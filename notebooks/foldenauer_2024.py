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
# # Foldenauer & Hoefken Zink 2024: Figs. 3 to 5
#
# [arXiv:2405.00094](https://arxiv.org/abs/2405.00094): a gauge boson $X$ of $U(1)_{L_\mu-L_\tau}$ (the paper's $A'$,
# $g_{\mu\tau}$) makes plasmons in a white dwarf decay to neutrinos, and cools the star. The preset `foldenauer-2024`
# computes the plane of Fig. 4. Everything below is for one star at one temperature: $1\,M_\odot$, $10^8$ K,
# isothermal, and it is assumed that what is produced escapes. Other stars: `wd_mass`, `wd_temperature`, which may be
# axes of a scan.
#
# Two processes are kept apart. *Plasmon decay*, which is the paper's: $\gamma^* \to \nu\bar\nu$ through $X$, in
# resonance where a plasmon has $q^2 = m_X^2$ (`white_dwarf_excess`). *Emission of real $X$* with the photon's damping
# in the plasma, off resonance (`white_dwarf_damped_excess`): it is $\propto g_X^2 e^{-m_X/T}$ and the larger of the
# two between 76 and 300 keV. `white_dwarf_energy_loss` is their sum, the resonance counted once.

# %%
import matplotlib.pyplot as plt
import numpy as np

import physics
from common import BLUE, GREEN, GREY, ORANGE, RED, check, scan_of
from physics.model.constants import HBARC_MEV_CM
from physics.white_dwarf.star import star

# The preset has both readings of the couplings: the paper's ("printed", of the set paper:foldenauer-2024), and the
# physical one, which is drawn here. With a path of your own the store is kept, and resumed
ds = scan_of("foldenauer-2024").sel(wd_reading="physical")

# %% [markdown]
# ## Fig. 3: the star
#
# Hydrostatic equilibrium with Salpeter's equation of state (ideal electrons, Coulomb, Thomas-Fermi and exchange
# terms), carbon. The plasma frequency is largest in the centre, and where it ends at the surface is the density at
# which that equation of state has no pressure.

# %%
dwarf = star()
figure, left = plt.subplots(figsize=(7, 4.5), layout="constrained")
left.semilogy(dwarf.r / 1e5, 1e6 * dwarf.omega_p, color=BLUE)
left.set(xlabel="r [km]", ylabel=r"plasma frequency $\omega_p$ [eV]", xlim=(0, None))
left.yaxis.label.set_color(BLUE)
right = left.twinx()
right.semilogy(dwarf.r / 1e5, dwarf.n_e / HBARC_MEV_CM**3, "--", color=ORANGE)
right.set_ylabel(r"electron density $n_e$ [cm$^{-3}$]")
right.yaxis.label.set_color(ORANGE)
left.set_title(r"Fig. 3: $1\,M_\odot$, $10^8$ K")
plt.show()

# %%
centre = 1e6 * dwarf.omega_p.max()
assert centre < 1e5  # 'omega_p,max <~ 1e5 eV'
print(
    f"radius {dwarf.radius / 1e5:.0f} km, central density {dwarf.rho_centre:.3g} g/cm^3, omega_p {centre:.0f} eV there"
)
print(f"at the surface {1e6 * dwarf.omega_p.min():.0f} eV, where this equation of state ends")

# %% [markdown]
# ## Fig. 4: what a measurement to 30 % would exclude
#
# The luminosity function of hot white dwarfs might one day limit exotic cooling to 30 % of that by neutrinos. The
# line where plasmon decay through $X$ reaches that, over eleven orders of magnitude in mass, and the line of the
# total loss.
#
# Our curve is not the paper's in three places.
# - Longitudinal plasmons have every $q^2$ from 0 to $\omega_p^2$: all masses below 71 keV are in resonance, down to
#   zero. The sensitivity keeps rising like $1/m_X$ towards small masses, $g_X m_X = 5.2\cdot10^{-9}$ eV, until at 4
#   meV the mass-independent rate takes over; there is no plateau at 200 eV. (The transverse mode alone ends near 90
#   eV.)
# - On resonance the rate is that of real $X$, and independent of its width. The width printed in eq. (35) is four
#   times too small, the flavour sum printed below it all but cancels; `wd_reading="printed"` has what is well defined
#   of that.
# - The edge at 80 keV, where the transverse mode's $q^2$ ends, is there for plasmon decay, but not for the star:
#   collisions of electrons give the photon a width, and real $X$ of any mass are emitted, at a rate that falls like
#   $e^{-m_X/T}$.

# %%
mass = np.geomspace(1e-10, 1e3, 1301)
plasmons = physics.evaluate("white_dwarf_g_X", m_X=mass)
plane = ds.transpose("g_X", "m_X", ...)

figure, axes = plt.subplots(figsize=(8, 5.2), layout="constrained")
axes.loglog(1e6 * mass, plasmons, color=RED, label="plasmon decay")
axes.contour(
    1e6 * plane.m_X,
    plane.g_X,
    np.log(plane.white_dwarf_energy_loss),
    levels=[np.log(0.3)],
    colors=BLUE,
    linestyles="--",
)
axes.plot([], [], "--", color=BLUE, label="all energy loss (resonant, damped, plasmon decay)")
axes.contour(
    1e6 * plane.m_X, plane.g_X, np.log(plane.delta_a_mu), levels=[np.log(2.49e-9)], colors=GREEN, linestyles=":"
)
axes.plot([], [], ":", color=GREEN, label=r"$\Delta a_\mu = 249\cdot10^{-11}$")
axes.set(xlabel=r"$m_X$ [eV]", ylabel=r"$g_X$", xlim=(1e-4, 1e9), ylim=(1e-14, 1e-1))
axes.legend(fontsize=9, loc="lower left", title=r"30 % of the neutrinos' luminosity, $1\,M_\odot$, $10^8$ K")
axes.set_title("Fig. 4 (assumes escape and an isothermal star; solar, HB and RG limits not shown)", fontsize=10)
plt.show()

# %% [markdown]
# Dark photons of these masses are limited by the sun, horizontal-branch and red-giant stars, too (Redondo & Raffelt
# 2013; An, Pospelov & Pradler 2013); in the keV region those limits are of the same kind, and not in this picture.

# %%
g30 = {m: physics.evaluate("white_dwarf_g_X", m_X=m) for m in (1e-10, 1e-6, 0.0002, 0.03, 10.0)}
assert g30[1e-6] * 1.0 < 1e-2 * g30[1e-10]
check("'constant below 200 eV': g_X at 1e-4 eV over that at 200 eV", 1, g30[1e-10] / g30[0.0002], 0.1,
      "longitudinal plasmons", reproduced=False)  # fmt: skip
total = physics.evaluate("white_dwarf_energy_loss", m_X=[0.03, 0.1, 10.0], g_X=[g30[0.03], 1e-9, g30[10.0]])
print(f"energy loss where plasmon decay is 30 %: {total[0]:.2f} at 30 keV, {total[2]:.2f} at 10 MeV")
print(f"energy loss at 100 keV and g_X = 1e-9, where plasmon decay is nothing: {total[1]:.2g}")
lifetime = physics.evaluate("tau_X", m_X=0.03, g_X=g30[0.03], mass_ratio=None, q_psi=1)
print(f"X of 30 keV live {lifetime:.2g} s there: they leave the star and decay outside")

# %% [markdown]
# ## Fig. 5: MeV masses
#
# Above about 1 MeV only $g_X^2/m_X^2$ counts, eq. (21): the lines for an excess of 50, 30, 10 and 1 %, and what the
# measurements of $(g-2)_\mu$ and the Hubble tension prefer.

# %%
window = np.geomspace(1, 300, 300)
levels = {0.5: "#882255", 0.3: RED, 0.1: ORANGE, 0.01: "#F0E442"}
coupling = np.geomspace(1e-5, 1e-2, 400)
point = {"m_X": window, "g_X": coupling[:, np.newaxis]}
shift = physics.evaluate("delta_a_mu", **point)
figure, axes = plt.subplots(figsize=(7.5, 5), layout="constrained")
axes.contourf(window, coupling, shift, levels=[1.53e-9, 3.45e-9], colors=[GREEN], alpha=0.3)
axes.fill_between([], [], color=GREEN, alpha=0.3, label=r"$\Delta a_\mu = 249(48)\cdot10^{-11}$, 2 sigma")
axes.contour(window, coupling, shift, levels=[1.64e-9], colors=[GREEN], linestyles=":")
axes.plot([], [], ":", color=GREEN, label="White Paper 2025: below, 2 sigma")
axes.contour(
    window, coupling, physics.evaluate("white_dwarf_eft_ratio", **point), levels=[1], colors=GREY, linestyles="--"
)
axes.plot([], [], "--", color=GREY, label="twice the cooling, heavy limit (Dreiner et al. 2013)")
lines = {}
for level, colour in levels.items():
    lines[level] = physics.evaluate("white_dwarf_g_X", m_X=window, wd_excess_level=level)
    axes.loglog(window, lines[level], color=colour, label=f"white dwarfs, {level:.0%} excess")
axes.set(xlabel=r"$m_X$ [MeV]", ylabel=r"$g_X$", xlim=(1, 300), ylim=(1e-5, 1e-2))
axes.legend(fontsize=9, loc="lower right")
axes.set_title(r"Fig. 5: $1\,M_\odot$, $10^8$ K", fontsize=10)
plt.show()

# %%
band = {"-2 sigma": 1.53e-9, "central": 2.49e-9, "+2 sigma": 3.45e-9}
for level, masses in ((0.5, (9.1, 12.0, 14.5)), (0.3, (10.5, 13.9, 16.8)), (0.1, (14.4, 19.3, 23.6))):
    shift = np.log(physics.evaluate("delta_a_mu", m_X=window, g_X=lines[level]))
    crossings = [float(np.interp(np.log(value), shift, window)) for value in band.values()]
    print(f"{level:.0%} line meets {', '.join(band)} at " + ", ".join(f"{m:.1f}" for m in crossings) + " MeV")
    assert np.allclose(crossings, masses, rtol=0.02)

for level, slope in ((0.5, 4.271e-5), (0.3, 3.759e-5), (0.1, 2.856e-5), (0.01, 1.606e-5)):
    ours = np.interp(10.0, window, lines[level]) / 10.0
    check(
        f"g_X/m_X [1/MeV] of the {level:.0%} line, eq. (21)", slope, ours, 5e-3, "without the term of eq. (21) in g^2"
    )
