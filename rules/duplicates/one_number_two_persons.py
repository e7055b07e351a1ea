"""DUP-001 同一番号別人（種ア）：一つの宛名番号を二人が持っている。移行前に必ず無くす。

Issued by: デジタル庁 共通機能標準仕様書 住登外者宛名番号管理 ②
「重複を排除したうえで、本機能に移行する必要がある」. Two current rows of one number, of different areas or of
one, whose birth dates differ (不詳 left aside) or whose given names differ in kana, and whose difference the
register's own history does not explain. Other addresses or a new family name make a stale copy (REF-023),
never a second person. It shuts the hand-over gate; an approved decision gives the 住登外 side a new number.
The finding stands at the copy; ``subject`` is both subjects, sorted, joined by ``|``. Source: rule catalogue
DUP-001 (R2, R23; cleansing.md §6.1).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.references.number_holders import holders_differ, number_pairs
from rules.references.relations import item_name, whole_findings


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a row that holds another person's number."""
    differing = holders_differ(number_pairs(relation))
    found = differing.filter(pl.col("birth_differs") | pl.col("given_differs"))
    reason = pl.when(pl.col("birth_differs") & pl.col("given_differs")).then(pl.lit("birth_date_and_given_name")).when(
        pl.col("birth_differs")).then(pl.lit("birth_date")).otherwise(pl.lit("given_name"))
    pair = pl.concat_list("subject", "r_subject").list.sort().list.join("|")
    values = [pl.col(name).fill_null("") for side in ("", "r_") for name in (
        f"{side}person_birth_date", f"{side}person_kana", f"{side}person_name")]
    return whole_findings(found.with_columns(
        subject=pair, item=pl.lit(item_name(ctx, "person.number")), before=pl.col("person_number"), reason=reason,
        evidence=pl.format("業務{}の行と業務{}の行が別人", "area", "r_area"),
        about=pl.concat_str(values, separator="\x1f")), "DUP-001")
