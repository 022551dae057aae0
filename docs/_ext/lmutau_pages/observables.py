"""The pages of observables: one with all names, and one for each subject with all that is known of each."""

from __future__ import annotations

import physics
from lmutau_pages.markdown import anchor, code, escaped, heading, link, paragraphs, slug, table
from physics.core.documentation import supported, written
from physics.core.graph import Node
from physics.core.references import cited
from scanner.scan.config import load_scan, preset_names

__all__ = ["pages"]


def pages() -> dict[str, str | bytes]:
    """Markdown by path."""
    subjects: dict[str, list[str]] = {}
    for name, node in physics.observables().items():
        subjects.setdefault(node.subject, []).append(name)
    files = {subject: f"observables-{subject.replace(' ', '-')}" for subject in subjects}
    presets = _of_presets()
    found: dict[str, str | bytes] = {
        f"{files[subject]}.md": _subject(subject, names, presets) for subject, names in subjects.items()
    }
    return found | {"observables.md": _overview(subjects, files)}


def _overview(subjects: dict[str, list[str]], files: dict[str, str]) -> str:
    nodes = physics.observables()
    parts = [
        heading(1, "Observables"),
        f"All {len(nodes)}, by subject. `lmutau observables 'n_eff*'` lists them on the command line; `lmutau show "
        "NAME`, and `help()` in Python, have what stands here.",
        "```{toctree}\n:hidden:\n\n" + "\n".join(files.values()) + "\n```",
    ]
    for subject, names in subjects.items():
        rows = [(link("observable", n), nodes[n].unit, escaped(nodes[n].description)) for n in names]
        parts += [heading(2, subject.capitalize()), table(("observable", "unit", "meaning"), rows)]
    return "\n\n".join(parts) + "\n"


def _subject(subject: str, names: list[str], presets: dict[str, list[str]]) -> str:
    entries = [_entry(physics.observables()[name], presets.get(name, [])) for name in names]
    return "\n\n".join([heading(1, subject.capitalize()), *entries]) + "\n"


def _of_presets() -> dict[str, list[str]]:
    """The presets that compute an observable."""
    found: dict[str, list[str]] = {}
    for preset in preset_names():
        for name in load_scan(preset).scan.observables:
            found.setdefault(name, []).append(preset)
    return found


def _entry(node: Node, presets: list[str]) -> str:
    parameters = physics.parameters()
    text, prompt, examples = written(node).partition(">>>")
    given = ", ".join(
        link("parameter", p) + (f" = {code(default)}" if (default := parameters[p].default_text) else "")
        for p in node.parameters
    )
    domains = [d.description for d in (node.domain, *(b.domain for b in node.branches)) if d is not None]
    constraints = [c.name for c in physics.constraints().values() if c.observable == node.name]
    unit = "" if node.unit == "1" else f" [{node.unit}]"
    facts = {
        "Label": f"{node.label}{unit}" if node.label else unit,
        "Parameters": given or "none",
        "Has values where": escaped("; ".join([*dict.fromkeys(domains), *supported(node)])),
        "Constraints": ", ".join(link("constraint", c) for c in constraints),
        "Presets": ", ".join(link("preset", p) for p in presets),
        "References": "; ".join(_reference(part) for part in node.references.split(";")),
    }
    listed = "\n".join(f"- **{key}**: {value}" for key, value in facts.items() if value)
    parts = [anchor("observable", node.name) + "\n" + heading(2, code(node.name)), paragraphs(text), listed]
    return "\n\n".join([*parts, paragraphs(prompt + examples)] if prompt else parts)


def _reference(part: str) -> str:
    """A part such as "Drees & Zhao 2021, eq. (2.6)", with a link from the publication's name."""
    text = escaped(part.strip())
    for entry in cited([part], only_known=True):
        name = escaped(entry.name)
        text = text.replace(name, f"[{name}](#{slug('reference', entry.name)})")
    return text
