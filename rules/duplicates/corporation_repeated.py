"""DUP-008 法人の重複：法人番号が一致する二つの宛名。法人番号が無ければ、名称キーと所在地キーが一致するもの。

Issued by: 番号法 39条 (one 法人番号 a corporation). Only a 法人番号 whose check digit is right says anything, for or
against: two right ones are two corporations whatever their names. The name key spells the legal form out where it
stands; names whose form stands on the other side only (㈱A, A(株)) are named apart, since before and behind the name
they can be two corporations. The finding names all numbers of one corporation, sorted and joined by ``|``. Source: rule
catalogue DUP-008 (R4 △).
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.corporations.legal_forms import FORM_PATTERN, spelled_out
from rules.duplicates.matching_keys import address_key, name_key
from rules.identifiers.check_digits import corporate_digit, disagrees
from rules.identifiers.shapes import digits_only
from rules.references.relations import LINEAGE, item_name, rows_of, select_columns, whole_findings

_NUMBER = "person_corporate_number"
_COLUMNS = ("person_number", "person_corporate_number", "corporation_name", "address_town", "address_lot")
_EVIDENCE = {
    "corporate_number": "法人番号が一致",
    "name_and_place": "名称と所在地が一致（法人番号では確かめられない）",
    "legal_form_moved": "名称と所在地が一致し、法人格の位置（前株・後株など）だけが違う（法人番号では確かめられない）",
}


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
    wrong = disagrees(_NUMBER, 13, corporate_digit, first=True) | ~digits_only(_NUMBER, 13)
    keyed = rows.with_columns(
        pl.when(~wrong).then(_NUMBER).alias(_NUMBER), by_name=name + pl.lit("\x1f") + place,
        by_core=_form_behind(name) + pl.lit("\x1f") + place,
    )  # fmt: skip
    by_number = _alike(keyed, _NUMBER, "corporate_number")
    by_name = _alike(keyed, "by_name", "name_and_place")
    by_name = by_name.filter(~pl.col("subject").is_in(by_number["subject"].implode()))
    known = _joined([*by_number["subject"], *by_name["subject"]])
    moved = _alike(keyed, "by_core", "legal_form_moved")
    new = [not any(set(subject.split("|")) <= one for one in known) for subject in moved["subject"]]
    found = pl.concat([by_number, by_name, moved.filter(pl.Series(new, dtype=pl.Boolean))])
    return whole_findings(found.with_columns(item=pl.lit(item_name(ctx, "person.number"))), "DUP-008")


def _form_behind(name: pl.Expr) -> pl.Expr:
    """A name with its legal form behind it, wherever it stands."""
    return name.str.replace(f"^({FORM_PATTERN})(.+)$", "${2}${1}")


def _joined(subjects: Iterable[str]) -> list[set[str]]:
    """Members of findings that share one, together."""
    found: list[set[str]] = []
    for members in (set(subject.split("|")) for subject in subjects):
        found = [*(one for one in found if not one & members),
                 members.union(*(one for one in found if one & members))]  # fmt: skip
    return found


def _has_view(relation: duckdb.DuckDBPyConnection) -> bool:
    return bool(relation.execute("SELECT 1 FROM duckdb_columns() WHERE table_name = 'corporations' LIMIT 1").fetchall())


def _alike(rows: pl.DataFrame, key: str, reason: str) -> pl.DataFrame:
    """Groups of two and more that agree in a key. Where all have a 法人番号 and these differ, nothing is repeated;
    somebody without one may be any of them.
    """
    numbers = pl.col(_NUMBER).drop_nulls().n_unique()
    others = pl.when(pl.col("numbers") > 1).then(pl.lit("。法人番号の異なる法人を含む")).otherwise(pl.lit(""))
    return rows.filter(pl.col(key).is_not_null()).group_by(key, maintain_order=True).agg(
        *(pl.col(c).first() for c in LINEAGE if c != "subject"), subject=pl.col("subject").sort().str.join("|"),
        before=pl.col("person_number").sort().str.join(" / "), size=pl.len(), numbers=numbers,
        unnumbered=pl.col(_NUMBER).null_count(),
    ).filter((pl.col("size") > 1) & ((pl.col("numbers") <= 1) | (pl.col("unnumbered") > 0))).select(
        *LINEAGE, "before", reason=pl.lit(reason), evidence=pl.concat_str(pl.lit(_EVIDENCE[reason]), others),
        about=pl.concat_str("before", key, separator="\x1f"))  # fmt: skip
