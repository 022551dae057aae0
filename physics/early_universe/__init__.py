"""The thermal bath: degrees of freedom, the temperature of the neutrinos, and their effective number."""

from physics.early_universe import degrees_of_freedom, entropy, n_eff_entropy

__all__ = ["degrees_of_freedom", "entropy", "n_eff_entropy"]
