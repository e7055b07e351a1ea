"""How many records a file gives back: decoded and written again, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import polars as pl

from char_mapping.cell_encoding import UnencodableCharacter
from char_mapping.code_systems import CodeSystem
from char_mapping.kernels import encode_column
from layouts.records.blocks import RECORD_NO, DecodedBlock
from layouts.records.copybook import Field
from layouts.records.framing import RawBlock
from layouts.records.numeric import UnencodableNumber
from layouts.records.plans import DecodingPlan
from layouts.records.writer import RecordWriter
from layouts.records.written_cells import strike_different


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
    writer = RecordWriter(plan.copybook, plan.system, odo=plan.odo)
    try:
        return _same(writer, plan, raw, table, rows)
    except (UnencodableCharacter, UnencodableNumber):
        kept = ~_unwritable(plan, table)
        return _equal(writer, plan, raw, table.filter(kept), rows[kept.to_numpy()])


def respelled_codes(system: CodeSystem, codes: Iterable[int]) -> dict[int, str]:
    """Of double-byte codes as read, those that the system writes otherwise: code → what it writes, in hexadecimal.

    CP932 has 398 of them: characters of NEC and IBM that stand at two or three places.
    """
    found: dict[int, str] = {}
    for code in codes:
        stands = code.to_bytes(max(2, (code.bit_length() + 7) // 8), "big")
        text = system.decode(stands, "mixed" if system.profile.structure in ("lead", "euc") else "double").text
        try:
            written = system.encode(text, "mixed" if system.profile.structure in ("lead", "euc") else "double")
        except UnencodableCharacter:
            continue
        # The blank alone is cut off as one at the end of a cell.
        if text and written != stands:
            found[code] = written.hex().upper()
    return found


def _unwritable(plan: DecodingPlan, table: pl.DataFrame) -> pl.Series:
    """Rows with a text that the code system has no codes for, or with an empty binary number."""
    found = pl.repeat(False, table.height, dtype=pl.Boolean, eager=True)
    for each in plan.fields():
        column = table[each.name]
        if each.codec in ("binary", "float") and not each.exists:
            found = found | column.is_null()
        if each.codec != "text":
            continue
        try:
            encode_column(column.to_arrow(), each.length, plan.system, each.text_kind)
        except UnencodableCharacter:
            bad = [text for text in column.unique() if text is not None and not _encodes(plan, each, text)]
            found = found | column.is_in(bad).fill_null(False)
    return found


def _encodes(plan: DecodingPlan, each: Field, text: str) -> bool:
    try:
        plan.system.encode(text, each.text_kind, length=each.length)
    except UnencodableCharacter:
        return False
    return True


def _equal(
    writer: RecordWriter, plan: DecodingPlan, raw: RawBlock, table: pl.DataFrame, rows: npt.NDArray[np.int64]
) -> int:
    """Halves the table where something in it cannot be written, down to the record that cannot."""
    try:
        return _same(writer, plan, raw, table, rows)
    except (UnencodableCharacter, UnencodableNumber):
        if table.height == 1:
            return 0
        half = table.height // 2
        first = _equal(writer, plan, raw, table[:half], rows[:half])
        return first + _equal(writer, plan, raw, table[half:], rows[half:])


def _same(
    writer: RecordWriter, plan: DecodingPlan, raw: RawBlock, table: pl.DataFrame, rows: npt.NDArray[np.int64]
) -> int:
    if not table.height:
        return 0
    framing = plan.framing
    # A view that is written, too, stands over the items it redefines; a table's length follows its counter.
    there = frozenset(table.columns)
    plain = not any(each.exists or (each.redefines and each.name in there) for each in plan.layout.all_fields)
    if plain and framing is not None and framing.kind == "fixed" and framing.record_length == plan.layout.length:
        same = np.ones(table.height, np.bool_)
        starts = raw.starts[rows].astype(np.int64)
        for offset, cells in writer.fields(table, record=plan.record):
            strike_different(np.ascontiguousarray(cells), raw.data, starts, offset, same)
        return int(np.count_nonzero(same))
    body = np.frombuffer(writer.write(table, record=plan.record), np.uint8)
    places, lengths = writer.written_places(table, record=plan.record)
    return _count_same(plan, raw, rows, body, places, lengths)


def _count_same(
    plan: DecodingPlan, raw: RawBlock, rows: npt.NDArray[np.int64], body: npt.NDArray[np.uint8],
    places: npt.NDArray[np.uint8], lengths: npt.NDArray[np.int64],
) -> int:
    """Records of any length whose written bytes are those that were read, at the places that come from items."""
    received = raw.lengths[rows].astype(np.int64)
    kind = plan.framing.kind if plan.framing is not None else ""
    cut_short = kind == "lines"
    # Fixed records are as long as the longest record type; what is behind a shorter one is no item.
    fits = received <= lengths if cut_short else received >= lengths if kind == "fixed" else received == lengths
    starts = np.cumsum(lengths) - lengths
    wanted = np.arange(body.size) + np.repeat(raw.starts[rows] - starts, lengths)
    read = raw.data[np.minimum(wanted, raw.data.size - 1)]
    if cut_short:
        # Blanks at the end of a text line were never written.
        inside = np.arange(body.size) - np.repeat(starts, lengths) < np.repeat(received, lengths)
        read = np.where(inside, read, plan.system.blank)
    differs = np.logical_or.reduceat((read != body) & (places == 1), starts)
    return int(np.count_nonzero(fits & ~differs))
