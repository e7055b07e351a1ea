"""REF-021 参照制御フラグ：他業務参照不可の人の記録は、全て他業務参照不可=1を引き継ぐ。

Issued by: デジタル庁 共通機能標準仕様書 住登外者宛名番号管理 (住基ネットから得た情報は他業務から参照させない). One
row of a number that says 1 makes every row of that number say it: a row that lost the flag on its way would open to
other areas what was got for one purpose alone. The flag itself is the register's; where no row says 1 there is nothing
to inherit. Source: rule catalogue REF-021 (R2, R3).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.references.relations import item_name, rows_of, select_columns, view_columns, whole_findings


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a row whose number is closed to other areas elsewhere and which does not say so."""
    if "addressee_no_sharing" not in view_columns(relation, "addressees"):
        return whole_findings(pl.DataFrame({"area": pl.Series([], dtype=pl.String)}), "REF-021")
    rows = select_columns(relation, "addressees", "person_number", "addressee_no_sharing")
    found = rows_of(relation, f"""
        WITH a AS (SELECT {rows} FROM addressees)
        SELECT * FROM a WHERE addressee_no_sharing IS DISTINCT FROM '1'
          AND person_number IN (SELECT person_number FROM a WHERE addressee_no_sharing = '1')""")
    return whole_findings(found.with_columns(
        item=pl.lit(item_name(ctx, "addressee.no_sharing")), reason=pl.lit("flag_lost"), before="addressee_no_sharing",
        candidate=pl.lit("1"), evidence=pl.lit("同じ宛名番号の別の記録は他業務参照不可"),
        about=pl.col("addressee_no_sharing").fill_null("")), "REF-021")
