"""Targets: isotopes and electrons of a chemical element (physics/data/neutrino/targets.toml)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from physics.core.errors import UnknownNameError, suggestion
from physics.core.files import table
from physics.core.parameter import parameter
from physics.core.status import FloatArray
from physics.neutrino.cross_sections import Nucleus

__all__ = ["Target", "target"]


@dataclass(frozen=True)
class Target:
    """A chemical element."""

    element: str
    Z: int
    isotopes: tuple[tuple[Nucleus, float], ...]  # and their abundances (numbers of atoms)
    shells: tuple[tuple[float, float], ...]  # binding energy [eV] and number of electrons

    @property
    def mass_u(self) -> float:
        """Mean mass of an atom [u]."""
        return sum(nucleus.mass_u * abundance for nucleus, abundance in self.isotopes)

    def nuclei(self, target_nuclei: str) -> tuple[tuple[Nucleus, float], ...]:
        """Nuclei per atom.

        >>> target("Ar").nuclei("average")[0][0].A
        39.94...
        """
        return _NUCLEI[target_nuclei](self)

    def free_electrons(self, T: FloatArray) -> FloatArray:
        """Electrons per atom bound by less than the recoil T [MeV]: Amaral et al. 2020, section III.3, footnote 12.

        >>> float(target("Xe").free_electrons(np.array(0.1)))
        54.0
        """
        energy, number = (np.array(column) for column in zip(*self.shells, strict=True))
        return np.asarray(np.sum(number * (np.asarray(T)[..., None] > 1e-6 * energy), axis=-1))


_NUCLEI: dict[str, Callable[[Target], tuple[tuple[Nucleus, float], ...]]] = {
    "isotopes": lambda element: element.isotopes,
    "average": lambda element: ((Nucleus(element.Z, element.mass_u, element.mass_u), 1.0),),
}

parameter(
    "target_nuclei",
    "nuclei of a dark-matter detector: the natural isotopes, or one of average mass as in the papers",
    label="target nuclei",
    default="isotopes",
    choices=_NUCLEI,
)


@cache
def target(element: str) -> Target:
    """A chemical element by its symbol: Xe, Ge, Ar, ...

    Raises
    ------
    UnknownNameError
        It is not in the table.

    Examples
    --------
    >>> round(target("Xe").mass_u, 2)
    131.29
    """
    elements = table("neutrino/targets.toml")
    if element not in elements:
        raise UnknownNameError(f"no target {element!r}{suggestion(element, elements)}")
    row = elements[element]
    total = sum(abundance for _, _, abundance in row["isotopes"])  # tables round: normalised to one
    isotopes = tuple((Nucleus(row["Z"], A, mass), abundance / total) for A, mass, abundance in row["isotopes"])
    return Target(element, row["Z"], isotopes, tuple((e, n) for e, n in row.get("shells", ())))
