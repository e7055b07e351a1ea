"""DUP-006 双子・同姓同名：生年月日・氏・住所が一致し名が違う。別人であり、紐付けてはならない。

Issued by: デジタル庁 共通機能標準仕様書 住登外者宛名番号管理 ④, 住民記録システム標準仕様書 2.1.2.
Shown so that nobody links them by hand. Twins who both stand in the register are known apart and not listed. Source:
rule catalogue DUP-006 (R25; cleansing.md §6).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.duplicates.levels import TWINS
from rules.duplicates.pair_findings import pair_findings


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a pair of this level."""
    return pair_findings(relation, ctx, "DUP-006", TWINS)
