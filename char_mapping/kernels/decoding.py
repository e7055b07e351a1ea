"""Whole columns through a code system: bytes → Arrow text.

The look-up tables are built from :class:`char_mapping.code_systems.CodeSystem` once per system; what a cell decodes
to is defined there, the kernels only do it fast.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from char_mapping.cells import (
    FAULT_NAMES,
    GLYPH,
    HIGH,
    LOW,
    UNDECIDED_GAIJI,
    UNDEFINED,
    is_control,
)
from char_mapping.code_systems import CodeSystem, Kind
from char_mapping.kernels import decode_cells
from char_mapping.kernels.arrow_text import pooled_array

HISTOGRAM_SIZE = 65536 + 256
UNICODE_SIZE = 0x110000


@dataclass(frozen=True)
class FaultRows:
    """Faults as arrays of one length: ``row`` of the column (0-based), ``offset`` and ``length`` in bytes within the
    cell.

    ``fault`` numbers :data:`char_mapping.cells.FAULT_NAMES`.
    """

    row: NDArray[np.int64]
    offset: NDArray[np.int32]
    length: NDArray[np.int32]
    fault: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.row)

    def names(self) -> list[str]:
        """The fault name of each row."""
        return [FAULT_NAMES[number] for number in self.fault]


@dataclass(frozen=True)
class TextColumn:
    """A decoded column: ``values`` string_view (null = empty or undecodable), ``state`` CellState bits, ``faults``.

    ``state_counts`` int64[256] says how many rows have each state; ``absent`` how many have no cell.
    """

    values: pa.Array
    state: NDArray[np.uint8]
    faults: FaultRows
    state_counts: NDArray[np.int64]
    absent: int


@dataclass(frozen=True)
class _Tables:
    """A code system as the kernels read it."""

    single: NDArray[np.uint32]
    double: NDArray[np.uint32]
    sequences: NDArray[np.uint8]
    marks: NDArray[np.uint8]
    shifts: NDArray[np.uint8]
    settings: NDArray[np.int64]


class _Entries:
    """Look-up entries and the sequences that the slow ones point to."""

    def __init__(self) -> None:
        self.sequences: list[bytes] = []

    def of(self, text: str) -> int:
        data = text.encode("utf-8", "surrogatepass")
        if len(data) <= 3 and not is_control(text):
            return len(data) << 24 | int.from_bytes(data, "little")
        self.sequences.append(bytes([len(data)]) + data.ljust(8, b"\0"))
        control = decode_cells.CONTROL_FLAG if is_control(text) else 0
        return decode_cells.SLOW | decode_cells.SEQUENCE | control | len(self.sequences) - 1

    def array(self) -> NDArray[np.uint8]:
        rows = self.sequences or [bytes(9)]
        return np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), 9)


def _fault(kind: int) -> int:
    return decode_cells.SLOW | kind << 24


_TABLES: dict[int, tuple[CodeSystem, _Tables]] = {}


def _tables(system: CodeSystem) -> _Tables:
    if id(system) not in _TABLES:
        _TABLES[id(system)] = (system, _build(system))
    return _TABLES[id(system)][1]


def _build(system: CodeSystem) -> _Tables:
    entries = _Entries()
    single = np.full(256, _fault(UNDEFINED), np.uint32)
    for byte, text in enumerate(system.single):
        if text is not None:
            single[byte] = entries.of(text)
    single[0x00], single[0xFF] = _fault(LOW), _fault(HIGH)
    double = np.full(65536, _fault(UNDEFINED), np.uint32)
    if system.is_unicode:
        for point in range(65536):
            if not 0xD800 <= point < 0xE000:
                double[point] = entries.of(system.symbols.get(chr(point), chr(point)) if point >= 0x800 else chr(point))
        double[0] = _fault(LOW)
        if system.profile.structure != "utf-8":
            double[0xFFFF] = _fault(HIGH)
    else:
        double[0x0000], double[0xFFFF] = _fault(LOW), _fault(HIGH)
    for code in system.undecided:
        double[code] = _fault(UNDECIDED_GAIJI)
    for code, text in system.double.items():
        double[code] = entries.of(text)
    for code in system.held:
        double[code] = _fault(GLYPH)
    marks = np.zeros(256, np.uint8)
    rows = [(0, shift) for shift in system.shift_in] + [(1, shift) for shift in system.shift_out]
    for direction, shift in rows:
        marks[shift[0]] |= 1 << direction
    structure = system.profile.structure
    for lead in system.leads:
        marks[lead] |= 8 if structure == "euc" and lead == 0x8F else 4
    shifts = np.array([[d, len(s), *s.ljust(4, b"\0")] for d, s in rows], np.uint8).reshape(len(rows), 6)
    wide = next((code for code in system.wide_blanks[:1] if system.double[code] == "\u3000"), -1)
    idle = ("in" in system.profile.idle_shifts) | ("out" in system.profile.idle_shifts) << 1
    low_first = structure == "utf-16be"
    settings = np.array([system.blank, wide, idle, system.lowest_trail, low_first], np.int64)
    return _Tables(single, double, entries.array(), marks, shifts, settings)


def new_histogram(system: CodeSystem) -> NDArray[np.int64]:
    """An empty histogram of source codes for :func:`decode_column`; those of several blocks add with ``+``."""
    return np.zeros(UNICODE_SIZE if system.is_unicode else HISTOGRAM_SIZE, np.int64)


def histogram_rows(system: CodeSystem, histogram: NDArray[np.int64]) -> list[tuple[str, int, int]]:
    """(table, code, count) of every source code that occurred; table is ``double``, ``single`` or ``unicode``."""
    tables, codes, counts = histogram_codes(system, histogram)
    return list(zip(tables, codes.tolist(), counts.tolist(), strict=True))


def histogram_codes(
    system: CodeSystem, histogram: NDArray[np.int64]
) -> tuple[list[str], NDArray[np.uint32], NDArray[np.int64]]:
    """The columns of :func:`histogram_rows`."""
    found = np.flatnonzero(histogram)
    if system.is_unicode:
        return ["unicode"] * len(found), found.astype(np.uint32), histogram[found]
    pairs = int(np.searchsorted(found, 65536))
    codes = found.astype(np.uint32)
    codes[pairs:] -= 65536
    return ["double"] * pairs + ["single"] * (len(found) - pairs), codes, histogram[found]


def unified_symbols(system: CodeSystem, histogram: NDArray[np.int64]) -> list[tuple[int, str, str, int]]:
    """(code, what the table says, canonical form, count) of the wave dash family as it occurred (MOJ-011, MOJ-012)."""
    return [
        (code, before, after, int(histogram[code]))
        for code, (before, after) in sorted(system.unified_codes().items())
        if histogram[code]
    ]


class _Scratch(threading.local):
    """Buffers a thread keeps between columns: fresh pages cost more than the decode_cells."""

    def __init__(self) -> None:
        self.out = np.empty(1 << 16, np.uint8)
        self.rows = np.empty(1024, np.int64)
        self.offsets = np.empty(1024, np.int32)
        self.spans = np.empty(1024, np.int32)
        self.kinds = np.empty(1024, np.uint8)

    def room(self, size: int) -> NDArray[np.uint8]:
        if self.out.shape[0] < size:
            self.out = np.empty(size, np.uint8)
        return self.out

    def faults(self, count: int, stride: int, columns: int) -> list[FaultRows]:
        """The first ``count`` faults, by column."""
        if not count:
            return [_NO_FAULTS] * columns
        of = self.rows[:count] // stride
        return [
            FaultRows(
                self.rows[:count][here] - stride * column, self.offsets[:count][here], self.spans[:count][here],
                self.kinds[:count][here],
            )
            for column in range(columns)
            for here in [of == column]
        ]

    def fault_room(self, count: int) -> None:
        self.rows, self.offsets = np.empty(count, np.int64), np.empty(count, np.int32)
        self.spans, self.kinds = np.empty(count, np.int32), np.empty(count, np.uint8)


_SCRATCH = _Scratch()


_NO_FAULTS = FaultRows(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.uint8))
_NO_HISTOGRAM, _NO_LENGTHS = np.empty(0, np.int64), np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class TextCells:
    """Where the cells of one item stand in records and how their bytes are to be read.

    ``starts`` int64[n] are places of the records (negative: no such cell in this one), None: those of the block;
    ``offset`` and ``length`` count bytes from there; ``length`` -1 is that of each row.
    """

    kind: Kind
    offset: int
    length: int
    starts: NDArray[np.int64] | None = None


def _reading(system: CodeSystem, kind: Kind) -> int:
    kind = system.effective_kind(kind)
    if system.profile.structure == "utf-8":
        return decode_cells.UTF8
    if system.is_unicode:
        return decode_cells.UTF16
    if kind == "mixed":
        return decode_cells.MIXED
    return decode_cells.SINGLE if kind == "single" else decode_cells.DOUBLE


def decode_column(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    length: int | NDArray[np.int32],
    system: CodeSystem,
    kind: Kind,
    histogram: NDArray[np.int64] | None = None,
    *,
    some_absent: bool = False,
) -> TextColumn:
    """Decode one item of many records.

    Args:
        data: Buffer that holds the records; it may be read-only.
        starts: Where each cell begins in ``data`` (bytes, 0-based).
        length: Bytes of every cell, or one length per cell.
        system: The code system with the settings of the source.
        kind: How the item's bytes are to be read.
        histogram: Counts of source codes to add to (:func:`new_histogram`); cells of only LOW-VALUE or HIGH-VALUE are
            not counted, nor are shift codes and cut bytes.
        some_absent: A negative start means that the record has no such cell: null, without a state.

    Raises:
        DefinitionError: The system has no fields of this kind.
        ValueError: A cell lies outside the buffer, or the cells together could exceed 2 GiB of text.
    """
    lengths = None if isinstance(length, int) else np.ascontiguousarray(length, np.int32)
    if lengths is not None and len(lengths) != len(starts):
        raise ValueError(f"{len(lengths)} lengths for {len(starts)} starts")
    if isinstance(length, int) and length < 0:
        raise ValueError("a cell lies outside the buffer: its length is negative")
    cells = TextCells(kind, 0, length if isinstance(length, int) else -1)
    (column,) = decode_columns(data, starts, [cells], system, histogram, lengths)
    if column.absent and not some_absent:
        raise ValueError("a cell lies outside the buffer")
    return column


def decode_columns(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    items: Sequence[TextCells],
    system: CodeSystem,
    histogram: NDArray[np.int64] | None = None,
    lengths: NDArray[np.int32] | None = None,
) -> list[TextColumn]:
    """Decode several items of the same records in one pass; see :func:`decode_column`.

    ``starts`` int64[n] are the places of the records, ``lengths`` int32[n] those of the cells of items without one.

    Raises:
        DefinitionError: The system has no fields of this kind.
        ValueError: A cell lies outside the buffer, or the cells of an item together could exceed 2 GiB of text.
    """
    count = len(starts)
    if not items:
        return []
    places = [np.ascontiguousarray(starts, np.int64), *(each.starts for each in items if each.starts is not None)]
    columns = np.empty((len(items), 5), np.int64)
    own = room = 0
    longest = int(lengths.sum(dtype=np.int64)) if lengths is not None else 0
    for row, each in enumerate(items):
        own += each.starts is not None
        columns[row] = (
            _reading(system, each.kind), own * count if each.starts is not None else 0, each.offset, each.length, room
        )
        # Four bytes per source byte is the most any code gives (a pair: a base and a variation selector, 8 bytes).
        text = 4 * max(each.length * count if each.length >= 0 else longest, 0) + 64
        if text > 2**31:
            raise ValueError("too much text for one column: decode it in smaller blocks")
        room += text
    tables = _tables(system)
    stride = (count + 7) // 8 * 8
    views, validity = pooled_array(16 * stride * len(items), np.uint8), np.empty(stride // 8 * len(items), np.uint8)
    state, totals = np.empty(stride * len(items), np.uint8), np.empty((len(items), decode_cells.TOTALS), np.int64)
    out = _SCRATCH.room(room)
    counting = histogram is not None
    while True:
        totals[:] = 0
        validity[:] = 0xFF
        ends = columns[:, 4].copy()
        faults, _ = decode_cells.decode_cells(
            data, places[0] if len(places) == 1 else np.concatenate(places),
            _NO_LENGTHS if lengths is None else lengths, columns, count, tables.single, tables.double,
            tables.sequences, tables.marks, tables.shifts, tables.settings,
            _NO_HISTOGRAM if histogram is None else histogram, counting, out, ends, views, validity, state,
            totals.reshape(-1), _SCRATCH.rows, _SCRATCH.offsets, _SCRATCH.spans, _SCRATCH.kinds,
        )
        if faults <= len(_SCRATCH.rows):
            break
        _SCRATCH.fault_room(2 * faults)
        counting = False
    if totals[:, decode_cells.OUTSIDE].any():
        raise ValueError("a cell lies outside the buffer")
    found = _SCRATCH.faults(faults, stride, len(items))
    return [
        _text_column(
            count, out[columns[row, 4] : ends[row]], views[16 * stride * row : 16 * (stride * row + count)],
            validity[stride // 8 * row : stride // 8 * (row + 1)], state[stride * row : stride * row + count],
            totals[row], found[row],
        )
        for row in range(len(items))
    ]


def _text_column(
    count: int, text: NDArray[np.uint8], views: NDArray[np.uint8], validity: NDArray[np.uint8],
    state: NDArray[np.uint8], totals: NDArray[np.int64], faults: FaultRows,
) -> TextColumn:
    nulls = int(totals[decode_cells.NULLS])
    kept = pooled_array(len(text), np.uint8)
    kept[:] = text
    buffers = [pa.py_buffer(validity) if nulls else None, pa.py_buffer(views), pa.py_buffer(kept)]
    values = pa.Array.from_buffers(pa.string_view(), count, buffers, nulls)
    return TextColumn(values, state, faults, totals[:256], int(totals[decode_cells.ABSENT]))
