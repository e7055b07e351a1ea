"""Tables that hold Unicode text already (workbooks, Parquet, Arrow, databases) → decoded blocks like those of any file.

Their cells go through the reader of UTF-8 text, so that blanks, control characters and counts mean the same everywhere.
They have no bytes to point at: ``_byte_offset`` is 0, and the bytes of a cell are its text in UTF-8, those of a record
its cells with tabs between.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from char_mapping.code_systems import CodeSystem
from char_mapping.errors import UnreadableFile
from char_mapping.kernels import new_histogram
from layouts.records.blocks import FAULT_SCHEMA, DecodedBlock, table_of
from layouts.records.column_names import check_column_names
from layouts.records.framing import PADDING, RawBlock
from layouts.records.isolation import Apart, isolate_unkeyed
from layouts.records.text_columns import DecodedColumn, counts_frame, decode_text, histogram_frame


def decode_table(
    table: pl.DataFrame, numbers: pl.Series, key: tuple[str, ...], system: CodeSystem,
    faults: pl.DataFrame | None = None,
) -> DecodedBlock:
    """Decode one block of a table.

    Args:
        table: String columns, null where there is no cell.
        numbers: The 1-based record number of each row, Int64.
        key: Columns without which a record is isolated.
        system: UTF-8.
        faults: FAULT_SCHEMA rows that the reader of the table has found already.
    """
    apart = Apart()
    histogram = new_histogram(system)
    columns: list[DecodedColumn] = []
    found = [faults] if faults is not None else []
    for column in table.iter_columns():
        data, starts, lengths = _buffers(column)
        columns.append(decode_text(data, starts, lengths, system, "mixed", histogram))
        wrong = columns[-1].faults
        if wrong is not None:
            found.append(wrong.with_columns(
                record_no=numbers.gather(wrong["row"]), item=pl.lit(column.name), byte_offset=pl.lit(0, pl.Int64)
            ).select(*FAULT_SCHEMA))
    offsets = np.zeros(table.height, np.int64)
    decoded = table_of(numbers.to_numpy(), offsets, table.columns, [column.values for column in columns])
    all_faults = pl.concat(found) if found else pl.DataFrame(schema=FAULT_SCHEMA)
    rows = np.arange(table.height, dtype=np.int64)
    decoded, all_faults, unkeyed = isolate_unkeyed(key, decoded, all_faults, rows, apart)
    record_numbers = numbers.gather(apart.rows)
    set_apart = apart.frame(_raw(table, apart.rows)).with_columns(record_no=record_numbers.sort())
    return DecodedBlock(
        decoded, all_faults, set_apart, counts_frame(table.columns, columns),
        histogram_frame(system, histogram), unkeyed,
    )


def read_columnar(
    path: Path, declared: tuple[str, ...], key: tuple[str, ...], system: CodeSystem, block_records: int
) -> Iterator[DecodedBlock]:
    """Decode a Parquet or Arrow (IPC file) table, told apart by their first bytes; the first row is record 1.

    Numbers, decimals, dates and times become their ISO text; a column of another type cannot be read.

    Raises:
        UnreadableFile: Neither of the two, damaged, other columns than declared, or a column of lists or structures.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with path.open("rb") as file:
        head = file.read(6)
    number = 1
    try:
        if head[:4] == b"PAR1":
            batches: Iterator[pa.RecordBatch] = pq.ParquetFile(path).iter_batches(block_records)
        elif head == b"ARROW1":
            batches = _ipc_batches(path, block_records)
        else:
            raise UnreadableFile(
                path.name, expected="a Parquet file or an Arrow IPC file", found="other first bytes",
                todo="Correct format kind in source.yml, or receive the file again (FIL-001).",
            )
        for batch in batches:
            frame = pl.from_arrow(pa.Table.from_batches([batch]))
            assert isinstance(frame, pl.DataFrame)
            check_column_names(frame.columns, declared, path.name)
            numbers = pl.int_range(number, number + frame.height, dtype=pl.Int64, eager=True)
            yield decode_table(as_text(frame, path.name), numbers, key, system)
            number += frame.height
    except pa.ArrowException:
        raise UnreadableFile(
            path.name, expected="a whole Parquet or Arrow file", found=f"damage after record {number - 1}",
            todo="Receive the file again (FIL-001).",
        ) from None


def _ipc_batches(path: Path, block_records: int) -> Iterator[object]:
    import pyarrow as pa

    with pa.OSFile(str(path), "rb") as file, pa.ipc.open_file(file) as reader:
        for index in range(reader.num_record_batches):
            batch = reader.get_batch(index)
            for first in range(0, batch.num_rows, block_records):
                yield batch.slice(first, block_records)


def as_text(frame: pl.DataFrame, where: str) -> pl.DataFrame:
    """A table with every value as text: exact digits, dates and times in ISO form, ``true`` and ``false``.

    Raises:
        UnreadableFile: A column whose values are no single texts, numbers, dates or times.
    """
    columns: list[pl.Expr] = []
    for name, dtype in frame.schema.items():
        value = pl.col(name)
        if dtype == pl.Datetime:
            value = value.dt.to_string("iso:strict")
        elif dtype.is_nested() or dtype in (pl.Binary, pl.Object, pl.Duration):
            raise UnreadableFile(
                f"{where} column {name}", expected="texts, numbers, dates or times", found=str(dtype),
                todo="Export the table without this column, or as text.",
            )
        columns.append(value.cast(pl.String))
    return frame.select(columns)


def _buffers(column: pl.Series) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """UTF-8 bytes of a column with room behind, and where each cell begins (-1: none) and its bytes."""
    import pyarrow as pa

    texts = column.to_arrow().cast(pa.large_string())
    offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
    held = texts.buffers()[2]
    text = np.frombuffer(held, np.uint8) if held is not None else np.zeros(0, np.uint8)
    data = np.concatenate((text, np.zeros(PADDING, np.uint8)))
    starts = np.where(column.is_null().to_numpy(), -1, offsets[:-1]).astype(np.int64)
    return data, starts, np.diff(offsets).astype(np.int32)


def _raw(table: pl.DataFrame, rows: list[int]) -> RawBlock:
    """The records at ``rows`` as bytes; the others are empty."""
    lengths = np.zeros(table.height, np.int32)
    starts = np.zeros(table.height, np.int64)
    data = b""
    for row in rows:
        record = "\t".join(cell or "" for cell in table.row(row)).encode()
        starts[row], lengths[row] = len(data), len(record)
        data += record
    return RawBlock(
        np.frombuffer(data + bytes(PADDING), np.uint8), starts, lengths, np.zeros(table.height, np.int64), 0, True
    )
