"""Detectors: what one is, and the recoils of solar neutrinos that it counts.

Amaral et al. 2020, eq. (32): recoils of nuclei and of electrons in windows of energy. Electrons are free for recoils
above their binding energies (footnote 12 says for neutrinos: presumably a typo). In xenon the rate is corrected by the
relativistic random-phase approximation (RRPA, Chen et al. 2017): its ratio to that of free electrons, in the Standard
Model, is taken for all neutrinos and for X. It is that of LZ's background model, 0.88 at 2 keV and 0.78 at 27 keV, then
linear to 1 at the K shell (34.8 keV). **Its uncertainty is 15 %**: curves that are public differ by as much, and
XENONnT's solar neutrinos are those of free electrons. Limits from electron recoils move by a quarter to a half of that.

What is counted is the recoil that is reconstructed, where an experiment's file gives a resolution, else the true one. A
resolution matters for nuclei alone, whose rate falls steeply; to electrons it makes a difference of less than 0.2 %.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike

from physics.core.parameter import parameter
from physics.core.status import FloatArray
from physics.model.constants import ATOMIC_MASS_G, M_E, SECONDS_PER_YEAR
from physics.neutrino.cross_sections import Nucleus
from physics.neutrino.curve import Curve, package_curve
from physics.neutrino.recoils import (
    NO_EVENTS,
    Coefficients,
    Recoils,
    SolarScattering,
    Windows,
    electron_recoils_in_windows,
    nuclear_recoils,
    recoil_nodes,
)
from physics.neutrino.targets import Target

__all__ = [
    "CHANNELS",
    "Channel",
    "Experiment",
    "Resolution",
    "Signal",
    "choices_of",
    "count_electrons",
    "count_nuclei",
    "electron_windows",
    "electrons_per_tonne",
    "lindhard",
    "nuclei_per_tonne",
    "xenon_rrpa",
]

CHANNELS = {"nr": "NR", "er": "ER", "nr_er": "NR+ER"}
_MEV = 1e-3  # per keV


class Resolution(NamedTuple):
    """Standard deviation of a reconstructed energy: sqrt(constant^2 + root^2 E + linear^2 E^2) [keV]."""

    constant: float = 0.0
    root: float = 0.0
    linear: float = 0.0

    def __call__(self, E: FloatArray) -> FloatArray:
        """At true energies [keV].

        >>> Resolution(root=0.5)(np.array([4.0]))
        array([1.])
        """
        return np.sqrt(self.constant**2 + self.root**2 * E + self.linear**2 * E**2)


@cache
def xenon_rrpa() -> Curve:
    """Rate of electrons in xenon, RRPA over step function, against the recoil [keV]; constant outside of the table.

    >>> xenon_rrpa()([2.0, 10.0, 20.0, 27.0, 40.0]).round(2).tolist()
    [0.88, 0.84, 0.8, 0.79, 1.0]
    """
    return package_curve("neutrino/xenon_rrpa.csv", outside="flat")


# Ratios to free electrons, by element
_BINDING: dict[str, dict[str, Callable[[], Curve]]] = {"rrpa": {"Xe": xenon_rrpa}, "step": {}}

parameter(
    "electron_binding",
    "electrons of atoms; rrpa: in xenon below 34.8 keV, times the ratio of the relativistic random-phase "
    "approximation (15 %, computed without X); step: free above their binding energy, as in the papers",
    label="electron binding",
    default="rrpa",
    choices=_BINDING,
)
_RESOLUTIONS: dict[str, Callable[[Resolution | None], Resolution | None]] = {
    "stated": lambda resolution: resolution,
    "none": lambda resolution: None,
}

parameter(
    "projection_resolution",
    "energy resolution of projections from nuclear recoils; stated: what the experiment's file gives; "
    "none: exact energies, as in the papers",
    label="resolution",
    default="stated",
    choices=_RESOLUTIONS,
)


@dataclass(frozen=True)
class Signal:
    """Recoils that count: a window [keV], the share of them that is accepted, and the energy resolution, if any.

    With a resolution, the window is one of reconstructed energies; the acceptance holds for true ones.
    """

    low: float
    high: float
    acceptance: Curve
    resolution: Resolution | None = None

    def seen(self, projection_resolution: str) -> Signal:
        """The signal with the resolution that was chosen."""
        return replace(self, resolution=_RESOLUTIONS[projection_resolution](self.resolution))

    def true_energies(self) -> tuple[float, float]:
        """Where recoils are that may be counted [keV]: five standard deviations beyond the window."""
        if self.resolution is None:
            return self.low, self.high
        grid = np.geomspace(1e-3 * self.low, 10 * self.high, 4000)
        reach = np.flatnonzero(np.abs(grid - np.clip(grid, self.low, self.high)) < 5 * self.resolution(grid))
        return float(grid[max(reach[0] - 1, 0)]), float(grid[min(reach[-1] + 1, grid.size - 1)])

    def accepted(self, E: FloatArray) -> FloatArray:
        """Share of recoils of a true energy [keV] that count."""
        accepted = self.acceptance(E)
        if self.resolution is None:
            return accepted
        low, high = ((edge - E) / (math.sqrt(2) * self.resolution(E)) for edge in (self.low, self.high))
        return np.asarray(accepted * (scipy.special.erf(high) - scipy.special.erf(low)) / 2)


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


def electrons_per_tonne(element: Target, T_keV: FloatArray, electron_binding: str) -> FloatArray:
    """Electrons in a tonne that a recoil sets free.

    >>> from physics.neutrino.targets import target
    >>> f"{electrons_per_tonne(target('Xe'), np.array([10.0]), 'step')[0]:.4g}"  # 52 of 54
    '2.385e+29'
    """
    free = element.free_electrons(_MEV * T_keV) * 1e6 / (element.mass_u * ATOMIC_MASS_G)
    ratio = _BINDING[electron_binding].get(element.element)
    return free * ratio()(T_keV) if ratio else free


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
    low, high = signal.true_energies()
    kinks = [*breaks, *signal.acceptance.energy]  # [keV]
    if signal.resolution is not None:  # panels of at most a standard deviation
        kinks += np.arange(low, high, float(signal.resolution(np.array([low, signal.low])).max()) / 2).tolist()
    T, width = recoil_nodes(_MEV * low, _MEV * high, [_MEV * k for k in kinks], mass)
    return Recoils(T, width * signal.accepted(T / _MEV))


@cache
def _electron_nodes(signal: Signal, element: Target, electron_binding: str) -> Recoils:
    """Weights: width times acceptance, times electrons and time in a t yr [MeV s]."""
    ratio = _BINDING[electron_binding].get(element.element)
    breaks = [*(1e-3 * binding for binding, _ in element.shells), *(ratio().energy if ratio else ())]
    T, width = _nodes(signal, breaks, M_E)
    return Recoils(T, width * SECONDS_PER_YEAR * electrons_per_tonne(element, T / _MEV, electron_binding))


@cache
def electron_windows(signals: tuple[Signal, ...], element: Target, electron_binding: str) -> Windows:
    """Several windows of electrons, for `electron_recoils_in_windows`: numbers in a t yr."""
    return Windows(tuple(_electron_nodes(signal, element, electron_binding) for signal in signals))


@cache
def _nuclear_nodes(signal: Signal, element: Target, target_nuclei: str) -> tuple[tuple[Nucleus, Recoils], ...]:
    """For each nucleus; weights: width times acceptance, times nuclei and time in a t yr [MeV s]."""
    result = []
    for nucleus, number in nuclei_per_tonne(element, target_nuclei):
        T, width = _nodes(signal, (), nucleus.mass)
        result.append((nucleus, Recoils(T, width * SECONDS_PER_YEAR * number)))
    return tuple(result)


def choices_of(element: Target, channel: Channel) -> tuple[str, ...]:
    """The parameters that decide how the recoils in a channel count.

    >>> from physics.neutrino.targets import target
    >>> window = Signal(1.0, 2.0, Curve(np.zeros(1), np.ones(1)))
    >>> choices_of(target("Ge"), Channel("nr_er", window, window, 0.0))  # there is no correction but for xenon
    ('target_nuclei',)
    """
    corrected = channel.electrons and any(element.element in ratios for ratios in _BINDING.values())
    resolved = channel.nuclei and channel.nuclei.resolution
    needed = {"target_nuclei": channel.nuclei, "electron_binding": corrected, "projection_resolution": resolved}
    return tuple(name for name, is_needed in needed.items() if is_needed)


def count_electrons(signal: Signal, element: Target, solar: SolarScattering, electron_binding: str) -> Coefficients:
    """Electrons that count in a t yr, in a window [keVee]: Amaral et al. 2020, eq. (32)."""
    return electron_recoils_in_windows(solar, electron_windows((signal,), element, electron_binding))[0]


def count_nuclei(signal: Signal, element: Target, solar: SolarScattering, target_nuclei: str) -> Coefficients:
    """Nuclei that count in a t yr, in a window [keVnr]: Amaral et al. 2020, eq. (32)."""
    total = NO_EVENTS
    for nucleus, nodes in _nuclear_nodes(signal, element, target_nuclei):
        total += nuclear_recoils(solar, nucleus, nodes)
    return total
