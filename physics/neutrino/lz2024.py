r"""Electron recoils in LZ, run WS2024 (3.3 t yr): LZ 2025; data as transcribed by the authors of SNuDD.

The 19 bins of 1 keV from 1 to 20 keV are compared with the background model b_i at its best fit, which contains the
solar neutrinos of the Standard Model, and with what X adds, s_i = N_i(x) - N_i(0). The norm of the background floats,
with a prior of `lz2024_background_error`:

    chi2 = min over a of sum_i (n_i - (1 + a) b_i - s_i)^2/b_i + (a/sigma)^2,

a polynomial of fourth degree in x = `coupling_product`, since s_i is one of second. `lz2024_chi2` is its difference
to the smallest value of any coupling at that mass. Light X is seen by its shape, heavy X by its norm: with a prior of
3 % instead of 10 % the limit is 5 % stronger at 0.1 MeV, 15 % at 15 MeV; without any it is 1 % and 12 % weaker.

Left out: the resolution (0.3 keV at 1 keV; the spectra of X are smooth), shapes of single backgrounds, the 15 % of
the RRPA ratio, the error of the fluxes (1 %).
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from physics.core.files import columns, table
from physics.core.graph import intermediate, observable
from physics.core.parameter import parameter
from physics.core.status import FloatArray, Outcome
from physics.neutrino.curve import package_curve
from physics.neutrino.detector import Signal, count_electrons
from physics.neutrino.limits import or_no_solution
from physics.neutrino.recoils import SolarScattering
from physics.neutrino.targets import target

__all__ = ["lz2024_chi2", "lz2024_g_X"]

_REFERENCE = "Amaral et al. 2020, eqs. (29), (32); LZ 2025; Chen et al. 2017"

parameter(
    "lz2024_background_error",
    "fractional error of the norm of LZ's background in WS2024, beside what its own counts say",
    label=r"$\sigma_B$ (LZ)",
    default=0.1,
    high=10.0,
)


class Quartic(NamedTuple):
    """chi2 as a polynomial in t = x/`unit`: coefficients of t^0 to t^4, the last is 1; t has the sign of x."""

    coefficients: FloatArray  # (5, ...)
    unit: FloatArray

    def __call__(self, t: FloatArray) -> FloatArray:
        """Values at t."""
        c = self.coefficients
        return np.asarray(c[0] + t * (c[1] + t * (c[2] + t * (c[3] + t * c[4]))))


@cache
def _signals() -> tuple[Signal, ...]:
    efficiency = package_curve("neutrino/lz2024_efficiency.csv")
    return tuple(Signal(e - 0.5, e + 0.5, efficiency) for e in columns("neutrino/lz2024_counts.csv")["E_keV"])


@intermediate(seconds=2e-4)
def lz2024_quartic(
    solar_scattering: SolarScattering,
    electron_binding: str,
    lz2024_background_error: FloatArray,
    product_per_coupling: float,
) -> Quartic:
    """Chi2 for couplings of the sign that there are."""
    _, observed, background = columns("neutrino/lz2024_counts.csv").values()
    exposure = table("neutrino/lz2024.toml")["exposure"]
    counts = [count_electrons(s, target("Xe"), solar_scattering, electron_binding) * exposure for s in _signals()]
    sign = np.sign(product_per_coupling)
    linear = np.stack([sign * c.linear for c in counts], axis=-1)
    quadratic = np.stack(np.broadcast_arrays(*(c.quadratic for c in counts)), axis=-1)
    norm = background.sum() + 1 / lz2024_background_error**2

    def product(u: FloatArray, v: FloatArray) -> FloatArray:
        return np.asarray((u * v / background).sum(axis=-1) - u.sum(axis=-1) * v.sum(axis=-1) / norm)

    excess = observed - background
    terms = (
        product(excess, excess), -2 * product(excess, linear), product(linear, linear) - 2 * product(excess, quadratic),
        2 * product(linear, quadratic), product(quadratic, quadratic),
    )  # fmt: skip
    unit = terms[4] ** -0.25
    return Quartic(np.stack(np.broadcast_arrays(*(c * unit**n for n, c in enumerate(terms)))), unit)


def _real_roots(coefficients: FloatArray) -> FloatArray:
    """Real roots of polynomials in the last axis, lowest power first, the highest coefficient not 0; else NaN."""
    degree = coefficients.shape[-1] - 1
    companion = np.zeros((*coefficients.shape[:-1], degree, degree))
    companion[..., 1:, :-1] = np.eye(degree - 1)
    companion[..., :, -1] = -coefficients[..., :-1] / coefficients[..., -1:]
    known = np.asarray(np.isfinite(companion).all(axis=(-2, -1)))
    roots = np.linalg.eigvals(np.where(known[..., None, None], companion, 0.0))
    real = np.abs(roots.imag) <= 1e-7 * (1e-3 + np.abs(roots.real))
    return np.where(real & known[..., None], roots.real, np.nan)


@intermediate(seconds=1e-5)
def lz2024_smallest(lz2024_quartic: Quartic) -> FloatArray:
    """The smallest chi2 of any coupling."""
    c = lz2024_quartic.coefficients
    stationary = _real_roots(np.moveaxis(c[1:] * np.arange(1, 5).reshape(-1, *(1,) * (c.ndim - 1)), 0, -1))
    at = np.moveaxis(np.where(stationary > 0, stationary, 0.0), -1, 0)
    return np.asarray(np.minimum(lz2024_quartic(at).min(axis=0), c[0]))


@observable(unit="1", label=r"$\Delta\chi^2$ (LZ 2024)", reference=_REFERENCE)
def lz2024_chi2(coupling_product: FloatArray, lz2024_quartic: Quartic, lz2024_smallest: FloatArray) -> FloatArray:
    """Chi2 of the electron recoils in LZ (WS2024, 1 to 20 keV) above the smallest of any coupling at that mass.

    The norm of the background floats. One degree of freedom.

    >>> import physics
    >>> physics.evaluate("lz2024_chi2", m_X=0.1, g_X=[0, 5e-6, 1e-5]).round(2)
    array([0.04, 0.  , 5.06])
    """
    return np.asarray(lz2024_quartic(np.abs(coupling_product) / lz2024_quartic.unit) - lz2024_smallest)


@observable(unit="1", label="$g_X$ (LZ 2024)", reference=_REFERENCE, seconds=1e-5)
def lz2024_g_X(
    lz2024_quartic: Quartic, lz2024_smallest: FloatArray, product_per_coupling: float, chi2_level: FloatArray
) -> Outcome:
    """Largest coupling that the electron recoils in LZ allow (WS2024, 1 to 20 keV).

    `chi2_level` counts from the smallest chi2 of any coupling at that mass.

    >>> import physics
    >>> limit = physics.evaluate("lz2024_g_X", m_X=0.1)
    >>> round(physics.evaluate("lz2024_chi2", m_X=0.1, g_X=limit), 6)
    2.7055
    """
    c = lz2024_quartic.coefficients
    shifted = np.stack(np.broadcast_arrays(c[0] - lz2024_smallest - chi2_level, *c[1:]), axis=-1)
    largest = np.nanmax(np.where(_real_roots(shifted) > 0, _real_roots(shifted), -np.inf), axis=-1)
    largest = np.where(largest > 0, largest, np.nan)
    return or_no_solution(np.sqrt(largest * lz2024_quartic.unit / abs(product_per_coupling)))
