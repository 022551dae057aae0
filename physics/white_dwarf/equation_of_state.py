r"""Cold matter: nuclei, and Salpeter's equation of state of electrons and ions.

Electrons at T = 0 with the corrections of Salpeter 1961, all in closed form in x = p_F/m_e: the ideal gas, the
Coulomb energy of the ions, the Thomas-Fermi correction to a uniform electron gas, and exchange (no correlation).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, Protocol

import numpy as np
import scipy
from numpy.typing import ArrayLike

from physics.core.status import FloatArray
from physics.model.constants import ALPHA, ATOMIC_MASS_G, HBARC_MEV_CM, M_E

__all__ = ["COMPOSITIONS", "Chandrasekhar", "Composition", "EquationOfState", "Salpeter", "density"]


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
        charges = list(zip(n, self.Z, strict=True))
        return float(sum(i * z**power for i, z in charges) / sum(i * z for i, z in charges))

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
    """Cold matter as a function of x = p_F/m_e, what hydrostatics needs."""

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
    """The difference x sqrt(1+x^2) - asinh x, without cancellation."""
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
    >>> from physics.model.constants import ERG_PER_MEV
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
        self._set("x_surface", scipy.optimize.brentq(self.pressure, 1e-3, 0.3, xtol=1e-16, rtol=1e-14))

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


def density(x: ArrayLike, mu_e: float) -> FloatArray:
    """Density of mass [g/cm^3] at x = p_F/m_e, for mu_e atomic mass units per electron."""
    return np.asarray((M_E * np.asarray(x)) ** 3 / (3 * math.pi**2) / HBARC_MEV_CM**3 * mu_e * ATOMIC_MASS_G)
