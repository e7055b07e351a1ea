"""What a reader hands over: one decoded block, and the schemas of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

RECORD_NO = "_record_no"
BYTE_OFFSET = "_byte_offset"

FAULT_SCHEMA: dict[str, Any] = {
    "record_no": pl.Int64, "item": pl.String, "fault": pl.String, "byte_offset": pl.Int64, "raw_bytes": pl.Binary,
    "text": pl.String,
}
"""One row a (cell, kind of fault): ``byte_offset`` is the cell's first byte in the file, ``raw_bytes`` the whole cell,
``text`` what can be read of it with ``{F0A1}`` in place of the rest. LOW-VALUE and HIGH-VALUE cells are rows here
too."""

APART_SCHEMA: dict[str, Any] = {
    "record_no": pl.Int64, "byte_offset": pl.Int64, "fate": pl.String, "fault": pl.String, "item": pl.String,
    "raw_bytes": pl.Binary,
}
"""Records that are not in the table. ``fate``: ``control`` (header, trailer), ``isolated`` (cannot be decoded or
keyed), ``excluded`` (of another record type, which another source reads). ``item`` is the key item at fault, else
empty."""

COUNT_SCHEMA: dict[str, Any] = {"item": pl.String, "kind": pl.String, "count": pl.Int64}
"""``kind``: cell, blank, low_value, high_value, trimmed, wide_blank (every kind is a row, also when 0)."""

CHARACTER_SCHEMA: dict[str, Any] = {"code_system": pl.String, "table": pl.String, "code": pl.UInt32, "count": pl.Int64}
"""Codes of the source read in a block: ``table`` is single, double or unicode (utf-8: the code is the scalar
value), ``code`` as it stands in the file."""


def table_of(
    record_numbers: npt.NDArray[np.int64], offsets: npt.NDArray[np.int64], names: Sequence[str],
    columns: Sequence[pa.Array], others: Sequence[pl.Series] = (),
) -> pl.DataFrame:
    """The table of a block from ``string_view`` columns, without a copy; ``others`` stand behind them."""
    arrays = [pa.array(record_numbers), pa.array(offsets), *columns]
    table = pl.DataFrame(pa.RecordBatch.from_arrays(arrays, [RECORD_NO, BYTE_OFFSET, *names]))
    return table.hstack(list(others)) if others else table


@dataclass(frozen=True)
class DecodedBlock:
    """One block of decoded records.

    ``table``: ``_record_no`` Int64 (1-based in the file, header and trailer counted), ``_byte_offset`` Int64 (0-based,
    first data byte), then the items as String: digits stay text, ``-`` marks negative numbers, null where a cell is
    empty or does not decode. ``control``: the header and trailer records as dicts with ``_record``, ``_record_no`` and
    their items. ``unkeyed``: the records of ``apart`` that could not be keyed, with the columns of ``table``, as far as
    they decode (references to them are no orphans). ``round_trips``: records of ``table`` that write back byte for
    byte, None where that was not asked for or the file has no copybook.
    """

    table: pl.DataFrame
    faults: pl.DataFrame
    apart: pl.DataFrame
    counts: pl.DataFrame
    characters: pl.DataFrame
    unkeyed: pl.DataFrame
    control: tuple[dict[str, Any], ...] = ()
    round_trips: int | None = None
