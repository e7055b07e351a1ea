"""``ikou convert TABLE -o FILE.dat``: a table, of ``convert`` or of another program, back into records of a host."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from char_mapping.cell_encoding import UnencodableCharacter
from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.records.framed import framed
from layouts.records.nesting import plain_name
from layouts.records.numeric import UnencodableNumber
from layouts.records.plans import DecodingPlan
from layouts.records.writer import RecordWriter

HOST_SUFFIXES = (".dat", ".bin")
_ROWS = 16_384


def write_host_file(table: Path, out: Path, plan: DecodingPlan, *, several: bool = False) -> int:
    """Write the rows of a Parquet, Arrow or CSV table as records of the plan's 01 level, in its record format.

    Columns bear the names ``convert`` gives (``-`` may be ``_``); items without a column are blanks or zeros. Where a
    cell is null and a column ``<item>.raw_bytes`` holds its bytes, those are written. The file appears whole or not at
    all.

    Raises:
        DefinitionError: No record format, several record types, or a column that is no item of the record.
        UnreadableFile: A value does not fit its item; names row and item, never the value.
    """
    if plan.copybook is None or plan.framing is None or several:
        raise DefinitionError(
            f"--out {out.name}", expected="one record of a copybook (--copybook, --record) to write",
            found="several record types" if several else "none",
        )
    frames = _frames(table)
    fields = {plain_name(f.name): f.name for f in plan.layout.all_fields}
    writer = RecordWriter(plan.copybook, plan.system, odo=plan.odo)
    partial = out.with_name(f".{out.name}.partial")
    written = 0
    try:
        with partial.open("wb") as file:
            for frame in frames:
                _check_columns(table, frame, fields)
                try:
                    body = list(_records(writer, plan, frame, fields))
                except (UnencodableNumber, UnencodableCharacter) as error:
                    raise UnreadableFile(
                        f"{table.name} rows {written + 1}–{written + frame.height}",
                        expected=f"values that {plan.record} can hold", found=str(error),
                        todo="Correct the table; rows are counted from 0 within these.",
                    ) from None
                file.writelines(framed(body, plan.framing))
                written += frame.height
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    sys.stdout.write(f"{written} records -> {out}\n")
    return 0


def _frames(table: Path) -> Iterator[pl.DataFrame]:
    if table.suffix == ".parquet":
        whole = pl.read_parquet(table)
    elif table.suffix == ".arrow":
        whole = pl.read_ipc(table)
    elif table.suffix == ".csv":
        whole = pl.read_csv(table, infer_schema=False)
    else:
        raise DefinitionError(
            table.name, expected="a table to write from: .parquet, .arrow or .csv", found=table.suffix or "no ending"
        )
    # One block at least: an empty table still has its columns checked.
    for start in range(0, max(whole.height, 1), _ROWS):
        yield whole[start : start + _ROWS]


def _check_columns(table: Path, frame: pl.DataFrame, fields: dict[str, str]) -> None:
    known = {*fields, *fields.values()}
    extra = [c for c in frame.columns if c not in known and c.removesuffix(".raw_bytes") not in known]
    extra = [c for c in extra if c != "raw_bytes"]
    if extra:
        raise DefinitionError(
            table.name, expected="columns named as the items of the record", found=", ".join(extra[:5]),
            todo="`ikou layouts show --copybook` lists the items.",
        )


def _records(
    writer: RecordWriter, plan: DecodingPlan, frame: pl.DataFrame, fields: dict[str, str]
) -> Iterator[bytes]:
    overrides: dict[tuple[int, str], bytes] = {}
    texts = {c: fields.get(c, c) for c in frame.columns if not c.endswith("raw_bytes")}
    items = frame.select(pl.col(list(texts)).cast(pl.String)).rename(texts)
    for column in (c for c in frame.columns if c.endswith(".raw_bytes")):
        name = column.removesuffix(".raw_bytes")
        item = fields.get(name, name)
        known = items[item].is_not_null() if item in items.columns else pl.repeat(False, frame.height, eager=True)
        for row, (text, raw) in enumerate(zip(known, frame[column], strict=True)):
            if not text and raw is not None:
                overrides[row, item] = bytes.fromhex(raw) if isinstance(raw, str) else raw
        if item in items.columns and writer.is_binary(item, record=plan.record):
            # A binary item without a number has no bytes of its own; these are replaced at once.
            replaced = frame[column].is_not_null()
            items = items.with_columns(
                pl.when(pl.col(item).is_null() & replaced).then(pl.lit("0")).otherwise(pl.col(item)).alias(item)
            )
    body = writer.write(items, record=plan.record, overrides=overrides)
    _, lengths = writer.written_places(items, record=plan.record)
    at = 0
    for length in lengths.tolist():
        yield body[at : at + length]
        at += length
