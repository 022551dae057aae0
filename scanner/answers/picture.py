"""The picture of an answer: likelihood, posterior and survivors side by side, with what must be said below."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from scanner.answers.statements import LEVELS
from scanner.errors import SelectionError
from scanner.store.provenance import versions
from scanner.view.curves import contours
from scanner.view.labels import SIZE
from scanner.view.picture import Picture
from scanner.view.scales import scale_of
from scanner.view.styles import PALETTE
from scanner.view.title import distance_label, formulas, labelled

__all__ = ["credible_levels", "draw_axes", "draw_pair", "draw_single", "plot_answer"]

_STYLES: Any = ("-", "--")
_DEEPEST = 30.0  # of -2 Delta ln L: beyond it all is the same colour


def plot_answer(answer: xr.Dataset) -> Figure:
    """Draw an answer on one or two axes of numbers.

    Left the profile with contours at the levels for so many degrees of freedom, in the middle the posterior density
    with regions of highest density, right the share of the prior mass that no limit excludes, and where any of it
    survives. The best point of the grid is a star only where it is preferred over the Standard Model.

    Raises
    ------
    SelectionError
        Other axes, or nothing survives anywhere.
    """
    onto = [str(d) for d in answer.m2lnL_profile.dims]
    if len(onto) > 2 or any(answer[d].dtype.kind != "f" or answer[d].size < 2 for d in onto):
        raise SelectionError(f"a picture needs one or two axes of numbers; the answer is on {', '.join(onto)}")
    if not np.isfinite(answer.m2lnL_profile).any():
        raise SelectionError("no point has a likelihood: there is nothing to draw")
    figure = Picture(figsize=(11.0, 5.8), layout="constrained")
    panels = figure.subplots(1, 3)
    draw = (
        (_draw_profile, _draw_posterior, _draw_survivors)
        if len(onto) == 2
        else (_line_profile, _line_posterior, _line_survivors)
    )
    for axes, panel in zip(panels, draw, strict=True):
        draw_axes(axes, answer, onto)
        panel(figure, axes, answer, onto)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=SIZE, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.2), borderaxespad=0)
    names = ", ".join(
        f"{c['name']}{' (approximate)' * bool(c['approximate'])}" for c in json.loads(answer.attrs["constraints"])
    )
    words = [formulas(answer.attrs["title"]), *textwrap.wrap(names, 150)]
    figure.suptitle("\n".join(words), fontsize=SIZE + 1)
    verdict = "\n".join(textwrap.fill(line, 170) for line in answer.attrs["verdict"].splitlines())
    figure.supxlabel(verdict, fontsize=SIZE, ha="center")
    keys = ("set", "prior", "readings", "constraints", "verdict")
    said = {key.capitalize(): str(answer.attrs[key]) for key in keys if key in answer.attrs}
    figure.record.about = {"Title": answer.attrs["title"], **said, "Drawn by": f"lmutau {versions()['lmutau']}"}
    return figure


def draw_axes(axes: Axes, answer: xr.Dataset, onto: Sequence[str]) -> None:
    """Scales and names of the axes that an answer is on."""
    sides: tuple[Literal["x", "y"], ...] = ("x", "y")
    for which, axis in zip(sides, onto, strict=False):
        scale = scale_of(axis, answer[axis].values)
        scale.draw(axes, which, answer[axis].values)
        text = labelled(answer[axis], axis) if scale.kind != "delta" else distance_label(answer[axis], axis)
        axes.set(**{f"{which}label": text})
    axes.tick_params(which="both", labelsize=SIZE + 1)


def credible_levels(answer: xr.Dataset) -> list[float]:
    """Posterior over prior mass at the edges of the regions of highest density with 68.3 % and 95.4 %."""
    density, mass = (v.values.ravel() for v in (answer.posterior / answer.prior_mass, answer.posterior))
    order = np.argsort(density)[::-1]
    inside = np.cumsum(mass[order])
    return [float(density[order][np.searchsorted(inside, cl * inside[-1])]) for cl in LEVELS]


def _contours(
    axes: Axes, answer: xr.Dataset, onto: list[str], z: NDArray[np.float64], levels: list[float], says: list[str]
) -> None:
    """Draw contours, each with a line in the legend; none where a level is not reached."""
    plane = xr.DataArray(z, {d: answer[d].values for d in onto}, onto).transpose()
    scales = scale_of(onto[0], answer[onto[0]].values), scale_of(onto[1], answer[onto[1]].values)
    for level, style, words in zip(levels, _STYLES, says, strict=True):
        for n, line in enumerate(contours(plane, [level], scales)[level]):
            axes.plot(*line.T, color="black", linestyle=style, linewidth=1.1, label="" if n else words)


def _mesh(axes: Axes, answer: xr.Dataset, onto: list[str], z: NDArray[np.float64], **style: Any) -> QuadMesh:
    x, y = (scale_of(d, answer[d].values).cells(answer[d].values) for d in onto)
    return axes.pcolormesh(x, y, np.ma.masked_invalid(z).T, rasterized=True, **style)


def _bar(figure: Figure, axes: Axes, mesh: QuadMesh, label: str, **style: Any) -> None:
    bar = figure.colorbar(mesh, ax=axes, location="top", shrink=0.9, **style)
    bar.set_label(label, fontsize=SIZE + 1)
    bar.ax.tick_params(labelsize=SIZE)


def draw_pair(axes: Axes, answer: xr.Dataset, onto: list[str]) -> QuadMesh:
    """The profile on two axes, with contours at the levels for so many degrees of freedom."""
    profile = answer.m2lnL_profile.values
    z = np.where(np.isfinite(profile), np.minimum(profile - profile.min(), 2 * _DEEPEST), np.nan)
    mesh = _mesh(axes, answer, onto, z, cmap="cividis_r", vmin=0, vmax=_DEEPEST)
    levels, says = _levels(answer)
    _contours(axes, answer, onto, np.where(np.isnan(z), 2 * _DEEPEST, z), levels, says)
    return mesh


def draw_single(axes: Axes, answer: xr.Dataset, onto: list[str]) -> None:
    """The profile on one axis, with bands where it is below the levels."""
    profile = answer.m2lnL_profile.values
    scale = scale_of(onto[0], answer[onto[0]].values)
    at = scale.straight(answer[onto[0]].values)
    fine = np.linspace(at[0], at[-1], 2000)
    delta = np.interp(fine, at, np.minimum(profile - profile.min(), 2 * _DEEPEST))
    x = scale.back(fine)
    levels, says = _levels(answer)
    for level, shade, style, words in zip(levels[::-1], ("0.9", "0.75"), _STYLES[::-1], says[::-1], strict=True):
        axes.fill_between(x, 0, _DEEPEST, where=delta <= level, color=shade, linewidth=0)
        axes.axhline(level, color="0.3", linestyle=style, linewidth=0.8, label=words)
    axes.plot(x, delta, color=PALETTE[0])
    axes.set_ylim(0, _DEEPEST)


def _levels(answer: xr.Dataset) -> tuple[list[float], list[str]]:
    """Levels of -2 Delta ln L, and what they are."""
    given = json.loads(answer.attrs["levels"])
    dof = given.pop("degrees_of_freedom")
    return list(given.values()), [f"{name}: {level:.2f} ({dof} d.o.f.)" for name, level in given.items()]


def _draw_profile(figure: Figure, axes: Axes, answer: xr.Dataset, onto: list[str]) -> None:
    _bar(figure, axes, draw_pair(axes, answer, onto), r"$-2\,\Delta\ln L$, profiled", extend="max")
    best = json.loads(answer.attrs["best_fit"])
    preferred = answer.attrs.get("preference_sigma", 0.0)
    is_preference = "m2lnL_gain" in answer.attrs and answer.attrs["verdict"].startswith("Preferred")
    words = f"best point: {'' if is_preference else 'no preference over the Standard Model, '}{preferred:.1f} sigma"
    marker = (
        {"marker": "*", "markersize": 14}
        if is_preference
        else {"marker": "o", "markersize": 7, "markerfacecolor": "none"}
    )
    axes.plot(best[onto[0]], best[onto[1]], linestyle="none", color=PALETTE[1], label=words, **marker)  # type: ignore[arg-type]


def _draw_posterior(figure: Figure, axes: Axes, answer: xr.Dataset, onto: list[str]) -> None:
    density = (answer.posterior / answer.prior_mass).values
    prior = ", ".join(f"{axis} {name}" for axis, name in json.loads(answer.attrs["prior"]).items())
    mesh = _mesh(axes, answer, onto, density, cmap="Blues", vmin=0)
    _bar(figure, axes, mesh, f"posterior over prior\n({prior})")
    says = [f"{100 * cl:.3g} % of the posterior" for cl in LEVELS]
    _contours(axes, answer, onto, density, credible_levels(answer), says)


def _draw_survivors(figure: Figure, axes: Axes, answer: xr.Dataset, onto: list[str]) -> None:
    mesh = _mesh(axes, answer, onto, answer.fraction_allowed.values, cmap="Greens", vmin=0, vmax=1)
    _bar(figure, axes, mesh, "share of the other axes' prior mass\nthat no limit excludes")
    for kind, colour, words in (
        ("allowed", "black", "some of it passes all limits"),
        ("preferred", PALETTE[1], "... and agrees with all hints"),
    ):
        there = answer[f"exists_{kind}"].values
        if kind == "preferred" and "hint" not in answer.kind:
            continue
        if there.any() and not there.all():
            axes.contour(answer[onto[0]], answer[onto[1]], there.T.astype(float), levels=[0.5], colors=[colour])
        axes.add_line(Line2D([], [], color=colour, label=words if there.any() else f"{words}: nowhere"))


def _line_profile(_: Figure, axes: Axes, answer: xr.Dataset, onto: list[str]) -> None:
    draw_single(axes, answer, onto)
    axes.set_ylabel(r"$-2\,\Delta\ln L$, profiled")


def _line_posterior(_: Figure, axes: Axes, answer: xr.Dataset, onto: list[str]) -> None:
    axes.plot(answer[onto[0]], answer.posterior / answer.prior_mass)
    axes.set_ylabel("posterior over prior")


def _line_survivors(_: Figure, axes: Axes, answer: xr.Dataset, onto: list[str]) -> None:
    axes.plot(answer[onto[0]], answer.fraction_allowed, label="share that no limit excludes")
    if "hint" in answer.kind:
        axes.plot(answer[onto[0]], answer.fraction_preferred, label="... and hints agree on")
    axes.set_ylabel("share of the other axes' prior mass")
