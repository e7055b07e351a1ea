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
U64 = NDArray[np.uint64]
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
def _three(data: U8, i: Scalar) -> Scalar:
    """The code point of a character of three bytes; ``i`` is unsigned: a signed index is looked at for its sign."""
    one, two = np.uint64(1), np.uint64(2)
    low = np.uint64(data[i + one] & 0x3F) << np.uint64(6) | np.uint64(data[i + two] & 0x3F)
    return np.uint64(data[i] & 0x0F) << np.uint64(12) | low


@inlined
def _bit(data: U8, i: Scalar, three: U64) -> Scalar:
    """Whether the bit of a character of three bytes is set; see :func:`first_outside`."""
    one, two = np.uint64(1), np.uint64(2)
    word = three[np.uint64(data[i]) | np.uint64(data[i + one]) << np.uint64(8)]
    return word >> np.uint64(data[i + two] & 0x3F) & one != np.uint64(0)


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


@typed_kernel(f"void({_IN('uint8')}, {_IN('int64')}, {_IN('uint8')}, {_IN('uint64')}, int32[::1])")
def first_outside(data: U8, offsets: I64, inside: U8, three: U64, points: I32) -> None:
    """The first code point of each text that is not marked in ``inside``, -1 where there is none.

    ``three`` says the same of characters of three bytes: by the first two (little-endian) a word with a bit for each
    last one. A character in the set is passed without its code point.
    """
    for row in range(offsets.shape[0] - 1):
        i: Scalar = np.uint64(offsets[row])
        stop = np.uint64(offsets[row + 1])
        points[row] = -1
        while i < stop:
            # Kanji and kana have three bytes: asked for first.
            if data[i] & 0xF0 == 0xE0:
                span: Scalar = np.uint64(3)
                if _bit(data, i, three):
                    i += span
                    continue
                point: Scalar = _three(data, i)
            else:
                span = np.uint64(_span(data[i]))
                point = np.uint64(_point(data, np.int64(i), np.int64(span)))
            if inside[point] == 0:
                points[row] = np.int32(point)
                break
            i += span


@typed_kernel(
    f"int64({_IN('uint8')}, {_IN('int64')}, {_IN('uint32')}, {_IN('uint64')}, Array(uint8, 2, 'C', readonly=True), "
    f"{_IN('int32')}, {_IN('int32')}, uint8[::1], int64[::1], uint8[::1])"
)
def map_cells(
    data: U8, offsets: I64, entries: U32, three: U64, texts: U8, voiced: I32, semi_voiced: I32, out: U8, ends: I64,
    changed: U8,
) -> Scalar:
    """Replace code points by ``entries``; a mark joins the letter before it where ``voiced``, ``semi_voiced`` have one.

    ``three`` has a bit for each character of three bytes that has an entry, as in :func:`first_outside`.
    ``voiced`` and ``semi_voiced`` are indexed by the source code point minus U+FF66 and hold 0 where nothing composes.
    """
    used: Scalar = np.int64(0)
    size = np.uint64(entries.shape[0])
    # What no entry changes is copied in one piece, over the ends of rows, when the next change or the end comes.
    kept: Scalar = offsets[0]
    for row in range(offsets.shape[0] - 1):
        i: Scalar = np.uint64(offsets[row])
        stop = np.uint64(offsets[row + 1])
        before: Scalar = np.uint64(0)
        touched = 0
        while i < stop:
            if data[i] & 0xF0 == 0xE0:
                span: Scalar = np.uint64(3)
                if not _bit(data, i, three):
                    i += span
                    before = np.uint64(0)
                    continue
                point: Scalar = _three(data, i)
            else:
                span = np.uint64(_span(data[i]))
                point = np.uint64(_point(data, np.int64(i), np.int64(span)))
            if point < size and entries[point] != 0:
                entry = entries[point]
                touched = 1
                here = np.int64(i)
                out[used : used + here - kept] = data[kept:here]
                used += here - kept
                kept = here + np.int64(span)
                joined: Scalar = np.int64(0)
                letter = np.int64(before) - 0xFF66
                if entry & (VOICED | SEMI_VOICED) and 0 <= letter < 0x38:
                    joined = voiced[letter] if entry & VOICED else semi_voiced[letter]
                if joined != 0:
                    out[used - 3] = 0xE0 | joined >> 12
                    out[used - 2] = 0x80 | (joined >> 6 & 0x3F)
                    out[used - 1] = 0x80 | (joined & 0x3F)
                elif entry & TEXT:
                    number = entry & 0xFFFFFF
                    for j in range(texts[number, 0]):
                        out[used + j] = texts[number, 1 + j]
                    used += np.int64(texts[number, 0])
                else:
                    out[used] = entry & 0xFF
                    out[used + 1] = (entry >> 8) & 0xFF
                    out[used + 2] = (entry >> 16) & 0xFF
                    used += np.int64((entry >> 24) & 3)
            i += span
            before = point
        ends[row] = used + np.int64(stop) - kept
        changed[row] = touched
    end = offsets[offsets.shape[0] - 1]
    out[used : used + end - kept] = data[kept:end]
    return used + end - kept


@typed_kernel(f"int64({_IN('uint8')}, {_IN('int64')}, {_IN('uint32')}, uint8[::1], int64[::1])")
def widen_kana_cells(data: U8, offsets: I64, pairs: U32, out: U8, ends: I64) -> Scalar:
    """Half-width kana to full width, marks joined: what map_cells does with the kana table, for that table alone.

    ``pairs`` has an entry for each (character, character before it), both counted from U+FF60 and 0 for all others:
    bits 0 to 23 the bytes to write, 24 and 25 how many, 26 and 27 how many written ones they replace. No branch hangs
    on where the marks stand. Indices are unsigned: a signed one is looked at for its sign each time.
    """
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    used: Scalar = np.uint64(0)
    for row in range(offsets.shape[0] - 1):
        i: Scalar = np.uint64(offsets[row])
        stop = np.uint64(offsets[row + 1])
        before: Scalar = np.uint32(0)
        while i < stop:
            first = data[i]
            kana: Scalar = np.uint32(0)
            step: Scalar = one
            # EF is always a first byte, so everything else can be copied byte by byte.
            if first == 0xEF:
                place = np.uint32(data[i + one] & 0x3F) << np.uint32(6) | np.uint32(data[i + two] & 0x3F)
                place -= np.uint32(0xF60)
                if place - np.uint32(1) < np.uint32(63):
                    kana = place
                    step = three
            entry = pairs[kana << np.uint32(6) | before]
            at = used - np.uint64(entry >> np.uint32(26))
            word = entry & np.uint32(0xFFFFFF)
            word |= np.uint32(first) if kana == np.uint32(0) else np.uint32(0)
            out[at] = word & np.uint32(0xFF)
            out[at + one] = (word >> np.uint32(8)) & np.uint32(0xFF)
            out[at + two] = (word >> np.uint32(16)) & np.uint32(0xFF)
            out[at + three] = 0
            used = at + np.uint64((entry >> np.uint32(24)) & np.uint32(3))
            i += step
            before = kana
        ends[row] = used
    return np.int64(used)
