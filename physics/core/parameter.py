"""A parameter: unit, default, domain, meaning. Each is declared once, in the module where its choices are.

Observables name the parameters they depend on as arguments; those without a default must be given.

>>> import physics
>>> physics.parameters()["m_X"].unit, physics.parameters()["m_X"].default
('MeV', None)
>>> physics.parameters()["kinetic_mixing"].choices
('photon', 'hypercharge')
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physics.core.errors import InvalidParameterError, RegistryError

__all__ = ["PARAMETERS", "Parameter", "parameter"]

PARAMETERS: dict[str, Parameter] = {}  # by name, in the order in which they are declared


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

    @cached_property
    def default_array(self) -> NDArray[Any]:
        """The default, validated; not to be changed."""
        return self.validated(self.default)

    @property
    def default_text(self) -> str:
        """The default as one writes it; empty where there is none.

        >>> Parameter("m_phi", "mass", default=math.inf, absent=math.inf).default_text
        'None'
        """
        return "" if self.default is None else str(self.plain(self.default))

    def plain(self, value: Any) -> Any:
        """A value as one writes it: None for the number that None stands for.

        >>> Parameter("mass_ratio", "m_psi / m_X", absent=math.inf).plain(math.inf) is None
        True
        """
        return None if self.absent is not None and value == self.absent else value

    @property
    def domain(self) -> str:
        """What is allowed, in words.

        >>> Parameter("m_X", "mass").domain
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

        >>> Parameter("m_X", "mass", unit="MeV").validated([1, 2]).tolist()
        [1.0, 2.0]
        >>> Parameter("m_X", "mass", unit="MeV").validated(-1.0)
        Traceback (most recent call last):
        physics.core.errors.InvalidParameterError: m_X = -1.0 is not allowed: m_X > 0 [MeV]
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

    def from_unit(self, number: float, unit: str) -> float:
        """A number that somebody writes with a unit, in the parameter's; energies are converted, nothing else.

        >>> Parameter("m_X", "mass", unit="MeV").from_unit(0.023, "GeV")
        23.0
        >>> Parameter("g_X", "coupling").from_unit(5.0, "MeV")
        Traceback (most recent call last):
        physics.core.errors.InvalidParameterError: g_X = 5 MeV: g_X has no unit; write g_X=5
        """
        if unit == self.unit:
            return number
        if unit in _MEV and self.unit in _MEV:  # the decimal point moves, and nothing is rounded
            return float(Decimal(repr(number)).scaleb(round(math.log10(_MEV[unit] / _MEV[self.unit]))))
        if self.unit == "1":
            remedy = f"{self.name} has no unit; write {self.name}={number:g}"
        else:
            units = ", ".join(_MEV) if self.unit in _MEV else self.unit
            remedy = f"{self.name} is in {self.unit}; units that it may have: {units}"
        raise InvalidParameterError(f"{self.name} = {number:g} {unit}: {remedy}")

    def check_unit(self, value: Any) -> None:
        """Raise where a value says that it has another unit: nothing is converted, and nothing taken for MeV.

        >>> import xarray as xr
        >>> Parameter("m_X", "mass", unit="MeV").check_unit(xr.DataArray(0.02, attrs={"units": "GeV"}))
        Traceback (most recent call last):
        physics.core.errors.InvalidParameterError: m_X is given in GeV, and is needed in MeV: multiply by 1000, ...
        """
        if self.choices or isinstance(value, int | float | str | list | tuple):
            return
        unit = _unit_of(value)
        if unit is None or unit == self.unit or (self.unit == "1" and unit in ("", "dimensionless")):
            return
        if unit in _MEV and self.unit in _MEV:
            remedy = f"multiply by {_MEV[unit] / _MEV[self.unit]:g}, and say so in the units attribute"
        else:
            remedy = f"convert it, and give plain numbers or units = {self.unit!r}"
        raise InvalidParameterError(
            f"{self.name} is given in {unit or 'no unit'}, and is needed in {self.unit}: {remedy}"
        )

    def _numbers(self, value: Any) -> NDArray[np.float64]:
        """The value as floats; real numbers only, and None (in a file "None") where absence means something."""
        self.check_unit(value)
        if self.absent is not None and isinstance(value, str) and value == "None":
            value = None
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


_MEV = {"eV": 1e-6, "keV": 1e-3, "MeV": 1.0, "GeV": 1e3, "TeV": 1e6}


def _unit_of(value: Any) -> str | None:
    """The unit that an array says it has: of xarray's attributes, of pint and astropy; None where it says nothing."""
    attributes = getattr(value, "attrs", None)
    if isinstance(attributes, Mapping) and "units" in attributes:
        return str(attributes["units"]).strip()
    for key in ("units", "unit"):  # pint, astropy
        if (unit := getattr(value, key, None)) is not None and not callable(unit):
            return str(unit).strip()
    return None


def parameter(
    name: str,
    description: str,
    *,
    unit: str = "1",
    label: str = "",
    default: float | str | None = None,
    low: float = 0.0,
    high: float = math.inf,
    low_allowed: bool = False,
    choices: Iterable[str] = (),
    absent: float | None = None,
) -> Parameter:
    """Declare a parameter.

    Parameters
    ----------
    name : str
        By which observables take it as an argument.
    description : str
        What it is, in a line.
    unit, label : str
        Unit, and Matplotlib label without the unit.
    default : float or str, optional
        Without one the parameter must be given.
    low, high : float
        Numbers lie in the open interval between them; `low_allowed` includes the lower end.
    choices : iterable of str
        For a parameter that is a name: those that there are; a mapping's keys will do.
    absent : float, optional
        The number that None stands for: the limit in which the particle is not there.

    Raises
    ------
    RegistryError
        Another parameter has the name already.
    """
    new = Parameter(name, description, unit, label, default, low, high, low_allowed, tuple(choices), absent)
    if PARAMETERS.setdefault(name, new) != new:
        raise RegistryError(f"the parameter {name!r} is declared twice, and not alike; give the second another name")
    return new
