"""DUP-005 同一人複数番号（弱）：氏名と住所が一致し生年月日が不詳・欠落・1桁違い、または住所だけが違う。

Issued by: デジタル庁 共通機能標準仕様書 住登外者宛名番号管理 ④, 住民記録システム標準仕様書 2.1.2.
Candidate C: a list to look at, nothing to act on without papers. Keys that too many people share to make pairs
(placeholder names and dates) are reported here by their number, and groups of pairs too large to be one person: what
was not compared is no passed comparison. Source: rule catalogue DUP-005 (△; cleansing.md §6).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.duplicates.candidate_pairs import LIMIT, too_large
from rules.duplicates.clusters import SIZE_LIMIT, crowds
from rules.duplicates.levels import WEAK
from rules.duplicates.pair_findings import pair_findings
from rules.references.relations import item_name, whole_findings


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a pair of this level, one a kind of key that was too common to compare by, one a crowd of numbers."""
    pairs = pair_findings(relation, ctx, "DUP-005", WEAK)
    common = too_large(relation).with_columns(
        subject=pl.lit("照合キー/") + pl.col("block"), item=pl.lit(item_name(ctx, "person.number")),
        reason=pl.lit("key_too_common"), about=pl.concat_str("block", "keys", "people", separator="\x1f"),
        evidence=pl.format(
            f"{LIMIT}人を超えて同じ値の照合キーが{{}}個（のべ{{}}人）。組にせず、値を確かめる", "keys", "people"
        ),
    )  # fmt: skip
    many = crowds(relation).with_columns(
        item=pl.lit(item_name(ctx, "person.number")), reason=pl.lit("cluster_too_large"), about="before",
        evidence=pl.format(
            f"同一人の候補が{{}}件つながる（上限{SIZE_LIMIT}件）。一人としてまとめず、値を確かめる", "people"
        ),
    )  # fmt: skip
    return pl.concat([pairs, whole_findings(common, "DUP-005"), whole_findings(many, "DUP-005")])
