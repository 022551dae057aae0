"""Measurements turned into verdicts."""

from physics.inference import constraints

__all__ = ["constraints"]
