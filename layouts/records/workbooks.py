"""Excel workbooks: the cells as text, and what Excel made of them reported.

Excel turns 00123 into the number 123 and 1-2 into a date. Such a cell still has a value, but not surely the one the
package wrote, so it is a fault: ``number_cell`` in an item that is a code or a number of somebody, ``date_cell`` in an
item that is no date. ``error_cell`` is #N/A and its like, without a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from char_mapping.code_systems import CodeSystem
from char_mapping.errors import UnreadableFile
from layouts.records.blocks import APART_SCHEMA, FAULT_SCHEMA, DecodedBlock
from layouts.records.column_names import check_column_names
from layouts.records.plans import WorkbookShape
from layouts.records.text_tables import decode_table


def read_workbook(
    path: Path, shape: WorkbookShape, key: tuple[str, ...], system: CodeSystem, block_records: int
) -> Iterator[DecodedBlock]:
    """Decode one sheet (.xlsx, .xlsm, .xlsb, .xls, .ods); record numbers are row numbers as Excel shows them.

    Rows without any cell are no records. The whole sheet is in memory at once: it has no more than 1,048,576 rows.

    Raises:
        UnreadableFile: No workbook, no such sheet, or a header that is not the declared one.
    """
    cells, kinds = _cells(path, shape)
    first = shape.skip_lines
    names = list(shape.columns)
    if shape.header:
        if cells.height <= first:
            where = f"{path.name} row {first + 1}"
            raise UnreadableFile(where, expected="the names of the columns", found="no such row")
        names = [(name or "").strip() for name in cells.row(first)]
        while names and not names[-1]:
            names.pop()
        check_column_names(names, shape.columns, f"{path.name} row {first + 1}")
        first += 1
    if len(names) < cells.width:
        beyond = cells[first:, len(names) :]
        if not all(column.is_null().all() for column in beyond.iter_columns()):
            raise UnreadableFile(
                f"{path.name}", expected=f"{len(names)} columns", found=f"cells in {cells.width} columns",
                todo="Correct the header row, skip_lines, or the items in source.yml.",
            )
    if len(names) > cells.width:
        cells = cells.with_columns(pl.lit(None, pl.String).alias(f"{n}") for n in range(cells.width, len(names)))
        kinds = kinds.with_columns(pl.lit("").alias(f"{n}") for n in range(kinds.width, len(names)))
    cells, kinds = (frame[:, : len(names)] for frame in (cells, kinds))
    cells.columns = kinds.columns = names
    control = _control(cells[:first])
    numbers = pl.int_range(1, cells.height + 1, dtype=pl.Int64, eager=True)
    there = kinds.select(pl.any_horizontal(pl.all() != "").alias("there"))["there"]
    there = there & (numbers > first)
    cells, kinds, numbers = cells.filter(there), kinds.filter(there), numbers.filter(there)
    for begin in range(0, max(cells.height, 1), block_records):
        part, part_kinds = cells[begin : begin + block_records], kinds[begin : begin + block_records]
        part_numbers = numbers[begin : begin + block_records]
        block = decode_table(part, part_numbers, key, system, _faults(part, part_kinds, part_numbers, shape))
        yield _with(control, block) if begin == 0 and control.height else block


def _cells(path: Path, shape: WorkbookShape) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Texts of the sheet's cells, and what each one is: text, number, flag, date, error, or empty."""
    import fastexcel

    try:
        book = fastexcel.read_excel(path)
    except fastexcel.FastExcelError:
        raise UnreadableFile(
            path.name, expected="an Excel workbook", found="a file that cannot be opened as one",
            todo="Receive the file again, without a password (FIL-001).",
        ) from None
    names = book.sheet_names
    if (shape.sheet or len(names) != 1) and shape.sheet not in names:
        raise UnreadableFile(
            path.name, expected=f"a sheet {shape.sheet}" if shape.sheet else "one sheet", found=", ".join(names),
            todo="Name the sheet: format: {sheet: …} in source.yml.",
        )
    sheet = shape.sheet or names[0]
    batch, errors = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string").to_arrow_with_errors()
    texts = pl.from_arrow(batch)
    assert isinstance(texts, pl.DataFrame)
    as_flags = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="boolean").to_polars()
    as_dates = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="datetime").to_polars()
    wrong = {error.position for error in errors.errors} if errors is not None else set()
    kinds: list[pl.Series] = []
    for index, text in enumerate(texts.iter_columns()):
        # Excel's numbers read as flags, its texts and dates do not; its texts do not read as dates.
        flag, date = as_flags[:, index].is_not_null(), as_dates[:, index].is_not_null()
        kind = np.full(text.len(), "", dtype=object)
        kind[text.is_not_null().to_numpy()] = "text"
        kind[(date & ~flag).to_numpy()] = "date"
        kind[flag.to_numpy()] = "number"
        kind[(flag & text.is_in(["true", "false"])).to_numpy()] = "flag"
        kind[[row for row, column in wrong if column == index]] = "error"
        kinds.append(pl.Series(text.name, kind.tolist(), pl.String))
    midnight = pl.all().str.strip_suffix(" 00:00:00")
    found = pl.DataFrame(kinds)
    dates = texts.select(midnight)
    merged = [
        dates[:, i].zip_with(found[:, i] == "date", texts[:, i]) if found.width else texts[:, i]
        for i in range(texts.width)
    ]
    return pl.DataFrame(merged), found


def _faults(cells: pl.DataFrame, kinds: pl.DataFrame, numbers: pl.Series, shape: WorkbookShape) -> pl.DataFrame:
    found = [pl.DataFrame(schema=FAULT_SCHEMA)]
    for name in cells.columns:
        wanted = {"error": "error_cell"}
        if name in shape.text_columns:
            wanted["number"] = "number_cell"
        if shape.date_columns is not None and name not in shape.date_columns:
            wanted["date"] = "date_cell"
        fault = kinds[name].replace_strict(wanted, default=None, return_dtype=pl.String)
        at = fault.is_not_null()
        if not at.any():
            continue
        text = cells[name].filter(at).fill_null("")
        found.append(pl.DataFrame({
            "record_no": numbers.filter(at), "item": [name] * text.len(), "fault": fault.filter(at),
            "byte_offset": [0] * text.len(), "raw_bytes": text.cast(pl.Binary), "text": text,
        }, FAULT_SCHEMA))
    return pl.concat(found)


def _control(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows above the data as control records; empty ones are none."""
    lines = ["\t".join(cell or "" for cell in row).encode() for row in rows.iter_rows()]
    kept = [(number, line) for number, line in enumerate(lines, 1) if line.strip(b"\t")]
    return pl.DataFrame(
        [(number, 0, "control", "", "", line) for number, line in kept], APART_SCHEMA, orient="row"
    )


def _with(control: pl.DataFrame, block: DecodedBlock) -> DecodedBlock:
    return replace(block, apart=pl.concat([control, block.apart]))
