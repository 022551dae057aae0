"""A page for each kind of thing that has a name, with all that `lmutau show` knows of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lmutau_pages.markdown import anchor, badge, code, escaped, heading, link, paragraphs, table
from physics.inference import likelihoods
from scanner.cli.known import content, kinds

__all__ = ["pages"]

Row = dict[str, Any]

# Values of these keys are names, of this kind
_NAMES = {
    "observable": "observable", "observables": "observable", "constraints": "constraint", "beside": "constraint",
    "sets": "set", "readings": "readings", "cites": "reference", "axes": "parameter", "fixed": "parameter",
    "bound": "parameter", "absent": "absent limit",
}  # fmt: skip
# For programs only, or shown in another way
_LEFT_OUT = {
    "parameter": {"label"},
    "constraint": {"colour", "subject", "lower", "upper", "power", "approximate", "silent_outside"},
    "limit": {"points", "label"},
    "reference": {"text", "bibtex", "key", "latex", "author", "title", "year", "journal", "volume", "pages"},
}
_FLAGS = {
    "held": "success", "derived": "info", "from memory": "warning", "limit": "danger", "hint": "success",
    "projection": "secondary",
}  # fmt: skip
_LONG = 100  # letters; longer ones stand below each other


def _text(key: str) -> Callable[[Row], str]:
    return lambda row: escaped(str(row.get(key, "")))


def _linked(key: str, kind: str) -> Callable[[Row], str]:
    return lambda row: link(kind, row[key])


def _default(row: Row) -> str:
    return "" if row["default"] is None else code(str(row["default"]))


def _status(row: Row) -> str:
    return badge(row["status"], _FLAGS[row["status"]])


def _grid(row: Row) -> str:
    return " x ".join(f"{n:,}" for n in row["axes"].values())


def _nothing(_name: str, _row: Row) -> str:
    return ""


def _flags(_name: str, row: Row) -> str:
    flags = [badge(row["kind"], _FLAGS[row["kind"]])]
    flags += [badge("likelihood made up", "warning")] if row["approximate"] else []
    flags += [badge("silent outside of its masses", "secondary")] if row["silent_outside"] else []
    return " ".join(flags)


def _curve(name: str, row: Row) -> str:
    return f"{row['label']} {_status(row)}\n\n![The curve of {name}]({name}.svg)"


def _toml(name: str, _row: Row) -> str:
    file = f"../../scanner/scan/presets/{name}.toml"
    return f":::{{dropdown}} {name}.toml\n```{{literalinclude}} {file}\n:language: toml\n```\n:::"


def _bibtex(_name: str, row: Row) -> str:
    return f"{escaped(row['text'].partition(': ')[2])}\n\n:::{{dropdown}} BibTeX\n```bibtex\n{row['bibtex']}\n```\n:::"


class Page(NamedTuple):
    """How a kind is shown."""

    file: str
    title: str
    intro: str
    columns: Mapping[str, Callable[[Row], str]]  # of the table of all
    first: Callable[[str, Row], str] = _nothing  # in the entry of each
    explained: str = ""  # below the table


_PAGES = {
    "parameter": Page(
        "parameters",
        "Parameters",
        "What an observable may depend on. One without a default must be given, as a number, an axis or a bound; "
        "a choice selects how observables are computed.",
        {"unit": _text("unit"), "default": _default, "meaning": _text("description")},
    ),
    "constraint": Page(
        "constraints",
        "Constraints",
        "What measurements say of observables. A *limit* excludes outside of its interval, a *hint* prefers inside and "
        "excludes nothing, a *projection* is of an experiment that is not there.",
        {
            "kind": _text("kind"),
            "of": _linked("observable", "observable"),
            "allows": _text("interval"),
            "likelihood": _text("likelihood"),
            "source": _text("reference"),
        },
        _flags,
        paragraphs((likelihoods.__doc__ or "").partition("\n\n")[2]),
    ),
    "set": Page(
        "sets",
        "Sets of constraints",
        "Constraints that hold together, with the readings by which their observables are meant. Those *beside* are "
        "shown and do not count; those *absent* belong here and cannot be had.",
        {"title": _text("title"), "readings": _linked("readings", "readings")},
    ),
    "readings": Page(
        "readings",
        "Readings",
        "Named choices: what a paper did where the defaults do otherwise. `--readings NAME` follows them.",
        {"choices": lambda row: str(len(row) or "the defaults")},
    ),
    "experiment": Page(
        "experiments",
        "Experiments",
        "Detectors for dark matter that see solar neutrinos, each a file of data: what they count, what is assumed.",
        {"label": _text("label"), "element": _text("element"), "exposure, t yr": _text("exposure")},
    ),
    "limit": Page(
        "limits",
        "Published limits",
        "Curves of accelerators on a coupling against `m_X`, each a file of data. The flag says what the numbers are: "
        "*held*, as published for this model; *derived*, of another model, or reworked; *from memory*.",
        {"search": _text("search"), "flag": _status, "range": _text("range"), "source": _text("source")},
        _curve,
    ),
    "absent limit": Page(
        "absent_limits",
        "Limits that are absent",
        "Published limits whose numbers were looked for and could not be had, or cannot be used.",
        {"label": _text("label"), "source": _text("source")},
    ),
    "preset": Page(
        "presets",
        "Presets",
        "Scans that come with lmutau: `lmutau run NAME`. Each is a [scan file](scan_file.md), and a pattern for yours.",
        {"title": _text("title"), "grid": _grid, "observables": lambda row: str(len(row["observables"]))},
        _toml,
    ),
    "reference": Page(
        "references",
        "References",
        "Publications and programs behind observables and constraints. `lmutau cite STORE` lists those of a store.",
        {"title": _text("title"), "arXiv": _text("eprint")},
        _bibtex,
    ),
}


def pages() -> dict[str, str | bytes]:
    """Markdown by path."""
    named = kinds()
    return {f"{page.file}.md": _page(kind, page, named[kind]) for kind, page in _PAGES.items()}


def _page(kind: str, page: Page, names: list[str]) -> str:
    rows = {name: content(kind, name) for name in names}
    cells = [(link(kind, name), *(show(row) for show in page.columns.values())) for name, row in rows.items()]
    top = table(("", *page.columns), cells)
    entries = [_entry(kind, page, name, row) for name, row in rows.items()]
    parts = [heading(1, page.title), page.intro, top, page.explained, *entries]
    return "\n\n".join(part for part in parts if part) + "\n"


def _entry(kind: str, page: Page, name: str, row: Row) -> str:
    left_out = _LEFT_OUT.get(kind, set())
    facts = "\n".join(
        f"- **{escaped(key.replace('_', ' '))}**: {shown}"
        for key, value in row.items()
        if key not in left_out and (shown := _value(kind, key, value))
    )
    head = anchor(kind, name) + "\n" + heading(2, code(name))
    return "\n\n".join(part for part in (head, page.first(name, row), facts) if part)


def _value(kind: str, key: str, value: Any) -> str:
    """A value as Markdown; empty where there is nothing to say."""
    if value is None or value in ("", [], {}):
        return ""
    names_of = _NAMES.get(key)
    if kind == "readings":  # parameter: choice
        return code(str(value))
    if isinstance(value, Mapping):
        parts = [f"{_scalar(names_of, k)}: {_scalar(None, v)}" for k, v in value.items()]
        return "".join(f"\n  - {part}" for part in parts) if max(map(len, parts)) > _LONG else "; ".join(parts)
    if isinstance(value, list):
        return ", ".join(_scalar(names_of, v) for v in value)
    return _scalar(names_of, value)


def _scalar(kind: str | None, value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{escaped(str(k))} {_scalar(None, v)}" for k, v in value.items())
    if kind is not None and str(value) in kinds()[kind]:
        return link(kind, str(value))
    return f"{value:.6g}" if isinstance(value, float) else escaped(str(value))
