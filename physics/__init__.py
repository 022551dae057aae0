"""What a point of the gauged U(1)_{Lmu-Ltau} parameter space predicts.

>>> import physics
>>> physics.evaluate("epsilon", g_X=69.286)
-0.9999...
"""

from physics import dark_matter, early_universe, inference, laboratory, model, neutrino, white_dwarf
from physics.core.binding import Bound, bound
from physics.core.documentation import document, write_docstrings
from physics.core.errors import (
    InvalidParameterError,
    MissingParameterError,
    PhysicsError,
    PluginError,
    RegistryError,
    UnknownNameError,
)
from physics.core.evaluate import evaluate, evaluate_with_status
from physics.core.graph import observables
from physics.core.parameter import PARAMETERS, Parameter, parameter
from physics.core.plugins import add
from physics.core.readings import readings
from physics.core.registration import branch, check_registry, intermediate, observable, solution
from physics.core.status import Status
from physics.inference.constraint_sets import constraint_set
from physics.inference.constraints import Constraint, constraint, constraints
from physics.inference.verdicts import why

__all__ = [
    "Bound",
    "Constraint",
    "InvalidParameterError",
    "MissingParameterError",
    "Parameter",
    "PhysicsError",
    "PluginError",
    "RegistryError",
    "Status",
    "UnknownNameError",
    "add",
    "bound",
    "branch",
    "constraint",
    "constraint_set",
    "constraints",
    "dark_matter",
    "document",
    "early_universe",
    "evaluate",
    "evaluate_with_status",
    "inference",
    "intermediate",
    "laboratory",
    "model",
    "neutrino",
    "observable",
    "observables",
    "parameter",
    "parameters",
    "readings",
    "solution",
    "white_dwarf",
    "why",
]


def parameters() -> dict[str, Parameter]:
    """All parameters by name.

    >>> parameters()["q_psi"].domain
    'q_psi >= 0'
    """
    return dict(PARAMETERS)


neutrino.dark_matter_detectors.register_folder()
laboratory.accelerators.register_folder()
check_registry()
write_docstrings()
