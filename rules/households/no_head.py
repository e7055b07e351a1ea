"""HSE-002 世帯主の不在：世帯主のいない世帯。標準は「世帯主未設定」を許す。

Issued by: 住民記録システム標準仕様書 (世帯主未設定 may be migrated and is listed for the 主管課). A household
of one is marked as one where 職権 may set the 世帯主, and a household one of whose records is isolated as
such: its 世帯主 may be that record. The finding names all members, sorted and joined by
``|``. Source: rule catalogue HSE-002 (R1).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.households.heads import households_with_heads
from rules.references.isolated import TARGET_ISOLATED
from rules.references.relations import item_name, whole_findings


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a household of present residents without a 世帯主."""
    found = households_with_heads(relation, "heads = 0", "TRUE")
    one_left = pl.col("size") == 1
    return whole_findings(found.with_columns(
        item=pl.lit(item_name(ctx, "person.relationship")),
        before=pl.col("household"),
        evidence=pl.when(one_left).then(pl.lit("世帯員1人（職権設定の候補）")).otherwise(
            pl.format("世帯員{}人に世帯主なし", "size")) + pl.when("one_isolated").then(
                pl.lit(f"、この世帯の記録が隔離中（{TARGET_ISOLATED}）")).otherwise(pl.lit("")),
        reason=pl.when("one_isolated").then(pl.lit("target_isolated")).when(one_left).then(
            pl.lit("one_member_left")).otherwise(pl.lit("no_head"))), "HSE-002")
