"""One block of records → columns of text, faults, counts and the histogram of the codes read."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from char_mapping.cells import CellState
from char_mapping.kernels import TextCells, new_histogram
from layouts.records.blocks import FAULT_SCHEMA, DecodedBlock, table_of
from layouts.records.cells import read_cell, read_record
from layouts.records.column_names import WHOLE_RECORD, wanted_items
from layouts.records.copybook import Field
from layouts.records.framing import RawBlock
from layouts.records.isolation import Apart, isolate_unkeyed
from layouts.records.numeric import FAULTS
from layouts.records.numeric_kernels import NumberCells, NumberColumn, read_numbers
from layouts.records.plans import DecodingPlan
from layouts.records.raw_bytes import cell_bytes, record_bytes
from layouts.records.text_columns import (
    CELL_FAULTS,
    DecodedColumn,
    counts_frame,
    decode_texts,
    hex_text,
    histogram_frame,
    raw_cells,
)

_LOW, _HIGH = int(CellState.LOW_VALUE), int(CellState.HIGH_VALUE)

Rows = npt.NDArray[np.int64]


def decode_block(plan: DecodingPlan, raw: RawBlock) -> DecodedBlock:
    """Decode the records of one block of a file with a copybook.

    Args:
        plan: How the file is read.
        raw: Records cut by :func:`layouts.records.block_cutting.read_blocks`.

    Returns:
        The block; ``table`` holds the records of the plan's record type whose keys decode.
    """
    apart = Apart()
    rows, control = _classify(plan, raw, apart)
    rows = _check_lengths(plan, raw, rows, apart)
    data, starts, lengths = _cells_of(plan, raw, rows)
    record_starts = raw.offsets[rows]
    counters = _Counters(plan, data, starts, lengths)
    bad = counters.out_of_range()
    if bad.any():
        apart.add(rows[bad], "isolated", "odo_out_of_range", counters.names[0])
        rows, starts, lengths, record_starts = rows[~bad], starts[~bad], lengths[~bad], record_starts[~bad]
        counters = _Counters(plan, data, starts, lengths)
    histogram = new_histogram(plan.system)
    places = [(each, *counters.cells_of(each)) for each in plan.fields()]
    columns = _decode_fields(plan, data, starts, places, histogram)
    faults: list[pl.DataFrame] = []
    record_numbers = rows + raw.first_record + 1
    for each, own_starts, offset in places:
        found = columns[each.name].faults
        if found is not None:
            at = found["row"].to_numpy()
            offsets = record_starts[at] + offset
            if own_starts is not None:
                offsets += own_starts[at] - starts[at]
            faults.append(
                found.with_columns(
                    record_no=pl.Series(record_numbers[at]), item=pl.lit(each.name), byte_offset=pl.Series(offsets)
                ).select(*FAULT_SCHEMA)
            )
    values = [column.values for column in columns.values()]
    table = table_of(record_numbers, record_starts, tuple(columns), values, _raw_columns(plan, raw, rows, counters))
    all_faults = pl.concat(faults) if faults else pl.DataFrame(schema=FAULT_SCHEMA)
    table, all_faults, unkeyed = isolate_unkeyed(plan.key, table, all_faults, rows, apart)
    return DecodedBlock(
        table, all_faults, apart.frame(raw), counts_frame(tuple(columns), tuple(columns.values())),
        histogram_frame(plan.system, histogram), unkeyed, control,
    )


def _raw_columns(plan: DecodingPlan, raw: RawBlock, rows: Rows, counters: _Counters) -> list[pl.Series]:
    """The bytes as received that the plan asks for."""
    if not plan.raw_bytes:
        return []
    wanted = wanted_items(plan.raw_bytes, (each.name for each in plan.fields()))
    found = [record_bytes(raw, rows)] if WHOLE_RECORD in plan.raw_bytes else []
    for each in plan.fields():
        if each.name in wanted:
            at = counters.starts_of(each)
            places = np.where(at < 0, -1, at - counters.starts)
            found.append(cell_bytes(each.name, raw, rows, places, each.length))
    return found


def _classify(plan: DecodingPlan, raw: RawBlock, apart: Apart) -> tuple[Rows, tuple[dict[str, Any], ...]]:
    """Positions of the data records; header, trailer and other types go apart."""
    count = raw.starts.size
    is_data = np.ones(count, np.bool_)
    control_rows: list[tuple[int, str]] = []
    if plan.record_type_items:
        names = _record_types(plan, raw)
        for name in sorted(set(names)):
            rows = np.flatnonzero(names == name)
            if name == plan.record:
                continue
            is_data[rows] = False
            if name and name in (plan.header, plan.trailer):
                control_rows += [(int(r), name) for r in rows]
            elif name or plan.guest:
                apart.add(rows, "excluded", "other_record_type")
            else:
                apart.add(rows, "isolated", "unknown_record_type", plan.record_type_items[0])
    else:
        if plan.header and raw.first_record == 0 and count:
            control_rows.append((0, plan.header))
        if plan.trailer and raw.last and count and (count - 1, plan.header) not in control_rows:
            control_rows.append((count - 1, plan.trailer))
    control: list[dict[str, Any]] = []
    for row, name in sorted(control_rows):
        is_data[row] = False
        apart.add(np.array([row], np.int64), "control", "")
        if plan.copybook is None:
            continue
        items = read_record(plan.copybook.record(name), raw.record(row), plan.system, plan.copybook.dialect)
        control.append({"_record": name, "_record_no": raw.first_record + row + 1, **items})
    return np.flatnonzero(is_data).astype(np.int64), tuple(control)


def _record_types(plan: DecodingPlan, raw: RawBlock) -> npt.NDArray[np.object_]:
    """The level 01 of each record by the value of its record type item, ``""`` where the value is not declared."""
    if plan.copybook is None:
        return np.full(raw.starts.size, "", np.object_)
    found = np.full(raw.starts.size, "", np.object_)
    inside = np.ones(raw.starts.size, np.bool_)
    for index, item in enumerate(plan.record_type_items):
        each = next(f for f in plan.copybook.flat() if f.name == item)
        there = (each.offset + each.length <= raw.lengths) & (raw.starts + each.offset + each.length <= raw.data.size)
        positions = np.where(there, raw.starts + each.offset, 0)
        codes, inverse = np.unique(raw.data[positions[:, None] + np.arange(each.length)], axis=0, return_inverse=True)
        texts = [read_cell(each, code.tobytes(), plan.system, plan.copybook.dialect)[0] or "" for code in codes]
        values = np.array(texts, np.object_)[inverse.reshape(-1)]
        found = found + "/" + values if index else values
        inside &= there
    names = {value: plan.record_type_values.get(value, "") for value in set(found.tolist())}
    return np.array([names[value] if known else "" for value, known in zip(found, inside, strict=True)], np.object_)


def _check_lengths(plan: DecodingPlan, raw: RawBlock, rows: Rows, apart: Apart) -> Rows:
    """Variable records that the layout cannot hold are isolated; short text lines are blank-padded later."""
    framing = plan.framing
    if framing is None or framing.kind == "fixed":
        return rows
    lengths = raw.lengths[rows]
    least = plan.layout.minimum_length if plan.odo == "shifted" else plan.layout.length
    if framing.kind == "lines":
        least = 0
    wrong = (lengths > plan.layout.length) | (lengths < least)
    if wrong.any():
        apart.add(rows[wrong], "isolated", "record_length")
        return rows[~wrong]
    return rows


def _cells_of(
    plan: DecodingPlan, raw: RawBlock, rows: Rows
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Data and record starts; text lines and short records are copied into blank-filled records of full length."""
    starts, lengths = raw.starts[rows], raw.lengths[rows]
    full = plan.layout.length
    if plan.framing is None or plan.framing.kind != "lines":
        return raw.data, starts, lengths
    padded = np.full(rows.size * full + 64, plan.system.blank, np.uint8)
    for index, (start, length) in enumerate(zip(starts.tolist(), lengths.tolist(), strict=True)):
        padded[index * full : index * full + length] = raw.data[start : start + length]
    return padded, np.arange(rows.size, dtype=np.int64) * full, np.full(rows.size, full, np.int32)


class _Counters:
    """Where each cell of a block begins, with OCCURS DEPENDING ON counted per record."""

    def __init__(
        self,
        plan: DecodingPlan,
        data: npt.NDArray[np.uint8],
        starts: npt.NDArray[np.int64],
        lengths: npt.NDArray[np.int32],
    ) -> None:
        self.starts = starts
        self.ends = starts + lengths
        self.shortest = int(lengths.min()) if lengths.size else 0
        self.shifted = plan.odo != "reserved"
        self.values: dict[str, npt.NDArray[np.int64]] = {}
        self.limits: dict[str, tuple[int, int]] = {}
        layout = plan.layout
        wanted = {name for f in layout.all_fields for name, _ in f.exists}
        self.names = [f.name for f in layout.all_fields if f.name in wanted]
        for name in self.names:
            each = next(f for f in layout.all_fields if f.name == name)
            where = self.starts_of(each)
            numbers = plan.number_readers[name].read(data, where)
            series = pl.Series(numbers.values).cast(pl.Int64, strict=False).fill_null(-1)
            self.values[name] = series.to_numpy().astype(np.int64)
            most = max(n for f in layout.all_fields for counter, n in f.exists if counter == name)
            self.limits[name] = (0, most)

    def out_of_range(self) -> npt.NDArray[np.bool_]:
        """Records whose counters do not decode or exceed their tables."""
        bad = np.zeros(self.starts.size, np.bool_)
        for name, values in self.values.items():
            low, high = self.limits[name]
            bad |= (values < low) | (values > high)
        return bad

    def cells_of(self, each: Field) -> tuple[npt.NDArray[np.int64] | None, int]:
        """int64[n] places (None: the records' starts), -1 where there is no cell, and how far behind it begins."""
        moves = each.exists or (self.shifted and each.shifts)
        if not moves and each.offset + each.length <= self.shortest:
            return None, each.offset
        return self.starts_of(each), 0

    def starts_of(self, each: Field) -> npt.NDArray[np.int64]:
        """int64[n]: position of the field's cell, -1 where the record has none."""
        where = self.starts + each.offset
        if self.shifted:
            for shift in each.shifts:
                moved = (shift.maximum - np.clip(self.values[shift.counter], 0, shift.maximum)) * shift.size
                for name, occurrence in shift.exists:
                    moved = moved * (self.values[name] >= occurrence)
                where = where - moved
        gone = where + each.length > self.ends
        for name, occurrence in each.exists:
            gone = gone | (self.values[name] < occurrence)
        return np.where(gone, -1, where) if bool(gone.any()) else where


def _decode_fields(
    plan: DecodingPlan, data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64],
    places: list[tuple[Field, npt.NDArray[np.int64] | None, int]], histogram: npt.NDArray[np.int64],
) -> dict[str, DecodedColumn]:
    """The columns of a block by name, in the order of ``places``: (field, own starts of its cells, offset)."""
    texts = {
        each.name: TextCells(each.text_kind, offset, each.length, own)
        for each, own, offset in places if each.codec == "text"
    }
    numbers = {
        each.name: NumberCells(plan.number_readers[each.name], offset, own)
        for each, own, offset in places if each.codec != "text"
    }
    decoded = dict(zip(texts, decode_texts(data, starts, list(texts.values()), plan.system, histogram), strict=True))
    for cells, column in zip(numbers.values(), read_numbers(list(numbers.values()), data, starts), strict=True):
        own_starts = starts if cells.starts is None else cells.starts
        decoded[cells.reader.field.name] = _with_faults(column, cells, data, own_starts + cells.offset)
    return {each.name: decoded[each.name] for each, _, _ in places}


def _with_faults(
    numbers: NumberColumn, read: NumberCells, data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64]
) -> DecodedColumn:
    cells = starts.size - numbers.absent
    if not numbers.wrong:
        return DecodedColumn(numbers.values, numbers.state_counts, cells, None)
    fault, state = numbers.fault, numbers.state
    wrong = np.flatnonzero((fault > 0) | ((state & (_LOW | _HIGH)) > 0)).astype(np.int64)
    names = np.array(FAULTS, np.object_)[fault[wrong]]
    clean = fault[wrong] == 0
    names[clean & ((state[wrong] & _LOW) > 0)] = "low_value"
    names[clean & ((state[wrong] & _HIGH) > 0)] = "high_value"
    raw = raw_cells(data, starts, read.reader.field.length, wrong)
    texts = [hex_text(cell) for cell in raw]
    frame = pl.DataFrame({"row": wrong, "fault": names.tolist(), "raw_bytes": raw, "text": texts}, CELL_FAULTS)
    return DecodedColumn(numbers.values, numbers.state_counts, cells, frame)
