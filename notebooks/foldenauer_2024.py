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
from common import BLUE, GREEN, GREY, ORANGE, RED, SKY, check, draw_constraint, scan_of, verdict
from physics.model.constants import HBARC_MEV_CM
from physics.white_dwarf.star import star

# The preset has both readings of the couplings: the paper's ("printed", of the set paper:foldenauer-2024), and the
# physical one, which is drawn here. With a path of your own the store is kept, and resumed
ds = scan_of("foldenauer-2024").sel(wd_reading="physical")
PAPER = physics.readings("paper:foldenauer-2024") | {"wd_reading": "physical"}

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
# measurements of $(g-2)_\mu$ and the Hubble tension prefer (for $X$ alone, by the entropy of the neutrinos). Grey are
# the limits of others: Borexino, CsI, tridents of CHARM-II, four muons in BaBar. NA64$\mu$, which the paper calls the
# most stringent, is not here: no table of its curve was found (`physics.absent_limits()`).

# %%
window, coupling = np.geomspace(1, 300, 300), np.geomspace(1e-5, 1e-2, 400)
levels = {0.5: "#882255", 0.3: RED, 0.1: ORANGE, 0.01: "#F0E442"}
here = PAPER | {"mass_ratio": None, "q_psi": 1}
shift = physics.evaluate("delta_a_mu", m_X=window, g_X=coupling[:, np.newaxis])
figure, axes = plt.subplots(figsize=(8, 6), layout="constrained")
for name, text in {
    "borexino_phase2": (1.3, 2e-4),
    "charm2": (50, 3e-3),
    "coherent_csi": (1.2, 2.1e-3),
    "babar_4mu": (175, 7e-3),
}.items():
    draw_constraint(axes, name, window, coupling, fill=0.2, text=text, **here)
draw_constraint(axes, "white_dwarf", window, coupling, GREY, "--", fill=0, **here)
draw_constraint(axes, "hubble_amaral", window, coupling, SKY, fill=0.35, **here)
axes.contourf(window, coupling, shift, levels=[1.53e-9, 3.45e-9], colors=[GREEN], alpha=0.3)
axes.fill_between([], [], color=GREEN, alpha=0.3, label=r"$\Delta a_\mu = 249(48)\cdot10^{-11}$, 2 sigma")
axes.contour(window, coupling, shift, levels=[1.64e-9], colors=[GREEN], linestyles=":")
axes.plot([], [], ":", color=GREEN, label="White Paper 2025: below, 2 sigma")
lines = {}
for level, colour in levels.items():
    lines[level] = physics.evaluate("white_dwarf_g_X", m_X=window, wd_excess_level=level)
    axes.loglog(window, lines[level], color=colour, lw=2, label=f"white dwarfs, {level:.0%} excess")
axes.set(xlabel=r"$m_X$ [MeV]", ylabel=r"$g_X$", xlim=(1, 300), ylim=(1e-5, 1e-2))
figure.legend(*axes.get_legend_handles_labels(), fontsize=8, loc="outside lower center", ncols=3)
axes.set_title(r"Fig. 5: $1\,M_\odot$, $10^8$ K", fontsize=10)
plt.show()

# %%
OURS = "second computation"  # of the same physics by other code; the paper prints no such numbers
band = {"-2 sigma": 1.53e-9, "central": 2.49e-9, "+2 sigma": 3.45e-9}


def crossing(level, value):
    """m_X [MeV] at which a line of white dwarfs has a value of (g-2)_mu/2."""
    return float(np.interp(np.log(value), np.log(physics.evaluate("delta_a_mu", m_X=window, g_X=lines[level])), window))


for level, masses in ((0.5, (9.1, 12.0, 14.5)), (0.3, (10.5, 13.9, 16.8)), (0.1, (14.4, 19.3, 23.6))):
    for (name, value), expected in zip(band.items(), masses, strict=True):
        check(
            f"{level:.0%} line meets {name} of (g-2)_mu [MeV]",
            expected,
            crossing(level, value),
            0.02,
            "rounded",
            whose=OURS,
        )

for level, slope in ((0.5, 4.271e-5), (0.3, 3.759e-5), (0.1, 2.856e-5), (0.01, 1.606e-5)):
    ours = np.interp(10.0, window, lines[level]) / 10.0
    check(f"g_X/m_X [1/MeV] of the {level:.0%} line", slope, ours, 5e-3, "eq. (21) without its term in g^2", whose=OURS)

# %% [markdown]
# ### What the paper concludes
#
# How much of the region that explains both $(g-2)_\mu$ (2 sigma) and the Hubble tension does each line exclude? Shares
# of the area in $\log m_X$ and $\log g_X$, of the whole overlap and of what Borexino leaves of it.

# %%
mass, g = np.geomspace(5, 40, 281), np.geomspace(1e-4, 1.5e-3, 301)[:, np.newaxis]
both = np.abs(physics.evaluate("delta_a_mu", m_X=mass, g_X=g) - 2.49e-9) < 2 * 0.48e-9
n_eff = physics.evaluate("n_eff_entropy_X_only", m_X=mass)
both = both & (n_eff > 3.2) & (n_eff < 3.5)
left_over = {
    sun: both & (g < physics.evaluate("borexino_phase2_g_X", m_X=mass, metallicity=sun, **PAPER))
    for sun in ("GS98", "AGSS09")
}
shares = {}
for level in levels:
    excluded = g > physics.evaluate("white_dwarf_g_X", m_X=mass, wd_excess_level=level)
    shares[level] = [(region & excluded).sum() / region.sum() for region in (both, *left_over.values())]
    whole, high, low = shares[level]
    print(f"{level:.0%} line excludes {whole:.0%} of the overlap, of what Borexino leaves {high:.0%} (GS98), {low:.0%}")

slopes = {
    sun: float(physics.evaluate("borexino_phase2_g_X", m_X=10.0, metallicity=sun, **PAPER)) / 10 for sun in left_over
}
fifty = float(lines[0.5][np.searchsorted(window, 10.0)] / window[np.searchsorted(window, 10.0)])
verdict("the conservative 50% line lies marginally below the limit of Borexino", fifty < min(slopes.values()),
        f"{fifty:.2e} m_X/MeV against {slopes['GS98']:.2e} (GS98), {slopes['AGSS09']:.2e} (AGSS09)")  # fmt: skip
verdict(
    "a 30% limit would rule out still allowed regions that explain both",
    shares[0.3][1] > 0,
    f"{shares[0.3][1]:.0%} of them",
)
verdict("10% could rule out almost all of the joint explanation", shares[0.1][0] > 0.95, f"{shares[0.1][0]:.0%}")
first, last = crossing(0.01, 1.53e-9), crossing(0.01, 3.45e-9)
verdict("1% would exclude almost the entire space that (g-2)_mu favours", last > 200,
        f"all of the band up to {first:.0f} MeV and a part up to {last:.0f}; BaBar begins at 212 MeV")  # fmt: skip
