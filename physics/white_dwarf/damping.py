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

**Gamma.** Two processes, in the Born approximation, at any degeneracy, Pauli blocking exact: electrons on ions
(`bremsstrahlung_damping`) and on photons (`compton_damping`). Both are taken for X at rest, where polarisations are
alike and no dipole approximation is needed: omega may be as large as the electrons' energies. For omega << E_F and
degenerate electrons the first is Drude's omega_p^2 nu/omega^2, with the collision rate nu = 4 Z alpha^2 E_F
Lambda/(3 pi) of Yakovlev & Urpin 1980. In 1 Msun at 1e8 K the second is 2 % of the emission at 0.1 MeV, 18 % at 0.2 and
46 % at 0.3 MeV, half of it from layers below 2e6 g/cm^3, where fewer electrons are blocked.

**How far to trust it.** Gamma within a factor of 2, g_X at a given loss within 1.4. Correlations of the ions are a
cut-off of the momentum transfer, such that Lambda is that of Yakovlev & Urpin, a number of order 1 in the core; better
structure factors (Potekhin et al. 1999) matter by tens of per cent. X at rest: at its thermal velocity the amplitude
gives 5 to 20 % (T) and 15 to 55 % (L) more, from 300 down to 80 keV, by Monte Carlo with the full tree amplitude. Left
out: electrons on electrons (of order 1/Z), Coulomb corrections to Born (of order pi Z alpha/v), the dispersion of
plasmons in Compton scattering. Ions are classical, at rest, and liquid (the centre is a crystal below 7e6 K for 1 Msun,
below 2e7 K for 1.3 Msun). The core is isothermal, and X escapes or decays to neutrinos (energy_loss.py).
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import PchipInterpolator, RectBivariateSpline
from scipy.optimize import brentq
from scipy.special import expit

from physics.core.status import FloatArray
from physics.model.constants import ALPHA, HBARC_MEV_CM, M_E
from physics.white_dwarf.plasma import g_l, g_t
from physics.white_dwarf.structure import Star, star

__all__ = [
    "DampedEmission",
    "bremsstrahlung_damping",
    "compton_damping",
    "damped_emission",
    "momentum_cut",
    "photon_damping",
]

_REACH = 45.0  # e^-45 of the spectrum is neglected


# ---- Damping of photons


def momentum_cut(n_e: ArrayLike, T: float, Z: float) -> FloatArray:
    """Smallest momentum transfer to the correlated ions [MeV].

    q^-2 = a^2 (1/6 + 1/(3 Gamma_C)), a the radius of the ion sphere and Gamma_C = Z^2 alpha/(a T): with it
    ln(2 p_F/q) is Yakovlev & Urpin's ln[(2 pi Z/3)^(1/3) (1.5 + 3/Gamma_C)^(1/2)], and q is Debye's momentum of the
    ions where they are hot.

    Parameters
    ----------
    n_e : array_like
        Density of electrons [MeV^3].
    T : float
        Temperature [MeV].
    Z : float
        Charge of the ions.

    Returns
    -------
    ndarray [MeV]

    Examples
    --------
    >>> n_e, T, Z = 1e-9, 1.0, 6
    >>> debye = (4 * math.pi * ALPHA * Z * n_e / T) ** 0.5
    >>> round(float(momentum_cut(n_e, T, Z)) / debye, 3)
    1.0
    """
    a = (3 * Z / (4 * math.pi * np.asarray(n_e, dtype=np.float64))) ** (1 / 3)
    coupling = Z**2 * ALPHA / (a * T)
    return np.asarray(1 / (a * np.sqrt(1 / 6 + 1 / (3 * coupling))))


def _panels(edges: FloatArray, nodes: int) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre nodes and weights between successive edges: (..., n + 1) to (..., n nodes)."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    half = np.diff(edges, axis=-1)[..., np.newaxis] / 2
    middle = (edges[..., 1:] + edges[..., :-1])[..., np.newaxis] / 2
    shape = (*edges.shape[:-1], -1)
    return (middle + half * x).reshape(shape), (half * w).reshape(shape)


def bremsstrahlung_damping(omega: ArrayLike, n_e: float, mu: float, T: float, Z: float) -> FloatArray:
    r"""Damping rate of a photon by electrons that scatter off ions: inverse bremsstrahlung less its inverse.

    Tree amplitude for K = (omega, 0), with propagators 1/[+-omega (E_1 + E_2)]; electrons E_2 -> E_1 = E_2 + omega:

        Gamma = (2/3) n_i Z^2 alpha^3/omega Int dE_1 [f(E_2) - f(E_1)] Int q dq/q^4 t/[omega (E_1 + E_2)]^2
        t = 32 [E_1 E_2 (omega^2 + E_1 E_2) - m^4 - 2 m^2 omega^2 - z^2 - z (omega^2 + 2 m^2)],  z = p_1.p_2

    with q from max(|p_1 - p_2|, `momentum_cut`) to p_1 + p_2.

    Parameters
    ----------
    omega : array_like
        Energy, at most a few MeV [MeV].
    n_e : float
        Density of electrons [MeV^3].
    mu : float
        Their chemical potential with the mass [MeV].
    T : float
        Temperature [MeV].
    Z : float
        Charge of the ions (of a mixture: <Z^2>/<Z>).

    Returns
    -------
    ndarray [MeV]
        Shape of omega; relative error of the integrals 1e-4.

    Examples
    --------
    Drude's form for omega << E_F, with the collision rate of Yakovlev & Urpin 1980:

    >>> mu, Z, T = 1.4131, 6, 1e-3
    >>> p = (mu**2 - M_E**2) ** 0.5
    >>> n_e, v = p**3 / (3 * math.pi**2), p / mu
    >>> nu = 4 * Z * ALPHA**2 * mu / (3 * math.pi) * (math.log(2 * p / momentum_cut(n_e, T, Z)) - v**2 / 2 * (
    ...     1 - (momentum_cut(n_e, T, Z) / (2 * p)) ** 2))
    >>> omega_p2 = 4 * ALPHA * p**3 / (3 * math.pi * mu)
    >>> round(float(bremsstrahlung_damping(0.02, n_e, mu, T, Z) / (omega_p2 * nu / 0.02**2)), 3)
    1.0
    """
    w = np.asarray(omega, dtype=np.float64)[..., np.newaxis]
    q_min2 = float(momentum_cut(n_e, T, Z)) ** 2
    steps = T * np.array([-40.0, -10.0, -3.0, 3.0, 10.0, 40.0])
    dilute = M_E + w + T * np.array([0.0, 3.0, 12.0, 40.0])
    edges = np.sort(np.concatenate([mu + steps + 0 * w, mu + w + steps, dilute], axis=-1), axis=-1)
    E1, weight = _panels(np.maximum(edges, M_E + w), 8)
    E2 = np.maximum(E1 - w, M_E)
    p1, p2 = np.sqrt(E1**2 - M_E**2), np.sqrt(E2**2 - M_E**2)
    low = np.maximum((p1 - p2) ** 2, q_min2)
    high = np.maximum((p1 + p2) ** 2, low)
    z0, c = (p1**2 + p2**2) / 2, w**2 + 2 * M_E**2  # z = z0 - q^2/2
    constant = E1 * E2 * (w**2 + E1 * E2) - M_E**4 - 2 * (M_E * w) ** 2 - z0**2 - z0 * c
    traced = 16 * (constant * (1 / low - 1 / high) + (z0 + c / 2) * np.log(high / low) - (high - low) / 4)
    net = expit((mu - E2) / T) - expit((mu - E1) / T)
    integral = np.sum(weight * net * traced / (w * (E1 + E2)) ** 2, axis=-1)
    return np.asarray(2 / 3 * n_e * Z * ALPHA**3 / w[..., 0] * integral)


def compton_damping(omega: ArrayLike, mu: float, T: float, omega_p: float) -> FloatArray:
    r"""Damping rate of a photon by Compton scattering on blocked electrons, X(omega, 0) e -> photon e less its inverse.

        Gamma = (1 - e^(-omega/T)) 2 alpha^2/(3 pi omega) Int dE_1 f(E_1) Int domega' (1 + n_B(omega')) (1 - f(E_2)) Y

    where Y is the squared amplitude of two massive vectors (omega and, for the plasmon, omega_p), over 8 e^4 and summed
    over all spins. Plasmons are given the mass omega_p in the kinematics, so that nothing scatters for omega < omega_p.
    Deep in the star it is 1e-3 of Thomson's rate: what heats an electron must lift it out of the Fermi sea.

    Parameters
    ----------
    omega : array_like
        Energy [MeV].
    mu : float
        Chemical potential of the electrons with the mass [MeV].
    T : float
        Temperature [MeV].
    omega_p : float
        Plasma frequency [MeV].

    Returns
    -------
    ndarray [MeV]
        Shape of omega; relative error of the integrals 1e-3.

    Examples
    --------
    Thomson's rate in a cold dilute gas:

    >>> T, mu = 1e-4, M_E - 1e-3
    >>> n_e = 2 * (M_E * T / (2 * math.pi)) ** 1.5 * math.exp((mu - M_E) / T)
    >>> thomson = n_e * 8 * math.pi / 3 * (ALPHA / M_E) ** 2
    >>> round(float(compton_damping(3e-3, mu, T, 1e-9)) / thomson, 2)
    0.99
    """
    omega = np.asarray(omega, dtype=np.float64)
    w = np.maximum(omega, omega_p * (1 + 1e-9))[..., np.newaxis]
    m2, g2 = M_E**2, omega_p**2
    degenerate = [mu - w - 10 * T, mu - w, mu - w / 2, mu - 3 * T + 0 * w, mu + 3 * T + 0 * w, mu + 12 * T + 0 * w]
    edges = np.concatenate([*degenerate, M_E + T * np.array([0.0, 3.0, 12.0, 40.0]) + 0 * w], axis=-1)
    E1, weight = _panels(np.sort(np.maximum(edges, M_E), axis=-1), 8)
    weight = weight * expit((mu - E1) / T)
    p1 = np.sqrt(E1**2 - m2)
    s1 = w**2 + 2 * E1 * w  # s - m^2
    root_s = np.sqrt(m2 + s1)
    e_cm = (s1 + g2) / (2 * root_s)
    k_cm = np.sqrt(np.maximum(e_cm**2 - g2, 0.0))
    low, high = (((E1 + w) * e_cm + sign * p1 * k_cm)[..., np.newaxis] / root_s[..., np.newaxis] for sign in (-1, 1))
    E1, w = E1[..., np.newaxis], w[..., np.newaxis]
    edge = E1 + w - mu + T * np.array([-30.0, -4.0, 4.0, 30.0])  # above it the electron is blocked
    k0, weight_k = _panels(np.clip(np.concatenate([low, edge, high], axis=-1), low, high), 6)
    s1, u1 = s1[..., np.newaxis], -2 * w * (E1 + w / 2 - k0)  # u1 = u - m^2
    masses, poles, squares = w**2 + g2, 1 / s1 + 1 / u1, 1 / s1**2 + 1 / u1**2
    amplitude = (
        -(s1 / u1 + u1 / s1)
        - 2 * masses * (masses - s1 - u1) / (s1 * u1)
        + (w**2 * g2 + 2 * m2 * masses) * squares
        + 4 * m2 * poles
        + 4 * m2**2 * poles**2
    )
    free = expit((E1 + w - k0 - mu) / T)
    spectrum = np.sum(weight_k * amplitude * free / -np.expm1(-k0 / T), axis=-1)
    rate = -2 * ALPHA**2 / (3 * math.pi * omega) * np.expm1(-omega / T) * np.sum(weight * spectrum, axis=-1)
    return np.where(omega > omega_p, rate, 0.0)


def photon_damping(omega: ArrayLike, n_e: float, mu: float, T: float, Z: float, omega_p: float) -> FloatArray:
    """Sum of `bremsstrahlung_damping` and `compton_damping`.

    Parameters
    ----------
    omega : array_like
        Energy [MeV].
    n_e : float
        Density of electrons [MeV^3].
    mu : float
        Their chemical potential with the mass [MeV].
    T : float
        Temperature [MeV].
    Z : float
        Charge of the ions.
    omega_p : float
        Plasma frequency [MeV].

    Returns
    -------
    ndarray [MeV]
        Shape of omega; physics: within a factor of 2 (see the module).

    Examples
    --------
    The centre of 1 Msun at 1e8 K [eV]:

    >>> photon_damping([0.08, 0.2], 0.07728, 1.41316, 8.617e-3, 6, 0.070806) * 1e6
    array([110.49...,  17.85...])
    """
    return bremsstrahlung_damping(omega, n_e, mu, T, Z) + compton_damping(omega, mu, T, omega_p)


# ---- A star


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

    def _damping(self, scale: float, n_y: int = 32, n_omega: int = 56) -> RectBivariateSpline:
        y = np.linspace(self.star.y_surface, self.star.y_centre, n_y)
        self._least = 1e-3 * self.T
        ln_omega = np.linspace(math.log(self._least), math.log(210 * self.T + 2.0), n_omega)
        omega, Z = np.exp(ln_omega), self.star.composition.mean_Z(2)
        p = self.star.plasma(y)
        rows = [
            photon_damping(omega, n_e, mu, self.T, Z, math.sqrt(omega_p2))
            for n_e, mu, omega_p2 in zip(p.n_e.tolist(), p.mu.tolist(), p.omega_p2.tolist(), strict=True)
        ]
        return RectBivariateSpline(y, ln_omega, math.log(scale) + np.log(np.array(rows)))

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

    def complete(self, m: float, panels: int = 40) -> float:
        """Luminosity with the full Lorentzians at all energies, times e^(m/T): for tests [MeV^2/eps^2]."""
        s, ds = _panels(np.linspace(0.0, math.sqrt(_REACH), panels + 1), 12)
        return sum(self._integral(m, s, ds, m))

    def off_resonance(self, m: float) -> float:
        """Luminosity at the energies at which no layer of the star is on resonance, times e^(m/T).

        Parameters
        ----------
        m : float
            Mass of X [MeV].

        Returns
        -------
        float
            [MeV^2/eps^2].
        """
        whole = math.sqrt(_REACH)
        inner, outer = self.edges
        start, end = m, whole
        if m < inner:  # L: on resonance below the frequency at the centre
            start = brentq(self._eps_L, max(m, 0.5 * inner), 4 * inner, args=(m,), xtol=1e-15)
        s, ds = _panels(np.array([0.0, 0.1, 0.35, 1.0, 3.0]) / 3.0 * whole, 16)
        longitudinal = self._integral(m, s, ds, start)[1]
        if m <= inner:  # T: on resonance at all energies
            return longitudinal
        if m < outer and self._resonates(whole, m) < 0:  # T: on resonance above an energy
            end = brentq(self._resonates, 0.0, whole, args=(m,), xtol=1e-14)
        z, dz = _panels(np.array([0.0, 0.1, 0.35, 1.0]), 16)  # graded towards the end
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
        self.ln = PchipInterpolator(np.log(nodes), np.log(np.maximum(values, 1e-300)) - 2 * np.log(nodes))

    def __call__(self, m: FloatArray) -> FloatArray:
        ln_m = np.log(m)
        return np.asarray(np.exp(self.ln(np.clip(ln_m, self.low, self.high)) + 2 * ln_m - m * self.inverse_T))


class DampedTables:
    """What observables need of a star: functions of m_X [MeV]."""

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
    """Tables of a star, built once per process (in a second).

    Parameters
    ----------
    wd_mass : float
        Mass [Msun].
    wd_temperature : float
        Temperature of the core [K].

    Returns
    -------
    tables
        `luminosity` [MeV^2/eps^2] and `optical_depth` [1/eps^2] as functions of m_X [MeV], and the `radius` [cm].

    Examples
    --------
    >>> tables = damped_emission(1.0, 1e8)
    >>> tables.luminosity(np.array([0.1, 0.2]))  # falls as e^(-m/T), and a bit faster
    array([...])
    """
    return DampedTables(DampedEmission(star(wd_mass, wd_temperature)))
