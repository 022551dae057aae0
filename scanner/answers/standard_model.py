"""What observables are without X and dark matter, to compare a best fit with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import xarray as xr

import physics
from physics import Status
from scanner.store.layout import held_parameters

__all__ = ["NO_DARK_MATTER", "without_x"]

_NO_COUPLING = {"g_X": 1e-15}
# N_eff is computed for X and psi that were in equilibrium, whatever the coupling: there are none when they are heavy
_DECOUPLED = {name: {"m_X": 1e5, "mass_ratio": 1.0} for name in ("n_eff", "n_eff_entropy", "n_eff_entropy_X_only")}
NO_DARK_MATTER = {"relic_density": 0.0}


def without_x(ds: xr.Dataset, observables: Iterable[str], point: Mapping[str, float | str]) -> dict[str, float]:
    """Values of observables for a coupling that vanishes, at a point otherwise; those that have none are left out.

    N_eff is that of X and psi too heavy to matter, and the relic density of psi is 0: there is no psi.

    >>> import xarray as xr
    >>> scan = xr.Dataset({name: ((), 0.0) for name in ("delta_a_mu", "n_eff", "relic_density")})
    >>> found = without_x(scan, scan, {"m_X": 20.0, "g_X": 1e-3, "mass_ratio": 0.6, "q_psi": 1.0})
    >>> {name: round(value, 3) for name, value in found.items()}
    {'delta_a_mu': 0.0, 'n_eff': 3.044, 'relic_density': 0.0}
    """
    found = {}
    for name in dict.fromkeys(observables):
        if name in NO_DARK_MATTER:
            found[name] = NO_DARK_MATTER[name]
        elif name in physics.observables():
            held = {
                p: physics.bound(value["bound"]) if isinstance(value, dict) else value
                for p, value in held_parameters(ds[name].attrs).items()
            }
            there = {**held, **point, **_DECOUPLED.get(name, _NO_COUPLING)}
            needed = physics.observables()[name].parameters
            given = {p: value for p, value in there.items() if p in needed or p in held}
            value, status = physics.evaluate_with_status([name], **given)[name]
            if status == Status.OK:
                found[name] = float(value)
    return found
