r"""On-shell X from damped photons: the energy loss between resonance and the four-fermion regime.

A photon of the plasma is no sharp state: collisions damp it at a rate Gamma. X mixes with it, and is emitted on shell
off the resonance too (Redondo & Raffelt 2013; An et al. 2013). With K = (omega, k), omega^2 = k^2 + m_X^2, the energy
lost per volume and time is

    Q_T = (eps^2/pi^2)    Int k^2 dk n_B(omega) m^4 omega Gamma / [(m^2 - Pi_T)^2 + (omega Gamma)^2]
    Q_L = (eps^2/(2pi^2)) Int k^2 dk n_B(omega) m^2 (Gamma/omega) / [eps_L^2 + (Gamma/omega)^2]

for the two transverse and the longitudinal polarisation, Pi_T = omega_p^2 g_t(v_* k/omega),
eps_L = 1 - omega_p^2 g_l(v_* k/omega)/omega^2. Gamma is the rate of absorption less that of stimulated emission; that
of emission is Gamma n_B (detailed balance), so that no further 1 - e^(-omega/T) belongs here. For Gamma -> 0 the
Lorentzians become pi delta(m^2 - Pi_T) and pi delta(eps_L): the resonant emission of cooling.py, whatever Gamma.

**No double counting.** At a given energy and polarisation some layer of the star is on resonance, or none is. In the
first case the narrow limit is the whole line (its wings: 0.3 % of the resonant emission, see the tests); in the second
there is no line, and the Lorentzian is what is counted here. Off resonance it goes as eps^2 Gamma n_B, that is as
g_X^2 e^(-m_X/T).

**How far to trust it.** Gamma within a factor of 2 (damping_rates.py), g_X at a given loss within 1.4. The core is
isothermal, and X escapes or decays to neutrinos (energy_loss.py).
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import scipy

from physics.core.status import FloatArray
from physics.model.constants import HBARC_MEV_CM
from physics.white_dwarf.damping_rates import panels, photon_damping
from physics.white_dwarf.dispersion import g_l, g_t
from physics.white_dwarf.star import Star, star

__all__ = ["DampedEmission", "DampedTables", "damped_emission"]

_REACH = 45.0  # e^-45 of the spectrum is neglected


class DampedEmission:
    """Emission of on-shell X by a star with damped photons, per mixing squared.

    Parameters
    ----------
    of : Star
        The star.
    scale : float
        Factor on Gamma, for tests and for the band of uncertainty (0.5 to 2).
    cells : int
        Radial cells. In each, Pi is linear, and the Lorentzian integrated in closed form, however narrow.
    """

    def __init__(self, of: Star, scale: float = 1.0, cells: int = 240) -> None:
        self.star, self.T = of, of.T
        self.t = np.linspace(0.0, math.sqrt(of.y_centre - of.y_surface), cells + 1)  # dV/dt, r(t), Pi(t) are analytic
        self.y = np.clip(of.y_centre - self.t**2, of.y_surface, of.y_centre)
        plasma = of.plasma(self.y)
        self.omega_p2, self.v_star = plasma.omega_p2, plasma.v_star
        middle = (self.t[1:] + self.t[:-1]) / 2
        y = of.y_centre - middle**2
        self.volume = of.volume(y) * 2 * middle * np.diff(self.t) / HBARC_MEV_CM**3  # of a cell [MeV^-3]
        self.depth = self.volume * HBARC_MEV_CM**2 / (4 * math.pi * of.r2(y))  # its thickness [MeV^-1]
        self._ln_gamma = self._damping(scale)
        top = self.omega_p2[0] * float(g_t(self.v_star[0]))
        self.edges = math.sqrt(self.omega_p2[0]), math.sqrt(top)  # L, and T up to the second, resonate below [MeV]

    def _damping(self, scale: float, n_y: int = 32, n_omega: int = 56) -> scipy.interpolate.RectBivariateSpline:
        y = np.linspace(self.star.y_surface, self.star.y_centre, n_y)
        self._least = 1e-3 * self.T
        ln_omega = np.linspace(math.log(self._least), math.log(210 * self.T + 2.0), n_omega)
        omega, Z = np.exp(ln_omega), self.star.composition.mean_Z(2)
        p = self.star.plasma(y)
        rows = [
            photon_damping(omega, n_e, mu, self.T, Z, math.sqrt(omega_p2))
            for n_e, mu, omega_p2 in zip(p.n_e.tolist(), p.mu.tolist(), p.omega_p2.tolist(), strict=True)
        ]
        return scipy.interpolate.RectBivariateSpline(y, ln_omega, math.log(scale) + np.log(np.array(rows)))

    def damping(self, omega: FloatArray) -> FloatArray:
        """Gamma [MeV] at the radial nodes, from the centre, and at ascending energies [MeV]: shape (nodes, omega)."""
        omega = np.maximum(omega, self._least)
        return np.asarray(np.exp(self._ln_gamma(self.y[::-1], np.log(omega))[::-1]))

    def _lines(self, m: float, omega: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Int weight (m^4 omega Gamma/[...], m^2 (Gamma/omega)/[...]) over the star: T and L, at ascending energies."""
        gamma = self.damping(omega)
        k = np.sqrt((omega - m) * (omega + m))
        u = self.v_star[:, np.newaxis] * k / omega
        transverse = m**2 - self.omega_p2[:, np.newaxis] * g_t(u)
        longitudinal = 1 - self.omega_p2[:, np.newaxis] * g_l(u) / omega**2
        return (
            m**4 * _lorentzians(transverse, omega * gamma, weight),
            m**2 * _lorentzians(longitudinal, gamma / omega, weight),
        )

    def _integral(self, m: float, s: FloatArray, ds: FloatArray, start: float) -> tuple[float, float]:
        """Luminosities of T and L times e^(m/T), with omega = start + T s^2."""
        omega = start + self.T * s**2
        bose = np.exp((m - omega) / self.T) / -np.expm1(-omega / self.T)
        weight = 2 * self.T * s * ds * omega * np.sqrt((omega - m) * (omega + m)) * bose
        transverse, longitudinal = self._lines(m, omega, self.volume)
        return float(transverse @ weight) / math.pi**2, float(longitudinal @ weight) / (2 * math.pi**2)

    def complete(self, m: float) -> float:
        """Luminosity with the full Lorentzians at all energies, times e^(m/T): for tests [MeV^2/eps^2]."""
        s, ds = panels(np.linspace(0.0, math.sqrt(_REACH), 41), 12)
        return sum(self._integral(m, s, ds, m))

    def off_resonance(self, m: float) -> float:
        """Luminosity at the energies at which no layer of the star is on resonance, times e^(m/T) [MeV^2/eps^2]."""
        whole = math.sqrt(_REACH)
        inner, outer = self.edges
        start, end = m, whole
        if m < inner:  # L: on resonance below the frequency at the centre
            start = scipy.optimize.brentq(self._eps_L, max(m, 0.5 * inner), 4 * inner, args=(m,), xtol=1e-15)
        s, ds = panels(np.array([0.0, 0.1, 0.35, 1.0, 3.0]) / 3.0 * whole, 16)
        longitudinal = self._integral(m, s, ds, start)[1]
        if m <= inner:  # T: on resonance at all energies
            return longitudinal
        if m < outer and self._resonates(whole, m) < 0:  # T: on resonance above an energy
            end = scipy.optimize.brentq(self._resonates, 0.0, whole, args=(m,), xtol=1e-14)
        z, dz = panels(np.array([0.0, 0.1, 0.35, 1.0]), 16)  # graded towards the end
        return longitudinal + self._integral(m, end * (1 - z[::-1] ** 2), 2 * end * (z * dz)[::-1], m)[0]

    def _eps_L(self, omega: float, m: float) -> float:
        u = float(self.v_star[0]) * math.sqrt(max(1 - (m / omega) ** 2, 0.0))
        return 1 - float(self.omega_p2[0] * g_l(u)) / omega**2

    def _resonates(self, s: float, m: float) -> float:
        omega = m + self.T * s**2
        u = float(self.v_star[0]) * math.sqrt(max(1 - (m / omega) ** 2, 0.0))
        return m**2 - float(self.omega_p2[0] * g_t(u))

    def optical_depth(self, m: float) -> float:
        """Optical depth from centre to surface for X of energy m + 3T/2, averaged over polarisations [1/eps^2]."""
        omega = np.array([m + 1.5 * self.T])
        transverse, longitudinal = self._lines(m, omega, self.depth)
        k = math.sqrt((omega[0] - m) * (omega[0] + m))
        return float(2 * transverse[0] + longitudinal[0]) / (3 * k)


def _lorentzians(x: FloatArray, gamma: FloatArray, weight: FloatArray) -> FloatArray:
    """Int weight gamma/(x^2 + gamma^2), x linear in each cell: shapes (nodes, n), (nodes, n), (cells) -> (n)."""
    x1, x2 = x[:-1], x[1:]
    width = np.sqrt(gamma[1:] * gamma[:-1])
    dx, mean = x2 - x1, (x1 + x2) / 2
    flat = np.abs(dx) < 1e-3 * np.abs(mean)
    angle = np.arctan2(dx * width, width**2 + x1 * x2)  # of two arctangents the difference, to all digits
    inside = np.where(flat, width / (mean**2 + width**2), angle / np.where(flat, 1.0, dx))
    return np.asarray(weight @ inside)


# ---- Tables


class _Table:
    """m^2 e^(-m/T) f(m), from nodes of m^2 f(m): ln f is interpolated in ln m, and constant beyond the nodes."""

    def __init__(self, nodes: FloatArray, values: FloatArray, inverse_T: float) -> None:
        self.low, self.high = math.log(nodes[0]), math.log(nodes[-1])
        self.inverse_T = inverse_T
        self.ln = scipy.interpolate.PchipInterpolator(
            np.log(nodes), np.log(np.maximum(values, 1e-300)) - 2 * np.log(nodes)
        )

    def __call__(self, m: FloatArray) -> FloatArray:
        ln_m = np.log(m)
        return np.asarray(np.exp(self.ln(np.clip(ln_m, self.low, self.high)) + 2 * ln_m - m * self.inverse_T))


class DampedTables:
    """What observables need of a star.

    luminosity [MeV^2/eps^2], optical_depth [1/eps^2] : functions of m_X [MeV]
    radius : [cm]
    """

    def __init__(self, emission: DampedEmission) -> None:
        inner, outer = emission.edges
        T = emission.T
        near = np.geomspace(1e-4, 0.15, 22)
        nodes = np.concatenate(
            [
                np.geomspace(1e-5, max(2.0, 150 * T), 90),
                *(edge * (1 + sign * near) for edge in (inner, outer) for sign in (-1, 1)),
                [inner, outer],
            ]
        )
        nodes = np.unique(nodes)
        self.luminosity = _Table(nodes, np.array([emission.off_resonance(m) for m in nodes]), 1 / T)
        self.optical_depth = _Table(nodes, np.array([emission.optical_depth(m) for m in nodes]), 0.0)
        self.radius = emission.star.radius


@lru_cache(maxsize=64)
def damped_emission(wd_mass: float, wd_temperature: float) -> DampedTables:
    """Tables of a star of given mass [Msun] and temperature [K], built once per process (1 to 2 s).

    >>> tables = damped_emission(1.0, 1e8)
    >>> tables.luminosity(np.array([0.1, 0.2])) / 1e13  # falls as e^(-m/T), and a bit faster
    array([...])
    """
    return DampedTables(DampedEmission(star(wd_mass, wd_temperature)))
