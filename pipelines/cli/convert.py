"""``ikou convert``: extraction alone; a received file to Parquet, Arrow, CSV or JSON lines, nothing repaired."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal

import polars as pl

from char_mapping.errors import DefinitionError
from layouts.records.blocks import DecodedBlock
from layouts.records.nesting import nested_columns, plain_name
from layouts.records.plans import DecodingPlan, OdoReading, plan_of_options
from layouts.records.reader import open_planned_file

_BLOCK_RECORDS = 16_384
_HARMLESS = {"low_value", "high_value", "control_character"}


def convert(
    file: Path,
    *,
    copybook: Path | None,
    charset: str,
    out: Path,
    framing: Literal["fixed", "rdw", "bdw", "vbs", "lines", "csv"] = "fixed",
    gaiji: Path | None = None,
    glyph_policy: Literal["glyph", "area", "undecided"] = "undecided",
    dialect: str = "ibm",
    record: str = "",
    header: str = "",
    trailer: str = "",
    odo: OdoReading = "shifted",
    endian: Literal["big", "little"] = "big",
    length_includes_header: bool = True,
) -> int:
    """Decode ``file`` into ``out``; the suffix says the form. Cells are text, null where empty or not decodable.

    Parquet, Arrow and CSV hold one column per elementary item, JSON lines keep groups and OCCURS nested; ``-`` in names
    becomes ``_``. What did not decode, and records that are not in the table, stand in ``<out>.faults.jsonl`` with
    their bytes in hexadecimal (no such file when there is nothing to say). ``out`` appears whole or not at all.

    Returns:
        0, or 1 when a cell did not decode or a record was isolated.

    Raises:
        DefinitionError: The copybook, an option or the suffix is wrong.
        UnreadableFile: The file cannot be cut into such records.
    """
    sink = _SINKS.get(out.suffix)
    if sink is None:
        expected = f"a name ending in {', '.join(_SINKS)}"
        raise DefinitionError(f"--out {out.name}", expected=expected, found=out.suffix or "no ending")
    plan = plan_of_options(
        copybook, charset, framing=framing, gaiji=gaiji, glyph_policy=glyph_policy, dialect=dialect, record=record,
        header=header, trailer=trailer, odo=odo, endian=endian, length_includes_header=length_includes_header,
    )
    partial = out.with_name(f".{out.name}.partial")
    faults_file = out.with_name(f"{out.name}.faults.jsonl")
    partial_faults = faults_file.with_name(f".{faults_file.name}.partial")
    records = 0
    found: Counter[tuple[str, str]] = Counter()
    apart: Counter[tuple[str, str]] = Counter()
    try:
        with ExitStack() as stack:
            write = stack.enter_context(sink(partial, plan))
            faults = stack.enter_context(partial_faults.open("w", encoding="utf-8"))
            for block in open_planned_file(plan, file, block_records=_BLOCK_RECORDS):
                write(block)
                records += block.table.height
                for line in _fault_lines(block):
                    faults.write(json.dumps(line, ensure_ascii=False) + "\n")
                found.update(block.faults.select("item", "fault").iter_rows())
                apart.update(block.apart.select("fate", "fault").iter_rows())
        partial.replace(out)
        faults_file.unlink(missing_ok=True)
        if found or apart:
            partial_faults.replace(faults_file)
    finally:
        partial.unlink(missing_ok=True)
        partial_faults.unlink(missing_ok=True)
    _summarise(out, faults_file, records, found, apart)
    undecoded = any(fault not in _HARMLESS for _, fault in found)
    return 1 if undecoded or any(fate == "isolated" for fate, _ in apart) else 0


def _summarise(
    out: Path, faults_file: Path, records: int, found: Counter[tuple[str, str]], apart: Counter[tuple[str, str]]
) -> None:
    sys.stdout.write(f"{records} records -> {out}\n")
    for (fate, fault), count in sorted(apart.items()):
        sys.stdout.write(f"{count} records apart: {fate}{' ' + fault if fault else ''}\n")
    for (item, fault), count in sorted(found.items()):
        sys.stdout.write(f"{count} cells: {item} {fault}\n")
    if found or apart:
        sys.stdout.write(f"their bytes -> {faults_file}\n")


def _fault_lines(block: DecodedBlock) -> Iterator[dict[str, Any]]:
    for frame in (block.faults, block.apart):
        for row in frame.iter_rows(named=True):
            yield {key: value.hex().upper() if isinstance(value, bytes) else value for key, value in row.items()}


def _items(block: DecodedBlock) -> pl.DataFrame:
    table = block.table.select(pl.exclude("^_(record_no|byte_offset)$"))
    return table.rename({name: plain_name(name) for name in table.columns})


Sink = Callable[[DecodedBlock], None]


@contextmanager
def _parquet(path: Path, plan: DecodingPlan) -> Iterator[Sink]:
    import pyarrow.parquet as pq

    with ExitStack() as stack:
        writer: Any = None

        def write(block: DecodedBlock) -> None:
            nonlocal writer
            table = _items(block).to_arrow(compat_level=pl.CompatLevel.oldest())
            if writer is None:
                writer = stack.enter_context(pq.ParquetWriter(path, table.schema, compression="zstd"))
            writer.write_table(table)

        yield write


@contextmanager
def _arrow(path: Path, plan: DecodingPlan) -> Iterator[Sink]:
    import pyarrow as pa

    with ExitStack() as stack:
        writer: Any = None

        def write(block: DecodedBlock) -> None:
            nonlocal writer
            table = _items(block).to_arrow(compat_level=pl.CompatLevel.oldest())
            if writer is None:
                writer = stack.enter_context(pa.ipc.new_file(path, table.schema))
            writer.write_table(table)

        yield write


@contextmanager
def _csv(path: Path, plan: DecodingPlan) -> Iterator[Sink]:
    with path.open("wb") as file:
        first = True

        def write(block: DecodedBlock) -> None:
            nonlocal first
            _items(block).write_csv(file, include_header=first)
            first = False

        yield write


@contextmanager
def _jsonl(path: Path, plan: DecodingPlan) -> Iterator[Sink]:
    with path.open("wb") as file:
        nested = nested_columns(plan.layout) if plan.copybook is not None else None

        def write(block: DecodedBlock) -> None:
            table = _items(block) if nested is None else block.table.select(nested)
            table.write_ndjson(file)

        yield write


_SINKS: dict[str, Callable[[Path, DecodingPlan], Any]] = {
    ".parquet": _parquet, ".arrow": _arrow, ".csv": _csv, ".jsonl": _jsonl,
}
