"""Records → the bytes of a file: the inverse of framing, in every record format that puts something between records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from char_mapping.errors import DefinitionError
from layouts.records.framing import Framing

_LONGEST_BLOCK = 32_760
"""Bytes of a block with its BDW: the most that hosts write to disk and tape without large blocks."""


def framed(records: Iterable[bytes], framing: Framing) -> Iterator[bytes]:
    """The pieces of a file with these records, in order (``block_cutting.read_blocks`` cuts it again).

    Raises:
        DefinitionError: A record is longer than its header can state.
    """
    if framing.kind == "lines":
        for record in records:
            yield record + framing.newline
    elif framing.kind == "rdw":
        for record in records:
            yield _header(len(record), framing) + record
    elif framing.kind in ("bdw", "vbs"):
        block: list[bytes] = []
        for record in records:
            whole = _header(len(record), framing) + record
            if block and 4 + sum(map(len, block)) + len(whole) > _LONGEST_BLOCK:
                yield _block(b"".join(block), framing)
                block = []
            block.append(whole)
        if block:
            yield _block(b"".join(block), framing)
    else:
        yield from records


def _header(length: int, framing: Framing) -> bytes:
    stated = length - framing.adjustment + (framing.header_bytes if framing.includes_header else 0)
    behind = framing.header_bytes - framing.length_at - framing.length_bytes
    return bytes(framing.length_at) + _number(stated, framing.length_bytes, framing.endian) + bytes(behind)


def _block(data: bytes, framing: Framing) -> bytes:
    stated = len(data) - framing.block_adjustment + (4 if framing.block_includes_header else 0)
    endian = framing.block_endian or framing.endian
    if endian == "big" and stated >= 1 << 15:
        return (stated | 1 << 31).to_bytes(4, "big") + data
    at = framing.length_at
    return bytes(at) + _number(stated, 2, endian) + bytes(2 - at) + data


def _number(stated: int, size: int, endian: str) -> bytes:
    try:
        return stated.to_bytes(size, "big" if endian == "big" else "little")
    except OverflowError:
        raise DefinitionError(
            "record length", expected=f"a length of {size} bytes", found=str(stated),
            todo="Correct length_adjustment or the size of the header.",
        ) from None
