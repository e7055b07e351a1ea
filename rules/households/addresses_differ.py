"""HSE-004 世帯の住所不一致：同じ世帯番号の現存者の現住所（方書を含む）が違う。

Issued by: 住民基本台帳法 7条4号・5号 (a 世帯 shares 住居 and 生計). Compared over present residents by 世帯番号 under
the address key of あいまい検索, so two writings of one address are no difference (ADR finds those). A 方書 that some of
the members lack counts as a difference. The finding names the members, sorted and joined by ``|``. Source: rule
catalogue HSE-004 (R1).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.duplicates.matching_keys import address_key
from rules.households.residents import residents
from rules.references.relations import LINEAGE, item_name, rows_of, whole_findings

_PARTS = ("address_town", "address_lot", "address_building")


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a household whose present members live at addresses with different keys."""
    rows = rows_of(relation, f"""
        WITH several AS (
            SELECT person_household_number FROM {residents(relation)} WHERE person_household_number IS NOT NULL
            GROUP BY ALL
            HAVING COUNT(DISTINCT concat_ws(chr(31), {', '.join(f"COALESCE({p}, '')" for p in _PARTS)})) > 1)
        SELECT * FROM {residents(relation)} SEMI JOIN several USING (person_household_number)
        QUALIFY ROW_NUMBER() OVER (PARTITION BY area, subject ORDER BY file, record_no) = 1""")
    keyed = rows.with_columns(key=pl.concat_str(
        [address_key(pl.col(p).fill_null("")) for p in _PARTS], separator="\x1f")).sort("subject")
    found = keyed.group_by("person_household_number").agg(
        *(pl.col(c).first() for c in LINEAGE if c != "subject"), subject=pl.col("subject").str.join("|"),
        size=pl.len(), places=pl.col("key").n_unique(), about=pl.col("key").str.join("\x1e"),
    ).filter(pl.col("places") > 1)
    return whole_findings(found.with_columns(
        item=pl.lit(item_name(ctx, "address.town")), reason=pl.lit("addresses_differ"),
        before=pl.col("person_household_number"),
        evidence=pl.format("世帯員{}人の現住所が{}通り", "size", "places")), "HSE-004")
