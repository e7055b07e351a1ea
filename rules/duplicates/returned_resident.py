"""DUP-007 再転入者：転出した人が再び転入し、新しい宛名番号を持つ。

Issued by: デジタル庁 共通機能標準仕様書 住登外者宛名番号管理 ④, 住民記録システム標準仕様書 2.1.2.
Identified between a 除票 and a resident by 住民票コード, by 個人番号, or by kana, birth date and sex where a place
of the one (where they went, say) is a place of the other (where they came from). Source: rule catalogue DUP-007
(R1, R23; cleansing.md §6).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.duplicates.levels import RETURNED
from rules.duplicates.pair_findings import pair_findings


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a pair of this level."""
    return pair_findings(relation, ctx, "DUP-007", RETURNED)
