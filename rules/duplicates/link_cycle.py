"""DUP-011 名寄せの連鎖・循環：名寄せ先が自分自身、それ自身が名寄せ元、または消除済である。

Issued by: デジタル庁 共通機能標準仕様書 住登外者宛名番号管理: 名寄せ links a number to one representative, which is not
linked further. A→A, A→B→A (of any length) and A→B→C are named at each row that is linked, and so is a 名寄せ先 that was
removed: a deleted row, or a 除票 by death or 職権. Who moved out keeps the number and may be one. Links that were
decided and cannot be carried out together are named under this rule as well (``decided_links``). Source: rule catalogue
DUP-011.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import polars as pl

from rules.contract import RuleContext
from rules.duplicates.matching_people import DEAD, PEOPLE, REMOVED, prepare
from rules.references.relations import item_name, rows_of, select_columns, view_columns, whole_findings

_COLUMNS = ("person_number", "addressee_merged_into")
_EVIDENCE = {
    "itself": "名寄せ先が自分の番号である",
    "cycle": "名寄せが循環している",
    "chain": "名寄せ先がさらに名寄せされている",
    "removed": "名寄せ先が消除済である",
}


def find_whole(relation: duckdb.DuckDBPyConnection, ctx: RuleContext) -> pl.DataFrame:
    """One finding a row that is linked to itself, in a circle, to a number that is linked on, or to a removed one."""
    if not view_columns(relation, "addressees"):
        return whole_findings(pl.DataFrame({"area": pl.Series([], dtype=pl.String)}), "DUP-011")
    linked = rows_of(relation, f"""
        SELECT * FROM (SELECT {select_columns(relation, 'addressees', *_COLUMNS)} FROM addressees)
        WHERE addressee_merged_into IS NOT NULL AND person_number IS NOT NULL
        ORDER BY area, subject, file, record_no, addressee_merged_into""")
    onward = dict(linked.reverse().select(_COLUMNS).iter_rows())
    gone = _removed(relation) if linked.height and view_columns(relation, "persons") else set()
    reasons = [_reason(number, target, onward, gone) for number, target in linked.select(_COLUMNS).iter_rows()]
    found = linked.with_columns(reason=pl.Series(reasons, dtype=pl.String)).filter(pl.col("reason").is_not_null())
    after = pl.col("addressee_merged_into").replace_strict(onward, default="", return_dtype=pl.String)
    return whole_findings(found.with_columns(
        item=pl.lit(item_name(ctx, "addressee.merged_into")), before=pl.col("addressee_merged_into"),
        evidence=pl.col("reason").replace_strict(_EVIDENCE, return_dtype=pl.String),
        about=pl.concat_str("person_number", "addressee_merged_into", after, separator="\x1f")), "DUP-011")


def _reason(number: str, target: str, onward: Mapping[str, str], gone: set[str]) -> str | None:
    if target == number:
        return "itself"
    seen, at = {number}, target
    while at in onward and at not in seen:
        seen.add(at)
        at = onward[at]
    if at == number:
        return "cycle"
    return "chain" if target in onward else "removed" if target in gone else None


def _removed(relation: duckdb.DuckDBPyConnection) -> set[str]:
    """名寄せ先 that are no living 宛名: every row of the number is deleted, or it is a 除票 by death or 職権."""
    prepare(relation)
    numbers = select_columns(relation, "persons", "person_number", "addressee_merged_into")
    rows = rows_of(relation, f"""
        WITH named AS (SELECT person_number, addressee_merged_into FROM (SELECT {numbers} FROM persons)),
        wanted AS (SELECT DISTINCT addressee_merged_into AS number FROM named WHERE addressee_merged_into IS NOT NULL)
        SELECT number FROM wanted LEFT JOIN {PEOPLE} p USING (number)
        WHERE p.state IN ('{DEAD}', '{REMOVED}')
           OR (p.state IS NULL AND number IN (SELECT person_number FROM named WHERE person_number IS NOT NULL))""")
    return set(rows["number"])
