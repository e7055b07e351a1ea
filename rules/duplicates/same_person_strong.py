"""DUP-003 同一人複数番号（強）：カナキー・生年月日・性別・住所キーが一致する。

Issued by: デジタル庁 共通機能標準仕様書 住登外者宛名番号管理 ④, 住民記録システム標準仕様書 2.1.2.
Candidate A of the 名寄せ. The keys are those of あいまい検索. Who moved in while an old 住登外 number is still alive is
here too (reason ``resident_and_outsider``). Source: rule catalogue DUP-003 (R2, R23; cleansing.md §6).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.duplicates.levels import STRONG
from rules.duplicates.pair_findings import pair_findings


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a pair of this level."""
    return pair_findings(relation, ctx, "DUP-003", STRONG)
