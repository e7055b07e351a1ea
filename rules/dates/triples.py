"""The three items of a 不詳 date: no date, flag 1, wording in full width (住民記録システム標準仕様書 1.1.8)."""

from __future__ import annotations

import polars as pl

from rules.contract import TRIPLE_TEXT, Change, RuleContext
from rules.dates import block_readings


def as_triple(block: pl.DataFrame, ctx: RuleContext, reason: str) -> list[Change]:
    """Changes that turn the dates of one reason into their triple, where the item has room for it.

    A wording the source brought itself stays.
    """
    changes = []
    for item in block_readings.converted(block, ctx, reason):
        if not block_readings.unknown_is_allowed(item) or item.unknown_flag is None:
            continue
        mask = block_readings.has_reason(item, reason)
        changes.append(Change(item.name, pl.when(~mask).then(pl.col(item.name)), reason=reason))
        flag = pl.col(item.unknown_flag)
        changes.append(Change(item.unknown_flag, pl.when(mask).then(pl.lit("1")).otherwise(flag), reason=reason))
        if item.unknown_text is not None:
            text = pl.col(item.unknown_text)
            wording = pl.coalesce(text, pl.col(TRIPLE_TEXT + item.name))
            changes.append(Change(item.unknown_text, pl.when(mask).then(wording).otherwise(text), reason=reason))
    return changes
