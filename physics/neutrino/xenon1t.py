"""Electron recoils in XENON1T: Amaral et al. 2020, section III.3.1; data of XENON1T 2020.

The number of events between 2 and 30 keV is compared with the background model B0, in which the Standard Model's
solar neutrinos are contained: N = B0 + N_SM+X - N_SM. B0 is taken as known, although it was fitted to these data: as in
the paper, limits are stronger than they should be.

`xenon1t_error`: "poisson" is the square root of the 1235 events. "linear sum" adds the errors of the 28 bins, 185 in
place of 35; it is no valid statistic, but with it the paper's point, 1.4e-3 at 15 MeV, is that of 90 % CL (with
kinetic_mixing "hypercharge"; the paper does not say what it did).

`electron_binding`: solar neutrinos from 1 to 210 keV are 231.0 events with the step function and 220.9 with the RRPA
ratio (sin2_theta_W = 0.23122); XENON1T expects 220.7 +- 6.6. The ratio is 1 above 28.4 keV, where its table ends.
"""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from physics.core.graph import intermediate, observable
from physics.core.parameter import parameter
from physics.core.status import FloatArray, Outcome
from physics.neutrino.dark_matter_detectors import recoil_spectrum
from physics.neutrino.detector import Signal, count_electrons, read_curve
from physics.neutrino.limits import chi2_threshold, largest_coupling, smallest_count
from physics.neutrino.oscillation import FlavourSplit
from physics.neutrino.recoils import Coefficients
from physics.neutrino.solar import Suns
from physics.neutrino.targets import target

__all__ = [
    "Bins",
    "xenon1t_bins",
    "xenon1t_chi2",
    "xenon1t_events",
    "xenon1t_g_X",
    "xenon1t_signal",
    "xenon1t_spectrum",
]

parameter(
    "xenon1t_error",
    "error of the counts between 2 and 30 keV; poisson, or linear sum: bin errors added linearly, which "
    "reproduces Amaral et al. 2020 but is no valid statistic",
    label="XENON1T error",
    default="poisson",
    choices=("poisson", "linear sum"),
)

_DATA = files("physics") / "data" / "neutrino"
_REFERENCE = "Amaral et al. 2020, eqs. (29), (32); XENON1T 2020; Chen et al. 2017"


class Bins(NamedTuple):
    """Bins of 1 keV: centre [keV], events observed, events of the background model."""

    energy: FloatArray
    observed: FloatArray
    background: FloatArray

    def inside(self, low: float, high: float) -> Bins:
        """Those between two energies [keV]."""
        where = (self.energy > low) & (self.energy < high)
        return Bins(*(column[where] for column in self))


class _Setup(NamedTuple):
    """Exposure [t yr], and the window [keV]."""

    exposure: float
    low: float
    high: float


class _Window(NamedTuple):
    """Events observed and of B0 in the window; their error as a square root, and as a linear sum over bins."""

    observed: float
    background: float
    poisson: float
    linear_sum: float

    @property
    def excess(self) -> float:
        """Events above the Standard Model."""
        return self.observed - self.background

    def error(self, xenon1t_error: str) -> float:
        """Of the events observed."""
        return self.poisson if xenon1t_error == "poisson" else self.linear_sum


@cache
def _setup() -> _Setup:
    row = tomllib.loads((_DATA / "xenon1t.toml").read_text())
    return _Setup(row["exposure"], *row["window"])


@cache
def xenon1t_bins() -> Bins:
    """The data from 1 to 30 keV.

    >>> bins = xenon1t_bins().inside(2, 30)
    >>> len(bins.energy), float(bins.observed.sum()), round(float(bins.background.sum()), 1)
    (28, 1235.0, 1222.0)
    """
    rows = csv.reader(line for line in (_DATA / "xenon1t_counts.csv").read_text().splitlines() if line[0] != "#")
    next(rows)
    return Bins(*np.array(list(rows), dtype=np.float64).T)


@cache
def xenon1t_signal(low: float, high: float) -> Signal:
    """A window [keV] with the published efficiency, which goes to 210 keV.

    >>> xenon1t_signal(2.0, 30.0).acceptance([2.5, 20.0]).round(3).tolist()
    [0.826, 0.889]
    """
    return Signal(low, high, read_curve((_DATA / "xenon1t_efficiency.csv").read_text()))


@cache
def _window() -> _Window:
    setup = _setup()
    _, observed, background = xenon1t_bins().inside(setup.low, setup.high)
    total = float(observed.sum())
    return _Window(total, float(background.sum()), float(np.sqrt(total)), float(np.sqrt(observed).sum()))


@intermediate
def xenon1t_counts(
    m_X: FloatArray,
    suns: Suns,
    flavour_split: FlavourSplit,
    sin2_theta_W: FloatArray,
    gauge_group: str,
    electron_binding: str,
) -> Coefficients:
    """Solar neutrinos in the window as a parabola in `coupling_product`."""
    setup = _setup()
    rate = count_electrons(
        xenon1t_signal(setup.low, setup.high),
        target("Xe"),
        m_X,
        suns,
        flavour_split,
        sin2_theta_W,
        gauge_group,
        electron_binding,
    )
    return rate * setup.exposure


@observable(unit="1", label="$N$ (XENON1T)", reference=_REFERENCE)
def xenon1t_events(xenon1t_counts: Coefficients, coupling_product: FloatArray) -> FloatArray:
    """Solar neutrinos in XENON1T's 0.65 t yr, electron recoils of 2 to 30 keV: Standard Model and X.

    Parameters
    ----------
    xenon1t_counts : Coefficients
        Events as a parabola in the coupling product; with the efficiency.
    coupling_product : array_like
        g_X epsilon, or g_X^2 for B-L.

    Returns
    -------
    ndarray
        Events.

    Examples
    --------
    >>> import physics
    >>> round(physics.evaluate("xenon1t_events", m_X=15.0, g_X=0.0), 1)
    48.3
    """
    return xenon1t_counts(coupling_product)


@observable(unit="1", label=r"$\chi^2$ (XENON1T)", reference=_REFERENCE)
def xenon1t_chi2(xenon1t_counts: Coefficients, coupling_product: FloatArray, xenon1t_error: str) -> FloatArray:
    """(N_obs - B0 - N_SM+X + N_SM)^2 over the squared error, for the events in XENON1T between 2 and 30 keV.

    Parameters
    ----------
    xenon1t_counts : Coefficients
        Events of solar neutrinos as a parabola in the coupling product.
    coupling_product : array_like
        g_X epsilon, or g_X^2 for B-L.
    xenon1t_error : str
        "poisson": the square root of 1235; "linear sum": 185, to reproduce the paper.

    Returns
    -------
    ndarray
        One degree of freedom.

    Examples
    --------
    >>> import physics
    >>> round(physics.evaluate("xenon1t_chi2", m_X=15.0, g_X=0.0), 3)
    0.138
    """
    window = _window()
    expected = window.background + xenon1t_counts(coupling_product) - xenon1t_counts.standard
    return np.asarray(((window.observed - expected) / window.error(xenon1t_error)) ** 2)


@observable(unit="1", label="$g_X$ (XENON1T)", reference=_REFERENCE)
def xenon1t_g_X(
    xenon1t_counts: Coefficients,
    product_per_coupling: float,
    chi2_level: FloatArray,
    chi2_reference: str,
    xenon1t_error: str,
) -> Outcome:
    """Largest coupling that XENON1T's events between 2 and 30 keV allow.

    Parameters
    ----------
    xenon1t_counts : Coefficients
        Events of solar neutrinos as a parabola in the coupling product.
    product_per_coupling : float
        The coupling product at g_X = 1.
    chi2_level : array_like
        2.7055: 90 % CL, two-sided.
    chi2_reference : str
        From where it counts: "absolute", "best fit" or "standard model".
    xenon1t_error : str
        "poisson" or "linear sum".

    Returns
    -------
    Outcome
        g_X, dimensionless.

    Examples
    --------
    >>> import physics
    >>> f"{physics.evaluate('xenon1t_g_X', m_X=15.0):.3e}"
    '1.187e-03'
    >>> paper = dict(kinetic_mixing="hypercharge", sin2_theta_W=0.23122, xenon1t_error="linear sum")
    >>> f"{physics.evaluate('xenon1t_g_X', m_X=15.0, **paper):.3e}"
    '1.408e-03'
    """
    excess, error = _window().excess, _window().error(xenon1t_error)
    smallest = smallest_count(xenon1t_counts, product_per_coupling) - xenon1t_counts.standard
    best = np.maximum((smallest - excess) / error, 0.0) ** 2  # there is always a coupling with more events
    threshold = chi2_threshold(chi2_level, chi2_reference, (excess / error) ** 2, best)
    return largest_coupling(
        xenon1t_counts, xenon1t_counts.standard + excess + error * np.sqrt(threshold), product_per_coupling
    )


def xenon1t_spectrum(T_keV: ArrayLike, m_X: float = 1.0, g_X: float = 0.0, **parameters: float | str) -> FloatArray:
    """Spectrum of solar neutrinos in XENON1T, with its efficiency: Amaral et al. 2020, Fig. 3.

    To draw it on the data (`xenon1t_bins`: events in 0.65 t yr and 1 keV), add what exceeds the Standard Model to B0.

    Parameters
    ----------
    T_keV : array_like
        Recoil energies [keV], up to 210.
    m_X, g_X : float
        Mass [MeV] and coupling of X.
    **parameters
        Others, see `recoil_spectrum`.

    Returns
    -------
    ndarray
        dR/dT [1/(t yr keV)], NaN where the efficiency is not known.

    Examples
    --------
    >>> xenon1t_spectrum([2.5, 10.0, 300.0], m_X=15.0, g_X=1.4e-3).round(2).tolist()
    [9.27, 10.99, nan]
    """
    T = np.asarray(T_keV, dtype=np.float64)
    efficiency = xenon1t_signal(_setup().low, _setup().high).acceptance
    known = (efficiency.energy[0] <= T) & (efficiency.energy[-1] >= T)
    return np.where(known, efficiency(T), np.nan) * recoil_spectrum("Xe", "electrons", T, m_X, g_X, **parameters)
