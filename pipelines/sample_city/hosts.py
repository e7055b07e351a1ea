"""The hosts the sample city can come from, and fast encoders for whole columns of their records.

Every encoder takes one column and returns a matrix of bytes, one row a record. Text columns are numpy ``U`` arrays; the
user-defined characters stand in them as U+E000, U+E001 … (one for each row of ``gaiji_characters.csv``), because the
code that stands for a glyph is another one in the other ward.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from char_mapping.code_systems import CodeSystem, load_code_system
from char_mapping.definitions import load_permutation
from char_mapping.errors import DefinitionError

Bytes = NDArray[np.uint8]
Text = NDArray[np.str_]
Numbers = NDArray[np.int64]

HERE = Path(__file__).parent
GAIJI_BASE = 0xE000


@dataclass(frozen=True, slots=True)
class Host:
    """One machine: its code system, the zone of a decimal digit, and a two-byte code its table leaves undefined."""

    id: str
    profile: str
    label: str
    zone: int
    undefined_code: str
    dialect: str


HOSTS = {
    "jef": Host("jef", "jef-kana", "富士通 JEF（EBCDICカナ）", 0xF0, "41A1", "fujitsu"),
    "keis": Host("keis", "keis83", "日立 KEIS83（EBCDIK）", 0xF0, "59A1", "hitachi"),
    "jips": Host("jips", "jips-e", "日本電気 JIPS(E)", 0xF0, "A1A1", "nec"),
    "ibm": Host("ibm", "ibm930", "IBM CCSID 930", 0xF0, "FEFE", "ibm"),
    "cp932": Host("cp932", "cp932", "CP932", 0x30, "8540", "micro_focus"),
}
"""The machines by the name ``--host`` takes; ``undefined_code`` is written as the profile writes codes (JIPS(J))."""


def host_of(host_id: str) -> Host:
    """The host of that name.

    Raises:
        DefinitionError: No such host.
    """
    if host_id not in HOSTS:
        raise DefinitionError("--host", expected=f"one of {', '.join(HOSTS)}", found=host_id, todo="Choose one of them")
    return HOSTS[host_id]


@dataclass(frozen=True, slots=True)
class GaijiCharacter:
    """One user-defined glyph of the city: what it is once identified."""

    char: str
    mj: str
    identified_as: str


@cache
def gaiji_characters() -> tuple[GaijiCharacter, ...]:
    """The user-defined glyphs of the city; the n-th stands in texts as U+E000 + n."""
    with (HERE / "gaiji_characters.csv").open(encoding="utf-8", newline="") as file:
        return tuple(GaijiCharacter(row["char"], row["mj"], row["class"]) for row in csv.DictReader(file))


GAIJI_ORDER = {"east": (0, 1, 2, 3, 4, 5, 6, 7), "west": (1, 0, 3, 2, 5, 4, 7, 6)}
"""Which glyph stands at the first, second … user-defined code of a ward: the same code is another glyph in each."""
UNDECIDED_PLACE = {"east": 8, "west": 9}
"""The user-defined code (counted from 0) that each ward's 外字対応表 leaves undecided."""
UNDECIDED = chr(GAIJI_BASE + 15)
"""Stands in texts for that undecided code."""


def canonical(text: str) -> str:
    """A text of the generator as it shall stand after identification: placeholders replaced by their characters."""
    if not any("\ue000" <= c <= "\uf8ff" for c in text):
        return text
    known = gaiji_characters()
    return "".join(
        known[ord(c) - GAIJI_BASE].char if GAIJI_BASE <= ord(c) < GAIJI_BASE + len(known) else c for c in text
    )


def user_codes(system: CodeSystem) -> list[int]:
    """The user-defined codes of a code system in the order of its user area, as they stand in a file."""
    return [code for code, _ in sorted(system.private_use.items(), key=lambda pair: pair[1])]


class Encoder:
    """Encodes the columns of one ward (or of a file that covers both) for one host."""

    def __init__(self, host: Host, ward: str) -> None:
        """``ward`` is a key of :data:`GAIJI_ORDER`."""
        self.host = host
        self.system = load_code_system(host.profile, glyph_policy="glyph")
        self._double = np.zeros(0x10000, np.uint16)
        for text, code in self.system.double_codes.items():
            if len(text) == 1 and ord(text) < 0x10000:
                self._double[ord(text)] = code
        self._double[0] = self.system.wide_blanks[0]
        codes = user_codes(self.system)
        for place, glyph in enumerate(GAIJI_ORDER[ward]):
            self._double[GAIJI_BASE + glyph] = codes[place]
        self._double[ord(UNDECIDED)] = codes[UNDECIDED_PLACE[ward]]
        self._single = np.zeros(0x10000, np.uint8)
        for text, byte in self.system.single_codes.items():
            if len(text) == 1 and ord(text) < 0x10000:
                self._single[ord(text)] = byte
        self._single[0] = self.system.blank

    @property
    def blank(self) -> int:
        """The half-width blank."""
        return self.system.blank

    @property
    def undefined_code(self) -> bytes:
        """A two-byte code no table of this host defines, as it stands in a file."""
        code = bytes.fromhex(self.host.undefined_code)
        if self.host.id == "jips":
            permuted = load_permutation(self.system.profile.permutation)
            code = bytes(permuted[b] for b in code)
        return code

    def double(self, column: Text, length: int) -> Bytes:
        """PIC N(``length``): two bytes a character, padded with full-width blanks.

        Raises:
            DefinitionError: A character the host cannot write.
        """
        points = _code_points(column, length)
        codes = self._double[points]
        if not codes.all():
            missing = sorted({f"U+{p:04X}" for p in points[codes == 0].tolist()})
            raise DefinitionError(
                f"sample city, host {self.host.id}",
                expected="characters the host can write",
                found=", ".join(missing[:5]),
                todo="Replace them in the name lists",
            )
        return codes.astype(">u2").view(np.uint8).reshape(len(column), length * 2)

    def single(self, column: Text, length: int) -> Bytes:
        """PIC X(``length``) of one-byte characters, padded with blanks.

        Raises:
            DefinitionError: A character the host cannot write in one byte.
        """
        points = _code_points(column, length)
        codes = self._single[points]
        bad = (codes == 0) & (points != 0)
        if bad.any():
            missing = sorted({f"U+{p:04X}" for p in points[bad].tolist()})
            raise DefinitionError(
                f"sample city, host {self.host.id}",
                expected="one-byte characters the host can write",
                found=", ".join(missing[:5]),
                todo="Replace them in the name lists",
            )
        return codes

    def mixed(self, column: Text, length: int) -> Bytes:
        """PIC X(``length``) holding full-width text between shift codes; an empty text is blank."""
        result = np.full((len(column), length), self.blank, np.uint8)
        lengths = np.strings.str_len(column)
        before = np.frombuffer(self.system.shift_in[0], np.uint8) if self.system.shift_in else np.zeros(0, np.uint8)
        after = np.frombuffer(self.system.shift_out[0], np.uint8) if self.system.shift_out else np.zeros(0, np.uint8)
        for count in np.unique(lengths).tolist():
            if count == 0:
                continue
            rows = np.flatnonzero(lengths == count)
            start = len(before)
            end = start + 2 * count
            result[rows, :start] = before
            result[rows[:, None], np.arange(start, end)] = self.double(column[rows], count)
            result[rows, end : end + len(after)] = after
        return result

    def zoned(self, column: Numbers, length: int) -> Bytes:
        """PIC 9(``length``) DISPLAY without sign."""
        return _digits(column, length) + np.uint8(self.host.zone)

    def packed(self, column: Numbers, digits: int) -> Bytes:
        """PIC 9(``digits``) COMP-3 with sign nibble F; digits // 2 + 1 bytes."""
        width = digits // 2 + 1
        nibbles = np.empty((len(column), width * 2), np.uint8)
        nibbles[:, :-1] = _digits(column, width * 2 - 1)
        nibbles[:, -1] = 0xF
        packed: Bytes = (nibbles[:, 0::2] * np.uint8(16)) | nibbles[:, 1::2]
        return packed

    def text(self, text: str, length: int, *, double: bool) -> bytes:
        """One cell, by the reference encoder (``double``: PIC N, else mixed); for what is planted by hand."""
        if double:
            return self.double(np.array([text]), length // 2).tobytes()
        return self.system.encode(text, "mixed", length=length)


def _code_points(column: Text, length: int) -> NDArray[np.uint32]:
    return np.ascontiguousarray(column.astype(f"<U{length}")).view(np.uint32).reshape(len(column), length)


def _digits(column: Numbers, length: int) -> Bytes:
    result = np.empty((len(column), length), np.uint8)
    rest = column.astype(np.int64)
    for place in range(length - 1, -1, -1):
        rest, digit = np.divmod(rest, 10)
        result[:, place] = digit
    return result
