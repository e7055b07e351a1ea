"""Short texts of digits, capitals and signs as numbers: what makes looking up codes and dates cheap."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from char_mapping.kernels.arrow_text import text_buffers
from char_mapping.kernels.cache import typed_kernel

LONGEST = 10
"""Bytes of the longest text that has a key: six bits each, below a leading 1 that tells lengths apart."""
NOT_SHORT = -1
"""The key of a text that is longer or holds a byte outside 20–5F."""

# A Python int here, an integer register in machine code.
Scalar = Any

_IN = "Array({}, 1, 'C', readonly=True)".format


@typed_kernel(f"void({_IN('uint8')}, {_IN('int64')}, int64[::1])")
def _pack(data: NDArray[np.uint8], offsets: NDArray[np.int64], keys: NDArray[np.int64]) -> None:
    for row in range(offsets.shape[0] - 1):
        i: Scalar = offsets[row]
        stop = offsets[row + 1]
        key: Scalar = np.int64(1)
        if stop - i > LONGEST:
            key = np.int64(NOT_SHORT)
            i = stop
        while i < stop:
            value = np.int64(data[i]) - 0x20
            if value < 0 or value > 0x3F:
                key = np.int64(NOT_SHORT)
                break
            key = key << 6 | value
            i += 1
        keys[row] = key


def short_text_keys(column: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    """One key a row: equal for equal texts, different for different ones.

    Texts of up to :data:`LONGEST` characters U+0020–U+005F (digits, capitals, blank, ``-``, ``/``, ``.``) have a key
    above 0; any other is :data:`NOT_SHORT`. A null row has the key of the empty text, 1.
    """
    data, offsets, _ = text_buffers(column)
    keys = np.empty(len(offsets) - 1, np.int64)
    _pack(data, offsets, keys)
    return keys


@typed_kernel(f"void(int64[:, ::1], {_IN('int64')}, {_IN('int64')})")
def _place(slots: NDArray[np.int64], keys: NDArray[np.int64], numbers: NDArray[np.int64]) -> None:
    last = slots.shape[0] - 1
    for k in range(keys.shape[0]):
        at: Scalar = (keys[k] * 0x9E3779B97F4A7C1 >> 20) & last
        while slots[at, 0] != 0:
            at = (at + 1) & last
        slots[at, 0] = keys[k]
        slots[at, 1] = numbers[k]


@typed_kernel("void(Array(int64, 2, 'C', readonly=True), Array(int64, 1, 'C', readonly=True), int64[::1])")
def _find(slots: NDArray[np.int64], keys: NDArray[np.int64], numbers: NDArray[np.int64]) -> None:
    last = slots.shape[0] - 1
    for k in range(keys.shape[0]):
        at: Scalar = (keys[k] * 0x9E3779B97F4A7C1 >> 20) & last
        while slots[at, 0] != keys[k] and slots[at, 0] != 0:
            at = (at + 1) & last
        numbers[k] = slots[at, 1] if slots[at, 0] == keys[k] else -1


def index_keys(keys: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """A hash table (int64[2**k, 2], at most half full) from distinct keys to a number each, for :func:`find_keys`."""
    slots = np.zeros((1 << (2 * keys.size).bit_length(), 2), np.int64)
    _place(slots, keys, numbers)
    return slots


def find_keys(slots: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of each key, -1 where the table does not hold it (it never holds :data:`NOT_SHORT`)."""
    numbers = np.empty(keys.size, np.int64)
    _find(slots, keys, numbers)
    return numbers


def text_of_key(key: int) -> str:
    """The text a key above 0 stands for.

    >>> text_of_key((1 << 6 | 0x14) << 6 | 0x0D)
    '4-'
    """
    text = ""
    while key > 1:
        text = chr((key & 0x3F) + 0x20) + text
        key >>= 6
    return text
