"""One text to the bytes of a cell, in plain Python: the reference of the kernels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from char_mapping.errors import IkouError

if TYPE_CHECKING:
    from char_mapping.code_systems import CodeSystem, Kind


class UnencodableCharacter(IkouError):
    """A character that the code system cannot write; the message names the code points, not the text around them."""


def encode_cell(system: CodeSystem, text: str, kind: Kind, *, length: int | None = None) -> bytes:
    """What :meth:`CodeSystem.encode` does."""
    kind = system.effective_kind(kind)
    if system.is_unicode:
        data = text.encode(system.profile.structure)
    else:
        data = b"".join(_encoded(system, text, kind))
    return data if length is None else _padded(system, data, kind, length)


def _padded(system: CodeSystem, data: bytes, kind: Kind, length: int) -> bytes:
    if len(data) > length:
        raise UnencodableCharacter(f"a text of {len(data)} bytes in {system.id} does not fit into {length} bytes")
    missing = length - len(data)
    if system.is_unicode:
        blank = " ".encode(system.profile.structure)
        if missing % len(blank):
            raise UnencodableCharacter(f"a field of {length} bytes in {system.id} has an odd length")
        return data + blank * (missing // len(blank))
    if kind == "double":
        if missing % 2:
            raise UnencodableCharacter(f"a double-byte field of {length} bytes in {system.id} has an odd length")
        return data + system.wide_blanks[0].to_bytes(2, "big") * (missing // 2)
    return data + bytes([system.blank]) * missing


def _encoded(system: CodeSystem, text: str, kind: Kind) -> Iterator[bytes]:
    shifting, opened, position = system.profile.structure == "shift" and kind == "mixed", False, 0
    while position < len(text):
        one = text[position]
        byte = system.single_codes.get(one) if kind != "double" else None
        pair = text[position : position + 2]
        code = system.double_codes.get(pair) if kind != "single" and len(pair) == 2 else None
        if code is not None:
            position += 2
        else:
            position += 1
            code = system.double_codes.get(one) if kind != "single" and byte is None else None
        if code is not None:
            if shifting and not opened:
                opened = True
                yield system.shift_in[0]
            yield system.code_bytes(code)
        elif byte is not None:
            if shifting and opened:
                opened = False
                yield system.shift_out[0]
            yield bytes([byte])
        else:
            raise UnencodableCharacter(f"U+{ord(one):04X} has no code in {system.id} ({kind})")
    if opened:
        yield system.shift_out[0]
