"""How many records a file gives back: decoded and written again, byte for byte."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from char_mapping.code_systems import UnencodableCharacter
from layouts.records.blocks import RECORD_NO, DecodedBlock
from layouts.records.framing import RawBlock
from layouts.records.numeric import UnencodableNumber
from layouts.records.plans import DecodingPlan
from layouts.records.writer import RecordWriter


def count_round_trips(plan: DecodingPlan, raw: RawBlock, block: DecodedBlock) -> int:
    """Records of the block's table whose decoded text encodes to the bytes they were read from.

    Compared are the bytes of the items that were read: FILLER and views by REDEFINES are not. A cell that did not
    decode, LOW-VALUE in place of blanks, or another spelling of the same number makes a record differ.
    """
    if plan.copybook is None:
        return 0
    above = [name for parent in plan.parents for name in parent.columns()]
    table = block.table.drop(above)
    rows = (table[RECORD_NO].to_numpy() - 1 - raw.first_record).astype(np.int64)
    return _equal(RecordWriter(plan.copybook, plan.system, odo=plan.odo), plan, raw, table, rows)


def _equal(
    writer: RecordWriter, plan: DecodingPlan, raw: RawBlock, table: pl.DataFrame, rows: npt.NDArray[np.int64]
) -> int:
    """Halves the table where something in it cannot be written, down to the record that cannot."""
    if not table.height:
        return 0
    try:
        body = np.frombuffer(writer.write(table, record=plan.record), np.uint8)
    except (UnencodableCharacter, UnencodableNumber):
        if table.height == 1:
            return 0
        half = table.height // 2
        first = _equal(writer, plan, raw, table[:half], rows[:half])
        return first + _equal(writer, plan, raw, table[half:], rows[half:])
    places, lengths = writer.written_places(table, record=plan.record)
    starts = np.cumsum(lengths) - lengths
    short_lines = plan.framing is not None and plan.framing.kind == "lines"
    found = 0
    for row, start, length in zip(rows.tolist(), starts.tolist(), lengths.tolist(), strict=True):
        written, read = body[start : start + length], raw.data[raw.starts[row] : raw.starts[row] + raw.lengths[row]]
        if short_lines and read.size < length:
            read = np.concatenate((read, np.full(length - read.size, plan.system.blank, np.uint8)))
        if read.size == length:
            found += not bool(((written != read) & (places[start : start + length] == 1)).any())
    return found
