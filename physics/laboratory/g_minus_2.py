"""The anomalous magnetic moment of the muon: Drees & Zhao 2021, eq. (2.6), in closed form, and the measurements."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy

from physics.core.files import table
from physics.core.parameter import parameter
from physics.core.registration import intermediate, observable
from physics.core.status import FloatArray
from physics.model.constants import M_MU
from physics.model.lagrangian import Charges

__all__ = ["AMuDataset", "a_mu_datasets", "a_mu_loop", "a_mu_pull", "delta_a_mu"]


@dataclass(frozen=True)
class AMuDataset:
    """Measured minus predicted a_mu with its standard deviation, both in units of 1."""

    difference: float
    sigma: float
    reference: str


@cache
def a_mu_datasets() -> dict[str, AMuDataset]:
    """The data sets of physics/data/laboratory/muon_g_minus_2.toml by the name that the parameter a_mu_dataset uses.

    >>> round(a_mu_datasets()["FNAL2021"].difference * 1e11)
    251
    """
    return {
        name: AMuDataset(row["difference"] * 1e-11, row["sigma"] * 1e-11, row["reference"])
        for name, row in table("laboratory/muon_g_minus_2.toml").items()
    }


parameter(
    "a_mu_dataset",
    "which measured minus predicted (g-2)_mu (physics/data/laboratory/muon_g_minus_2.toml)",
    label=r"$\Delta a_\mu$ data set",
    default="WP2025",
    choices=a_mu_datasets(),
)


@intermediate
def a_mu_loop(m_X: FloatArray) -> FloatArray:
    r"""Loop function I = Int_0^1 2 x^2 (1-x) / (x^2 + (1-x) a) dx with a = (m_X/m_mu)^2; I -> 1 and 2/(3a) at the ends.

    In closed form. For a < 4

        I = 1 - 2a + a(a-2) ln a - 2a (a^2-4a+2) arctan(sqrt(4/a - 1)) / sqrt(a(4-a));

    for a >= 4, where that cancels to nothing, with a = (1+q)^2/q, 0 < q <= 1 and R = [ln(1+q) - q + q^2/2]/q^3

        I = 2q^2 - q^4 + 2q (1+q)^2 (1+q^2) R + 2q^2 (1+q)/(1-q) ln q.

    >>> a_mu_loop(np.array([1e-9, 211.316751, 1e9]))
    array([1.00...e+00, 9.03...e-02, 7.44...e-15])
    """
    root_a = np.asarray(m_X, dtype=np.float64) / M_MU
    light = _loop_light(np.minimum(root_a, np.nextafter(2, 0)))
    return np.where(root_a < 2, light, _loop_heavy(np.maximum(root_a, 2.0)))


def _loop_light(root_a: FloatArray) -> FloatArray:
    a = root_a**2
    rest = np.sqrt((2 - root_a) * (2 + root_a))  # sqrt(4-a)
    angle = np.arctan2(rest, root_a)
    return 1 - 2 * a + 2 * a * (a - 2) * np.log(root_a) - 2 * root_a * (a * a - 4 * a + 2) * angle / rest


def _loop_heavy(root_a: FloatArray) -> FloatArray:
    q = (2 / (root_a + np.sqrt((root_a - 2) * (root_a + 2)))) ** 2
    third: FloatArray = scipy.special.hyp2f1(1, 3, 4, -q) / 3  # R
    log_ratio = np.where(q == 1, -1.0, np.log(q) / np.where(q == 1, 1.0, 1 - q))  # ln q / (1-q)
    return 2 * q**2 - q**4 + 2 * q * (1 + q) ** 2 * (1 + q**2) * third + 2 * q**2 * (1 + q) * log_ratio


@observable(unit="1", label=r"$\Delta a_\mu$", reference="Drees & Zhao 2021, eq. (2.6)")
def delta_a_mu(g_X: FloatArray, a_mu_loop: FloatArray, charges: Charges) -> FloatArray:
    """Contribution of X to the anomalous magnetic moment a_mu = (g-2)/2 of the muon.

    Relative error below 1e-12 for m_X from 1e-9 to 1e9 MeV.

    >>> import physics
    >>> physics.evaluate("delta_a_mu", m_X=20.0, g_X=5e-4)
    2.030157751311...e-09
    """
    return (charges.muon * g_X) ** 2 / (8 * math.pi**2) * a_mu_loop


@observable(
    unit="1",
    label=r"$\Delta a_\mu$ pull",
    reference="Drees & Zhao 2021, eq. (2.5); Muon g-2 2025; White Paper 2025 (other data sets: constraints g2_...)",
)
def a_mu_pull(delta_a_mu: FloatArray, a_mu_dataset: str) -> FloatArray:
    """Contribution of X minus the measured deviation, in standard deviations.

    >>> import physics
    >>> round(physics.evaluate("a_mu_pull", m_X=20.0, g_X=5e-4, a_mu_dataset="FNAL2021"), 3)
    -0.813
    """
    dataset = a_mu_datasets()[a_mu_dataset]
    return (delta_a_mu - dataset.difference) / dataset.sigma
