"""The bibliography behind observables and constraints.

A reference is a text such as "Drees & Zhao 2021, eq. (2.6); Amaral et al. 2020, eq. (8)": entries of
physics/data/core/references.toml, each with what is meant in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from physics.core.errors import RegistryError
from physics.core.files import table

__all__ = ["Entry", "bibliography", "cited"]


@dataclass(frozen=True)
class Entry:
    """One publication."""

    name: str
    key: str
    author: str
    title: str
    journal: str
    eprint: str = ""

    @property
    def text(self) -> str:
        """One line for reading."""
        arxiv = f", arXiv:{self.eprint}" if self.eprint else ""
        return f"{self.name}: {self.author}, {self.title}, {self.journal}{arxiv}"

    @property
    def bibtex(self) -> str:
        """BibTeX entry."""
        fields = {"author": self.author, "title": "{" + self.title + "}", "journal": self.journal}
        if self.eprint:
            fields |= {"eprint": self.eprint, "archivePrefix": "arXiv"}
        lines = ",\n".join(f"    {name} = {{{value}}}" for name, value in fields.items())
        return f"@article{{{self.key},\n{lines}\n}}"


@cache
def bibliography() -> dict[str, Entry]:
    """All publications by short name.

    >>> bibliography()["Drees & Zhao 2021"].eprint
    '2107.14528'
    """
    return {name: Entry(name=name, **row) for name, row in table("core/references.toml").items()}


def cited(references: Iterable[str], *, only_known: bool = False) -> list[Entry]:
    """The publications that references name, each once, in the order of their first appearance.

    Parameters
    ----------
    references : iterable of str
        "Short name, eq. (n)", several separated by semicolons.
    only_known : bool
        Leave out what is not in the bibliography: a plugin may cite what it likes.

    Raises
    ------
    RegistryError
        A reference begins with no name of the bibliography.

    Examples
    --------
    >>> [entry.name for entry in cited(["Drees & Zhao 2021, eq. (3.14); Slatyer 2016"])]
    ['Drees & Zhao 2021', 'Slatyer 2016']
    """
    found: dict[str, Entry] = {}
    for reference in references:
        for part in filter(None, reference.split(";")):
            matches = [name for name in bibliography() if part.strip().startswith(name)]
            if not matches and not only_known:
                raise RegistryError(
                    f"no entry of physics/data/core/references.toml begins the reference {part.strip()!r}"
                )
            for name in matches:
                found.setdefault(name, bibliography()[name])
    return list(found.values())
