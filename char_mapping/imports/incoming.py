"""What an importer of code tables gives: rows of code → character, and the rows it could not take, with the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from char_mapping.errors import DefinitionError, UnreadableFile
from char_mapping.gaiji import is_one_character
from char_mapping.mj import load_mj_names

_CODE_POINTS = re.compile("(?:U\\+)?([0-9A-F]{4,6})(?:[_ ](?:U\\+)?([0-9A-F]{4,6}))?", re.IGNORECASE)
_NAME = re.compile("(?:MJ|GJ)[0-9]{6}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class IncomingRow:
    """One code: ``char`` is empty where the table names a code but no character; ``where`` is its line or place."""

    code: int
    char: str
    mj: str
    evidence: str
    where: str


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One row that cannot be taken: the code as written, and why."""

    code: str
    reason: str
    where: str


@dataclass(frozen=True, slots=True)
class IncomingTable:
    """A table as its file says it, before anything in force is looked at; codes occur once."""

    name: str
    rows: tuple[IncomingRow, ...]
    refused: tuple[RefusedRow, ...] = ()


def read_file(path: Path) -> bytes:
    """The bytes of a file that a person named.

    Raises:
        DefinitionError: There is no such file.
    """
    if not path.is_file():
        raise DefinitionError(str(path), expected="a file", found="none", todo="Correct its path")
    return path.read_bytes()


def read_utf8(path: Path) -> str:
    """The text of a UTF-8 file, with or without byte order mark.

    Raises:
        DefinitionError: There is no such file.
        UnreadableFile: It is not UTF-8.
    """
    try:
        return read_file(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path}: byte {error.start}", expected="UTF-8", todo="Save it as UTF-8") from None


def host_code(text: str) -> int | None:
    """A two-byte code as tables write it: ``41A5``, ``0x41A5``, ``0X41A5``, ``x'41A5'``; None for anything else."""
    digits = text.strip().lower().removeprefix("0x").removeprefix("x").strip("'\"h")
    if len(digits) != 4 or any(digit not in "0123456789abcdef" for digit in digits):
        return None
    return int(digits, 16)


def read_target(text: str) -> tuple[str, str]:
    """(character, MJ or GJ name) of a target: ``MJ025760``, ``GJ000138``, ``U+8FBB_E0102``, ``8FBB`` or the character.

    An empty text gives two empty ones: undecided.

    Raises:
        ValueError: It is none of them; the message says what is wrong with it.

    >>> read_target("MJ025761"), read_target("U+845B")
    (('辻', 'MJ025761'), ('葛', 'MJ022336'))
    """
    text = text.strip()
    names = load_mj_names()
    if not text:
        return "", ""
    if _NAME.fullmatch(text):
        name = text.upper()
        if name in names.without_code:
            raise ValueError(f"{name} has no code point")
        char = names.text_of(name)
        if char is None:
            raise ValueError(f"{name} is not in the table of names")
        return char, name
    char = text
    if found := _CODE_POINTS.fullmatch(text):
        points = [int(digits, 16) for digits in found.groups() if digits]
        if any(point > 0x10FFFF or 0xD800 <= point < 0xE000 for point in points):
            raise ValueError(f"{text} is no character")
        char = "".join(map(chr, points))
    if not is_one_character(char):
        raise ValueError(f"{len(char)} code points are not one character")
    if char == "\ufffd":
        raise ValueError("U+FFFD stands for a lost character")
    return char, names.name_of(char) or ""


def table_of(name: str, rows: list[IncomingRow], refused: list[RefusedRow]) -> IncomingTable:
    """A table whose codes occur once: a code that comes again with another character is refused altogether."""
    by_code: dict[int, list[IncomingRow]] = {}
    for row in rows:
        by_code.setdefault(row.code, []).append(row)
    kept, doubtful = [], list(refused)
    for code, same in sorted(by_code.items()):
        chars = {row.char for row in same if row.char}
        if len(chars) > 1:
            where = ", ".join(row.where for row in same)
            doubtful.append(RefusedRow(f"{code:04X}", f"{len(chars)} different characters for one code", where))
        else:
            kept.append(next((row for row in same if row.char), same[0]))
    return IncomingTable(name, tuple(kept), tuple(doubtful))
