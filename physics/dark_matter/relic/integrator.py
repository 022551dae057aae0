"""The choice between tables that points share and each point by itself, for all methods of the relic density."""

from __future__ import annotations

from physics.core.parameter import parameter

__all__ = ["QUADRATURE", "TABLES"]

parameter(
    "relic_integrator",
    "how the relic density is computed by each method; tables: shared by points with the same masses, relative error "
    "below 1e-6 for the freeze-out formula, 1e-4 for boltzmann, 2e-4 for coupled, and what they do not reach as below; "
    "quadrature: each point by itself, relative error below 1e-9 for the formula, 5e-5 for boltzmann and coupled",
    label="relic integrator",
    default="tables",
    choices=("tables", "quadrature"),
)
TABLES, QUADRATURE = {"relic_integrator": "tables"}, {"relic_integrator": "quadrature"}
