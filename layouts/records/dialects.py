"""COBOL compilers as data (dialects.toml): sizes, byte orders, signs and the spellings of USAGE."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from char_mapping.errors import DefinitionError

Storage = Literal[
    "display", "binary", "native", "comp_x", "packed", "packed_unsigned", "float", "double", "double_byte", "index"
]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One compiler's answers to what the language leaves open; the head of dialects.toml explains the fields."""

    id: str
    binary_sizes: str
    binary_endian: Literal["big", "little"]
    native_endian: Literal["big", "little"]
    binary_range: Literal["digits", "bytes"]
    float: Literal["ieee", "hex"]
    sync_maximum: int
    occurrence_slack: Literal["end", "before_last"]
    unequal_levels: bool
    ascii_negative: str
    packed_positive: str
    packed_negative: str
    usages: dict[str, Storage]
    ignored: tuple[tuple[str, ...], ...]

    def binary_length(self, digits: int, signed: bool, storage: Storage) -> int:
        """Bytes of a binary item of ``digits`` decimal digits (1 to 38)."""
        if storage == "comp_x" or (self.binary_sizes == "1--8" and storage == "binary"):
            largest: int = 10**digits - 1
            return (largest.bit_length() + (1 if signed else 0) + 7) // 8
        if digits > 18:
            return 16
        if self.binary_sizes == "2-4-8":
            return 2 if digits <= 4 else 4 if digits <= 9 else 8
        return 1 if digits <= 2 else 2 if digits <= 4 else 4 if digits <= 9 else 8


@cache
def _tables() -> dict[str, Any]:
    text = resources.files("layouts.records").joinpath("dialects.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def list_dialects() -> tuple[str, ...]:
    """Ids that :func:`load_dialect` knows, in the order of the file."""
    return tuple(key for key in _tables() if key != "default")


@cache
def load_dialect(dialect_id: str) -> Dialect:
    """The dialect of that id.

    Raises:
        DefinitionError: No such dialect.
    """
    tables = _tables()
    if dialect_id not in list_dialects():
        raise DefinitionError(
            "dialect", expected=f"one of {', '.join(list_dialects())}", found=dialect_id, todo="Correct the dialect."
        )
    row = {**tables["default"], **tables[dialect_id]}
    row["usages"] = {**tables["default"]["usages"], **tables[dialect_id].get("usages", {})}
    row["ignored"] = tuple(tuple(clause.split()) for clause in row["ignored"])
    return Dialect(id=dialect_id, **row)
