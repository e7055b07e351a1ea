"""HSE-001 世帯主の重複：一つの世帯に世帯主が二人以上いる。

Issued by: 住民基本台帳法 7条4号: every 世帯 has one 世帯主. Counted over present residents by 世帯番号;
history rows, 除票 and 住登外 do not count. The finding names the heads, sorted and joined by ``|``; which of
them is right, the register knows. Source: rule catalogue HSE-001 (cleansing.md §7.1).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.households.heads import households_with_heads
from rules.references.relations import item_name, whole_findings


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a household with more than one 世帯主."""
    found = households_with_heads(relation, "heads > 1", "is_head")
    return whole_findings(found.with_columns(
        item=pl.lit(item_name(ctx, "person.relationship")), reason=pl.lit("several_heads"), before=pl.col("household"),
        evidence=pl.format("世帯員{}人のうち世帯主{}人", "size", "heads")), "HSE-001")
