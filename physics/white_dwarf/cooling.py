r"""What X adds to the neutrinos that a white dwarf emits by plasmon decay: Foldenauer & Hoefken Zink 2024.

X couples to the electron with d_V (through kinetic mixing) and to nu_mu, nu_tau with k = +-g_X/2 (1 - gamma5), and the
couplings C_V, C_A of plasmons to neutrinos become functions of q^2 (their eqs. (12)-(15)). The excess is
(L_SM+X - L_SM)/L_SM (their eq. (20)). Below its width, 1e-27 of the mass at the couplings that matter, it is

    excess = g^2 R(m) + g^4 b(m):

R: X on its shell, resonantly made by plasmons of q^2 = m_X^2 somewhere in the star (0 < m_X < 81 keV for 1 Msun). It is
the standard on-shell emission of a dark photon, the same whatever X decays to: R has no width in it, and holds for
m_X below twice the neutrino mass. b: the four-fermion process, the neutrino pair with X off its shell.

The parameter wd_reading chooses conventions:

"physical" (default)
    d_V = e eps_A, d_A = 0: X couples to the Z current with -eps_Z m_X^2/m_Z^2 only, nothing at m_X << m_Z (the paper's
    eq. (A13) has it unsuppressed). Propagator 1/(m_X^2 - q^2); the sign of their eq. (15) is the opposite. Width
    Gamma = g_X^2 m_X/12 pi, that is Im D = sum k^2 q^2/6 pi for both polarisations.
"printed"
    The paper's couplings (12)-(14) with d_A, the sign of (15), and the coefficient 24 pi of (36) for both polarisations
    (as printed, the longitudinal one is no self-energy). The sum over flavours is over k^2, not the square of the sum
    of k that the text has: there k_mu and k_tau cancel.

What is assumed, and where not to trust the values:

- They are for one isothermal star of the mass and temperature given, and not portable to another: the 30 % line at low
  mass is 2.7 times lower in g_X at 10^7.8 K than at 1e8 K, and 3.3 times for 0.6 Msun. The criterion itself, a fraction
  of the neutrino luminosity, comes from cooling tracks on which it is constant; emission of X depends otherwise on T.
- X escapes (at the 30 % line of 30 keV it lives 2e7 s), or decays to neutrinos. Then it is energy loss of the star; the
  neutrinos of the resonant part are born outside.
- Only plasmons: photons damped by collisions make X on its shell off resonance too, proportional to
  g_X^2 exp(-m_X/T). **Between 76 and 300 keV that loss is the larger one, at 80 to 200 keV by far. The value here
  is that of the four-fermion plasmon process alone: no sensitivity to cooling by X.** The step at 80 keV is
  one of the plasmon process.
- Resonant conversion is narrow compared with the photon's damping, and not reabsorbed. Near the crossing the mixed
  state is no Breit-Wigner resonance (the mixing exceeds the width); the integral over it, which counts, is the same.
- Resonances of transverse plasmons below 2 keV are in layers of less than 1e4 g/cm^3, not degenerate and not really
  isothermal, and end at 89 eV where the model star ends. Longitudinal ones, of the core and mantle, dominate there.
- Solar, horizontal-branch and red-giant limits on dark photons exist for the same masses, stronger in places
  (Redondo & Raffelt 2013; An et al. 2013).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from physics.core.graph import Domain, observable
from physics.core.parameter import parameter
from physics.core.status import FloatArray, Outcome, Status
from physics.model.constants import ALPHA, E_CHARGE, G_F, M_MU, M_TAU, SIN2_THETA_W
from physics.white_dwarf import spectral
from physics.white_dwarf.eft import HEAVY
from physics.white_dwarf.emissivity import C_A, C_V, ERG_PER_CM3_S
from physics.white_dwarf.tables import load

__all__ = [
    "STAR",
    "couplings",
    "excess_coefficients",
    "luminosities",
    "white_dwarf_excess",
    "white_dwarf_excess_heavy",
    "white_dwarf_g_X",
    "white_dwarf_luminosity",
]

parameter(
    "wd_excess_level",
    "exotic energy loss of a white dwarf over that to neutrinos",
    label=r"$\varepsilon_\mathrm{WD}$ sought",
    default=0.30,
)
parameter(
    "wd_reading",
    "white dwarfs; physical: no coupling to the Z current, width with 6 pi, 1/(m_X^2 - q^2); "
    "printed: couplings, sign and width of Foldenauer & Hoefken Zink 2024",
    label="white-dwarf reading",
    default="physical",
    choices=("physical", "printed"),
)

G_MAX = 1.0  # one loop is not enough above
MASSES, TEMPERATURES = (0.4, 1.3), (1e7, 4e8)


def _is_star(wd_mass: FloatArray, wd_temperature: FloatArray) -> NDArray[np.bool_]:
    inside = (wd_mass >= MASSES[0]) & (wd_mass <= MASSES[1])
    return inside & (wd_temperature >= TEMPERATURES[0]) & (wd_temperature <= TEMPERATURES[1])


_STARS = "0.4 <= wd_mass <= 1.3, 1e7 K <= wd_temperature <= 4e8 K"
STAR = Domain(_STARS, lambda wd_mass, wd_temperature: _is_star(wd_mass, wd_temperature))
STAR_AND_WEAK = Domain(
    f"{_STARS}, g_X <= 1",
    lambda wd_mass, wd_temperature, g_X: _is_star(wd_mass, wd_temperature) & (g_X <= G_MAX),
)


@cache
def couplings(wd_reading: str) -> spectral.Couplings:
    """Couplings per g_X: Foldenauer & Hoefken Zink 2024, eqs. (12)-(14), and their correction.

    Parameters
    ----------
    wd_reading : {"physical", "printed"}
        See the module.

    Returns
    -------
    Couplings

    Examples
    --------
    >>> c = couplings("physical")
    >>> round(c.d_V, 9), c.d_A, c.k2, round(c.k_V, 9)
    (-0.004370605, 0.0, 0.5, 0.0)
    """
    physical = wd_reading == "physical"
    e_eps = E_CHARGE**2 / (6 * math.pi**2) * math.log(M_MU / M_TAU)
    tan2 = 0.0 if physical else SIN2_THETA_W / (1 - SIN2_THETA_W)
    d_V, d_A = e_eps * (1 - tan2 * (1 - 4 * SIN2_THETA_W) / 8), e_eps * tan2 / 8
    k = np.array([0.0, 0.5, -0.5]) + (0.0 if physical else d_A)
    return spectral.Couplings(
        d_V,
        0.0 if physical else d_A,
        float(np.sum(k**2)),
        float(np.sum(C_V * k)),
        float(np.sum(C_A * k)),
        (6 if physical else 24) * math.pi,
        -1.0 if physical else 1.0,
        (d_V**2 + d_A**2) / (4 * math.pi * ALPHA),
        float(np.sum(C_V**2)),
        float(np.sum(C_A**2)),
        float(G_F),
    )


def _per_star(
    function: Callable[..., FloatArray], wd_mass: FloatArray, wd_temperature: FloatArray, *arrays: FloatArray
) -> FloatArray:
    """function(tables, flat arrays) on the points of each star, in the broadcast shape; NaN where there is no star."""
    shape = np.broadcast_shapes(wd_mass.shape, wd_temperature.shape, *(a.shape for a in arrays))
    everywhere = [np.broadcast_to(a, shape) for a in arrays]
    M, T = np.broadcast_arrays(wd_mass, wd_temperature)
    result = np.full(shape, np.nan)
    stars = {(float(m), float(t)) for m, t in zip(M.ravel(), T.ravel(), strict=True) if _is_star(m, t)}
    for m, t in sorted(stars):
        where = np.broadcast_to((m == M) & (t == T), shape)
        result[where] = function(load(m, t), *(np.ascontiguousarray(a[where]) for a in everywhere))
    return result


@observable(
    unit="1",
    label=r"$\varepsilon_\mathrm{WD}$",
    reference="Foldenauer & Hoefken Zink 2024, eq. (20)",
    domain=STAR_AND_WEAK,
)
def white_dwarf_excess(
    m_X: FloatArray, g_X: FloatArray, wd_mass: FloatArray, wd_temperature: FloatArray, wd_reading: str
) -> FloatArray:
    """Exotic energy loss of a white dwarf through plasmons over its neutrino luminosity, from 1e-10 to 1e6 MeV.

    Process: plasmon -> X or X* -> neutrinos. Between 76 and 300 keV the damped emission of X, not included, is larger:
    not a limit on cooling by X there. Values hold for this mass and temperature of the star, and while X escapes;
    what else is assumed: physics/white_dwarf/cooling.py.

    Parameters
    ----------
    m_X, g_X : array_like
        Mass [MeV] and gauge coupling of X, g_X <= 1.
    wd_mass : array_like
        Mass of the star [Msun], 0.4 to 1.3; carbon.
    wd_temperature : array_like
        Temperature of its isothermal core [K], 1e7 to 4e8.
    wd_reading : str
        "physical", or "printed": the couplings, sign and width of the paper.

    Returns
    -------
    ndarray
        (L - L_SM)/L_SM, dimensionless; relative error below 1e-6 for the given star.

    Examples
    --------
    >>> import physics
    >>> round(physics.evaluate("white_dwarf_excess", m_X=0.03, g_X=2.1773634e-13), 6)
    0.3
    """
    c = couplings(wd_reading)
    return _per_star(lambda tables, m, g: spectral.excess(m, g, tables, c), wd_mass, wd_temperature, m_X, g_X)


@observable(
    unit="1",
    label=r"$g_X$ (white dwarf)",
    reference="Foldenauer & Hoefken Zink 2024, eq. (20)",
    domain=STAR,
)
def white_dwarf_g_X(
    m_X: FloatArray,
    wd_excess_level: FloatArray,
    wd_mass: FloatArray,
    wd_temperature: FloatArray,
    wd_reading: str,
) -> Outcome:
    """Sensitivity line: the coupling at which `white_dwarf_excess` reaches a level (its caveats hold).

    Parameters
    ----------
    m_X : array_like
        Mass of X [MeV].
    wd_excess_level : array_like
        Energy loss over that of the Standard Model; 0.30 in the paper.
    wd_mass, wd_temperature : array_like
        Mass [Msun] and temperature [K] of the star.
    wd_reading : str
        "physical" or "printed".

    Returns
    -------
    Outcome
        g_X, dimensionless; NaN (status 3, no solution) where it would exceed 1.

    Examples
    --------
    >>> import physics
    >>> round(physics.evaluate("white_dwarf_g_X", m_X=10.0) * 1e4, 5)
    3.75362
    """
    c = couplings(wd_reading)
    g = _per_star(
        lambda tables, m, level: spectral.coupling_for(m, level, G_MAX, tables, c),
        wd_mass,
        wd_temperature,
        m_X,
        wd_excess_level,
    )
    return Outcome(g, np.where(np.isnan(g), np.uint8(Status.NO_SOLUTION), np.uint8(Status.OK)))


@observable(
    unit="1",
    label=r"$\varepsilon_\mathrm{WD}$, heavy $X$",
    reference="Foldenauer & Hoefken Zink 2024, eq. (21)",
    domain=HEAVY,
)
def white_dwarf_excess_heavy(m_X: FloatArray, g_X: FloatArray, wd_reading: str) -> FloatArray:
    """The excess for X heavy compared with the plasma: sum C_V^2 over that of the Standard Model, minus 1.

    1.511e17 (g_X MeV/m_X)^4; printed: 1.503e17 (...)^4 - 1.66e5 (...)^2. No star enters: `white_dwarf_excess` of 1 Msun
    and 1e8 K is larger by 0.4 % at 1 MeV, 1.7 % at 0.5 MeV.

    Parameters
    ----------
    m_X, g_X : array_like
        Mass [MeV] and gauge coupling of X.
    wd_reading : str
        "physical", or "printed": with the coupling to the Z current and the sign of eq. (15).

    Returns
    -------
    ndarray
        Dimensionless; NaN (status 2) for m_X <= 0.5 MeV.

    Examples
    --------
    >>> import physics
    >>> round(physics.evaluate("white_dwarf_excess_heavy", m_X=10.0, g_X=3.75362e-4), 4)
    0.3
    """
    c = couplings(wd_reading)
    contact = math.sqrt(2) / G_F * c.d_V * (g_X / m_X) ** 2  # C_V + contact k
    return np.asarray((c.k2 * contact**2 - 2 * c.sign * c.k_V * contact) / c.c_V2)


@observable(unit="erg/s", label=r"$L_\nu$", reference="Foldenauer & Hoefken Zink 2024, eqs. (16)-(19)", domain=STAR)
def white_dwarf_luminosity(wd_mass: FloatArray, wd_temperature: FloatArray) -> FloatArray:
    """Neutrino luminosity of a white dwarf by plasmon decay in the Standard Model.

    Other neutrino processes (photo, pair, bremsstrahlung) are left out, as in the paper.

    Parameters
    ----------
    wd_mass, wd_temperature : array_like
        Mass [Msun], 0.4 to 1.3, and temperature [K], 1e7 to 4e8, of the star.

    Returns
    -------
    ndarray
        [erg/s].

    Examples
    --------
    >>> import physics
    >>> round(physics.evaluate("white_dwarf_luminosity") / 3.828e33, 2)  # L_sun
    40.81
    """
    return _per_star(lambda tables: np.asarray(np.sum(luminosities(tables))), wd_mass, wd_temperature)


def luminosities(tables: spectral.Tables) -> FloatArray:
    """Longitudinal, transverse and axial neutrino luminosity in the Standard Model [erg/s].

    >>> [f"{L:.4g}" for L in luminosities(load(1.0, 1e8))]
    ['3.827e+34', '1.179e+35', '1.27e+31']
    """
    squares = np.array([np.sum(C_V**2), np.sum(C_V**2), np.sum(C_A**2)])
    return np.asarray(tables.M_0 * squares * ERG_PER_CM3_S)


def excess_coefficients(
    m_X: FloatArray, mass: float = 1.0, temperature: float = 1e8, wd_reading: str = "physical"
) -> spectral.Coefficients:
    """R_L, R_T, b and a of excess = g^2 (R_L + R_T + a) + g^4 b, for g^2 << 12 pi.

    Parameters
    ----------
    m_X : array_like, shape (n,)
        Mass of X [MeV].
    mass, temperature : float
        Of the star [Msun], [K].
    wd_reading : str
        "physical" or "printed".

    Returns
    -------
    Coefficients
        Arrays of shape (n,).

    Examples
    --------
    >>> c = excess_coefficients(np.array([0.001]))
    >>> f"{c.R_L[0]:.5g} {c.R_T[0]:.5g} {c.b[0]:.5g}"
    '1.1118e+22 1.3218e+21 1.5773e+23'
    """
    m = np.atleast_1d(np.asarray(m_X, dtype=np.float64))
    return spectral.coefficients(m, load(mass, temperature), couplings(wd_reading))
