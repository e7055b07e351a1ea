"""How often each code point occurs in a column of text: the input of the character audit (law 2)."""

from __future__ import annotations

import threading

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from char_mapping.kernels.arrow_text import text_buffers
from char_mapping.kernels.unicode_cells import count_points


class _Scratch(threading.local):
    """One table of counts per thread, all zero between calls."""

    def __init__(self) -> None:
        self.counts = np.zeros(0x110000, np.int64)
        self.touched = np.empty(0x110000, np.int32)


_SCRATCH = _Scratch()


def code_point_histogram(column: pa.Array | pa.ChunkedArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Code points of a text column in ascending order, and how often each occurs; nulls count nothing."""
    data, offsets, _ = text_buffers(column)
    counts, touched = _SCRATCH.counts, _SCRATCH.touched
    found = count_points(data, int(offsets[0]), int(offsets[-1]), counts, touched)
    points = np.sort(touched[:found]).astype(np.int64)
    result = counts[points]
    counts[points] = 0
    return points, result
