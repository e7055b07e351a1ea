"""HSE-018 履歴の時系列：履歴番号の順に異動日・処理日が進む。遡った異動は、それを許す事由を持つ。

Issued by: team knowledge (△) on 住民記録システム標準仕様書 1.2.1 (異動履歴). Each row is compared with the one
before it by history number, on full dates. Corrections and entries 職権 (回復, 修正 …) may reach back and are passed.
Source: rule catalogue HSE-018.
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.references.relations import item_name, rows_of, select_columns, whole_findings

REACHING_BACK = (
    "04", "05", "06", "07", "08", "09", "24", "25", "26", "27", "28", "42", "43", "44", "46", "47", "49", "59",
)  # fmt: skip
"""異動事由 in the standard's codes: 職権, 改製, 再製, 軽微な修正, 誤記修正 and 異動の取消し."""
_COLUMNS = ("person_number", "person_history_number", "person_history_branch", "person_deleted", "person_change_date",
            "person_processed_date", "person_change_reason")
_FULL = "'^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$'"


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a row whose day of change or of processing lies before that of the row before it."""
    reasons = ", ".join(f"'{r}'" for r in REACHING_BACK)
    checks = []
    for meaning, allowed in (("person_change_date", f"COALESCE(person_change_reason, '') NOT IN ({reasons})"),
                             ("person_processed_date", "TRUE")):
        checks.append(f"""
            SELECT *, '{meaning}' AS item, {meaning} AS before, previous_{meaning} AS earlier FROM placed
            WHERE {meaning} < previous_{meaning} AND regexp_matches({meaning}, {_FULL})
              AND regexp_matches(previous_{meaning}, {_FULL}) AND {allowed}""")
    found = rows_of(relation, f"""
        WITH history AS (
            SELECT *, TRY_CAST(person_history_number AS BIGINT) AS history,
                   COALESCE(TRY_CAST(person_history_branch AS BIGINT), 0) AS branch
            FROM (SELECT {select_columns(relation, 'persons', *_COLUMNS)} FROM persons)
            WHERE area = '001' AND person_number IS NOT NULL AND group_id IS DISTINCT FROM 'support_measure'
              AND COALESCE(person_deleted, '0') = '0' AND TRY_CAST(person_history_number AS BIGINT) IS NOT NULL),
        -- Most persons have one row, and of the others most go forward: only the rest is put in order.
        suspects AS (SELECT person_number FROM history GROUP BY ALL HAVING COUNT(*) > 1),
        placed AS (
            SELECT *, LAG(person_change_date) OVER upwards AS previous_person_change_date,
                   LAG(person_processed_date) OVER upwards AS previous_person_processed_date
            FROM history SEMI JOIN suspects USING (person_number)
            WINDOW upwards AS (PARTITION BY person_number ORDER BY history, branch, file, record_no))
        {' UNION ALL '.join(checks)}""")
    names = {f"person_{m}": item_name(ctx, f"person.{m}") for m in ("change_date", "processed_date")}
    return whole_findings(found.with_columns(
        reason=pl.lit("before_") + pl.col("item").str.strip_prefix("person_"),
        item=pl.col("item").replace(names), evidence=pl.lit("一つ前の履歴より前の日付"),
        about=pl.concat_str("before", "earlier", separator="\x1f")), "HSE-018")
