"""Decay of phi: Kamada et al. 2018, appendix C.

Above 2 m_X phi decays to two X (C1), between m_X and 2 m_X to X and a pair of neutrinos through a virtual X (C2). The
integral of (C2) goes on above 2 m_X, and is then twice (C1), as either X may be the real one: the two are never added.
w in (C3), which the paper does not define, is Gamma_X/m_X; it matters within about w of the threshold only. Below m_X
phi decays to four neutrinos, which is not here.
"""

from __future__ import annotations

import math

import numpy as np

from physics.core.branch import Domain
from physics.core.registration import observable
from physics.core.status import FloatArray
from physics.dark_matter.self_interaction.model import PHI_EXISTS
from physics.model.constants import HBAR_MEV_S

__all__ = ["gamma_phi_XX", "gamma_phi_X_neutrinos", "tau_phi", "three_body_integral"]

_PANELS = 24
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)

ABOVE_X = Domain(
    "m_X < m_phi < infinity and g_X > 0: phi decays to X",
    lambda m_phi, m_X, g_X: (m_phi > m_X) & np.isfinite(m_phi) & (g_X > 0),
)


def three_body_integral(r: FloatArray, w: FloatArray) -> FloatArray:
    r"""Equation (C3), F(r) with r = m_phi/m_X > 1 and w = Gamma_X/m_X; to 1e-9.

    With x = s/m_X^2 of the virtual X, the integral over y is [(r^2-x-1)^2/4 + x] S - S^3/12 with S = y_max - y_min. The
    propagator is flattened by x = 1 + w sinh(u), and the root in S at the largest x by a square; a quadrature that
    steps over the peak of width w ~ 1e-8 would see nothing.

    Parameters
    ----------
    r, w : array_like
        Broadcast against each other.

    Examples
    --------
    >>> three_body_integral(np.array([1.1, 1.5]), np.array(6.631455962162307e-09)).round(9)
    array([1.7525000e-05, 9.4241167e-02])
    """
    r, w = (np.asarray(a, dtype=np.float64)[..., np.newaxis] for a in np.broadcast_arrays(r, w))
    t = ((np.arange(_PANELS)[:, np.newaxis] + 0.5 * (1 + _NODES)) / _PANELS).ravel()
    weight = np.tile(0.5 * _WEIGHTS / _PANELS, _PANELS)
    top = np.arcsinh(r * (r - 2) / w)  # (r-1)^2 - 1
    span = top + np.arcsinh(1 / w)
    u = top - span * t**2
    x = 1 + w * np.sinh(u)
    S2 = np.maximum((r - 1) ** 2 - x, 0.0) * ((r + 1) ** 2 - x)
    inner = ((r * r - x - 1) ** 2 / 4 + x) * np.sqrt(S2) - S2**1.5 / 12
    value: FloatArray = np.sum(weight * 2 * span * t * inner / (w * np.cosh(u)), axis=-1)
    return value


@observable(
    unit="MeV", label=r"$\Gamma(\phi\to XX)$", reference="Kamada et al. 2018, eq. (C1)", domain=PHI_EXISTS,
    when={"gauge_group": "Lmu-Ltau"},
)  # fmt: skip
def gamma_phi_XX(m_X: FloatArray, g_X: FloatArray, m_phi: FloatArray) -> FloatArray:
    """Width of phi into two X; 0 below threshold.

    For m_phi >> m_X it is that into Goldstone bosons, m_phi^3/(32 pi v_Phi^2).

    >>> import physics
    >>> physics.evaluate("gamma_phi_XX", m_X=10, g_X=5e-4, m_phi=[20, 30]) * 1e7
    array([0.        , 3.52174175])
    """
    ratio = np.minimum(m_X / m_phi, 0.5)
    root = np.sqrt((1 - 2 * ratio) * (1 + 2 * ratio))
    width: FloatArray = g_X**2 * m_phi / (32 * math.pi) * root * (1 - 4 * ratio**2 + 12 * ratio**4) / ratio**2
    return width


@observable(
    unit="MeV", label=r"$\Gamma(\phi\to X\nu\bar\nu)$", reference="Kamada et al. 2018, eqs. (C2)-(C5)",
    domain=ABOVE_X, when={"gauge_group": "Lmu-Ltau"}, seconds=2e-5,
)  # fmt: skip
def gamma_phi_X_neutrinos(
    m_X: FloatArray, g_X: FloatArray, m_phi: FloatArray, gamma_X_neutrinos: FloatArray
) -> FloatArray:
    """Width of phi into X and neutrinos through a virtual X; 0 where phi -> X X is open, which has these decays in it.

    >>> import physics
    >>> physics.evaluate("gamma_phi_X_neutrinos", m_X=10, g_X=5e-4, m_phi=15) * 1e17
    1.75...
    """
    r = np.minimum(m_phi / m_X, 2.0)
    integral = three_body_integral(np.maximum(r, 1.0), gamma_X_neutrinos / m_X)
    return np.where(m_phi > 2 * m_X, 0.0, g_X**4 * m_X / (32 * math.pi**3 * r**3) * integral)


@observable(unit="s", label=r"$\tau_\phi$", reference="Kamada et al. 2018, eqs. (C1)-(C5)", domain=ABOVE_X)
def tau_phi(gamma_phi_XX: FloatArray, gamma_phi_X_neutrinos: FloatArray) -> FloatArray:
    """Mean lifetime of phi at rest, for m_phi > m_X.

    Below a second phi is gone before nucleosynthesis: not for all m_phi > m_X, as the paper has it, but from 1.059 m_X
    on at (10 MeV, 5e-4), 1.033 m_X at (50 MeV, 7e-4).

    >>> import physics
    >>> physics.evaluate("tau_phi", m_X=10, g_X=5e-4, m_phi=[10.1, 10.5935, 15, 30])
    array([6.6723...e+03, 1.00...e+00, 3.7421...e-05, 1.8689...e-15])
    """
    return HBAR_MEV_S / (gamma_phi_XX + gamma_phi_X_neutrinos)
