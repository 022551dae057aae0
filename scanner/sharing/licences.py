"""Licences of data, by the names that SPDX gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from physics.core.errors import suggestion
from scanner.errors import SelectionError

__all__ = ["DEFAULT", "Licence", "licence"]

DEFAULT = "CC-BY-4.0"
_KNOWN = {
    "CC-BY-4.0": ("Creative Commons Attribution 4.0 International", "https://creativecommons.org/licenses/by/4.0/"),
    "CC-BY-SA-4.0": (
        "Creative Commons Attribution Share Alike 4.0 International",
        "https://creativecommons.org/licenses/by-sa/4.0/",
    ),
    "CC0-1.0": (
        "Creative Commons Zero v1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/",
    ),
    "ODC-By-1.0": (
        "Open Data Commons Attribution License v1.0", "https://opendatacommons.org/licenses/by/1-0/",
    ),
    "ODbL-1.0": (
        "Open Data Commons Open Database License v1.0", "https://opendatacommons.org/licenses/odbl/1-0/",
    ),
    "PDDL-1.0": (
        "Open Data Commons Public Domain Dedication & License 1.0", "https://opendatacommons.org/licenses/pddl/1-0/",
    ),
}  # fmt: skip


class Licence(NamedTuple):
    """What others may do with data."""

    identifier: str
    name: str
    address: str

    def says(self, authors: Sequence[str]) -> str:
        """In a sentence."""
        whose = f"The data are by {'; '.join(authors)}, under" if authors else "The data are under"
        return f"{whose} {self.name} ({self.identifier}): {self.address}"


def licence(identifier: str) -> Licence:
    """A licence by its SPDX identifier.

    >>> licence("CC0-1.0").name
    'Creative Commons Zero v1.0 Universal'

    Raises
    ------
    SelectionError
        None that is meant for data, and known here.
    """
    if identifier not in _KNOWN:
        raise SelectionError(f"no licence {identifier!r}{suggestion(identifier, _KNOWN)}")
    return Licence(identifier, *_KNOWN[identifier])
