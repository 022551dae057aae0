r"""A white dwarf in hydrostatic equilibrium, and its isothermal plasma.

Newtonian gravity (general relativity: R smaller by 0.26 %, rho_c larger by 1 %, at 1 Msun). The temperature enters only
where the plasma is made of the density: the electrons' chemical potential is exact at finite temperature.

What not to trust: the pressure of Salpeter vanishes at 20 g/cm^3 (carbon), where the star ends; real surface layers are
neither cold nor isothermal, and below 1e4 g/cm^3 the electrons are not degenerate at 1e8 K. Nothing but transverse
resonances of m_X < 2 keV comes from there. Crystallisation, envelope, correlation: not included.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import scipy
from numpy.polynomial import chebyshev
from numpy.typing import ArrayLike, NDArray

from physics.core.branch import Domain
from physics.core.parameter import parameter
from physics.core.status import FloatArray
from physics.model.constants import ATOMIC_MASS_G, ERG_PER_MEV, G_NEWTON, K_B, M_E, M_SUN_G
from physics.numerics.quadrature import gauss_panels
from physics.white_dwarf.electron_gas import Plasma, electron_gas_of_density
from physics.white_dwarf.equation_of_state import COMPOSITIONS, Composition, EquationOfState, Salpeter, density

__all__ = ["STAR", "Hydrostatic", "Star", "hydrostatic", "integrated", "is_star", "per_star", "star"]

parameter("wd_mass", "mass of the white dwarf", unit="Msun", label=r"$M_\mathrm{WD}$", default=1.0)
parameter("wd_temperature", "temperature of the white dwarf's core", unit="K", label=r"$T_\mathrm{WD}$", default=1e8)

MASSES = (0.4, 1.3)  # [Msun]
TEMPERATURES = (10, 400)  # [1e6 K]


def is_star(wd_mass: FloatArray, wd_temperature: FloatArray) -> NDArray[np.bool_]:
    """Whether there are tables of such a star.

    >>> is_star(np.array([0.3, 1.0, 1.0]), np.array([1e8, 1e8, 1e9]))
    array([False,  True, False])
    """
    inside = (wd_mass >= MASSES[0]) & (wd_mass <= MASSES[1])
    return inside & (wd_temperature >= TEMPERATURES[0] * 1e6) & (wd_temperature <= TEMPERATURES[1] * 1e6)


STAR = Domain(
    f"{MASSES[0]} <= wd_mass <= {MASSES[1]}, {TEMPERATURES[0]} <= wd_temperature/1e6 K <= {TEMPERATURES[1]}", is_star
)


def per_star(
    function: Callable[..., FloatArray], wd_mass: FloatArray, wd_temperature: FloatArray, *arrays: FloatArray
) -> FloatArray:
    """function(mass, temperature, flat arrays) on the points of each star, in the broadcast shape; NaN without a star.

    >>> per_star(lambda mass, temperature, m: m * mass, np.array([[0.1], [0.5]]), np.array([1e8]), np.array([2.0, 4.0]))
    array([[nan, nan],
           [ 1.,  2.]])
    """
    M, T = np.broadcast_arrays(wd_mass, wd_temperature)  # not with the others: there are few stars
    shape = np.broadcast_shapes(M.shape, *(a.shape for a in arrays))
    everywhere = [np.broadcast_to(a, shape) for a in arrays]
    if M.size == 1 and is_star(M, T).all():
        return function(M.item(), T.item(), *(a.flatten() for a in everywhere)).reshape(shape)
    result = np.full(shape, np.nan)
    there = is_star(M, T)
    for m, t in sorted(set(zip(M[there].tolist(), T[there].tolist(), strict=True))):
        where = np.broadcast_to((m == M) & (t == T), shape)
        result[where] = function(m, t, *(a[where] for a in everywhere))
    return result


class Hydrostatic(NamedTuple):
    """A solution: x at the centre and the surface, radius [cm], mass [g], and r^2(x) [cm^2] for arrays of x."""

    x_centre: float
    x_surface: float
    radius: float
    mass: float
    r2: Callable[[FloatArray], FloatArray]


def integrated(eos: EquationOfState, x_centre: float, dense: bool = False) -> Hydrostatic:
    """From the centre outwards, with x as the independent variable; r^2(x) only if dense.

    dh/dr = -G m/r^2 with the specific enthalpy h(x); u = r^2 and v = m/r are analytic in h at the centre:
    du/dh = -2 u/(G v), dv/dh = (1 - 4 pi rho u/v)/G.

    >>> round(float(integrated(Salpeter(COMPOSITIONS["C12"]), 2.5788).mass) / M_SUN_G, 4)
    1.0
    """
    per_gram = ERG_PER_MEV / (eos.mu_e * ATOMIC_MASS_G)
    rho = float(density(1.0, eos.mu_e))

    def slopes(x: float, y: FloatArray) -> list[float]:
        dh = eos.energy_slope(x) * per_gram / G_NEWTON
        ratio = y[0] / y[1]
        return [-2 * ratio * dh, (1 - 4 * math.pi * rho * x**3 * ratio) * dh]

    x_start = x_centre * (1 - 1e-7)
    d = (eos.energy_per_electron(x_centre) - eos.energy_per_electron(x_start)) * per_gram
    start = [6 * d / (4 * math.pi * G_NEWTON * rho * x_centre**3), 2 * d / G_NEWTON]
    solution = scipy.integrate.solve_ivp(
        slopes, (x_start, eos.x_surface), start, method="DOP853", rtol=1e-13, atol=0.0, dense_output=dense
    )
    u, v = solution.y[:, -1]
    inner = start[0] / (x_centre - x_start)

    def r2(x: FloatArray) -> FloatArray:
        outside = solution.sol(np.clip(x, eos.x_surface, x_start))[0]
        return np.where(x > x_start, inner * np.maximum(x_centre - x, 0.0), outside)

    return Hydrostatic(x_centre, eos.x_surface, math.sqrt(u), v * math.sqrt(u), r2)


def hydrostatic(eos: EquationOfState, mass: float) -> Hydrostatic:
    """The star of a given mass.

    Parameters
    ----------
    eos : EquationOfState
        `Salpeter`, or `Chandrasekhar`.
    mass : float
        Solar masses, 0.3 to 1.35.

    Examples
    --------
    >>> round(hydrostatic(Salpeter(COMPOSITIONS["C12"]), 1.0).radius / 1e5, 2)  # km
    5417.38
    """
    ln_x = scipy.optimize.brentq(
        lambda ln_x: integrated(eos, math.exp(ln_x)).mass / (mass * M_SUN_G) - 1,
        math.log(0.4),
        math.log(9.0),
        xtol=1e-14,
        rtol=1e-14,
    )
    return integrated(eos, math.exp(ln_x), dense=True)


_N_NODES = 100


@dataclass(frozen=True, eq=False)
class Star:
    """An isothermal white dwarf. Arrays run from the centre to the surface, at nodes in y = ln(n_e/MeV^3).

    mass, temperature : as asked for [Msun], [K]
    composition : nuclei
    T : temperature [MeV]
    radius : [cm]
    x_centre : p_F/m_e at the centre
    y_centre, y_surface : ln(n_e/MeV^3)
    r [cm], rho [g/cm^3], n_e [MeV^3], mu [MeV, with m_e], omega_p [MeV], v_star, omega_a [MeV] : the profile

    Between the nodes: `r2`, `volume`, `plasma`, `y_of_r` take arrays of y (or r); `shells` integrates over the star.
    """

    mass: float
    temperature: float
    composition: Composition
    T: float
    radius: float
    x_centre: float
    y_centre: float
    y_surface: float
    r: FloatArray
    rho: FloatArray
    n_e: FloatArray
    mu: FloatArray
    omega_p: FloatArray
    v_star: FloatArray
    omega_a: FloatArray
    coefficients: Mapping[str, FloatArray] = field(repr=False)

    @property
    def rho_centre(self) -> float:
        """Central density [g/cm^3]."""
        return float(density(self.x_centre, self.composition.mu_e))

    def _t(self, y: ArrayLike) -> FloatArray:
        return np.asarray((2 * np.asarray(y) - self.y_surface - self.y_centre) / (self.y_centre - self.y_surface))

    def _value(self, name: str, y: ArrayLike) -> FloatArray:
        return np.asarray(chebyshev.chebval(self._t(y), self.coefficients[name]))

    def slope(self, name: str, y: ArrayLike) -> FloatArray:
        """Derivative in y of a fit: ln_omega_p2, v_star, ln_omega_a, mu, or ln_r2 = ln[r^2/(y_centre - y)]."""
        scale = 2 / (self.y_centre - self.y_surface)
        return np.asarray(scale * chebyshev.chebval(self._t(y), chebyshev.chebder(self.coefficients[name])))

    def r2(self, y: ArrayLike) -> FloatArray:
        """Radius squared [cm^2] at y."""
        return np.maximum(self.y_centre - np.asarray(y), 0.0) * np.exp(self._value("ln_r2", y))

    def volume(self, y: ArrayLike) -> FloatArray:
        """dV/d(-y) = 4 pi r^2 |dr/dy| [cm^3]; it goes as the root of y_centre - y at the centre."""
        d = np.maximum(self.y_centre - np.asarray(y), 0.0)
        f = np.exp(self._value("ln_r2", y))
        return np.asarray(2 * math.pi * np.sqrt(d * f) * f * (1 - d * self.slope("ln_r2", y)))

    def ln_omega_p2(self, y: ArrayLike) -> FloatArray:
        """Logarithm of omega_p^2/MeV^2 at y."""
        return self._value("ln_omega_p2", y)

    def plasma(self, y: ArrayLike) -> Plasma:
        """The electrons at y."""
        y = np.asarray(y, dtype=np.float64)
        return Plasma(
            self._value("mu", y),
            np.exp(y),
            np.exp(self._value("ln_omega_p2", y)),
            self._value("v_star", y),
            np.exp(self._value("ln_omega_a", y)),
        )

    def y_of_r(self, r: ArrayLike) -> FloatArray:
        """Logarithm of n_e/MeV^3 at radius r [cm], by Newton's method; r within the star.

        >>> from physics.model.constants import HBARC_MEV_CM
        >>> s = star(1.0, 1e8)
        >>> round(float(np.exp(s.y_of_r(s.radius / 2))) / HBARC_MEV_CM**3 / 1e30, 6)  # 1e30 electrons/cm^3
        2.195336
        """
        r = np.asarray(r, dtype=np.float64)
        y = np.interp(r, self.r, np.log(self.n_e))
        for _ in range(60):  # r^2 is analytic in y, at the centre too
            slope = np.exp(self._value("ln_r2", y)) * (1 - (self.y_centre - y) * self.slope("ln_r2", y))
            step = np.clip((self.r2(y) - r**2) / slope, -0.5, 0.5)
            y = np.clip(y + step, self.y_surface, self.y_centre)
            if np.all(np.abs(step) < 1e-12):
                break
        return np.asarray(y)

    def shells(self, n: int = 24, panels: int = 16) -> tuple[FloatArray, FloatArray]:
        """Nodes y and weights [cm^3] with which sum(weight * f(y)) is the integral of f over the star's volume.

        Gauss-Legendre in the root of y_centre - y, in which the volume is analytic; from the centre outwards.

        >>> s = star(1.0, 1e8)
        >>> y, weight = s.shells()
        >>> round(float(np.sum(weight)) / (4 / 3 * math.pi * s.radius**3), 9)
        1.0
        """
        edges = np.linspace(0.0, math.sqrt(self.y_centre - self.y_surface), panels + 1)
        root, weight = (x.ravel() for x in gauss_panels(edges, n))
        y = self.y_centre - root**2
        return y, weight * 2 * root * self.volume(y)


def _fit(t: FloatArray, values: FloatArray) -> FloatArray:
    """Chebyshev coefficients through the nodes t, without the last ones, which are rounding only."""
    c = np.asarray(chebyshev.chebfit(t, values, t.size - 1), dtype=np.float64)
    return c[: int(np.flatnonzero(np.abs(c) > 1e-15 * np.max(np.abs(c)))[-1]) + 1]


@lru_cache(maxsize=64)
def star(mass: float = 1.0, temperature: float = 1e8, composition: Composition = COMPOSITIONS["C12"]) -> Star:
    """A white dwarf of given mass, temperature and composition; computed once per process.

    Parameters
    ----------
    mass : float
        Solar masses, 0.4 to 1.3.
    temperature : float
        Of the isothermal core [K].
    composition : Composition
        Nuclei; `COMPOSITIONS` has C12, O16 and their mixture by equal mass.

    Examples
    --------
    >>> s = star(1.0, 1e8)
    >>> round(s.radius / 1e5, 2), round(float(s.plasma(s.y_centre).omega_p2) ** 0.5 * 1e3, 4)  # km, keV
    (5417.38, 70.8062)
    """
    solution = hydrostatic(Salpeter(composition), mass)

    def y_of_x(x: float) -> float:
        return math.log((M_E * x) ** 3 / (3 * math.pi**2))

    y_centre, y_surface = y_of_x(solution.x_centre), y_of_x(solution.x_surface)
    t = np.cos(math.pi * (np.arange(_N_NODES) + 0.5) / _N_NODES)  # from the centre outwards
    y = 0.5 * (y_centre + y_surface) + 0.5 * (y_centre - y_surface) * t
    x = (3 * math.pi**2 * np.exp(y)) ** (1 / 3) / M_E
    T = K_B * temperature
    gas = electron_gas_of_density(np.exp(y), T)
    r2 = solution.r2(x)
    fitted = {
        "ln_r2": np.log(r2 / (y_centre - y)),
        "ln_omega_p2": np.log(gas.omega_p2),
        "v_star": gas.v_star,
        "ln_omega_a": np.log(gas.omega_a),
        "mu": gas.mu,
    }
    return Star(
        mass=mass,
        temperature=temperature,
        composition=composition,
        T=T,
        radius=solution.radius,
        x_centre=solution.x_centre,
        y_centre=y_centre,
        y_surface=y_surface,
        r=np.sqrt(r2),
        rho=density(x, composition.mu_e),
        n_e=gas.n_e,
        mu=gas.mu,
        omega_p=np.sqrt(gas.omega_p2),
        v_star=gas.v_star,
        omega_a=gas.omega_a,
        coefficients=MappingProxyType({name: _fit(t, values) for name, values in fitted.items()}),
    )
