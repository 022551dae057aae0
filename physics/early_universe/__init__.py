"""The thermal bath: degrees of freedom, the temperature of the neutrinos, and their effective number."""

from physics.early_universe import (
    degrees_of_freedom,
    entropy,
    gas,
    histories,
    n_eff,
    n_eff_entropy,
    n_eff_tables,
    n_eff_three_bath,
    three_baths,
    weak_rates,
)

__all__ = [
    "degrees_of_freedom",
    "entropy",
    "gas",
    "histories",
    "n_eff",
    "n_eff_entropy",
    "n_eff_tables",
    "n_eff_three_bath",
    "three_baths",
    "weak_rates",
]
