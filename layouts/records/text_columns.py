"""One text column of a block: the kernels' values and states, and the cells at fault with their bytes and readable
text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from char_mapping.cells import CellState
from char_mapping.code_systems import CodeSystem, Kind
from char_mapping.kernels import TextCells, TextColumn, decode_column, decode_columns, histogram_codes
from layouts.records.blocks import CHARACTER_SCHEMA, COUNT_SCHEMA

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]

CELL_FAULTS = {"row": pl.Int64, "fault": pl.String, "raw_bytes": pl.Binary, "text": pl.String}
"""Cells at fault of one column: ``row`` is the 0-based row of the column, the rest as in FAULT_SCHEMA."""

_STATE_KINDS = (
    ("blank", CellState.BLANK), ("low_value", CellState.LOW_VALUE), ("high_value", CellState.HIGH_VALUE),
    ("trimmed", CellState.TRIMMED), ("wide_blank", CellState.WIDE_BLANK),
)
_STATES_OF_KIND = np.array([[value & int(bit) > 0 for value in range(256)] for _, bit in _STATE_KINDS], np.int64)
_UNIFORM = int(CellState.LOW_VALUE | CellState.HIGH_VALUE)
_UNIFORM_FAULTS = frozenset({"low_value", "high_value"})  # of whole cells: they may mean "empty" and hold nothing back
_NAMED = _UNIFORM | int(CellState.FAULT | CellState.CONTROL | CellState.GLYPH_UNDECIDED)
_STATES_NAMED = np.flatnonzero(np.arange(256) & _NAMED)


@dataclass(frozen=True, slots=True)
class DecodedColumn:
    """One column of n rows: ``values`` string_view, ``state_counts`` int64[256] how many rows have each CellState,
    ``cells`` how many rows have such a cell, ``faults`` the cells at fault (:data:`CELL_FAULTS`) or None.
    """

    values: pa.Array
    state_counts: npt.NDArray[np.int64]
    cells: int
    faults: pl.DataFrame | None


def decode_text(
    data: Bytes, starts: Positions, length: int | npt.NDArray[np.int32], system: CodeSystem, kind: Kind,
    histogram: npt.NDArray[np.int64],
) -> DecodedColumn:
    """Decode one column.

    Args:
        data: uint8, the cells in it.
        starts: int64[n], 0-based places of the cells; negative where a record has none (null, no state).
        length: Bytes of every cell, or int32[n].
        system: The source's code system.
        kind: single, double or mixed.
        histogram: Counts of codes, added to.
    """
    column = decode_column(data, starts, length, system, kind, histogram, some_absent=True)
    return _decoded(column, data, starts, length, system, kind)


def decode_texts(
    data: Bytes, starts: Positions, items: Sequence[TextCells], system: CodeSystem, histogram: npt.NDArray[np.int64]
) -> list[DecodedColumn]:
    """Decode the text items of the records at ``starts``; see :func:`decode_text`."""
    return [
        _decoded(column, data, (starts if each.starts is None else each.starts) + each.offset, each.length, system,
                 each.kind)
        for each, column in zip(items, decode_columns(data, starts, items, system, histogram), strict=True)
    ]


def _decoded(
    column: TextColumn, data: Bytes, starts: Positions, length: int | npt.NDArray[np.int32], system: CodeSystem,
    kind: Kind,
) -> DecodedColumn:
    counts, cells = column.state_counts, starts.size - column.absent
    if not counts[_STATES_NAMED].any():
        return DecodedColumn(column.values, counts, cells, None)
    wrong = np.flatnonzero(column.state & _NAMED).astype(np.int64)
    raw = raw_cells(data, starts, length, wrong)
    return DecodedColumn(column.values, counts, cells, _cell_faults(raw, column.state, wrong, system, kind))


def raw_cells(data: Bytes, starts: Positions, length: int | npt.NDArray[np.int32], rows: Positions) -> list[bytes]:
    """The bytes of some cells of a column."""
    if isinstance(length, int):
        packed = data[starts[rows][:, None] + np.arange(length)].tobytes()
        return [packed[i : i + length] for i in range(0, len(packed), length)]
    return [
        data[start : start + size].tobytes()
        for start, size in zip(starts[rows].tolist(), length[rows].tolist(), strict=True)
    ]


def _cell_faults(
    cells: list[bytes], state: npt.NDArray[np.uint8], wrong: Positions, system: CodeSystem, kind: Kind
) -> pl.DataFrame:
    """One row a cell and kind of fault; the readable text comes from the reference decoder, once per distinct cell."""
    seen: dict[bytes, tuple[str, tuple[str, ...]]] = {}
    rows: list[int] = []
    faults: list[str] = []
    raw: list[bytes] = []
    texts: list[str] = []
    for row, bits, cell in zip(wrong.tolist(), state[wrong].tolist(), cells, strict=True):
        if cell not in seen:
            if bits & _UNIFORM and not bits & int(CellState.FAULT):
                seen[cell] = hex_text(cell), ("low_value" if bits & int(CellState.LOW_VALUE) else "high_value",)
            else:
                decoded = system.decode(cell, kind)
                # X'00' or X'FF' between other bytes is damage: the cell has a value and loses it.
                found = ("undefined_code" if f.fault in _UNIFORM_FAULTS else f.fault for f in decoded.faults)
                seen[cell] = decoded.text, tuple(dict.fromkeys(found))
        text, names = seen[cell]
        for name in names:
            rows.append(row)
            faults.append(name)
            raw.append(cell)
            texts.append(text)
    return pl.DataFrame({"row": rows, "fault": faults, "raw_bytes": raw, "text": texts}, CELL_FAULTS)


def hex_text(cell: bytes) -> str:
    """``{40404040}``: how a cell stands in lists that cannot show it."""
    return f"{{{cell.hex().upper()}}}"


def counts_frame(items: Sequence[str], columns: Sequence[DecodedColumn]) -> pl.DataFrame:
    """Rows of COUNT_SCHEMA of these columns, in their order."""
    kinds = ["cell", *(kind for kind, _ in _STATE_KINDS)]
    if not columns:
        return pl.DataFrame(schema=COUNT_SCHEMA)
    counts = np.empty((len(columns), len(kinds)), np.int64)
    counts[:, 0] = [column.cells for column in columns]
    counts[:, 1:] = np.stack([column.state_counts for column in columns]) @ _STATES_OF_KIND.T
    names = [item for item in items for _ in kinds]
    return pl.DataFrame({"item": names, "kind": kinds * len(columns), "count": counts.reshape(-1)}, COUNT_SCHEMA)


def histogram_frame(system: CodeSystem, histogram: npt.NDArray[np.int64]) -> pl.DataFrame:
    """Rows of CHARACTER_SCHEMA of a histogram the kernels filled."""
    tables, codes, counts = histogram_codes(system, histogram)
    columns = {"code_system": [system.id] * len(tables), "table": tables, "code": codes, "count": counts}
    return pl.DataFrame(columns, CHARACTER_SCHEMA)
