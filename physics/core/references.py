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

__all__ = ["Entry", "bibliography", "cited", "joined"]


@dataclass(frozen=True)
class Entry:
    """One publication, or a program; empty is what it does not have."""

    name: str
    key: str
    author: str
    title: str
    year: int
    journal: str = ""
    volume: str = ""
    pages: str = ""
    collaboration: str = ""
    publisher: str = ""
    report: str = ""
    version: str = ""
    eprint: str = ""
    doi: str = ""
    latex: str = ""  # the title, where plain text is not LaTeX

    @property
    def text(self) -> str:
        """One line for reading.

        >>> print(bibliography()["Slatyer 2016"].text.partition("Planck results, ")[2])
        Phys. Rev. D 93 (2016) 023527, arXiv:1506.03811, doi:10.1103/PhysRevD.93.023527
        """
        author = self.author.replace("{", "").replace("}", "")
        if self.collaboration:
            author += f" ({self.collaboration})"
        where = " ".join(filter(None, [self.journal or self.publisher or self.report, self.volume]))
        where = f"{where} ({self.year}) {self.pages}".strip()
        ids = (f"{kind}:{value}" for kind, value in (("arXiv", self.eprint), ("doi", self.doi)) if value)
        version = f"version {self.version}" if self.version else ""
        return f"{self.name}: {', '.join(filter(None, [author, self.title, version, where, *ids]))}"

    @property
    def bibtex(self) -> str:
        """BibTeX entry.

        >>> print(bibliography()["COHERENT 2018"].bibtex)
        @misc{COHERENT:2018imc,
            author = {{COHERENT Collaboration}},
            title = {{COHERENT Collaboration data release from the first observation of coherent elastic ...}},
            publisher = {Zenodo},
            year = {2018},
            eprint = {1804.09459},
            archivePrefix = {arXiv},
            doi = {10.5281/zenodo.1228631}
        }
        """
        fields = {
            "author": self.author, "title": f"{{{self.latex or self.title}}}", "collaboration": self.collaboration,
            "journal": self.journal, "volume": self.volume, "pages": self.pages, "publisher": self.publisher,
            "howpublished": self.report, "version": self.version, "year": str(self.year), "eprint": self.eprint,
            "archivePrefix": "arXiv" if self.eprint else "", "doi": self.doi,
        }  # fmt: skip
        lines = ",\n".join(f"    {name} = {{{value}}}" for name, value in fields.items() if value)
        return f"@{'article' if self.journal else 'misc'}{{{self.key},\n{lines}\n}}"


@cache
def bibliography() -> dict[str, Entry]:
    """All publications by short name.

    >>> bibliography()["Drees & Zhao 2021"].eprint
    '2107.14528'
    """
    return {name: Entry(name=name, **row) for name, row in table("core/references.toml").items()}


def joined(references: Iterable[str]) -> str:
    """Several references as one, with each part once.

    >>> joined(["Griest & Seckel 1991; Saikawa & Shirai 2018", "", "Saikawa & Shirai 2018"])
    'Griest & Seckel 1991; Saikawa & Shirai 2018'
    """
    return "; ".join(dict.fromkeys(part for r in references if r for part in r.split("; ")))


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
