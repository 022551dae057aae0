"""Named sets of readings: the values of parameters by which a paper's numbers come out.

physics/data/core/readings.toml holds them, each with the choices that differ from the defaults; "2026" is the defaults.

>>> import physics
>>> point = {"m_X": 20.0, "metallicity": ["GS98", "AGSS09"]}
>>> limit = physics.evaluate("borexino_phase2_g_X", **point, **physics.readings("paper:amaral-2020"))
>>> (limit / 20e-3).round(4)  # eqs. (33), (34): 0.036/GeV and 0.043/GeV
array([0.0362, 0.0424])
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, NamedTuple

from physics.core.errors import UnknownNameError
from physics.core.files import table
from physics.core.parameter import PARAMETERS

__all__ = ["DEFAULTS", "Reading", "reading_of", "readings", "sets"]

DEFAULTS = "2026"  # the set in which nothing differs from the defaults: the year of which they are

Value = float | str


def readings(name: str) -> dict[str, Value]:
    """Parameters of a named set: those in which it differs from the defaults.

    Parameters
    ----------
    name : str
        "paper:amaral-2020", ...; "2026" is the defaults.

    Raises
    ------
    UnknownNameError
        There is no such set; the message lists those that there are.

    Examples
    --------
    >>> import physics
    >>> physics.readings("paper:foldenauer-2024")["wd_reading"], physics.readings("2026")
    ('printed', {})
    >>> physics.readings("paper:kamada-2018") | {"electron_couplings": "corrected"}  # with a choice of your own
    {...'electron_couplings': 'corrected'...}
    """
    if name not in sets():
        raise UnknownNameError(f"no set of readings {name!r}; known: {', '.join(sets())}")
    return dict(sets()[name])


@cache
def sets() -> dict[str, dict[str, Value]]:
    """All named sets.

    >>> list(sets())
    ['2026', 'paper:drees-zhao-2021', 'paper:amaral-2020', 'paper:kamada-2018', 'paper:foldenauer-2024']
    """
    return table("core/readings.toml")


class Reading(NamedTuple):
    """A named set, and what departs from it.

    >>> print(Reading("2026", {}))
    2026 (defaults)
    >>> print(Reading("paper:amaral-2020", {"kinetic_mixing": "photon"}))
    paper:amaral-2020, with kinetic_mixing = photon
    """

    name: str
    departures: dict[str, Any]

    def __str__(self) -> str:
        """In words."""
        departures = ", ".join(f"{name} = {value}" for name, value in self.departures.items())
        return f"{self.name}{' (defaults)' * (self.name == DEFAULTS)}{', with ' * bool(departures)}{departures}"


def reading_of(values: Mapping[str, Any], among: Collection[str], name: str | None = None) -> Reading:
    """The set that values of parameters follow: the named one, else that from which the fewest depart.

    Parameters
    ----------
    values : mapping of str to float or str
        Those given; other parameters have their defaults.
    among : collection of str
        The parameters to look at. Those without a default are a point's coordinates, and no reading.
    name : str, optional
        The set that was asked for.

    Examples
    --------
    >>> reading_of({"m_X": 20.0, "wd_reading": "printed"}, ["m_X", "wd_reading", "wd_mass"])
    Reading(name='paper:foldenauer-2024', departures={})
    >>> reading_of({"wd_mass": 0.6}, ["wd_reading", "wd_mass"], "paper:foldenauer-2024").departures
    {'wd_mass': 0.6, 'wd_reading': 'physical'}
    """
    chosen = {n: values.get(n, p.default) for n, p in PARAMETERS.items() if n in among and p.default is not None}

    def against(one: str) -> Reading:
        expected = {p: sets()[one].get(p, PARAMETERS[p].default) for p in chosen}
        return Reading(one, {p: PARAMETERS[p].plain(v) for p, v in chosen.items() if v != expected[p]})

    return against(name) if name else min(map(against, sets()), key=lambda reading: len(reading.departures))
