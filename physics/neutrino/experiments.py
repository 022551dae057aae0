r"""Experiments that count recoils, from data files: what they are made of, where they look, what else they see.

An experiment is one TOML file; the file's name, a lower-case word, is the experiment's. Those of
physics/data/neutrino/experiments come with the package; those of the folder that the environment variable
LMUTAU_EXPERIMENTS names are added when physics is imported (set it for the workers of a cluster, too). They are read
once: what is changed later counts from the next start on. Nothing else is needed for `<name>_events_<channel>`,
`<name>_g_X_<channel>` and `<name>_g_X` (direct_detection.py) to exist. The keys:

    label = "LZ"                                 # for plots
    element = "Xe"                               # of physics/data/neutrino/targets.toml
    exposure = 15.0                              # t yr
    efficiency = 1.0                             # optional: of signal and background
    quenching = { model = "lindhard" }           # keVnr -> keVee; optional where nothing is converted. Others:
                                                 #   { model = "lindhard", k = 0.162 },
                                                 #   { model = "linear", factor = 0.25 },
                                                 #   { model = "table", file = "x.csv" }: columns keVnr, keVee
    programme = "supercdms"                      # optional: supercdms_g_X, the best of all files with this key
    cites = ["LZ 2017"]                          # optional: short names of physics/data/core/references.toml
    assumptions = ["No background of neutrons."] # optional: shown in the documentation of every observable
    [channels.nr_er]                             # nr (nuclei alone), er (electrons alone) or nr_er (both added)
    nuclei = [0.7, 100.0]                        # keVnr
    electrons = [0.7, 30.0]                      # keVee; or "as nuclei": the window of the nuclei, converted
    acceptance_nuclei = 1.0                      # optional, of the signal: a number, or a table against keVnr;
    acceptance_electrons = 1.0                   #   against keVee
    background = [{ recoils = "electrons", rate = 12.0, passes = 0.005 }]   # [] for none
    [references]                                 # where the numbers come from: exposure, windows, background; and
    exposure = "..."                             #   efficiency, acceptance, quenching, where given

A background is a rate [1/(t yr keV)] per keVee of "electrons" or per keVnr of "nuclei", of which the share `passes` (1
unless given) is not rejected, in that window of the channel; for electrons leaking into "nr": the nuclei's window,
converted. An acceptance or a rate is a number or a table, { file = "x.csv", column = "total", outside = "flat" }: a CSV
file beside the TOML file with a header, energies [keV] in its first column, and the values in the column named (else
the second), linear in between. It must cover the window, unless `outside` says how it goes on: "flat" or "zero".
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from physics.core.errors import PhysicsError
from physics.core.graph import suggestion
from physics.core.identity import register_added
from physics.core.references import bibliography
from physics.neutrino.detector import CHANNELS, Channel, Curve, Experiment, Signal, lindhard, read_curve
from physics.neutrino.targets import Target, target

__all__ = ["FOLDER", "ExperimentFileError", "Loaded", "experiments", "load", "read_experiment", "user_files"]

FOLDER = "LMUTAU_EXPERIMENTS"
_OF_CHANNEL = {"nr": ("nuclei",), "er": ("electrons",), "nr_er": ("nuclei", "electrons")}
_SHIPPED = files("physics") / "data" / "neutrino" / "experiments"
_OUTSIDE = ("flat", "zero")
_TAKEN = (  # the package has <name>_g_X or <name>_events that are no projections
    "borexino_8percent", "borexino_phase1", "borexino_phase2", "cenns10", "coherent_csi", "white_dwarf", "xenon1t",
)  # fmt: skip


class ExperimentFileError(PhysicsError, ValueError):
    """A file that describes an experiment is wrong; the message names file, key and remedy."""


class Loaded(NamedTuple):
    """Experiments by name, and the content of the files of a user that they were read from."""

    experiments: Mapping[str, Experiment]
    user_files: Mapping[str, bytes]


class _Folder:
    """Files of a folder, each read once."""

    def __init__(self, path: Traversable) -> None:
        self.path = path
        self.contents: dict[str, bytes] = {}

    def text(self, name: str) -> str:
        if name not in self.contents:
            self.contents[name] = (self.path / name).read_bytes()
        return self.contents[name].decode("utf-8")


def experiments() -> Mapping[str, Experiment]:
    """All experiments by name: those of the package, and those of the folder LMUTAU_EXPERIMENTS.

    >>> [name for name in experiments() if experiments()[name].programme == "supercdms"]
    ['supercdms_hv', 'supercdms_izip']
    """
    return _loaded().experiments


def user_files() -> Mapping[str, bytes]:
    """Content of the files of the folder LMUTAU_EXPERIMENTS that were read: results depend on it, too.

    >>> dict(user_files())  # unless it is set
    {}
    """
    return _loaded().user_files


@cache
def _loaded() -> Loaded:
    """What this process computes with, whatever becomes of the folder."""
    loaded = load(os.environ.get(FOLDER, ""))
    register_added({f"{FOLDER}/{name}": content for name, content in loaded.user_files.items()})
    return loaded


def load(user_folder: str) -> Loaded:
    """Read and check all experiments.

    Parameters
    ----------
    user_folder : str
        Where more than those of the package are; "" for none.

    Returns
    -------
    Loaded

    Raises
    ------
    ExperimentFileError
        A file is wrong, or the folder is none.

    Examples
    --------
    >>> list(load("").experiments)
    ['darkside20k', 'darwin', 'lz', 'supercdms_hv', 'supercdms_izip']
    """
    own = _Folder(_SHIPPED)
    user = _Folder(Path(user_folder).absolute()) if user_folder else None
    if user and not user.path.is_dir():
        raise ExperimentFileError(f"{FOLDER} = {user_folder!r}: {user.path} is no folder; name one, or unset it")
    found: dict[str, Experiment] = {}
    for folder in (own, user) if user else (own,):
        for name in sorted(f.name.removesuffix(".toml") for f in folder.path.iterdir() if f.name.endswith(".toml")):
            reader = _Reader(folder, name)
            ours = [one for one in reversed(found.values()) if one.programme]  # the first that has it is named
            taken = {one.programme: f"is the programme of {one.name}.toml" for one in ours}
            taken |= dict.fromkeys(found, "is an experiment already")
            taken |= {one: f"has {one}_g_X in the package already" for one in _TAKEN}
            if name in taken:
                raise reader.error("the file's name", f"{name!r} {taken[name]}; rename the file")
            found[name] = one = reader.experiment()
            if one.programme in (*found, *_TAKEN):
                why = taken.get(one.programme, "is an experiment already")
                raise reader.error("programme", f"{one.programme!r} {why}; choose another")
    return Loaded(found, user.contents if user else {})


def read_experiment(folder: Traversable, name: str) -> Experiment:
    """Read and check a file.

    Parameters
    ----------
    folder : Path or Traversable
        Where the TOML file and its tables are.
    name : str
        Of the experiment, and of the file without .toml.

    Returns
    -------
    Experiment

    Raises
    ------
    ExperimentFileError
        The file is wrong; the message names the key, and what to write.

    Examples
    --------
    >>> lz = experiments()["lz"]
    >>> lz.target.element, lz.exposure, [(c.name, round(c.background)) for c in lz.channels]
    ('Xe', 15.0, [('nr', 1), ('er', 6306), ('nr_er', 6537)])
    """
    return _Reader(_Folder(folder), name).experiment()


class _Reader:
    """One file being read."""

    def __init__(self, folder: _Folder, name: str) -> None:
        self.folder, self.name = folder, name
        self.file = folder.path / f"{name}.toml"
        try:
            self.row = tomllib.loads(folder.text(self.file.name))
        except OSError as error:
            raise ExperimentFileError(f"{self.file} cannot be read: {error}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ExperimentFileError(f"{self.file} is not a TOML file: {error}") from None

    def error(self, key: str, problem: str) -> ExperimentFileError:
        return ExperimentFileError(f"{self.file}: {key}: {problem}")

    def experiment(self) -> Experiment:
        row, name = self.row, self.name
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise self.error("the file's name", f"{name!r} must be lower-case letters, digits and _, as in lz.toml")
        self.known(
            row, "", ("label", "element", "exposure", "channels", "references"),
            ("efficiency", "quenching", "programme", "cites", "assumptions"),
        )  # fmt: skip
        programme = self.text(row.get("programme", ""), "programme")
        if programme and not re.fullmatch(r"[a-z][a-z0-9_]*", programme):
            raise self.error("programme", f"{programme!r} must be lower-case letters, digits and _")
        try:
            element = target(self.text(row["element"], "element"))
        except LookupError as error:
            raise self.error("element", str(error)) from None
        convert = self.quenching(row["quenching"], element) if "quenching" in row else None
        exposure = self.number(row["exposure"], "exposure", "t yr")
        efficiency = self.number(row.get("efficiency", 1.0), "efficiency", "a share", high=1.0)
        if not isinstance(row["channels"], dict) or not row["channels"]:
            raise self.error("channels", f"write a table [channels.{next(iter(CHANNELS))}]")
        channels = tuple(
            self.channel(channel, keys, exposure * efficiency, element, convert)
            for channel, keys in row["channels"].items()
        )
        if unknown := [c for c in self.texts("cites") if c not in bibliography()]:
            raise self.error("cites", f"no reference {unknown[0]!r}{suggestion(unknown[0], bibliography())}")
        self.check_references(row["references"])
        return Experiment(
            name, self.text(row["label"], "label"), element, exposure, efficiency, channels, programme,
            self.texts("cites"), self.texts("assumptions"), row["references"],
        )  # fmt: skip

    def channel(
        self,
        name: str,
        row: Any,
        exposure: float,
        element: Target,
        convert: Callable[[float], float] | None,
    ) -> Channel:
        key = f"channels.{name}"
        if name not in CHANNELS:
            raise self.error(key, f"no such channel; one of {', '.join(CHANNELS)}")
        recoils = _OF_CHANNEL[name]
        self.known(row, key, (*recoils, "background"), tuple(f"acceptance_{r}" for r in recoils))
        windows: dict[str, tuple[float, float]] = {}
        if "nuclei" in recoils:
            windows["nuclei"] = self.window(row["nuclei"], f"{key}.nuclei", "keVnr")
        if "electrons" in recoils and row["electrons"] != "as nuclei":
            windows["electrons"] = self.window(row["electrons"], f"{key}.electrons", "keVee")
        elif convert is not None and "nuclei" in recoils:  # of nr: where electrons leak in
            low, high = (convert(E_nr) for E_nr in windows["nuclei"])
            if low >= high or (low == 0 and "electrons" in recoils):
                raise self.error(
                    "quenching",
                    f"the window {row['nuclei']} keVnr becomes {low:g} to {high:g} keVee; "
                    "energies must be above 0, and increase",
                )
            windows["electrons"] = (low, high)
        elif "electrons" in recoils:
            raise self.error(f"{key}.electrons", '"as nuclei" needs nuclei and the key quenching')
        if "electrons" in recoils and not element.shells:
            raise self.error(f"{key}.electrons", f"no electron shells of {element.element} in targets.toml")
        signals = {
            r: Signal(*windows[r], self.curve(row.get(f"acceptance_{r}", 1.0), f"{key}.acceptance_{r}", windows[r]))
            for r in recoils
        }
        for r, signal in signals.items():
            if np.any(signal.acceptance.value > 1):
                raise self.error(f"{key}.acceptance_{r}", "a share must not exceed 1")
        background = row["background"]
        if not isinstance(background, list):
            raise self.error(
                f"{key}.background", 'write a list: [{ recoils = "electrons", rate = 12.0 }], or [] for none'
            )
        events = [exposure * self.background(b, f"{key}.background[{i}]", windows) for i, b in enumerate(background)]
        return Channel(name, signals.get("nuclei"), signals.get("electrons"), math.fsum(events))

    def background(self, row: Any, key: str, windows: Mapping[str, tuple[float, float]]) -> float:
        """Events per t yr."""
        self.known(row, key, ("recoils", "rate"), ("passes",))
        if row["recoils"] not in ("nuclei", "electrons"):
            raise self.error(f"{key}.recoils", f'{row["recoils"]!r}: write "nuclei" or "electrons"')
        if row["recoils"] not in windows:
            remedy = "give the key quenching" if row["recoils"] == "electrons" else "the channel counts electrons alone"
            raise self.error(f"{key}.recoils", f"no window of {row['recoils']}: {remedy}")
        window = windows[row["recoils"]]
        passes = self.number(row.get("passes", 1.0), f"{key}.passes", "a share", high=1.0, zero=True)
        return passes * self.curve(row["rate"], f"{key}.rate", window).integral(*window)

    def quenching(self, row: Any, element: Target) -> Callable[[float], float]:
        models = {"lindhard": ((), ("k",)), "linear": (("factor",), ()), "table": (("file",), ())}
        if not isinstance(row, dict) or str(row.get("model")) not in models:
            raise self.error("quenching", f"write {{ model = ... }} with one of {', '.join(models)}")
        needed, optional = models[row["model"]]
        self.known(row, "quenching", ("model", *needed), optional)
        if row["model"] == "lindhard":
            k = self.number(row["k"], "quenching.k", "a number") if "k" in row else None
            return lambda E_nr: float(lindhard(E_nr, element.Z, element.mass_u, k))
        if row["model"] == "linear":
            factor = self.number(row["factor"], "quenching.factor", "a share", high=1.0)
            return lambda E_nr: factor * E_nr
        table = self.curve({"file": row["file"]}, "quenching", (math.nan, math.nan))

        def from_table(E_nr: float) -> float:
            if not table.covers(E_nr, E_nr):
                raise self.error("quenching.file", f"{row['file']} does not reach {E_nr:g} keVnr; extend it")
            return float(table(E_nr))

        return from_table

    def curve(self, value: Any, key: str, window: tuple[float, float]) -> Curve:
        """A number or a table."""
        if not isinstance(value, dict):
            return Curve(
                np.zeros(1), np.array([self.number(value, key, "a number or a table { file = ... }", zero=True)])
            )
        self.known(value, key, ("file",), ("column", "outside"))
        file, column = (self.text(value.get(k, ""), f"{key}.{k}") for k in ("file", "column"))
        if not re.fullmatch(r"[^/\\]+\.csv", file):
            raise self.error(f"{key}.file", f"{file!r} must be the name of a .csv file beside this one")
        outside = value.get("outside", "")
        if outside not in ("", *_OUTSIDE):
            raise self.error(f"{key}.outside", f"{outside!r}: one of {', '.join(_OUTSIDE)}, or leave it out")
        try:
            curve = read_curve(self.folder.text(file), column, outside)
        except FileNotFoundError:
            raise self.error(f"{key}.file", f"there is no {file} in {self.folder.path}") from None
        except OSError as error:
            raise self.error(f"{key}.file", f"{file} cannot be read: {error}") from None
        except UnicodeDecodeError:
            raise self.error(f"{key}.file", f"{file} is no plain text; save it as CSV in UTF-8") from None
        except ValueError as error:
            raise self.error(f"{key}.file", f"{file}: {error}") from None
        if not math.isnan(window[0]) and not curve.covers(*window):
            raise self.error(
                key,
                f"{file} goes from {curve.energy[0]:g} to {curve.energy[-1]:g} keV and does not cover "
                f'the window, {window[0]:.4g} to {window[1]:.4g} keV; extend it, or add outside = "flat" or "zero"',
            )
        return curve

    def check_references(self, row: Any) -> None:
        channels = self.row["channels"].values()
        needed = ["exposure", "windows"]
        needed += ["background"] if any(c["background"] for c in channels) else []
        needed += [key for key in ("efficiency", "quenching") if key in self.row]
        needed += ["acceptance"] if any(key.startswith("acceptance") for c in channels for key in c) else []
        self.known(row, "references", needed, ("acceptance", "background"))
        for key, value in row.items():
            self.text(value, f"references.{key}")

    def known(self, row: Any, key: str, needed: Sequence[str], optional: Sequence[str]) -> None:
        """Make sure that a table has the keys it needs, and no others."""
        prefix = f"{key}." if key else ""
        if not isinstance(row, dict):
            raise self.error(key, f"write a table with {', '.join(needed)}")
        if missing := [k for k in needed if k not in row]:
            raise self.error(
                prefix + missing[0], "is missing; the documentation of physics.neutrino.experiments shows it"
            )
        if unknown := [k for k in row if k not in (*needed, *optional)]:
            raise self.error(prefix + unknown[0], f"no such key{suggestion(unknown[0], (*needed, *optional))}")

    def number(self, value: Any, key: str, unit: str, high: float = math.inf, zero: bool = False) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value < math.inf or value > high or (value == 0 and not zero):
            range_ = f"{'0 or more' if zero else 'above 0'}{f', at most {high:g}' if math.isfinite(high) else ''}"
            raise self.error(key, f"{value!r} must be a number {range_} ({unit})")
        try:
            return float(value)
        except OverflowError:
            raise self.error(key, f"a number of {len(str(value))} digits is too large ({unit})") from None

    def window(self, value: Any, key: str, unit: str) -> tuple[float, float]:
        if not isinstance(value, list) or len(value) != 2:
            raise self.error(key, f"{value!r}: write two energies [{unit}], [0.7, 100.0]")
        low, high = (self.number(v, key, unit) for v in value)
        if low >= high:
            raise self.error(key, f"{value!r}: the first energy must be below the second")
        return low, high

    def text(self, value: Any, key: str) -> str:
        if not isinstance(value, str):
            raise self.error(key, f"{value!r} must be a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.row.get(key, [])
        if not isinstance(value, list):
            raise self.error(key, 'write a list of texts, ["..."]')
        return tuple(self.text(v, key) for v in value)
