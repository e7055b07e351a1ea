"""The table files of ``char_mapping/tables``, as :mod:`char_mapping.build` wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from char_mapping.errors import DefinitionError

TABLES = Path(__file__).parent / "tables"


def table_lines(name: str) -> list[list[str]]:
    """The rows of a table file without its head.

    Raises:
        DefinitionError: No such file.
    """
    path = TABLES / f"{name}.csv"
    if not path.is_file():
        raise DefinitionError(f"table {name}", expected=f"a file {path}", todo="Run python -m char_mapping.build")
    lines = path.read_text("utf-8").splitlines()
    body = [line for line in lines if not line.startswith("#")]
    return [line.split(",") for line in body[1:]]


def read_text(codes: str) -> str:
    """``304B_309A`` → the characters of these code points."""
    return "".join(chr(int(code, 16)) for code in codes.split("_"))


@cache
def load_table(name: str) -> Mapping[int, str]:
    """Code → characters of a table file (``code,unicode,char``; the third column is for people)."""
    return {int(row[0], 16): read_text(row[1]) for row in table_lines(name)}


@cache
def load_permutation(name: str) -> tuple[int, ...]:
    """The 256 bytes of a byte permutation."""
    table = {int(row[0], 16): int(row[1], 16) for row in table_lines(name)}
    return tuple(table[byte] for byte in range(256))


@dataclass(frozen=True, slots=True)
class Jis78Form:
    """A JIS X 0208 code whose JIS78 glyph differs: ``kind`` is swap, moved, changed, form or absent."""

    code: int
    kind: str
    jis90: str
    jis78: str


@cache
def load_jis78() -> tuple[Jis78Form, ...]:
    """The codes where JIS78 and JIS83/90 differ, by JIS code."""
    return tuple(
        Jis78Form(int(row[0], 16), row[1], read_text(row[2]), read_text(row[3]) if row[3] else "")
        for row in table_lines("jis78")
    )
