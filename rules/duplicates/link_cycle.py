"""DUP-011 名寄せの連鎖・循環：名寄せ先が自分自身、またはそれ自身が名寄せ元になっている。

Issued by: デジタル庁 共通機能標準仕様書 住登外者宛名番号管理: 名寄せ links a number to one representative,
which is not linked further. A→A, A→B→A and A→B→C are named at the first of the rows. Source: rule catalogue
DUP-011.
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.references.relations import item_name, rows_of, select_columns, view_columns, whole_findings

_COLUMNS = ("person_number", "addressee_merged_into")


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a row that is linked to itself or to a number that is linked on."""
    if not view_columns(relation, "addressees"):
        return whole_findings(pl.DataFrame({"area": pl.Series([], dtype=pl.String)}), "DUP-011")
    found = rows_of(relation, f"""
        WITH linked AS (SELECT * FROM (SELECT {select_columns(relation, 'addressees', *_COLUMNS)} FROM addressees)
                        WHERE addressee_merged_into IS NOT NULL)
        SELECT DISTINCT ON (a.area, a.subject, a.file, a.record_no) a.*, b.addressee_merged_into AS next,
               CASE WHEN a.addressee_merged_into = a.person_number THEN 'itself'
                    WHEN b.addressee_merged_into = a.person_number THEN 'cycle' ELSE 'chain' END AS reason
        FROM linked a JOIN linked b ON a.addressee_merged_into = b.person_number
        ORDER BY a.area, a.subject, a.file, a.record_no, next""")
    return whole_findings(found.with_columns(
        item=pl.lit(item_name(ctx, "addressee.merged_into")), before=pl.col("addressee_merged_into"),
        evidence=pl.lit("名寄せ先がさらに名寄せされている"),
        about=pl.concat_str("person_number", "addressee_merged_into", "next", separator="\x1f")), "DUP-011")
