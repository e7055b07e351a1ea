"""HSE-016 除票の保存：消除から150年保存する。5年を過ぎた除票が別のデータベースにあり、抽出から漏れていないか。

Issued by: 住民基本台帳法施行令 34条 (since 2019-06-20 除票 are kept 150 years; those removed before 2014-06-20 may be
gone lawfully). Asked of each source of the register that holds 除票: when there are removals of the last five years but
none from between 2014-06-20 and five years ago, the older ones lie elsewhere and must be extracted too. Source: rule
catalogue HSE-016 (R1).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.references.relations import item_name, rows_of, select_columns, whole_findings

KEPT_SINCE = "2014-06-20"
YEARS = 5
ENOUGH = 20
"""Fewer removals than this in the last five years say nothing: the file is of a small place, or an extract."""


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a source whose older 除票 are missing."""
    edge = f"{ctx.as_of.year - YEARS:04d}{ctx.as_of.isoformat()[4:]}"
    if edge <= KEPT_SINCE:
        return whole_findings(pl.DataFrame(), "HSE-016")
    found = rows_of(relation, f"""
        WITH removed AS (
            SELECT * FROM (SELECT {select_columns(relation, 'persons', 'person_latest', 'person_removed_date')}
                           FROM persons)
            WHERE area = '001' AND COALESCE(person_latest, '1') = '1' AND person_removed_date IS NOT NULL)
        SELECT area, group_id, source, source AS subject, any_value(file ORDER BY file) AS file,
               COUNT(*) FILTER (person_removed_date >= '{edge}') AS recent
        FROM removed GROUP BY area, group_id, source
        HAVING recent >= {ENOUGH}
           AND COUNT(*) FILTER (person_removed_date >= '{KEPT_SINCE}' AND person_removed_date < '{edge}') = 0""")
    return whole_findings(found.with_columns(
        item=pl.lit(item_name(ctx, "person.removed_date")), reason=pl.lit("older_missing"),
        evidence=pl.format(f"直近{YEARS}年の除票は{{}}件、{KEPT_SINCE}から{edge}までの除票は0件", "recent"),
        about=pl.col("recent").cast(pl.String)), "HSE-016")
