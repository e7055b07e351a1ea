"""DUP-002 同一人複数番号（確定）：個人番号と生年月日が一致する二つの宛名番号。

Issued by: デジタル庁 共通機能標準仕様書 住登外者宛名番号管理 ④, 住民記録システム標準仕様書 2.1.2.
個人番号 is compared only inside 番号利用事務 (``number_areas.csv``) and only as a keyed digest. Proposed is a link to
the 名寄せ先; numbers are never changed. Source: rule catalogue DUP-002 (R2; cleansing.md §6).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.duplicates.levels import CERTAIN
from rules.duplicates.pair_findings import pair_findings


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a pair of this level."""
    return pair_findings(relation, ctx, "DUP-002", CERTAIN)
