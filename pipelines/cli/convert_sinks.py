"""The forms ``ikou convert`` writes: Parquet, Arrow, CSV and JSON lines, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from layouts.records.blocks import DecodedBlock
from layouts.records.nesting import ParentTrees, nested_columns, plain_name
from layouts.records.plans import DecodingPlan
from layouts.records.raw_bytes import RECORD_BYTES, is_bytes_column

Sink = Callable[[DecodedBlock], None]


def plain_columns(table: pl.DataFrame, *, as_hex: bool) -> pl.DataFrame:
    """The items of a table, named as other systems take them; bytes as ``<item>.raw_bytes``, last ``raw_bytes``."""
    items = table.select(pl.exclude("^_(record_no|byte_offset)$"))
    names = {name: _output_name(name) for name in items.columns}
    if as_hex:
        items = items.with_columns(pl.col(pl.Binary).bin.encode("hex").str.to_uppercase())
    return items.rename(names)


def _output_name(name: str) -> str:
    if not is_bytes_column(name):
        return plain_name(name)
    item = name.removeprefix(RECORD_BYTES).removeprefix(".")
    return f"{plain_name(item)}.raw_bytes" if item else "raw_bytes"


@contextmanager
def _parquet(path: Path, plan: DecodingPlan) -> Iterator[Sink]:
    import pyarrow.parquet as pq

    with ExitStack() as stack:
        writer: Any = None

        def write(block: DecodedBlock) -> None:
            nonlocal writer
            table = plain_columns(block.table, as_hex=False).to_arrow(compat_level=pl.CompatLevel.newest())
            if writer is None:
                # Texts are handed over as views, without a copy; in the file they are strings as any other.
                writer = stack.enter_context(
                    pq.ParquetWriter(path, table.schema, compression="zstd", store_schema=False)
                )
            writer.write_table(table)

        yield write


@contextmanager
def _arrow(path: Path, plan: DecodingPlan) -> Iterator[Sink]:
    import pyarrow as pa

    with ExitStack() as stack:
        writer: Any = None

        def write(block: DecodedBlock) -> None:
            nonlocal writer
            table = plain_columns(block.table, as_hex=False).to_arrow(compat_level=pl.CompatLevel.oldest())
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
            plain_columns(block.table, as_hex=True).write_csv(file, include_header=first)
            first = False

        yield write


@contextmanager
def _jsonl(path: Path, plan: DecodingPlan) -> Iterator[Sink]:
    with path.open("wb") as file:

        def write(block: DecodedBlock) -> None:
            if plan.copybook is None:
                plain_columns(block.table, as_hex=True).write_ndjson(file)
                return
            above = [pl.col(name) for parent in plan.parents for name in parent.columns()]
            items = block.table.select(*above, *nested_columns(plan.layout))
            raw = plain_columns(block.table.select(c for c in block.table.columns if is_bytes_column(c)), as_hex=True)
            items.hstack(raw).write_ndjson(file)

        yield write


SINKS: Mapping[str, Callable[[Path, DecodingPlan], AbstractContextManager[Sink]]] = {
    ".parquet": _parquet, ".arrow": _arrow, ".csv": _csv, ".jsonl": _jsonl,
}
"""Suffix of the output → what writes it."""


@contextmanager
def parent_trees(
    path: Path, plans: Mapping[str, DecodingPlan]
) -> Iterator[Callable[[Mapping[str, DecodedBlock]], None]]:
    """Writes JSON lines: one outermost parent with everything below it."""
    with path.open("w", encoding="utf-8") as file:
        trees = ParentTrees(plans)

        def write(blocks: Mapping[str, DecodedBlock]) -> None:
            file.writelines(trees.lines(blocks))

        yield write
        file.writelines(trees.last())
