"""Observables that a loop registers: one function for each of many names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import Parameter, Signature
from typing import Any

__all__ = ["publish"]


def publish(
    namespace: dict[str, Any], name: str, arguments: Sequence[str], function: Callable[..., Any], doc: str
) -> Callable[..., Any]:
    """Give a function its name, arguments and documentation, and make it an attribute of its module.

    The registry reads the arguments, and pickle finds the function by its name.

    Parameters
    ----------
    namespace : dict
        globals() of the module.
    name : str
        Of the function.
    arguments : sequence of str
        Of the function, which takes them as keywords.
    function : callable
        Made anew for each name.
    doc : str
        Its docstring.

    Returns
    -------
    callable
        The same function.

    Examples
    --------
    >>> here = {}
    >>> twice = publish(here, "twice", ["g_X"], lambda **values: 2 * values["g_X"], "Twice g_X.")
    >>> here["twice"](g_X=3), twice.__name__
    (6, 'twice')
    """
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    signature = Signature([Parameter(argument, Parameter.KEYWORD_ONLY) for argument in arguments])
    vars(function)["__signature__"] = signature
    namespace[name] = function
    return function
