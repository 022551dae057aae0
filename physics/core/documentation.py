"""The part of an observable's documentation that the registry knows: parameters, returns, errors, references.

Authors write one sentence, assumptions, caveats and an example; `document` puts the rest between. `help()` on the
function, `lmutau observables NAME` and the documentation show the same text.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from physics.core.graph import Node, find_observable, nodes, observables, refusal
from physics.core.parameter import PARAMETERS, Parameter
from physics.core.references import cited

__all__ = ["document", "write_docstrings", "written"]

_WIDTH = 100
_WRITTEN: WeakKeyDictionary[Callable[..., Any], str] = WeakKeyDictionary()  # by the author, for each function


def document(name: str) -> str:
    """The documentation of an observable, as plain text in numpydoc's form.

    Parameters
    ----------
    name : str
        Of the observable.

    Raises
    ------
    UnknownNameError
        No observable of that name.

    Examples
    --------
    >>> import physics
    >>> print(document("epsilon"))  # doctest: +ELLIPSIS
    Loop-induced kinetic mixing of X with the photon at q^2 = 0.
    ...
    Parameters of physics.evaluate
    ------------------------------
    g_X : g_X >= 0
        U(1)_{Lmu-Ltau} gauge coupling.
    ...
    """
    node = find_observable(name)
    own = written(node)
    text, found, examples = own.partition("\nExamples\n")
    if not found:
        text, found, examples = _split_at_doctest(own)
    sections = [text.strip(), _branches(node), _parameters(node), _returns(node), _raises(), _references(node)]
    if found:
        sections.append("Examples\n--------\n" + examples.removeprefix("--------\n").strip())
    return "\n\n".join(s for s in sections if s) + "\n"


def written(node: Node) -> str:
    """What the author wrote about a node.

    >>> import physics
    >>> ">>> " in written(physics.observables()["epsilon"])
    True
    """
    return _WRITTEN.setdefault(node.function, inspect.getdoc(node.function) or "")


def write_docstrings() -> None:
    """Give the function of every observable its whole documentation, for `help()`."""
    for name, node in observables().items():
        node.function.__doc__ = document(name)


def _split_at_doctest(own: str) -> tuple[str, str, str]:
    """The author's text, and the example that ends it: from the paragraph in which the first prompt stands."""
    paragraphs = own.split("\n\n")
    for i, paragraph in enumerate(paragraphs):
        if ">>>" in paragraph:
            return "\n\n".join(paragraphs[:i]), ">>>", "\n\n".join(paragraphs[i:])
    return own, "", ""


def _branches(node: Node) -> str:
    """What other choices compute, one line each."""
    lines = []
    for b in node.branches:
        if b.function is not node.function:
            choice = ", ".join(f"{p} = {' or '.join(c)}" for p, c in b.when.items())
            lines.append(f"{choice}: {(inspect.getdoc(b.function) or '').partition(chr(10))[0]}")
    return "\n".join(_wrapped(line, first="") for line in lines)


def _parameters(node: Node) -> str:
    entries = [_entry(PARAMETERS[p]) for p in node.parameters]
    return _section("Parameters of physics.evaluate", entries or ["None."])


def _entry(p: Parameter) -> str:
    if p.choices:
        kind = "{" + ", ".join(f'"{c}"' for c in p.choices) + "}"
    else:
        kind = p.domain + ("" if p.unit == "1" else f" [{p.unit}]")
    default = f", default {p.default_text}" if p.default_text else ""
    return f"{p.name} : {kind}{default}\n{_wrapped(p.description + '.')}"


def _returns(node: Node) -> str:
    unit = "dimensionless" if node.unit == "1" else f"[{node.unit}]"
    lines = [
        f"{unit}; broadcast shape of the parameters above. Where there is no value it is NaN, and the status says why:"
    ]
    domains = [d.description for d in (node.domain, *(b.domain for b in node.branches)) if d is not None]
    outside = [*domains, *supported(node)]
    lines += [f"2 (outside the domain) unless {'; '.join(outside)}."] if outside else []
    lines += ["3 (no solution), 4 (not converged), 5 (an input has no value): as said above."]
    return _section("Returns", ["float or ndarray\n" + "\n".join(_wrapped(line) for line in lines)])


def supported(node: Node) -> list[str]:
    """The choices that a node and all that it depends on support, where they are not all choices.

    >>> import physics
    >>> supported(physics.observables()["epsilon"])
    ['gauge_group = Lmu-Ltau']
    """
    texts = []
    defaults = {name: str(PARAMETERS[name].default) for name in node.parameters if PARAMETERS[name].choices}
    deciding = {p for n in nodes().values() for b in n.branches for p in b.when}
    for name in [p for p in defaults if p in deciding]:
        choices = PARAMETERS[name].choices
        there = [c for c in choices if not refusal(node.name, defaults | {name: c})]
        if 0 < len(there) < len(choices):
            texts.append(f"{name} = {' or '.join(there)}")
    return texts


def _raises() -> str:
    return _section(
        "Raises",
        ["MissingParameterError, InvalidParameterError\n" + _wrapped("A parameter is missing, or not allowed.")],
    )


def _references(node: Node) -> str:
    if not node.references:
        return ""
    of_package = node.function.__module__.partition(".")[0] == "physics"
    entries = [
        *[f"{part.strip()}." for part in node.references.split(";")],
        *(e.text for e in cited([node.references], only_known=not of_package)),
    ]
    return _section("References", [_wrapped(e, first="") for e in entries])


def _section(title: str, entries: list[str]) -> str:
    return f"{title}\n{'-' * len(title)}\n" + "\n".join(entries)


@cache  # observables share parameters and references; without it a third of the time of `import physics` goes here
def _wrapped(text: str, first: str = "    ") -> str:
    """Lines that break at spaces alone: Lmu-Ltau is one word."""
    return textwrap.fill(text, _WIDTH, initial_indent=first, subsequent_indent="    ", break_on_hyphens=False)
