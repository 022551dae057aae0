"""Detectors: what one is, and the recoils of solar neutrinos that it counts.

Amaral et al. 2020, eq. (32): recoils of nuclei and of electrons in windows of energy. Electrons are free for recoils
above their binding energies (footnote 12 says for neutrinos, which is taken for a slip). In xenon the rate may be
corrected by the relativistic random-phase approximation (RRPA, Chen et al. 2017): its ratio to that of free electrons,
computed for pp and 7Be neutrinos without X, is taken for all.
**It is tabulated from 0.25 to 28.4 keV and 1 outside: a jump from 0.69.**

There is no energy resolution: what is counted is the true recoil.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike, NDArray

from physics.core.graph import suggestion
from physics.core.parameter import parameter
from physics.core.status import FloatArray
from physics.model.constants import ATOMIC_MASS_G, M_E, SECONDS_PER_YEAR
from physics.neutrino.cross_sections import Nucleus
from physics.neutrino.oscillation import FlavourSplit
from physics.neutrino.recoils import NO_EVENTS, Coefficients, Recoils, electron_recoils, nuclear_recoils, recoil_nodes
from physics.neutrino.solar import Suns
from physics.neutrino.targets import Target

__all__ = [
    "CHANNELS",
    "Channel",
    "Curve",
    "Experiment",
    "Signal",
    "count_electrons",
    "count_nuclei",
    "electrons_per_tonne",
    "lindhard",
    "nuclei_per_tonne",
    "read_curve",
    "xenon_rrpa",
]

parameter(
    "electron_binding",
    "electrons of atoms; step: free above their binding energy; rrpa: in xenon from 0.25 to 28.4 keV, "
    "times the ratio of the relativistic random-phase approximation (computed without X)",
    label="electron binding",
    default="step",
    choices=("step", "rrpa"),
)
parameter(
    "target_nuclei",
    "nuclei of a dark-matter detector: the natural isotopes, or one of average mass as in the papers",
    label="target nuclei",
    default="isotopes",
    choices=("isotopes", "average"),
)

CHANNELS = {"nr": "NR", "er": "ER", "nr_er": "NR+ER"}
_MEV = 1e-3  # per keV


@dataclass(frozen=True, eq=False)
class Curve:
    """A number against energy [keV], linear between its points; one point: the same everywhere."""

    energy: FloatArray
    value: FloatArray
    outside: str = ""  # "flat", "zero" or "one"; else it does not go beyond its points

    def __call__(self, energy: ArrayLike) -> FloatArray:
        """Values at energies.

        >>> Curve(np.array([1.0, 3.0]), np.array([0.0, 1.0]), "zero")([2.0, 4.0]).tolist()
        [0.5, 0.0]
        """
        beyond = {"zero": 0.0, "one": 1.0}.get(self.outside)
        return np.asarray(
            np.interp(np.asarray(energy, dtype=np.float64), self.energy, self.value, left=beyond, right=beyond)
        )

    def covers(self, low: float, high: float) -> bool:
        """Whether it is known between two energies."""
        return self.energy.size == 1 or bool(self.outside) or self.energy[0] <= low <= high <= self.energy[-1]

    def integral(self, low: float, high: float) -> float:
        """Integral between two energies, for what goes on flat, as zero, or not at all.

        >>> Curve(np.array([1.0, 3.0]), np.array([0.0, 1.0]), "zero").integral(0.0, 2.0)
        0.25
        """
        if self.outside == "zero":
            low, high = np.clip([low, high], self.energy[0], self.energy[-1])
        inside = (self.energy > low) & (self.energy < high)
        at = np.concatenate([[low], self.energy[inside], [high]])
        return float(np.trapezoid(self(at), at))


@dataclass(frozen=True)
class Signal:
    """Recoils that count: a window [keV], and the share of them that is accepted."""

    low: float
    high: float
    acceptance: Curve


@dataclass(frozen=True)
class Channel:
    """One analysis: recoils of nuclei [keVnr], of electrons [keVee], or of both added."""

    name: str
    nuclei: Signal | None
    electrons: Signal | None
    background: float  # events, solar neutrinos not included

    @property
    def kind(self) -> str:
        """NR, ER or NR+ER."""
        return CHANNELS[self.name]

    @property
    def text(self) -> str:
        """What it counts, in words."""
        nuclei = f"nuclei, {self.nuclei.low:.4g}-{self.nuclei.high:.4g} keVnr" if self.nuclei else ""
        electrons = f"electrons, {self.electrons.low:.4g}-{self.electrons.high:.4g} keVee" if self.electrons else ""
        return " and ".join(t for t in (nuclei, electrons) if t)


@dataclass(frozen=True)
class Experiment:
    """A detector of one element, its exposure [t yr] (times the efficiency: `effective`) and channels."""

    name: str
    label: str
    target: Target
    exposure: float
    efficiency: float
    channels: tuple[Channel, ...]
    programme: str
    cites: tuple[str, ...]
    assumptions: tuple[str, ...]
    references: Mapping[str, str]

    @property
    def effective(self) -> float:
        """Exposure times efficiency [t yr]."""
        return self.exposure * self.efficiency


def lindhard(E_nr: ArrayLike, Z: int, A: float, k: float | None = None) -> FloatArray:
    """Electron-equivalent energy [keVee] of a nuclear recoil [keVnr]: Lindhard et al. 1963.

    k defaults to 0.133 Z^(2/3) A^(-1/2).

    >>> round(float(lindhard(100.0, 54, 131.29)), 1)
    28.7
    """
    k = 0.133 * Z ** (2 / 3) / math.sqrt(A) if k is None else k
    E = np.asarray(E_nr, dtype=np.float64)
    reduced = 11.5 * Z ** (-7 / 3) * E
    g = 3 * reduced**0.15 + 0.7 * reduced**0.6 + reduced
    return np.asarray(E * k * g / (1 + k * g))


def read_curve(text: str, column: str = "", outside: str = "") -> Curve:
    r"""A table in CSV with a header: energies [keV] in the first column, values in the one named, else the second.

    Parameters
    ----------
    text : str
        The table; lines with # are comments.
    column : str
        Header of the column.
    outside : {"", "flat", "zero"}
        How it goes on beyond its points.

    Returns
    -------
    Curve

    Raises
    ------
    ValueError
        It is no such table, energies do not increase, or values are negative; the message names line and remedy.

    Examples
    --------
    >>> float(read_curve("E_keV,efficiency\n0,0\n2,1")(1.5))
    0.75
    """
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")]
    if len(lines) < 3:
        raise ValueError("a header and two rows at least are needed: E_keV,value below which are 1.0,0.5 and so on")
    (first, header), *rows = [(n, next(csv.reader([line], skipinitialspace=True))) for n, line in lines]
    if not math.isnan(_number(header, 0)):
        raise ValueError(f"line {first} is no header; begin with the names of the columns, E_keV,value")
    if column and column not in header:
        raise ValueError(f"there is no column {column!r} in line {first}{suggestion(column, header)}")
    index = header.index(column) if column else 1
    energy, value = np.array([[_number(row, 0), _number(row, index)] for _, row in rows]).T

    def line_of(wrong: NDArray[np.bool_]) -> str:
        return f"line {rows[int(np.argmax(wrong))][0]}"

    if np.any(wrong := ~np.isfinite(energy + value)):
        raise ValueError(
            f"{line_of(wrong)} has no finite numbers in columns 1 and {index + 1}; write 1.0,0.5 or remove it"
        )
    if np.any(wrong := np.diff(energy, prepend=-math.inf) <= 0):
        raise ValueError(f"{line_of(wrong)}: its energy is not above that of the row before; sort rows, repeat none")
    if np.any(wrong := value < 0):
        raise ValueError(f"{line_of(wrong)}: its value is negative; values must be 0 or more")
    return Curve(energy, value, outside)


def _number(row: Sequence[str], i: int) -> float:
    """A cell; NaN where it is no number, or missing."""
    try:
        return float(row[i])
    except (ValueError, IndexError):
        return math.nan


@cache
def xenon_rrpa() -> Curve:
    """Rate of electrons in xenon, RRPA over step function, against the recoil [keV]; 1 outside of the table.

    >>> xenon_rrpa()([2.0, 10.0, 28.0, 29.0]).round(2).tolist()
    [0.89, 0.81, 0.69, 1.0]
    """
    return read_curve((files("physics") / "data" / "neutrino" / "xenon_rrpa.csv").read_text(), outside="one")


def electrons_per_tonne(element: Target, T_keV: FloatArray, electron_binding: str) -> FloatArray:
    """Electrons in a tonne that a recoil sets free.

    >>> from physics.neutrino.targets import target
    >>> f"{electrons_per_tonne(target('Xe'), np.array([10.0]), 'step')[0]:.4g}"  # 52 of 54
    '2.385e+29'
    """
    free = element.free_electrons(_MEV * T_keV) * 1e6 / (element.mass_u * ATOMIC_MASS_G)
    return free * xenon_rrpa()(T_keV) if electron_binding == "rrpa" and element.element == "Xe" else free


def nuclei_per_tonne(element: Target, target_nuclei: str) -> tuple[tuple[Nucleus, float], ...]:
    """Nuclei and how many of each are in a tonne.

    >>> from physics.neutrino.targets import target
    >>> [f"{number:.4g}" for _, number in nuclei_per_tonne(target("Ar"), "average")]
    ['1.508e+28']
    """
    atoms = 1e6 / (element.mass_u * ATOMIC_MASS_G)
    return tuple((nucleus, atoms * share) for nucleus, share in element.nuclei(target_nuclei))


def _nodes(signal: Signal, breaks: Iterable[float], mass: float) -> Recoils:
    """Nodes [MeV] of a window; weights: width times acceptance [MeV]."""
    kinks = [*breaks, *signal.acceptance.energy]  # [keV]
    T, width = recoil_nodes(_MEV * signal.low, _MEV * signal.high, [_MEV * k for k in kinks], mass)
    return Recoils(T, width * signal.acceptance(T / _MEV))


@cache
def _electron_nodes(signal: Signal, element: Target, electron_binding: str) -> Recoils:
    """Weights: width times acceptance, times electrons and time in a t yr [MeV s]."""
    rrpa = xenon_rrpa().energy if electron_binding == "rrpa" and element.element == "Xe" else ()
    T, width = _nodes(signal, [*(1e-3 * binding for binding, _ in element.shells), *rrpa], M_E)
    return Recoils(T, width * SECONDS_PER_YEAR * electrons_per_tonne(element, T / _MEV, electron_binding))


@cache
def _nuclear_nodes(signal: Signal, element: Target, target_nuclei: str) -> tuple[tuple[Nucleus, Recoils], ...]:
    """For each nucleus; weights: width times acceptance, times nuclei and time in a t yr [MeV s]."""
    result = []
    for nucleus, number in nuclei_per_tonne(element, target_nuclei):
        T, width = _nodes(signal, (), nucleus.mass)
        result.append((nucleus, Recoils(T, width * SECONDS_PER_YEAR * number)))
    return tuple(result)


def count_electrons(
    signal: Signal,
    element: Target,
    m_X: FloatArray,
    suns: Suns,
    flavour_split: FlavourSplit,
    sin2_theta_W: FloatArray,
    gauge_group: str,
    electron_binding: str,
) -> Coefficients:
    """Electrons that count in a t yr, as a parabola in `coupling_product`: Amaral et al. 2020, eq. (32).

    Parameters
    ----------
    signal : Signal
        The window [keVee], and what is accepted.
    element : Target
        Of the detector.
    m_X : array_like
        Mass of X [MeV].
    suns, flavour_split
        Solar neutrinos and their flavours (intermediates of those names).
    sin2_theta_W : array_like
        Weak mixing angle.
    gauge_group : {"Lmu-Ltau", "B-L"}
        What X couples to.
    electron_binding : {"step", "rrpa"}
        How electrons are bound.

    Returns
    -------
    Coefficients
        [1/(t yr)]
    """
    nodes = _electron_nodes(signal, element, electron_binding)
    return electron_recoils(m_X, suns, flavour_split, sin2_theta_W, gauge_group, nodes)


def count_nuclei(
    signal: Signal,
    element: Target,
    m_X: FloatArray,
    suns: Suns,
    flavour_split: FlavourSplit,
    sin2_theta_W: FloatArray,
    gauge_group: str,
    target_nuclei: str,
) -> Coefficients:
    """Nuclei that count in a t yr, as a parabola in `coupling_product`: Amaral et al. 2020, eq. (32).

    Parameters
    ----------
    signal : Signal
        The window [keVnr], and what is accepted.
    element : Target
        Of the detector.
    m_X : array_like
        Mass of X [MeV].
    suns, flavour_split
        Solar neutrinos and their flavours (intermediates of those names).
    sin2_theta_W : array_like
        Weak mixing angle.
    gauge_group : {"Lmu-Ltau", "B-L"}
        What X couples to.
    target_nuclei : {"isotopes", "average"}
        Which nuclei.

    Returns
    -------
    Coefficients
        [1/(t yr)]
    """
    total = NO_EVENTS
    for nucleus, nodes in _nuclear_nodes(signal, element, target_nuclei):
        total += nuclear_recoils(m_X, suns, flavour_split, sin2_theta_W, gauge_group, nucleus, nodes)
    return total
