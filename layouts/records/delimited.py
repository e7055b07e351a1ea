"""CSV and TSV in the source's code system, read as bytes: exact record numbers and offsets, broken rows set apart."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from char_mapping.code_systems import CodeSystem, load_code_system
from char_mapping.errors import DefinitionError, UnreadableFile
from char_mapping.kernels import new_histogram
from layouts.records.block_cutting import LARGEST_CHUNK, chunk_like, next_chunk
from layouts.records.blocks import FAULT_SCHEMA, DecodedBlock, table_of
from layouts.records.column_names import WHOLE_RECORD, check_column_names
from layouts.records.delimited_kernels import BAD_QUOTES, RAGGED, cut_cells
from layouts.records.framing import PADDING, RawBlock, RecordRange
from layouts.records.isolation import Apart, isolate_unkeyed
from layouts.records.plans import CsvShape, DecodingPlan
from layouts.records.raw_bytes import binary_series, bytes_column, record_bytes
from layouts.records.received import ReceivedFile, open_received
from layouts.records.text_columns import DecodedColumn, counts_frame, decode_text, histogram_frame
from layouts.records.wide_unicode import WidePositions, open_wide, unit_of

_LONGEST_RECORD = 1 << 16
_ESCAPE = b"\x1b"
_HIDDEN = 0x80


@dataclass(frozen=True, slots=True)
class _Marks:
    """Delimiter, quote (-1: none) and line end as bytes of the code system, and its lead bytes as uint8[256].

    ``escaped``: the system switches its tables by escape sequences of ISO 2022, and any byte of a kanji may look like a
    delimiter.
    """

    delimiter: int
    quote: int
    newline: int
    leads: npt.NDArray[np.uint8]
    escaped: bool = False


def _marks(shape: CsvShape, system: CodeSystem) -> _Marks:
    escaped = system.profile.structure == "shift" and system.shift_in[0][:1] == _ESCAPE
    if system.profile.structure not in ("single", "lead", "euc", "utf-8") and not escaped:
        raise DefinitionError(
            f"code system {system.id}", expected="one without shift codes for a delimited file", found=system.id,
            todo="Name the code system the package writes (cp932, utf-8 …).",
        )
    leads = np.zeros(256, np.uint8)
    if system.profile.structure == "lead":
        # Only here a second byte may look like a delimiter or a quote; in EUC and UTF-8 none is below 80.
        leads[list(system.leads)] = 1
    quote = system.encode(shape.quote, "mixed")[0] if shape.quote else -1
    return _Marks(system.encode(shape.delimiter, "mixed")[0], quote, 0x0A, leads, escaped)


def _without_escaped(data: npt.NDArray[np.uint8], size: int, marks: _Marks) -> npt.NDArray[np.uint8]:
    """A copy in which no byte of an escape sequence, or of text in a table other than ASCII and Roman, is a mark.

    A line end always goes back to ASCII, as RFC 1468 wants it; so a run that is not ended costs its own row only.
    """
    text = data[:size]
    escapes = np.flatnonzero(text == _ESCAPE[0])
    to_ascii = (data[escapes + 1] == 0x28) & np.isin(data[escapes + 2], (0x42, 0x4A))
    lines = np.flatnonzero(text == marks.newline)
    places = np.concatenate((np.zeros(1, np.int64), escapes, lines))
    other = np.concatenate((np.zeros(1, np.bool_), ~to_ascii, np.zeros(lines.size, np.bool_)))
    order = np.argsort(places, kind="stable")
    places, other = places[order], other[order]
    hidden = np.repeat(other, np.diff(np.append(places, size)))
    for behind in range(3):
        inside = escapes + behind
        hidden[inside[inside < size]] = True
    hidden &= text != marks.newline
    shown = data.copy()
    shown[:size][hidden] |= _HIDDEN
    return shown


def _first_record(file: ReceivedFile, plan: DecodingPlan, marks: _Marks) -> tuple[list[str], int, int]:
    """Names of the columns, where the data begins (bytes), and how many records stand before it."""
    shape = plan.csv or CsvShape()
    head = file.read(1 << 20, 0)
    offset = 3 if head.startswith(b"\xef\xbb\xbf") and plan.system.profile.structure == "utf-8" else 0
    skipped = 0
    while skipped < shape.skip_lines:
        end = head.find(b"\n", offset)
        if end < 0:
            raise UnreadableFile(file.name, expected=f"{shape.skip_lines} lines before the data", found=str(skipped))
        offset, skipped = end + 1, skipped + 1
    if not shape.header:
        if not shape.columns:
            raise DefinitionError(file.name, expected="names of the columns", found="neither header nor items")
        return list(shape.columns), offset, skipped
    line = head[offset : (head.find(b"\n", offset) + 1) or len(head)]
    names = _header_names(line, plan, marks)
    if not line.strip() or not names:
        raise UnreadableFile(file.name, expected="a header line with the names of the columns", found="none")
    check_column_names(names, shape.columns, f"{file.name} record {skipped + 1}")
    return names, offset + len(line), skipped + 1


def _header_names(line: bytes, plan: DecodingPlan, marks: _Marks) -> list[str]:
    widest = line.count(bytes([marks.delimiter])) + 1
    for columns in range(widest, 0, -1):
        data = np.zeros(2 * len(line) + PADDING, np.uint8)
        data[: len(line)] = np.frombuffer(line, np.uint8)
        cut = _Cut.of(1, columns)
        cut.run(data, len(line), True, marks)
        if cut.kinds[0] == 0:
            return [
                plan.system.decode(data[s : s + n].tobytes(), "mixed").text.strip()
                for s, n in zip(cut.starts[0].tolist(), cut.lengths[0].tolist(), strict=True)
            ]
    return []


@dataclass(frozen=True, slots=True)
class _Cut:
    """Arrays the kernel fills: cells as [record, column], then one entry a record."""

    starts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int32]
    record_starts: npt.NDArray[np.int64]
    record_lengths: npt.NDArray[np.int32]
    kinds: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, records: int, columns: int) -> _Cut:
        return cls(
            np.zeros((records, columns), np.int64), np.zeros((records, columns), np.int32), np.zeros(records, np.int64),
            np.zeros(records, np.int32), np.zeros(records, np.uint8),
        )

    def run(self, data: npt.NDArray[np.uint8], size: int, whole: bool, marks: _Marks) -> tuple[int, int, int]:
        shown = _without_escaped(data, size, marks) if marks.escaped else data
        found = cut_cells(
            shown, size, whole, self.starts.shape[1], marks.delimiter, marks.quote, marks.newline, marks.leads,
            _LONGEST_RECORD, self.starts, self.lengths, self.record_starts, self.record_lengths, self.kinds,
        )
        if marks.escaped:
            self._restore(data, shown, size, found[0])
        return found

    def _restore(
        self, data: npt.NDArray[np.uint8], shown: npt.NDArray[np.uint8], size: int, records: int
    ) -> None:
        """Put unescaped cells, which the kernel wrote behind the data, back from hidden bytes to those of the file.

        Bytes of eight bits are none of these systems; in a cell with doubled quotes they could not be told from hidden
        ones, so such a row goes apart.
        """
        data[size:] = shown[size:] & 0x7F
        if not bool((data[:size] >= _HIDDEN).any()):
            return
        for row in np.flatnonzero((self.starts[:records] >= size).any(axis=1)).tolist():
            start = int(self.record_starts[row])
            if bool((data[start : start + int(self.record_lengths[row])] >= _HIDDEN).any()):
                self.kinds[row] = BAD_QUOTES


def read_delimited(
    path: Path, plan: DecodingPlan, block_records: int, record_range: RecordRange | None = None
) -> Iterator[DecodedBlock]:
    """Decode a delimited file block by block; the header line is record 1 with the fate ``control``.

    A row with another number of cells (``ragged_row``) or with quotes that do not close (``bad_quotes``) goes apart
    with its bytes; a record inside quotes may hold line ends. Cells of only blanks are null, trailing blanks are cut.

    Raises:
        UnreadableFile: No file, or a header line that is not the declared one.
        DefinitionError: A code system with shift codes, or no names for the columns.
    """
    with ExitStack() as stack:
        file = stack.enter_context(open_received(path))
        if not unit_of(plan.system):
            yield from _blocks(file, plan, block_records, record_range)
            return
        text, positions = stack.enter_context(open_wide(file, plan.system))
        for block in _blocks(text, replace(plan, system=load_code_system("utf-8")), block_records, record_range):
            yield _as_in_file(block, positions)


def _as_in_file(block: DecodedBlock, positions: WidePositions) -> DecodedBlock:
    """A block of the UTF-8 text with the positions and bytes of the UTF-16 or UTF-32 file."""
    return replace(
        block, table=positions.table(block.table), faults=positions.faults(block.faults),
        apart=positions.apart(block.apart), unkeyed=positions.table(block.unkeyed),
        characters=block.characters.with_columns(code_system=pl.lit(positions.system.id)),
    )


def _blocks(
    file: ReceivedFile, plan: DecodingPlan, block_records: int, record_range: RecordRange | None
) -> Iterator[DecodedBlock]:
    shape = plan.csv or CsvShape()
    marks = _marks(shape, plan.system)
    names, offset, before = _first_record(file, plan, marks)
    size = file.size
    number = before
    if record_range is not None and record_range.first_record > before:
        offset, number = record_range.byte_offset, record_range.first_record
    remaining = record_range.count if record_range is not None and record_range.count >= 0 else -1
    first = number == before
    chunk = LARGEST_CHUNK
    while (offset < size or first) and remaining != 0:
        want = min(chunk, size - offset)
        data = np.zeros(2 * want + PADDING, np.uint8)
        got = os.preadv(file.descriptor, [memoryview(data.data)[:want]], offset) if want else 0
        whole = offset + got >= size
        if whole and got and data[got - 1] == 0x1A:
            got -= 1
        cut = _Cut.of(block_records if remaining < 0 else min(block_records, remaining), len(names))
        records, used, _ = cut.run(data, got, whole, marks)
        if not whole and (not records or (records < cut.kinds.size and chunk < LARGEST_CHUNK)):
            chunk = next_chunk(chunk)
            continue
        raw = RawBlock(
            data, cut.record_starts[:records], cut.record_lengths[:records], cut.record_starts[:records] + offset,
            number, whole and used >= got,
        )
        block = _decode_rows(plan, names, raw, cut, records)
        yield _with_header(block, file, offset, before) if first and before else block
        first = False
        chunk = chunk_like(used)
        number += records
        remaining = remaining - records if remaining >= 0 else -1
        offset += used
        if whole and used >= got:
            break


def _with_header(block: DecodedBlock, file: ReceivedFile, end: int, records: int) -> DecodedBlock:
    """The first block with the lines before the data as control records."""
    lines = file.read(end, 0).splitlines(keepends=True)
    offsets = np.cumsum([0, *(len(line) for line in lines[:-1])]).astype(np.int64)
    control = pl.DataFrame(
        {
            "record_no": list(range(1, records + 1)), "byte_offset": offsets, "fate": ["control"] * records,
            "fault": [""] * records, "item": [""] * records, "raw_bytes": [line.rstrip(b"\r\n") for line in lines],
        },
        block.apart.schema,
    )
    return replace(block, apart=pl.concat([control, block.apart]))


def _decode_rows(plan: DecodingPlan, names: list[str], raw: RawBlock, cut: _Cut, records: int) -> DecodedBlock:
    apart = Apart()
    kinds = cut.kinds[:records]
    for kind, fault in ((RAGGED, "ragged_row"), (BAD_QUOTES, "bad_quotes")):
        apart.add(np.flatnonzero(kinds == kind).astype(np.int64), "isolated", fault)
    rows = np.flatnonzero(kinds == 0).astype(np.int64)
    numbers = rows + raw.first_record + 1
    histogram = new_histogram(plan.system)
    columns: list[DecodedColumn] = []
    faults: list[pl.DataFrame] = []
    base = int(raw.offsets[0] - raw.starts[0]) if records else 0
    for column, name in enumerate(names):
        starts = np.ascontiguousarray(cut.starts[:records, column][rows])
        lengths = np.ascontiguousarray(cut.lengths[:records, column][rows])
        columns.append(decode_text(raw.data, starts, lengths, plan.system, "mixed", histogram))
        found = columns[-1].faults
        if found is not None:
            at = found["row"].to_numpy()
            # An unescaped cell stands behind the data; its record is the nearest place in the file.
            inside = starts[at] < raw.starts[rows[at]] + raw.lengths[rows[at]]
            offsets = np.where(inside, starts[at] + base, raw.offsets[rows[at]])
            faults.append(
                found.with_columns(
                    record_no=pl.Series(numbers[at]), item=pl.lit(name), byte_offset=pl.Series(offsets)
                ).select(*FAULT_SCHEMA)
            )
    received = [record_bytes(raw, rows)] if WHOLE_RECORD in plan.raw_bytes else []
    for column, name in enumerate(names):
        if name in plan.raw_bytes:
            starts, lengths = cut.starts[:records, column][rows], cut.lengths[:records, column][rows]
            received.append(binary_series(bytes_column(name), raw.data, starts, lengths.astype(np.int64)))
    table = table_of(numbers, raw.offsets[rows], names, [column.values for column in columns], received)
    all_faults = pl.concat(faults) if faults else pl.DataFrame(schema=FAULT_SCHEMA)
    table, all_faults, unkeyed = isolate_unkeyed(plan.key, table, all_faults, rows, apart)
    return DecodedBlock(
        table, all_faults, apart.frame(raw), counts_frame(names, columns),
        histogram_frame(plan.system, histogram), unkeyed,
    )
