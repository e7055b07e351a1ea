"""Where records begin and end in a file: fixed, RDW, BDW+RDW, spanned, text lines; read with pread, a block at a time.

Offsets are bytes from the start of the file, 0-based; a record's offset is that of its first data byte (after its RDW).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from char_mapping.errors import UnreadableFile
from layouts.records.received import ReceivedFile, open_received

PADDING = 64
"""Zero bytes behind the data of a block: kernels read up to 7 bytes past a cell."""

LARGEST_CHUNK = 8 << 20
"""Bytes read at once of a file without fixed records; a single longer record may take more."""


_MANY = 1024
"""Records of a block from which on their lengths are walked by machine code."""

FramingKind = Literal["fixed", "rdw", "bdw", "vbs", "lines", "variable"]
FRAMING_KINDS: tuple[FramingKind, ...] = get_args(FramingKind)


@dataclass(frozen=True, slots=True)
class LengthItem:
    """Where a record says how long it is: ``offset`` (0-based) and ``size`` of the item in bytes.

    ``read`` gives the number in those bytes, -1 when they are none.
    """

    offset: int
    size: int
    read: Callable[[bytes], int]


@dataclass(frozen=True, slots=True)
class Framing:
    """How to cut a file into records.

    ``record_length`` in bytes for ``fixed``. For ``rdw``, ``bdw`` and ``vbs``: the length stands in ``length_bytes``
    bytes from byte ``length_at`` of the ``header_bytes`` before each record, in the order ``endian``;
    ``includes_header`` is whether it counts the header. ``adjustment`` is added to the length that a record states,
    also to that of ``variable``, which stands in ``length_item``. ``block_endian`` (that of the records when None),
    ``block_includes_header`` and ``block_adjustment`` are the same for the 4 bytes before a block. For ``lines``:
    ``newline`` bytes.
    """

    kind: FramingKind
    record_length: int = 0
    endian: Literal["big", "little"] = "big"
    includes_header: bool = True
    adjustment: int = 0
    newline: bytes = b"\n"
    length_item: LengthItem | None = None
    header_bytes: int = 4
    length_at: int = 0
    length_bytes: int = 2
    block_endian: Literal["big", "little"] | None = None
    block_includes_header: bool = True
    block_adjustment: int = 0


@dataclass(frozen=True, slots=True)
class RecordRange:
    """A run of records: ``first_record`` is 0-based over every physical record, ``byte_offset`` where reading begins.

    ``count`` -1 means to the end of the file.
    """

    first_record: int
    count: int
    byte_offset: int


@dataclass(frozen=True, slots=True)
class RawBlock:
    """Records of one block, not yet decoded.

    ``data`` is uint8 with :data:`PADDING` bytes behind; ``starts`` int64[n] positions in ``data``, ``lengths`` int32[n]
    bytes, ``offsets`` int64[n] positions in the file; ``first_record`` is the 0-based number of the first one; ``last``
    is true for the block that ends the file.
    """

    data: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]
    first_record: int
    last: bool

    def record(self, index: int) -> bytes:
        """The bytes of one record of the block."""
        start = int(self.starts[index])
        return self.data[start : start + int(self.lengths[index])].tobytes()


def _pread(descriptor: int, size: int, offset: int) -> npt.NDArray[np.uint8]:
    data = np.empty(size + PADDING, np.uint8)
    view = memoryview(data.data)[:size]
    done = 0
    while done < size:
        got = os.preadv(descriptor, [view[done:]], offset + done)
        if got == 0:
            break
        done += got
    data[done : done + PADDING] = 0
    return data[: done + PADDING]


def _rdw_lengths(head: bytes, framing: Framing) -> int:
    stated = int.from_bytes(head[framing.length_at : framing.length_at + framing.length_bytes], framing.endian)
    return stated + framing.adjustment - (framing.header_bytes if framing.includes_header else 0)


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
            block = _block_length(file.read(4, offset), framing)
            end = offset + block
            if block <= 4 or end > file.size:
                return False
            offset += 4
        while offset < end:
            data = file.read(head, offset)
            length = _rdw_lengths(data, framing) if len(data) == head else -1
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
        yield _rdw_lengths(head, framing)
        offset += framing.header_bytes + _rdw_lengths(head, framing)


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


def _does_not_fit(file: ReceivedFile, record_length: int) -> UnreadableFile:
    readings = "; ".join(possible_readings(file, record_length)) or "none"
    return UnreadableFile(
        file.name, expected=f"a multiple of the record length {record_length}",
        found=f"{file.size} bytes (remainder {file.size % record_length}); readings that fit: {readings}",
        todo="Receive the file again, or correct the format in source.yml (FIL-001).",
    )


def count_fixed(file: ReceivedFile, record_length: int) -> int:
    """Records of a fixed-length file.

    Raises:
        UnreadableFile: The size is no multiple of the record length (FIL-001), with the readings that would fit.
    """
    if file.size % record_length:
        raise _does_not_fit(file, record_length)
    return file.size // record_length


def read_blocks(
    path: Path, framing: Framing, block_records: int, record_range: RecordRange | None = None
) -> Iterator[RawBlock]:
    """Cut a file, or a range of it, into blocks of at most ``block_records`` records.

    Raises:
        UnreadableFile: The file cannot be cut as declared; names the record and byte.
    """
    with open_received(path) as file:
        if framing.kind == "fixed":
            yield from _fixed_blocks(file, framing, block_records, record_range)
        elif framing.kind == "vbs":
            yield from _spanned_blocks(file, framing, block_records)
        else:
            yield from _variable_blocks(file, framing, block_records, record_range)


def _fixed_blocks(
    file: ReceivedFile, framing: Framing, block_records: int, record_range: RecordRange | None
) -> Iterator[RawBlock]:
    length = framing.record_length
    total = count_fixed(file, length)
    first = record_range.first_record if record_range else 0
    stop = total if record_range is None or record_range.count < 0 else min(total, first + record_range.count)
    while first < stop:
        count = min(block_records, stop - first)
        data = _pread(file.descriptor, count * length, first * length)
        if data.size != count * length + PADDING:
            raise UnreadableFile(f"{file.name} record {first + 1}", expected=f"{total} records", found="the file's end")
        starts = np.arange(count, dtype=np.int64) * length
        yield RawBlock(
            data, starts, np.full(count, length, np.int32), starts + first * length, first, first + count == total
        )
        first += count


def _variable_blocks(
    file: ReceivedFile, framing: Framing, block_records: int, record_range: RecordRange | None
) -> Iterator[RawBlock]:
    size = file.size
    offset = record_range.byte_offset if record_range else 0
    number = record_range.first_record if record_range else 0
    remaining = record_range.count if record_range and record_range.count >= 0 else -1
    chunk = LARGEST_CHUNK
    while offset < size and remaining != 0:
        want = block_records if remaining < 0 else min(block_records, remaining)
        data = _pread(file.descriptor, min(chunk, size - offset), offset)
        used = data.size - PADDING
        whole = offset + used >= size
        starts, lengths, taken = _CUTTERS[framing.kind](
            data[:used], framing, want, whole, file, offset, number
        )
        if not starts.size and whole:
            break
        if not whole and (not starts.size or (starts.size < want and chunk < LARGEST_CHUNK)):
            chunk = next_chunk(chunk)
            continue
        yield RawBlock(data, starts, lengths, starts + offset, number, offset + taken >= size)
        chunk = chunk_like(taken)
        number += starts.size
        remaining = remaining - starts.size if remaining >= 0 else -1
        offset += taken


def _spanned_blocks(file: ReceivedFile, framing: Framing, block_records: int) -> Iterator[RawBlock]:
    """VBS: records cut into segments that may lie in several blocks; always the whole file, in order.

    A record's offset is that of its first segment; later segments lie further on than ``offset`` plus length says.
    """
    size = file.size
    records: list[tuple[int, bytes]] = []
    opened: tuple[int, bytes] | None = None
    position = first = 0
    while position < size:
        length = _block_length(file.read(4, position), framing)
        if length <= 4 or position + length > size:
            raise _bad_length(file, "BDW", position, first + len(records), length)
        block = file.read(length, position)
        at = 4
        while at < length:
            head = block[at : at + 4]
            data_length = _rdw_lengths(head, framing)
            segment = head[2] & 3 if len(head) == 4 else -1
            # 0 the whole record, 1 its first segment, 3 one between, 2 its last.
            continues = segment in (2, 3)
            if segment < 0 or data_length < 0 or at + 4 + data_length > length or continues != (opened is not None):
                raise _bad_length(file, "segment", position + at, first + len(records), data_length)
            start, before = opened if opened is not None else (position + at + 4, b"")
            whole = start, before + block[at + 4 : at + 4 + data_length]
            opened = whole if segment in (1, 3) else None
            if opened is None:
                records.append(whole)
            at += 4 + data_length
        position += length
        while len(records) >= block_records:
            done = position >= size and len(records) == block_records
            yield _assembled(records[:block_records], first, last=done)
            first, records = first + block_records, records[block_records:]
    if opened is not None:
        raise _bad_length(file, "last segment", size, first + len(records), 0)
    if records:
        yield _assembled(records, first, last=True)


def _assembled(records: list[tuple[int, bytes]], first: int, *, last: bool) -> RawBlock:
    data = np.frombuffer(b"".join(data for _, data in records) + bytes(PADDING), np.uint8)
    lengths = np.array([len(data) for _, data in records], np.int32)
    starts = np.cumsum(lengths, dtype=np.int64) - lengths
    return RawBlock(data, starts, lengths, np.array([start for start, _ in records], np.int64), first, last)


def next_chunk(chunk: int) -> int:
    """Bytes to read when those at hand held too few records: twice as many, at first no more than the largest chunk."""
    return chunk * 2 if chunk >= LARGEST_CHUNK else min(chunk * 2, LARGEST_CHUNK)


def chunk_like(taken: int) -> int:
    """Bytes to read for the next block when the last one took ``taken``: a little more."""
    return max(taken + taken // 4, 1 << 16)


def _cut_rdw(
    data: npt.NDArray[np.uint8], framing: Framing, want: int, whole: bool, file: ReceivedFile, base: int, number: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], int]:
    head = framing.header_bytes
    if framing.kind == "rdw" and want >= _MANY:
        # Imports numba, which a look at a few records has no time for.
        from layouts.records.framing_kernels import walk_lengths

        found, sizes = np.empty(want, np.int64), np.empty(want, np.int32)
        count = walk_lengths(
            data, head, framing.length_at, framing.length_bytes, framing.endian == "little",
            _rdw_lengths(bytes(head), framing), found, sizes,
        )
        end = int(found[count - 1] + sizes[count - 1]) if count else 0
        if count == want or end == data.size:
            return found[:count], sizes[:count], end
        # What stands there is cut, or wrong and named.
        _cut_rdw(data[end:], framing, 1, whole, file, base + end, number + count)
        return found[:count], sizes[:count], end
    raw = data.tobytes()
    starts: list[int] = []
    lengths: list[int] = []
    position = 0
    taken = 0
    block_end = 0
    while len(starts) < want and position < len(raw):
        if framing.kind == "bdw" and position == block_end:
            if position + 4 > len(raw) and not whole:
                break
            block = _block_length(raw[position : position + 4], framing)
            if block <= 4:
                raise _bad_length(file, "BDW", base + position, number + len(starts), block)
            if position + block > len(raw):
                if whole:
                    raise _bad_length(file, "BDW", base + position, number + len(starts), block)
                break
            block_end = position + block
            position += 4
            continue
        if position + head > len(raw):
            if whole:
                raise _bad_length(file, "RDW", base + position, number + len(starts), -1)
            break
        length = _rdw_lengths(raw[position : position + head], framing)
        beyond = framing.kind == "bdw" and position + head + length > block_end
        if length < 0 or beyond:
            raise _bad_length(file, "RDW", base + position, number + len(starts), length)
        if position + head + length > len(raw):
            if whole:
                raise _bad_length(file, "RDW", base + position, number + len(starts), length)
            break
        starts.append(position + head)
        lengths.append(length)
        position += head + length
        if framing.kind == "rdw" or position == block_end:
            taken = position
    if framing.kind == "bdw":
        # A chunk ends at a block: records of a block not finished are read again with the next chunk.
        keep = sum(1 for s in starts if s < taken)
        if keep < len(starts) and not keep and len(starts) >= want:
            return _cut_rdw(data, framing, want * 2, whole, file, base, number)
        starts, lengths = starts[:keep], lengths[:keep]
    return np.array(starts, np.int64), np.array(lengths, np.int32), taken


def _block_length(head: bytes, framing: Framing) -> int:
    """Bytes of a block with its own 4: 15 bits in two bytes, or 31 bits in four when the first bit is set; -1 at the
    end of the file.
    """
    if len(head) < 4:
        return -1
    endian = framing.block_endian or framing.endian
    at = framing.length_at if framing.header_bytes == 4 else 0
    if endian == "big" and head[0] & 0x80:
        stated = int.from_bytes(head, "big") & 0x7FFFFFFF
    else:
        stated = int.from_bytes(head[at : at + 2], endian)
    return stated + framing.block_adjustment + (0 if framing.block_includes_header else 4)


def _bad_length(file: ReceivedFile, kind: str, offset: int, record: int, length: int) -> UnreadableFile:
    readings = "; ".join(possible_readings(file, 0)) or "none"
    return UnreadableFile(
        f"{file.name} record {record + 1} byte {offset}", expected=f"a valid {kind}",
        found=f"length {length}; readings that fit: {readings}",
        todo="Correct endian or length_includes_header in source.yml, or receive the file again (FIL-001).",
    )


def _cut_lines(
    data: npt.NDArray[np.uint8], framing: Framing, want: int, whole: bool, file: ReceivedFile, base: int, number: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], int]:
    mark = framing.newline
    ends = np.flatnonzero(data == mark[-1]).astype(np.int64)
    if len(mark) == 2 and ends.size:
        ends = ends[(ends > 0) & (data[np.maximum(ends - 1, 0)] == mark[0])]
    if whole and (not ends.size or ends[-1] != data.size - 1):
        # The file's last line has no line end; 0x1A alone is the end mark of old PC transfers.
        rest = data[(int(ends[-1]) + 1 if ends.size else 0) :]
        if rest.size and not (rest.size == 1 and rest[0] == 0x1A):
            ends = np.append(ends, data.size + len(mark) - 1)
    ends = ends[:want]
    if not ends.size:
        return np.empty(0, np.int64), np.empty(0, np.int32), 0
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1))
    stops = ends - (len(mark) - 1)
    if mark == b"\n":
        behind = np.minimum(np.maximum(stops - 1, 0), data.size - 1)
        stops = stops - ((data[behind] == 0x0D) & (stops > starts))
    return starts, (stops - starts).astype(np.int32), int(min(ends[-1] + 1, data.size))


def _cut_variable(
    data: npt.NDArray[np.uint8], framing: Framing, want: int, whole: bool, file: ReceivedFile, base: int, number: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], int]:
    item = framing.length_item
    assert item is not None
    raw = data.tobytes()
    starts: list[int] = []
    lengths: list[int] = []
    position = 0
    while len(starts) < want and position < len(raw):
        cell = raw[position + item.offset : position + item.offset + item.size]
        stated = item.read(cell) if len(cell) == item.size else -1
        length = stated + framing.adjustment if stated >= 0 else -1
        if (len(cell) == item.size and length < item.offset + item.size) or (whole and position + length > len(raw)):
            raise _bad_length(file, "length item", base + position, number + len(starts), length)
        if len(cell) < item.size or position + length > len(raw):
            if whole:
                raise _bad_length(file, "length item", base + position, number + len(starts), length)
            break
        starts.append(position)
        lengths.append(length)
        position += length
    return np.array(starts, np.int64), np.array(lengths, np.int32), position


_CUTTERS = {"lines": _cut_lines, "rdw": _cut_rdw, "bdw": _cut_rdw, "variable": _cut_variable}
