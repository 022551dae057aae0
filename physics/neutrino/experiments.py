"""The experiments that count recoils: those of the package, of a user's folder, and those that are added.

Those of physics/data/neutrino/experiments come with the package. Those of the folder that the environment variable
LMUTAU_EXPERIMENTS names are added when physics is imported (set it for the workers of a cluster, too); one file is
added by `physics.add("nested.toml")`, which workers get with the rest of a plugin. Files are read once: what is changed
later counts from the next start on. Nothing else is needed for `<name>_events_<channel>`, `<name>_g_X_<channel>` and
`<name>_g_X` (dark_matter_detectors.py) to exist. What a file may say is in experiment_file.py.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from physics.core.graph import nodes
from physics.core.registration import remembered
from physics.neutrino.detector import Experiment
from physics.neutrino.experiment_file import ExperimentFile, ExperimentFileError

__all__ = [
    "FOLDER",
    "ExperimentFileError",
    "experiments",
    "files_of",
    "files_of_user",
    "make_known",
    "read_experiment",
]

FOLDER = "LMUTAU_EXPERIMENTS"
_KNOWN: dict[str, Experiment] = remembered({})


def experiments() -> Mapping[str, Experiment]:
    """All experiments by name."""
    return MappingProxyType(_KNOWN)


def read_experiment(folder: Traversable, name: str) -> Experiment:
    """Read and check a file.

    Parameters
    ----------
    folder : Path or Traversable
        Where the TOML file and its tables are.
    name : str
        Of the experiment, and of the file without .toml.

    Raises
    ------
    ExperimentFileError
        The file is wrong; the message names the key, and what to write.

    Examples
    --------
    >>> from physics.core.files import data
    >>> lz = read_experiment(data("neutrino/experiments"), "lz")
    >>> lz.target.element, lz.exposure, [(c.name, round(c.background)) for c in lz.channels]
    ('Xe', 15.0, [('nr', 1), ('er', 6306), ('nr_er', 6537)])
    """
    return _file(folder, name).experiment()


def files_of(folder: Traversable) -> list[ExperimentFile]:
    """The files of a folder."""
    names = sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    return [_file(folder, name) for name in names]


def _file(folder: Traversable, name: str) -> ExperimentFile:
    return ExperimentFile(str(folder / f"{name}.toml"), name, lambda file: (folder / file).read_bytes())


def files_of_user() -> list[ExperimentFile]:
    """The files of the folder LMUTAU_EXPERIMENTS; none, unless it is set."""
    name = os.environ.get(FOLDER, "")
    folder = Path(name).absolute()
    if name and not folder.is_dir():
        raise ExperimentFileError(f"{FOLDER} = {name!r}: {folder} is not a folder; name one, or unset it")
    return files_of(folder) if name else []


def make_known(files: Iterable[ExperimentFile]) -> list[Experiment]:
    """Read and check new experiments, whose names must not be taken; `experiments` has them from now on.

    Raises
    ------
    ExperimentFileError
        A file is wrong, or a name is taken; none becomes known then.
    """
    known = dict(_KNOWN)
    for file in files:
        one = file.experiment()
        programmes = {other.programme: other.name for other in reversed(known.values())}  # the first that has it
        if why := _taken(one.name, known, programmes):
            raise file.table.error("the file's name", f"{one.name!r} {why}; rename the file")
        if one.programme not in ("", *programmes) and (why := _taken(one.programme, {*known, one.name}, {})):
            raise file.table.error("programme", f"{one.programme!r} {why}; choose another")
        known[one.name] = one
    new = [one for name, one in known.items() if name not in _KNOWN]
    _KNOWN.update(known)
    return new


def _taken(name: str, known: Collection[str], programmes: Mapping[str, str]) -> str:
    """Why an experiment or a new programme cannot be called so; empty if it can."""
    if name in known:
        return "is an experiment already"
    if name in programmes:
        return f"is the programme of {programmes[name]}.toml"
    return f"has {name}_g_X in the package already" if f"{name}_g_X" in nodes() else ""
