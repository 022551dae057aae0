"""Solar neutrinos in detectors for dark matter: Amaral et al. 2020, section III.3.2.

For every experiment (experiment_file.py) and each of its channels nr, er, nr_er there are the observables

    <experiment>_events_<channel>    recoils expected from solar neutrinos, Standard Model and X together,
    <experiment>_g_X_<channel>       the coupling that 90 % of experiments would notice (projection_confidence),
    <experiment>_g_X                 the smallest of these, and <programme>_g_X over several files,

for example `lz_events_nr`, `darwin_g_X_nr_er`, `supercdms_g_X`.

A projection is the largest coupling that gives a mean number N of events with P(count > floor(N_SM + B) | N) = 0.9. It
is 1.28 sigma, and takes background and fluxes as known, or, with `projection_background` "profiled", as known to
`projection_background_error` and to the errors of the solar model (8B 12 %, 7Be 6 %, pp 0.6 %): the excess that is
needed then is sqrt(excess^2 + (1.28 sigma)^2). That is for one number of events; the shapes of spectra would tell
more. Where the interference is destructive a count first falls with the coupling; the deficit, which a precise
experiment would notice as well, is not used. The floor makes projections of few events jump where N_SM + B passes a
whole number: by up to a fifth for Lmu-Ltau, a third for B-L, and without bounds as the confidence falls to 0.63.
Below, they may not exist: without X, as large a share may count more than the floor.

What is assumed, beside what each experiment's documentation lists: a resolution for nuclear recoils alone; NR+ER adds
recoils of electrons and of nuclei, whose energies are read on different scales. Projections from nuclear recoils depend
on P_mu - P_tau, that is on sin2_theta_23 and delta_CP.
"""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike

from physics.core.files import data
from physics.core.identity import register_added
from physics.core.parameter import parameter
from physics.core.plugins import reader
from physics.core.publish import publish
from physics.core.registration import branch, intermediate, observable
from physics.core.status import FloatArray, Outcome
from physics.neutrino.detector import Channel, Experiment, choices_of, count_electrons, count_nuclei
from physics.neutrino.experiment_file import ExperimentFile
from physics.neutrino.experiments import FOLDER, experiments, files_of, files_of_user, make_known
from physics.neutrino.limits import largest_coupling, or_no_solution, poisson_mean
from physics.neutrino.recoils import NO_EVENTS, Coefficients, SolarScattering
from physics.neutrino.solar import fluxes

__all__ = ["channel_counts", "projected_coupling", "register_folder", "register_package"]

parameter(
    "projection_confidence",
    "share of experiments that would see an excess at a projected limit",
    label="confidence",
    default=0.9,
    low=0.64,
    high=1.0,
    low_allowed=True,
)

_BACKGROUNDS = ("known", "profiled")

parameter(
    "projection_background",
    "backgrounds and solar fluxes in projections; known: exactly, as in the papers; profiled: with their errors",
    label="backgrounds",
    default="known",
    choices=_BACKGROUNDS,
)
parameter(
    "projection_background_error",
    'fractional error of the backgrounds, with projection_background = "profiled"',
    label=r"$\sigma_B$ (projections)",
    default=0.1,
    low_allowed=True,
)

_RATE = "Amaral et al. 2020, eq. (32)"
_LIMIT = ("product_per_coupling", "projection_confidence")


def channel_counts(experiment: Experiment, channel: Channel, solar: SolarScattering, **choices: str) -> Coefficients:
    """Events of solar neutrinos in a channel, in the whole exposure: Amaral et al. 2020, eq. (32).

    Choices are those of `choices_of`; for elements without a correction electrons are free above their binding energy.
    """
    total = NO_EVENTS
    if channel.nuclei is not None:
        nuclei = channel.nuclei.seen(choices.get("projection_resolution", "none"))
        total += count_nuclei(nuclei, experiment.target, solar, choices["target_nuclei"])
    if channel.electrons is not None:
        binding = choices.get("electron_binding", "step")
        total += count_electrons(channel.electrons, experiment.target, solar, binding)
    return total * experiment.effective


def solar_variance(
    experiment: Experiment, channel: Channel, solar: SolarScattering, metallicity: str, **choices: str
) -> FloatArray:
    """Squared error of the events that the Standard Model's solar neutrinos make, from those of the fluxes."""
    any_mass = np.ones((1,) * np.ndim(solar.m_X))  # without X
    total = np.zeros(1)
    for source, (_, error) in fluxes(metallicity).items():
        one = solar._replace(m_X=any_mass, suns=solar.suns.only(source))
        total = total + (error * channel_counts(experiment, channel, one, **choices).standard) ** 2
    return total


def projected_coupling(
    events: Coefficients,
    background: float,
    x_at_one: ArrayLike,
    projection_confidence: ArrayLike,
    variance: FloatArray | None = None,
) -> Outcome:
    """The largest coupling at which a share of experiments would count more than is expected without X.

    `x_at_one` is the coupling product at g_X = 1, `variance` that of the events without X, if it counts. There is no
    solution (status 3) where no coupling gives as many events as it takes.

    >>> nothing = Coefficients(np.array(0.0), np.array(0.0), np.array(1.0))
    >>> round(float(projected_coupling(nothing, 0.0, 1.0, 0.9).value) ** 4, 4)  # events: g_X^4 = -ln 0.1
    2.3026
    """
    needed = poisson_mean(events.standard + background, projection_confidence) - background
    if variance is not None:
        excess = np.hypot(needed - events.standard, scipy.special.ndtri(projection_confidence) * np.sqrt(variance))
        needed = events.standard + excess
    return largest_coupling(events, needed, x_at_one)


def register(files: Iterable[ExperimentFile]) -> None:
    """Register the observables of new experiments, and those of their programmes anew."""
    found = make_known(files)
    for one in found:
        for channel in one.channels:
            _register_counts(one, channel)
            _register_variance(one, channel)
            _register_events(one, channel)
            label = f"{one.label}, {channel.kind}"
            title = f"Projected sensitivity to g_X of {label}"
            _register_coupling(f"{one.name}_g_X_{channel.name}", label, title, [(one, channel)])
        title = f"Projected sensitivity to g_X of {one.label}: the best of its channels"
        _register_coupling(f"{one.name}_g_X", one.label, title, [(one, channel) for channel in one.channels])
    for programme in dict.fromkeys(one.programme for one in found if one.programme):
        members = [one for one in experiments().values() if one.programme == programme]
        label = " + ".join(dict.fromkeys(one.label for one in members))
        title = f"Projected sensitivity to g_X of {label}: the best of their channels"
        _register_coupling(f"{programme}_g_X", label, title, [(one, c) for one in members for c in one.channels])


def _counts(experiment: Experiment, channel: Channel) -> str:
    """Name of the intermediate that has the events as a parabola."""
    return f"{experiment.name}_counts_{channel.name}"


def _register_counts(experiment: Experiment, channel: Channel) -> None:
    choices = choices_of(experiment.target, channel)

    def counts(**values: Any) -> Coefficients:
        return channel_counts(experiment, channel, values.pop("solar_scattering"), **values)

    doc = f"Events in {experiment.label}, {channel.kind}, as a parabola."
    intermediate(seconds=1e-5)(
        publish(globals(), _counts(experiment, channel), ("solar_scattering", *choices), counts, doc)
    )


def _variance(experiment: Experiment, channel: Channel) -> str:
    """Name of the intermediate that has the squared error of the events without X."""
    return f"{experiment.name}_variance_{channel.name}"


def _register_variance(experiment: Experiment, channel: Channel) -> None:
    name, choices = _variance(experiment, channel), choices_of(experiment.target, channel)

    def variance(**values: Any) -> FloatArray:
        background = values.pop("projection_background_error") * channel.background
        solar, metallicity = values.pop("solar_scattering"), values.pop("metallicity")
        return np.asarray(solar_variance(experiment, channel, solar, metallicity, **values) + background**2)

    profiled = ("solar_scattering", "metallicity", "projection_background_error", *choices)
    title = f"Squared error of the events without X in {experiment.label}, {channel.kind}"
    intermediate(when={"projection_background": "known"})(publish(globals(), name, (), lambda: None, f"{title}: none."))
    branch(name, when={"projection_background": "profiled"}, seconds=1e-4)(
        publish(globals(), f"{name}_profiled", profiled, variance, f"{title}.")
    )


def _register_events(experiment: Experiment, channel: Channel) -> None:
    parabola = _counts(experiment, channel)

    def events(**values: Any) -> Any:
        return values[parabola](values["coupling_product"])

    name = f"{experiment.name}_events_{channel.name}"
    doc = f"""Solar neutrinos that {experiment.label} counts, {channel.kind}: {channel.text}.

Events in {experiment.exposure:g} t yr; the background, {channel.background:.4g} more, is not included. Where X is
heavy, only g_X/m_X matters.

{_about([experiment])}

>>> import physics
>>> light, heavy = physics.evaluate("{name}", m_X=[2e4, 2e5], g_X=[1.0, 10.0])
>>> round(float(heavy / light), 4)
1.0
"""
    observable(unit="1", label=rf"$N$ ({experiment.label}, {channel.kind})", reference=_reference([experiment]))(
        publish(globals(), name, (parabola, "coupling_product"), events, doc)
    )


def _register_coupling(name: str, label: str, title: str, parts: Sequence[tuple[Experiment, Channel]]) -> None:
    """Register the smallest of the couplings to which channels are sensitive."""
    detectors = list({experiment.name: experiment for experiment, _ in parts}.values())
    names = [(_counts(*part), _variance(*part), part[1].background) for part in parts]

    def coupling(product_per_coupling: float, projection_confidence: FloatArray, **values: Any) -> Outcome:
        each = [
            projected_coupling(values[c], background, product_per_coupling, projection_confidence, values[v]).value
            for c, v, background in names
        ]
        return or_no_solution(functools.reduce(np.fmin, each))

    listed = [f"{e.label}, {c.kind}: {c.text}; background {c.background:.4g} events" for e, c in parts]
    doc = f"""{title}.

The largest g_X with P(count > floor(N_SM + B)) = projection_confidence, background and fluxes known exactly (or
"profiled"); there is no solution (status 3) where no coupling gives as many events as it takes. Where X is heavy, it is
proportional to m_X.

{_list(listed)}

{_about(detectors)}

>>> import physics
>>> light, heavy = physics.evaluate("{name}", m_X=[2e4, 2e5])
>>> round(float(heavy / light), 4)
10.0
"""
    seconds = 4e-7 * len(parts)
    observable(unit="1", label=rf"$g_X$ ({label})", reference=_reference(detectors), seconds=seconds)(
        publish(globals(), name, (*(name for c, v, _ in names for name in (c, v)), *_LIMIT), coupling, doc)
    )


def _about(detectors: Sequence[Experiment]) -> str:
    """What is assumed, and where numbers come from."""
    paragraphs = []
    for e in detectors:
        if e.assumptions:
            paragraphs += [f"{e.label} ({e.target.element}, {e.exposure:g} t yr). Assumed:", _list(e.assumptions)]
        paragraphs += [f"{e.label}, sources:", _list(f"{key}: {source}" for key, source in e.references.items())]
    return "\n\n".join(paragraphs)


def _list(items: Iterable[str]) -> str:
    return "\n".join(textwrap.fill(f"- {item}", 110, subsequent_indent="  ") for item in items)


def _reference(detectors: Sequence[Experiment]) -> str:
    return "; ".join(dict.fromkeys([_RATE, *(cite for e in detectors for cite in e.cites)]))


def register_package() -> None:
    """Register the experiments of the package, once."""
    if not experiments():
        register(files_of(data("neutrino/experiments")))


def register_folder() -> None:
    """Register the experiments of a user's folder; after all rooms, whose names are taken then."""
    files = files_of_user()
    register(files)
    register_added({f"{FOLDER}/{name}": content for file in files for name, content in file.used.items()})


@reader(".toml", beside="*.csv")
def add_experiment(file: str, contents: Mapping[str, bytes]) -> None:
    """Register the experiment of a file that is added."""
    register([ExperimentFile(file, file.removesuffix(".toml"), contents.__getitem__)])
