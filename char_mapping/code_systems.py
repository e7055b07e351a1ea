"""Code systems: bytes of a host ↔ the one canonical form (Unicode with variation selectors).

This module is the reference: plain Python, cell by cell. :mod:`char_mapping.kernels` decodes and encodes whole
columns with the same tables and must agree with it byte for byte.

The canonical form of the wave dash family is one for every code system (``SIX_SYMBOLS``): the full-width reading
U+FF5E, U+2225, U+FF0D, U+FFE0, U+FFE1, U+FFE2 (and U+2015 for the dash). It keeps the width of what the host stored
in two bytes, so that a full-width ￡ never becomes the half-width £ of an EBCDIC page, and a full-width minus equals
a widened hyphen. What a table said before stays countable: :meth:`CodeSystem.unified_codes` names the codes, the
histogram of source codes counts them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntFlag
from functools import cache, cached_property
from typing import Literal

from char_mapping.definitions import load_jis78, load_permutation, load_table
from char_mapping.errors import DefinitionError, IkouError
from char_mapping.gaiji import GaijiTable
from char_mapping.profiles import Newline, Profile, load_profile

Kind = Literal["single", "double", "mixed"]
GlyphPolicy = Literal["glyph", "area"]
SymbolPolicy = Literal["fullwidth", "jis", "table"]
UserAreaPolicy = Literal["gaiji", "private_use"]
BlankPairPolicy = Literal["wide", "two_half"]

# JIS reading → full-width reading (MOJ-011, MOJ-012): the six symbols of cleansing.md §8.2 and the dash of 1-1-29.
SIX_SYMBOLS: Mapping[str, str] = {
    "\u301c": "\uff5e", "\u2016": "\u2225", "\u2212": "\uff0d", "\u00a2": "\uffe0", "\u00a3": "\uffe1",
    "\u00ac": "\uffe2", "\u2014": "\u2015",
}

FAULT_NAMES = (
    "undefined_code", "undecided_gaiji", "shift_unbalanced", "odd_kanji_run", "control_character", "glyph_undecided",
    "low_value", "high_value",
)
UNDEFINED, UNDECIDED_GAIJI, SHIFT, ODD, CONTROL, GLYPH, LOW, HIGH = range(len(FAULT_NAMES))


class CellState(IntFlag):
    """What one cell was besides its text; the bits of ``TextColumn.state``."""

    BLANK = 1
    LOW_VALUE = 2
    HIGH_VALUE = 4
    TRIMMED = 8
    FAULT = 16
    CONTROL = 32
    GLYPH_UNDECIDED = 64
    WIDE_BLANK = 128


_NO_STATE = CellState(0)


class UnencodableCharacter(IkouError):
    """A character that the code system cannot write; the message names the code points, not the text around them."""


@dataclass(frozen=True, slots=True)
class CharFault:
    """One thing wrong in a cell: ``offset`` (0-based) and ``length`` in bytes in the cell, ``code`` as hexadecimal."""

    fault: str
    offset: int
    length: int
    code: str


@dataclass(frozen=True, slots=True)
class Decoded:
    """A cell in plain Python: text without trailing blanks, ``{F0A1}`` where a code does not decode, faults, state."""

    text: str
    faults: tuple[CharFault, ...] = ()
    state: CellState = _NO_STATE


@dataclass(frozen=True, repr=False)
class CodeSystem:
    """One code system with the settings of one source. Build it with :func:`load_code_system`.

    ``single`` holds the 256 cells of the one-byte page (None = undefined), ``double`` code → characters of what is
    defined, ``undecided`` user-defined code → private-use code point while no 外字対応表 decides it, ``glyph_pairs``
    code → (glyph reading, area reading) where JIS78 and JIS83 differ, ``held`` the codes no policy decides yet. Codes
    are as they stand in the file.
    """

    id: str
    label: str
    profile: Profile
    glyph_policy: GlyphPolicy | None
    gaiji: GaijiTable | None
    single: tuple[str | None, ...]
    double: Mapping[int, str]
    undecided: Mapping[int, int]
    private_use: Mapping[int, int]
    glyph_pairs: Mapping[int, tuple[str, str]]
    held: frozenset[int]
    table_readings: Mapping[int, str]
    shift_in: tuple[bytes, ...]
    shift_out: tuple[bytes, ...]
    blank: int
    wide_blanks: tuple[int, ...]
    leads: frozenset[int]
    symbols: Mapping[str, str] = field(default_factory=dict)
    overrides: GaijiTable | None = None

    def __repr__(self) -> str:
        return f"CodeSystem({self.id}, glyph_policy={self.glyph_policy}, gaiji={self.gaiji and self.gaiji.name})"

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of fields this system can hold; ``mixed`` means "as the bytes describe themselves"."""
        match self.profile.structure:
            case "single":
                return ("single", "mixed")
            case "double":
                return ("double",)
            case "utf-8" | "utf-16be" | "utf-16le" | "utf-32be" | "utf-32le":
                return ("mixed",)
            case "euc":
                return ("single", "mixed")
            case _:
                return ("single", "double", "mixed")

    @property
    def is_unicode(self) -> bool:
        """UTF-8, UTF-16 or UTF-32: codes are code points, there are no tables."""
        return self.profile.structure.startswith("utf")

    @property
    def lowest_trail(self) -> int:
        """The lowest byte that can end a pair of a system with lead bytes."""
        return 0xA1 if self.profile.structure == "euc" else 0x40

    def can_stand(self, code: int) -> bool:
        """Whether a two-byte code can be written in this system at all; only then a city's table may decide it."""
        high, low = code >> 8, code & 0xFF
        match self.profile.structure:
            case "single":
                return False
            case "lead":
                return high in self.leads and low >= self.lowest_trail and low not in (0x7F, 0xFF)
            case "euc":
                return low >= 0x21 and (high in self.leads or 0x21 <= high <= 0x7E)
            case _:
                return self.is_unicode or (0x20 < high < 0xFF and 0x20 < low < 0xFF)

    def readings(self, code: int) -> tuple[str, str] | None:
        """(字形重視, 領域重視) of a code whose JIS78 glyph differs; None where both policies read the same."""
        return self.glyph_pairs.get(code)

    def unified_codes(self) -> dict[int, tuple[str, str]]:
        """Code → (what its table says, the canonical form) for the wave dash family (MOJ-011, MOJ-012)."""
        if self.is_unicode:
            return {ord(text): (text, form) for text, form in self.symbols.items() if text >= "\u0800"}
        return {
            code: (text, self.double[code])
            for code, text in self.table_readings.items()
            if text in self.symbols and self.double.get(code) == self.symbols[text]
        }

    def explained_by(self, code: int) -> str:
        """What says how a two-byte code reads: a table, a decision of the ledger, a policy; "" where nothing does."""
        if self.overrides is not None and self.overrides.decided().get(code):
            row = self.overrides.decisions[code]
            return f"判断 {row.evidence}" if not row.line else f"上書き表 {self.overrides.name}:{row.line}"
        if self.gaiji is not None and code in self.gaiji.decisions and self.gaiji.decisions[code].char:
            return f"外字対応表 {self.gaiji.name}:{self.gaiji.decisions[code].line}"
        if code in self.held:
            return ""
        if code in self.glyph_pairs:
            return f"文字コード表 {self.id}（{'字形重視' if self.glyph_policy == 'glyph' else '領域重視'}）"
        if code in self.double or self.is_unicode:
            return f"文字コード表 {self.id}" if code not in self.undecided else ""
        return ""

    def one_way_codes(self) -> dict[int, int]:
        """Code → the other code that is written for the same characters (MOJ-010): such a code does not come back."""
        return {
            code: self.double_codes[text]
            for code, text in self.double.items()
            if code not in self.held and self.double_codes.get(text, code) != code
        }

    def effective_kind(self, kind: Kind) -> Kind:
        """The kind that the bytes are read by.

        UTF-8 and UTF-16 are always self-describing; a page without double bytes reads mixed as single, a pure double
        set only as double.

        Raises:
            DefinitionError: The system cannot hold such a field.
        """
        structure = self.profile.structure
        if self.is_unicode:
            return "mixed"
        if structure == "single" and kind == "mixed":
            return "single"
        if kind not in self.kinds:
            raise DefinitionError(
                f"code system {self.id}", expected=f"a field of kind {' or '.join(self.kinds)}", found=kind,
                todo="Choose the code system that has both pages, or correct the item",
            )
        return kind

    # --- decoding

    def decode(self, data: bytes, kind: Kind) -> Decoded:
        """Decode one cell.

        Raises:
            DefinitionError: The system has no fields of this kind.
        """
        kind = self.effective_kind(kind)
        if not data:
            return Decoded("", (), CellState.BLANK)
        if data.count(0) == len(data):
            return Decoded("", (), CellState.LOW_VALUE)
        if data.count(0xFF) == len(data):
            return Decoded("", (), CellState.HIGH_VALUE)
        parts: list[str] = []
        faults: list[CharFault] = []
        for text, fault, offset, length in self._events(data, kind):
            if text is not None:
                parts.append(text)
            if fault is not None:
                code = data[offset : offset + length].hex().upper()
                faults.append(CharFault(FAULT_NAMES[fault], offset, length, code))
                if text is None:
                    parts.append(f"{{{code}}}")
        return _finish("".join(parts), tuple(faults))

    def _events(self, data: bytes, kind: Kind) -> Iterator[tuple[str | None, int | None, int, int]]:
        """(text or None, fault or None, offset, length) of the pieces of a cell; text None is undecodable."""
        if self.profile.structure == "utf-8":
            yield from self._utf8_events(data)
        elif self.profile.structure.startswith("utf-32"):
            yield from self._utf32_events(data)
        elif self.is_unicode:
            yield from self._utf16_events(data)
        elif kind == "single":
            for offset, byte in enumerate(data):
                yield self._single_event(byte, offset)
        elif kind == "double":
            yield from self._double_events(data)
        elif self.leads:
            yield from self._lead_events(data)
        else:
            yield from self._shift_events(data)

    def _single_event(self, byte: int, offset: int) -> tuple[str | None, int | None, int, int]:
        if byte == 0x00:
            return None, LOW, offset, 1
        if byte == 0xFF:
            return None, HIGH, offset, 1
        text = self.single[byte]
        if text is None:
            return None, UNDEFINED, offset, 1
        return text, CONTROL if is_control(text) else None, offset, 1

    def _double_event(self, code: int, offset: int) -> tuple[str | None, int | None, int, int]:
        if code in self.held:
            return None, GLYPH, offset, 2
        text = self.double.get(code)
        if text is not None:
            return text, None, offset, 2
        if code in self.undecided:
            return None, UNDECIDED_GAIJI, offset, 2
        if code in (0x0000, 0xFFFF):
            return None, LOW if code == 0 else HIGH, offset, 2
        return None, UNDEFINED, offset, 2

    def _double_events(self, data: bytes) -> Iterator[tuple[str | None, int | None, int, int]]:
        for offset in range(0, len(data) - 1, 2):
            yield self._double_event(data[offset] << 8 | data[offset + 1], offset)
        if len(data) % 2:
            yield None, ODD, len(data) - 1, 1

    def _lead_events(self, data: bytes) -> Iterator[tuple[str | None, int | None, int, int]]:
        offset = 0
        while offset < len(data):
            byte = data[offset]
            if byte not in self.leads:
                event = self._single_event(byte, offset)
            elif byte == 0x8F and self.profile.structure == "euc":
                event = self._triple_event(data, offset)
            elif offset + 1 == len(data):
                event = (None, ODD, offset, 1)
            else:
                event = self._double_event(byte << 8 | data[offset + 1], offset)
                # This byte can never end a pair: the pair was cut, the byte stands for itself.
                if event[1] == UNDEFINED and data[offset + 1] < self.lowest_trail:
                    event = (None, ODD, offset, 1)
            yield event
            offset += event[3]

    def _triple_event(self, data: bytes, offset: int) -> tuple[str | None, int | None, int, int]:
        cell = data[offset + 1 : offset + 3]
        if len(cell) < 2 or min(cell) < self.lowest_trail:
            return None, ODD, offset, 1
        text, fault, _, _ = self._double_event((cell[0] & 0x7F) << 8 | cell[1] & 0x7F, offset)
        return text, fault, offset, 3

    def _shift_events(self, data: bytes) -> Iterator[tuple[str | None, int | None, int, int]]:
        offset, opened = 0, -1
        while offset < len(data):
            shift_in = _starts(data, offset, self.shift_in)
            shift_out = _starts(data, offset, self.shift_out)
            if opened < 0 and shift_in:
                opened = offset
                offset += shift_in
            elif opened >= 0 and shift_out:
                opened = -1
                offset += shift_out
            elif shift_in:
                if "in" not in self.profile.idle_shifts:
                    yield None, SHIFT, offset, shift_in
                offset += shift_in
            elif opened < 0 and shift_out:
                if "out" not in self.profile.idle_shifts:
                    yield None, SHIFT, offset, shift_out
                offset += shift_out
            elif opened < 0:
                yield self._single_event(data[offset], offset)
                offset += 1
            elif offset + 1 == len(data):
                yield None, ODD, offset, 1
                offset += 1
            else:
                event = self._double_event(data[offset] << 8 | data[offset + 1], offset)
                # The second byte of an undefined pair that begins the shift-out: a byte is missing, the run is odd.
                if event[1] == UNDEFINED and _starts(data, offset + 1, self.shift_out):
                    event = (None, ODD, offset, 1)
                yield event
                offset += event[3]
        if opened >= 0:
            yield "", SHIFT, opened, _starts(data, opened, self.shift_in)

    def _utf8_events(self, data: bytes) -> Iterator[tuple[str | None, int | None, int, int]]:
        offset = 0
        while offset < len(data):
            length = _utf8_length(data, offset)
            if length == 0:
                bad = 1
                while offset + bad < len(data) and 0x80 <= data[offset + bad] < 0xC0 and bad < 4:
                    bad += 1
                yield None, HIGH if data[offset] == 0xFF else UNDEFINED, offset, bad
                offset += bad
                continue
            yield self._unicode_event(data[offset : offset + length].decode("utf-8"), offset, length)
            offset += length

    def _utf16_events(self, data: bytes) -> Iterator[tuple[str | None, int | None, int, int]]:
        order: Literal["big", "little"] = "big" if self.profile.structure == "utf-16be" else "little"
        units = [int.from_bytes(data[i : i + 2], order) for i in range(0, len(data) - 1, 2)]
        place = 0
        while place < len(units):
            unit, offset = units[place], 2 * place
            low = units[place + 1] if place + 1 < len(units) else 0
            if 0xD800 <= unit < 0xDC00 <= low < 0xE000:
                yield self._unicode_event(chr(0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF)), offset, 4)
                place += 2
                continue
            if unit == 0xFFFF:
                yield None, HIGH, offset, 2
            elif 0xD800 <= unit < 0xE000:
                yield None, UNDEFINED, offset, 2
            else:
                yield self._unicode_event(chr(unit), offset, 2)
            place += 1
        if len(data) % 2:
            yield None, ODD, len(data) - 1, 1

    def _utf32_events(self, data: bytes) -> Iterator[tuple[str | None, int | None, int, int]]:
        order: Literal["big", "little"] = "big" if self.profile.structure == "utf-32be" else "little"
        whole = len(data) - len(data) % 4
        for offset in range(0, whole, 4):
            point = int.from_bytes(data[offset : offset + 4], order)
            if point > 0x10FFFF or 0xD800 <= point < 0xE000:
                yield None, HIGH if point == 0xFFFFFFFF else UNDEFINED, offset, 4
            else:
                yield self._unicode_event(chr(point), offset, 4)
        if whole < len(data):
            yield None, ODD, whole, len(data) - whole

    def _unicode_event(self, char: str, offset: int, length: int) -> tuple[str | None, int | None, int, int]:
        char = self.symbols.get(char, char) if char >= "\u0800" else char
        if char == "\0":
            return None, LOW, offset, length
        if ord(char) in self.double:
            return self.double[ord(char)], None, offset, length
        if ord(char) in self.undecided:
            return None, UNDECIDED_GAIJI, offset, length
        return char, CONTROL if is_control(char) else None, offset, length

    # --- encoding

    @cached_property
    def single_codes(self) -> Mapping[str, int]:
        """Character → byte of the one-byte page."""
        codes: dict[str, int] = {}
        for byte, text in enumerate(self.single):
            if text is not None:
                codes.setdefault(text, byte)
        return codes

    @cached_property
    def double_codes(self) -> Mapping[str, int]:
        """Characters → code that is written for them: standard codes first, then user-defined ones."""
        blanks = [code for code in self.wide_blanks if self.double[code] == "\u3000"]
        codes: dict[str, int] = {"\u3000": blanks[0]} if blanks else {}
        last = self.profile.write_last or (1, 0)
        user = set(self.private_use)
        ordered = sorted(self.double, key=lambda code: (code in user, last[0] <= code <= last[1], code))
        for code in ordered:
            if code not in self.held and self.double[code] != "  ":
                codes.setdefault(self.double[code], code)
        for code, private_use in self.private_use.items():
            codes.setdefault(chr(private_use), code)
        for source, canonical in self.symbols.items():
            if canonical in codes:
                codes.setdefault(source, codes[canonical])
        return codes

    def encode(self, text: str, kind: Kind, *, length: int | None = None) -> bytes:
        """Encode a text, padded with the profile's blank to ``length`` bytes when given.

        Private-use characters go to their user-defined code; both readings of the six symbols go to the one code.

        Raises:
            UnencodableCharacter: A character has no code, or the bytes do not fit into ``length``.
            DefinitionError: The system has no fields of this kind.
        """
        kind = self.effective_kind(kind)
        if self.is_unicode:
            data = text.encode(self.profile.structure)
        else:
            data = b"".join(self._encoded(text, kind))
        return data if length is None else self._padded(data, kind, length)

    def _padded(self, data: bytes, kind: Kind, length: int) -> bytes:
        if len(data) > length:
            raise UnencodableCharacter(f"a text of {len(data)} bytes in {self.id} does not fit into {length} bytes")
        missing = length - len(data)
        if self.is_unicode:
            blank = " ".encode(self.profile.structure)
            if missing % len(blank):
                raise UnencodableCharacter(f"a field of {length} bytes in {self.id} has an odd length")
            return data + blank * (missing // len(blank))
        if kind == "double":
            if missing % 2:
                raise UnencodableCharacter(f"a double-byte field of {length} bytes in {self.id} has an odd length")
            return data + self.wide_blanks[0].to_bytes(2, "big") * (missing // 2)
        return data + bytes([self.blank]) * missing

    def code_bytes(self, code: int) -> bytes:
        """A code of ``double`` as it stands in a file; EUC writes its second plane (7-bit codes) after 8F."""
        if self.profile.structure == "euc" and code < 0x8000:
            return b"\x8f" + (code | 0x8080).to_bytes(2, "big")
        return code.to_bytes(2, "big")

    def _encoded(self, text: str, kind: Kind) -> Iterator[bytes]:
        shifting, opened, position = self.profile.structure == "shift" and kind == "mixed", False, 0
        while position < len(text):
            one = text[position]
            byte = self.single_codes.get(one) if kind != "double" else None
            pair = text[position : position + 2]
            code = self.double_codes.get(pair) if kind != "single" and len(pair) == 2 else None
            if code is not None:
                position += 2
            else:
                position += 1
                code = self.double_codes.get(one) if kind != "single" and byte is None else None
            if code is not None:
                if shifting and not opened:
                    opened = True
                    yield self.shift_in[0]
                yield self.code_bytes(code)
            elif byte is not None:
                if shifting and opened:
                    opened = False
                    yield self.shift_out[0]
                yield bytes([byte])
            else:
                raise UnencodableCharacter(f"U+{ord(one):04X} has no code in {self.id} ({kind})")
        if opened:
            yield self.shift_out[0]


def is_control(text: str) -> bool:
    """A C0 or C1 control character or DEL."""
    return len(text) == 1 and (text < " " or "\x7f" <= text <= "\x9f")


def _starts(data: bytes, offset: int, codes: tuple[bytes, ...]) -> int:
    """Length of the first of ``codes`` that stands at ``offset``, 0 when none does."""
    return next((len(code) for code in codes if data.startswith(code, offset)), 0)


def _utf8_length(data: bytes, offset: int) -> int:
    """Length of the well-formed UTF-8 sequence at ``offset``, 0 when there is none (surrogates are not well formed)."""
    first = data[offset]
    length = 1 if first < 0x80 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    if 0x80 <= first < 0xC2 or offset + length > len(data):
        return 0
    try:
        data[offset : offset + length].decode("utf-8")
    except UnicodeDecodeError:
        return 0
    return length


def _finish(text: str, faults: tuple[CharFault, ...]) -> Decoded:
    """Cut trailing blanks and set the state bits of a cell."""
    state = CellState(0)
    for fault in faults:
        if fault.fault == "control_character":
            state |= CellState.CONTROL
        elif fault.fault == "glyph_undecided":
            state |= CellState.GLYPH_UNDECIDED
        else:
            state |= CellState.FAULT
    cut = text.rstrip(" \u3000")
    if state & (CellState.FAULT | CellState.GLYPH_UNDECIDED):
        return Decoded(cut, faults, state)
    if not cut:
        state |= CellState.BLANK
        if "\u3000" in text:
            state |= CellState.WIDE_BLANK
    elif len(cut) < len(text):
        state |= CellState.TRIMMED
    return Decoded(cut, faults, state)


# --- building -------------------------------------------------------------------------------------------------------


@cache
def _page(name: str, newline: Newline) -> tuple[str | None, ...]:
    if not name:
        return (None,) * 256
    cells = load_table(f"page_{name}")
    page = [cells.get(byte) for byte in range(256)]
    if newline == "lf":
        # Hosts end a line with 15 where IBM's tables read NEL; 25 is IBM's LF and takes the place of NEL.
        page = ["\n" if text == "\x85" else "\x85" if text == "\n" else text for text in page]
    return tuple(page)


def load_code_system(
    profile_id: str,
    *,
    glyph_policy: GlyphPolicy | None = None,
    gaiji: GaijiTable | None = None,
    single_page: str | None = None,
    six_symbols: SymbolPolicy = "fullwidth",
    user_area: UserAreaPolicy = "gaiji",
    newline: Newline | None = None,
    blank_pair: BlankPairPolicy = "wide",
    overrides: GaijiTable | None = None,
) -> CodeSystem:
    """A code system with the settings of one source; the same settings give the same object.

    Args:
        profile_id: Name of a profile file (:func:`char_mapping.profiles.list_profiles`).
        glyph_policy: ``glyph`` (字形重視: JIS78 forms), ``area`` (領域重視: the code decides) or None: the codes that
            differ are held as ``glyph_undecided``. Without meaning where the profile has no JIS78 codes.
        gaiji: 外字対応表 of the source; it may decide user-defined codes and codes the profile leaves undefined.
        single_page: Another one-byte page than the profile's (``fujitsu_lower``, ``hitachi_ebcdic`` …).
        six_symbols: Canonical form of the wave dash family: ``fullwidth`` (default for every source), ``jis``, or
            ``table``.
        user_area: ``gaiji``: a user-defined code without decision is a fault; ``private_use``: it becomes its
            private-use character.
        newline: ``nel`` reads EBCDIC 15 as U+0085 and 25 as U+000A, ``lf`` the other way round; None: the profile's.
        blank_pair: What two half-width blank bytes are where a pair is expected (KEIS 4040): one full-width blank, or
            two half-width ones.
        overrides: The city's own table; its rows win over every other table.

    Raises:
        DefinitionError: Unknown profile, or a 外字対応表 that gives another character to a code the standard table
            defines.
    """
    key = (
        profile_id, glyph_policy, single_page, six_symbols, user_area, newline, blank_pair, _frozen(gaiji),
        _frozen(overrides),
    )
    with _BUILDING:
        if key in _BUILT:
            return _BUILT[key]
        _BUILT[key] = _build(
            load_profile(profile_id), glyph_policy, gaiji, single_page, six_symbols, user_area, newline, blank_pair,
            overrides,
        )
        return _BUILT[key]


_BUILT: dict[tuple[object, ...], CodeSystem] = {}
_BUILDING = threading.Lock()


def _frozen(table: GaijiTable | None) -> object:
    return None if table is None else (table.name, tuple(sorted(table.decided().items())))


def _build(
    profile: Profile,
    glyph_policy: GlyphPolicy | None,
    gaiji: GaijiTable | None,
    single_page: str | None,
    six_symbols: SymbolPolicy,
    user_area: UserAreaPolicy,
    newline: Newline | None,
    blank_pair: BlankPairPolicy,
    overrides: GaijiTable | None,
) -> CodeSystem:
    permuted = _permuted(profile)

    def place(code: int) -> int:
        return permuted[code >> 8] << 8 | permuted[code & 0xFF]

    pairs = {place(jis): pair for jis, pair in _glyph_pairs(profile).items()}
    symbols = _symbols(six_symbols)
    readings = {place(code): text for code, text in _table_cells(profile).items()}
    double = {code: symbols.get(text, text) for code, text in readings.items()}
    if glyph_policy is not None:
        double.update({code: pair[glyph_policy == "area"] for code, pair in pairs.items()})
    wide_blanks = tuple(place(code) for code in profile.wide_blank)
    double.update(dict.fromkeys(wide_blanks, "\u3000"))
    if blank_pair == "two_half":
        double.update({code: "  " for code in wide_blanks if code == permuted[profile.blank] * 0x101})
    private_use = {place(code): point for area in profile.user_area for code, point in area.codes().items()}
    if profile.structure.startswith("utf"):
        private_use = {code: code for code in range(0xE000, 0xF900)}
    decided = _decided(profile, gaiji, double, private_use)
    double.update(decided)
    undecided = {code: point for code, point in private_use.items() if code not in double}
    if user_area == "private_use":
        double.update({code: chr(point) for code, point in undecided.items()})
        undecided = {}
    if overrides is not None:
        double.update(overrides.decided())
    own_codes = set(decided) | set(overrides.decided() if overrides else ())
    held = frozenset(pairs) - own_codes if glyph_policy is None else frozenset[int]()
    return CodeSystem(
        id=profile.id,
        label=profile.label,
        shift_in=tuple(bytes(permuted[byte] for byte in shift) for shift in profile.shift_in),
        shift_out=tuple(bytes(permuted[byte] for byte in shift) for shift in profile.shift_out),
        profile=profile,
        glyph_policy=glyph_policy,
        gaiji=gaiji,
        single=_page(single_page or profile.single_page, newline or profile.newline),
        double=double,
        undecided=undecided,
        private_use=private_use,
        glyph_pairs=pairs,
        held=held,
        table_readings=readings,
        blank=permuted[profile.blank],
        wide_blanks=wide_blanks,
        leads=_leads(profile, (*readings, *private_use)),
        symbols=symbols,
        overrides=overrides,
    )


def _leads(profile: Profile, codes: Iterable[int]) -> frozenset[int]:
    """Bytes that begin a pair (or, 8F in EUC, a triple)."""
    match profile.structure:
        case "lead":
            return frozenset(code >> 8 for code in codes)
        case "euc":
            return frozenset(code >> 8 if code >= 0x8000 else 0x8F for code in codes)
        case _:
            return frozenset()


def _symbols(policy: SymbolPolicy) -> Mapping[str, str]:
    match policy:
        case "fullwidth":
            return SIX_SYMBOLS
        case "jis":
            return {canonical: source for source, canonical in SIX_SYMBOLS.items()}
        case "table":
            return {}


def _permuted(profile: Profile) -> tuple[int, ...]:
    return load_permutation(profile.permutation) if profile.permutation else tuple(range(256))


def _table_cells(profile: Profile) -> dict[int, str]:
    """Code → characters of the tables at their places, before the permutation; codes absent from JIS78 left out."""
    cells: dict[int, str] = {}
    for table in profile.tables:
        for code, text in load_table(table.name).items():
            if table.first_row <= code >> 8 <= table.last_row:
                cells[code + table.add] = text
    if profile.jis78 is not None:
        for form in load_jis78():
            row = form.code >> 8
            kept = profile.jis78_keeps is not None and profile.jis78_keeps[0] <= row <= profile.jis78_keeps[1]
            if form.kind == "absent" and not kept:
                cells.pop(form.code + profile.jis78, None)
    return cells


def _glyph_pairs(profile: Profile) -> dict[int, tuple[str, str]]:
    """Code → (JIS78 form, JIS90 form), before the permutation. Forms without a character of their own are the same."""
    if profile.jis78 is None:
        return {}
    return {form.code + profile.jis78: (form.jis78, form.jis90) for form in load_jis78() if form.jis78}


def _decided(
    profile: Profile, gaiji: GaijiTable | None, double: Mapping[int, str], private_use: Mapping[int, int]
) -> dict[int, str]:
    if gaiji is None:
        return {}
    for code, row in gaiji.decisions.items():
        if code in double and code not in private_use and row.char and row.char != double[code]:
            raise DefinitionError(
                f"{gaiji.name}:{row.line}", expected=f"a code that {profile.id} leaves to the user",
                found=f"{code:04X}, which the standard table defines",
                todo="Use overrides to go against the standard table",
            )
    return gaiji.decided()
