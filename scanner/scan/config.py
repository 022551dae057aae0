"""The scan file: what to compute, on which axes, into which store, on which cluster.

[scan]
title = "g-2 and N_eff"
observables = ["delta_a_mu", "n_eff"]
# readings = "paper:drees-zhao-2021"     # a named set of choices; axes, fixed and bound win over it
# plugins = ["mine.py"]                  # files that define some of them; loaded only with --plugin mine.py

[axes]                                   # in the order in which the store will have them
m_X = { geomspace = [1, 300, 60] }
g_X = { geomspace = [1e-5, 1e-2, 60] }
mass_ratio = [{ values = [0.31] }, { geomspace = [1e-5, 0.1, 20], offset = 0.5 }]    # several ranges: their union

[fixed]                                  # parameters that are not scanned and differ from their defaults
neutrino_flavours = "common"
q_psi = 1
# m_phi = "None"                         # there is no such particle

[bound]                                  # parameters that follow an observable, on the axes that it depends on
# mass_ratio = "mass_ratio_relic_above"  # instead of the axis

[store]
path = "scan.zarr"
# relative_error = 1e-6                  # values are rounded so far, and take half the space; default: all digits
# seconds_limit = 3600                   # a block that takes longer is given up; default: 10 min + 20 x the expected

[cluster]
address = "local"                        # or slurm, pbs, sge, lsf, htcondor, oar; tcp://host:port; a scheduler file
workers = 2                              # processes; 0: this one computes; default: one a core, or 0 where that is fast
# jobs = 40                              # of a batch system, and what each is: dask-jobqueue's keywords
# options = { cores = 32, memory = "64GB", walltime = "02:00:00", queue = "regular" }
# no_worker_timeout = 600                # give up after so many seconds without any worker; default: wait for one

[plot]                                   # the picture that `lmutau plot STORE` makes
x = "m_X"
y = "g_X"
at = { mass_ratio = 0.31 }
constraints = ["g2_FNAL2021", "hubble"]
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Collection, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PrivateAttr, ValidationError, field_validator, model_validator

import physics
from physics.core import plugins
from physics.core.binding import check_bindings
from physics.core.errors import suggestion
from physics.core.evaluate import choices_in_use
from physics.core.graph import dependencies_of, parameters_of, refusal
from physics.core.readings import DEFAULTS, Reading, reading_of, readings
from physics.core.tables import as_html, as_text
from scanner.errors import ScanFileError
from scanner.paths import local
from scanner.scan.grid import Axis, Grid, Held, held, position
from scanner.scan.messages import message
from scanner.scan.overrides import overridden, table_of
from scanner.scan.sections import (
    AxisRange,
    ClusterSection,
    Number,
    PlotSection,
    ScanSection,
    Section,
    StoreSection,
)

__all__ = ["ScanFile", "axis_of", "load_scan", "preset_names", "validated"]

MAX_CHARACTERS = 1_000_000  # of a scan file


class ScanFile(Section):
    """A whole scan file whose names all mean something here; `grid` is what its axes span."""

    scan: ScanSection
    axes: dict[str, list[AxisRange]]
    fixed: dict[str, Number | str] = Field(default_factory=dict)
    bound: dict[str, str] = Field(default_factory=dict)
    store: StoreSection = Field(default_factory=StoreSection)
    cluster: ClusterSection = Field(default_factory=ClusterSection)
    plot: PlotSection | None = None
    _grid: Grid = PrivateAttr()

    @field_validator("axes", mode="before")
    @classmethod
    def _as_lists(cls, axes: Any) -> Any:
        if isinstance(axes, dict):
            return {name: ranges if isinstance(ranges, list) else [ranges] for name, ranges in axes.items()}
        return axes

    @model_validator(mode="after")
    def _consistent(self) -> ScanFile:
        self._check_plugins()
        self._check_names()
        self._fix_readings()
        axes = {name: _axis(name, ranges) for name, ranges in self.axes.items()}
        for name, value in self.fixed.items():
            try:
                physics.parameters()[name].validated(value)
            except physics.InvalidParameterError as error:
                raise ValueError(f"fixed.{name}: {error}") from None
        self._check_bound()
        self._grid = Grid(axes)
        for observable in self.scan.observables:
            self._check_given(observable)
            self._check_not_refused(observable)
        if self.plot is not None:
            self._check_plot(self.plot)
        return self

    def _check_plugins(self) -> None:
        for path in self.scan.plugins:
            if Path(path).name not in plugins.contents():
                raise ValueError(
                    f"scan.plugins: the scan needs {path}; a file is run only if you name it: --plugin {path}, "
                    f"or physics.add({path!r})"
                )

    def _check_names(self) -> None:
        names, known = self.scan.observables, physics.observables()
        if unknown := [name for name in names if name not in known]:
            raise ValueError(f"scan.observables: no observable {unknown[0]!r}{suggestion(unknown[0], known)}")
        if len(set(names)) < len(names):
            raise ValueError(f"scan.observables: an observable is named twice: {names}")
        sections: dict[str, Collection[str]] = {"axes": self.axes, "fixed": self.fixed, "bound": self.bound}
        for section, table in sections.items():
            for name in table:
                if name not in physics.parameters():
                    raise ValueError(f"{section}.{name}: no such parameter{suggestion(name, physics.parameters())}")
        for section, other in (("fixed", "axes"), ("bound", "axes"), ("bound", "fixed")):
            if both := sorted(set(sections[section]) & set(sections[other])):
                raise ValueError(f"{section}.{both[0]}: also in [{other}]; leave one of them out")

    def _fix_readings(self) -> None:
        """Fix the choices of the named set that the file leaves open."""
        try:
            chosen = readings(self.scan.readings or DEFAULTS)
        except physics.UnknownNameError as error:
            raise ValueError(f"scan.readings: {error}") from None
        open_ = {p: value for p, value in chosen.items() if p not in self.axes and p not in self.bound}
        self.fixed = {**open_, **self.fixed}

    def _check_bound(self) -> None:
        for name in self.bound:
            try:
                check_bindings({name: self.bound[name]})
            except physics.PhysicsError as error:
                raise ValueError(f"bound.{name}: {error}") from None
        try:
            check_bindings(self.bound)
        except physics.RegistryError as error:
            raise ValueError(f"bound: {error}") from None

    def _check_given(self, observable: str) -> None:
        for p in self.parameters_of(observable):
            if p not in self.axes and p not in self.fixed and physics.parameters()[p].default is None:
                through = "" if p in parameters_of(observable, choices=self.choices) else " (through [bound])"
                raise ValueError(
                    f"scan.observables: {observable} needs {p}{through}; add it to [axes] or [fixed], or to [bound]"
                )

    def _check_not_refused(self, observable: str) -> None:
        """Some choice in use must have a branch; where others have none, the points say so (status 2)."""
        reasons = [refusal(observable, chosen, self.bound) for chosen in self.combinations()]
        if all(reasons):
            listed = "; ".join(dict.fromkeys(reasons))
            raise ValueError(
                f"scan.observables: {observable} has no value in this scan: {listed}. "
                "Choose otherwise in [fixed], or leave it out"
            )

    def _check_plot(self, plot: PlotSection) -> None:
        named = [("x", plot.x), ("y", plot.y), *(("at", n) for n in plot.at), *(("lines", n) for n in plot.lines)]
        for key, name in named:
            if name in self.bound:
                raise ValueError(
                    f"plot.{key}: {name} is bound to {self.bound[name]}, so it is not an axis; leave it out"
                )
            if name not in self.axes:
                raise ValueError(f"plot.{key}: {name!r} is not an axis of this scan ({', '.join(self.axes)})")
        if plot.x == plot.y:
            raise ValueError(f"plot.y: the plane needs two different axes, not {plot.x} twice")
        if in_plane := sorted({plot.x, plot.y} & {*plot.at, *plot.lines}):
            raise ValueError(f"plot.at: {in_plane[0]} is an axis of the plane")
        if plot.observable is not None and plot.observable not in physics.observables():
            raise ValueError(
                f"plot.observable: no {plot.observable!r}{suggestion(plot.observable, physics.observables())}"
            )
        for name in plot.curves:
            if name not in self.scan.observables:
                raise ValueError(f"plot.curves: {name!r} is not an observable of this scan")
        for name in plot.constraints:
            if name not in physics.constraints():
                raise ValueError(f"plot.constraints: no {name!r}{suggestion(name, physics.constraints())}")

    def _rows(self) -> list[tuple[str, str]]:
        """What it is printed as."""
        axes = (f"{name} ({axis.extent})" for name, axis in self.grid.axes.items())
        fixed = (f"{name} = {value}" for name, value in self.fixed.items())
        bound = (f"{name} = {observable}" for name, observable in self.bound.items())
        rows = [
            ("title", self.scan.title),
            ("observables", ", ".join(self.scan.observables)),
            ("axes", ", ".join(axes)),
            ("fixed", ", ".join(fixed)),
            ("bound", ", ".join(bound)),
            ("readings", str(self.reading)),
            ("store", self.store.path or ""),
        ]
        return [row for row in rows if row[1]]

    def __repr__(self) -> str:
        """As a short table."""
        return as_text(self._rows())

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return as_html((), self._rows())

    @property
    def grid(self) -> Grid:
        """The grid that the axes span."""
        return self._grid

    @property
    def reading(self) -> Reading:
        """The named set of readings, given or found, and what departs from it; axes and bound parameters in words."""
        used = {p for name in self.scan.observables for p in self.parameters_of(name)}
        name, departures = reading_of(self.fixed, used - set(self.axes) - set(self.bound), self.scan.readings)
        varied = {p: "scanned" for p in self.axes if p in used} | {p: f"bound:{o}" for p, o in self.bound.items()}
        return Reading(name, departures | {p: said for p, said in varied.items() if p in readings(name)})

    @property
    def held(self) -> dict[str, Held]:
        """What `physics.evaluate` is told beside the axes."""
        return held(self.fixed, self.bound)

    @property
    def choices(self) -> dict[str, tuple[str, ...]]:
        """The choices in use of every parameter that is a name: of its axis, else the fixed one, else the default."""
        given = {**self.fixed, **{name: axis.values for name, axis in self.grid.axes.items()}}
        return {name: tuple(sorted(choices)) for name, choices in choices_in_use(given).items()}

    def off_the_grid(self) -> list[str]:
        """What the [plot] section asks for and the axes do not have, with the remedy; the scan itself can be run."""
        if self.plot is None:
            return []
        wanted = [("at", axis, value) for axis, value in self.plot.at.items()]
        wanted += [("lines", axis, value) for axis, values in self.plot.lines.items() for value in values]
        return [
            f"plot.{key}: {axis} has no value {value}; the nearest is {values[near]}. `lmutau plot` will need that, "
            "or --nearest"
            for key, axis, value in wanted
            for values in [self.grid.axes[axis].values]
            if position(values, value) is None and (near := position(values, value, nearest=True)) is not None
        ]

    def combinations(self) -> Iterator[dict[str, str]]:
        """One choice of every parameter that is a name, in all combinations that the axes have."""
        choices = self.choices
        return (dict(zip(choices, c, strict=True)) for c in itertools.product(*choices.values()))

    def parameters_of(self, node: str) -> tuple[str, ...]:
        """Parameters that a node depends on in this scan: what only other choices need is left out."""
        return parameters_of(node, self.bound, self.choices)

    def dependencies_of(self, node: str) -> set[str]:
        """All nodes and parameters, bound ones too, that a node depends on in this scan."""
        return dependencies_of(node, self.bound, self.choices)


def _axis(name: str, ranges: Sequence[AxisRange]) -> Axis:
    """Union of the ranges, ascending; a value that two ranges share counts once."""
    if not ranges:
        raise ValueError(f"axes.{name}: give at least one range")
    arrays = [r.array() for r in ranges]
    categorical = bool(physics.parameters()[name].choices)
    if any((a.dtype.kind == "U") != categorical for a in arrays):
        raise ValueError(
            f"axes.{name}: {'names' if categorical else 'numbers'} are needed: {physics.parameters()[name].domain}"
        )
    if categorical:
        values = np.asarray(list(dict.fromkeys(np.concatenate(arrays).tolist())))
    else:
        values = np.unique(np.concatenate(arrays))
    try:
        return Axis.of(name, values)
    except physics.InvalidParameterError as error:
        raise ValueError(f"axes.{name}: {error}") from None


def axis_of(name: str, range_: dict[str, Any]) -> NDArray[Any]:
    """The values of a parameter that a scan file would write so.

    >>> axis_of("m_X", {"geomspace": [1, 100, 3]}).tolist()
    [1.0, 10.0, 100.0]

    Raises
    ------
    ScanFileError
        Naming the parameter, and what is allowed.
    """
    if name not in physics.parameters():
        raise ScanFileError(f"no parameter {name!r}{suggestion(name, physics.parameters())}")
    try:
        return _axis(name, [AxisRange.model_validate(range_)]).values
    except ValidationError as error:
        raise ScanFileError("\n".join(message(name, e, ScanFile) for e in error.errors())) from None
    except ValueError as error:
        raise ScanFileError(str(error)) from None


def preset_names() -> list[str]:
    """Names of the scans that come with lmutau.

    >>> "quick" in preset_names()
    True
    """
    return sorted(
        p.name.removesuffix(".toml")
        for p in files("scanner").joinpath("scan", "presets").iterdir()
        if p.name.endswith(".toml")
    )


def load_scan(source: str | Path, overrides: Sequence[str] = ()) -> ScanFile:
    """Read a scan file, or a preset by its name.

    Parameters
    ----------
    source : str or Path
        Path of a TOML file, or one of `preset_names`.
    overrides : sequence of str
        "section.key=value" with a TOML value, applied in order. A parameter that is set in one of axes, fixed and bound
        leaves the other two; an axis that goes leaves [plot], too, which goes with an axis of its plane.

    Raises
    ------
    ScanFileError
        Naming file, key, value, and what is allowed.

    Examples
    --------
    >>> load_scan("quick", ["axes.m_X.geomspace=[1,200,3]"]).grid.axes["m_X"].values
    array([  1.        ,  14.1421..., 200.        ])
    """
    text, name = _read(source)
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not TOML, whole numbers of 4300 digits, a thousand brackets
        raise ScanFileError(f"{name}: not valid TOML: {error}") from None
    scan = validated(overridden(content, overrides), name)
    scan.store.path = scan.store.path or f"{Path(name).stem}.zarr"
    return scan


def validated(content: dict[str, Any], name: str) -> ScanFile:
    """The content of a scan file, checked; `name` is where the errors say that it stands.

    Raises
    ------
    ScanFileError
        Naming file, key, value, and what is allowed.
    """
    try:
        return ScanFile.model_validate(content)
    except ValidationError as error:
        alone = {axis for axis, ranges in table_of(content, "axes").items() if not isinstance(ranges, list)}
        messages = dict.fromkeys(message(name, e, ScanFile, alone) for e in error.errors())
        raise ScanFileError("\n".join(messages)) from None


def _read(source: str | Path) -> tuple[str, str]:
    path = local(source)
    if path.suffix != ".toml" and str(source) in preset_names():
        return files("scanner").joinpath(f"scan/presets/{source}.toml").read_text(), f"{source}.toml"
    try:
        with path.open("rb") as file:
            text = file.read(MAX_CHARACTERS + 1).decode()
        if len(text) > MAX_CHARACTERS:
            raise ScanFileError(f"{source}: a scan file has at most {MAX_CHARACTERS:,} characters")
        return text, str(source)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file"
        raise ScanFileError(
            f"{source}: {reason}; give a scan file or one of the presets: {', '.join(preset_names())}"
        ) from None
