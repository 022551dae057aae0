"""How much of the energy of charged leptons ionises the gas after recombination: Slatyer 2016.

Efficiencies are for psi psibar -> l+ l- at rest, relative to 2 m_psi, and end below m_psi = m_l.

- Electrons: the published table at the kinetic energy m_psi - m_e. (Some codes enter it with m_psi; that is 0.5 %
  more at 10 MeV, 5 % at 5, 40 % at 2.)
- Muons: each becomes an electron with the Michel spectrum, dN/dx = 2 x^2 (3 - 2x) with x = 2E/m_mu in the muon's frame,
  boosted isotropically; neutrinos take 13/20 of the energy. Photons radiated by the muon or its decay are left out.
- Taus: decays into e and mu by boosted Michel spectra (the mass of the muon neglected in the decay). Decays into
  hadrons by mean energies: the pions share (1 + m_h^2/m_tau^2)/2 of the tau's energy equally, a neutral one becomes
  two photons, a charged one passes 0.787 x 7/20 to an electron; kaons count as pions. A few per cent in the mean
  energy, an estimated 20 % in the efficiency.
- Leptons from X of psi psibar -> X X have energies uniform about m_psi/2; `of_decays` averages over them.

>>> m_psi = np.array([11.6, 204.0, 3000.0])
>>> [f(m_psi).round(3).tolist() for f in (f_electrons, f_muons, f_taus)]
[[0.948, 0.725, 0.556], [0.0, 0.31, 0.162], [0.0, 0.0, 0.168]]
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from physics.core.files import columns
from physics.core.status import FloatArray
from physics.model.constants import M_E, M_MU, M_PI, M_TAU
from physics.numerics.quadrature import gauss_legendre

__all__ = ["ELECTRONS_OF_MUON", "f_electrons", "f_muons", "f_taus", "of_decays", "radiation_of_tau"]

ELECTRONS_OF_MUON = 7 / 20  # share of a muon's energy, m_e neglected
_TO_ELECTRON, _TO_MUON = 0.1782, 0.1739  # branching ratios of the tau, PDG 2020
_MUON_OF_PION = (1 + (M_MU / M_PI) ** 2) / 2
_LARGEST = 1e7  # MeV; the table of electrons ends at 6e6, and is constant there


def f_electrons(m_psi: FloatArray) -> FloatArray:
    """Efficiency of e+e-."""
    return np.where(m_psi > M_E, _of_pair(m_psi - M_E), 0.0)


def f_muons(m_psi: FloatArray) -> FloatArray:
    """Efficiency of mu+mu-."""
    return np.where(m_psi > M_MU, np.interp(np.log(m_psi), *_muons()), 0.0)


def f_taus(m_psi: FloatArray) -> FloatArray:
    """Efficiency of tau+tau-."""
    return np.where(m_psi > M_TAU, np.interp(np.log(m_psi), *_taus()), 0.0)


def of_decays(
    efficiency: Callable[[FloatArray], FloatArray], m_l: float, m_X: FloatArray, m_psi: FloatArray
) -> FloatArray:
    """Efficiency of l+ l- from the decay of X with energy m_psi > m_X > 2 m_l, relative to m_psi.

    E_l = m_psi/2 (1 + beta_X beta_l c), c uniform from -1 to 1.
    """
    nodes, weights = gauss_legendre(16)
    with np.errstate(invalid="ignore"):
        spread = np.sqrt(np.maximum(1 - (m_X / m_psi) ** 2, 0.0) * np.maximum(1 - (2 * m_l / m_X) ** 2, 0.0))
    half = np.broadcast_to(m_psi / 2, spread.shape)
    total: FloatArray = efficiency(half)
    if (moves := spread > 0).any():
        spread, half = spread[moves], half[moves]
        shares = [1 + spread * c for c in nodes]
        total[moves] = sum(w / 2 * s * efficiency(half * s) for w, s in zip(weights, shares, strict=True))
    return total


def _of_pair(kinetic: FloatArray) -> FloatArray:
    return _in_table("f_e", kinetic)


def _in_table(name: str, energy: FloatArray) -> FloatArray:
    """Linear in the logarithm of the energy, constant beyond the ends."""
    table = _table()
    return np.interp(np.log(np.maximum(energy, 1e-6)), table["ln_energy"], table[name])


@cache
def _table() -> dict[str, FloatArray]:
    """The published table."""
    table = columns("dark_matter/f_eff_slatyer2016.csv")
    return table | {"ln_energy": np.log(table["energy_MeV"])}


def _michel(mass: float, efficiency_of_daughter: FloatArray, energies: FloatArray, m_psi: FloatArray) -> FloatArray:
    """Energy that the charged daughter of l -> l' nu nu deposits over that of l; at `energies`: its efficiency."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    x, of_x = (1 + nodes) / 2, weights / 2
    boost = m_psi / mass
    beta = np.sqrt(np.maximum((1 - 1 / boost) * (1 + 1 / boost), 0.0))
    lab = (boost[:, np.newaxis] * (1 + beta[:, np.newaxis] * nodes))[..., np.newaxis] * x * mass / 2
    share = np.interp(np.log(lab), np.log(energies), efficiency_of_daughter) * lab / m_psi[:, np.newaxis, np.newaxis]
    result: FloatArray = np.einsum("mcx,c,x->m", share, weights / 2, of_x * 2 * x**2 * (3 - 2 * x))
    return result


@cache
def _electrons() -> tuple[FloatArray, FloatArray]:
    """Total energies, and the efficiency of an electron there."""
    energies = np.geomspace(1.0001 * M_E, _LARGEST, 2000)
    return energies, _of_pair(energies - M_E)


@cache
def _muons() -> tuple[FloatArray, FloatArray]:
    """In ln m_psi: the efficiency of a muon of that energy."""
    m_psi = np.geomspace(M_MU, _LARGEST, 300)
    energies, f = _electrons()
    return np.log(m_psi), _michel(M_MU, f, energies, m_psi)


@cache
def _taus() -> tuple[FloatArray, FloatArray]:
    """In ln m_psi: the efficiency of a tau of that energy."""
    m_psi = np.geomspace(M_TAU, _LARGEST, 200)
    log_m, of_muon = _muons()
    leptons = _TO_ELECTRON * _michel(M_TAU, _electrons()[1], _electrons()[0], m_psi)
    leptons += _TO_MUON * _michel(M_TAU, of_muon, np.exp(log_m), m_psi)
    return np.log(m_psi), leptons + _hadrons(m_psi)


def _hadrons(m_psi: FloatArray) -> FloatArray:
    """Share of hadronic decays, at the mean energies of what they become."""
    total = np.zeros_like(m_psi)
    for branching, pion, charged, neutral in _hadronic_decays():
        electron = _MUON_OF_PION * ELECTRONS_OF_MUON * pion
        total += branching * neutral * pion * _in_table("f_gamma", pion / 2 * m_psi)
        total += branching * charged * electron * _of_pair(electron * m_psi)
    return total


@cache
def _hadronic_decays() -> list[list[float]]:
    """Branching ratio, energy of each pion over the tau's, number of charged and of neutral pions."""
    table = columns("dark_matter/tau_decays.csv")
    branching = (1 - _TO_ELECTRON - _TO_MUON) / table["branching"].sum() * table["branching"]
    energy = (1 + (table["mass_MeV"] / M_TAU) ** 2) / 2 / (table["charged"] + table["neutral"])
    rows: list[list[float]] = np.stack([branching, energy, table["charged"], table["neutral"]], axis=-1).tolist()
    return rows


@cache
def radiation_of_tau() -> float:
    """Share of a tau's energy that electrons and photons carry.

    >>> round(radiation_of_tau(), 3)
    0.305
    """
    share = ELECTRONS_OF_MUON * (_TO_ELECTRON + _TO_MUON * ELECTRONS_OF_MUON)
    for branching, pion, charged, neutral in _hadronic_decays():
        share += branching * pion * (neutral + charged * _MUON_OF_PION * ELECTRONS_OF_MUON)
    return share
