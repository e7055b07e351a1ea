"""Encode kernel: Arrow text into fixed-length fields of a host."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from char_mapping.kernels.cache import typed_kernel

UNENCODABLE, TOO_LONG, FALLBACK = 1, 2, 3

_IN = "Array({}, 1, 'C', readonly=True)".format


@typed_kernel(
    f"void({_IN('uint8')}, {_IN('int64')}, {_IN('int32')}, {_IN('uint8')}, {_IN('uint8')}, "
    "uint8[:, ::1], int32[::1], int32[::1])"
)
def encode_cells(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    codes: NDArray[np.int32],
    shift_in: NDArray[np.uint8],
    shift_out: NDArray[np.uint8],
    matrix: NDArray[np.uint8],
    status: NDArray[np.int32],
    points: NDArray[np.int32],
) -> None:
    """Write each text of a large_string column (``data``, ``offsets``; well-formed UTF-8) into its row of ``matrix``.

    ``codes`` maps a code point to a byte, to 0x10000 + a pair, to 0x20000 + a triple, to -1 (none) or to -2 (only
    with the character before it). A row that could not be written has a ``status``, the code point in ``points``, and
    an undefined content.
    """
    width = matrix.shape[1]
    for row in range(offsets.shape[0] - 1):
        i = offsets[row]
        end = offsets[row + 1]
        at = 0
        opened = False
        while i < end:
            first = np.int64(data[i])
            if first < 0x80:
                point = first
                i += 1
            elif first < 0xE0:
                point = (first & 0x1F) << 6 | (data[i + 1] & 0x3F)
                i += 2
            elif first < 0xF0:
                point = (first & 0x0F) << 12 | np.int64(data[i + 1] & 0x3F) << 6 | (data[i + 2] & 0x3F)
                i += 3
            else:
                point = (first & 0x07) << 18 | np.int64(data[i + 1] & 0x3F) << 12
                point |= np.int64(data[i + 2] & 0x3F) << 6 | (data[i + 3] & 0x3F)
                i += 4
            code = codes[point]
            if code < 0:
                status[row] = UNENCODABLE if code == -1 else FALLBACK
                points[row] = point
                break
            pair = code >= 0x10000
            shift = shift_in if pair else shift_out
            moving = shift.shape[0] if pair != opened else 0
            triple = code >= 0x20000
            if at + moving + (3 if triple else 2 if pair else 1) > width:
                status[row] = TOO_LONG
                break
            for j in range(moving):
                matrix[row, at + j] = shift[j]
            at += moving
            opened = pair
            if triple:
                matrix[row, at] = 0x8F
                matrix[row, at + 1] = 0x80 | ((code >> 8) & 0x7F)
                matrix[row, at + 2] = 0x80 | (code & 0x7F)
                at += 3
            elif pair:
                matrix[row, at] = (code >> 8) & 0xFF
                matrix[row, at + 1] = code & 0xFF
                at += 2
            else:
                matrix[row, at] = code
                at += 1
        if opened and status[row] == 0 and shift_out.shape[0] > 0:
            if at + shift_out.shape[0] > width:
                status[row] = TOO_LONG
            else:
                for j in range(shift_out.shape[0]):
                    matrix[row, at + j] = shift_out[j]
