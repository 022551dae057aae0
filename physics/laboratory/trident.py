r"""Neutrino tridents, nu_mu N -> nu_mu mu+ mu- N, with X exchanged beside Z and W: Altmannshofer et al. 2014.

The Fermi interaction of nu_mu with the muon, -G_F/sqrt2 [nubar g^a (1-g5) nu][mubar g_a (C_V - C_A g5) mu], has
C_A = 1/2 and, with X of coupling g_X in the t channel and Q^2 = -(k-k')^2 of the neutrino,

    C_V = 1/2 + 2 s_W^2 + v^2 g_X^2/(m_X^2 + Q^2),    v^2 = 1/(sqrt2 G_F).

The photon of the nucleus is real and unpolarised (equivalent photons). What it makes of a current of virtuality Q^2 is
then a pair of structure functions, transverse and longitudinal; with l the squared mass of the pair, x = Q^2/(l+Q^2),
r = m_mu^2/Q^2, beta^2 = 1 - 4 m_mu^2/l, L = ln[(1+beta)/(1-beta)] and y = (l+Q^2)/s,

    d sigma(gamma nu)/dQ^2 dl = G_F^2 alpha Q^2/(4 pi^2 s^2 y^2) * {[1+(1-y)^2] T + 2 (1-y) K},
    T_V = -beta [(1-2x)^2 + 4 r x(1-x)] + L [x^2 + (1-x)^2 + 4 r x(1-x) - 8 r^2 x^2],
    K_V = 4 beta x(1-x) - 8 L r x^2,
    T_A = T_V + 8 r x(1-x) (beta - L) + 16 L r^2 x^2,
    K_A = K_V - 8 r x(1-x) (beta - L) + 4 L r - 16 L r^2 x^2,

times C_V^2 for V, C_A^2 for A; their interference vanishes once the pair's directions are integrated over. V is
Budnev et al. 1975; A was fitted, with integers, to Dirac traces, with which it agrees to 1e-12 (tests).

Folded with the spectrum of photons, ds/s n(s), all that (m_X, g_X) ask for are two moments of one distribution of Q^2:

    sigma/sigma_SM = 1 + A(m_X) g_X^2 + B(m_X) g_X^4.

Assumptions: one beam energy, the mean of the experiment's; coherent scattering; neutrinos and antineutrinos alike. Beam
and form factor move the ratio's excess by tens of per cent, the limit on g_X by several per cent. A contact interaction
(m_X^2 >> Q^2) would be wrong by 50 below 10 MeV, and by 1.5 % still at 20 GeV. Kinetic mixing (0.4 % of the coupling to
muons) is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import scipy

from physics.core.files import table
from physics.core.parameter import parameter
from physics.core.registration import intermediate, observable
from physics.core.status import FloatArray
from physics.model.constants import ALPHA, G_F, HBARC_MEV_CM, M_MU, SIN2_THETA_W
from physics.model.lagrangian import Charges
from physics.neutrino.cross_sections import Nucleus, helm_form_factor
from physics.numerics.pole_sums import PoleSums, Window, pole_sums, weighted
from physics.numerics.quadrature import gauss_panels

__all__ = [
    "Experiment",
    "cross_section",
    "experiments",
    "structure_functions",
    "trident_ratio_ccfr",
    "trident_ratio_charm2",
]

C_V, C_A = 0.5 + 2 * SIN2_THETA_W, 0.5
V2 = 1 / (math.sqrt(2) * G_F)  # MeV^2
TWO_SIDED_95 = 1.959963985
FERMI_MEV = HBARC_MEV_CM * 1e13  # hbar c [MeV fm]
LARGEST_Q = 700.0  # MeV: F^2 < 1e-14 there for A > 12


@dataclass(frozen=True)
class Experiment:
    """A measured ratio to the Standard Model; mean energy of the beam [GeV], mass number of the target."""

    ratio: float
    error: float
    beam_energy: float
    nucleus: int
    reference: str

    @property
    def upper(self) -> float:
        """Largest ratio at 95 % CL: 1.96 standard deviations above the measured one."""
        return self.ratio + TWO_SIDED_95 * self.error


@cache
def experiments() -> dict[str, Experiment]:
    """The measurements of physics/data/laboratory/trident.toml.

    >>> round(experiments()["ccfr"].upper, 4)
    1.3688
    """
    return {name: Experiment(**row) for name, row in table("laboratory/trident.toml").items()}


parameter(
    "ccfr_beam_energy",
    "mean energy of CCFR's neutrinos",
    unit="GeV",
    label=r"$E_\nu$ (CCFR)",
    default=experiments()["ccfr"].beam_energy,
)
parameter(
    "charm2_beam_energy",
    "mean energy of CHARM-II's neutrinos",
    unit="GeV",
    label=r"$E_\nu$ (CHARM-II)",
    default=experiments()["charm2"].beam_energy,
)


def structure_functions(pair: FloatArray, Q2: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """T_V, K_V, T_A, K_A of the module's head, for the squared mass of the pair, l > 4 m_mu^2, and Q^2 > 0 [MeV^2]."""
    x, r = Q2 / (pair + Q2), M_MU**2 / Q2
    beta = np.sqrt((pair - 4 * M_MU**2) / pair)
    log = 2 * np.arctanh(beta)
    u, rx = x * (1 - x), r * x
    T_V = -beta * ((1 - 2 * x) ** 2 + 4 * r * u) + log * (1 - 2 * u + 4 * r * u - 8 * rx**2)
    K_V = 4 * beta * u - 8 * log * rx * x
    T_A = T_V + 8 * r * u * (beta - log) + 16 * log * rx**2
    K_A = K_V - 8 * r * u * (beta - log) + 4 * log * r - 16 * log * rx**2
    return T_V, K_V, T_A, K_A


def _of_photon(s: FloatArray, Q2: FloatArray) -> FloatArray:
    """Q^2 d sigma(gamma nu)/dQ^2 [MeV^-2] for C_V = 1 and for C_A = 1, on a new first axis; 0 below threshold."""
    t, weight = (a.ravel() for a in gauss_panels(np.linspace(0.0, 1.0, 5), 8))
    reach = np.log(np.maximum((s - Q2) / (4 * M_MU**2), 1.0))[..., np.newaxis]
    pair = 4 * M_MU**2 * np.exp(reach * t**2)
    y = (pair + Q2[..., np.newaxis]) / s[..., np.newaxis]
    T_V, K_V, T_A, K_A = structure_functions(pair, Q2[..., np.newaxis])
    transverse, longitudinal = 1 + (1 - y) ** 2, 2 * (1 - y)
    measure = weight * 2 * t * reach * pair / y**2
    both = np.stack([transverse * T_V + longitudinal * K_V, transverse * T_A + longitudinal * K_A])
    result: FloatArray = G_F**2 * ALPHA / (4 * math.pi**2) * (Q2 / s) ** 2 * np.sum(both * measure, axis=-1)
    return result


def _virtualities(s_max: float) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights in ln Q^2, denser towards the largest, below which the cross section rises like a root."""
    low, high = math.log(1e-10 * M_MU**2), math.log(s_max - 4 * M_MU**2)
    u, weight = (a.ravel() for a in gauss_panels(np.linspace(0.0, 1.0, 17), 8))
    return np.exp(high - (high - low) * u**2), weight * 2 * u * (high - low)


def cross_section(s: float) -> tuple[float, float]:
    """Sigma(gamma nu -> nu mu+ mu-) [MeV^-2] for C_V = 1 and for C_A = 1, s [MeV^2].

    The limit of small m_mu is G_F^2 alpha s/(9 pi^2) [ln(s/m_mu^2) - 8/3] for either.

    >>> s = 2e9
    >>> limit = G_F**2 * ALPHA * s / (9 * math.pi**2) * (math.log(s / M_MU**2) - 8 / 3)
    >>> [round(value / limit, 4) for value in cross_section(s)]
    [0.9997, 1.0003]
    """
    Q2, weight = _virtualities(s)
    vector, axial = (_of_photon(np.full(Q2.size, s), Q2) * weight).sum(axis=-1)
    return float(vector), float(axial)


def _gaussian(q_min: FloatArray, nucleus: int) -> FloatArray:
    """Int dq^2/q^2 F^2 from q_min^2 [MeV^2] on, F = exp(-a^2 q^2/10) with a = 1.3 A^(1/3) fm."""
    radius = 1.3 * nucleus ** (1 / 3) / FERMI_MEV
    photons: FloatArray = scipy.special.exp1((radius * q_min) ** 2 / 5)
    return photons


def _helm(q_min: FloatArray, nucleus: int) -> FloatArray:
    """Int dq^2/q^2 (1 - q_min^2/q^2) F^2 with Helm's form factor."""
    nuclear = Nucleus(0, nucleus, nucleus)
    position, weight = (a.ravel() for a in gauss_panels(np.linspace(0.0, 1.0, 9), 8))
    reach = np.log(np.maximum(LARGEST_Q / q_min, 1.0))[..., np.newaxis]
    above = np.exp(reach * position)  # q/q_min
    q2 = (q_min[..., np.newaxis] * above) ** 2
    spectrum = helm_form_factor(q2 / (2 * nuclear.mass), nuclear) ** 2 * (1 - above**-2)
    photons: FloatArray = np.sum(2 * reach * weight * spectrum, axis=-1)
    return photons


PHOTONS: dict[str, Callable[[FloatArray, int], FloatArray]] = {"gaussian": _gaussian, "helm": _helm}
parameter(
    "trident_form_factor",
    "spectrum of the nucleus's photons; gaussian: form factor exp(-a^2 q^2/10), a = 1.3 A^(1/3) fm; helm: Helm's, with "
    "the factor 1 - q_min^2/q^2 of transverse photons",
    label="form factor (tridents)",
    default="gaussian",
    choices=PHOTONS,
)


class Moments(NamedTuple):
    """Distribution of Q^2 of a beam: nodes [MeV^2], and the weight of C_V^2 there over sigma_SM."""

    Q2: FloatArray
    weight: FloatArray


@cache
def _moments(beam_energy: float, nucleus: int, form_factor: str) -> Moments:
    """Folded with the photons of a nucleus, for neutrinos of `beam_energy` [GeV]."""
    double_energy = 2e3 * beam_energy
    s_max = double_energy * LARGEST_Q
    Q2, d_log_Q2 = _virtualities(s_max)
    thresholds = np.log(4 * M_MU**2 + Q2)
    edges = thresholds[:, np.newaxis] + (math.log(s_max) - thresholds)[:, np.newaxis] * np.linspace(0, 1, 7)
    log_s, d_log_s = (a.reshape(Q2.size, -1) for a in gauss_panels(edges, 8))
    s = np.exp(log_s)
    photons = d_log_s * PHOTONS[form_factor](s / double_energy, nucleus)
    vector, axial = (_of_photon(s, np.broadcast_to(Q2[:, np.newaxis], s.shape)) * photons).sum(axis=-1) * d_log_Q2
    return Moments(Q2, vector / (C_V**2 * vector.sum() + C_A**2 * axial.sum()))


class Excess(NamedTuple):
    """A and B in sigma/sigma_SM = 1 + A g_X^2 + B g_X^4."""

    A: FloatArray
    B: FloatArray

    def ratio(self, g_X: FloatArray) -> FloatArray:
        """sigma/sigma_SM."""
        return 1 + g_X**2 * (self.A + g_X**2 * self.B)

    def coupling(self, ratio: float) -> FloatArray:
        """g_X at which sigma/sigma_SM is `ratio`."""
        above = ratio - 1
        coupling: FloatArray = np.sqrt(2 * above / (self.A + np.sqrt(self.A**2 + 4 * self.B * above)))
        return coupling


@cache
def _sums(beam_energy: float, nucleus: int, form_factor: str) -> PoleSums:
    """Of the moments over m_X^2 + Q^2, and over its square."""
    Q2, weight = _moments(beam_energy, nucleus, form_factor)

    def sums(m2: FloatArray) -> tuple[FloatArray, FloatArray]:
        over = 1 / (Q2[:, np.newaxis] + m2)
        return (weight @ over)[np.newaxis], (weight @ over**2)[np.newaxis]

    return pole_sums([Window(Q2.min(), Q2.max(), sums)])


def _excess(name: str, m_X: FloatArray, beam_energy: FloatArray, form_factor: str, charges: Charges) -> Excess:
    m_X, beam_energy = np.broadcast_arrays(m_X, beam_energy)
    A, B = np.full(m_X.shape, np.nan), np.full(m_X.shape, np.nan)
    shift = np.full((1, 1, 1), V2 * charges.muon**2)
    for energy in np.unique(beam_energy[np.isfinite(beam_energy)]).tolist():
        here = beam_energy == energy
        sums = _sums(energy, experiments()[name].nucleus, form_factor)
        first, second = weighted(sums, m_X[here] ** 2, 2 * C_V * shift, shift**2)
        A[here], B[here] = first[:, 0], second[:, 0]
    return Excess(A, B)


@intermediate(seconds=2e-7)
def trident_excess_ccfr(
    m_X: FloatArray, ccfr_beam_energy: FloatArray, trident_form_factor: str, charges: Charges
) -> Excess:
    """Of CCFR's beam on iron."""
    return _excess("ccfr", m_X, ccfr_beam_energy, trident_form_factor, charges)


@intermediate(seconds=2e-7)
def trident_excess_charm2(
    m_X: FloatArray, charm2_beam_energy: FloatArray, trident_form_factor: str, charges: Charges
) -> Excess:
    """Of CHARM-II's beam on glass."""
    return _excess("charm2", m_X, charm2_beam_energy, trident_form_factor, charges)


@observable(
    unit="1",
    label=r"$\sigma/\sigma_\mathrm{SM}$ (CCFR)",
    reference="Drees & Zhao 2021, eq. (2.1) at tree level; Altmannshofer et al. 2014; CCFR 1991; Budnev et al. 1975",
)
def trident_ratio_ccfr(g_X: FloatArray, trident_excess_ccfr: Excess) -> FloatArray:
    """Trident production in CCFR over that of the Standard Model; measured: 0.82(28).

    >>> import physics
    >>> physics.evaluate("trident_ratio_ccfr", m_X=[10, 1e3], g_X=1e-3)
    array([1.443..., 1.039...])
    """
    return trident_excess_ccfr.ratio(g_X)


@observable(
    unit="1",
    label=r"$\sigma/\sigma_\mathrm{SM}$ (CHARM-II)",
    reference="Drees & Zhao 2021, eq. (2.1); Altmannshofer et al. 2014; CHARM-II 1990; Budnev et al. 1975",
)
def trident_ratio_charm2(g_X: FloatArray, trident_excess_charm2: Excess) -> FloatArray:
    """Trident production in CHARM-II over that of the Standard Model; measured: 1.58(57).

    >>> import physics
    >>> physics.evaluate("trident_ratio_charm2", m_X=[10, 1e3], g_X=1e-3)
    array([2.633..., 1.064...])
    """
    return trident_excess_charm2.ratio(g_X)


@observable(
    unit="1",
    label=r"$g_X$ (CCFR)",
    reference="Drees & Zhao 2021, eq. (2.1) at tree level; Altmannshofer et al. 2014; CCFR 1991",
)
def ccfr_g_X(trident_excess_ccfr: Excess) -> FloatArray:
    """Largest coupling that CCFR allows at 95 % CL: where the ratio is 0.82 + 1.96 x 0.28.

    Pairs of muons from diffractive charm were no background of the analysis; subtracting them makes the limit stronger.

    >>> import physics
    >>> physics.evaluate("ccfr_g_X", m_X=[10, 1e3])
    array([0.00094..., 0.0028...])
    """
    return trident_excess_ccfr.coupling(experiments()["ccfr"].upper)


@observable(
    unit="1",
    label=r"$g_X$ (CHARM-II)",
    reference="Drees & Zhao 2021, eq. (2.1) at tree level; Altmannshofer et al. 2014; CHARM-II 1990",
)
def charm2_g_X(trident_excess_charm2: Excess) -> FloatArray:
    """Largest coupling that CHARM-II allows at 95 % CL: where the ratio is 1.58 + 1.96 x 0.57.

    >>> import physics
    >>> physics.evaluate("charm2_g_X", m_X=[10, 1e3])
    array([0.00101..., 0.0043...])
    """
    return trident_excess_charm2.coupling(experiments()["charm2"].upper)
