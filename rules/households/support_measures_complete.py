"""HSE-021 支援措置・抑止：DV 等支援措置の対象者は一件も欠けてはならない。終了日を過ぎても移す。

Issued by: 総務省 支援措置の事務 (住民基本台帳事務処理要領); 住民記録システム標準仕様書: an end date that has
passed ends nothing by itself. Compared one by one, not by number alone: every measure received (view
``support_received``: source, file, record_no, subject of each decoded record, made before any rule or scope)
must stand in ``support``, and every 宛名番号 of a measure must be a person of the register. Nothing is found
in a measure for being old, expired or open; where the person's record is isolated the evidence says so. Source: rule
catalogue HSE-021 (R1).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.references.isolated import TARGET_ISOLATED, isolated_numbers
from rules.references.relations import item_name, rows_of, select_columns, view_columns, whole_findings


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a measure that was received and is not there, and one a measure of a person who is not there."""
    if not view_columns(relation, "support"):
        return whole_findings(pl.DataFrame({"area": pl.Series([], dtype=pl.String)}), "HSE-021")
    parts = [rows_of(relation, f"""
        SELECT s.*, s.person_number AS before, s.person_number AS about,
               CASE WHEN i.person_number IS NULL THEN 'no_person' ELSE 'target_isolated' END AS reason,
               CASE WHEN i.person_number IS NULL THEN '支援措置の宛名番号が住民・除票に無い'
                    ELSE '支援措置の対象者の記録は隔離中（{TARGET_ISOLATED}）' END AS evidence
        FROM (SELECT {select_columns(relation, 'support', 'person_number')} FROM support) s
        LEFT JOIN {isolated_numbers(relation, 'person_number')} i ON s.person_number = i.person_number
        ANTI JOIN (SELECT person_number FROM persons WHERE area = '001'
                   AND group_id IS DISTINCT FROM 'support_measure') p ON s.person_number = p.person_number""")]
    if view_columns(relation, "support_received"):
        parts.append(rows_of(relation, f"""
            SELECT r.*, r.subject AS before, r.subject AS about, 'lost' AS reason,
                   '受領した支援措置の記録が変換後に無い' AS evidence
            FROM (SELECT {select_columns(relation, 'support_received')} FROM support_received) r
            ANTI JOIN support s ON r.source = s.source AND r.file = s.file AND r.record_no = s.record_no"""))
    found = pl.concat(parts, how="diagonal_relaxed")
    return whole_findings(found.with_columns(item=pl.lit(item_name(ctx, "person.number"))), "HSE-021")
