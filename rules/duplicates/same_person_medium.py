"""DUP-004 同一人複数番号（中）：カナキーと生年月日が一致し、住所が過去・転入前・転出先のどれかに一致する。

Issued by: デジタル庁 共通機能標準仕様書 住登外者宛名番号管理 ④, 住民記録システム標準仕様書 2.1.2.
Candidate B of the 名寄せ; where the kana differ, the name key counts. Source: rule catalogue DUP-004 (R2; cleansing.md
§6).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.duplicates.levels import MEDIUM
from rules.duplicates.pair_findings import pair_findings


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a pair of this level."""
    return pair_findings(relation, ctx, "DUP-004", MEDIUM)
