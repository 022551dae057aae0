"""The colours of constraints and curves, for `lmutau plot` and for the page of `lmutau explore` alike."""

from __future__ import annotations

from collections.abc import Sequence

from physics.inference.constraints import Constraint

__all__ = ["PALETTE", "usual_colours"]

# Okabe & Ito, "Color Universal Design" (2008), but for yellow, which lines cannot have on white
PALETTE = ("#009E73", "#56B4E9", "#CC79A7", "#E69F00", "#0072B2", "#D55E00", "#000000")


def usual_colours(drawn: Sequence[Constraint]) -> list[str]:
    """Each constraint's own colour, if no other has it here; else one of the palette that is free.

    >>> from physics.inference.constraints import constraints
    >>> first, alternative = (constraints()[name] for name in ("n_eff_2026", "n_eff_act"))
    >>> usual_colours([first, alternative]) == [first.colour, PALETTE[0]]
    True
    """
    own = {c.colour.upper() for c in drawn}
    free = [colour for colour in PALETTE if colour not in own] or list(PALETTE)
    seen = {""}
    usual: list[str] = []
    n_others = 0
    for c in drawn:
        if c.colour in seen:
            usual.append(free[n_others % len(free)])
            n_others += 1
        else:
            usual.append(c.colour)
        seen.add(c.colour)
    return usual
