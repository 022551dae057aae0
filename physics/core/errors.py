"""What evaluating physics can raise; every message names the culprit and the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "InvalidParameterError",
    "MissingParameterError",
    "PhysicsError",
    "PluginError",
    "RegistryError",
    "UnknownNameError",
    "suggestion",
]

FEW = 30  # names that a message may list


class PhysicsError(Exception):
    """Base of all errors of the physics layer."""


class UnknownNameError(PhysicsError, LookupError):
    """A name that is neither an observable nor a parameter."""


class MissingParameterError(PhysicsError, TypeError):
    """A parameter without a default was not given."""


class InvalidParameterError(PhysicsError, ValueError):
    """A parameter has a value that it cannot have."""


class RegistryError(PhysicsError):
    """The registry itself is inconsistent: a name registered twice, an unknown argument, a cycle."""


class PluginError(PhysicsError):
    """A file with observables of a user that cannot be added, or one that is needed and is not there."""


def suggestion(name: str, known: Iterable[str]) -> str:
    """What the caller may have meant, as the end of an error message.

    >>> suggestion("delta_a_nu", ["delta_a_mu", "epsilon"])
    '; did you mean delta_a_mu?'
    """
    names = list(known)
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if close:
        return f"; did you mean {' or '.join(close)}?"
    return f"; known: {', '.join(names) if len(names) <= FEW else f'{len(names)} names, which `lmutau show` lists'}"
