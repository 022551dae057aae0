"""What a point of the gauged U(1)_{Lmu-Ltau} parameter space predicts.

>>> import physics
>>> physics.evaluate("epsilon", g_X=69.286)
-0.9999...
"""

from physics import (
    annihilation,
    cmb,
    constraints,
    direct_detection,
    g_minus_2,
    line_511,
    model,
    monophoton,
    n_eff,
    neutrino,
    references,
    relic,
    white_dwarf,
    widths,
)
from physics.errors import (
    InvalidParameterError,
    MissingParameterError,
    PhysicsError,
    RegistryError,
    UnknownNameError,
)
from physics.parameters import PARAMETERS, Parameter
from physics.registry import Bound, Status, bound, evaluate, evaluate_with_status, observables

__all__ = [
    "Bound",
    "InvalidParameterError",
    "MissingParameterError",
    "Parameter",
    "PhysicsError",
    "RegistryError",
    "Status",
    "UnknownNameError",
    "annihilation",
    "bound",
    "cmb",
    "constraints",
    "direct_detection",
    "evaluate",
    "evaluate_with_status",
    "g_minus_2",
    "line_511",
    "model",
    "monophoton",
    "n_eff",
    "neutrino",
    "observables",
    "parameters",
    "references",
    "relic",
    "white_dwarf",
    "widths",
]


def parameters() -> dict[str, Parameter]:
    """All parameters by name.

    >>> parameters()["q_psi"].domain
    'q_psi >= 0'
    """
    return dict(PARAMETERS)
