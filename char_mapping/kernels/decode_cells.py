"""The decode kernel: columns of cells from a buffer into Arrow string views.

``data`` bytes; ``columns`` has a row for each column: how its cells are read, the place of its first row in
``starts``, where the cell begins after that place, its length (-1: as ``lengths`` says of each row), and where its text
begins in the buffer ``out``. A negative place: the record has no such cell. ``single`` and ``double`` are look-up
tables (see below); ``sequences`` (rows of length and up to eight UTF-8 bytes); ``marks`` what a byte can begin (bit 0 a
shift-in, bit 1 a shift-out, bit 2 a pair, bit 3 a triple); ``shifts`` (rows of direction 0 in or 1 out, length, bytes);
``settings`` (blank byte, wide blank code, idle shifts allowed: bit 0 in, bit 1 out, lowest trail byte, place of the low
byte in UTF-16); ``histogram`` of source codes and whether to count.

A column has ``count`` rows, and room for a multiple of eight in ``views`` (16 bytes a row), ``validity`` (a bit, all
set before) and ``state``; ``totals`` has :data:`TOTALS` counts of each (states, then the places named below), ``used``
where its text ends. ``out`` has room for four bytes per source byte and 64 more of each column: every store may write
past its length. The kernel returns how many faults it found (more than fit means: call again with larger arrays) and
the rows of room of a column; a fault's row counts the room of the columns before.

A look-up entry is ``length << 24 | UTF-8 bytes`` in little-endian order. Bit 31 leads to the slow path: bit 30 set,
the low 24 bits number a row of ``sequences`` (bit 29: it is a control character); bit 30 clear, bits 24 to 27 are a
fault.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from char_mapping.kernels.cache import inlined, merged, typed_kernel
from char_mapping.kernels.memory import leading_zeros, load16, load32, load64, store32, store64, swap16

SLOW = 0x80000000
SEQUENCE = 0x40000000
CONTROL_FLAG = 0x20000000

# Numbers of char_mapping.cells.FAULT_NAMES and bits of CellState: constants of the machine code.
UNDEFINED, SHIFT, ODD, CONTROL, GLYPH, LOW, HIGH = 0, 2, 3, 4, 5, 6, 7
BLANK, LOW_VALUE, HIGH_VALUE, TRIMMED, FAULT, HAS_CONTROL, GLYPH_UNDECIDED, WIDE_BLANK = 1, 2, 4, 8, 16, 32, 64, 128

# Places of ``totals`` behind the 256 states: cells that do not exist, cells outside the buffer, rows without a value.
ABSENT, OUTSIDE, NULLS, TOTALS = 256, 257, 258, 259

# How the cells of a column are read: the first number of its row in ``columns``.
SINGLE, DOUBLE, MIXED, UTF8, UTF16 = 0, 1, 2, 3, 4
TILE = 512

# A Python int here, an integer register in machine code.
Scalar = Any

U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

_IN = "Array({}, 1, 'C', readonly=True)".format
_TABLE = "Array(uint8, 2, 'C', readonly=True)"
SIGNATURE = (
    "UniTuple(int64, 2)("
    + ", ".join(
        (
            _IN("uint8"), _IN("int64"), _IN("int32"), "Array(int64, 2, 'C', readonly=True)", "int64", _IN("uint32"),
            _IN("uint32"), _TABLE, _IN("uint8"), _TABLE, _IN("int64"), "int64[::1]", "boolean", "uint8[::1]",
            "int64[::1]", "uint8[::1]", "uint8[::1]", "uint8[::1]", "int64[::1]",
            "int64[::1]", "int32[::1]", "int32[::1]", "uint8[::1]",
        )
    )
    + ")"
)


@merged
def _whole_value(data: U8, place: Scalar, start: Scalar, stop: Scalar) -> Scalar:
    """LOW_VALUE or HIGH_VALUE where every byte is 00 or FF, BLANK for an empty cell, ABSENT, OUTSIDE, else 0."""
    if place < 0:
        return ABSENT
    if stop < start or stop > data.shape[0]:
        return OUTSIDE
    if start == stop:
        return BLANK
    first = data[start]
    if first not in (0x00, 0xFF):
        return 0
    for i in range(start + 1, stop):
        if data[i] != first:
            return 0
    return LOW_VALUE if first == 0x00 else HIGH_VALUE


@merged
def _without_blanks(data: U8, start: Scalar, end: Scalar, blank: Scalar) -> Scalar:
    """Where the cell ends without its trailing blank bytes; eight at a time."""
    blanks = np.uint64(blank) * np.uint64(0x0101010101010101)
    while end - start >= 8:
        other = load64(data, end - 8) ^ blanks
        if other != np.uint64(0):
            return end - np.int64(leading_zeros(other) >> np.uint64(3))
        end -= 8
    while end > start and data[end - 1] == blank:
        end -= 1
    return end


@merged
def _without_pairs(data: U8, start: Scalar, end: Scalar, wide: Scalar) -> Scalar:
    """Where a cell of whole pairs ends without its trailing wide blanks; four at a time."""
    if wide < 0:
        return end
    pair = np.uint64(swap16(np.uint16(wide)))
    blanks = pair * np.uint64(0x0001000100010001)
    while end - start >= 8:
        other = load64(data, end - 8) ^ blanks
        if other != np.uint64(0):
            return end - np.int64(leading_zeros(other) >> np.uint64(4)) * 2
        end -= 8
    while end > start and np.uint64(load16(data, end - 2)) == pair:
        end -= 2
    return end


@inlined
def _note(
    rows: I64, offsets: I32, spans: I32, kinds: U8,
    count: Scalar, row: Scalar, offset: Scalar, span: Scalar, kind: Scalar,
) -> Scalar:
    """Record a fault where there is room; returns the new count and so the room that is needed."""
    if count < rows.shape[0]:
        rows[count] = row
        offsets[count] = offset
        spans[count] = span
        kinds[count] = kind
    return count + 1


@inlined
def _state_of(kind: Scalar) -> Scalar:
    if kind == CONTROL:
        return HAS_CONTROL
    if kind == GLYPH:
        return GLYPH_UNDECIDED
    return FAULT


@merged
def _put(out: U8, at: Scalar, entry: Scalar) -> Scalar:
    """Write the bytes of a fast entry (four are stored, ``length`` count)."""
    store32(out, at, np.uint32(entry))
    return at + np.int64(entry >> np.uint32(24))


@inlined
def _put_sequence(out: U8, at: Scalar, sequences: U8, row: Scalar) -> Scalar:
    length = sequences[row, 0]
    for i in range(length):
        out[at + i] = sequences[row, 1 + i]
    return at + length


@merged
def _leave_null(
    row: Scalar, cell: Scalar, views: U8, validity: U8, state: U8, totals: I64, sums: Scalar
) -> None:
    """A row without a value; ``cell`` is its state, ABSENT or OUTSIDE."""
    store64(views, row * 16, np.uint64(0))
    store64(views, row * 16 + 8, np.uint64(0))
    validity[row >> 3] &= ~(1 << (row & 7))
    state[row] = cell & 0xFF
    totals[sums + cell] += 1
    totals[sums + NULLS] += 1


@merged
def _close(
    out: U8, origin: Scalar, base: Scalar, end: Scalar, trimmed: Scalar, wide: bool, cell: Scalar, row: Scalar,
    views: U8, validity: U8, state: U8, totals: I64, sums: Scalar,
) -> Scalar:
    """Cut trailing blanks, write the view and the state of a cell; returns where the next cell begins in the buffer."""
    written = end
    while end > base:
        last = out[end - 1]
        if last == 0x20:
            end -= 1
        elif last == 0x80 and end - base >= 3 and out[end - 2] == 0x80 and out[end - 3] == 0xE3:
            end -= 3
            wide = True
        else:
            break
    if cell & (FAULT | GLYPH_UNDECIDED):
        _leave_null(row, cell, views, validity, state, totals, sums)
        return base
    if end == base:
        _leave_null(row, cell | BLANK | (WIDE_BLANK if wide else 0), views, validity, state, totals, sums)
        return base
    if trimmed > 0 or end < written:
        cell |= TRIMMED
    state[row] = cell
    totals[sums + cell] += 1
    length = end - base
    first = load64(out, base)
    size = np.uint64(length)
    if length > 12:
        store64(views, row * 16, size | first << np.uint64(32))
        store64(views, row * 16 + 8, np.uint64(base - origin) << np.uint64(32))
        return end
    rest = np.uint64(load32(out, base + 8))
    bits = size << np.uint64(3)
    some = (np.uint64(1) << (bits & np.uint64(63))) - np.uint64(1)
    if length < 8:
        first &= some
        rest = np.uint64(0)
    else:
        rest &= some
    store64(views, row * 16, size | first << np.uint64(32))
    store64(views, row * 16 + 8, first >> np.uint64(32) | rest << np.uint64(32))
    return base


@inlined
def _starts_with(data: U8, at: Scalar, end: Scalar, shifts: U8, direction: Scalar) -> Scalar:
    """Length of the shift code of this direction at ``at``, 0 when none stands there."""
    for i in range(shifts.shape[0]):
        length = shifts[i, 1]
        here = shifts[i, 0] == direction and at + length <= end and data[at] == shifts[i, 2]
        if not here:
            continue
        for j in range(1, length):
            here = here and data[at + j] == shifts[i, 2 + j]
        if here:
            return length
    return 0


@inlined
def _single_rows(
    begin: Scalar, finish: Scalar, above: Scalar, place: Scalar, offset: Scalar, length: Scalar, used: Scalar,
    faults: Scalar, origin: Scalar, sums: Scalar,
    data: U8, starts: I64, lengths: I32, single: U32, double: U32, sequences: U8, marks: U8, shifts: U8, settings: I64,
    histogram: I64, counting: bool, out: U8, views: U8, validity: U8, state: U8, totals: I64,
    fault_rows: I64, fault_offsets: I32, fault_spans: I32, fault_kinds: U8,
) -> tuple[Scalar, Scalar]:
    """Cells of one-byte codes."""
    blank = settings[0]
    for cell_row in range(begin, finish):
        row = above + cell_row
        start = starts[place + cell_row] + offset
        stop = start + (length if length >= 0 else lengths[cell_row])
        cell = _whole_value(data, start - offset, start, stop)
        if cell != 0:
            _leave_null(row, cell, views, validity, state, totals, sums)
            continue
        end = _without_blanks(data, start, stop, blank)
        if counting:
            histogram[65536 + blank] += stop - end
        at = used
        for i in range(start, end):
            byte = np.int64(data[i])
            entry = single[byte]
            if counting:
                histogram[65536 + byte] += 1
            if entry < SLOW:
                at = _put(out, at, entry)
            elif entry & SEQUENCE:
                at = _put_sequence(out, at, sequences, entry & 0xFFFFFF)
                if entry & CONTROL_FLAG:
                    cell |= HAS_CONTROL
                    faults = _note(
                        fault_rows, fault_offsets, fault_spans, fault_kinds, faults, row, i - start, 1, CONTROL
                    )
            else:
                kind = (entry >> 24) & 0xF
                cell |= _state_of(kind)
                faults = _note(fault_rows, fault_offsets, fault_spans, fault_kinds, faults, row, i - start, 1, kind)
        used = _close(out, origin, used, at, stop - end, False, cell, row, views, validity, state, totals, sums)
    return used, faults


@inlined
def _double_rows(
    begin: Scalar, finish: Scalar, above: Scalar, place: Scalar, offset: Scalar, length: Scalar, used: Scalar,
    faults: Scalar, origin: Scalar, sums: Scalar,
    data: U8, starts: I64, lengths: I32, single: U32, double: U32, sequences: U8, marks: U8, shifts: U8, settings: I64,
    histogram: I64, counting: bool, out: U8, views: U8, validity: U8, state: U8, totals: I64,
    fault_rows: I64, fault_offsets: I32, fault_spans: I32, fault_kinds: U8,
) -> tuple[Scalar, Scalar]:
    """Cells of two-byte codes without shift codes."""
    wide = settings[1]
    for cell_row in range(begin, finish):
        row = above + cell_row
        start = starts[place + cell_row] + offset
        stop = start + (length if length >= 0 else lengths[cell_row])
        cell = _whole_value(data, start - offset, start, stop)
        if cell != 0:
            _leave_null(row, cell, views, validity, state, totals, sums)
            continue
        end = stop - ((stop - start) & 1)
        if end == stop:
            end = _without_pairs(data, start, end, wide)
        if counting and end + 1 < stop:
            histogram[wide] += (stop - end) // 2
        at = used
        for i in range(start, end, 2):
            code = np.int64(swap16(load16(data, i)))
            entry = double[code]
            if counting:
                histogram[code] += 1
            if entry < SLOW:
                at = _put(out, at, entry)
            elif entry & SEQUENCE:
                at = _put_sequence(out, at, sequences, entry & 0xFFFFFF)
            else:
                kind = (entry >> 24) & 0xF
                cell |= _state_of(kind)
                faults = _note(fault_rows, fault_offsets, fault_spans, fault_kinds, faults, row, i - start, 2, kind)
        trimmed = stop - end
        if trimmed == 1:
            cell |= FAULT
            faults = _note(fault_rows, fault_offsets, fault_spans, fault_kinds, faults, row, end - start, 1, ODD)
            trimmed = 0
        # A cell of nothing but wide blanks was cut before it was decoded: say that the blank was wide.
        used = _close(out, origin, used, at, trimmed, trimmed > 0, cell, row, views, validity, state, totals, sums)
    return used, faults


@inlined
def _mixed_rows(
    begin: Scalar, finish: Scalar, above: Scalar, place: Scalar, offset: Scalar, length: Scalar, used: Scalar,
    faults: Scalar, origin: Scalar, sums: Scalar,
    data: U8, starts: I64, lengths: I32, single: U32, double: U32, sequences: U8, marks: U8, shifts: U8, settings: I64,
    histogram: I64, counting: bool, out: U8, views: U8, validity: U8, state: U8, totals: I64,
    fault_rows: I64, fault_offsets: I32, fault_spans: I32, fault_kinds: U8,
) -> tuple[Scalar, Scalar]:
    """Cells with shift codes, or (no shift codes, marked lead bytes) cells that describe themselves, as CP932."""
    blank = settings[0]
    idle = settings[2]
    lowest_trail = settings[3]
    for cell_row in range(begin, finish):
        row = above + cell_row
        start = starts[place + cell_row] + offset
        stop = start + (length if length >= 0 else lengths[cell_row])
        cell = _whole_value(data, start - offset, start, stop)
        if cell != 0:
            _leave_null(row, cell, views, validity, state, totals, sums)
            continue
        # Trailing blank bytes need no decoding unless a run of two-byte codes is still open where they begin.
        end = _without_blanks(data, start, stop, blank)
        at = used
        i = start
        opened: Scalar = np.int64(-1)
        while True:
            if i >= end:
                if opened < 0 or end >= stop:
                    break
                end = stop
                if i >= end:
                    break
            # Runs of one kind, until something rare comes.
            if opened < 0:
                while i < end:
                    byte: Scalar = np.int64(data[i])
                    entry = single[byte]
                    if marks[byte] != 0 or entry >= SLOW:
                        break
                    if counting:
                        histogram[65536 + byte] += 1
                    at = _put(out, at, entry)
                    i += 1
                if i >= end:
                    continue
            else:
                while i + 1 < end:
                    code: Scalar = np.int64(swap16(load16(data, i)))
                    entry = double[code]
                    if marks[data[i]] & 11 != 0 or entry >= SLOW:
                        break
                    if counting:
                        histogram[code] += 1
                    at = _put(out, at, entry)
                    i += 2
                if i >= end:
                    continue
            byte = np.int64(data[i])
            mark = marks[byte]
            pair: Scalar = opened >= 0
            if mark & 3:
                into = _starts_with(data, i, stop, shifts, 0) if mark & 1 else 0
                away = _starts_with(data, i, stop, shifts, 1) if mark & 2 else 0
                if opened < 0 and into > 0:
                    opened = i
                    i += into
                    continue
                if opened >= 0 and away > 0:
                    opened = np.int64(-1)
                    i += away
                    continue
                if into > 0 or away > 0:
                    span = into if into > 0 else away
                    if idle & (1 if into > 0 else 2) == 0:
                        cell |= FAULT
                        faults = _note(
                            fault_rows, fault_offsets, fault_spans, fault_kinds, faults, row, i - start, span, SHIFT
                        )
                    i += span
                    continue
            elif mark & 12:
                pair = True
            if not pair:
                entry = single[byte]
                span = 1
                if counting:
                    histogram[65536 + byte] += 1
            elif i + 1 >= stop:
                cell |= FAULT
                faults = _note(fault_rows, fault_offsets, fault_spans, fault_kinds, faults, row, i - start, 1, ODD)
                i += 1
                continue
            elif mark & 8:
                cut = i + 2 >= stop or data[i + 1] < lowest_trail or data[i + 2] < lowest_trail
                if cut:
                    cell |= FAULT
                    faults = _note(fault_rows, fault_offsets, fault_spans, fault_kinds, faults, row, i - start, 1, ODD)
                    i += 1
                    continue
                code = (np.int64(data[i + 1]) & 0x7F) << 8 | (data[i + 2] & 0x7F)
                entry = double[code]
                span = 3
                if counting:
                    histogram[code] += 1
            else:
                code = np.int64(swap16(load16(data, i)))
                entry = double[code]
                span = 2
                if entry >> 24 == SLOW >> 24:
                    # An undefined pair whose second byte belongs to what follows: a byte is missing, the run is odd.
                    if opened >= 0:
                        cut = _starts_with(data, i + 1, stop, shifts, 1) > 0
                    else:
                        cut = data[i + 1] < lowest_trail
                    if cut:
                        cell |= FAULT
                        faults = _note(
                            fault_rows, fault_offsets, fault_spans, fault_kinds, faults, row, i - start, 1, ODD
                        )
                        i += 1
                        continue
                if counting:
                    histogram[code] += 1
            if entry < SLOW:
                at = _put(out, at, entry)
            elif entry & SEQUENCE:
                at = _put_sequence(out, at, sequences, entry & 0xFFFFFF)
                if entry & CONTROL_FLAG:
                    cell |= HAS_CONTROL
                    faults = _note(
                        fault_rows, fault_offsets, fault_spans, fault_kinds, faults, row, i - start, span, CONTROL
                    )
            else:
                kind = (entry >> 24) & 0xF
                cell |= _state_of(kind)
                faults = _note(fault_rows, fault_offsets, fault_spans, fault_kinds, faults, row, i - start, span, kind)
            i += span
        if opened >= 0:
            cell |= FAULT
            span = _starts_with(data, opened, stop, shifts, 0)
            faults = _note(
                fault_rows, fault_offsets, fault_spans, fault_kinds, faults, row, opened - start, span, SHIFT
            )
        trimmed = stop - i if i < stop else 0
        if counting:
            histogram[65536 + blank] += trimmed
        used = _close(out, origin, used, at, trimmed, False, cell, row, views, validity, state, totals, sums)
    return used, faults


@inlined
def _utf8_rows(
    begin: Scalar, finish: Scalar, above: Scalar, place: Scalar, offset: Scalar, length: Scalar, used: Scalar,
    faults: Scalar, origin: Scalar, sums: Scalar,
    data: U8, starts: I64, lengths: I32, single: U32, double: U32, sequences: U8, marks: U8, shifts: U8, settings: I64,
    histogram: I64, counting: bool, out: U8, views: U8, validity: U8, state: U8, totals: I64,
    fault_rows: I64, fault_offsets: I32, fault_spans: I32, fault_kinds: U8,
) -> tuple[Scalar, Scalar]:
    """Cells of UTF-8: checked, the basic plane looked up by code point in ``double``, other planes copied."""
    for cell_row in range(begin, finish):
        row = above + cell_row
        start = starts[place + cell_row] + offset
        stop = start + (length if length >= 0 else lengths[cell_row])
        cell = _whole_value(data, start - offset, start, stop)
        if cell != 0:
            _leave_null(row, cell, views, validity, state, totals, sums)
            continue
        end = _without_blanks(data, start, stop, 0x20)
        if counting:
            histogram[0x20] += stop - end
        at: Scalar = used
        i: Scalar = start
        while i < end:
            first: Scalar = np.int64(data[i])
            span: Scalar = np.int64(0)
            point: Scalar = np.int64(0)
            if first < 0x80:
                span = 1
                point = first
            elif 0xC2 <= first < 0xE0 and i + 1 < end and data[i + 1] & 0xC0 == 0x80:
                span = 2
                point = (first & 0x1F) << 6 | (data[i + 1] & 0x3F)
            elif 0xE0 <= first < 0xF0 and i + 2 < end and data[i + 1] & 0xC0 == 0x80 and data[i + 2] & 0xC0 == 0x80:
                point = (first & 0x0F) << 12 | np.int64(data[i + 1] & 0x3F) << 6 | (data[i + 2] & 0x3F)
                if point >= 0x800 and not 0xD800 <= point < 0xE000:
                    span = 3
            elif (
                0xF0 <= first < 0xF5 and i + 3 < end and data[i + 1] & 0xC0 == 0x80 and data[i + 2] & 0xC0 == 0x80
                and data[i + 3] & 0xC0 == 0x80
            ):
                point = (first & 0x07) << 18 | np.int64(data[i + 1] & 0x3F) << 12
                point |= np.int64(data[i + 2] & 0x3F) << 6 | (data[i + 3] & 0x3F)
                if 0x10000 <= point < 0x110000:
                    span = 4
            if span == 0:
                bad = 1
                while bad < 4 and i + bad < stop and data[i + bad] & 0xC0 == 0x80:
                    bad += 1
                kind: Scalar = HIGH if first == 0xFF else UNDEFINED
                cell |= FAULT
                faults = _note(fault_rows, fault_offsets, fault_spans, fault_kinds, faults, row, i - start, bad, kind)
                i += bad
                continue
            if counting:
                histogram[point] += 1
            if span == 4:
                for j in range(4):
                    out[at + j] = data[i + j]
                at += 4
            else:
                entry = double[point]
                if entry < SLOW:
                    at = _put(out, at, entry)
                elif entry & SEQUENCE:
                    at = _put_sequence(out, at, sequences, entry & 0xFFFFFF)
                    if entry & CONTROL_FLAG:
                        cell |= HAS_CONTROL
                        faults = _note(
                            fault_rows, fault_offsets, fault_spans, fault_kinds, faults, row, i - start, span, CONTROL
                        )
                else:
                    kind = (entry >> 24) & 0xF
                    cell |= _state_of(kind)
                    faults = _note(
                        fault_rows, fault_offsets, fault_spans, fault_kinds, faults, row, i - start, span, kind
                    )
            i += span
        used = _close(out, origin, used, at, stop - end, False, cell, row, views, validity, state, totals, sums)
    return used, faults


@inlined
def _utf16_rows(
    begin: Scalar, finish: Scalar, above: Scalar, place: Scalar, offset: Scalar, length: Scalar, used: Scalar,
    faults: Scalar, origin: Scalar, sums: Scalar,
    data: U8, starts: I64, lengths: I32, single: U32, double: U32, sequences: U8, marks: U8, shifts: U8, settings: I64,
    histogram: I64, counting: bool, out: U8, views: U8, validity: U8, state: U8, totals: I64,
    fault_rows: I64, fault_offsets: I32, fault_spans: I32, fault_kinds: U8,
) -> tuple[Scalar, Scalar]:
    """Cells of UTF-16: the basic plane looked up by code unit in ``double``, surrogate pairs written as they are."""
    low_first = settings[4]
    for cell_row in range(begin, finish):
        row = above + cell_row
        start = starts[place + cell_row] + offset
        stop = start + (length if length >= 0 else lengths[cell_row])
        cell = _whole_value(data, start - offset, start, stop)
        if cell != 0:
            _leave_null(row, cell, views, validity, state, totals, sums)
            continue
        at: Scalar = used
        i: Scalar = start
        while i + 1 < stop:
            unit: Scalar = np.int64(data[i + low_first]) | np.int64(data[i + 1 - low_first]) << 8
            low: Scalar = np.int64(0)
            if 0xD800 <= unit < 0xDC00 and i + 3 < stop:
                low = np.int64(data[i + 2 + low_first]) | np.int64(data[i + 3 - low_first]) << 8
            if 0xDC00 <= low < 0xE000:
                point = 0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF)
                if counting:
                    histogram[point] += 1
                out[at] = 0xF0 | point >> 18
                out[at + 1] = 0x80 | (point >> 12 & 0x3F)
                out[at + 2] = 0x80 | (point >> 6 & 0x3F)
                out[at + 3] = 0x80 | (point & 0x3F)
                at += 4
                i += 4
                continue
            if counting:
                histogram[unit] += 1
            entry = double[unit]
            if entry < SLOW:
                at = _put(out, at, entry)
            elif entry & SEQUENCE:
                at = _put_sequence(out, at, sequences, entry & 0xFFFFFF)
                if entry & CONTROL_FLAG:
                    cell |= HAS_CONTROL
                    faults = _note(
                        fault_rows, fault_offsets, fault_spans, fault_kinds, faults, row, i - start, 2, CONTROL
                    )
            else:
                kind = (entry >> 24) & 0xF
                cell |= _state_of(kind)
                faults = _note(fault_rows, fault_offsets, fault_spans, fault_kinds, faults, row, i - start, 2, kind)
            i += 2
        if i < stop:
            cell |= FAULT
            faults = _note(fault_rows, fault_offsets, fault_spans, fault_kinds, faults, row, i - start, 1, ODD)
        used = _close(out, origin, used, at, 0, False, cell, row, views, validity, state, totals, sums)
    return used, faults


@typed_kernel(SIGNATURE, allocates=False)
def decode_cells(
    data: U8, starts: I64, lengths: I32, columns: I64, count: int, single: U32, double: U32, sequences: U8, marks: U8,
    shifts: U8, settings: I64, histogram: I64, counting: bool, out: U8, used: I64, views: U8, validity: U8, state: U8,
    totals: I64, fault_rows: I64, fault_offsets: I32, fault_spans: I32, fault_kinds: U8,
) -> tuple[int, int]:
    """Columns of ``count`` rows, a tile of rows after the other so that their records stay in the cache."""
    stride = (count + 7) // 8 * 8
    faults: Scalar = np.int64(0)
    begin = 0
    while begin < count:
        finish = min(begin + TILE, count)
        for column in range(columns.shape[0]):
            reading = columns[column, 0]
            place = columns[column, 1]
            offset = columns[column, 2]
            length = columns[column, 3]
            origin = columns[column, 4]
            above = column * stride
            sums = column * TOTALS
            at = used[column]
            if reading == SINGLE:
                at, faults = _single_rows(
                    begin, finish, above, place, offset, length, at, faults, origin, sums, data, starts, lengths,
                    single, double, sequences, marks, shifts, settings, histogram, counting, out, views, validity,
                    state, totals, fault_rows, fault_offsets, fault_spans, fault_kinds,
                )
            elif reading == DOUBLE:
                at, faults = _double_rows(
                    begin, finish, above, place, offset, length, at, faults, origin, sums, data, starts, lengths,
                    single, double, sequences, marks, shifts, settings, histogram, counting, out, views, validity,
                    state, totals, fault_rows, fault_offsets, fault_spans, fault_kinds,
                )
            elif reading == MIXED:
                at, faults = _mixed_rows(
                    begin, finish, above, place, offset, length, at, faults, origin, sums, data, starts, lengths,
                    single, double, sequences, marks, shifts, settings, histogram, counting, out, views, validity,
                    state, totals, fault_rows, fault_offsets, fault_spans, fault_kinds,
                )
            elif reading == UTF8:
                at, faults = _utf8_rows(
                    begin, finish, above, place, offset, length, at, faults, origin, sums, data, starts, lengths,
                    single, double, sequences, marks, shifts, settings, histogram, counting, out, views, validity,
                    state, totals, fault_rows, fault_offsets, fault_spans, fault_kinds,
                )
            else:
                at, faults = _utf16_rows(
                    begin, finish, above, place, offset, length, at, faults, origin, sums, data, starts, lengths,
                    single, double, sequences, marks, shifts, settings, histogram, counting, out, views, validity,
                    state, totals, fault_rows, fault_offsets, fault_spans, fault_kinds,
                )
            used[column] = at
        begin = finish
    return faults, stride
