"""``ikou convert``: extraction alone; a received file to Parquet, Arrow, CSV or JSON lines, nothing repaired."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Unpack

import polars as pl

from char_mapping.code_systems import load_code_system
from char_mapping.errors import DefinitionError
from layouts.records.blocks import DecodedBlock
from layouts.records.databases import read_postgresql
from layouts.records.framing import RawBlock
from layouts.records.nesting import nested_columns, plain_name
from layouts.records.plans import DecodingPlan, PlanOptions, QueryShape, plans_of_options
from layouts.records.reader import open_planned_file, open_record_types
from layouts.records.round_trip import count_round_trips

_BLOCK_RECORDS = 16_384
_DATABASES = ("postgresql://", "postgres://")
_HARMLESS = {"low_value", "high_value", "control_character"}


def convert(
    file: Path | str, *, copybook: Path | None, charset: str, out: Path, round_trip: bool = False,
    **options: Unpack[PlanOptions],
) -> int:
    """Decode ``file`` into ``out``; the suffix says the form. Cells are text, null where empty or not decodable.

    Parquet, Arrow and CSV hold one column per elementary item, JSON lines keep groups and OCCURS nested; ``-`` in names
    becomes ``_``. Where ``types`` are named and no ``record``, there is one output a record type: ``out.世帯.parquet``.
    What did not decode, and records that are not in a table, stand in ``<out>.faults.jsonl`` with their bytes in
    hexadecimal (no such file when there is nothing to say). The outputs appear whole or not at all. ``file`` may be the
    URL of a PostgreSQL database; with ``round_trip`` records are written back and compared.

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
    blocks: Iterator[tuple[RawBlock | None, dict[str, DecodedBlock]]]
    if isinstance(file, str) and file.startswith(_DATABASES):
        plans = {"": DecodingPlan(load_code_system("utf-8"), tabular=QueryShape())}
        blocks = ((None, {"": block}) for block in read_postgresql(file, options.get("query", ""), _BLOCK_RECORDS))
    else:
        plans = plans_of_options(copybook, charset, **options)
        blocks = _blocks(plans, Path(file))
    several = len(plans) > 1
    outs = {name: out.with_name(f"{out.stem}.{name}{out.suffix}") if several else out for name in plans}
    partial = {name: one.with_name(f".{one.name}.partial") for name, one in outs.items()}
    faults_file = out.with_name(f"{out.name}.faults.jsonl")
    partial_faults = faults_file.with_name(f".{faults_file.name}.partial")
    records: Counter[str] = Counter()
    same: Counter[str] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    apart: Counter[tuple[str, str]] = Counter()
    try:
        with ExitStack() as stack:
            write = {name: stack.enter_context(sink(partial[name], plan)) for name, plan in plans.items()}
            faults = stack.enter_context(partial_faults.open("w", encoding="utf-8"))
            for raw, decoded in blocks:
                for name, block in decoded.items():
                    write[name](block)
                    records[name] += block.table.height
                    found.update(block.faults.select("item", "fault").iter_rows())
                    if round_trip and raw is not None:
                        same[name] += count_round_trips(plans[name], raw, block)
                left = _apart(list(decoded.values()))
                apart.update(left.select("fate", "fault").iter_rows())
                for frame in (*(block.faults for block in decoded.values()), left):
                    for line in _fault_lines(frame):
                        faults.write(json.dumps(line, ensure_ascii=False) + "\n")
        for name, one in outs.items():
            partial[name].replace(one)
        faults_file.unlink(missing_ok=True)
        if found or apart:
            partial_faults.replace(faults_file)
    finally:
        for one in (*partial.values(), partial_faults):
            one.unlink(missing_ok=True)
    for name, one in outs.items():
        compared = f", {same[name]} written back byte for byte" if round_trip and plans[name].copybook else ""
        sys.stdout.write(f"{records[name]} records -> {one}{compared}\n")
    _summarise(faults_file, found, apart)
    undecoded = any(fault not in _HARMLESS for _, fault in found)
    return 1 if undecoded or any(fate == "isolated" for fate, _ in apart) else 0


def _blocks(
    plans: dict[str, DecodingPlan], path: Path
) -> Iterator[tuple[RawBlock | None, dict[str, DecodedBlock]]]:
    if all(plan.framing is not None for plan in plans.values()):
        yield from open_record_types(plans, path, block_records=_BLOCK_RECORDS)
        return
    for name, plan in plans.items():
        for block in open_planned_file(plan, path, block_records=_BLOCK_RECORDS):
            yield None, {name: block}


def _apart(blocks: list[DecodedBlock]) -> pl.DataFrame:
    """Records that stand in no table; with several tables those of the others are in theirs."""
    if len(blocks) == 1:
        return blocks[0].apart
    together = pl.concat([block.apart for block in blocks]).filter(pl.col("fault") != "other_record_type")
    return together.unique("record_no", keep="first", maintain_order=True).sort("record_no")


def _summarise(
    faults_file: Path, found: Counter[tuple[str, str]], apart: Counter[tuple[str, str]]
) -> None:
    for (fate, fault), count in sorted(apart.items()):
        sys.stdout.write(f"{count} records apart: {fate}{' ' + fault if fault else ''}\n")
    for (item, fault), count in sorted(found.items()):
        sys.stdout.write(f"{count} cells: {item} {fault}\n")
    if found or apart:
        sys.stdout.write(f"their bytes -> {faults_file}\n")


def _fault_lines(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
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
        nested = None
        if plan.copybook is not None:
            above = [pl.col(name) for parent in plan.parents for name in parent.columns()]
            nested = [*above, *nested_columns(plan.layout)]

        def write(block: DecodedBlock) -> None:
            table = _items(block) if nested is None else block.table.select(nested)
            table.write_ndjson(file)

        yield write


_SINKS: dict[str, Callable[[Path, DecodingPlan], Any]] = {
    ".parquet": _parquet, ".arrow": _arrow, ".csv": _csv, ".jsonl": _jsonl,
}
