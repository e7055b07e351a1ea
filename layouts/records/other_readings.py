"""Why a file does not fit its format, and which other readings its size and first bytes allow (FIL-001)."""

from __future__ import annotations

from collections.abc import Iterator

from char_mapping.errors import UnreadableFile
from layouts.records.framing import Framing, block_length_at, record_length_at
from layouts.records.received import ReceivedFile

_WALKED = 1000
_HEADERS = ((4, 0, 2), (4, 2, 2), (4, 0, 4), (2, 0, 2))
"""Headers tried for a file that does not fit: bytes of the header, where in it the length begins, bytes of the length.
Hosts write the first; transfer programs and PC compilers the others."""


def _chains_up(file: ReceivedFile, framing: Framing) -> bool:
    """Whether the first records of a file, or all, follow each other as records (or blocks) of this framing."""
    offset, head = 0, framing.header_bytes
    blocked = framing.kind == "bdw"
    for number in range(_WALKED):
        if offset == file.size:
            return number > 0
        end = file.size
        if blocked:
            block = block_length_at(file.read(4, offset), framing)
            end = offset + block
            if block <= 4 or end > file.size:
                return False
            offset += 4
        while offset < end:
            data = file.read(head, offset)
            length = record_length_at(data, framing) if len(data) == head else -1
            if length <= 0 or offset + head + length > end:
                return False
            offset += head + length
            if not blocked:
                break
    return True


def _length_readings(file: ReceivedFile) -> Iterator[str]:
    """Readings with a length before each record, and before each block, that hold for the first records."""
    found: set[tuple[int, ...]] = set()
    for kind in ("rdw", "bdw"):
        for header, at, size in _HEADERS if kind == "rdw" else _HEADERS[:2]:
            for endian in ("big", "little"):
                for includes in (True, False):
                    framing = Framing(
                        kind, endian=endian, includes_header=includes, header_bytes=header, length_at=at,
                        length_bytes=size,
                    )
                    if file.size <= header or not _chains_up(file, framing):
                        continue
                    # Leading zero bytes make one length look like several; the first way to write it is enough.
                    lengths = tuple(_first_lengths(file, framing))
                    if lengths in found:
                        continue
                    found.add(lengths)
                    counted = "counting" if includes else "not counting"
                    place = "" if (header, at, size) == _HEADERS[0] else f" in bytes {at + 1}–{at + size} of {header}"
                    blocks = "BDW and " if kind == "bdw" else ""
                    yield f"{blocks}RDW records ({endian}-endian{place}, length {counted} its own {header} bytes)"


def _first_lengths(file: ReceivedFile, framing: Framing) -> Iterator[int]:
    yield framing.header_bytes
    offset = 4 if framing.kind == "bdw" else 0
    for _ in range(3):
        head = file.read(framing.header_bytes, offset)
        if len(head) < framing.header_bytes:
            return
        yield record_length_at(head, framing)
        offset += framing.header_bytes + record_length_at(head, framing)


def possible_readings(file: ReceivedFile, record_length: int) -> list[str]:
    """Readings of a file that its size and first bytes allow, for the message when the declared one does not fit."""
    size = file.size
    found: list[str] = []
    if record_length and size % record_length:
        whole, rest = divmod(size, record_length)
        found.append(f"{whole} records of {record_length} bytes and {rest} trailing bytes")
    for extra, label in ((1, "a line end of 1 byte"), (2, "a line end of 2 bytes"), (4, "an RDW of 4 bytes")):
        if record_length and size % (record_length + extra) == 0:
            found.append(f"{size // (record_length + extra)} records of {record_length} bytes, each with {label}")
    near = [k for k in range(max(record_length - 64, 1), record_length + 65) if k != record_length and size % k == 0]
    near.sort(key=lambda k: abs(k - record_length))
    found.extend(f"{size // k} records of {k} bytes" for k in near[:4])
    found.extend(_length_readings(file))
    return found


def does_not_fit(file: ReceivedFile, record_length: int) -> UnreadableFile:
    """The length before a record (or block: ``kind``) at ``offset`` is none; ``record`` is 0-based."""
    """The size is no multiple of the record length."""
    readings = "; ".join(possible_readings(file, record_length)) or "none"
    return UnreadableFile(
        file.name, expected=f"a multiple of the record length {record_length}",
        found=f"{file.size} bytes (remainder {file.size % record_length}); readings that fit: {readings}",
        todo="Receive the file again, or correct the format in source.yml (FIL-001).",
    )


def bad_length(file: ReceivedFile, kind: str, offset: int, record: int, length: int) -> UnreadableFile:
    """The length before a record (or block: ``kind``) at ``offset`` is none; ``record`` is 0-based."""
    readings = "; ".join(possible_readings(file, 0)) or "none"
    return UnreadableFile(
        f"{file.name} record {record + 1} byte {offset}", expected=f"a valid {kind}",
        found=f"length {length}; readings that fit: {readings}",
        todo="Correct endian or length_includes_header in source.yml, or receive the file again (FIL-001).",
    )
