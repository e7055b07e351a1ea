"""Numeric columns in one pass: zoned, packed and binary bytes → Arrow ``string_view`` with states and faults.

The kernel reads a byte buffer ``offset`` bytes after each of ``starts`` (0-based, int64; negative = the cell does not
exist) and writes 16-byte Arrow views: texts of up to 12 bytes stand in the view, longer ones one after the other in
``buffer``. Numbers below are the positions in ``numeric.FAULTS``; states are CellState bits; ``codes`` holds the state
of a row in its low four bits and the fault above. ``totals`` counts states and the places named below. The reference
is ``numeric.decode_number``.

Plain cells (no P, no V, up to 16 digits) are read and written as two words of eight digits, the first digit in the
lowest byte; every other cell, and every cell that is not a plain number, goes digit by digit through the slow path,
which alone says what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from char_mapping.kernels.arrow_text import pooled_array
from char_mapping.kernels.cache import inlined, merged, typed_kernel
from char_mapping.kernels.memory import load64, store64, swap32, swap64
from layouts.records.copybook import Field
from layouts.records.dialects import Dialect
from layouts.records.numeric import decode_float, decode_number, form_of, zoned_table

Bytes = npt.NDArray[np.uint8]
Starts = npt.NDArray[np.int64]

_BLANK, _LOW, _HIGH = 1, 2, 4
_PACKED_SIGN, _PACKED_DIGIT, _PACKED_BLANK, _ZONED_SIGN, _ZONED_DIGIT, _OVERFLOW = 1, 2, 3, 4, 5, 6


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A decoded numeric column of n cells.

    ``values`` is a ``string_view`` array (null where blank, LOW/HIGH-VALUE, absent or at fault); ``codes`` uint8[n]
    holds states and faults. ``state_counts`` int64[256] says how many rows have each state, ``absent`` how many have
    no cell, ``wrong`` how many are at fault or LOW/HIGH-VALUE.
    """

    values: pa.Array
    codes: npt.NDArray[np.uint8]
    state_counts: npt.NDArray[np.int64]
    absent: int
    wrong: int

    @property
    def state(self) -> npt.NDArray[np.uint8]:
        """uint8[n]: CellState bits."""
        return self.codes & np.uint8(0x0F)

    @property
    def fault(self) -> npt.NDArray[np.uint8]:
        """uint8[n]: positions in ``numeric.FAULTS``."""
        return self.codes >> np.uint8(4)


# Places of ``totals`` behind the 256 states.
_ABSENT, _WRONG, _NULLS, _TOTALS = 256, 257, 258, 259

_IN = "Array({}, 1, 'C', readonly=True)".format
# How a column is read, and the places of its tables: digits, signs and separate signs by byte, signs by nibble.
_ZONED, _PACKED, _BINARY = 0, 1, 2
_SIGN, _SEPARATE, _NIBBLE, _TABLE = 256, 512, 768, 784
_TILE = 512


@inlined
def _render(  # type: ignore[no-untyped-def]
    digits, first, count, negative, left, right, places, row, used, origin, views, buffer
):
    """Write the text of ``digits[first:first+count]`` for one row; returns the bytes used in the buffer."""
    whole = left + count + right
    size = whole
    if places > 0:
        size += 1
        if places >= whole:
            size += 1
    if negative:
        size += 1
    inline = size <= 12
    if inline:
        store64(views, row * 16, np.uint64(0))
        store64(views, row * 16 + 8, np.uint64(0))
    target = views if inline else buffer
    at = row * 16 + 4 if inline else used
    start = at
    if negative:
        target[at] = 45
        at += 1
    if places > 0 and places >= whole:
        target[at] = 48
        at += 1
    for k in range(whole):
        if places > 0 and k == whole - places:
            target[at] = 46
            at += 1
        if k < left or k >= left + count:
            target[at] = 48
        else:
            target[at] = 48 + digits[first + k - left]
        at += 1
    if inline:
        views[row * 16] = size
        return used
    store64(views, row * 16, np.uint64(size) | load64(buffer, start) << np.uint64(32))
    store64(views, row * 16 + 8, np.uint64(start - origin) << np.uint64(32))
    return used + size


@inlined
def _null(row, state_bits, fault_number, views, validity, codes, totals, sums):  # type: ignore[no-untyped-def]
    """A row without a number."""
    store64(views, row * 16, np.uint64(0))
    store64(views, row * 16 + 8, np.uint64(0))
    validity[row >> 3] &= ~(1 << (row & 7))
    codes[row] = state_bits | fault_number << 4
    totals[sums + state_bits] += 1
    totals[sums + _NULLS] += 1
    if fault_number != 0 or state_bits & (_LOW | _HIGH):
        totals[sums + _WRONG] += 1


@inlined
def _absent(row, views, validity, codes, totals, sums):  # type: ignore[no-untyped-def]
    _null(row, 0, 0, views, validity, codes, totals, sums)
    totals[sums] -= 1
    totals[sums + _ABSENT] += 1


@merged
def _low_bytes(count):  # type: ignore[no-untyped-def]
    """A mask of the lowest ``count`` bytes of a word (0 to 8, more is 8)."""
    if count >= 8:
        return ~np.uint64(0)
    return (np.uint64(1) << np.uint64(8 * max(count, 0))) - np.uint64(1)


@merged
def _put_digits(low, high, count, negative, row, used, origin, views, buffer):  # type: ignore[no-untyped-def]
    """Write a number of ``count`` digits: values 0 to 9 in the bytes of two words, zero behind them."""
    size = count
    if negative:
        high = high << np.uint64(8) | low >> np.uint64(56)
        low = low << np.uint64(8) | np.uint64(45)
        size += 1
    first = np.uint64(size) | low << np.uint64(32)
    store64(views, row * 16, first)
    if size <= 12:
        store64(views, row * 16 + 8, low >> np.uint64(32) | high << np.uint64(32))
        return used
    store64(buffer, used, low)
    store64(buffer, used + 8, high)
    store64(views, row * 16 + 8, np.uint64(used - origin) << np.uint64(32))
    return used + size


@inlined
def _zoned_rows(  # type: ignore[no-untyped-def]
    begin, finish, above, place, offset, length, one, two, three, four, left, right, places, used, origin, sums,
    tables, table, work, data, starts, views, buffer, validity, codes, totals,
):
    """Zoned decimal: the places of an overpunched and of a separate sign (-1 for none), the blank byte, whether blank
    is zero.
    """
    sign_at, separate_at, blank, zero_when_blank = one, two, three, four
    plain = separate_at < 0 and left == 0 and right == 0 and places == 0 and length <= 15
    ones = np.uint64(0x0101010101010101)
    # Digits stand in zone 3 on ASCII machines and in zone F elsewhere.
    zones = ones * np.uint64(0x30 if tables[table + 0x30] == 0 else 0xF0)
    low_mask = _low_bytes(length)
    high_mask = _low_bytes(length - 8)
    last = data.shape[0] - 16
    signed_by = sign_at if sign_at >= 0 else length - 1
    for cell_row in range(begin, finish):
        row = above + cell_row
        at = starts[place + cell_row] + offset
        if at < offset:
            _absent(row, views, validity, codes, totals, sums)
            continue
        if plain and at <= last:
            mark = data[at + signed_by]
            value = tables[table + _SIGN + mark]
            # The sign's zone gives way to that of the other digits.
            patch = (np.uint64(mark) ^ np.uint64(value & 0x0F) ^ (zones & np.uint64(0xFF))) << np.uint64(
                8 * (signed_by & 7)
            )
            low = load64(data, at) ^ zones
            high = load64(data, at + 8) ^ zones
            if signed_by < 8:
                low ^= patch
            else:
                high ^= patch
            low &= low_mask
            high &= high_mask
            wrong = (low | (low + np.uint64(6) * ones) | high | (high + np.uint64(6) * ones)) & (
                np.uint64(0xF0) * ones
            )
            if wrong == np.uint64(0) and value <= 0x1F:
                low |= np.uint64(0x30) * ones & low_mask
                high |= np.uint64(0x30) * ones & high_mask
                used = _put_digits(low, high, length, value & 0x10 != 0, row, used, origin, views, buffer)
                codes[row] = 0
                totals[sums] += 1
                continue
        count = 0
        negative = False
        bad_digit = False
        bad_sign = False
        for k in range(length):
            byte = data[at + k]
            if k == separate_at:
                mark = tables[table + _SEPARATE + byte]
                if mark == 0xFE:
                    bad_sign = True
                elif mark == 0x10:
                    negative = True
                continue
            value = tables[table + (_SIGN if k == sign_at else 0) + byte]
            if value > 0x1F:
                if value == 0xFE:
                    bad_sign = True
                else:
                    bad_digit = True
                value = np.uint8(0)
            elif value & 0x10:
                negative = True
            work[count] = value & 0x0F
            count += 1
        if bad_digit or bad_sign:
            first = data[at]
            same = True
            for k in range(1, length):
                if data[at + k] != first:
                    same = False
                    break
            if same and first == blank:
                if not zero_when_blank:
                    _null(row, _BLANK, 0, views, validity, codes, totals, sums)
                    continue
                for k in range(count):
                    work[k] = 0
                negative = False
            else:
                if same and first == 0:
                    _null(row, _LOW, 0, views, validity, codes, totals, sums)
                elif same and first == 255:
                    _null(row, _HIGH, 0, views, validity, codes, totals, sums)
                elif separate_at >= 0 and tables[table + _SEPARATE + data[at + separate_at]] == 0xFE:
                    _null(row, 0, _ZONED_SIGN, views, validity, codes, totals, sums)
                elif bad_digit:
                    _null(row, 0, _ZONED_DIGIT, views, validity, codes, totals, sums)
                else:
                    _null(row, 0, _ZONED_SIGN, views, validity, codes, totals, sums)
                continue
        used = _render(work, 0, count, negative, left, right, places, row, used, origin, views, buffer)
        codes[row] = 0
        totals[sums] += 1
    return used


@merged
def _spread(nibbles):  # type: ignore[no-untyped-def]
    """Eight nibbles of a 32-bit word, highest first, as the bytes of a 64-bit word, lowest first."""
    word = np.uint64(swap32(nibbles))
    word = (word | word << np.uint64(16)) & np.uint64(0x0000FFFF0000FFFF)
    word = (word | word << np.uint64(8)) & np.uint64(0x00FF00FF00FF00FF)
    return (word >> np.uint64(4) | word << np.uint64(8)) & np.uint64(0x0F0F0F0F0F0F0F0F)


@inlined
def _packed_rows(  # type: ignore[no-untyped-def]
    begin, finish, above, place, offset, length, one, two, three, four, left, right, places, used, origin, sums,
    tables, table, work, data, starts, views, buffer, validity, codes, totals,
):
    """Packed decimal: digits, whether there is a sign (nibbles: 1 positive, 2 negative, 0 none), the blank byte."""
    digits, has_sign, blank = one, two, three
    plain = length <= 8 and digits <= 15 and digits > 0 and left == 0 and right == 0 and places == 0
    ones = np.uint64(0x0101010101010101)
    low_mask = _low_bytes(digits)
    high_mask = _low_bytes(digits - 8)
    unused = np.uint64(64 - 8 * min(length, 8))
    blanks = ones * np.uint64(blank) >> unused
    align = np.uint64(64 - 4 * min(max(digits, 1), 15))
    top = np.uint64(4 * min(max(digits, 1), 15))
    last = data.shape[0] - 8
    for cell_row in range(begin, finish):
        row = above + cell_row
        at = starts[place + cell_row] + offset
        if at < offset:
            _absent(row, views, validity, codes, totals, sums)
            continue
        if plain and at <= last:
            word = swap64(load64(data, at)) >> unused
            kind = np.uint8(1)
            value = word
            if has_sign:
                kind = tables[table + _NIBBLE + np.int64(word & np.uint64(15))]
                value = word >> np.uint64(4)
            aligned = value << align
            low = _spread(np.uint32(aligned >> np.uint64(32)))
            high = _spread(np.uint32(aligned & np.uint64(0xFFFFFFFF)))
            wrong = ((low + np.uint64(6) * ones) | (high + np.uint64(6) * ones)) & (np.uint64(0xF0) * ones)
            whole = word != blanks and (word != np.uint64(0) or not has_sign)
            if wrong == np.uint64(0) and kind != 0 and value >> top == np.uint64(0) and whole:
                low |= np.uint64(0x30) * ones & low_mask
                high |= np.uint64(0x30) * ones & high_mask
                used = _put_digits(low, high, digits, kind == 2, row, used, origin, views, buffer)
                codes[row] = 0
                totals[sums] += 1
                continue
        first = data[at]
        same = True
        bad = False
        count = 0
        for k in range(length):
            byte = data[at + k]
            if byte != first:
                same = False
            high_digit = byte >> 4
            low_digit = byte & 0x0F
            if high_digit > 9:
                bad = True
            work[count] = high_digit
            count += 1
            if has_sign and k == length - 1:
                break
            if low_digit > 9:
                bad = True
            work[count] = low_digit
            count += 1
        if same:
            if first == 0 and has_sign:
                _null(row, _LOW, 0, views, validity, codes, totals, sums)
                continue
            if first == 255:
                _null(row, _HIGH, 0, views, validity, codes, totals, sums)
                continue
            if first == blank:
                _null(row, _BLANK, _PACKED_BLANK, views, validity, codes, totals, sums)
                continue
        if bad:
            _null(row, 0, _PACKED_DIGIT, views, validity, codes, totals, sums)
            continue
        negative = False
        if has_sign:
            kind = tables[table + _NIBBLE + (data[at + length - 1] & 0x0F)]
            if kind == 0:
                _null(row, 0, _PACKED_SIGN, views, validity, codes, totals, sums)
                continue
            negative = kind == 2
        extra = count - digits
        over = False
        for k in range(extra):
            if work[k] != 0:
                over = True
        if over:
            _null(row, 0, _OVERFLOW, views, validity, codes, totals, sums)
            continue
        used = _render(work, extra, digits, negative, left, right, places, row, used, origin, views, buffer)
        codes[row] = 0
        totals[sums] += 1
    return used


@merged
def _eight_digits(value):  # type: ignore[no-untyped-def]
    """A number below 10**8 as eight digits, the first in the lowest byte: by halves, pairs, digits side by side."""
    halves = value // np.uint64(10_000)
    halves |= (value - halves * np.uint64(10_000)) << np.uint64(32)
    # 10486 / 2**20 is 1/100 for numbers below 10000, 103 / 2**10 is 1/10 for those below 100.
    pairs = (halves * np.uint64(10_486) >> np.uint64(20)) & np.uint64(0x0000007F0000007F)
    pairs |= (halves - pairs * np.uint64(100)) << np.uint64(16)
    tens = (pairs * np.uint64(103) >> np.uint64(10)) & np.uint64(0x000F000F000F000F)
    return tens | (pairs - tens * np.uint64(10)) << np.uint64(8)


@inlined
def _binary_rows(  # type: ignore[no-untyped-def]
    begin, finish, above, place, offset, length, one, two, three, four, left, right, places, used, origin, sums,
    tables, table, work, data, starts, views, buffer, validity, codes, totals,
):
    """Two's complement of 1 to 8 bytes: the least number of digits, whether signed, little-endian, bound to digits."""
    digits, signed, little, checked = one, two, three, four
    plain = 0 < digits <= 15 and left == 0 and right == 0 and places == 0
    limit = np.uint64(1)
    for _ in range(min(max(digits, 0), 15)):
        limit *= np.uint64(10)
    ones = np.uint64(0x0101010101010101)
    low_mask = _low_bytes(digits)
    high_mask = _low_bytes(digits - 8)
    width = np.uint64(8 * length)
    bits = _low_bytes(length)
    last = data.shape[0] - 8
    # Sixteen digits without the first ones: how many bits to drop in front.
    drop = np.uint64(8 * (8 - min(max(digits, 1), 8))) if digits <= 8 else np.uint64(8 * (16 - min(digits, 15)))
    for cell_row in range(begin, finish):
        row = above + cell_row
        at = starts[place + cell_row] + offset
        if at < offset:
            _absent(row, views, validity, codes, totals, sums)
            continue
        value = np.uint64(0)
        if at <= last:
            value = load64(data, at)
            value = value & bits if little else swap64(value) >> (np.uint64(64) - width)
        else:
            for k in range(length):
                position = at + length - 1 - k if little else at + k
                value = (value << np.uint64(8)) | np.uint64(data[position])
        negative = False
        if signed and (value >> (width - np.uint64(1))) & np.uint64(1) != np.uint64(0):
            negative = True
            value = (~value + np.uint64(1)) & bits
        if plain and value < limit:
            if digits <= 8:
                low = _eight_digits(value) >> drop
                high = np.uint64(0)
            else:
                upper = value // np.uint64(100_000_000)
                high = _eight_digits(value - upper * np.uint64(100_000_000))
                low = _eight_digits(upper) >> drop | high << (np.uint64(64) - drop)
                high >>= drop
            low |= np.uint64(0x30) * ones & low_mask
            high |= np.uint64(0x30) * ones & high_mask
            used = _put_digits(low, high, digits, negative, row, used, origin, views, buffer)
            codes[row] = 0
            totals[sums] += 1
            continue
        first = 24
        while value != np.uint64(0):
            first -= 1
            work[first] = np.uint8(value % np.uint64(10))
            value = value // np.uint64(10)
        if checked and 24 - first > digits:
            _null(row, 0, _OVERFLOW, views, validity, codes, totals, sums)
            continue
        least = max(digits, 1)
        while 24 - first < least:
            first -= 1
            work[first] = 0
        used = _render(work, first, 24 - first, negative, left, right, places, row, used, origin, views, buffer)
        codes[row] = 0
        totals[sums] += 1
    return used


@typed_kernel(
    f"int64({_IN('uint8')}, {_IN('int64')}, Array(int64, 2, 'C', readonly=True), int64, {_IN('uint8')}, uint8[::1], "
    "int64[::1], uint8[::1], uint8[::1], uint8[::1], uint8[::1], int64[::1])",
    allocates=False,
)
def decode_numbers(  # type: ignore[no-untyped-def]
    data, starts, columns, count, tables, work, ends, views, buffer, validity, codes, totals
):
    """Columns of ``count`` rows, a tile of rows after the other so that their records stay in the cache.

    ``columns`` has a row for each: how it is read, the place of its first row in ``starts``, where the cell begins
    after that place, its length, the four numbers its steps name, zeros for P on either side, decimal places, where its
    text begins in the buffer. A column has room for a multiple of eight rows, which is returned.
    """
    stride = (count + 7) // 8 * 8
    begin = 0
    while begin < count:
        finish = min(begin + _TILE, count)
        for column in range(columns.shape[0]):
            reading = columns[column, 0]
            place, offset, length = columns[column, 1], columns[column, 2], columns[column, 3]
            one, two, three, four = columns[column, 4], columns[column, 5], columns[column, 6], columns[column, 7]
            left, right, places, origin = (
                columns[column, 8], columns[column, 9], columns[column, 10], columns[column, 11]
            )
            above = column * stride
            sums = column * _TOTALS
            table = column * _TABLE
            used = ends[column]
            if reading == _ZONED:
                used = _zoned_rows(
                    begin, finish, above, place, offset, length, one, two, three, four, left, right, places, used,
                    origin, sums, tables, table, work, data, starts, views, buffer, validity, codes, totals,
                )
            elif reading == _PACKED:
                used = _packed_rows(
                    begin, finish, above, place, offset, length, one, two, three, four, left, right, places, used,
                    origin, sums, tables, table, work, data, starts, views, buffer, validity, codes, totals,
                )
            else:
                used = _binary_rows(
                    begin, finish, above, place, offset, length, one, two, three, four, left, right, places, used,
                    origin, sums, tables, table, work, data, starts, views, buffer, validity, codes, totals,
                )
            ends[column] = used
        begin = finish
    return stride


@dataclass(frozen=True, slots=True)
class NumberReader:
    """A numeric field made ready: the numbers and tables of its column, the bytes of its longest text.

    ``column`` is None where the field is read cell by cell.
    """

    field: Field
    dialect: Dialect
    ascii_machine: bool
    column: tuple[int, ...] | None = None
    tables: npt.NDArray[np.uint8] | None = None
    width: int = 0

    def read(self, data: Bytes, starts: Starts) -> NumberColumn:
        """Decode the field alone; ``starts`` are the places of its cells."""
        return read_numbers([NumberCells(self, 0)], data, starts)[0]


@dataclass(frozen=True, slots=True)
class NumberCells:
    """Where the cells of one field stand: ``offset`` bytes after ``starts`` int64[n] (None: those of the block)."""

    reader: NumberReader
    offset: int
    starts: Starts | None = None


def read_numbers(items: Sequence[NumberCells], data: Bytes, starts: Starts) -> list[NumberColumn]:
    """Decode several fields of the same records in one pass.

    Args:
        items: The fields.
        data: The block, uint8; every cell lies in it.
        starts: int64[n], position of each record; negative where it has no such cell.
    """
    count = starts.size
    quick = [each for each in items if each.reader.column is not None]
    found = dict(zip(map(id, quick), _read_together(quick, data, starts, count), strict=True)) if quick else {}
    return [
        found[id(each)] if id(each) in found
        else _by_cell(each.reader, data, (starts if each.starts is None else each.starts) + each.offset)
        for each in items
    ]


def _read_together(items: list[NumberCells], data: Bytes, starts: Starts, count: int) -> list[NumberColumn]:
    places = [starts, *(each.starts for each in items if each.starts is not None)]
    stride = (count + 7) // 8 * 8
    columns = np.empty((len(items), 12), np.int64)
    own = room = 0
    for row, each in enumerate(items):
        assert each.reader.column is not None
        own += each.starts is not None
        reading, *rest = each.reader.column
        place = own * count if each.starts is not None else 0
        columns[row] = (reading, place, each.offset, each.reader.field.length, *rest, room)
        # Two words are stored where a text ends in the second one.
        room += count * each.reader.width + 16 if each.reader.width > 12 else 0
    views, buffer = pooled_array(16 * stride * len(items), np.uint8), pooled_array(room + 16, np.uint8)
    validity, codes = np.full(stride // 8 * len(items), 0xFF, np.uint8), np.empty(stride * len(items), np.uint8)
    totals, ends = np.zeros((len(items), _TOTALS), np.int64), columns[:, 11].copy()
    decode_numbers(
        data, places[0] if len(places) == 1 else np.concatenate(places), columns, count,
        np.concatenate([each.reader.tables for each in items if each.reader.tables is not None]),
        np.empty(64, np.uint8), ends, views, buffer, validity, codes, totals.reshape(-1),
    )
    found: list[NumberColumn] = []
    for row in range(len(items)):
        absent, wrong, nulls = totals[row, 256:].tolist()
        bits = pa.py_buffer(validity[stride // 8 * row : stride // 8 * (row + 1)]) if nulls else None
        text = pa.py_buffer(buffer[columns[row, 11] : ends[row]])
        own_views = pa.py_buffer(views[16 * stride * row : 16 * (stride * row + count)])
        values = pa.Array.from_buffers(pa.string_view(), count, [bits, own_views, text], nulls)
        found.append(
            NumberColumn(values, codes[stride * row : stride * row + count], totals[row, :256], absent, wrong)
        )
    return found


def number_reader(field: Field, dialect: Dialect, *, ascii_machine: bool) -> NumberReader:
    """How to read a field whose codec is not ``text``.

    Args:
        field: The field.
        dialect: The compiler's answers (signs, byte order).
        ascii_machine: Zoned digits are 30–39 instead of F0–F9.
    """
    form = form_of(field)
    if field.codec == "float" or (field.codec == "binary" and field.length > 8):
        return NumberReader(field, dialect, ascii_machine)
    width = max(form.width, 24 + form.left_zeros + form.right_zeros if field.codec == "binary" else 0)
    shape = (form.left_zeros, form.right_zeros, form.places)
    tables = np.zeros(_TABLE, np.uint8)
    column: tuple[int, ...]
    if field.codec == "zoned":
        table = zoned_table(dialect, ascii_machine=ascii_machine, signed=field.signed)
        tables[:_NIBBLE] = np.concatenate((table.digit, table.sign, table.separate))
        last = field.length - 1
        sign_at = {"none": last, "trailing": last, "leading": 0}.get(field.sign, -1)
        separate_at = {"leading_separate": 0, "trailing_separate": last}.get(field.sign, -1)
        column = (_ZONED, sign_at, separate_at, table.blank, field.blank_when_zero)
    elif field.codec == "binary":
        column = (_BINARY, field.digits, field.signed, field.endian == "little", field.overflow_checked)
    else:
        tables[[_NIBBLE + int(n, 16) for n in dialect.packed_positive]] = 1
        if field.signed:
            tables[[_NIBBLE + int(n, 16) for n in dialect.packed_negative]] = 2
        column = (_PACKED, field.digits, field.codec == "packed", 0x20 if ascii_machine else 0x40, 0)
    return NumberReader(field, dialect, ascii_machine, (*column, *shape), tables, width)


def _by_cell(reader: NumberReader, data: Bytes, starts: Starts) -> NumberColumn:
    """Floats and 16-byte binaries: rare in municipal records, so one cell at a time."""
    field = reader.field
    texts: list[str | None] = []
    codes = np.zeros(starts.size, np.uint8)
    for row, start in enumerate(starts.tolist()):
        raw = data[start : start + field.length].tobytes() if start >= 0 else b""
        if not raw:
            texts.append(None)
        elif field.codec == "float":
            texts.append(decode_float(field, raw, reader.dialect))
        else:
            cell = decode_number(field, raw, reader.dialect, ascii_machine=reader.ascii_machine)
            texts.append(cell.text)
            codes[row] = _OVERFLOW << 4 if cell.fault else 0
    absent = int(np.count_nonzero(starts < 0))
    counts = np.zeros(256, np.int64)
    counts[0] = starts.size - absent
    return NumberColumn(pa.array(texts, pa.string_view()), codes, counts, absent, int(np.count_nonzero(codes)))
