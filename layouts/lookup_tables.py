"""Prepared tables of lookups: key → value of another source, made once a run and asked block by block.

A table is a Parquet file sorted by key, so that a block reads the row groups its keys lie in and no more. It is made
of the decoded source alone: the same files give the same table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from layouts.conform import LINEAGE, joined_key, mask_of
from layouts.lookups import Lookup
from layouts.mappings import Mapping

MISSING, SEVERAL = "lookup_missing", "lookup_several"
"""Why a key has no value: no record has it, or records that have it say different things."""

UNANSWERED_SCHEMA: dict[str, Any] = {
    "record_no": pl.Int64, "ordinal": pl.Int32, "byte_offset": pl.Int64, "item": pl.String, "reason": pl.String,
    "key": pl.String, "evidence": pl.String,
}
ORIGIN_SCHEMA: dict[str, Any] = {
    "record_no": pl.Int64, "ordinal": pl.Int32, "item": pl.String, "from_source": pl.String, "from_item": pl.String,
    "from_file": pl.String, "from_record_no": pl.Int64,
}
_ROW_GROUP = 32_768
_ROWS = {"key": pl.String, "value": pl.String, "file": pl.String, "record_no": pl.Int64}


@dataclass(frozen=True, slots=True)
class LookedUp:
    """A conformed block with its looked-up values, the questions without an answer (UNANSWERED_SCHEMA), and the record
    each value comes from (ORIGIN_SCHEMA).
    """

    frame: pl.DataFrame
    unanswered: pl.DataFrame
    origins: pl.DataFrame


def write_tables(lookups: Sequence[Lookup], blocks: Iterable[tuple[str, pl.DataFrame]], folder: Path) -> None:
    """Prepare the tables of all lookups in one source.

    Args:
        lookups: Lookups with the same ``source_id``.
        blocks: File name and decoded block (as `layouts.conform.conform` takes it), every file of the source in order.
        folder: Gets ``<table>.parquet``; a table that is there is written anew.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {one.table: one for one in lookups}
    empty = pl.DataFrame(schema=_ROWS).to_arrow().schema
    writers = {name: pq.ParquetWriter(folder / f"{name}.rows", empty) for name in sorted(wanted)}
    try:
        for file, block in blocks:
            for name, writer in writers.items():
                writer.write_table(_rows(wanted[name], file, block).to_arrow().cast(empty))
    finally:
        for writer in writers.values():
            writer.close()
    for name in writers:
        rows = folder / f"{name}.rows"
        place = pl.struct("file", "record_no")
        (
            pl.scan_parquet(rows).group_by("key")
            .agg(pl.col("value", "file", "record_no").sort_by(place).first(), several=pl.col("value").n_unique() > 1)
            .with_columns(value=pl.when(~pl.col("several")).then(pl.col("value")))
            .sort("key").sink_parquet(folder / f"{name}.parquet", row_group_size=_ROW_GROUP, compression="zstd")
        )
        rows.unlink()


def _rows(lookup: Lookup, file: str, block: pl.DataFrame) -> pl.DataFrame:
    for condition in lookup.conditions:
        block = block.filter(mask_of(condition))
    value = pl.col(lookup.item)
    return block.select(
        joined_key(list(lookup.keys)).alias("key"), pl.when(value != "").then(value).alias("value"),
        pl.lit(file).alias("file"), pl.col("_record_no").cast(pl.Int64).alias("record_no"),
    ).drop_nulls("key")


def look_up(conformed: pl.DataFrame, mapping: Mapping, folder: Path | None) -> LookedUp:
    """Put the looked-up values in the place of their keys.

    A row with an empty key gets no value and asks nothing. Where the other source has no record of the key, or several
    that differ, the item stays empty; only a missing record may pass without an issue, if the mapping says so.

    Args:
        conformed: What `layouts.conform.conform` gives.
        mapping: The mapping it was conformed by.
        folder: Where `write_tables` put the tables; may be None where nothing is looked up.

    Raises:
        ValueError: the mapping looks up and there are no tables.
    """
    unanswered, origins = [pl.DataFrame(schema=UNANSWERED_SCHEMA)], [pl.DataFrame(schema=ORIGIN_SCHEMA)]
    frame = conformed
    for name, lookup in mapping.lookups:
        if folder is None:
            raise ValueError(f"{mapping.path} items.{name}: no lookup tables were prepared")
        asked = conformed.select(*LINEAGE, pl.col(name).alias("key"))
        answers = asked.join(_answers(asked["key"], folder / f"{lookup.table}.parquet"), on="key", how="left",
                             validate="m:1", maintain_order="left")
        frame = frame.with_columns(answers["value"].alias(name))
        place = {"record_no": pl.col("_record_no"), "ordinal": pl.col("_ordinal"), "item": pl.lit(name)}
        there = "＋".join(lookup.keys)
        several = pl.col("several").fill_null(value=False)
        without = several | pl.col("file").is_null() if lookup.issue_if_missing else several
        unanswered.append(answers.filter(pl.col("key").is_not_null() & without).select(
            **place, byte_offset="_byte_offset", key="key",
            reason=pl.when(several).then(pl.lit(SEVERAL)).otherwise(pl.lit(MISSING)),
            evidence=pl.when(several)
            .then(pl.lit(f"参照先 {lookup.source_id} に同じ{there}の記録が複数あり、{lookup.item}が異なる"))
            .otherwise(pl.lit(f"参照先 {lookup.source_id} に同じ{there}の記録がない")),
        ).select(pl.col(column).cast(kind) for column, kind in UNANSWERED_SCHEMA.items()))
        origins.append(answers.filter(pl.col("value").is_not_null()).select(
            **place, from_source=pl.lit(lookup.source_id), from_item=pl.lit(lookup.item), from_file="file",
            from_record_no="record_no",
        ).select(pl.col(column).cast(kind) for column, kind in ORIGIN_SCHEMA.items()))
    return LookedUp(frame, pl.concat(unanswered), pl.concat(origins))


def _answers(keys: pl.Series, table: Path) -> pl.DataFrame:
    """The rows of a table that a block asks for."""
    asked = keys.drop_nulls().unique()
    between = pl.col("key").is_between(pl.lit(asked.min(), pl.String), pl.lit(asked.max(), pl.String))
    return pl.scan_parquet(table).filter(between).join(asked.to_frame("key").lazy(), on="key", how="semi").collect()
