"""Pictures of the published limits, one for each."""

from __future__ import annotations

import io

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from physics.laboratory.accelerators import limits
from physics.laboratory.limit_file import Limit

__all__ = ["pictures"]

_STYLES = {"held": "-", "derived": "--", "from memory": ":"}


def pictures() -> dict[str, str | bytes]:
    """SVG by path."""
    return {f"{name}.svg": _picture(limit) for name, limit in limits().items()}


def _picture(limit: Limit) -> bytes:
    figure = Figure(figsize=(6, 3.2), layout="constrained")
    axes = figure.subplots()
    m_X = np.unique(np.concatenate([limit.m_X, np.geomspace(limit.m_X[0], limit.m_X[-1], 400)]))
    axes.loglog(m_X, limit.at(m_X), color="#0072B2", linestyle=_STYLES[limit.status])  # NaN leaves holes out
    axes.fill_between(m_X, limit.at(m_X), 2 * np.nanmax(limit.values), color="#0072B2", alpha=0.15, linewidth=0)
    axes.set(
        xlabel=r"$m_X$ [MeV]",
        ylabel=r"$g_X$" if limit.coupling == "g_X" else r"$\epsilon$",
        title=f"{limit.label}: {limit.status}, {limit.confidence:.0%} CL",
    )
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    file = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": limit.name}):  # the same picture is the same file
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()
