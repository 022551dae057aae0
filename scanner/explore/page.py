"""The page as one file: its script and style inside, allowed by their digests and nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

__all__ = ["page", "policy"]


def page(description: str, archive: Mapping[str, bytes] | None = None) -> str:
    """The page.

    Parameters
    ----------
    description : str
        See `description`.
    archive : mapping, optional
        The files of a store that is to lie inside of the page, by name.
    """
    parts = {"POLICY": policy(), "STYLE": _part("built/style.css"), "INFO": description, "ARCHIVE": "", "SCRIPT": ""}
    if archive is not None:
        content = json.dumps({name: base64.b64encode(data).decode() for name, data in archive.items()})
        parts["ARCHIVE"] = f'<script type="application/json" id="archive">{content}</script>\n'
    parts["SCRIPT"] = _part("built/page.js")
    text = _part("page.html")
    before = ""
    for name, part in parts.items():  # in their order: what a part says is not looked at again
        head, text = text.split(f"@{name}@", 1)
        before += head + part
    return before + text


def policy() -> str:
    """The content security policy: this script and this style, no others; WebAssembly, for zstd; no other servers."""
    script, style = (_digest(_part(f"built/{name}")) for name in ("page.js", "style.css"))
    return (
        f"default-src 'none'; script-src '{script}' 'wasm-unsafe-eval'; style-src '{style}'; img-src data: blob:; "
        "connect-src 'self' data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _part(name: str) -> str:
    return files("scanner.explore").joinpath("page", *name.split("/")).read_text(encoding="utf-8")
