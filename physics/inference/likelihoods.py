"""A measurement as an interval and as a likelihood.

How a published number becomes -2 ln L, up to a constant, of the value v of an observable:

    gaussian       ((v - value)/error)^2: a measurement
    one_sided      the same above the value, 0 below: only too much is wrong
    chi2           v itself: the observable is a -2 ln L, counted from a perfect fit or from the best coupling
    half_gaussian  z^2 (v/upper)^(2 power): of a limit alone, as if no signal fitted best
    poisson0       2 s with s = -ln(1 - confidence) (v/upper)^power events: of a limit where none was seen or expected
    step           0 inside the interval, infinite outside

The interval of the first three follows from confidence and sided, if the row gives none: z errors, or z^2; without a
confidence, one error. z is a Gaussian's quantile of confidence (sided = "one") or of (1 + confidence)/2 ("two").
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from physics.core.errors import RegistryError
from physics.core.status import FloatArray

__all__ = ["Constraint", "Hatch", "Kind", "Likelihood", "Sided", "quantile"]

Kind = Literal["limit", "hint", "projection"]
Likelihood = Literal["gaussian", "one_sided", "chi2", "half_gaussian", "poisson0", "step"]
Sided = Literal["one", "two"]
Hatch = Literal["/", "|", "\\"]

_MEASUREMENTS = ("gaussian", "one_sided")  # they have a value and an error
_FROM_LIMITS = ("half_gaussian", "poisson0")  # they have the limit, its confidence and the signal's power
_MADE_UP = ("half_gaussian", "step")  # no source states such a likelihood


def quantile(confidence: float, sided: Sided) -> float:
    """Standard deviations of a Gaussian that a confidence level stands for.

    >>> round(quantile(0.95, "two"), 6), round(quantile(0.95, "one"), 6)
    (1.959964, 1.644854)
    """
    return NormalDist().inv_cdf(confidence if sided == "one" else (1 + confidence) / 2)


@dataclass(frozen=True)
class Constraint:
    """What a measurement says of an observable; a row that contradicts itself is refused (RegistryError).

    >>> Constraint("mine", "n_eff", "limit", "mine", "a paper", likelihood="gaussian", value=3.0)
    Traceback (most recent call last):
    physics.core.errors.RegistryError: constraint 'mine': likelihood = gaussian needs error; give it, ...
    """

    name: str
    observable: str
    kind: Kind
    label: str
    reference: str
    likelihood: Likelihood = "step"
    confidence: float | None = None  # None where the source states none
    sided: Sided | None = None
    value: float | None = None
    error: float | None = None
    power: float = 1.0  # the signal is proportional to observable^power
    lower: float = -math.inf
    upper: float = math.inf
    target: float | None = None  # the value to draw a line at, where the interval is only a tolerance around it
    approximate: bool | None = None  # the likelihood is made up, of a limit or a tolerance; None: as its form says
    alternative: str = ""  # of constraints that name the same group one at a time holds: they share data
    silent_outside: bool = False  # where the observable is outside its domain (status 2) nothing was searched
    coupling: str = ""  # the observable that is the largest g_X that a limit allows: sharper than an edge on a grid
    colour: str = ""  # "#rrggbb"; empty: whatever is free
    hatch: Hatch = "/"  # of a limit: along its edge, on the side that is excluded

    def __post_init__(self) -> None:
        """Refuse what contradicts itself; find the interval."""
        self._check_words()
        self._check_numbers()
        if self.approximate is None:
            object.__setattr__(self, "approximate", self.likelihood in _MADE_UP)
        if not np.isfinite([self.lower, self.upper]).any():
            for end, value in zip(("lower", "upper"), self._interval(), strict=True):
                object.__setattr__(self, end, value)
        if not (self.lower < self.upper and np.isfinite([self.lower, self.upper]).any()):
            raise self._wrong(
                f"the interval {self.lower:g} .. {self.upper:g}: give lower, upper or both, in this order"
            )
        if self.target is not None and not self.lower < self.target < self.upper:
            raise self._wrong(f"target = {self.target:g} is not inside {self.lower:g} .. {self.upper:g}")

    def _wrong(self, what: str) -> RegistryError:
        return RegistryError(f"constraint {self.name!r}: {what}")

    def _check_words(self) -> None:
        for key, choices in (("kind", Kind), ("likelihood", Likelihood), ("sided", Sided), ("hatch", Hatch)):
            given = getattr(self, key)
            if given not in get_args(choices) and not (key == "sided" and given is None):
                raise self._wrong(f"{key} = {given!r}: one of {', '.join(get_args(choices))}")
        if self.colour and not re.fullmatch("#[0-9a-fA-F]{6}", self.colour):
            raise self._wrong(f"colour = {self.colour!r}: six digits, as in #0072B2")

    def _check_numbers(self) -> None:
        if self.confidence is not None and not (isinstance(self.confidence, float) and 0 < self.confidence < 1):
            raise self._wrong(f"confidence = {self.confidence!r}: a number between 0 and 1, such as 0.95")
        if (self.confidence is None) != (self.sided is None):
            raise self._wrong("confidence and sided belong together: give both, or neither")
        needed = {
            **dict.fromkeys(_MEASUREMENTS, ("value", "error")),
            **dict.fromkeys(_FROM_LIMITS, ("confidence",)),
        }.get(self.likelihood, ())
        for key in ("value", "error"):
            if key not in needed and getattr(self, key) is not None:
                raise self._wrong(f"likelihood = {self.likelihood} has no {key}; remove it, or take gaussian")
        for key in needed:
            if getattr(self, key) is None:
                raise self._wrong(f"likelihood = {self.likelihood} needs {key}; give it, or take another likelihood")
        if self.error is not None and not 0 < self.error < math.inf:
            raise self._wrong(f"error = {self.error:g}: a positive number")
        if self.likelihood in _FROM_LIMITS:
            if not (0 < self.upper < math.inf and self.lower == -math.inf):
                raise self._wrong(f"likelihood = {self.likelihood} needs upper, a positive number, and no lower")
            if not 0 < self.power < math.inf:
                raise self._wrong(f"power = {self.power:g}: a positive number")
        elif self.power != 1:
            raise self._wrong(f"likelihood = {self.likelihood} has no power; take half_gaussian or poisson0")
        if self.likelihood == "poisson0" and self.sided != "one":
            raise self._wrong("likelihood = poisson0 is for limits from above: sided = one")

    @property
    def is_summed(self) -> bool:
        """Whether its -2 ln L is added to others': not that of a hint of which only an interval is known."""
        return not (self.kind == "hint" and self.likelihood == "step")

    @property
    def _z(self) -> float:
        if self.confidence is None or self.sided is None:
            return 1.0
        return quantile(self.confidence, self.sided)

    def _interval(self) -> tuple[float, float]:
        if self.likelihood == "chi2":
            return -math.inf, self._z**2
        if self.value is None or self.error is None:
            return -math.inf, math.inf
        upper = self.value + self._z * self.error
        both = self.likelihood == "gaussian" and self.sided != "one"
        return (self.value - self._z * self.error if both else -math.inf), upper

    @property
    def interval(self) -> str:
        """In words.

        >>> Constraint("mine", "n_eff", "limit", "mine", "a paper", upper=3.4).interval
        'below 3.4'
        """
        if self.lower == -math.inf:
            return f"below {self.upper:.5g}"
        return f"above {self.lower:.5g}" if self.upper == math.inf else f"{self.lower:.5g} to {self.upper:.5g}"

    @property
    def level(self) -> str:
        """Confidence in words, with a word where the likelihood is made up; empty where there is nothing to say.

        >>> Constraint("mine", "n_eff", "limit", "mine", "a paper", upper=3.4, confidence=0.95, sided="one").level
        '95% CL, approximate'
        """
        words = [] if self.confidence is None else [f"{100 * self.confidence:.3g}% CL"]
        return ", ".join(
            [
                *words,
                *(["projected"] if self.kind == "projection" else []),
                *(["approximate"] if self.approximate else []),
            ]
        )

    def allows(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Whether values of the observable lie inside; a value that is not there (NaN) is not allowed."""
        values = np.asarray(values)
        return (values >= self.lower) & (values <= self.upper)

    def minus_two_ln_l(self, values: ArrayLike) -> FloatArray:
        """-2 ln L of values of the observable, up to a constant: 0 where the likelihood is largest; NaN where they are.

        >>> none_seen = {"likelihood": "poisson0", "upper": 2.0, "confidence": 0.9, "sided": "one"}
        >>> limit = Constraint("mine", "babar", "limit", "mine", "a paper", **none_seen)
        >>> limit.minus_two_ln_l([0.0, 2.0, float("nan")]).round(6).tolist()  # the limit: 2.303 events
        [0.0, 4.60517, nan]
        """
        v = np.asarray(values, dtype=np.float64)
        if self.likelihood == "chi2":
            return v
        if self.likelihood == "step":
            outside = np.where(self.allows(v), 0.0, np.inf)
            return np.where(np.isnan(v), np.nan, outside)
        if self.likelihood in _MEASUREMENTS:
            pull = self.pull(v)
            return pull * pull
        strength = np.maximum(v, 0.0) / self.upper  # a signal below zero is none; NaN stays
        if self.likelihood == "poisson0":
            assert self.confidence is not None
            return -2 * math.log1p(-self.confidence) * strength**self.power
        return self._z**2 * strength ** (2 * self.power)

    def pull(self, values: ArrayLike) -> FloatArray:
        """Standard deviations: (v - value)/error of a measurement, else the root of -2 ln L; NaN where values are.

        >>> from physics.inference.constraints import constraints
        >>> constraints()["n_eff_2026"].pull([2.92, 3.06]).round(6).tolist()
        [-1.0, 1.0]
        """
        v = np.asarray(values, dtype=np.float64)
        if self.value is None or self.error is None:
            return np.sqrt(np.maximum(self.minus_two_ln_l(v), 0.0))
        pull: FloatArray = (v - self.value) / self.error
        return np.maximum(pull, 0.0) if self.likelihood == "one_sided" else pull

    def excess(self, values: ArrayLike) -> FloatArray:
        """By which factor values pass the nearer end of the interval: above 1 outside, NaN where no end is positive.

        >>> limit = Constraint("mine", "relic_density", "limit", "mine", "a paper", lower=0.1, upper=0.2)
        >>> limit.excess([0.05, 0.1, 0.5]).tolist()
        [2.0, 1.0, 2.5]
        """
        v = np.asarray(values, dtype=np.float64)
        nothing = np.full(v.shape, np.nan)
        above = v / self.upper if 0 < self.upper < math.inf else nothing
        with np.errstate(divide="ignore"):
            below = np.where(v >= 0, self.lower / np.abs(v), np.inf) if 0 < self.lower < math.inf else nothing
        return np.where(np.isnan(v), np.nan, np.fmax(above, below))
