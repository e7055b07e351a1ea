"""Cut a received file into blocks of records, read with pread a block at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from char_mapping.errors import UnreadableFile
from layouts.records.framing import PADDING, Framing, RawBlock, RecordRange, block_length_at, record_length_at
from layouts.records.other_readings import bad_length, does_not_fit
from layouts.records.received import ReceivedFile, open_received

LARGEST_CHUNK = 8 << 20
"""Bytes read at once of a file without fixed records; a single longer record may take more."""

_MANY = 1024
"""Records of a block from which on their lengths are walked by machine code."""


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


def count_fixed(file: ReceivedFile, record_length: int) -> int:
    """Records of a fixed-length file.

    Raises:
        UnreadableFile: The size is no multiple of the record length (FIL-001), with the readings that would fit.
    """
    if file.size % record_length:
        raise does_not_fit(file, record_length)
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
        length = block_length_at(file.read(4, position), framing)
        if length <= 4 or position + length > size:
            raise bad_length(file, "BDW", position, first + len(records), length)
        block = file.read(length, position)
        at = 4
        while at < length:
            head = block[at : at + 4]
            data_length = record_length_at(head, framing)
            segment = head[2] & 3 if len(head) == 4 else -1
            # 0 the whole record, 1 its first segment, 3 one between, 2 its last.
            continues = segment in (2, 3)
            if segment < 0 or data_length < 0 or at + 4 + data_length > length or continues != (opened is not None):
                raise bad_length(file, "segment", position + at, first + len(records), data_length)
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
        raise bad_length(file, "last segment", size, first + len(records), 0)
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
            record_length_at(bytes(head), framing), found, sizes,
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
            block = block_length_at(raw[position : position + 4], framing)
            if block <= 4:
                raise bad_length(file, "BDW", base + position, number + len(starts), block)
            if position + block > len(raw):
                if whole:
                    raise bad_length(file, "BDW", base + position, number + len(starts), block)
                break
            block_end = position + block
            position += 4
            continue
        if position + head > len(raw):
            if whole:
                raise bad_length(file, "RDW", base + position, number + len(starts), -1)
            break
        length = record_length_at(raw[position : position + head], framing)
        beyond = framing.kind == "bdw" and position + head + length > block_end
        if length < 0 or beyond:
            raise bad_length(file, "RDW", base + position, number + len(starts), length)
        if position + head + length > len(raw):
            if whole:
                raise bad_length(file, "RDW", base + position, number + len(starts), length)
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
            raise bad_length(file, "length item", base + position, number + len(starts), length)
        if len(cell) < item.size or position + length > len(raw):
            if whole:
                raise bad_length(file, "length item", base + position, number + len(starts), length)
            break
        starts.append(position)
        lengths.append(length)
        position += length
    return np.array(starts, np.int64), np.array(lengths, np.int32), position


_CUTTERS = {"lines": _cut_lines, "rdw": _cut_rdw, "bdw": _cut_rdw, "variable": _cut_variable}
