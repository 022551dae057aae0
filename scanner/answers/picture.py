"""The picture of an answer: likelihood, posterior and survivors side by side, with what must be said below."""

from __future__ import annotations

import json
import textwrap
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from scanner.answers.statements import LEVELS
from scanner.errors import SelectionError
from scanner.view.title import labelled

__all__ = ["credible_levels", "plot_answer"]

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
    figure = Figure(figsize=(15.5, 6.2), layout="constrained")
    panels = figure.subplots(1, 3)
    draw = (
        (_draw_profile, _draw_posterior, _draw_survivors)
        if len(onto) == 2
        else (_line_profile, _line_posterior, _line_survivors)
    )
    for axes, panel in zip(panels, draw, strict=True):
        panel(figure, axes, answer, onto)
        axes.set_xlabel(labelled(answer[onto[0]], onto[0]))
        if _is_log(answer[onto[0]].values):
            axes.set_xscale("log")
        if len(onto) == 2:
            axes.set_ylabel(labelled(answer[onto[1]], onto[1]))
            axes.set_yscale("log" if _is_log(answer[onto[1]].values) else "linear")
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=8, framealpha=0.9, loc="best")
    names = ", ".join(
        f"{c['name']}{' (approximate)' * bool(c['approximate'])}" for c in json.loads(answer.attrs["constraints"])
    )
    figure.suptitle("\n".join([answer.attrs["title"], *textwrap.wrap(names, 190)]), fontsize=9)
    figure.supxlabel(
        "\n".join(textwrap.fill(line, 210) for line in answer.attrs["verdict"].splitlines()), fontsize=8, ha="center"
    )
    return figure


def _is_log(values: NDArray[np.float64]) -> bool:
    return bool(values[0] > 0 and values[-1] > 10 * values[0])


def credible_levels(answer: xr.Dataset) -> list[float]:
    """Posterior over prior mass at the edges of the regions of highest density with 68.3 % and 95.4 %."""
    density, mass = (v.values.ravel() for v in (answer.posterior / answer.prior_mass, answer.posterior))
    order = np.argsort(density)[::-1]
    inside = np.cumsum(mass[order])
    return [float(density[order][np.searchsorted(inside, cl * inside[-1])]) for cl in LEVELS]


def _contours(
    axes: Axes,
    answer: xr.Dataset,
    onto: list[str],
    z: NDArray[np.float64],
    levels: list[float],
    says: list[str],
    colour: str,
) -> None:
    """Draw contours, each with a line in the legend; none where a level is not reached."""
    for level, style, words in zip(levels, _STYLES, says, strict=True):
        if np.nanmin(z) < level < np.nanmax(z):
            axes.contour(answer[onto[0]], answer[onto[1]], z.T, levels=[level], colors=[colour], linestyles=[style])
            axes.add_line(Line2D([], [], color=colour, linestyle=style, label=words))


def _mesh(
    figure: Figure, axes: Axes, answer: xr.Dataset, onto: list[str], z: NDArray[np.float64], label: str, **style: Any
) -> None:
    x, y = (answer[d].values for d in onto)
    mesh = axes.pcolormesh(x, y, np.ma.masked_invalid(z).T, shading="nearest", rasterized=True, **style)
    figure.colorbar(mesh, ax=axes, label=label, location="top", shrink=0.9)


def _draw_profile(figure: Figure, axes: Axes, answer: xr.Dataset, onto: list[str]) -> None:
    profile = answer.m2lnL_profile.values
    z = np.where(np.isfinite(profile), np.minimum(profile - profile.min(), 2 * _DEEPEST), np.nan)
    _mesh(figure, axes, answer, onto, z, r"$-2\,\Delta\ln L$, profiled", cmap="viridis_r", vmin=0, vmax=_DEEPEST)
    given = json.loads(answer.attrs["levels"])
    dof = given.pop("degrees_of_freedom")
    says = [f"{name}: {level:.2f} ({dof} d.o.f.)" for name, level in given.items()]
    _contours(axes, answer, onto, np.where(np.isnan(z), 2 * _DEEPEST, z), list(given.values()), says, "black")
    best = json.loads(answer.attrs["best_fit"])
    preferred = answer.attrs.get("preference_sigma", 0.0)
    is_preference = "m2lnL_gain" in answer.attrs and answer.attrs["verdict"].startswith("Preferred")
    words = f"best point: {'' if is_preference else 'no preference over the Standard Model, '}{preferred:.1f} sigma"
    marker = (
        {"marker": "*", "markersize": 14}
        if is_preference
        else {"marker": "o", "markersize": 7, "markerfacecolor": "none"}
    )
    axes.plot(best[onto[0]], best[onto[1]], linestyle="none", color="tab:red", label=words, **marker)  # type: ignore[arg-type]


def _draw_posterior(figure: Figure, axes: Axes, answer: xr.Dataset, onto: list[str]) -> None:
    density = (answer.posterior / answer.prior_mass).values
    prior = ", ".join(f"{axis} {name}" for axis, name in json.loads(answer.attrs["prior"]).items())
    _mesh(figure, axes, answer, onto, density, f"posterior over prior\n({prior})", cmap="Blues", vmin=0)
    _contours(
        axes,
        answer,
        onto,
        density,
        credible_levels(answer),
        [f"{100 * cl:.3g} % of the posterior" for cl in LEVELS],
        "black",
    )


def _draw_survivors(figure: Figure, axes: Axes, answer: xr.Dataset, onto: list[str]) -> None:
    share = answer.fraction_allowed.values
    _mesh(
        figure,
        axes,
        answer,
        onto,
        share,
        "share of the other axes' prior mass\nthat no limit excludes",
        cmap="Greens",
        vmin=0,
        vmax=1,
    )
    for kind, colour, words in (
        ("allowed", "black", "some of it passes all limits"),
        ("preferred", "tab:orange", "... and agrees with all hints"),
    ):
        there = answer[f"exists_{kind}"].values
        if kind == "preferred" and "hint" not in answer.kind:
            continue
        if there.any() and not there.all():
            axes.contour(answer[onto[0]], answer[onto[1]], there.T.astype(float), levels=[0.5], colors=[colour])
        axes.add_line(Line2D([], [], color=colour, label=words if there.any() else f"{words}: nowhere"))


def _line_profile(_: Figure, axes: Axes, answer: xr.Dataset, onto: list[str]) -> None:
    profile = answer.m2lnL_profile.values
    axes.plot(answer[onto[0]], profile - profile.min())
    given = json.loads(answer.attrs["levels"])
    dof = given.pop("degrees_of_freedom")
    for (name, level), style in zip(given.items(), _STYLES, strict=True):
        axes.axhline(level, color="0.5", linestyle=style, label=f"{name}: {level:.2f} ({dof} d.o.f.)")
    axes.set(ylim=(0, _DEEPEST), ylabel=r"$-2\,\Delta\ln L$, profiled")


def _line_posterior(_: Figure, axes: Axes, answer: xr.Dataset, onto: list[str]) -> None:
    axes.plot(answer[onto[0]], answer.posterior / answer.prior_mass)
    axes.set_ylabel("posterior over prior")


def _line_survivors(_: Figure, axes: Axes, answer: xr.Dataset, onto: list[str]) -> None:
    axes.plot(answer[onto[0]], answer.fraction_allowed, label="share that no limit excludes")
    if "hint" in answer.kind:
        axes.plot(answer[onto[0]], answer.fraction_preferred, label="... and hints agree on")
    axes.set_ylabel("share of the other axes' prior mass")
