r"""Flavours of solar neutrinos at the Earth: adiabatic conversion of three flavours in the Sun, phases averaged.

A nu_e made where the electron density is n_e leaves the Sun in mass eigenstates; with theta_m the mixing angle there,

    P(nu_e -> nu_alpha) = |U_a1|^2 c13^2 (1 + C)/2 + |U_a2|^2 c13^2 (1 - C)/2 + |U_a3|^2 s13^2,

C = <cos 2 theta_m> averaged over where a source's neutrinos are made (Amaral et al. 2020, appendix B). So a probability
is `base + slope C`: C alone depends on energy, source and solar model, base and slope alone on theta_23 and delta_CP. X
does not change the conversion: its matter potentials of electrons and protons cancel (eq. (30)); that of B-L is the
same for all flavours. Left out are the Earth's matter (P_ee over the year: +0.5, 1.9 and 3.1 % at 5, 10 and 14 MeV) and
corrections to theta_13 in the Sun (P_ee is 0.02 % too large for 7Be, 0.1, 0.2 and 0.3 % at 5, 10 and 14 MeV).

The mixing angles default to NuFIT 6.1 of November 2025. `global_fit` has others, among them NuFIT 4.0, the fit that the
paper uses:

>>> import physics
>>> round(physics.evaluate("solar_p_emu", neutrino_energy=10.0, **global_fit("NuFIT 4.0")), 3)
0.33
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from physics.core.errors import UnknownNameError, suggestion
from physics.core.files import columns, table
from physics.core.parameter import parameter
from physics.core.registration import intermediate, observable
from physics.core.status import FloatArray
from physics.model.constants import AVOGADRO, G_F, HBARC_MEV_CM

__all__ = [
    "SOURCES",
    "FlavourSplit",
    "flavour_split",
    "global_fit",
    "mean_cos_2_theta_m",
    "probabilities",
    "solar_p_ee",
    "solar_p_emu",
    "solar_p_etau",
]

_FITS = table("neutrino/global_fits.toml")
_FIT = _FITS["NuFIT 6.1"]  # the defaults
SOURCES = ("pp", "pep", "hep", "7Be", "8B", "13N", "15O", "17F")

parameter(
    "sin2_theta_12",
    "solar mixing angle (default: NuFIT 6.1)",
    label=r"$\sin^2\theta_{12}$",
    default=_FIT["sin2_theta_12"],
    high=1.0,
)
parameter(
    "sin2_theta_13",
    "reactor mixing angle (default: NuFIT 6.1)",
    label=r"$\sin^2\theta_{13}$",
    default=_FIT["sin2_theta_13"],
    high=1.0,
    low_allowed=True,
)
parameter(
    "sin2_theta_23",
    "atmospheric mixing angle (default: NuFIT 6.1, normal ordering)",
    label=r"$\sin^2\theta_{23}$",
    default=_FIT["sin2_theta_23"],
    high=1.0,
    low_allowed=True,
)
parameter(
    "delta_CP",
    "CP phase of neutrino mixing (default: NuFIT 6.1, normal ordering)",
    unit="deg",
    label=r"$\delta_\mathrm{CP}$",
    default=_FIT["delta_CP"],
    low=-360.0,
    high=360.0,
    low_allowed=True,
)
parameter(
    "dm2_21",
    "solar mass splitting (default: NuFIT 6.1)",
    unit="eV^2",
    label=r"$\Delta m^2_{21}$",
    default=_FIT["dm2_21"],
    low=1e-5,
)
parameter(
    "neutrino_energy",
    "energy of solar neutrinos",
    unit="MeV",
    label=r"$E_\nu$",
    default=10.0,
    high=20.0,
    low_allowed=True,
)
parameter(
    "solar_source",
    "reaction or decay in the Sun that makes the neutrinos",
    label="source",
    default="8B",
    choices=SOURCES,
)


class FlavourSplit(NamedTuple):
    """P(nu_e -> nu_alpha) = base + slope <cos 2 theta_m>; the first axis of both is the flavour: e, mu, tau."""

    base: FloatArray
    slope: FloatArray

    def flavours(self, pair: FloatArray) -> FloatArray:
        """Quantities by flavour, from those that the whole flux has, and the flux times C.

        >>> FlavourSplit(np.array([0.5, 0.3, 0.2]), np.array([1.0, -0.5, -0.5])).flavours(np.array([2.0, 0.2]))
        array([1.2, 0.5, 0.3])
        """
        return np.stack([base * pair[0] + slope * pair[1] for base, slope in zip(self.base, self.slope, strict=True)])


def global_fit(name: str) -> dict[str, float]:
    """Mixing parameters of a global fit, as arguments of `physics.evaluate` (physics/data/neutrino/global_fits.toml).

    Parameters
    ----------
    name : str
        "NuFIT 4.0", ...

    Returns
    -------
    dict of str to float
        sin2_theta_12, sin2_theta_13, sin2_theta_23, delta_CP [deg], dm2_21 [eV^2].

    Raises
    ------
    UnknownNameError
        No such fit.

    Examples
    --------
    >>> global_fit("NuFIT 4.0")["sin2_theta_23"]
    0.582
    """
    if name not in _FITS:
        raise UnknownNameError(f"no global fit {name!r}{suggestion(name, _FITS)}")
    return {key: value for key, value in _FITS[name].items() if key != "reference"}


@intermediate
def flavour_split(
    sin2_theta_12: FloatArray, sin2_theta_13: FloatArray, sin2_theta_23: FloatArray, delta_CP: FloatArray
) -> FlavourSplit:
    """How base and slope of the three probabilities follow from the mixing matrix; delta_CP [deg].

    >>> base, slope = flavour_split(np.array(0.31), np.array(0.0224), np.array(0.582), np.array(217.0))
    >>> float(round(base.sum(), 12)), abs(round(float(slope.sum()), 12))
    (1.0, 0.0)
    """
    angles = np.broadcast_arrays(sin2_theta_12, sin2_theta_13, sin2_theta_23, delta_CP)
    e1, e2, e3, mu1, mu2, mu3 = _mixing(*angles)
    first, second, third = (np.stack([e, m, 1 - e - m]) for e, m in ((e1, mu1), (e2, mu2), (e3, mu3)))
    c13 = 1 - sin2_theta_13
    return FlavourSplit(
        base=c13 * (first + second) / 2 + sin2_theta_13 * third,
        slope=c13 * (first - second) / 2,
    )


def _mixing(s12: FloatArray, s13: FloatArray, s23: FloatArray, delta_CP: FloatArray) -> tuple[FloatArray, ...]:
    """|U_e1|^2, |U_e2|^2, |U_e3|^2, |U_mu1|^2, |U_mu2|^2, |U_mu3|^2; the arguments are sin^2, delta_CP [deg]."""
    c12, c13, c23 = 1 - s12, 1 - s13, 1 - s23
    interference = 2 * np.sqrt(s12 * c12 * s23 * c23 * s13) * np.cos(np.radians(delta_CP))
    return (
        c12 * c13,
        s12 * c13,
        s13,
        s12 * c23 + c12 * s23 * s13 + interference,
        c12 * c23 + s12 * s23 * s13 - interference,
        s23 * c13,
    )


@cache
def _solar_model(metallicity: str) -> dict[str, FloatArray]:
    """Columns of a solar model: n_e [cm^-3], and the share of each source's neutrinos that each shell makes."""
    model = columns(f"neutrino/solar_model_b16_{metallicity.lower()}.csv")
    width = np.gradient(model["radius"])
    share = {source: model[source] * width / np.sum(model[source] * width) for source in SOURCES}
    return {"n_e": AVOGADRO * 10 ** model["log10_n_e"], **share}


def mean_cos_2_theta_m(
    energy: ArrayLike,
    source: str,
    metallicity: str,
    sin2_theta_12: ArrayLike,
    sin2_theta_13: ArrayLike,
    dm2_21: ArrayLike,
) -> FloatArray:
    """<cos 2 theta_m> over where the neutrinos of a source are made, from cos 2 theta_12 (vacuum) to -1.

    The energy is in MeV, the mass splitting in eV^2.

    >>> round(float(mean_cos_2_theta_m(0.0, "pp", "GS98", 0.31, 0.0224, 7.39e-5)), 6)
    0.38
    """
    energy, s12, s13, dm2 = (
        np.asarray(v, dtype=np.float64)[..., None] for v in (energy, sin2_theta_12, sin2_theta_13, dm2_21)
    )
    model = _solar_model(metallicity)
    potential = math.sqrt(2) * G_F * HBARC_MEV_CM**3 * model["n_e"]  # [MeV]
    matter = 2 * energy * potential * (1 - s13) / (dm2 * 1e-12)
    vacuum = 1 - 2 * s12
    cosine = (vacuum - matter) / np.sqrt((vacuum - matter) ** 2 + 4 * s12 * (1 - s12))
    return np.asarray(np.vecdot(cosine, model[source]))  # not @: the same to the last bit for one energy or many


def probabilities(
    energy: ArrayLike,
    source: str,
    metallicity: str = "GS98",
    *,
    sin2_theta_12: ArrayLike,
    sin2_theta_13: ArrayLike,
    sin2_theta_23: ArrayLike,
    delta_CP: ArrayLike,
    dm2_21: ArrayLike,
) -> FloatArray:
    """P(nu_e -> nu_e, nu_mu, nu_tau) from the Sun to the Earth by day, Amaral et al. 2020, appendix B.

    Parameters
    ----------
    energy : array_like
        Neutrino energy [MeV].
    source : str
        pp, pep, hep, 7Be, 8B, 13N, 15O or 17F.
    metallicity : {"GS98", "AGSS09"}
        Solar model.
    sin2_theta_12, sin2_theta_13, sin2_theta_23, delta_CP, dm2_21 : array_like
        Mixing angles, phase [deg] and mass splitting [eV^2]; see `global_fit`.

    Returns
    -------
    ndarray of shape (3, ...)
        They sum to 1.

    Raises
    ------
    UnknownNameError
        No such source.

    Examples
    --------
    >>> np.round(probabilities(10.0, "8B", **global_fit("NuFIT 4.0")), 4)
    array([0.3279, 0.3299, 0.3422])
    """
    if source not in SOURCES:
        raise UnknownNameError(f"no source {source!r}{suggestion(source, SOURCES)}")
    angles = [np.asarray(v, dtype=np.float64) for v in (sin2_theta_12, sin2_theta_13, sin2_theta_23, delta_CP)]
    base, slope = flavour_split(*angles)
    cosine = mean_cos_2_theta_m(energy, source, metallicity, sin2_theta_12, sin2_theta_13, dm2_21)
    return np.stack([b + s * cosine for b, s in zip(base, slope, strict=True)])


@intermediate(seconds=2e-6)
def solar_cosine(
    neutrino_energy: FloatArray,
    solar_source: str,
    metallicity: str,
    sin2_theta_12: FloatArray,
    sin2_theta_13: FloatArray,
    dm2_21: FloatArray,
) -> FloatArray:
    """<cos 2 theta_m> of a source's neutrinos."""
    return mean_cos_2_theta_m(neutrino_energy, solar_source, metallicity, sin2_theta_12, sin2_theta_13, dm2_21)


def _probability(flavour: int, cosine: FloatArray, split: FlavourSplit) -> FloatArray:
    return np.asarray(np.maximum(split.base[flavour] + split.slope[flavour] * cosine, 0.0))  # -1e-17 without mixing


@observable(unit="1", label=r"$P(\nu_e\to\nu_e)$", reference="Amaral et al. 2020, eq. (32)")
def solar_p_ee(solar_cosine: FloatArray, flavour_split: FlavourSplit) -> FloatArray:
    """The share of solar neutrinos that arrive as nu_e by day, Amaral et al. 2020, appendix B.

    >>> import physics
    >>> physics.evaluate("solar_p_ee", neutrino_energy=[0.0, 10.0]).round(4)
    array([0.5481, 0.3282])
    """
    return _probability(0, solar_cosine, flavour_split)


@observable(unit="1", label=r"$P(\nu_e\to\nu_\mu)$", reference="Amaral et al. 2020, eq. (32)")
def solar_p_emu(solar_cosine: FloatArray, flavour_split: FlavourSplit) -> FloatArray:
    """The share of solar neutrinos that arrive as nu_mu by day, Amaral et al. 2020, appendix B.

    >>> import physics
    >>> round(physics.evaluate("solar_p_emu", neutrino_energy=0.8618, solar_source="7Be"), 4)
    0.2348
    """
    return _probability(1, solar_cosine, flavour_split)


@observable(unit="1", label=r"$P(\nu_e\to\nu_\tau)$", reference="Amaral et al. 2020, eq. (32)")
def solar_p_etau(solar_cosine: FloatArray, flavour_split: FlavourSplit) -> FloatArray:
    """The share of solar neutrinos that arrive as nu_tau by day, Amaral et al. 2020, appendix B.

    >>> import physics
    >>> round(physics.evaluate("solar_p_etau", neutrino_energy=10.0, delta_CP=0.0), 3)
    0.373
    """
    return _probability(2, solar_cosine, flavour_split)
