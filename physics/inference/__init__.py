"""Measurements turned into verdicts."""

from physics.inference import constraints
from physics.inference.constraint_sets import ConstraintSet, constraint_set, sets
from physics.inference.constraints import constraint
from physics.inference.likelihoods import Constraint
from physics.inference.verdicts import Verdict, Why, why

__all__ = [
    "Constraint",
    "ConstraintSet",
    "Verdict",
    "Why",
    "constraint",
    "constraint_set",
    "constraints",
    "sets",
    "why",
]
