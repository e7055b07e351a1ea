"""Arrow text as the arrays that kernels read and write."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)


def text_buffers(
    column: pa.Array | pa.ChunkedArray,
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.bool_] | None]:
    """``data`` (UTF-8 bytes), ``offsets`` int64[n+1] into it, and which rows are valid (None: all of them).

    Any Arrow text type is accepted; other types than large_string are converted. A null row has no bytes.
    """
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    valid = None
    if column.null_count:
        valid = np.asarray(column.is_valid())
        column = column.fill_null("") if pa.types.is_large_string(column.type) else column
    if not pa.types.is_large_string(column.type):
        column = column.cast(pa.large_string())
        column = pc.fill_null(column, "") if valid is not None else column
    _, offset_buffer, data_buffer = column.buffers()
    if not len(column):
        return np.empty(0, np.uint8), np.zeros(1, np.int64), valid
    offsets = np.frombuffer(offset_buffer, np.int64, len(column) + 1, 8 * column.offset)
    data = np.frombuffer(data_buffer, np.uint8) if data_buffer is not None else np.empty(0, np.uint8)
    return data, offsets, valid


def pooled_array(size: int, dtype: type[Number]) -> NDArray[Number]:
    """An array without content from Arrow's memory pool: pages that were used before cost nothing to use again."""
    return np.frombuffer(pa.allocate_buffer(size * np.dtype(dtype).itemsize), dtype)


def text_array(data: NDArray[np.uint8], offsets: NDArray[np.int64], valid: NDArray[np.bool_] | None) -> pa.Array:
    """A large_string array over these buffers."""
    bits = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(pa.large_string(), len(offsets) - 1, [bits, pa.py_buffer(offsets), pa.py_buffer(data)])
