"""DUP-008 法人の重複：法人番号が一致する二つの宛名。法人番号が無ければ、名称キーと所在地キーが一致するもの。

Issued by: 番号法 39条 (one 法人番号 a corporation). The name key spells the legal form out where it stands: 株式会社
before and behind the name are two corporations. The finding names all numbers of one corporation, sorted and joined by
``|``. Source: rule catalogue DUP-008 (R4 △).
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.corporations.legal_forms import spelled_out
from rules.duplicates.matching_keys import address_key, name_key
from rules.references.relations import LINEAGE, item_name, rows_of, select_columns, whole_findings

_COLUMNS = ("person_number", "person_corporate_number", "corporation_name", "address_town", "address_lot")


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a corporation that several 宛名番号 stand for."""
    rows = rows_of(relation, f"""
        SELECT * FROM (SELECT {select_columns(relation, 'corporations', *_COLUMNS)} FROM corporations)
        WHERE person_number IS NOT NULL
        QUALIFY ROW_NUMBER() OVER (PARTITION BY person_number ORDER BY area, subject, file, record_no) = 1
        ORDER BY area, subject, file, record_no""") if _has_view(relation) else pl.DataFrame()
    if rows.is_empty():
        return whole_findings(pl.DataFrame(), "DUP-008")
    name = name_key(spelled_out(pl.col("corporation_name")))
    place = pl.concat_str(address_key(pl.col("address_town")), address_key(pl.col("address_lot")), separator="\x1f")
    keyed = rows.with_columns(by_name=name + pl.lit("\x1f") + place)
    by_number = _alike(keyed, "person_corporate_number", "corporate_number")
    same_number = by_number["subject"]
    by_name = _alike(keyed, "by_name", "name_and_place").filter(~pl.col("subject").is_in(same_number.implode()))
    return whole_findings(pl.concat([by_number, by_name]).with_columns(
        item=pl.lit(item_name(ctx, "person.number"))), "DUP-008")


def _has_view(relation: duckdb.DuckDBPyConnection) -> bool:
    return bool(relation.execute("SELECT 1 FROM duckdb_columns() WHERE table_name = 'corporations' LIMIT 1").fetchall())


def _alike(rows: pl.DataFrame, key: str, reason: str) -> pl.DataFrame:
    """Groups of two and more that agree in a key; two different 法人番号 are two corporations whatever their names."""
    numbers = pl.col("person_corporate_number").drop_nulls().n_unique()
    return rows.filter(pl.col(key).is_not_null()).group_by(key, maintain_order=True).agg(
        *(pl.col(c).first() for c in LINEAGE if c != "subject"), subject=pl.col("subject").sort().str.join("|"),
        before=pl.col("person_number").sort().str.join(" / "), size=pl.len(), numbers=numbers,
    ).filter((pl.col("size") > 1) & (pl.col("numbers") <= 1)).select(
        *LINEAGE, "before", reason=pl.lit(reason), evidence=pl.lit(
            "法人番号が一致" if reason == "corporate_number" else "名称と所在地が一致（法人番号では確かめられない）"),
        about=pl.concat_str("before", key, separator="\x1f"))  # fmt: skip
