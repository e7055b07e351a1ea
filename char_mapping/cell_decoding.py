"""One cell of bytes to text, in plain Python: the reference that the kernels must agree with byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from char_mapping.cells import (
    CONTROL,
    FAULT_NAMES,
    GLYPH,
    HIGH,
    LOW,
    ODD,
    SHIFT,
    UNDECIDED_GAIJI,
    UNDEFINED,
    CellState,
    CharFault,
    Decoded,
    finished,
    is_control,
)

if TYPE_CHECKING:
    from char_mapping.code_systems import CodeSystem, Kind

_Event = tuple[str | None, int | None, int, int]
"""A piece of a cell: text or None (not decodable), fault or None, offset and length in bytes."""


def decode_cell(system: CodeSystem, data: bytes, kind: Kind) -> Decoded:
    """What :meth:`CodeSystem.decode` does."""
    kind = system.effective_kind(kind)
    if not data:
        return Decoded("", (), CellState.BLANK)
    if data.count(0) == len(data):
        return Decoded("", (), CellState.LOW_VALUE)
    if data.count(0xFF) == len(data):
        return Decoded("", (), CellState.HIGH_VALUE)
    parts: list[str] = []
    faults: list[CharFault] = []
    for text, fault, offset, length in _events(system, data, kind):
        if text is not None:
            parts.append(text)
        if fault is not None:
            code = data[offset : offset + length].hex().upper()
            faults.append(CharFault(FAULT_NAMES[fault], offset, length, code))
            if text is None:
                parts.append(f"{{{code}}}")
    return finished("".join(parts), tuple(faults))


def _events(system: CodeSystem, data: bytes, kind: Kind) -> Iterator[_Event]:
    """(text or None, fault or None, offset, length) of the pieces of a cell; text None is undecodable."""
    if system.profile.structure == "utf-8":
        yield from _utf8_events(system, data)
    elif system.profile.structure.startswith("utf-32"):
        yield from _utf32_events(system, data)
    elif system.is_unicode:
        yield from _utf16_events(system, data)
    elif kind == "single":
        for offset, byte in enumerate(data):
            yield _single_event(system, byte, offset)
    elif kind == "double":
        yield from _double_events(system, data)
    elif system.leads:
        yield from _lead_events(system, data)
    else:
        yield from _shift_events(system, data)


def _single_event(system: CodeSystem, byte: int, offset: int) -> _Event:
    if byte == 0x00:
        return None, LOW, offset, 1
    if byte == 0xFF:
        return None, HIGH, offset, 1
    text = system.single[byte]
    if text is None:
        return None, UNDEFINED, offset, 1
    return text, CONTROL if is_control(text) else None, offset, 1


def _double_event(system: CodeSystem, code: int, offset: int) -> _Event:
    if code in system.held:
        return None, GLYPH, offset, 2
    text = system.double.get(code)
    if text is not None:
        return text, None, offset, 2
    if code in system.undecided:
        return None, UNDECIDED_GAIJI, offset, 2
    if code in (0x0000, 0xFFFF):
        return None, LOW if code == 0 else HIGH, offset, 2
    return None, UNDEFINED, offset, 2


def _double_events(system: CodeSystem, data: bytes) -> Iterator[_Event]:
    for offset in range(0, len(data) - 1, 2):
        yield _double_event(system, data[offset] << 8 | data[offset + 1], offset)
    if len(data) % 2:
        yield None, ODD, len(data) - 1, 1


def _lead_events(system: CodeSystem, data: bytes) -> Iterator[_Event]:
    offset = 0
    while offset < len(data):
        byte = data[offset]
        if byte not in system.leads:
            event = _single_event(system, byte, offset)
        elif byte == 0x8F and system.profile.structure == "euc":
            event = _triple_event(system, data, offset)
        elif offset + 1 == len(data):
            event = (None, ODD, offset, 1)
        else:
            event = _double_event(system, byte << 8 | data[offset + 1], offset)
            # This byte can never end a pair: the pair was cut, the byte stands for itsystem.
            if event[1] == UNDEFINED and data[offset + 1] < system.lowest_trail:
                event = (None, ODD, offset, 1)
        yield event
        offset += event[3]


def _triple_event(system: CodeSystem, data: bytes, offset: int) -> _Event:
    cell = data[offset + 1 : offset + 3]
    if len(cell) < 2 or min(cell) < system.lowest_trail:
        return None, ODD, offset, 1
    text, fault, _, _ = _double_event(system, (cell[0] & 0x7F) << 8 | cell[1] & 0x7F, offset)
    return text, fault, offset, 3


def _shift_events(system: CodeSystem, data: bytes) -> Iterator[_Event]:
    offset, opened = 0, -1
    while offset < len(data):
        shift_in = _starts(data, offset, system.shift_in)
        shift_out = _starts(data, offset, system.shift_out)
        if opened < 0 and shift_in:
            opened = offset
            offset += shift_in
        elif opened >= 0 and shift_out:
            opened = -1
            offset += shift_out
        elif shift_in:
            if "in" not in system.profile.idle_shifts:
                yield None, SHIFT, offset, shift_in
            offset += shift_in
        elif opened < 0 and shift_out:
            if "out" not in system.profile.idle_shifts:
                yield None, SHIFT, offset, shift_out
            offset += shift_out
        elif opened < 0:
            yield _single_event(system, data[offset], offset)
            offset += 1
        elif offset + 1 == len(data):
            yield None, ODD, offset, 1
            offset += 1
        else:
            event = _double_event(system, data[offset] << 8 | data[offset + 1], offset)
            # The second byte of an undefined pair that begins the shift-out: a byte is missing, the run is odd.
            if event[1] == UNDEFINED and _starts(data, offset + 1, system.shift_out):
                event = (None, ODD, offset, 1)
            yield event
            offset += event[3]
    if opened >= 0:
        yield "", SHIFT, opened, _starts(data, opened, system.shift_in)


def _starts(data: bytes, offset: int, codes: tuple[bytes, ...]) -> int:
    """Length of the first of ``codes`` that stands at ``offset``, 0 when none does."""
    return next((len(code) for code in codes if data.startswith(code, offset)), 0)


def _utf8_events(system: CodeSystem, data: bytes) -> Iterator[_Event]:
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
        yield _unicode_event(system, data[offset : offset + length].decode("utf-8"), offset, length)
        offset += length


def _utf16_events(system: CodeSystem, data: bytes) -> Iterator[_Event]:
    order: Literal["big", "little"] = "big" if system.profile.structure == "utf-16be" else "little"
    units = [int.from_bytes(data[i : i + 2], order) for i in range(0, len(data) - 1, 2)]
    place = 0
    while place < len(units):
        unit, offset = units[place], 2 * place
        low = units[place + 1] if place + 1 < len(units) else 0
        if 0xD800 <= unit < 0xDC00 <= low < 0xE000:
            yield _unicode_event(system, chr(0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF)), offset, 4)
            place += 2
            continue
        if unit == 0xFFFF:
            yield None, HIGH, offset, 2
        elif 0xD800 <= unit < 0xE000:
            yield None, UNDEFINED, offset, 2
        else:
            yield _unicode_event(system, chr(unit), offset, 2)
        place += 1
    if len(data) % 2:
        yield None, ODD, len(data) - 1, 1


def _utf32_events(system: CodeSystem, data: bytes) -> Iterator[_Event]:
    order: Literal["big", "little"] = "big" if system.profile.structure == "utf-32be" else "little"
    whole = len(data) - len(data) % 4
    for offset in range(0, whole, 4):
        point = int.from_bytes(data[offset : offset + 4], order)
        if point > 0x10FFFF or 0xD800 <= point < 0xE000:
            yield None, HIGH if point == 0xFFFFFFFF else UNDEFINED, offset, 4
        else:
            yield _unicode_event(system, chr(point), offset, 4)
    if whole < len(data):
        yield None, ODD, whole, len(data) - whole


def _unicode_event(system: CodeSystem, char: str, offset: int, length: int) -> _Event:
    char = system.symbols.get(char, char) if char >= "\u0800" else char
    if char == "\0":
        return None, LOW, offset, length
    if ord(char) in system.double:
        return system.double[ord(char)], None, offset, length
    if ord(char) in system.undecided:
        return None, UNDECIDED_GAIJI, offset, length
    return char, CONTROL if is_control(char) else None, offset, length


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
