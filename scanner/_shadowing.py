"""Another module called physics or cluster, say in a notebook's folder, would be imported instead of ours: say so."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

__all__ = ["refuse_shadowed_packages"]


def refuse_shadowed_packages(names: tuple[str, ...] = ("physics", "cluster")) -> None:
    """Raise ImportError, naming both files and the remedy, where a name does not lead to lmutau's own package.

    >>> refuse_shadowed_packages()
    >>> refuse_shadowed_packages(("json",))
    Traceback (most recent call last):
    ImportError: 'json' is .../json/__init__.py, not lmutau's .../json/__init__.py...
    """
    root = Path(__file__).resolve().parent.parent
    for name in names:
        ours = root / name / "__init__.py"
        loaded = sys.modules.get(name)
        spec = loaded.__spec__ if loaded is not None else importlib.util.find_spec(name)
        origin = spec.origin if spec is not None else getattr(loaded, "__file__", None)
        if origin is None or Path(origin).resolve() != ours:
            raise ImportError(
                f"{name!r} is {origin or 'missing'}, not lmutau's {ours}. Rename or move that module, or start Python "
                "from another folder (the working directory comes first on the path)."
            )
