"""The experiments that count recoils: those of the package, of a user's folder, and those that are added.

Those of physics/data/neutrino/experiments come with the package. Those of the folder that the environment variable
LMUTAU_EXPERIMENTS names are added when physics is imported (set it for the workers of a cluster, too); one file is
added by `physics.add("nested.toml")`, which workers get with the rest of a plugin. Files are read once: what is changed
later counts from the next start on. Nothing else is needed for `<name>_events_<channel>`, `<name>_g_X_<channel>` and
`<name>_g_X` (dark_matter_detectors.py) to exist. What a file may say is in experiment_file.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from physics.core.files import data
from physics.core.graph import nodes, remembered
from physics.neutrino.detector import Experiment
from physics.neutrino.experiment_file import ExperimentFile, ExperimentFileError

__all__ = [
    "FOLDER",
    "ExperimentFileError",
    "Loaded",
    "experiments",
    "load",
    "load_contents",
    "load_package",
    "make_known",
    "read_experiment",
]

FOLDER = "LMUTAU_EXPERIMENTS"
_KNOWN: dict[str, Experiment] = remembered({})


class Loaded(NamedTuple):
    """Experiments by name, and the content of the files that they were read from."""

    experiments: Mapping[str, Experiment]
    files: Mapping[str, bytes]


def experiments() -> Mapping[str, Experiment]:
    """All experiments by name.

    >>> list(experiments())
    ['darkside20k', 'darwin', 'lz', 'supercdms_hv', 'supercdms_izip']
    >>> [name for name in experiments() if experiments()[name].programme == "supercdms"]
    ['supercdms_hv', 'supercdms_izip']
    """
    return MappingProxyType(_KNOWN)


def make_known(found: Iterable[Experiment]) -> None:
    """Let `experiments` have more."""
    _KNOWN.update({one.name: one for one in found})


def load_package() -> Loaded:
    """Read the experiments of the package."""
    return _load_folder(data("neutrino/experiments"))


def load(user_folder: str) -> Loaded:
    """Read and check the experiments of a user's folder ("" for none).

    Raises
    ------
    ExperimentFileError
        A file is wrong, a name is taken, or the folder is not one.

    Examples
    --------
    >>> load("")
    Loaded(experiments={}, files={})
    """
    if not user_folder:
        return Loaded({}, {})
    folder = Path(user_folder).absolute()
    if not folder.is_dir():
        raise ExperimentFileError(f"{FOLDER} = {user_folder!r}: {folder} is not a folder; name one, or unset it")
    return _load_folder(folder)


def load_contents(file: str, contents: Mapping[str, bytes]) -> Loaded:
    """Read and check one experiment from the contents of its TOML file and of the tables beside it."""
    one = ExperimentFile(file, file.removesuffix(".toml"), contents.__getitem__)
    return _load([one])


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
    >>> lz = experiments()["lz"]
    >>> lz.target.element, lz.exposure, [(c.name, round(c.background)) for c in lz.channels]
    ('Xe', 15.0, [('nr', 1), ('er', 6306), ('nr_er', 6537)])
    """
    return _file(folder, name).experiment()


def _load_folder(folder: Traversable) -> Loaded:
    names = sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    return _load(_file(folder, name) for name in names)


def _file(folder: Traversable, name: str) -> ExperimentFile:
    return ExperimentFile(str(folder / f"{name}.toml"), name, lambda file: (folder / file).read_bytes())


def _load(files: Iterable[ExperimentFile]) -> Loaded:
    found: dict[str, Experiment] = {}
    contents: dict[str, bytes] = {}
    for file in files:
        one = file.experiment()
        known = _KNOWN | found
        programmes = {other.programme: other.name for other in reversed(known.values())}  # the first that has it
        if why := _taken(one.name, known, programmes):
            raise file.table.error("the file's name", f"{one.name!r} {why}; rename the file")
        if one.programme not in ("", *programmes) and (why := _taken(one.programme, {*known, one.name}, {})):
            raise file.table.error("programme", f"{one.programme!r} {why}; choose another")
        found[one.name] = one
        contents |= file.used
    return Loaded(found, contents)


def _taken(name: str, known: Collection[str], programmes: Mapping[str, str]) -> str:
    """Why an experiment or a new programme cannot be called so; empty if it can."""
    if name in known:
        return "is an experiment already"
    if name in programmes:
        return f"is the programme of {programmes[name]}.toml"
    return f"has {name}_g_X in the package already" if f"{name}_g_X" in nodes() else ""
