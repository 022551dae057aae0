"""The page of the scan file: every key, as the program checks it."""

from __future__ import annotations

from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from lmutau_pages.markdown import code, escaped, heading, table
from scanner.scan.config import ScanFile

__all__ = ["pages"]

_INTRO = """\
A TOML file says what to compute. `lmutau plan FILE` checks it and says what it costs, `lmutau run FILE` computes it;
`--set section.key=value` changes a key on the command line. The [presets](presets.md) are scan files, and
[Start](../../README.md) has a short one with comments. A key that is not here is refused, with the closest ones."""
_FREE = {
    "axes": "A table: a parameter, and its values: one range, or a list of ranges, which are joined.",
    "fixed": "A table: a parameter, and its one value.",
    "bound": "A table: a parameter, and the observable that it follows.",
}


def pages() -> dict[str, str | bytes]:
    """Markdown by path."""
    parts = [heading(1, "Scan file"), _INTRO]
    for name, field in ScanFile.model_fields.items():
        parts += [heading(2, code(f"[{name}]"))]
        section = _model(field.annotation)
        if name in _FREE:
            parts += [_FREE[name]]
        if section is not None:
            parts += [_said(section), _keys(section)]
    return {"scan_file.md": "\n\n".join(part for part in parts if part) + "\n"}


def _model(annotation: Any) -> type[BaseModel] | None:
    """The section within a type such as `Section | None` or `dict[str, Section | list[Section]]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model(part)) is not None), None)


def _said(section: type[BaseModel]) -> str:
    return escaped((section.__doc__ or "").strip().partition("\n\n")[0])


def _keys(section: type[BaseModel]) -> str:
    rows = [
        (code(name), escaped(_kind(field.annotation)), _default(field), escaped(field.description or ""))
        for name, field in section.model_fields.items()
    ]
    return table(("key", "value", "default", ""), rows)


def _kind(annotation: Any) -> str:
    """A type in words."""
    words = {str: "text", bool: "true or false", int: "whole number", float: "number"}
    if annotation in words:
        return words[annotation]
    inner = [_kind(part) for part in get_args(annotation) if part is not type(None) and not _is_detail(part)]
    origin = get_origin(annotation)
    if origin is list:
        return f"list of {inner[0]}"
    if origin is tuple:
        return "[start, stop, number]"
    if origin is dict:
        return f"table of {inner[1]}"
    return " or ".join(dict.fromkeys(inner))


def _is_detail(part: Any) -> bool:
    """Whether it is a validator of Annotated rather than a type."""
    return not isinstance(part, type) and get_origin(part) is None


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.default
    if value is PydanticUndefined or value is None or value in ([], {}):
        return ""
    return code(str(value).lower() if isinstance(value, bool) else str(value))
