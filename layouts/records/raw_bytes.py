"""Bytes of cells and records as columns beside their text, for the items a plan asks for.

They stand in the table as ``_raw_bytes.<item>`` and ``_raw_bytes`` (the whole record), Binary; null where the record
has no such cell. Of a text line only the bytes that stand in the file.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from layouts.records.framing import RawBlock

RECORD_BYTES = "_raw_bytes"
Positions = npt.NDArray[np.int64]


def bytes_column(item: str) -> str:
    """The column with the bytes of an item."""
    return f"{RECORD_BYTES}.{item}"


def is_bytes_column(name: str) -> bool:
    """Whether a column holds bytes as received."""
    return name == RECORD_BYTES or name.startswith(f"{RECORD_BYTES}.")


def record_bytes(raw: RawBlock, rows: Positions) -> pl.Series:
    """The bytes of whole records, of the rows of a raw block."""
    return binary_series(RECORD_BYTES, raw.data, raw.starts[rows], raw.lengths[rows].astype(np.int64))


def cell_bytes(item: str, raw: RawBlock, rows: Positions, places: Positions, length: int) -> pl.Series:
    """The bytes of one item: ``places`` int64[n] are byte offsets in each record, negative where it is not there."""
    there = np.where(places < 0, 0, np.clip(raw.lengths[rows] - places, 0, length)).astype(np.int64)
    found = binary_series(bytes_column(item), raw.data, raw.starts[rows] + np.maximum(places, 0), there)
    return found if bool((places >= 0).all()) else _null_where(found, places < 0)


def binary_series(name: str, data: npt.NDArray[np.uint8], starts: Positions, lengths: Positions) -> pl.Series:
    """A Binary column of the pieces of ``data`` that begin at ``starts`` and are ``lengths`` bytes long."""
    ends = np.cumsum(lengths)
    offsets = np.concatenate((np.zeros(1, np.int64), ends))
    index = np.repeat(starts - offsets[:-1], lengths) + np.arange(int(offsets[-1]))
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data[index])]
    series = pl.from_arrow(pa.LargeBinaryArray.from_buffers(pa.large_binary(), starts.size, buffers))
    assert isinstance(series, pl.Series)
    return series.alias(name)


def _null_where(series: pl.Series, absent: npt.NDArray[np.bool_]) -> pl.Series:
    return pl.DataFrame({series.name: series, "_absent": absent}).select(
        pl.when("_absent").then(None).otherwise(pl.col(series.name)).alias(series.name)
    ).to_series()
