"""A figure that notebooks show, scripts can show, and that knows what is in it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from scanner.errors import SelectionError
from scanner.store.layout import readings_followed
from scanner.store.provenance import versions
from scanner.view.curves import Shape
from scanner.view.title import Held

__all__ = ["Picture", "Record", "about", "figure_for", "record_of"]


@dataclass
class Record:
    """What a picture shows, for its file's metadata and for tables of its curves."""

    about: Mapping[str, str] = field(default_factory=dict)  # title, values that are held, provenance of the store
    shapes: list[tuple[str, Shape]] = field(default_factory=list)  # with the panel
    axes: tuple[str, str] = ("", "")  # names of x and y, with units


def about(ds: xr.Dataset, title: str | None, held: Sequence[Held], observables: Sequence[str]) -> dict[str, str]:
    """Where a picture comes from, and every value that is held in it; its own title, or that of the store."""
    git = json.loads(str(ds.attrs.get("git", "{}")))
    dirty = ", with changes" if git.get("dirty") == "yes" else ""
    references = dict.fromkeys(str(ds[name].attrs.get("references", "")) for name in observables)
    said = {
        "Title": str(ds.attrs.get("title", "") if title is None else title).split("\n")[0],
        "Held": "; ".join(f"{h.name} = {h.value}" for h in held),
        "Readings": str(readings_followed(ds.attrs) or ""),
        "References": "; ".join(r for r in references if r),
        "Store": str(ds.attrs.get("id", "")),
        "Plan": str(ds.attrs.get("plan_digest", "")),
        "Commit": f"{git.get('commit', '')}{dirty}",
        "Computed": str(ds.attrs.get("completed", ds.attrs.get("created", ""))),
        "Drawn by": f"lmutau {versions()['lmutau']}",
    }
    return {key: text for key, text in said.items() if text}


class Picture(Figure):
    """A Matplotlib figure that needs no pyplot: a notebook shows it, `show` opens a window."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        FigureCanvasAgg(self)
        self.size = tuple(float(v) for v in self.get_size_inches())  # without a legend
        self.record = Record()

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=150)
        return file.getvalue()

    def show(self, warn: bool = True) -> None:
        """Open a window, in a script or at a prompt; returns when it is closed, where Matplotlib is not interactive."""
        import matplotlib.pyplot as plt

        manager = plt.figure().canvas.manager
        assert manager is not None
        manager.canvas.figure = self
        self.set_canvas(manager.canvas)
        plt.show()


def figure_for(ax: Axes | None, size: tuple[float, float]) -> tuple[Figure, Axes]:
    """The figure and the axes to draw on: those that are given, or new ones."""
    if ax is None:
        picture = Picture(figsize=size, layout="constrained")
        return picture, picture.add_subplot()
    figure = ax.get_figure(root=True)
    if figure is None:
        raise SelectionError("ax: these axes belong to no figure")
    return figure, ax


def record_of(figure: Figure) -> Record:
    """What is in a picture; nothing is known of figures of others."""
    return figure.record if isinstance(figure, Picture) else Record()
