"""Columns of text → records as the host writes them: the inverse of the reader, by whole columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from char_mapping.code_systems import CodeSystem
from char_mapping.kernels import encode_column
from layouts.records.copybook import Copybook, Field, Record
from layouts.records.digit_kernels import NOT_A_NUMBER, TOO_MANY_DIGITS, TOO_MANY_PLACES, split_numbers
from layouts.records.numeric import UnencodableNumber, encode_number, zoned_table
from layouts.records.plans import OdoReading

Bytes = npt.NDArray[np.uint8]


class RecordWriter:
    """Writes tables as records of a copybook in one code system.

    A null text or zoned number is written as blanks, a null packed number as LOW-VALUE; a null binary number has no
    bytes and is an error. FILLER without a column (``FILLER#1`` …) is blanks, or zeros where it is packed or binary.
    """

    def __init__(self, copybook: Copybook, code_system: CodeSystem, *, odo: OdoReading = "shifted") -> None:
        self.copybook = copybook
        self.system = code_system
        self.odo = odo
        self.ascii_machine = code_system.blank == 0x20

    def write(
        self,
        table: pl.DataFrame,
        *,
        record: str | None = None,
        overrides: Mapping[tuple[int, str], bytes] | None = None,
        framing: Literal["none", "rdw"] = "none",
    ) -> bytes:
        """The records of a table, one after the other.

        Args:
            table: String columns named as the fields of the record; columns beginning with ``_`` are not written,
                fields without a column are written as null.
            record: The level 01, where the copybook has several.
            overrides: Bytes to put in place of a cell, by (row, field); exactly the field's length.
            framing: ``rdw`` puts a big-endian RDW (length with its own 4 bytes) before each record.

        Raises:
            UnencodableNumber: A text is no number the field can hold; names field and row, never the value.
            UnencodableCharacter: A text has a character without a code, or is too long.
            ValueError: A column that is no field, or an override of another length.
        """
        body, lengths = self._shifted(self.matrix(table, record=record, overrides=overrides), table, record)
        if framing == "none":
            return body.tobytes()
        ends = np.cumsum(lengths)
        parts: list[bytes] = []
        for start, end in zip((ends - lengths).tolist(), ends.tolist(), strict=True):
            parts += [(end - start + 4).to_bytes(2, "big") + b"\0\0", body[start:end].tobytes()]
        return b"".join(parts)

    def matrix(
        self,
        table: pl.DataFrame,
        *,
        record: str | None = None,
        overrides: Mapping[tuple[int, str], bytes] | None = None,
    ) -> npt.NDArray[np.uint8]:
        """uint8[rows, record length] with every table at its maximum; arguments and errors as :meth:`write`."""
        layout = self.copybook.record(record)
        fields = {f.name: f for f in layout.all_fields}
        unknown = [name for name in table.columns if not name.startswith("_") and name not in fields]
        if unknown:
            raise ValueError(f"record {layout.name} has no field {', '.join(unknown[:5])}")
        out = np.full((table.height, layout.length), self.system.blank, np.uint8)
        plain = [f for f in layout.all_fields if not f.redefines]
        redefining = [f for f in layout.all_fields if f.redefines and f.name in table.columns]
        for each in plain + redefining:
            end = each.offset + each.length
            if each.name in table.columns:
                cells = self._cells(each, _absent_as_zero(each, table))
                if each.redefines:
                    written = table[each.name].is_not_null().to_numpy()
                    out[written, each.offset : end] = cells[written]
                else:
                    out[:, each.offset : end] = cells
            elif each.codec in ("packed", "packed_unsigned", "binary", "float"):
                out[:, each.offset : end] = 0
            elif each.text_kind == "double" and each.codec == "text":
                out[:, each.offset : end] = encode_column([None], each.length, self.system, "double")
        for (row, name), data in (overrides or {}).items():
            each = fields[name]
            if len(data) != each.length:
                raise ValueError(f"{name}: an override of {len(data)} bytes for a field of {each.length}")
            out[row, each.offset : each.offset + each.length] = np.frombuffer(data, np.uint8)
        return out

    def fields(self, table: pl.DataFrame, *, record: str | None = None) -> Iterator[tuple[int, Bytes]]:
        """Offset in the record and uint8[rows, field length] of every column of the table, as :meth:`matrix` has them;
        views by REDEFINES are left out. Errors as :meth:`write`.
        """
        there = frozenset(table.columns)
        for each in self.copybook.record(record).all_fields:
            if each.name in there and not each.redefines:
                yield each.offset, self._cells(each, _absent_as_zero(each, table))

    def is_binary(self, item: str, *, record: str | None = None) -> bool:
        """Whether an item is one that an empty cell has no bytes for: binary, or a float."""
        found = next((f for f in self.copybook.record(record).all_fields if f.name == item), None)
        return found is not None and found.codec in ("binary", "float")

    def written_places(self, table: pl.DataFrame, *, record: str | None = None) -> tuple[Bytes, npt.NDArray[np.int64]]:
        """Which bytes of :meth:`write` come from columns of the table: 1 or 0 each, and the lengths of the records."""
        layout = self.copybook.record(record)
        places = np.zeros((table.height, layout.length), np.uint8)
        for each in layout.all_fields:
            if each.name in table.columns and not each.redefines:
                there = _there(each, table).to_numpy()
                places[there, each.offset : each.offset + each.length] = 1
        return self._shifted(places, table, record, filler=0)

    def _shifted(
        self, matrix: Bytes, table: pl.DataFrame, record: str | None, *, filler: int | None = None
    ) -> tuple[Bytes, npt.NDArray[np.int64]]:
        """Records at their maximum → as they stand in the file, one after the other, and their lengths in bytes."""
        layout = self.copybook.record(record)
        keep = self._kept(layout, table)
        full = np.full(table.height, layout.length, np.int64)
        if keep is None:
            return matrix.reshape(-1), full
        lengths = keep.sum(axis=1).astype(np.int64)
        if self.odo != "padded":
            return matrix[keep], lengths
        padded = np.full(matrix.shape, self.system.blank if filler is None else filler, np.uint8)
        padded[np.arange(layout.length)[None, :] < lengths[:, None]] = matrix[keep]
        return padded.reshape(-1), full

    def _kept(self, layout: Record, table: pl.DataFrame) -> npt.NDArray[np.bool_] | None:
        """bool[rows, length]: bytes that stand in the file; None where all do."""
        varying = [f for f in layout.all_fields if f.exists]
        if not varying or self.odo == "reserved":
            return None
        keep = np.ones((table.height, layout.length), np.bool_)
        for each in varying:
            for counter, occurrence in each.exists:
                counts = table[counter].cast(pl.Int64).fill_null(0).to_numpy()
                keep[counts < occurrence, each.offset : each.offset + each.length] = False
        return keep

    def _cells(self, each: Field, values: pl.Series) -> Bytes:
        if each.codec == "text":
            texts = values.to_arrow(compat_level=pl.CompatLevel.oldest())
            cells = encode_column(texts, each.length, self.system, each.text_kind)
            moved = each.justified and each.text_kind != "double"
            return _right_justified(cells, self.system.blank) if moved else cells
        if each.codec == "float" or each.digits == 0 or (each.codec == "binary" and each.digits > 18):
            return self._by_cell(each, values)
        digits, negative = self._digits(each, values)
        null = values.is_null().to_numpy()
        if each.codec == "binary":
            return self._binary(each, digits, negative, null)
        if each.codec in ("packed", "packed_unsigned"):
            return _packed(each, digits, negative, null)
        return self._zoned(each, digits, negative, null)

    def _by_cell(self, each: Field, values: pl.Series) -> Bytes:
        rows = []
        for row, text in enumerate(values.to_list()):
            if text is None:
                raise UnencodableNumber(f"{each.name} row {row}: no bytes for an empty number")
            rows.append(encode_number(each, text, self.copybook.dialect, ascii_machine=self.ascii_machine))
        return np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), each.length)

    def _digits(self, each: Field, values: pl.Series) -> tuple[Bytes, npt.NDArray[np.bool_]]:
        texts = values.cast(pl.String).fill_null("")
        column = texts.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.large_string())
        _, offsets, data = column.buffers()
        first = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1]
        text = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
        digits = np.zeros((len(column), max(each.digits, 1)), np.uint8)
        negative = np.zeros(len(column), np.bool_)
        status = np.zeros(len(column), np.uint8)
        split_numbers(text, first, each.scale, digits, negative, status)
        bad = np.flatnonzero(status)
        if bad.size:
            row = int(bad[0])
            reason = {
                NOT_A_NUMBER: "not a number",
                TOO_MANY_DIGITS: f"more than {each.digits} digits",
                TOO_MANY_PLACES: f"more than {each.scale} decimal places",
            }[int(status[row])]
            raise UnencodableNumber(f"{each.name} row {row}: {reason}")
        if not each.signed and negative.any():
            row = int(np.argmax(negative))
            raise UnencodableNumber(f"{each.name} row {row}: a negative number in an unsigned field")
        return digits, negative

    def _binary(
        self, each: Field, digits: Bytes, negative: npt.NDArray[np.bool_], null: npt.NDArray[np.bool_]
    ) -> Bytes:
        if null.any():
            raise UnencodableNumber(f"{each.name} row {int(np.argmax(null))}: no bytes for an empty number")
        powers = 10 ** np.arange(digits.shape[1] - 1, -1, -1, dtype=np.int64)
        values = digits.astype(np.int64) @ powers
        values = np.where(negative, -values, values)
        wide = values.astype(">i8").view(np.uint8).reshape(-1, 8)[:, 8 - each.length :]
        return np.ascontiguousarray(wide if each.endian == "big" else wide[:, ::-1])

    def _zoned(
        self, each: Field, digits: Bytes, negative: npt.NDArray[np.bool_], null: npt.NDArray[np.bool_]
    ) -> Bytes:
        table = zoned_table(self.copybook.dialect, ascii_machine=self.ascii_machine, signed=each.signed)
        body = digits + np.uint8(table.zero)
        if each.sign.endswith("separate"):
            marks = np.where(negative, table.minus, table.plus).astype(np.uint8)[:, None]
            out = np.hstack((marks, body) if each.sign == "leading_separate" else (body, marks))
        else:
            out = body
            if each.signed:
                at = 0 if each.sign == "leading" else each.digits - 1
                out[:, at] = np.where(negative, table.negative[digits[:, at]], table.positive[digits[:, at]])
        if each.blank_when_zero:
            null = null | ~digits.any(axis=1)
        out[null] = table.blank
        return out


def _absent_as_zero(each: Field, table: pl.DataFrame) -> pl.Series:
    """The values of a field; 0 in records whose OCCURS DEPENDING ON does not reach it: its bytes are left out later."""
    values = table[each.name]
    if each.codec != "binary" or not each.exists:
        return values
    return values.zip_with(_there(each, table), pl.repeat("0", table.height, eager=True))


def _there(each: Field, table: pl.DataFrame) -> pl.Series:
    """Whether each record has the field: every OCCURS DEPENDING ON around it counts that far."""
    there = pl.repeat(True, table.height, dtype=pl.Boolean, eager=True)
    for counter, occurrence in each.exists:
        there = there & (table[counter].cast(pl.Int64).fill_null(0) >= occurrence)
    return there


def _packed(each: Field, digits: Bytes, negative: npt.NDArray[np.bool_], null: npt.NDArray[np.bool_]) -> Bytes:
    nibbles = np.zeros((digits.shape[0], each.length * 2), np.uint8)
    if each.codec == "packed":
        nibbles[:, -1 - each.digits : -1] = digits
        nibbles[:, -1] = np.where(negative, 0xD, 0xC) if each.signed else 0xF
    else:
        nibbles[:, nibbles.shape[1] - each.digits :] = digits
    out: Bytes = ((nibbles[:, 0::2] << 4) | nibbles[:, 1::2]).astype(np.uint8)
    out[null] = 0
    return out


def _right_justified(cells: Bytes, blank: int) -> Bytes:
    """JUSTIFIED RIGHT: the blanks behind a text stand before it."""
    used = cells.shape[1] - np.argmax(cells[:, ::-1] != blank, axis=1)
    used[(cells == blank).all(axis=1)] = 0
    source = np.arange(cells.shape[1])[None, :] - (cells.shape[1] - used)[:, None]
    moved = np.take_along_axis(cells, np.maximum(source, 0), axis=1)
    return np.where(source < 0, np.uint8(blank), moved).astype(np.uint8)
