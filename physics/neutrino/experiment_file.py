r"""Experiments that count recoils, as data files: what they are made of, where they look, what else they see.

An experiment is one TOML file; the file's name, a lower-case word, is the experiment's. The keys:

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
    resolution_nuclei = { constant = 0.05, root = 0.4, linear = 0.1 } # optional, of nr: the standard deviation [keV]
                                                 #   of a recoil E is sqrt(0.05^2 + 0.4^2 E + 0.1^2 E^2); one at least
    background = [{ recoils = "electrons", rate = 12.0, passes = 0.005 }]   # [] for none
    [references]                                 # where the numbers come from: exposure, windows, background; and
    exposure = "..."                             #   efficiency, acceptance, quenching, resolution, where given

A background is a rate [1/(t yr keV)] per keVee of "electrons" or per keVnr of "nuclei", of which the share `passes` (1
unless given) is not rejected, in that window of the channel; for electrons leaking into "nr": the nuclei's window,
converted. An acceptance or a rate is a number or a table, { file = "x.csv", column = "total", outside = "flat" }: a CSV
file beside the TOML file with a header, energies [keV] in its first column, and the values in the column named (else
the second), linear in between. It must cover the window, unless `outside` says how it goes on: "flat" or "zero".
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from physics.core.errors import suggestion
from physics.core.references import bibliography
from physics.neutrino.checked import CheckedTable, ExperimentFileError
from physics.neutrino.curve import Curve, read_curve
from physics.neutrino.detector import CHANNELS, Channel, Experiment, Resolution, Signal, lindhard
from physics.neutrino.targets import Target, target

__all__ = ["ExperimentFile", "ExperimentFileError"]

_OF_CHANNEL = {"nr": ("nuclei",), "er": ("electrons",), "nr_er": ("nuclei", "electrons")}
_QUENCHING = {"lindhard": ((), ("k",)), "linear": (("factor",), ()), "table": (("file",), ())}  # keys: needed, optional
_OUTSIDE = ("flat", "zero")
_WORD = re.compile(r"[a-z][a-z0-9_]*")

Windows = Mapping[str, tuple[float, float]]  # [keV], of nuclei and of electrons


class ExperimentFile:
    """A file being read: `path` is for messages, `read` gives the content of the files beside it."""

    def __init__(self, path: str, name: str, read: Callable[[str], bytes]) -> None:
        self.path, self.name, self.read = path, name, read
        self.used: dict[str, bytes] = {}  # files that were read
        try:
            row = tomllib.loads(self._text(f"{name}.toml"))
        except OSError as error:
            raise ExperimentFileError(f"{path} cannot be read: {error}") from None
        except (ValueError, RecursionError) as error:  # of TOML, of UTF-8; 4300 digits, a thousand brackets
            raise ExperimentFileError(f"{path} is not a TOML file: {error}") from None
        self.table = CheckedTable(
            path, row, "", ("label", "element", "exposure", "channels", "references"),
            ("efficiency", "quenching", "programme", "cites", "assumptions"),
        )  # fmt: skip

    def _text(self, name: str) -> str:
        if name not in self.used:
            self.used[name] = self.read(name)
        return self.used[name].decode("utf-8")

    def experiment(self) -> Experiment:
        """Check the file, and return what it describes."""
        table, name = self.table, self.name
        if not _WORD.fullmatch(name):
            raise table.error("the file's name", f"{name!r} must be lower-case letters, digits and _, as in lz.toml")
        programme = table.text("programme")
        if programme and not _WORD.fullmatch(programme):
            raise table.error("programme", f"{programme!r} must be lower-case letters, digits and _")
        try:
            element = target(table.text("element"))
        except LookupError as error:
            raise table.error("element", str(error)) from None
        convert = self._quenching(element) if "quenching" in table else None
        exposure = table.number("exposure", "t yr")
        efficiency = table.number("efficiency", "a share", high=1.0)
        rows = table.row["channels"]
        if not isinstance(rows, dict) or not rows:
            raise table.error("channels", f"write a table [channels.{next(iter(CHANNELS))}]")
        channels = tuple(self._channel(channel, exposure * efficiency, element, convert) for channel in rows)
        if unknown := [c for c in table.texts("cites") if c not in bibliography()]:
            raise table.error("cites", f"no reference {unknown[0]!r}{suggestion(unknown[0], bibliography())}")
        return Experiment(
            name, table.text("label"), element, exposure, efficiency, channels, programme,
            table.texts("cites"), table.texts("assumptions"), self._references(),
        )  # fmt: skip

    def _channel(
        self, name: str, exposure: float, element: Target, convert: Callable[[float], float] | None
    ) -> Channel:
        if name not in CHANNELS:
            raise self.table.error(f"channels.{name}", f"no such channel; one of {', '.join(CHANNELS)}")
        recoils = _OF_CHANNEL[name]
        table = CheckedTable(
            self.path, self.table.row["channels"][name], f"channels.{name}",
            (*recoils, "background"), [f"acceptance_{r}" for r in recoils] + ["resolution_nuclei"] * (name == "nr"),
        )  # fmt: skip
        windows = self._windows(table, recoils, convert)
        if "electrons" in recoils and not element.shells:
            raise table.error("electrons", f"no electron shells of {element.element} in targets.toml")
        signals = {r: self._signal(table, r, windows[r]) for r in recoils}
        for r, signal in signals.items():
            if np.any(signal.acceptance.value > 1):
                raise table.error(f"acceptance_{r}", "a share must not exceed 1")
        background = table.row["background"]
        if not isinstance(background, list):
            raise table.error("background", 'write a list: [{ recoils = "electrons", rate = 12.0 }], or [] for none')
        events = [
            exposure * self._background(b, f"{table.key}.background[{i}]", windows) for i, b in enumerate(background)
        ]
        return Channel(name, signals.get("nuclei"), signals.get("electrons"), math.fsum(events))

    def _signal(self, table: CheckedTable, recoils: str, window: tuple[float, float]) -> Signal:
        key = f"resolution_{recoils}"
        if key not in table:
            return Signal(*window, self._curve(table, f"acceptance_{recoils}", window))
        row = table.table(key, (), Resolution._fields)
        if not row.row:
            raise table.error(key, f"write {{ root = 0.4 }}, or others of {', '.join(Resolution._fields)}")
        resolution = Resolution(**{part: row.number(part, "a number", high=10.0, zero=True) for part in row.row})
        if not any(resolution):
            raise table.error(key, "one number at least must be above 0")
        signal = Signal(*window, Curve(np.zeros(1), np.ones(1)), resolution)
        return replace(signal, acceptance=self._curve(table, f"acceptance_{recoils}", signal.true_energies()))

    def _windows(
        self, table: CheckedTable, recoils: tuple[str, ...], convert: Callable[[float], float] | None
    ) -> Windows:
        """Where recoils count; for "nr" also where electrons leak in, if nuclear recoils can be converted."""
        windows: dict[str, tuple[float, float]] = {}
        if "nuclei" in recoils:
            windows["nuclei"] = table.window("nuclei", "keVnr")
        if "electrons" in recoils and table.row["electrons"] != "as nuclei":
            windows["electrons"] = table.window("electrons", "keVee")
        elif convert is not None and "nuclei" in recoils:
            low, high = (convert(E_nr) for E_nr in windows["nuclei"])
            if low >= high or (low == 0 and "electrons" in recoils):
                raise self.table.error(
                    "quenching",
                    f"the window {table.row['nuclei']} keVnr becomes {low:g} to {high:g} keVee; "
                    "energies must be above 0, and increase",
                )
            windows["electrons"] = (low, high)
        elif "electrons" in recoils:
            raise table.error("electrons", '"as nuclei" needs nuclei and the key quenching')
        return windows

    def _background(self, row: Any, key: str, windows: Windows) -> float:
        """Events per t yr."""
        table = CheckedTable(self.path, row, key, ("recoils", "rate"), ("passes",))
        recoils = row["recoils"]
        if recoils not in ("nuclei", "electrons"):
            raise table.error("recoils", f'{recoils!r}: write "nuclei" or "electrons"')
        if recoils not in windows:
            remedy = "give the key quenching" if recoils == "electrons" else "the channel counts electrons alone"
            raise table.error("recoils", f"no window of {recoils}: {remedy}")
        passes = table.number("passes", "a share", high=1.0, zero=True)
        return passes * self._curve(table, "rate", windows[recoils]).integral(*windows[recoils])

    def _quenching(self, element: Target) -> Callable[[float], float]:
        row = self.table.row["quenching"]
        if not isinstance(row, dict) or str(row.get("model")) not in _QUENCHING:
            raise self.table.error("quenching", f"write {{ model = ... }} with one of {', '.join(_QUENCHING)}")
        needed, optional = _QUENCHING[row["model"]]
        table = self.table.table("quenching", ("model", *needed), optional)
        if row["model"] == "lindhard":
            k = table.number("k", "a number") if "k" in table else None
            return lambda E_nr: float(lindhard(E_nr, element.Z, element.mass_u, k))
        if row["model"] == "linear":
            factor = table.number("factor", "a share", high=1.0)
            return lambda E_nr: factor * E_nr
        curve = self._from_file(table)

        def from_table(E_nr: float) -> float:
            if not curve.covers(E_nr, E_nr):
                raise table.error("file", f"{row['file']} does not reach {E_nr:g} keVnr; extend it")
            return float(curve(E_nr))

        return from_table

    def _curve(self, table: CheckedTable, key: str, window: tuple[float, float]) -> Curve:
        """A number (1 if it is not there) or a table that covers a window."""
        if not isinstance(table.row.get(key), dict):
            number = table.number(key, "a number or a table { file = ... }", zero=True)
            return Curve(np.zeros(1), np.array([number]))
        curve = self._from_file(table.table(key, ("file",), ("column", "outside")))
        if not curve.covers(*window):
            file, first, last = table.row[key]["file"], curve.energy[0], curve.energy[-1]
            raise table.error(
                key,
                f"{file} goes from {first:g} to {last:g} keV and does not cover "
                f'the window, {window[0]:.4g} to {window[1]:.4g} keV; extend it, or add outside = "flat" or "zero"',
            )
        return curve

    def _from_file(self, table: CheckedTable) -> Curve:
        file, outside = table.text("file"), table.text("outside")
        if not re.fullmatch(r"[^/\\]+\.csv", file):
            raise table.error("file", f"{file!r} must be the name of a .csv file beside this one")
        if outside not in ("", *_OUTSIDE):
            raise table.error("outside", f"{outside!r}: one of {', '.join(_OUTSIDE)}, or leave it out")
        try:
            return read_curve(self._text(file), table.text("column"), outside)
        except (FileNotFoundError, KeyError):
            raise table.error("file", f"there is no {file} beside {self.path}") from None
        except OSError as error:
            raise table.error("file", f"{file} cannot be read: {error}") from None
        except UnicodeDecodeError:
            raise table.error("file", f"{file} is not plain text; save it as CSV in UTF-8") from None
        except ValueError as error:
            raise table.error("file", f"{file}: {error}") from None

    def _references(self) -> Mapping[str, str]:
        channels = self.table.row["channels"].values()
        needed = ["exposure", "windows"]
        needed += ["background"] if any(c["background"] for c in channels) else []
        needed += [key for key in ("efficiency", "quenching") if key in self.table]
        needed += ["acceptance"] if any(key.startswith("acceptance") for c in channels for key in c) else []
        needed += ["resolution"] if any(key.startswith("resolution") for c in channels for key in c) else []
        table = self.table.table("references", needed, ("acceptance", "background"))
        return {key: table.text(key) for key in table.row}
