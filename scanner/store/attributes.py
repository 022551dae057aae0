"""What the attributes of a store may say: what is used of them, in the form in which it is used, and no more of it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, Json, TypeAdapter, ValidationError, model_validator

from scanner.errors import StoreError
from scanner.scan.plan import MAX_BLOCK_BYTES, MAX_BLOCKS
from scanner.scan.sections import Identifier, Title

__all__ = ["HELD", "MAX_LABEL", "NODE", "REMEDY", "check_attributes", "check_root"]

MAX_LABEL = 1_000  # characters of what pictures show
NODE = r"[\w-][\w.-]*(/[\w-][\w.-]*)*"  # name of an array, or of a member of a group
REMEDY = "what was damaged since, `lmutau repair` restores"

_Text = Annotated[str, Field(max_length=MAX_LABEL)]


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Bound(_Loose):
    bound: str


HELD = TypeAdapter(dict[str, float | str | _Bound | None])  # of a variable


class _SealedLog(_Loose):
    bytes: Annotated[int, Field(ge=0)]
    sha256: str
    first_line: str


class _Seals(_Loose):
    """Names of files whose digests are kept: they are read, and restored."""

    sealed_metadata: Json[dict[Annotated[str, Field(pattern=f"^{NODE}$")], str]] = {}
    sealed_log: Json[_SealedLog] | None = None


class _Scan(_Loose):
    title: Title
    observables: list[Identifier]
    plugins: list[str] = []


class _ScanFile(_Loose):
    scan: _Scan
    axes: dict[Identifier, Any]
    fixed: dict[Identifier, float | str] = {}
    bound: dict[Identifier, Identifier] = {}
    plot: dict[str, Any] | None = None


class _Family(_Loose):
    name: Identifier = "of_an_earlier_version"
    dims: list[Identifier]
    observables: list[Identifier] = Field(min_length=1)
    shape: list[int]
    block: list[int]
    chunk: list[int]

    @model_validator(mode="after")
    def _fits(self) -> _Family:
        sizes = zip(self.shape, self.block, self.chunk, strict=True)  # ValueError where lengths differ
        if not all(n >= 1 and b >= 1 and c >= 1 and b % c == 0 for n, b, c in sizes) or len(self.dims) != len(
            self.shape
        ):
            raise ValueError("blocks of whole chunks are needed on every axis")
        if (size := math.prod(self.block) * len(self.observables) * 9) > MAX_BLOCK_BYTES:
            raise ValueError(f"blocks of {size:,} bytes are more than {MAX_BLOCK_BYTES:,}")
        return self


class _Attributes(_Seals):
    """What is used of a store's attributes, if it is there, in the form in which it is used."""

    title: Title = ""
    state: Identifier = "running"
    id: Annotated[str, Field(max_length=100)] = ""
    plan: Json[dict[str, str]] = {}
    families: Json[list[_Family]] = []
    parameters: Json[dict[str, dict[str, _Text | float | None]]] = {}
    scan_file: Json[_ScanFile] | None = None
    versions: Json[dict[str, str]] = {}
    git: Json[dict[str, str]] = {}
    plugins: Json[dict[str, str]] = {}
    history_of_code: Json[list[Any]] = []
    references: str = ""

    @model_validator(mode="after")
    def _not_too_many(self) -> _Attributes:
        blocks = sum(math.prod(-(-n // b) for n, b in zip(f.shape, f.block, strict=True)) for f in self.families)
        if blocks > 10 * MAX_BLOCKS:
            raise ValueError(f"{blocks:,} blocks are more than {10 * MAX_BLOCKS:,}")
        return self


def check_attributes(path: Path, attributes: Mapping[str, Any]) -> None:
    """Raise where attributes of a store are missing, damaged, or ask for more than there can be.

    Raises
    ------
    StoreError
        Naming the attribute.
    """
    _validate(_Attributes, path, attributes)


def check_root(path: Path, document: Mapping[str, Any]) -> None:
    """Raise where the metadata of a store name files that are not of the store.

    Raises
    ------
    StoreError
        Naming the attribute.
    """
    _validate(_Seals, path, document["attributes"])
    copies = (document.get("consolidated_metadata") or {}).get("metadata", {})
    for name, copy in copies.items():
        if not re.fullmatch(NODE, name) or not isinstance(copy, dict):
            raise StoreError(f"{path}: {name[:50]!r} is not the name of an array; the store's zarr.json is damaged")


def _validate(model: type[BaseModel], path: Path, attributes: Mapping[str, Any]) -> None:
    try:
        model.model_validate(attributes)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])[:100]
        what = first["ctx"]["error"] if first["type"] == "value_error" else first["msg"]
        raise StoreError(f"{path}: attribute {key}: {what}; the store's zarr.json is damaged; {REMEDY}") from None
