"""Solar neutrinos in detectors for dark matter: Amaral et al. 2020, section III.3.2.

For every experiment (experiments.py) and each of its channels nr, er, nr_er there are the observables

    <experiment>_events_<channel>    recoils expected from solar neutrinos, Standard Model and X together,
    <experiment>_g_X_<channel>       the coupling that 90 % of experiments would notice (projection_confidence),
    <experiment>_g_X                 the smallest of these, and <programme>_g_X over several files,

for example `lz_events_nr`, `darwin_g_X_nr_er`, `supercdms_g_X`.

What the projections are: the mean number N of events with P(count > floor(N_SM + B) | N) = 0.9 and the largest coupling
that gives it. They are 1.28 sigma, and take background and fluxes as known. A count may first fall with the coupling,
where the interference is destructive: the deficit, which a precise experiment would notice as well, is not used.
The floor makes limits of few events jump, by up to a fifth, where N_SM + B passes a whole number. Below a confidence
of 0.63 they may be arbitrarily small, or none (status 3): without X, as large a share may count more than the floor.

What is assumed, beside what each experiment's documentation lists: no energy resolution; NR+ER adds recoils of
electrons and of nuclei, whose energies are read on different scales; the limits of nuclear recoils hang on
P_mu - P_tau, that is on sin2_theta_23 and delta_CP.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from physics.core.errors import InvalidParameterError, UnknownNameError
from physics.core.graph import intermediate, observable, suggestion
from physics.core.parameter import PARAMETERS, parameter
from physics.core.publish import publish
from physics.core.status import FloatArray, Outcome
from physics.model.constants import M_E, SECONDS_PER_YEAR
from physics.model.mixing import mixing_per_coupling
from physics.neutrino.cross_sections import Nucleus, product_per_coupling
from physics.neutrino.detector import (
    Channel,
    Experiment,
    count_electrons,
    count_nuclei,
    electrons_per_tonne,
    nuclei_per_tonne,
)
from physics.neutrino.experiments import experiments
from physics.neutrino.limits import largest_coupling, or_no_solution, poisson_mean
from physics.neutrino.oscillation import FlavourSplit, flavour_split
from physics.neutrino.recoils import (
    NO_EVENTS,
    Coefficients,
    electron_parabola,
    electron_shapes,
    nuclear_parabola,
    nuclear_shapes,
)
from physics.neutrino.solar import Sun, sun
from physics.neutrino.targets import target

__all__ = ["channel_counts", "projected_coupling", "recoil_spectrum"]

parameter(
    "projection_confidence",
    "share of experiments that would see an excess at a projected limit",
    label="confidence",
    default=0.9,
    low=0.5,
    high=1.0,
    low_allowed=True,
)

_RATE = "Amaral et al. 2020, eq. (32)"
_SUN = ("m_X", "suns", "flavour_split", "sin2_theta_W", "gauge_group")
_LIMIT = ("product_per_coupling", "projection_confidence")


def channel_counts(experiment: Experiment, channel: Channel, **point: Any) -> Coefficients:
    """Events of solar neutrinos in a channel, as a parabola in `coupling_product`: Amaral et al. 2020, eq. (32).

    Parameters
    ----------
    experiment : Experiment
        The detector.
    channel : Channel
        One of its channels.
    **point
        m_X, suns, flavour_split, sin2_theta_W, gauge_group; target_nuclei where nuclei count, electron_binding where
        electrons do.

    Returns
    -------
    Coefficients
        Events in the whole exposure.
    """
    total = NO_EVENTS
    common = {name: point[name] for name in _SUN}
    if channel.nuclei is not None:
        total += count_nuclei(channel.nuclei, experiment.target, **common, target_nuclei=point["target_nuclei"])
    if channel.electrons is not None:
        total += count_electrons(
            channel.electrons, experiment.target, **common, electron_binding=point["electron_binding"]
        )
    return total * experiment.effective


def projected_coupling(
    events: Coefficients, background: float, x_at_one: ArrayLike, projection_confidence: ArrayLike
) -> Outcome:
    """The largest coupling at which a share of experiments would count more than is expected without X.

    Parameters
    ----------
    events : Coefficients
        Events of solar neutrinos.
    background : float
        Other events.
    x_at_one : array_like
        `coupling_product` at g_X = 1.
    projection_confidence : array_like
        The share.

    Returns
    -------
    Outcome
        g_X; no solution (status 3) where no coupling gives as many events as it takes.

    Examples
    --------
    >>> nothing = Coefficients(np.array(0.0), np.array(0.0), np.array(1.0))
    >>> round(float(projected_coupling(nothing, 0.0, 1.0, 0.9).value) ** 4, 4)  # events: g_X^4 = -ln 0.1
    2.3026
    """
    needed = poisson_mean(events.standard + background, projection_confidence) - background
    return largest_coupling(events, needed, x_at_one)


def recoil_spectrum(
    element: str, kind: str, T_keV: ArrayLike, m_X: float = 1.0, g_X: float = 0.0, **parameters: Any
) -> FloatArray:
    """Spectrum of recoils of solar neutrinos, all of them seen: Amaral et al. 2020, eqs. (23), (29) in (32), Fig. 3.

    Parameters
    ----------
    element : str
        Xe, Ge, Ar.
    kind : {"electrons", "nuclei"}
        What recoils.
    T_keV : array_like
        Recoil energies [keV]: keVee of electrons, keVnr of nuclei.
    m_X, g_X : float
        Mass [MeV] and coupling of X.
    **parameters
        Others (metallicity, kinetic_mixing, sin2_theta_23, electron_binding, target_nuclei ...), a number or a choice
        each; those left out have their default.

    Returns
    -------
    ndarray
        dR/dT [1/(t yr keV)], shape of T_keV.

    Raises
    ------
    UnknownNameError, InvalidParameterError

    Examples
    --------
    >>> recoil_spectrum("Xe", "nuclei", [1.0, 3.0]).round(3).tolist()
    [247.668, 0.323]
    >>> recoil_spectrum("Xe", "electrons", 10.0, m_X=15.0, g_X=4.6e-4).round(3).tolist()
    3.229
    """
    if kind not in ("electrons", "nuclei"):
        raise InvalidParameterError(f"kind = {kind!r} is not allowed: electrons or nuclei")
    T = np.asarray(T_keV, dtype=np.float64)
    if not np.all((T > 0) & np.isfinite(T)):
        raise InvalidParameterError("T_keV must be above 0, and finite [keV]")
    for name in parameters:
        if name not in PARAMETERS:
            raise UnknownNameError(f"no parameter {name!r}{suggestion(name, PARAMETERS)}")

    given = parameters | {"m_X": m_X, "g_X": g_X}

    def of(name: str) -> Any:
        value = PARAMETERS[name].validated(given.get(name, PARAMETERS[name].default))
        if value.ndim:
            raise InvalidParameterError(
                f"{name}: give one value, not an array of shape {value.shape}; call once for each"
            )
        return str(value) if PARAMETERS[name].choices else value

    detector = target(element)
    mixing = [of(name) for name in ("sin2_theta_12", "sin2_theta_13", "sin2_theta_23", "delta_CP")]
    neutrinos = sun(of("metallicity"), float(mixing[0]), float(mixing[1]), float(of("dm2_21")))
    point = (1e-3 * T.ravel(), of("m_X"), neutrinos, flavour_split(*mixing), of("sin2_theta_W"), of("gauge_group"))
    spectra: list[tuple[FloatArray | float, Coefficients]]  # number of targets in a tonne, recoils of each
    if kind == "electrons":
        spectra = [(electrons_per_tonne(detector, T.ravel(), of("electron_binding")), _electron_spectrum(*point))]
    else:
        nuclei = nuclei_per_tonne(detector, of("target_nuclei"))
        spectra = [(number, _nuclear_spectrum(*point, nucleus)) for nucleus, number in nuclei]
    x = of("g_X") ** 2 * product_per_coupling(of("gauge_group"), mixing_per_coupling(of("kinetic_mixing")))
    rate = sum(number * parabola(x) for number, parabola in spectra)
    return np.asarray(1e-3 * SECONDS_PER_YEAR * rate).reshape(T.shape)


def _electron_spectrum(
    T: FloatArray, m_X: FloatArray, neutrinos: Sun, split: FlavourSplit, sin2_theta_W: FloatArray, gauge_group: str
) -> Coefficients:
    """Recoils per electron, s and MeV at energies [MeV]: Amaral et al. 2020, eqs. (26)-(29) in (32)."""
    one, square, helicity = electron_shapes(neutrinos, T)
    D = 2 * M_E * T + m_X**2
    plain = np.stack([split.flavours(shape) for shape in (one, square, helicity)])
    over_D2 = split.flavours(one + square - helicity) / D**2
    return electron_parabola(plain, plain / D, over_D2, sin2_theta_W, gauge_group)


def _nuclear_spectrum(
    T: FloatArray,
    m_X: FloatArray,
    neutrinos: Sun,
    split: FlavourSplit,
    sin2_theta_W: FloatArray,
    gauge_group: str,
    nucleus: Nucleus,
) -> Coefficients:
    """Recoils per nucleus, s and MeV at energies [MeV]: Amaral et al. 2020, eq. (23) in (32)."""
    D = 2 * nucleus.mass * T + m_X**2
    plain = split.flavours(nuclear_shapes(neutrinos, T, nucleus))
    return nuclear_parabola(plain, plain / D, plain / D**2, sin2_theta_W, gauge_group, nucleus)


def _counts(experiment: Experiment, channel: Channel) -> str:
    """Register the intermediate `<experiment>_counts_<channel>`; returns its name."""
    name = f"{experiment.name}_counts_{channel.name}"
    extra = ["target_nuclei"] * (channel.nuclei is not None) + ["electron_binding"] * (channel.electrons is not None)

    def counts(**point: Any) -> Coefficients:
        return channel_counts(experiment, channel, **point)

    doc = f"Events in {experiment.label}, {channel.kind}, as a parabola."
    intermediate(publish(globals(), name, (*_SUN, *extra), counts, doc))
    return name


def _events(experiment: Experiment, channel: Channel, counts: str) -> None:
    """Register `<experiment>_events_<channel>`."""
    name = f"{experiment.name}_events_{channel.name}"

    def events(**values: Any) -> FloatArray:
        parabola: Coefficients = values[counts]
        return parabola(values["coupling_product"])

    doc = f"""Solar neutrinos that {experiment.label} counts, {channel.kind}: {channel.text}.

{_about([experiment])}

Parameters
----------
{counts} : Coefficients
    Events as a parabola in the coupling product.
coupling_product : array_like
    g_X epsilon, or g_X^2 for B-L.

Returns
-------
ndarray
    Events in {experiment.exposure:g} t yr; the background, {channel.background:.4g} more, is not included.

Examples
--------
>>> import physics
>>> physics.evaluate("{name}", m_X=30.0, g_X=1e-3) >= 0
True
"""
    observable(unit="1", label=rf"$N$ ({experiment.label}, {channel.kind})", reference=_reference([experiment]))(
        publish(globals(), name, (counts, "coupling_product"), events, doc)
    )


def _coupling(name: str, label: str, title: str, parts: Sequence[tuple[Experiment, Channel, str]]) -> None:
    """Register a projected coupling: the smallest of those of channels, each with the name of its counts."""

    def coupling(**values: Any) -> Outcome:
        confidence = values["projection_confidence"]
        x_at_one = values["product_per_coupling"]
        each = [projected_coupling(values[c], channel.background, x_at_one, confidence) for _, channel, c in parts]
        smallest = each[0].value
        for other in each[1:]:
            smallest = np.fmin(smallest, other.value)
        return or_no_solution(smallest)

    detectors = list({experiment.name: experiment for experiment, _, _ in parts}.values())
    counts = [c for _, _, c in parts]
    backgrounds = "\n".join(
        textwrap.fill(
            f"- {e.label}, {c.kind}: {c.text}; background {c.background:.4g} events", 110, subsequent_indent="  "
        )
        for e, c, _ in parts
    )
    doc = f"""{title}.

The largest g_X with P(count > floor(N_SM + B)) = projection_confidence, background and fluxes known exactly:

{backgrounds}

{_about(detectors)}

Parameters
----------
{", ".join(counts)} : Coefficients
    Events of solar neutrinos as a parabola in the coupling product.
product_per_coupling : float
    The coupling product at g_X = 1.
projection_confidence : array_like
    Share of experiments that would see an excess.

Returns
-------
Outcome
    g_X, dimensionless; NaN (status 3) where no coupling gives as many events as it takes.

Examples
--------
>>> import physics
>>> 0 < physics.evaluate("{name}", m_X=30.0) < 1
True
"""
    observable(unit="1", label=rf"$g_X$ ({label})", reference=_reference(detectors))(
        publish(globals(), name, (*counts, *_LIMIT), coupling, doc)
    )


def _about(detectors: Sequence[Experiment]) -> str:
    """What is assumed, and where numbers come from."""
    lines = []
    for e in detectors:
        lines += [f"{e.label} ({e.target.element}, {e.exposure:g} t yr). Assumed:", ""] if e.assumptions else []
        lines += [textwrap.fill(f"- {a}", 110, subsequent_indent="  ") for a in e.assumptions]
        lines += ["", f"{e.label}, sources:", ""]
        lines += [
            textwrap.fill(f"- {key}: {source}", 110, subsequent_indent="  ") for key, source in e.references.items()
        ]
        lines += [""]
    return "\n".join(lines).strip()


def _reference(detectors: Sequence[Experiment]) -> str:
    return "; ".join(dict.fromkeys([_RATE, *(cite for e in detectors for cite in e.cites)]))


def _register() -> None:
    programmes: dict[str, list[tuple[Experiment, Channel, str]]] = {}
    for name, experiment in experiments().items():
        parts = [(experiment, channel, _counts(experiment, channel)) for channel in experiment.channels]
        for part in parts:
            _, channel, counts = part
            _events(experiment, channel, counts)
            label = f"{experiment.label}, {channel.kind}"
            _coupling(f"{name}_g_X_{channel.name}", label, f"Projected sensitivity to g_X of {label}", [part])
        title = f"Projected sensitivity to g_X of {experiment.label}: the best of its channels"
        _coupling(f"{name}_g_X", experiment.label, title, parts)
        if experiment.programme:
            programmes.setdefault(experiment.programme, []).extend(parts)
    for name, parts in programmes.items():
        labels = " + ".join(dict.fromkeys(experiment.label for experiment, _, _ in parts))
        _coupling(f"{name}_g_X", labels, f"Projected sensitivity to g_X of {labels}: the best of their channels", parts)


_register()
