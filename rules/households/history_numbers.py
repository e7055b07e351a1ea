"""HSE-017 履歴番号：宛名番号＋履歴番号（＋枝番号）が一意、1 からの連番、最大のものが最新。

Issued by: 住民記録システム標準仕様書 1.2.1 異動履歴 (宛名番号+履歴番号 is unique). Per 宛名番号 of the
register: a number that stands twice (``repeated``), a number missing below the highest one (``gap``, named on
the row after it), a 最新フラグ on another row than the highest or on none (``latest``). Rows with a history
number that is not a number are left to NUM. Source: rule catalogue HSE-017 (R1).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.references.relations import item_name, rows_of, select_columns, whole_findings

_COLUMNS = ("person_number", "person_history_number", "person_history_branch", "person_latest", "person_deleted")


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a row whose number repeats, follows a gap, or contradicts the 最新フラグ."""
    found = rows_of(relation, f"""
        WITH history AS (
            SELECT *, TRY_CAST(person_history_number AS BIGINT) AS history,
                   COALESCE(TRY_CAST(person_history_branch AS BIGINT), 0) AS branch
            FROM (SELECT {select_columns(relation, 'persons', *_COLUMNS)} FROM persons)
            WHERE area = '001' AND person_number IS NOT NULL AND group_id IS DISTINCT FROM 'support_measure'
              AND TRY_CAST(person_history_number AS BIGINT) IS NOT NULL),
        -- One cheap pass clears every person whose numbers are plainly 1, 2 … n with the last one latest: one bit a
        -- number. Who has branches or more than 60 rows is looked at again below, like who fails.
        suspects AS (
            SELECT area, person_number FROM history GROUP BY ALL
            HAVING (COUNT(*) = MAX(history) AND MAX(history) <= 60 AND MAX(branch) = 0
                    AND BIT_OR(1::BIGINT << LEAST(GREATEST(history, 0), 61))
                        = (1::BIGINT << LEAST(MAX(history), 61) + 1) - 2
                    AND COUNT(*) FILTER (WHERE person_latest = '1') = 1
                    AND MAX(history) FILTER (WHERE person_latest = '1') = MAX(history)) IS NOT TRUE),
        placed AS (
            SELECT *, LAG(history, 1, 0) OVER (upwards) AS previous, COUNT(*) OVER (equals) AS same,
                   ROW_NUMBER() OVER (equals ORDER BY file, record_no) AS nth,
                   ROW_NUMBER() OVER (PARTITION BY area, person_number
                                      ORDER BY history DESC, branch DESC, file, record_no) AS from_top
            FROM history SEMI JOIN suspects USING (area, person_number)
            WINDOW upwards AS (PARTITION BY area, person_number ORDER BY history, branch, file, record_no),
                   equals AS (PARTITION BY area, person_number, history, branch))
        SELECT *, CASE WHEN same > 1 THEN 'repeated' WHEN history > previous + 1 THEN 'gap' ELSE 'latest' END AS reason
        FROM placed
        WHERE (same > 1 AND nth = 1) OR history > previous + 1
           OR (same = 1 AND COALESCE(person_deleted, '0') = '0' AND person_latest IS NOT NULL
               AND (from_top = 1) <> (person_latest = '1'))""")
    return whole_findings(found.with_columns(
        item=pl.lit(item_name(ctx, "person.history_number")), before=pl.col("person_history_number"),
        evidence=pl.when(pl.col("reason") == "gap").then(pl.format("直前の履歴番号は{}", "previous")).when(
            pl.col("reason") == "repeated").then(pl.format("同じ番号が{}行", "same")).otherwise(
            pl.lit("最新フラグと最大の履歴番号が合わない")),
        about=pl.concat_str("person_number", "person_history_number", pl.col("person_latest").fill_null(""),
                            pl.col("previous"), separator="\x1f")), "HSE-017")
