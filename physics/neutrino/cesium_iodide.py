"""The CsI[Na] detector of COHERENT: what it accepts and what it counted, in 2017 and in 2021."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import scipy

from physics.core.files import table
from physics.core.parameter import parameter
from physics.core.status import FloatArray
from physics.neutrino.stopped_pions import Counts, Detector, make_detector
from physics.neutrino.targets import target

__all__ = ["coherent_csi", "coherent_csi_counts"]

_Acceptance = Callable[[FloatArray], FloatArray]
_NODES = 64  # over photoelectrons: 1e-10 of the events


def _poisson(row: dict[str, Any]) -> _Acceptance:
    """2017: constant quenching, photoelectrons that are Poisson-distributed."""
    curve, window = row["acceptance"], row["window"]
    number = np.arange(window["first"], window["end"])
    accepted = curve["a"] / (1 + np.exp(-curve["k"] * (number - curve["n_0"])))

    def acceptance(T: FloatArray) -> FloatArray:
        mean = 1e3 * row["quenching"] * row["light_yield"] * T[..., None]
        return np.asarray(np.exp(number * np.log(mean) - mean - scipy.special.gammaln(number + 1)) @ accepted)

    return acceptance


def _gamma(row: dict[str, Any]) -> _Acceptance:
    """2021: a polynomial of the recoil, photoelectrons that are Gamma-distributed."""
    curve = row["acceptance"]
    first = curve["n_0"] - math.log(-curve["a"] / curve["d"] - 1) / curve["k"]  # where the curve is 0
    node, weight = np.polynomial.legendre.leggauss(_NODES)
    width = (row["end"] - first) / 2
    number = first + width * (node + 1)
    accepted = width * weight * (curve["a"] / (1 + np.exp(-curve["k"] * (number - curve["n_0"]))) + curve["d"])

    def acceptance(T: FloatArray) -> FloatArray:
        light = 1e3 * np.polynomial.polynomial.polyval(T, [0.0, *row["light"]])[..., None]
        shape = 1 + row["resolution_b"] * light
        rate = row["resolution_a"] / light * shape
        density = shape * np.log(rate) + (shape - 1) * np.log(number) - rate * number - scipy.special.gammaln(shape)
        return np.asarray(np.exp(density) @ accepted)

    return acceptance


def _subtracted(row: dict[str, float]) -> Counts:
    """2017: the background of 6 neutrons with 25 % error is a second nuisance parameter of the literature (Liao &
    Marfatia 2017; Papoulias & Kosmas 2018). Minimised over it, its error adds to the statistical one.
    """
    excess = row["coincident"] - row["anticoincident"]
    statistical = math.sqrt(excess + 2 * row["anticoincident"] + row["beam_neutrons"])
    error = math.hypot(statistical, row["beam_neutrons_error"] * row["beam_neutrons"])
    return Counts(excess - row["beam_neutrons"], error, row["scale_error"])


def _fitted(row: dict[str, float]) -> Counts:
    """2021: events of the collaboration's fit."""
    return Counts(row["measured"], row["statistical_error"], row["scale_error"])


_DATA: dict[str, tuple[Callable[[dict[str, Any]], _Acceptance], Callable[[dict[str, float]], Counts]]] = {
    "2021": (_gamma, _fitted),
    "2017": (_poisson, _subtracted),
}

parameter(
    "coherent_csi_data",
    "data of COHERENT's CsI detector; 2021: all of them, 306 events, with the quenching known better; 2017: the first, "
    "136 events, as in the papers",
    label="CsI data",
    default="2021",
    choices=_DATA,
)


@cache
def coherent_csi(coherent_csi_data: str) -> Detector:
    """The detector: physics/data/neutrino/coherent_csi.toml.

    Of the delayed neutrinos those count that arrive in the first 6 us, in 2021 with an efficiency that depends on time.

    >>> recoils = np.array([0.003, 0.010, 0.020])  # 3, 10 and 20 keV
    >>> coherent_csi("2017").acceptance(recoils).round(3), coherent_csi("2021").acceptance(recoils).round(3)
    (array([0.012, 0.375, 0.582]), array([0.001, 0.392, 0.955]))
    """
    csi = table("neutrino/coherent_csi.toml")
    row = csi[coherent_csi_data]
    nuclei = tuple(nucleus for element in csi["elements"] for nucleus, _ in target(element).isotopes)  # one each
    return make_detector(nuclei, csi["baseline_m"], row, _DATA[coherent_csi_data][0](row["photoelectrons"]))


@cache
def coherent_csi_counts(coherent_csi_data: str) -> Counts:
    """Events of the CsI detector, all energies and times together.

    >>> coherent_csi_counts("2021")
    Counts(measured=306, error=20, scale_error=0.13)
    >>> coherent_csi_counts("2017")
    Counts(measured=136, error=30.98..., scale_error=0.28)
    """
    return _DATA[coherent_csi_data][1](table("neutrino/coherent_csi.toml")[coherent_csi_data]["counts"])
