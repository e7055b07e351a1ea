"""HSE-019 履歴の連続性：n番の異動後の住所と、n+1番の前住所（転居前の住所）が同じである。

Issued by: team knowledge (△) on 住民記録システム標準仕様書 1.2.1. The row before is compared with the 前住所 (one step
back, moves within the city included) or 転居前住所 of a row, never with the 転入前住所, which is another thing.
Compared under the address key of あいまい検索, only between rows whose 履歴番号 follow one another (a gap is
HSE-017's), and part by part: a 方書 counts where both rows write one, for many systems keep none of the former
address. Source: rule catalogue HSE-019.
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.duplicates.matching_keys import address_key
from rules.references.relations import item_name, rows_of, select_columns, whole_findings

_PARTS = ("town", "lot", "building")
_BEFORE = ("last_address", "moved_within_address")


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a row whose 前住所 is not where the row before it lived."""
    columns = ["person_number", "person_history_number", "person_history_branch", "person_deleted"]
    columns += [f"{place}_{part}" for place in ("address", *_BEFORE) for part in _PARTS]
    earlier = ", ".join(f"LAG(address_{p}) OVER upwards AS was_{p}" for p in _PARTS)
    earlier += ", LAG(history) OVER upwards AS was_history"
    said = " OR ".join(f"{place}_town IS NOT NULL" for place in _BEFORE)
    rows = rows_of(relation, f"""
        WITH history AS (
            SELECT *, TRY_CAST(person_history_number AS BIGINT) AS history,
                   COALESCE(TRY_CAST(person_history_branch AS BIGINT), 0) AS branch
            FROM (SELECT {select_columns(relation, 'persons', *columns)} FROM persons)
            WHERE area = '001' AND person_number IS NOT NULL AND group_id IS DISTINCT FROM 'support_measure'
              AND COALESCE(person_deleted, '0') = '0'),
        -- Only who says a former address is put in order, and what is written alike needs no key.
        movers AS MATERIALIZED (SELECT DISTINCT person_number FROM history WHERE {said}),
        placed AS (SELECT *, {earlier} FROM history SEMI JOIN movers USING (person_number)
                   WINDOW upwards AS (PARTITION BY person_number ORDER BY history, branch, file, record_no))
        SELECT * FROM placed WHERE was_town IS NOT NULL AND ({said})
          AND (history IS NULL OR history - was_history <= 1)
          AND NOT CASE WHEN last_address_town IS NOT NULL THEN {_alike("last_address")}
                       ELSE {_alike("moved_within_address")} END""")

    def key(place: str, beside: str) -> pl.Expr:
        building = pl.when(pl.col(f"{beside}_building").is_not_null()).then(pl.col(f"{place}_building"))
        parts = (pl.col(f"{place}_town"), pl.col(f"{place}_lot"), building)
        return pl.concat_str([address_key(part.fill_null("")) for part in parts], separator="\x1f")

    last = pl.col("last_address_town").is_not_null()
    said_key = pl.when(last).then(key("last_address", "was")).otherwise(key("moved_within_address", "was"))
    was_key = pl.when(last).then(key("was", "last_address")).otherwise(key("was", "moved_within_address"))
    found = rows.with_columns(said=said_key, was=was_key).filter(pl.col("said") != pl.col("was"))
    place = pl.when(pl.col("last_address_town").is_not_null())
    return whole_findings(found.with_columns(
        item=place.then(pl.lit(item_name(ctx, "last_address.town"))).otherwise(
            pl.lit(item_name(ctx, "moved_within_address.town"))),
        before=place.then("last_address_town").otherwise("moved_within_address_town"), candidate=pl.col("was_town"),
        reason=pl.lit("not_where_they_lived"), evidence=pl.lit("一つ前の履歴の住所と違う"),
        about=pl.concat_str("said", "was", separator="\x1e")), "HSE-019")


def _alike(place: str) -> str:
    """SQL: a former address is written as the row before it wrote its own; a 方書 that one of them lacks is none."""
    return (
        f"({place}_town = was_town AND {place}_lot IS NOT DISTINCT FROM was_lot"
        f" AND COALESCE({place}_building = was_building, TRUE))"
    )
