"""Dark matter N1 that scatters off itself by exchange of phi, the Higgs boson of U(1)_{Lmu-Ltau}."""

from physics.dark_matter.self_interaction import model, phase_shifts, phi_decay, relic, scattering, transfer

__all__ = ["model", "phase_shifts", "phi_decay", "relic", "scattering", "transfer"]
