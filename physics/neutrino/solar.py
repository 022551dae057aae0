"""Solar neutrinos: fluxes, spectra, and the moments of them on which every rate depends.

Continuous spectra are linear between the points of their published grids and quadratic below the first (phase space of
the neutrino); 7Be and pep are lines. A rate needs the flux only through three moments per flavour (Amaral et al. 2020,
eqs. (23), (26) in (32)),

    Int_{E_min(T)} dE dphi/dE P_alpha(E) / E^n,    n = 0, 1, 2,

and, P_alpha being base + slope C(E) (oscillation.py), only through those of dphi/dE and of C dphi/dE. C is smooth, so a
Chebyshev series: the moments of each spectrum times each polynomial are tabulated once (Gauss-Legendre between the
points of the grid, cubic Hermite in between), and a solar model with its mixing angles is a row of coefficients. The
series is exact to 1e-7 for sin2_theta_12 > 0.2 and dm2_21 > 1e-5 eV^2, to 1e-4 below.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from physics.core.files import columns, table
from physics.core.parameter import parameter
from physics.core.registration import intermediate
from physics.core.status import FloatArray
from physics.neutrino.oscillation import SOURCES, mean_cos_2_theta_m
from physics.numerics.chebyshev import nodes_and_transform
from physics.numerics.quadrature import gauss_panels

__all__ = ["Spectrum", "Sun", "Suns", "endpoints", "fluxes", "lines", "spectrum", "sun", "suns"]

_TABLE = table("neutrino/solar_fluxes.toml")
_LINE_SOURCES = ("7Be", "pep")
_CONTINUA = tuple(source for source in SOURCES if source not in _LINE_SOURCES)
_BORON8 = {"Winter 2006": "8B_winter2006", "Bahcall 1996": "8B_bahcall1996"}
_SUBDIVISIONS = 4  # of a spacing of the published grid
_TERMS = {"hep": 64, "8B_winter2006": 64, "8B_bahcall1996": 64}  # of the Chebyshev series of C(E); else 20

parameter(
    "metallicity",
    "solar model: GS98 (high metallicity) or AGSS09 (low)",
    label="metallicity",
    default="GS98",
    choices=_TABLE["fluxes"],
)


parameter(
    "boron8",
    "spectrum of 8B neutrinos; Winter 2006 (the better measurement; its table ends at 15.3 MeV), or Bahcall 1996",
    label="$^8$B spectrum",
    default="Winter 2006",
    choices=_BORON8,
)


class Spectrum(NamedTuple):
    """A continuous spectrum of unit area: energies [MeV] and density [1/MeV]."""

    energy: FloatArray
    density: FloatArray

    @property
    def end(self) -> float:
        """Energy [MeV] from which on it is zero."""
        return float(self.energy[np.flatnonzero(self.density)[-1] + 1])

    def __call__(self, energy: FloatArray) -> FloatArray:
        """Density at energies [MeV]: linear between the points, quadratic below the first with a density, 0 beyond."""
        first = int(np.argmax(self.density > 0))
        start = self.density[first] * (energy / self.energy[first]) ** 2
        return np.where(energy < self.energy[first], start, np.interp(energy, self.energy, self.density, right=0.0))


@cache
def fluxes(metallicity: str) -> dict[str, tuple[float, float]]:
    """Fluxes at the Earth [cm^-2 s^-1] and their fractional errors, by source.

    >>> fluxes("GS98")["7Be"], fluxes("AGSS09")["7Be"]
    ((4930000000.0, 0.06), (4500000000.0, 0.06))
    """
    return {source: (flux, error) for source, (flux, error) in _TABLE["fluxes"][metallicity].items()}


@cache
def lines() -> dict[str, tuple[tuple[float, float], ...]]:
    """Lines by source: energy [MeV] and share of the source's flux.

    >>> lines()["7Be"]
    ((0.8618, 0.897), (0.3843, 0.103))
    """
    return {source: tuple((energy, share) for energy, share in rows) for source, rows in _TABLE["lines"].items()}


@cache
def spectrum(name: str) -> Spectrum:
    """A spectrum: pp, hep, 13N, 15O, 17F, 8B_winter2006 or 8B_bahcall1996, of unit area.

    >>> shape = spectrum("8B_winter2006")
    >>> round(float(np.trapezoid(shape.density, shape.energy)), 4)
    1.0
    """
    energy, density = columns(f"neutrino/spectrum_{name}.csv").values()
    first = int(np.argmax(density > 0))
    area = np.trapezoid(density[first:], energy[first:]) + density[first] * energy[first] / 3  # linear, quadratic
    return Spectrum(energy, density / area)


@cache
def endpoints() -> tuple[float, ...]:
    """Energies [MeV] at which a source ends: there a rate as a function of the recoil has a step or a kink.

    Both tables of 8B count. That of Winter et al. 2006 ends at 15.3 MeV because it is rounded; the spectrum goes on,
    below hep's.

    >>> endpoints()
    (0.3843, 0.42341, 0.8618, 1.199, 1.442, 1.732, 1.74, 15.3, 16.36, 18.784)
    """
    ends = {energy for rows in lines().values() for energy, _ in rows}
    for name in (*(source for source in _CONTINUA if source != "8B"), *_BORON8.values()):
        ends.add(spectrum(name).end)
    return tuple(sorted(ends))


class Sun:
    """Neutrinos of one solar model, mixing and spectrum of 8B."""

    def __init__(
        self,
        metallicity: str,
        sin2_theta_12: float,
        sin2_theta_13: float,
        dm2_21: float,
        boron8: str = "Winter 2006",
    ) -> None:
        def cosine(energy: FloatArray, source: str) -> FloatArray:
            return mean_cos_2_theta_m(energy, source, metallicity, sin2_theta_12, sin2_theta_13, dm2_21)

        self.lines: dict[tuple[str, float], FloatArray] = {}
        self.continua: dict[str, tuple[str, FloatArray]] = {}  # spectrum; flux and C flux as Chebyshev series
        for source, (flux, _) in fluxes(metallicity).items():
            for energy, share in lines().get(source, ()):
                self.lines[source, energy] = share * flux * np.array([1.0, cosine(np.array(energy), source)])
            if source in _CONTINUA:
                name = _BORON8[boron8] if source == "8B" else source
                nodes, to_series = _chebyshev(name)
                series = to_series @ cosine(nodes, source)
                self.continua[source] = name, flux * np.stack([np.eye(1, series.size)[0], series])

    def only(self, source: str) -> Sun:
        """The neutrinos of one source.

        >>> sorted(Sun("GS98", 0.31, 0.0224, 7.39e-5).only("8B").continua)
        ['8B']
        """
        one = copy.copy(self)
        one.lines = {line: flux for line, flux in self.lines.items() if line[0] == source}
        one.continua = {name: series for name, series in self.continua.items() if name == source}
        return one

    def moments(self, E_min: FloatArray, sources: Sequence[str] = SOURCES) -> FloatArray:
        """Integrals above energies [MeV], shape (n,), of {1, C} dphi/dE / E^power [cm^-2 s^-1 MeV^-power].

        The result has the shape (2, 3, n): without and with C = <cos 2 theta_m>, powers 0 to 2.

        >>> sun = Sun("GS98", 0.31, 0.0224, 7.39e-5)
        >>> f"{sun.moments(np.array([0.0]), ['8B'])[0, 0, 0]:.3e}"  # the whole flux
        '5.460e+06'
        """
        total = np.zeros((2, 3, E_min.size))
        powers = np.arange(3)[:, None]
        for source, (name, series) in self.continua.items():
            if source in sources:
                total += np.einsum("bk,kpn->bpn", series, _moments(name, E_min.tobytes()))
        for (source, energy), flux in self.lines.items():
            if source in sources:
                total += flux[:, None, None] * (E_min < energy) / energy**powers
        return total


@cache
def _chebyshev(name: str) -> tuple[FloatArray, FloatArray]:
    """Energies at which a smooth function is read, and the matrix that makes a Chebyshev series of its values."""
    terms = _TERMS.get(name, 20)
    t, matrix = nodes_and_transform(terms)
    return spectrum(name).end * (1 + t) / 2, matrix


@cache
def _moment_splines(name: str) -> Callable[[FloatArray], FloatArray]:
    """Int_E dE' T_k(E') (shape of a spectrum)(E')/E'^n as a function of E: columns by k and n."""
    shape = spectrum(name)
    first, last = np.flatnonzero(shape.density)[[0, -1]]
    grid = np.concatenate([[0.0], shape.energy[first : last + 2]])
    edges = np.concatenate([grid[:-1] + f / _SUBDIVISIONS * np.diff(grid) for f in range(_SUBDIVISIONS)] + [grid[-1:]])
    edges.sort()
    degrees = np.arange(len(_chebyshev(name)[0]))

    def integrand(energy: FloatArray) -> FloatArray:
        over_square = np.where(  # quadratic below the first point
            energy <= grid[1], shape.density[first] / grid[1] ** 2, shape(energy) / np.maximum(energy, grid[1]) ** 2
        )
        powers = np.stack([over_square * energy**2, over_square * energy, over_square], axis=-1)
        polynomials = np.cos(degrees * np.arccos(np.clip(2 * energy / grid[-1] - 1, -1, 1))[..., None])
        return np.asarray(polynomials[..., None] * powers[..., None, :]).reshape(*energy.shape, -1)

    nodes, weights = gauss_panels(edges, 4)
    cells = np.einsum("ij,ijk->ik", weights, integrand(nodes))
    above = np.concatenate([np.cumsum(cells[::-1], axis=0)[::-1], np.zeros((1, cells.shape[1]))])
    spline: Callable[[FloatArray], FloatArray] = scipy.interpolate.CubicHermiteSpline(edges, above, -integrand(edges))
    return spline


@lru_cache(maxsize=128)
def _moments(name: str, energies: bytes) -> FloatArray:
    """The splines at energies (the bytes of an array), by k, n and energy; cached for other Suns and masses."""
    E_min, end = np.frombuffer(energies), spectrum(name).end
    values = _moment_splines(name)(np.minimum(E_min, end))
    return np.asarray(np.where(E_min < end, values.T, 0.0).reshape(-1, 3, E_min.size))


@lru_cache(maxsize=64)
def sun(
    metallicity: str, sin2_theta_12: float, sin2_theta_13: float, dm2_21: float, boron8: str = "Winter 2006"
) -> Sun:
    """A Sun, cached.

    >>> sun("GS98", 0.31, 0.0224, 7.39e-5) is sun("GS98", 0.31, 0.0224, 7.39e-5)
    True
    """
    return Sun(metallicity, sin2_theta_12, sin2_theta_13, dm2_21, boron8)


class Suns(NamedTuple):
    """The distinct Suns that the mixing parameters need, and which one holds at each of their points (-1: none)."""

    suns: tuple[Sun, ...]
    which: NDArray[np.intp]

    def only(self, source: str) -> Suns:
        """The neutrinos of one source."""
        return Suns(tuple(sun.only(source) for sun in self.suns), self.which)


@intermediate(seconds=1e-3)
def suns(
    metallicity: str, sin2_theta_12: FloatArray, sin2_theta_13: FloatArray, dm2_21: FloatArray, boron8: str
) -> Suns:
    """The Suns of the mixing parameters; theta_23 and delta_CP do not matter to them."""
    settings = np.stack(np.broadcast_arrays(sin2_theta_12, sin2_theta_13, dm2_21))
    known = np.isfinite(settings).all(axis=0)
    distinct, index = np.unique(settings[:, known], axis=1, return_inverse=True)
    which = np.full(known.shape, -1)
    which[known] = index
    return Suns(tuple(sun(metallicity, *map(float, column), boron8) for column in distinct.T), which)
