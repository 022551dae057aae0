"""Files of a user that add to the physics: observables, parameters and constraints (.py), and what rooms can read.

`physics.add("mine.py")` runs a file, whose decorators register what it defines. The content of what is added is part of
the identity of stores, and is sent to the workers of a run. A Python file is code, run only because somebody names it.
"""

from __future__ import annotations

import hashlib
import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path

from physics.core import identity
from physics.core.documentation import write_docstrings
from physics.core.errors import PluginError
from physics.core.graph import nodes
from physics.core.registration import check_registry, remembered, snapshot

__all__ = ["add", "contents", "from_outside", "reader"]

Reader = Callable[[str, Mapping[str, bytes]], None]  # of the file's name, and the contents of it and of those beside it
_READERS: dict[str, tuple[Reader, str]] = {}  # by suffix; with the pattern of files that may belong to it
_CONTENTS: dict[str, dict[str, bytes]] = remembered({})  # by plugin: the file, and those beside it
remembered(identity._ADDED)


def reader(suffix: str, beside: str = "") -> Callable[[Reader], Reader]:
    """Let files of a suffix be added: the decorated function registers what one defines.

    Parameters
    ----------
    suffix : str
        ".toml".
    beside : str
        Pattern of files in the same folder that it may read, "*.csv"; none, unless given.
    """

    def register(function: Reader) -> Reader:
        _READERS[suffix] = function, beside
        return function

    return register


def add(path: str | Path) -> None:
    """Add the observables, parameters, constraints, the experiment or the limit that a file defines.

    Adding the same file again does nothing; what its observables are called must be new.

    Parameters
    ----------
    path : str or Path
        A Python file, the TOML file of an experiment with the tables beside it, or the CSV file of a limit.

    Raises
    ------
    PluginError
        There is no such file, or it cannot be run; nothing of it is registered then.

    Examples
    --------
    >>> import physics, tempfile, pathlib
    >>> mine = pathlib.Path(tempfile.mkdtemp(), "mine.py")
    >>> _ = mine.write_text("not Python")
    >>> physics.add(mine)
    Traceback (most recent call last):
    physics.core.errors.PluginError: .../mine.py: SyntaxError: invalid syntax (mine.py, line 1)
    """
    path = Path(path).expanduser()
    if path.suffix not in (".py", *_READERS):
        raise PluginError(f"{path}: what can be added are files that end in {', '.join(('.py', *_READERS))}")
    try:
        files = {path.name: path.read_bytes()}
        if path.suffix in _READERS and (pattern := _READERS[path.suffix][1]):
            beside = sorted(other for other in path.parent.glob(pattern) if other.is_file())
            files |= {other.name: other.read_bytes() for other in beside}
    except OSError as error:
        raise PluginError(f"{path}: {error.strerror}") from None
    add_contents({path.name: files}, str(path))


def add_contents(plugins: Mapping[str, Mapping[str, bytes]], origin: str = "") -> None:
    """Add files by their contents, as `contents` gives them: what a driver sends to its workers."""
    for name, files in plugins.items():
        if _CONTENTS.get(name) == files:
            continue
        where = origin or name
        if name in _CONTENTS:
            raise PluginError(f"{where}: another file {name} has been added before; start anew to replace it")
        restore = snapshot()
        try:
            if name.endswith(".py"):
                _run(name, files[name], str(Path(origin).resolve()) if origin else f"<{name}>")
            else:
                _READERS[Path(name).suffix][0](name, files)
            check_registry()
            write_docstrings()
        except Exception as error:
            restore()
            sys.modules.pop(_module(name), None)
            raise PluginError(f"{where}: {type(error).__name__}: {error}") from error
        _CONTENTS[name] = dict(files)
        identity.register_added({f"{name}/{file}": content for file, content in files.items()})


def contents() -> dict[str, dict[str, bytes]]:
    """What has been added: name of the plugin -> contents of its files."""
    return {name: dict(files) for name, files in _CONTENTS.items()}


def digests() -> dict[str, str]:
    """SHA-256 of every plugin, the files beside it included.

    >>> digests()
    {}
    """
    joined = {name: b"".join(n.encode() + c for n, c in sorted(files.items())) for name, files in _CONTENTS.items()}
    return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(joined.items())}


def from_outside(names: set[str]) -> list[str]:
    """Nodes that neither the package nor a plugin defines: workers could not have them.

    >>> from_outside({"epsilon"})
    []
    """
    outside = []
    for name in sorted(names & nodes().keys()):
        for branch in nodes()[name].branches:
            module = branch.function.__module__
            if module.partition(".")[0] != "physics" and module not in map(_module, _CONTENTS):
                outside.append(f"{name} (defined in {module})")
    return outside


def _module(name: str) -> str:
    return f"lmutau_plugin_{Path(name).stem}"


def _run(name: str, source: bytes, file: str) -> None:
    module = types.ModuleType(_module(name))
    module.__file__ = file
    sys.modules[module.__name__] = module  # where pickle looks for what it defines
    exec(compile(source, file, "exec"), vars(module))
