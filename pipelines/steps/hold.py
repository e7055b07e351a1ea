"""Hold back what is bad or undecided: the item is null in ``standard/``, its text and bytes stand in ``hold/``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from rules.contract import CHANGE_SCHEMA

STEP = 950
HOLD_SCHEMA: dict[str, Any] = {
    "issue_id": pl.String,
    "area": pl.String,
    "group_id": pl.String,
    "subject": pl.String,
    "item": pl.String,
    "file": pl.String,
    "record_no": pl.Int64,
    "ordinal": pl.Int32,
    "byte_offset": pl.Int64,
    "text": pl.String,
    "raw_bytes": pl.Binary,
    "rule_id": pl.String,
}


@dataclass(frozen=True, slots=True)
class Held:
    """``frame`` without the held values, the rows of ``hold/`` and the changes that restore them."""

    frame: pl.DataFrame
    hold: pl.DataFrame
    changes: pl.DataFrame


def hold(frame: pl.DataFrame, open_issues: pl.DataFrame, never_null: Collection[str]) -> Held:
    """Take the values of open release-blocking issues out of a block.

    Args:
        frame: The block (``_record_no``, ``_ordinal`` and items).
        open_issues: ISSUE_SCHEMA rows of this block plus ``ordinal``, decided ones already left out.
        never_null: Items that stay even when an issue stands against them (keys; the gate alone is shut).
    """
    blocking = open_issues.filter(pl.col("blocks") == "release").with_columns(
        item=pl.col("item_path").str.replace(r"\[[0-9]+\]$", ""), ordinal=pl.col("ordinal").fill_null(0).cast(pl.Int32)
    )
    if blocking.is_empty():
        return Held(frame, pl.DataFrame(schema=HOLD_SCHEMA), pl.DataFrame(schema=CHANGE_SCHEMA))
    rows = (
        blocking.select(
            "issue_id",
            "subject",
            "item",
            "file",
            "record_no",
            "ordinal",
            "byte_offset",
            "raw_bytes",
            "rule_id",
            area="area_id",
            group_id="group_id",
            text="before",
        )
        .select(list(HOLD_SCHEMA))
        .cast(pl.Schema(HOLD_SCHEMA))
    )
    in_frame = blocking.filter(pl.col("item").is_in(frame.columns) & ~pl.col("item").is_in(list(never_null)))
    places = frame.select(
        row=pl.int_range(pl.len(), dtype=pl.UInt32), record_no="_record_no", ordinal=pl.col("_ordinal").cast(pl.Int32)
    )
    placed = (
        in_frame.select("record_no", "ordinal", "item", "rule_id", "rule_version")
        .unique(["item", "record_no", "ordinal"], keep="first", maintain_order=True)
        .join(places, on=["record_no", "ordinal"], how="inner", maintain_order="left")
    )
    changes: list[pl.DataFrame] = []
    kept: list[pl.Series] = []
    for (item,), group in placed.group_by("item", maintain_order=True):
        name = str(item)
        old = frame[name]
        here = group.sort("row")
        changes.append(here.with_columns(old[here["row"]].alias("before")).drop_nulls("before"))
        left = np.arange(frame.height, dtype=np.int64)
        left[here["row"].to_numpy()] = -1
        kept.append(old.gather(pl.Series(left, dtype=pl.Int64).replace(-1, None)))
    log = pl.concat(changes) if changes else placed.with_columns(before=pl.lit(None, dtype=pl.String))
    log = log.with_columns(step=pl.lit(STEP, dtype=pl.Int32)).select(list(CHANGE_SCHEMA)).cast(pl.Schema(CHANGE_SCHEMA))
    return Held(frame.with_columns(kept), rows, log)
