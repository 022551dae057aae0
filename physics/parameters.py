"""Every parameter of the model and of its readings, once: unit, default, domain, meaning.

Observables name the parameters they depend on as arguments; those without a default must be given.

>>> PARAMETERS["m_X"].unit, PARAMETERS["m_X"].default
('MeV', None)
>>> PARAMETERS["kinetic_mixing"].choices
('photon', 'hypercharge')
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physics.constants import SIN2_THETA_W_LOW
from physics.errors import InvalidParameterError

__all__ = ["PARAMETERS", "Parameter"]


@dataclass(frozen=True)
class Parameter:
    """One parameter: a number in a domain, or one of a few choices."""

    name: str
    description: str
    unit: str = "1"
    label: str = ""
    default: float | str | None = None
    low: float = 0.0  # numbers lie in the open interval (low, high) unless low_allowed
    high: float = math.inf
    low_allowed: bool = False
    choices: tuple[str, ...] = ()
    absent: float | None = None  # the number that None stands for: the limit in which the particle is not there

    @property
    def domain(self) -> str:
        """What is allowed, in words.

        >>> PARAMETERS["m_X"].domain
        'm_X > 0'
        """
        if self.choices:
            return f"{self.name} one of {', '.join(self.choices)}"
        relation = ">=" if self.low_allowed else ">"
        upper = "" if math.isinf(self.high) else f" and {self.name} < {self.high:g}"
        absent = "" if self.absent is None else ", or None"
        return f"{self.name} {relation} {self.low:g}{upper}{absent}"

    def validated(self, value: Any) -> NDArray[Any]:
        """Return the value as an array of floats (or of strings, for choices); raise where it is not allowed.

        >>> PARAMETERS["m_X"].validated([1, 2]).tolist()
        [1.0, 2.0]
        >>> PARAMETERS["m_X"].validated(-1.0)
        Traceback (most recent call last):
        physics.errors.InvalidParameterError: m_X = -1.0 is not allowed: m_X > 0 [MeV]
        """
        if self.choices:
            choices = np.asarray(value, dtype=object)
            wrong: list[Any] = [v for v in choices.ravel() if v not in self.choices]
            array: NDArray[Any] = choices if wrong else choices.astype(np.str_)
        else:
            numbers = self._numbers(value)
            allowed = (numbers >= self.low) if self.low_allowed else (numbers > self.low)
            allowed &= numbers < self.high
            if self.absent is not None:
                allowed |= numbers == self.absent
            wrong = numbers[~allowed].ravel().tolist()
            array = numbers
        if wrong:
            what = repr(str(wrong[0])) if self.choices else repr(wrong[0])
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            unit = "" if self.choices else f" [{self.unit}]"
            raise InvalidParameterError(f"{self.name} = {what}{more} is not allowed: {self.domain}{unit}")
        return array

    def _numbers(self, value: Any) -> NDArray[np.float64]:
        """The value as floats; real numbers only, and None where absence means something."""
        try:
            array = np.asarray(value)
            if array.dtype == object and self.absent is not None:
                array = np.asarray([self.absent if v is None else v for v in array.ravel()]).reshape(array.shape)
        except (TypeError, ValueError):
            array = np.asarray("not an array")
        if array.dtype.kind not in "iuf" or isinstance(value, np.ma.MaskedArray):
            kind = "a masked array" if isinstance(value, np.ma.MaskedArray) else f"{value!r}"
            raise InvalidParameterError(
                f"{self.name} = {kind} is not a number, nor numbers; {self.domain} [{self.unit}]"
            )
        return array.astype(np.float64)


PARAMETERS: Mapping[str, Parameter] = MappingProxyType(
    {
        p.name: p
        for p in (
            Parameter("m_X", "mass of the gauge boson X", "MeV", "$m_X$"),
            Parameter("g_X", "U(1)_{Lmu-Ltau} gauge coupling", "1", "$g_X$", low_allowed=True),
            Parameter("mass_ratio", "m_psi / m_X; None: no dark matter", "1", r"$m_\psi/m_X$", absent=math.inf),
            Parameter(
                "q_psi", "charge of the dark matter psi (its sign is immaterial)", "1", r"$q_\psi$", low_allowed=True
            ),
            Parameter(
                "metallicity",
                "solar model: GS98 (high metallicity) or AGSS09 (low)",
                label="metallicity",
                default="GS98",
                choices=("GS98", "AGSS09"),
            ),
            Parameter(
                "kinetic_mixing",
                "loop mixing of X with the photon, or with hypercharge (3/2 of it: Amaral et al. 2020, eq. (8))",
                label="kinetic mixing",
                default="photon",
                choices=("photon", "hypercharge"),
            ),
            Parameter(
                "a_mu_dataset",
                "which measured minus predicted (g-2)_mu (physics/data/muon_g_minus_2.toml)",
                label=r"$\Delta a_\mu$ data set",
                default="WP2025",
                choices=("BNL2006", "FNAL2021", "FNAL2023", "WP2025"),
            ),
            Parameter(
                "annihilation_channels",
                "final states of psi psibar and of X: all leptons (not X X), or those of Drees & Zhao 2021 "
                "(annihilation to nu_mu, nu_tau; width to nu, mu, tau, psi)",
                label="annihilation channels",
                default="all",
                choices=("all", "neutrinos"),
            ),
            Parameter(
                "relic_method",
                "how the relic density is computed; freeze-out: Drees & Zhao 2021, eqs. (3.3), (3.7), (3.8); "
                "boltzmann: equation for the density with g_*(T), psi as warm as the neutrinos; "
                "coupled: equations for the density and the temperature of psi (early kinetic decoupling)",
                label="relic method",
                default="freeze-out",
                choices=("freeze-out", "boltzmann", "coupled"),
            ),
            Parameter(
                "relic_integrator",
                "how the integrals of the freeze-out formula are done; tables: relative error below 1e-6, quadrature "
                "where they do not reach; quadrature: relative error below 1e-9, everywhere",
                label="relic integrator",
                default="tables",
                choices=("tables", "quadrature"),
            ),
            Parameter("g_star", "relativistic degrees of freedom at freeze-out", "1", "$g_*$", default=10.75),
            Parameter("v_rel", "relative velocity 2 beta in the c.m. frame", "c", r"$v_\mathrm{rel}$", 1e-3, high=2.0),
            Parameter("x_today", "m_psi / T of the thermal averages today", "1", r"$x_\mathrm{today}$", 1e6),
            Parameter("omega_target", "relic density sought", "1", r"$\Omega h^2$ sought", 0.12),
            Parameter("n_nu", "N_eff of the Standard Model", "1", r"$N_\nu$", 3.044),
            Parameter("T_nu_decoupling", "common decoupling temperature of the neutrinos", "MeV", r"$T_{\nu,D}$", 2.3),
            Parameter("f_eff_electrons", "CMB efficiency of e+e- pairs", "1", r"$f_\mathrm{eff}$", 0.3),
            Parameter("wd_mass", "mass of the white dwarf", "Msun", r"$M_\mathrm{WD}$", 1.0),
            Parameter("wd_temperature", "temperature of the white dwarf's core", "K", r"$T_\mathrm{WD}$", 1e8),
            Parameter(
                "wd_excess_level",
                "exotic energy loss of a white dwarf over that to neutrinos",
                "1",
                r"$\varepsilon_\mathrm{WD}$ sought",
                0.30,
            ),
            Parameter(
                "wd_reading",
                "white dwarfs; physical: no coupling to the Z current, width with 6 pi, 1/(m_X^2 - q^2); "
                "printed: couplings, sign and width of Foldenauer & Hoefken Zink 2024",
                label="white-dwarf reading",
                default="physical",
                choices=("physical", "printed"),
            ),
            Parameter(
                "gauge_group",
                "what X couples to where neutrinos scatter: Lmu-Ltau (by kinetic mixing), or B-L (Amaral et al. 2020, "
                "appendix C)",
                label="gauge group",
                default="Lmu-Ltau",
                choices=("Lmu-Ltau", "B-L"),
            ),
            Parameter(
                "sin2_theta_W",
                "weak mixing angle where neutrinos scatter; 0.2387 at zero momentum transfer, the papers: 0.23122 "
                "(and better for electrons at tree level)",
                "1",
                r"$\sin^2\theta_W$",
                float(SIN2_THETA_W_LOW),
                high=1.0,
            ),
            Parameter(
                "sin2_theta_12", "solar mixing angle (default: NuFIT 4.0)", "1", r"$\sin^2\theta_{12}$", 0.310, high=1.0
            ),
            Parameter(
                "sin2_theta_13",
                "reactor mixing angle (default: NuFIT 4.0)",
                "1",
                r"$\sin^2\theta_{13}$",
                0.0224,
                high=1.0,
                low_allowed=True,
            ),
            Parameter(
                "sin2_theta_23",
                "atmospheric mixing angle (default: NuFIT 4.0, normal ordering)",
                "1",
                r"$\sin^2\theta_{23}$",
                0.582,
                high=1.0,
                low_allowed=True,
            ),
            Parameter(
                "delta_CP",
                "CP phase of neutrino mixing (default: NuFIT 4.0, normal ordering)",
                "deg",
                r"$\delta_\mathrm{CP}$",
                217.0,
                low=-360.0,
                high=360.0,
                low_allowed=True,
            ),
            Parameter(
                "dm2_21",
                "solar mass splitting (default: NuFIT 4.0)",
                "eV^2",
                r"$\Delta m^2_{21}$",
                7.39e-5,
                low=1e-5,
            ),
            Parameter(
                "neutrino_energy", "energy of solar neutrinos", "MeV", r"$E_\nu$", 10.0, low_allowed=True, high=20.0
            ),
            Parameter(
                "solar_source",
                "reaction or decay in the Sun that makes the neutrinos",
                label="source",
                default="8B",
                choices=("pp", "pep", "hep", "7Be", "8B", "13N", "15O", "17F"),
            ),
            Parameter(
                "chi2_level",
                "chi2 of limits on g_X; 2.7055: 90 % CL, two-sided, 1.642: one-sided",
                "1",
                r"$\chi^2$ of limits",
                2.7055,
            ),
            Parameter(
                "chi2_reference",
                "from where chi2_level counts: 0 (absolute), the smallest chi2 of any g_X, or that without X",
                label=r"$\chi^2$ counts from",
                default="absolute",
                choices=("absolute", "best fit", "standard model"),
            ),
            Parameter(
                "borexino_T_min",
                "smallest electron recoil in Borexino that X can add to; 0: all, as the 7Be rates are quoted; 0.19: "
                "the fit of phase II, better for X below 5 MeV",
                "MeV",
                r"$T_\mathrm{min}$",
                0.0,
                high=0.66,
                low_allowed=True,
            ),
            Parameter(
                "borexino_lines",
                "lines of 7Be counted; published: 862 keV for phase I, both for phase II, as the rates are quoted",
                label="7Be lines",
                default="published",
                choices=("published", "both", "862 keV"),
            ),
            Parameter(
                "borexino_prediction",
                "7Be rate without X; computed: ours, at tree level; quoted: 47.8 (GS98), 43.6 (AGSS09) cpd/100t",
                label="predicted 7Be rate",
                default="computed",
                choices=("computed", "quoted"),
            ),
            Parameter(
                "borexino_theory_uncertainty",
                "fractional error of the predicted 7Be rate",
                "1",
                r"$\sigma_\mathrm{th}$",
                0.058,
                low_allowed=True,
                high=0.5,
            ),
            Parameter(
                "borexino_theory_error",
                "what borexino_theory_uncertainty is a fraction of; scaled: the rate with X, fixed: that without",
                label="theory error",
                default="scaled",
                choices=("scaled", "fixed"),
            ),
            Parameter(
                "borexino_8percent_reading",
                "reading of Kamada et al. 2018, eq. (A5); physical: half of 1 - P_ee each, nu_tau with the opposite "
                "interference; same sign: both with that of nu_mu; literal: as printed, full weights; "
                "positive epsilon: same sign and epsilon > 0, with which its benchmark of 10 MeV, 5e-4 is allowed",
                label="8 % reading",
                default="physical",
                choices=("physical", "same sign", "literal", "positive epsilon"),
            ),
            Parameter(
                "cenns10_inputs",
                "detector and source of CENNS-10: of the data release, or those in Amaral et al. 2020; in window: "
                "without the 13 % of the delayed neutrinos that arrive after 4.9 us",
                label="CENNS-10 inputs",
                default="release",
                choices=("release", "release in window", "paper"),
            ),
            Parameter(
                "cenns10_error",
                "error of the 159 events; measured: 43 (stat.) and 14 (syst.), or poisson: sqrt(159 + 563)",
                label="CENNS-10 error",
                default="measured",
                choices=("measured", "poisson"),
            ),
            Parameter(
                "xenon1t_error",
                "error of the counts between 2 and 30 keV; poisson, or linear sum: bin errors added linearly, which "
                "reproduces Amaral et al. 2020 but is no valid statistic",
                label="XENON1T error",
                default="poisson",
                choices=("poisson", "linear sum"),
            ),
            Parameter(
                "electron_binding",
                "electrons of atoms; step: free above their binding energy; rrpa: in xenon from 0.25 to 28.4 keV, "
                "times the ratio of the relativistic random-phase approximation (computed without X)",
                label="electron binding",
                default="step",
                choices=("step", "rrpa"),
            ),
            Parameter(
                "target_nuclei",
                "nuclei of a dark-matter detector: the natural isotopes, or one of average mass as in the papers",
                label="target nuclei",
                default="isotopes",
                choices=("isotopes", "average"),
            ),
            Parameter(
                "projection_confidence",
                "share of experiments that would see an excess at a projected limit",
                "1",
                "confidence",
                0.9,
                low=0.5,
                low_allowed=True,
                high=1.0,
            ),
            Parameter("sqrt_s", "c.m. energy of the e+e- collider", "GeV", r"$\sqrt{s}$", 10.0),
            Parameter(
                "cos_theta_max",
                "largest |cos theta| of the photon",
                "1",
                r"$|\cos\theta|_\mathrm{max}$",
                0.985,
                high=1.0,
            ),
        )
    }
)
