"""One text column of a block: the kernels' values and states, and the cells at fault with their bytes and readable
text.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from char_mapping.code_systems import CellState, CodeSystem, Kind
from char_mapping.kernels import decode_column, histogram_rows
from layouts.records.blocks import CHARACTER_SCHEMA

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]

CELL_FAULTS = {"row": pl.Int64, "fault": pl.String, "raw_bytes": pl.Binary, "text": pl.String}
"""Cells at fault of one column: ``row`` is the 0-based row of the column, the rest as in FAULT_SCHEMA."""

_STATE_KINDS = (
    ("blank", CellState.BLANK), ("low_value", CellState.LOW_VALUE), ("high_value", CellState.HIGH_VALUE),
    ("trimmed", CellState.TRIMMED), ("wide_blank", CellState.WIDE_BLANK),
)
_UNIFORM = int(CellState.LOW_VALUE | CellState.HIGH_VALUE)
_UNIFORM_FAULTS = frozenset({"low_value", "high_value"})  # of whole cells: they may mean "empty" and hold nothing back
_NAMED = _UNIFORM | int(CellState.FAULT | CellState.CONTROL | CellState.GLYPH_UNDECIDED)


def decode_text(
    name: str, data: Bytes, starts: Positions, length: int | npt.NDArray[np.int32], system: CodeSystem, kind: Kind,
    histogram: npt.NDArray[np.int64],
) -> tuple[pl.Series, npt.NDArray[np.uint8], pl.DataFrame | None]:
    """Decode one column.

    Args:
        name: Name of the column.
        data: uint8 with at least 8 bytes behind the last cell.
        starts: int64[n], 0-based; negative where the record has no such cell (null, no state).
        length: Bytes of every cell, or int32[n].
        system: The source's code system.
        kind: single, double or mixed.
        histogram: Counts of codes, added to.

    Returns:
        The String column, CellState bits (uint8[n]), and the cells at fault (:data:`CELL_FAULTS`) or None.
    """
    absent = starts < 0
    some_absent = bool(absent.any())
    lengths = length
    if some_absent:
        lengths = np.where(absent, 0, length).astype(np.int32)
    column = decode_column(data, np.maximum(starts, 0) if some_absent else starts, lengths, system, kind, histogram)
    state = np.where(absent, 0, column.state).astype(np.uint8) if some_absent else column.state
    series = pl.from_arrow(column.values)
    assert isinstance(series, pl.Series)
    wrong = np.flatnonzero(state & _NAMED).astype(np.int64)
    if not wrong.size:
        return series.alias(name), state, None
    cells = raw_cells(data, starts, lengths, wrong)
    return series.alias(name), state, _cell_faults(cells, state, wrong, system, kind)


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


def count_states(item: str, state: npt.NDArray[np.uint8], cells: int) -> list[tuple[str, str, int]]:
    """Rows of COUNT_SCHEMA for one column."""
    bits = np.bincount(state, minlength=256)
    values = np.arange(256)
    return [(item, "cell", cells)] + [
        (item, kind, int(bits[(values & int(bit)) > 0].sum())) for kind, bit in _STATE_KINDS
    ]


def histogram_frame(system: CodeSystem, histogram: npt.NDArray[np.int64]) -> pl.DataFrame:
    """Rows of CHARACTER_SCHEMA of a histogram the kernels filled."""
    rows = [(system.id, *row) for row in histogram_rows(system, histogram)]
    return pl.DataFrame(rows, CHARACTER_SCHEMA, orient="row")
