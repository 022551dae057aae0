"""What several tests of the relic density share."""

import math

import numpy as np
import pytest

LEGENDRE = np.polynomial.legendre.leggauss(60)


def suppression(T_nu, m_X):
    """Gamma over its limit for a heavy X, summed over neutrino momenta and angles as it stands in the module's head."""
    k, of_k = 30 * T_nu * (1 + LEGENDRE[0]), 30 * T_nu * LEGENDRE[1]
    occupied = of_k * k**2 / (2 * math.pi**2) * np.exp(-k / T_nu) / (1 + np.exp(-k / T_nu)) ** 2
    c, of_c = LEGENDRE
    minus_t = 2 * np.multiply.outer(k**2, 1 - c)
    sigma = of_c * k[:, np.newaxis] ** 2 * (1 + c) / (4 * math.pi)  # d sigma/d cos(theta) / G^2
    full, heavy = (occupied @ np.sum(sigma * minus_t / (1 + minus_t * y) ** 2, axis=1) for y in (1 / m_X**2, 0))
    rate = 4 * heavy / (3 * T_nu)  # gamma m_psi/G^2
    assert rate == pytest.approx(10.17 * T_nu**6, rel=1e-3)
    return full / heavy


@pytest.fixture
def propagator():
    """Suppression of the scattering rate by the propagator, by brute force: a function of T_nu and m_X."""
    return suppression
