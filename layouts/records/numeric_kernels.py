"""Numeric columns in one pass: zoned, packed and binary bytes → Arrow ``string_view`` with states and faults.

Each kernel reads a byte buffer at ``starts`` (0-based, int64; negative = the cell does not exist) and writes 16-byte
Arrow views: texts of up to 12 bytes stand in the view, longer ones in ``buffer`` (``width`` bytes a row). Numbers below
are the positions in ``numeric.FAULTS``; states are CellState bits. The reference is ``numeric.decode_number``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from char_mapping.kernels.cache import inlined, typed_kernel
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

    ``values`` is a ``string_view`` array (null where blank, LOW/HIGH-VALUE, absent or at fault); ``state`` uint8[n]
    holds CellState bits, ``fault`` uint8[n] positions in ``numeric.FAULTS``.
    """

    values: pa.Array
    state: npt.NDArray[np.uint8]
    fault: npt.NDArray[np.uint8]


_IN = "Array({}, 1, 'C', readonly=True)".format
_SHAPE = "int64, int64, int64, int64, uint8[::1], uint8[::1], int32[::1]"
_CELLS = f"{_IN('uint8')}, {_IN('int64')}, int64"


@inlined
def _render(  # type: ignore[no-untyped-def]
    digits, first, count, negative, left, right, places, row, width, views, buffer, lengths
):
    """Write the text of ``digits[first:first+count]`` for one row; returns nothing."""
    whole = left + count + right
    size = whole
    if places > 0:
        size += 1
        if places >= whole:
            size += 1
    if negative:
        size += 1
    inline = size <= 12
    target = views if inline else buffer
    at = row * 16 + 4 if inline else row * width
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
    views[row * 16] = size
    lengths[row] = size
    if not inline:
        for k in range(4):
            views[row * 16 + 4 + k] = buffer[start + k]
        for k in range(4):
            views[row * 16 + 12 + k] = (start >> (8 * k)) & 0xFF


@typed_kernel(
    f"void({_CELLS}, {_IN('uint8')}, {_IN('uint8')}, {_IN('uint8')}, int64, int64, int64, boolean, {_SHAPE}, "
    "uint8[::1], uint8[::1])"
)
def zoned_kernel(  # type: ignore[no-untyped-def]
    data, starts, length, digit, sign, separate, sign_at, separate_at, blank, zero_when_blank, left, right, places,
    width, views, buffer, lengths, state, fault,
):
    """Zoned decimal; ``sign_at`` and ``separate_at`` are byte positions in the cell, -1 for none."""
    work = np.zeros(40, np.uint8)
    plain = separate_at < 0 and left == 0 and right == 0 and places == 0
    target = views if length <= 12 else buffer
    for row in range(starts.size):
        at = starts[row]
        if at < 0:
            continue
        if plain:
            # Most cells: digits only, copied as they stand.
            out = row * 16 + 4 if length <= 12 else row * width
            wrong = 0
            for k in range(length):
                value = sign[data[at + k]] if k == sign_at else digit[data[at + k]]
                wrong |= value & 0xF0
                target[out + k] = 48 + value
            if wrong == 0:
                views[row * 16] = length
                lengths[row] = length
                if length > 12:
                    for k in range(4):
                        views[row * 16 + 4 + k] = buffer[out + k]
                        views[row * 16 + 12 + k] = (out >> (8 * k)) & 0xFF
                continue
            for k in range(16):
                views[row * 16 + k] = 0
        count = 0
        negative = False
        bad_digit = False
        bad_sign = False
        for k in range(length):
            byte = data[at + k]
            if k == separate_at:
                mark = separate[byte]
                if mark == 0xFE:
                    bad_sign = True
                elif mark == 0x10:
                    negative = True
                continue
            value = sign[byte] if k == sign_at else digit[byte]
            if value > 0x1F:
                if value == 0xFE:
                    bad_sign = True
                else:
                    bad_digit = True
                value = 0
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
                if zero_when_blank:
                    for k in range(count):
                        work[k] = 0
                    _render(work, 0, count, False, left, right, places, row, width, views, buffer, lengths)
                else:
                    state[row] = _BLANK
            elif same and first == 0:
                state[row] = _LOW
            elif same and first == 255:
                state[row] = _HIGH
            elif separate_at >= 0 and separate[data[at + separate_at]] == 0xFE:
                fault[row] = _ZONED_SIGN
            elif bad_digit:
                fault[row] = _ZONED_DIGIT
            else:
                fault[row] = _ZONED_SIGN
        else:
            _render(work, 0, count, negative, left, right, places, row, width, views, buffer, lengths)


@typed_kernel(f"void({_CELLS}, int64, boolean, {_IN('uint8')}, int64, {_SHAPE}, uint8[::1], uint8[::1])")
def packed_kernel(  # type: ignore[no-untyped-def]
    data, starts, length, digits, has_sign, signs, blank, left, right, places, width, views, buffer, lengths,
    state, fault,
):
    """Packed decimal; ``signs`` is uint8[16]: 1 positive, 2 negative, 0 not a sign."""
    work = np.zeros(64, np.uint8)
    for row in range(starts.size):
        at = starts[row]
        if at < 0:
            continue
        first = data[at]
        same = True
        bad = False
        count = 0
        for k in range(length):
            byte = data[at + k]
            if byte != first:
                same = False
            high = byte >> 4
            low = byte & 0x0F
            if high > 9:
                bad = True
            work[count] = high
            count += 1
            if has_sign and k == length - 1:
                break
            if low > 9:
                bad = True
            work[count] = low
            count += 1
        if same:
            if first == 0 and has_sign:
                state[row] = _LOW
                continue
            if first == 255:
                state[row] = _HIGH
                continue
            if first == blank:
                state[row] = _BLANK
                fault[row] = _PACKED_BLANK
                continue
        if bad:
            fault[row] = _PACKED_DIGIT
            continue
        negative = False
        if has_sign:
            kind = signs[data[at + length - 1] & 0x0F]
            if kind == 0:
                fault[row] = _PACKED_SIGN
                continue
            negative = kind == 2
        extra = count - digits
        over = False
        for k in range(extra):
            if work[k] != 0:
                over = True
        if over:
            fault[row] = _OVERFLOW
            continue
        _render(work, extra, digits, negative, left, right, places, row, width, views, buffer, lengths)


@typed_kernel(f"void({_CELLS}, int64, boolean, boolean, boolean, {_SHAPE}, uint8[::1])")
def binary_kernel(  # type: ignore[no-untyped-def]
    data, starts, length, digits, signed, little, checked, left, right, places, width, views, buffer, lengths, fault
):
    """Two's complement of 1 to 8 bytes; ``digits`` is the least number of digits shown."""
    work = np.zeros(24, np.uint8)
    for row in range(starts.size):
        at = starts[row]
        if at < 0:
            continue
        value = np.uint64(0)
        for k in range(length):
            position = at + length - 1 - k if little else at + k
            value = (value << np.uint64(8)) | np.uint64(data[position])
        negative = False
        if signed and (value >> np.uint64(8 * length - 1)) & np.uint64(1):
            negative = True
            value = ~value + np.uint64(1)
            if length < 8:
                value = value & ((np.uint64(1) << np.uint64(8 * length)) - np.uint64(1))
        first = 24
        while value != np.uint64(0):
            first -= 1
            work[first] = np.uint8(value % np.uint64(10))
            value = value // np.uint64(10)
        if checked and 24 - first > digits:
            fault[row] = _OVERFLOW
            continue
        least = max(digits, 1)
        while 24 - first < least:
            first -= 1
            work[first] = 0
        _render(work, first, 24 - first, negative, left, right, places, row, width, views, buffer, lengths)


def _column(views: Bytes, buffer: Bytes, lengths: npt.NDArray[np.int32], state: Bytes, fault: Bytes) -> NumberColumn:
    valid = lengths >= 0
    nulls = int(valid.size - np.count_nonzero(valid))
    validity = pa.py_buffer(np.packbits(valid, bitorder="little")) if nulls else None
    values = pa.Array.from_buffers(
        pa.string_view(), valid.size, [validity, pa.py_buffer(views), pa.py_buffer(buffer)], nulls
    )
    return NumberColumn(values, state, fault)


def decode_numbers(
    field: Field, data: Bytes, starts: Starts, dialect: Dialect, *, ascii_machine: bool
) -> NumberColumn:
    """Decode one numeric field of every record of a block.

    Args:
        field: Any field whose codec is not ``text``.
        data: The block, uint8; every ``starts[i] + field.length`` lies in it.
        starts: int64[n], position of each cell; negative where the record has no such cell.
        dialect: The compiler's answers (signs, byte order).
        ascii_machine: Zoned digits are 30–39 instead of F0–F9.
    """
    count = starts.size
    form = form_of(field)
    state = np.zeros(count, np.uint8)
    fault = np.zeros(count, np.uint8)
    if field.codec == "float" or (field.codec == "binary" and field.length > 8):
        return _by_cell(field, data, starts, dialect, state, fault, ascii_machine)
    width = max(form.width, 24 + form.left_zeros + form.right_zeros if field.codec == "binary" else 0)
    views = np.zeros(count * 16, np.uint8)
    buffer = np.empty(count * width if width > 12 else 0, np.uint8)
    lengths = np.full(count, -1, np.int32)
    shape = (form.left_zeros, form.right_zeros, form.places, width, views, buffer, lengths)
    if field.codec == "zoned":
        table = zoned_table(dialect, ascii_machine=ascii_machine, signed=field.signed)
        last = field.length - 1
        sign_at = {"none": last, "trailing": last, "leading": 0}.get(field.sign, -1)
        separate_at = {"leading_separate": 0, "trailing_separate": last}.get(field.sign, -1)
        zoned_kernel(
            data, starts, field.length, table.digit, table.sign, table.separate, sign_at, separate_at, table.blank,
            field.blank_when_zero, *shape, state, fault,
        )
    elif field.codec == "binary":
        binary_kernel(
            data, starts, field.length, field.digits, field.signed, field.endian == "little", field.overflow_checked,
            *shape, fault,
        )
    else:
        signs = np.zeros(16, np.uint8)
        signs[[int(n, 16) for n in dialect.packed_positive]] = 1
        if field.signed:
            signs[[int(n, 16) for n in dialect.packed_negative]] = 2
        packed_kernel(
            data, starts, field.length, field.digits, field.codec == "packed", signs, 0x20 if ascii_machine else 0x40,
            *shape, state, fault,
        )
    return _column(views, buffer, lengths, state, fault)


def _by_cell(
    field: Field, data: Bytes, starts: Starts, dialect: Dialect, state: Bytes, fault: Bytes, ascii_machine: bool
) -> NumberColumn:
    """Floats and 16-byte binaries: rare in municipal records, so one cell at a time."""
    texts: list[str | None] = []
    for start in starts.tolist():
        raw = data[start : start + field.length].tobytes() if start >= 0 else b""
        if not raw:
            texts.append(None)
        elif field.codec == "float":
            texts.append(decode_float(field, raw, dialect))
        else:
            cell = decode_number(field, raw, dialect, ascii_machine=ascii_machine)
            texts.append(cell.text)
            fault[len(texts) - 1] = _OVERFLOW if cell.fault else 0
    return NumberColumn(pa.array(texts, pa.string_view()), state, fault)
