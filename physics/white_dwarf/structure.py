r"""A white dwarf in hydrostatic equilibrium, and its isothermal plasma.

Electrons at T = 0 with the corrections of Salpeter 1961, all in closed form in x = p_F/m_e: the ideal gas, the
Coulomb energy of the ions, the Thomas-Fermi correction to a uniform electron gas, and exchange (no correlation).
Newtonian gravity (general relativity: R smaller by 0.26 %, rho_c larger by 1 %, at 1 Msun). The temperature enters only
where the plasma is made of the density: the electrons' chemical potential is exact at finite temperature.

What not to trust: the pressure of Salpeter vanishes at 20 g/cm^3 (carbon), where the star ends; real surface layers are
neither cold nor isothermal, and below 1e4 g/cm^3 the electrons are not degenerate at 1e8 K. Nothing but transverse
resonances of m_X < 2 keV comes from there. Crystallisation, envelope, correlation: not included.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple, Protocol

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import ArrayLike
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from physics.core.parameter import parameter
from physics.core.status import FloatArray
from physics.model.constants import ALPHA, ATOMIC_MASS_G, ERG_PER_MEV, G_NEWTON, HBARC_MEV_CM, K_B, M_E, M_SUN_G
from physics.white_dwarf.plasma import Plasma, electron_gas_of_density

__all__ = [
    "COMPOSITIONS",
    "Chandrasekhar",
    "Composition",
    "EquationOfState",
    "Hydrostatic",
    "Salpeter",
    "Star",
    "hydrostatic",
    "star",
]

parameter("wd_mass", "mass of the white dwarf", unit="Msun", label=r"$M_\mathrm{WD}$", default=1.0)
parameter("wd_temperature", "temperature of the white dwarf's core", unit="K", label=r"$T_\mathrm{WD}$", default=1e8)


class Composition(NamedTuple):
    """Nuclei: charges, mass numbers, and their shares of the mass."""

    Z: tuple[float, ...]
    A: tuple[float, ...]
    share: tuple[float, ...]

    def mean_Z(self, power: float) -> float:
        """<Z^power>/<Z>, averaged over the ions: 4 pi alpha^2 n_e <Z^2>/<Z> is what scatters electrons.

        >>> COMPOSITIONS["C12"].mean_Z(2)
        6.0
        """
        n = [s / a for s, a in zip(self.share, self.A, strict=True)]
        return sum(i * z**power for i, z in zip(n, self.Z, strict=True)) / sum(
            i * z for i, z in zip(n, self.Z, strict=True)
        )

    @property
    def mu_e(self) -> float:
        """Atomic mass units per electron."""
        return sum(self.share) / sum(s * z / a for s, z, a in zip(self.share, self.Z, self.A, strict=True))


COMPOSITIONS: Mapping[str, Composition] = MappingProxyType(
    {
        "C12": Composition((6,), (12,), (1,)),
        "O16": Composition((8,), (16,), (1,)),
        "CO": Composition((6, 8), (12, 16), (0.5, 0.5)),
    }
)


class EquationOfState(Protocol):
    """Cold matter as a function of x = p_F/m_e, as far as hydrostatics needs it."""

    @property
    def mu_e(self) -> float:
        """Atomic mass units per electron."""

    @property
    def x_surface(self) -> float:
        """Where the pressure vanishes."""

    def energy_per_electron(self, x: float) -> float:
        """d(energy density)/d n_e [MeV]: the enthalpy per electron."""

    def energy_slope(self, x: float) -> float:
        """Its derivative with respect to x [MeV]."""


@dataclass(frozen=True)
class Chandrasekhar:
    """Ideal degenerate electrons: the limit for tests.

    >>> round(Chandrasekhar(2.0).pressure(1.0), 9)  # MeV^4
    0.000354031
    """

    mu_e: float = 2.0
    x_surface: float = 0.0

    def pressure(self, x: float) -> float:
        """Pressure [MeV^4]."""
        return _ideal_pressure(x)

    def energy_per_electron(self, x: float) -> float:
        """Fermi energy [MeV]."""
        return M_E * math.sqrt(1 + x * x)

    def energy_slope(self, x: float) -> float:
        """Its derivative with respect to x [MeV]."""
        return M_E * x / math.sqrt(1 + x * x)


def _ideal_pressure(x: float) -> float:
    if x < 0.03:  # the closed form cancels
        return M_E**4 / (24 * math.pi**2) * x**5 * (8 / 5 + x * x * (-4 / 7 + x * x / 3))
    return M_E**4 / (24 * math.pi**2) * (x * (2 * x * x - 3) * math.sqrt(1 + x * x) + 3 * math.asinh(x))


def _x_b_minus_asinh(x: float) -> float:
    """X sqrt(1+x^2) - asinh x, without cancellation."""
    if x < 0.02:
        return x**3 * (2 / 3 + x * x * (-1 / 5 + x * x * 3 / 28))
    return x * math.sqrt(1 + x * x) - math.asinh(x)


@dataclass(frozen=True)
class Salpeter:
    """Salpeter's zero-temperature equation of state; mixtures by the linear mixing rule.

    Per electron: Coulomb -k_C x with k_C = (9/10) (4/9pi)^(1/3) alpha m_e <Z^5/3>/<Z>, Thomas-Fermi
    -k_TF sqrt(1+x^2) with k_TF = (162/175) (4/9pi)^(2/3) alpha^2 m_e <Z^7/3>/<Z>; exchange per volume
    (alpha m_e^4/4pi^3) [3/2 (x b - asinh x)^2 - x^4], b = sqrt(1+x^2).

    Parameters
    ----------
    composition : Composition
        Nuclei.
    exchange : bool
        With the exchange energy.

    Examples
    --------
    >>> eos = Salpeter(COMPOSITIONS["C12"])
    >>> round(eos.pressure(0.1) * ERG_PER_MEV / HBARC_MEV_CM**3 / 1e17, 4)  # 1e17 dyn/cm^2
    7.4853
    """

    composition: Composition
    exchange: bool = True
    mu_e: float = field(init=False)
    coulomb: float = field(init=False)
    thomas_fermi: float = field(init=False)
    exchange_density: float = field(init=False)
    x_surface: float = field(init=False)

    def __post_init__(self) -> None:
        third = (4 / (9 * math.pi)) ** (1 / 3)
        self._set("mu_e", self.composition.mu_e)
        self._set("coulomb", 0.9 * third * ALPHA * M_E * self.composition.mean_Z(5 / 3))
        self._set("thomas_fermi", 162 / 175 * third**2 * ALPHA**2 * M_E * self.composition.mean_Z(7 / 3))
        self._set("exchange_density", ALPHA * M_E**4 / (4 * math.pi**3) if self.exchange else 0.0)
        self._set("x_surface", brentq(self.pressure, 1e-3, 0.3, xtol=1e-16, rtol=1e-14))

    def _set(self, name: str, value: float) -> None:
        object.__setattr__(self, name, value)  # derived once, then frozen

    def pressure(self, x: float) -> float:
        """Pressure [MeV^4]; zero at x_surface."""
        b, a = math.sqrt(1 + x * x), _x_b_minus_asinh(x)
        n = (M_E * x) ** 3 / (3 * math.pi**2)
        ions = n * (self.coulomb * x + self.thomas_fermi * x * x / b) / 3
        exchange = self.exchange_density * (x / 3 * (6 * a * x * x / b - 4 * x**3) - (1.5 * a * a - x**4))
        return _ideal_pressure(x) - ions + exchange

    def energy_per_electron(self, x: float) -> float:
        """d(energy density)/d n_e [MeV]."""
        b = math.sqrt(1 + x * x)
        exchange = self.exchange_density * math.pi**2 / M_E**3 * (6 * _x_b_minus_asinh(x) / b - 4 * x)
        return M_E * b - 4 / 3 * self.coulomb * x - self.thomas_fermi * (b + x * x / (3 * b)) + exchange

    def energy_slope(self, x: float) -> float:
        """Its derivative with respect to x [MeV]."""
        b = math.sqrt(1 + x * x)
        exchange = 12 * (x / b) ** 2 - 6 * _x_b_minus_asinh(x) * x / b**3 - 4
        return (
            M_E * x / b
            - 4 / 3 * self.coulomb
            - self.thomas_fermi * (5 / 3 * x / b - (x / b) ** 3 / 3)
            + self.exchange_density * math.pi**2 / M_E**3 * exchange
        )


def _rho(x: ArrayLike, mu_e: float) -> FloatArray:
    """Density of mass [g/cm^3]."""
    return np.asarray((M_E * np.asarray(x)) ** 3 / (3 * math.pi**2) / HBARC_MEV_CM**3 * mu_e * ATOMIC_MASS_G)


class Hydrostatic(NamedTuple):
    """A solution: x at the centre and the surface, radius [cm], mass [g], and r^2(x) [cm^2] for arrays of x."""

    x_centre: float
    x_surface: float
    radius: float
    mass: float
    r2: object


def _integrate(eos: EquationOfState, x_centre: float, dense: bool = False) -> Hydrostatic:
    """From the centre outwards, with x as the independent variable.

    dh/dr = -G m/r^2 with the specific enthalpy h(x); u = r^2 and v = m/r are analytic in h at the centre:
    du/dh = -2 u/(G v), dv/dh = (1 - 4 pi rho u/v)/G.
    """
    per_gram = ERG_PER_MEV / (eos.mu_e * ATOMIC_MASS_G)
    density = float(_rho(1.0, eos.mu_e))

    def slopes(x: float, y: FloatArray) -> list[float]:
        dh = eos.energy_slope(x) * per_gram / G_NEWTON
        ratio = y[0] / y[1]
        return [-2 * ratio * dh, (1 - 4 * math.pi * density * x**3 * ratio) * dh]

    x_start = x_centre * (1 - 1e-7)
    d = (eos.energy_per_electron(x_centre) - eos.energy_per_electron(x_start)) * per_gram
    start = [6 * d / (4 * math.pi * G_NEWTON * density * x_centre**3), 2 * d / G_NEWTON]
    solution = solve_ivp(
        slopes, (x_start, eos.x_surface), start, method="DOP853", rtol=1e-13, atol=0.0, dense_output=dense
    )
    u, v = solution.y[:, -1]
    inner = start[0] / (x_centre - x_start)

    def r2(x: FloatArray) -> FloatArray:
        outside = solution.sol(np.clip(x, eos.x_surface, x_start))[0]
        return np.where(x > x_start, inner * np.maximum(x_centre - x, 0.0), outside)

    return Hydrostatic(x_centre, eos.x_surface, math.sqrt(u), v * math.sqrt(u), r2 if dense else None)


def hydrostatic(eos: EquationOfState, mass: float) -> Hydrostatic:
    """The star of a given mass.

    Parameters
    ----------
    eos : EquationOfState
        `Salpeter`, or `Chandrasekhar`.
    mass : float
        Solar masses, 0.3 to 1.35.

    Returns
    -------
    Hydrostatic

    Examples
    --------
    >>> round(hydrostatic(Salpeter(COMPOSITIONS["C12"]), 1.0).radius / 1e5, 2)  # km
    5417.38
    """
    ln_x = brentq(
        lambda ln_x: _integrate(eos, math.exp(ln_x)).mass / (mass * M_SUN_G) - 1,
        math.log(0.4),
        math.log(9.0),
        xtol=1e-14,
        rtol=1e-14,
    )
    return _integrate(eos, math.exp(ln_x), dense=True)


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
        return float(_rho(self.x_centre, self.composition.mu_e))

    def _t(self, y: ArrayLike) -> FloatArray:
        return np.asarray((2 * np.asarray(y) - self.y_surface - self.y_centre) / (self.y_centre - self.y_surface))

    def _value(self, name: str, y: ArrayLike) -> FloatArray:
        return np.asarray(chebyshev.chebval(self._t(y), self.coefficients[name]))

    def slope(self, name: str, y: ArrayLike) -> FloatArray:
        """D/dy of a fitted function: ln_omega_p2, v_star, ln_omega_a, mu, or ln_r2 = ln[r^2/(y_centre - y)]."""
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
        """Ln(omega_p^2/MeV^2) at y."""
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
        """ln(n_e/MeV^3) at radius r [cm], by Newton's method; r within the star.

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
        return y

    def shells(self, n: int = 24, panels: int = 16) -> tuple[FloatArray, FloatArray]:
        """Nodes y and weights [cm^3] with which sum(weight * f(y)) is the integral of f over the star's volume.

        Gauss-Legendre in the root of y_centre - y, in which the volume is analytic; from the centre outwards.

        >>> s = star(1.0, 1e8)
        >>> y, weight = s.shells()
        >>> round(float(np.sum(weight)) / (4 / 3 * math.pi * s.radius**3), 9)
        1.0
        """
        nodes, weights = np.polynomial.legendre.leggauss(n)
        half = 0.5 * math.sqrt(self.y_centre - self.y_surface) / panels
        root = (2 * half * np.arange(panels)[:, np.newaxis] + half * (1 + nodes)).ravel()
        y = self.y_centre - root**2
        return y, np.tile(half * weights, panels) * 2 * root * self.volume(y)


def _fit(t: FloatArray, values: FloatArray) -> FloatArray:
    """Chebyshev coefficients through the nodes t, those that are rounding only cut off."""
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

    Returns
    -------
    Star

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
    r2 = solution.r2(x)  # type: ignore[operator]
    return Star(
        mass,
        temperature,
        composition,
        T,
        solution.radius,
        solution.x_centre,
        y_centre,
        y_surface,
        np.sqrt(r2),
        _rho(x, composition.mu_e),
        gas.n_e,
        gas.mu,
        np.sqrt(gas.omega_p2),
        gas.v_star,
        gas.omega_a,
        MappingProxyType(
            {
                "ln_r2": _fit(t, np.log(r2 / (y_centre - y))),
                "ln_omega_p2": _fit(t, np.log(gas.omega_p2)),
                "v_star": _fit(t, gas.v_star),
                "ln_omega_a": _fit(t, np.log(gas.omega_a)),
                "mu": _fit(t, gas.mu),
            }
        ),
    )
