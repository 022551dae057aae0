r"""Published limits as data files: a curve in the plane of m_X and a coupling, and what it takes to use it elsewhere.

A limit is one CSV file; the file's name, a lower-case word, is the limit's. Its first lines begin with # and hold, as
TOML, the keys:

    # label = "BaBar $4\\mu$"                    # for plots
    # search = "e+e- -> mu+mu- X, X -> mu+mu-"   # what was looked for
    # reference = "BaBar 2016"                   # optional: a short name of physics/data/core/references.toml
    # source = "arXiv:1606.03501, fig. 5"        # where the curve was published
    # digitised = "the authors of DarkCast"      # who read it off
    # status = "held"                            # held: the curve as published for this model; derived: of another
    #                                            #   model, or reworked; from memory
    # confidence = 0.90
    # sided = "one"                              # or "two"
    # power = 2                                  # the signal, before branching ratios, is coupling^power
    # final = "muons"                            # what the search sees of X's decay: muons, taus, electrons,
    #                                            #   invisible, or total (the decay does not matter)
    # assumed = "model"                          # branching ratio of the published curve. model: that of Lmu-Ltau
    #                                            #   without dark matter; all: every X decays so
    # holes = [[3047.8, 3147.6]]                 # optional: masses [MeV] between points that the limit leaves out
    # notes = "..."                              # optional: what a user must know
    m_X,g_X
    213.71,0.00138

and a table, m_X [MeV] ascending and the coupling above which there is too much signal: g_X, or epsilon, the kinetic
mixing of a dark photon that always decays into `final` (assumed = "all"), which is a limit on the coupling of X to
electrons over e. Where only a share of dark photons decays so, multiply by share^(1/power): their decays are not known
here. Between points, the logarithm of the coupling is linear in that of m_X.
"""

from __future__ import annotations

import csv
import math
import re
import tomllib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from physics.core.errors import PhysicsError, suggestion
from physics.core.references import bibliography
from physics.core.status import FloatArray
from physics.laboratory.branching import FINAL_STATES
from physics.neutrino.checked import CheckedTable

__all__ = ["Limit", "LimitFileError", "read_limit"]

STATUSES = ("held", "derived", "from memory")
COUPLINGS = ("g_X", "epsilon")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_NEEDED = ("label", "search", "source", "digitised", "status", "confidence", "sided", "power", "final", "assumed")
_LARGEST_POWER = 8.0


class LimitFileError(PhysicsError, ValueError):
    """A file that describes a limit is wrong; the message names file, key and remedy."""


class _Header(CheckedTable):
    """The keys of a limit."""

    wrong = LimitFileError
    shown_in = "physics.laboratory.limit_file"

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """One of several words."""
        value = self.text(key)
        if value not in choices:
            raise self.error(key, f"{value!r}: one of {', '.join(choices)}")
        return value


@dataclass(frozen=True, eq=False)
class Limit:
    """A published limit on a coupling against m_X [MeV]; the fields are the keys of its file."""

    name: str
    label: str
    search: str
    reference: str  # empty, where the file names none
    source: str
    digitised: str
    status: str
    confidence: float
    sided: str
    power: float
    final: str
    assumed: str
    holes: tuple[tuple[float, float], ...]
    notes: str
    coupling: str
    m_X: FloatArray
    values: FloatArray

    def covers(self, m_X: FloatArray) -> NDArray[np.bool_]:
        """Whether masses lie within the table and in no hole; the edges of a hole are points of the table."""
        covered: NDArray[np.bool_] = (m_X >= self.m_X[0]) & (m_X <= self.m_X[-1])
        for low, high in self.holes:
            covered &= (m_X <= low) | (m_X >= high)
        return covered

    def at(self, m_X: FloatArray) -> FloatArray:
        """The excluded coupling; NaN where there is no limit."""
        interpolated = np.exp(np.interp(np.log(m_X), np.log(self.m_X), np.log(self.values)))
        return np.where(self.covers(m_X), interpolated, np.nan)

    @property
    def range(self) -> str:
        """Masses in words.

        >>> from physics.laboratory.accelerators import limits
        >>> limits()["babar_4mu"].range
        '213.71 MeV <= m_X <= 7681.8 MeV but for 3047.8 to 3147.6 MeV'
        """
        holes = " and ".join(f"{low:g} to {high:g} MeV" for low, high in self.holes)
        return f"{self.m_X[0]:g} MeV <= m_X <= {self.m_X[-1]:g} MeV" + (f" but for {holes}" if holes else "")


def read_limit(path: str, name: str, content: bytes) -> Limit:
    """Check a file, and return the limit that it describes; `path` is for messages.

    Raises
    ------
    LimitFileError
        The file is wrong; the message names the key, and what to write.
    """
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise LimitFileError(f"{path} is not plain text; save it as CSV in UTF-8") from None
    end = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    try:
        row = tomllib.loads("\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[:end]))
    except ValueError as error:
        raise LimitFileError(f"{path}: the lines that begin with # are not TOML: {error}") from None
    header = _Header(path, row, "", _NEEDED, ("reference", "holes", "notes"))
    if not _WORD.fullmatch(name):
        raise header.error("the file's name", f"{name!r} must be lower-case letters, digits and _, as in babar_4mu.csv")
    coupling, m_X, values = _table(header, lines[end:])
    limit = Limit(
        name=name,
        **{key: header.text(key) for key in ("label", "search", "source", "digitised", "notes")},
        reference=_reference(header),
        status=header.choice("status", STATUSES),
        confidence=header.number("confidence", "a share below 1", high=math.nextafter(1.0, 0.0)),
        sided=header.choice("sided", ("one", "two")),
        power=header.number("power", "of the coupling", high=_LARGEST_POWER),
        final=header.choice("final", tuple(FINAL_STATES)),
        assumed=header.choice("assumed", ("model", "all")),
        holes=_holes(header, m_X),
        coupling=coupling,
        m_X=m_X,
        values=values,
    )
    _check_decay(header, limit)
    return limit


def _reference(header: _Header) -> str:
    name = header.text("reference")
    if name and name not in bibliography():
        raise header.error("reference", f"no reference {name!r}{suggestion(name, bibliography())}; or leave it out")
    return name


def _table(header: _Header, lines: list[str]) -> tuple[str, FloatArray, FloatArray]:
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines) if any(row)]
    names = rows[0] if rows else []
    if len(names) != 2 or names[0] != "m_X" or names[1] not in COUPLINGS:
        raise header.error("the table", f"begins with {','.join(names)!r}; write m_X,g_X or m_X,epsilon")
    points: list[tuple[float, float]] = []
    for row in rows[1:]:
        try:
            m_X, value = map(float, row)
        except ValueError:
            raise header.error("the table", f"{','.join(row)!r}: write two numbers, m_X [MeV] and coupling") from None
        if not (0 < m_X < math.inf and 0 < value < math.inf):
            raise header.error("the table", f"{','.join(row)!r}: both numbers must be above 0 and finite")
        if points and m_X <= points[-1][0]:
            raise header.error("the table", f"{','.join(row)!r}: m_X must ascend; sort the rows, one for each m_X")
        points.append((m_X, value))
    if len(points) < 2:
        raise header.error("the table", "needs two points at least")
    masses, values = np.array(points).T.copy()
    return names[1], masses, values


def _holes(header: _Header, m_X: FloatArray) -> tuple[tuple[float, float], ...]:
    holes = header.row.get("holes", [])
    if not isinstance(holes, list):
        raise header.error("holes", f"{holes!r}: write a list of pairs [[3047.8, 3147.6]] [MeV]")
    pairs = tuple(_Header(header.file, {"holes": hole}, "", (), ("holes",)).window("holes", "MeV") for hole in holes)
    for low, high in pairs:
        if not (low in m_X and high in m_X) or np.any((m_X > low) & (m_X < high)):
            raise header.error(
                "holes", f"[{low:g}, {high:g}]: both must be m_X of rows of the table, one after the other"
            )
    return pairs


def _check_decay(header: _Header, limit: Limit) -> None:
    if limit.coupling == "epsilon" and limit.assumed != "all":
        raise header.error(
            "assumed", 'epsilon is for dark photons that all decay so: multiply it by share^(1/power), and write "all"'
        )
    lightest = 2 * FINAL_STATES[limit.final]
    if limit.m_X[0] <= lightest:
        raise header.error(
            "the table",
            f"m_X = {limit.m_X[0]:g} MeV is not above {lightest:g}: X does not decay into {limit.final} there",
        )
