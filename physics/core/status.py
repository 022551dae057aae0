"""What a value is: an array of floats, and beside it why each point has a value or has none."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["FloatArray", "Outcome", "Status", "StatusArray"]

FloatArray = npt.NDArray[np.float64]
StatusArray = npt.NDArray[np.uint8]


class Status(IntEnum):
    """Why a point has a value, or has none. Stored beside every value of a scan."""

    NOT_COMPUTED = 0
    OK = 1
    OUTSIDE_DOMAIN = 2  # outside the declared domain, or the choices that are made are not supported
    NO_SOLUTION = 3
    NOT_CONVERGED = 4
    INPUT_FAILED = 5
    ERROR = 6  # the function raised at this point
    BLOCK_FAILED = 255  # the process that computed the block died

    @property
    def meaning(self) -> str:
        """A word for the CF attribute flag_meanings.

        >>> Status.NO_SOLUTION.meaning
        'no_solution'
        """
        return self.name.lower()


class Outcome(NamedTuple):
    """A value with its status; a function returns one where it knows why a point has no value."""

    value: Any
    status: StatusArray | np.uint8
