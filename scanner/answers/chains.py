"""Samples as text files that GetDist and anesthetic read: ROOT.txt, ROOT.paramnames, ROOT.ranges."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import xarray as xr

from scanner.store.layout import code_name

__all__ = ["write_chains"]


def write_chains(samples: xr.Dataset, root: str | Path) -> list[Path]:
    """Write samples: a line has weight, -ln L, the axes, then -2 ln L of each constraint as derived parameters.

    Names are numbers, from 0 in the order of the scan file; the labels say so.
    """
    root = Path(root)
    ranges = json.loads(samples.attrs["ranges"])
    columns, names, limits = [samples.weight, samples.m2lnL / 2], [], []
    for axis, values in ranges.items():
        if isinstance(values[0], str):
            columns.append(samples[code_name(axis)])
            names.append(f"{axis}\t{_upright(f'{axis}: ' + ', '.join(f'{i} = {v}' for i, v in enumerate(values)))}")
            limits.append(f"{axis} -0.5 {len(values) - 0.5}")
        else:
            columns.append(samples[axis])
            names.append(f"{axis}\t{_label(samples[axis])}")
            limits.append(f"{axis} {values[0]:.17g} {values[1]:.17g}")
    for name in samples.data_vars:
        if str(name).startswith("m2lnL_"):
            columns.append(samples[name])
            names.append(f"{name}*\t{_upright(str(name))}")
    files = [root.with_name(root.name + ending) for ending in (".txt", ".paramnames", ".ranges")]
    np.savetxt(files[0], np.column_stack([c.values for c in columns]), fmt="%.17g")
    for file, lines in zip(files[1:], (names, limits), strict=True):
        file.write_text("\n".join(lines) + "\n")
    return files


def _label(axis: xr.DataArray) -> str:
    """TeX without dollars, as both want it, and the unit."""
    name, unit = str(axis.attrs["long_name"]), axis.attrs["units"]
    is_formula = len(name) > 2 and name[0] == name[-1] == "$" and "$" not in name[1:-1]
    return (name[1:-1] if is_formula else _upright(name)) + ("" if unit == "1" else "\\;" + _upright(f"[{unit}]"))


def _upright(words: str) -> str:
    escaped = words.replace("_", "\\_").replace(" ", "\\ ")
    return f"\\mathrm{{{escaped}}}"
