"""Set apart what does not move: records out of scope (with reason and 決裁) and records without a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.project.scope import Exclusion

FATE_SCHEMA: dict[str, Any] = {"record_no": pl.Int64, "fate": pl.String, "reason": pl.String}
SUBJECT = "_subject"


@dataclass(frozen=True, slots=True)
class Kept:
    """``table`` goes on, with its subject in ``_subject``; ``unkeyed`` is isolated; ``fates`` names every record
    set apart.
    """

    table: pl.DataFrame
    unkeyed: pl.DataFrame
    fates: pl.DataFrame


def exclude(table: pl.DataFrame, key: Sequence[str], exclusions: Sequence[Exclusion]) -> Kept:
    """Split a decoded block by scope and key.

    Args:
        table: ``_record_no``, ``_byte_offset`` and the source items (String), one row a record.
        key: The source's key items; their values joined by ``/`` are the record's subject.
        exclusions: Exclusions of this source, first match wins.
    """
    missing = pl.any_horizontal([pl.col(k).is_null() for k in key])
    reason = pl.lit(None, dtype=pl.String)
    for e in reversed(exclusions):
        reason = pl.when(pl.col(e.where.item).is_in(list(e.where.values))).then(pl.lit(e.reason_code)).otherwise(reason)
    marked = table.with_columns(
        pl.concat_str([pl.col(k) for k in key], separator="/").alias(SUBJECT),
        reason.alias("_excluded"),
        missing.alias("_unkeyed"),
    )
    scratch = ["_excluded", "_unkeyed"]
    excluded = marked.filter(pl.col("_excluded").is_not_null())
    unkeyed = marked.filter(pl.col("_excluded").is_null() & pl.col("_unkeyed"))
    kept = marked.filter(pl.col("_excluded").is_null() & ~pl.col("_unkeyed")).drop(scratch)
    fates = pl.concat(
        [
            excluded.select(record_no="_record_no", fate=pl.lit("excluded"), reason="_excluded"),
            unkeyed.select(record_no="_record_no", fate=pl.lit("isolated"), reason=pl.lit("key_missing")),
        ]
    ).cast(pl.Schema(FATE_SCHEMA))
    return Kept(kept, unkeyed.drop(scratch), fates)
