"""Kernels over Arrow text (large_string: ``data`` and ``offsets`` of well-formed UTF-8): count, look up, map, compose.

No step here is shared with another file; a code point is read by :func:`_point` and has :func:`_span` bytes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from char_mapping.kernels.cache import inlined, typed_kernel

# A Python int here, an integer register in machine code.
Scalar = Any

U8 = NDArray[np.uint8]
U32 = NDArray[np.uint32]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]

# Bits of the entries of map_cells (0: keep). MAPPED: bits 24 and 25 count the UTF-8 bytes in the low 24 bits; TEXT:
# these number a row of ``texts``.
MAPPED, TEXT, VOICED, SEMI_VOICED = 0x80000000, 0x10000000, 0x04000000, 0x08000000

_IN = "Array({}, 1, 'C', readonly=True)".format


@inlined
def _span(first: Scalar) -> Scalar:
    """Bytes of the character that begins with ``first``."""
    if first < 0x80:
        return 1
    if first < 0xE0:
        return 2
    return 3 if first < 0xF0 else 4


@inlined
def _point(data: U8, i: Scalar, span: Scalar) -> Scalar:
    first = np.int64(data[i])
    if span == 1:
        return first
    if span == 2:
        return (first & 0x1F) << 6 | (data[i + 1] & 0x3F)
    if span == 3:
        return (first & 0x0F) << 12 | np.int64(data[i + 1] & 0x3F) << 6 | (data[i + 2] & 0x3F)
    high = (first & 0x07) << 18 | np.int64(data[i + 1] & 0x3F) << 12
    return high | np.int64(data[i + 2] & 0x3F) << 6 | (data[i + 3] & 0x3F)


@typed_kernel(f"int64({_IN('uint8')}, int64, int64, int64[::1], int32[::1])")
def count_points(data: U8, start: int, stop: int, counts: I64, touched: I32) -> int:
    """Add the code points of ``data[start:stop]`` to ``counts``; those that were 0 before are listed in ``touched``."""
    found = 0
    i: Scalar = start
    while i < stop:
        span = _span(data[i])
        point = _point(data, i, span)
        i += span
        if counts[point] == 0:
            touched[found] = point
            found += 1
        counts[point] += 1
    return found


@typed_kernel(f"void({_IN('uint8')}, {_IN('int64')}, {_IN('uint8')}, int32[::1])")
def count_perceived(data: U8, offsets: I64, joins: U8, lengths: I32) -> None:
    """Characters as a person counts them: a code point marked in ``joins`` belongs to the one before it."""
    for row in range(offsets.shape[0] - 1):
        i: Scalar = offsets[row]
        stop = offsets[row + 1]
        count = 0
        while i < stop:
            first = data[i]
            span = _span(first)
            if first < 0xCC or count == 0 or joins[_point(data, i, span)] == 0:
                count += 1
            i += span
        lengths[row] = count


@typed_kernel(f"void({_IN('uint8')}, {_IN('int64')}, {_IN('uint8')}, int32[::1])")
def first_outside(data: U8, offsets: I64, inside: U8, points: I32) -> None:
    """The first code point of each text that is not marked in ``inside``, -1 where there is none."""
    for row in range(offsets.shape[0] - 1):
        i: Scalar = offsets[row]
        stop = offsets[row + 1]
        points[row] = -1
        while i < stop:
            span = _span(data[i])
            point = _point(data, i, span)
            if inside[point] == 0:
                points[row] = point
                break
            i += span


@typed_kernel(
    f"int64({_IN('uint8')}, {_IN('int64')}, {_IN('uint32')}, Array(uint8, 2, 'C', readonly=True), {_IN('int32')}, "
    f"{_IN('int32')}, uint8[::1], int64[::1], uint8[::1])"
)
def map_cells(
    data: U8, offsets: I64, entries: U32, texts: U8, voiced: I32, semi_voiced: I32, out: U8, ends: I64, changed: U8
) -> int:
    """Replace code points by ``entries``; a mark joins the letter before it where ``voiced``, ``semi_voiced`` have one.

    ``voiced`` and ``semi_voiced`` are indexed by the source code point minus U+FF66 and hold 0 where nothing composes.
    """
    used: int = 0
    last = data.shape[0] - 4
    for row in range(offsets.shape[0] - 1):
        i: Scalar = offsets[row]
        stop = offsets[row + 1]
        before: Scalar = np.int64(0)
        touched = 0
        while i < stop:
            span = _span(data[i])
            point = _point(data, i, span)
            entry: Scalar = np.uint32(0)
            if point < entries.shape[0]:
                entry = entries[point]
            if entry == 0:
                # Four bytes are stored whatever the length: ``out`` has room behind its end.
                for j in range(4 if i <= last else span):
                    out[used + j] = data[i + j]
                used += span
            else:
                touched = 1
                joined: Scalar = np.int64(0)
                if entry & (VOICED | SEMI_VOICED) and 0xFF66 <= before < 0xFF9E:
                    joined = voiced[before - 0xFF66] if entry & VOICED else semi_voiced[before - 0xFF66]
                if joined != 0:
                    out[used - 3] = 0xE0 | joined >> 12
                    out[used - 2] = 0x80 | (joined >> 6 & 0x3F)
                    out[used - 1] = 0x80 | (joined & 0x3F)
                elif entry & TEXT:
                    number = entry & 0xFFFFFF
                    for j in range(texts[number, 0]):
                        out[used + j] = texts[number, 1 + j]
                    used += texts[number, 0]
                else:
                    out[used] = entry & 0xFF
                    out[used + 1] = (entry >> 8) & 0xFF
                    out[used + 2] = (entry >> 16) & 0xFF
                    used += (entry >> 24) & 3
            i += span
            before = point
        ends[row] = used
        changed[row] = touched
    return used
