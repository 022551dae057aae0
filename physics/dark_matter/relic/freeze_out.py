"""Freeze-out of psi: Drees & Zhao 2021, eqs. (3.2), (3.3), (3.7).

Numerical accuracy: relic_integrator "tables" is within 1e-6 of "quadrature", and takes that where its tables do not
reach (from_tables.py); "quadrature" is exact to 1e-9 at any distance from the pole and for any width.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from physics.core.registration import branch, intermediate, observable
from physics.core.status import FloatArray, Outcome
from physics.dark_matter.relic.exact import freeze_out_points
from physics.dark_matter.relic.freeze_out_equation import FreezeOutEquation
from physics.dark_matter.relic.from_tables import solve_from_tables, status_of
from physics.dark_matter.relic.integrator import QUADRATURE, TABLES
from physics.model.constants import SIGMA_V_CM3_PER_S
from physics.model.lagrangian import PSI_PERTURBATIVE

__all__ = [
    "FreezeOut",
    "annihilation_integral",
    "freeze_out",
    "sigma_v_freeze_out",
    "x_freeze_out",
]


class FreezeOut(NamedTuple):
    """The freeze-out temperature x_f = m_psi/T_f, and the integral J of <sigma v> in MeV^-2."""

    x_f: FloatArray
    integral: FloatArray
    per_strength: FloatArray  # MeV^-2

    @property
    def sigma_v(self) -> FloatArray:
        """<sigma v>(x_f) in MeV^-2: what eq. (3.3) asks for."""
        rate: FloatArray = self.per_strength * np.exp(self.x_f) * np.sqrt(self.x_f)
        return rate


@intermediate(when=TABLES, seconds=1e-6)
def freeze_out(freeze_out_equation: FreezeOutEquation) -> Outcome:
    """Solve eq. (3.3), largest root, and integrate eq. (3.7); status 3 where psi never thermalises."""
    e = freeze_out_equation
    x_f, integral, status = solve_from_tables(e)
    return Outcome(FreezeOut(x_f, e.scale * integral, e.scale / e.strength), status)


@branch("freeze_out", when=QUADRATURE, seconds=1e-4)
def freeze_out_by_quadrature(freeze_out_equation: FreezeOutEquation) -> Outcome:
    """The same, exactly."""
    e, n = freeze_out_equation, freeze_out_equation.couplings.size
    points = (e.strength, e.d, e.w, e.pairs)
    strength, d, w, pairs = (np.ascontiguousarray(np.broadcast_to(a, e.shape)).ravel() for a in points)
    y_f = np.broadcast_to(e.y_f, (*e.shape, n)).reshape(-1, n)
    x_f, _, integral = freeze_out_points(strength, d, w, e.couplings, y_f, pairs)
    x_f, integral = x_f.reshape(e.shape), integral.reshape(e.shape)
    return Outcome(FreezeOut(x_f, e.scale * integral, e.scale / e.strength), status_of(x_f))


@observable(unit="1", label=r"$x_f$", reference="Drees & Zhao 2021, eq. (3.3)", domain=PSI_PERTURBATIVE)
def x_freeze_out(freeze_out: FreezeOut) -> FloatArray:
    """Freeze-out temperature x_f = m_psi/T_f, the largest solution of eq. (3.3).

    No solution (status 3): there is none above 0.3, psi never thermalised.

    >>> import physics
    >>> physics.evaluate("x_freeze_out", m_X=15, g_X=[1e-6, 5e-4], mass_ratio=0.506, q_psi=1)
    array([        nan, 14.511...])
    """
    return freeze_out.x_f


@observable(
    unit="cm^3/s",
    label=r"$\langle\sigma v\rangle(x_f)$",
    reference="Drees & Zhao 2021, eq. (3.2)",
    domain=PSI_PERTURBATIVE,
)
def sigma_v_freeze_out(freeze_out: FreezeOut) -> FloatArray:
    """Thermal average of sigma v at freeze-out, for Dirac psi, not halved; status 3 where there is no freeze-out.

    >>> import physics
    >>> physics.evaluate("sigma_v_freeze_out", m_X=15, g_X=5e-4, mass_ratio=0.506, q_psi=1)
    4.155...e-26
    """
    return freeze_out.sigma_v * SIGMA_V_CM3_PER_S


@observable(unit="cm^3/s", label=r"$J$", reference="Drees & Zhao 2021, eq. (3.7)", domain=PSI_PERTURBATIVE)
def annihilation_integral(freeze_out: FreezeOut) -> FloatArray:
    """Annihilation after freeze-out, J = Int <sigma v>/x^2 dx from x_f to infinity; status 3 without freeze-out.

    >>> import physics
    >>> physics.evaluate("annihilation_integral", m_X=15, g_X=5e-4, mass_ratio=0.506, q_psi=1)
    8.2...e-27
    """
    return freeze_out.integral * SIGMA_V_CM3_PER_S
