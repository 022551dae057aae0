"""Rates of pp, pep and 7Be in Borexino's phase II, with X: what the spectral fit is compared with.

X raises each rate by the factor by which it raises the recoils above the smallest that was fitted (borexino_rates.py).
Above the published one the integrals over recoils are tabulated for all masses (pole_sums.py: exact).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from physics.core.registration import branch, intermediate
from physics.core.status import FloatArray
from physics.model.constants import M_E
from physics.neutrino.borexino_rates import (
    electron_days,
    line_flavours,
    line_integrals,
    line_rate,
    line_rates,
    measurements,
)
from physics.neutrino.cross_sections import ScatteringCharges, largest_recoil, smallest_energy
from physics.neutrino.electron_couplings import ElectronCouplings
from physics.neutrino.oscillation import FlavourSplit, mean_cos_2_theta_m
from physics.neutrino.recoils import NO_EVENTS, Coefficients, Sums, electron_parabola, parabolas
from physics.neutrino.solar import fluxes, lines, spectrum
from physics.numerics.pole_sums import Window, pole_sums
from physics.numerics.quadrature import gauss_legendre

__all__ = ["Rates"]

Rates = tuple[Coefficients, Coefficients, Coefficients]  # pp, pep, 7Be
_NODES = 12  # over the energy of pp neutrinos: 1e-5 of the rate
_Flavours = Callable[[FloatArray], FloatArray]


def _pp_energies(T_min: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Energies [MeV] of pp neutrinos that raise recoils above T_min, and their weights, in the first axis."""
    node, weight = (a.reshape(-1, *(1,) * np.ndim(T_min)) for a in gauss_legendre(_NODES))
    end = spectrum("pp").end
    start = np.minimum(smallest_energy(T_min, M_E), end)
    return start + (end - start) * (node + 1) / 2, (end - start) * weight / 2


@intermediate
def pp_flavours(
    metallicity: str,
    sin2_theta_12: FloatArray,
    sin2_theta_13: FloatArray,
    dm2_21: FloatArray,
    flavour_split: FlavourSplit,
) -> _Flavours:
    """Neutrinos of pp by flavour and MeV, as a function of the energy, like `line_flavours`."""

    def flavours(energy: FloatArray) -> FloatArray:
        cosine = mean_cos_2_theta_m(energy, "pp", metallicity, sin2_theta_12, sin2_theta_13, dm2_21)
        neutrinos = fluxes(metallicity)["pp"][0] * electron_days() * spectrum("pp")(energy)
        return neutrinos * flavour_split.flavours(np.stack([np.ones_like(cosine), cosine]))

    return flavours


@intermediate
def pep_flavours(
    metallicity: str,
    sin2_theta_12: FloatArray,
    sin2_theta_13: FloatArray,
    dm2_21: FloatArray,
    flavour_split: FlavourSplit,
) -> list[FloatArray]:
    """`line_flavours` of pep."""
    return line_flavours("pep", metallicity, sin2_theta_12, sin2_theta_13, dm2_21, flavour_split)


def _pp(
    T_min: FloatArray, m_X: FloatArray, flavours: _Flavours, couplings: ElectronCouplings, charges: ScatteringCharges
) -> Coefficients:
    """Recoils above T_min of electrons hit by pp neutrinos, `flavours` of each flavour and MeV."""
    rate = NO_EVENTS
    for energy, weight in zip(*_pp_energies(T_min), strict=True):
        rate += line_rate(energy, T_min, m_X, weight * flavours(energy), couplings, charges)
    return rate


@intermediate(seconds=5e-6)
def borexino_joint_standard(
    metallicity: str,
    pp_flavours: _Flavours,
    pep_flavours: list[FloatArray],
    beryllium_flavours: list[FloatArray],
    weak_couplings: ElectronCouplings,
    scattering_charges: ScatteringCharges,
    borexino_prediction: str,
) -> list[FloatArray]:
    """Rates of pp, pep and 7Be without X, all recoils."""
    any_mass, all_recoils, interactions = np.array(1.0), np.array(0.0), (weak_couplings, scattering_charges)
    wholes = [_pp(all_recoils, any_mass, pp_flavours, *interactions).standard]
    for source, flavours in (("pep", pep_flavours), ("7Be", beryllium_flavours)):
        rates = line_rates(source, any_mass, flavours, *interactions, all_recoils)
        wholes.append(np.asarray(sum(rate.whole for rate in rates)))
    if borexino_prediction == "quoted":
        quoted = (*measurements()["quoted_pp_pep"][metallicity], measurements()["quoted"][metallicity][0])
        wholes = [np.full_like(whole, rate) for whole, rate in zip(wholes, quoted, strict=True)]
    return wholes


@intermediate(when={"borexino_recoil_window": "published"}, seconds=2e-6)
def borexino_joint_weights(
    pp_flavours: _Flavours,
    pep_flavours: list[FloatArray],
    beryllium_flavours: list[FloatArray],
    weak_couplings: ElectronCouplings,
    scattering_charges: ScatteringCharges,
) -> Coefficients:
    """Of the integrals of `_sums_above`, in the rates of pp, pep and 7Be."""
    pp = [weight * pp_flavours(energy) for energy, weight in zip(*_pp_energies(_published()), strict=True)]
    sources = (pp, pep_flavours, beryllium_flavours)
    shape = np.broadcast_shapes(weak_couplings.g_1[0].shape, *(one.shape[1:] for lines in sources for one in lines))
    shapes, squares = np.zeros((3, 3, 3 * _NODES, 3, *shape)), np.zeros((3, _NODES, 3, *shape))
    for w, of_lines in enumerate(sources):
        for n, flavours in enumerate(of_lines):
            squares[:, n, w] = flavours.reshape(3, *(1,) * (len(shape) + 1 - flavours.ndim), *flavours.shape[1:])
            for k in range(3):
                shapes[k, :, 3 * n + k, w] = squares[:, n, w]
    return electron_parabola(shapes, shapes, squares, weak_couplings, scattering_charges)


def _published() -> FloatArray:
    """Smallest recoil of the spectral fit [MeV]."""
    return np.array(measurements()["phase2"]["T_min"])


@cache
def _sums_above(qed: bool) -> Sums:
    """Integrals over the recoils that neutrinos of pp, pep and 7Be raise, those of `line_integrals` line by line."""
    T_min, lines_of = _published(), [_pp_energies(_published())[0]]
    lines_of += [np.array([energy for energy, _ in lines()[source]]) for source in ("pep", "7Be")]
    plain, windows = np.zeros((3 * _NODES, 3)), []
    for w, energies in enumerate(lines_of):

        def sums(M: FloatArray, energies: FloatArray = energies) -> tuple[FloatArray, FloatArray]:
            over_D, over_D2 = np.zeros((3 * _NODES, M.size)), np.zeros((_NODES, M.size))
            for n, energy in enumerate(energies):
                _, over_D[3 * n : 3 * n + 3], (a, b, c) = line_integrals(energy, T_min, np.sqrt(M), qed)
                over_D2[n] = a + b - c
            return over_D, over_D2

        for n, energy in enumerate(energies):
            plain[3 * n : 3 * n + 3, w] = line_integrals(energy, T_min, np.array(1.0), qed)[0]
        windows.append(Window(2 * M_E * float(T_min), 2 * M_E * float(largest_recoil(energies.max(), M_E)), sums))
    return Sums(plain, pole_sums(windows))


@intermediate(when={"borexino_recoil_window": "published"}, seconds=1e-7)
def borexino_joint_windows(
    m_X: FloatArray, borexino_joint_weights: Coefficients, weak_couplings: ElectronCouplings
) -> Rates:
    """Recoils of pp, pep and 7Be neutrinos that count."""
    rates = parabolas(m_X, borexino_joint_weights, _sums_above(weak_couplings.qed))
    return rates[0], rates[1], rates[2]


@branch("borexino_joint_windows", when={"borexino_recoil_window": ("all", "given")}, seconds=3e-5)
def borexino_joint_windows_by_integration(
    m_X: FloatArray,
    pp_flavours: _Flavours,
    pep_flavours: list[FloatArray],
    beryllium_flavours: list[FloatArray],
    weak_couplings: ElectronCouplings,
    scattering_charges: ScatteringCharges,
    borexino_thresholds: dict[str, FloatArray],
) -> Rates:
    """The same above any recoil."""
    T_min, interactions = borexino_thresholds["phase2"], (weak_couplings, scattering_charges)
    pep, beryllium = (
        sum((rate.in_window for rate in line_rates(source, m_X, flavours, *interactions, T_min)), start=NO_EVENTS)
        for source, flavours in (("pep", pep_flavours), ("7Be", beryllium_flavours))
    )
    return _pp(T_min, m_X, pp_flavours, *interactions), pep, beryllium


@intermediate
def borexino_joint_rates(borexino_joint_windows: Rates, borexino_joint_standard: list[FloatArray]) -> Rates:
    """What the rates of the spectral fit are compared with: those of all recoils, raised as those that count are."""
    pp, pep, beryllium = map(_raised, borexino_joint_windows, borexino_joint_standard)
    return pp, pep, beryllium


def _raised(window: Coefficients, predicted: FloatArray) -> Coefficients:
    """A predicted rate, raised as that in the window is: not at all where the window is empty."""
    seen = window.standard > 0
    factor = np.where(seen, predicted / np.where(seen, window.standard, 1.0), 0.0)
    return Coefficients(predicted, factor * window.linear, factor * window.quadratic)
