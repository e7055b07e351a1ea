"""HSE-012 日付の順序：生年月日 ≤ 住民となった日 ≤ 住所を定めた日 ≤ 異動日 ≤ 処理日、届出日 ≤ 処理日。

Issued by: 住民記録システム標準仕様書 4.0.3 (異動日 is not after the day of processing, 転出 excepted).
Compared as text on full ISO dates only, so days no calendar has keep their place; 不詳 dates, open starts and
open ends are not compared. Equal days are in order. Of each pair the later item is named. Source: rule
catalogue HSE-012 (R1).

>>> frame = pl.DataFrame({"a": ["2000-01-01", "2000-02-30", "昭和50"], "b": ["1999-12-31", "2000-02-30", "1970-01-01"]})
>>> frame.select(_after(pl.col("a"), pl.col("b")))["a"].to_list()
[True, False, False]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext

_FULL = "^(?:[1-8][0-9]{3}|9[0-8][0-9]{2})-[0-9]{2}-[0-9]{2}$"
_ORDER = (
    ("person.birth_date", "person.became_resident_date"),
    ("person.became_resident_date", "person.address_since_date"),
    ("person.address_since_date", "person.change_date"),
    ("person.birth_date", "person.change_date"),
    ("person.change_date", "person.processed_date"),
    ("person.report_date", "person.processed_date"),
)
_MOVED_OUT = ("2", "21", "22")


def _after(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    return first.str.contains(_FULL) & second.str.contains(_FULL) & (first > second)


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Records whose dates contradict each other."""
    findings = []
    status, change_reason, removed = (
        ctx.one(m) for m in ("person.status", "person.change_reason", "person.removed_reason"))
    moved_out = pl.lit(False)
    for item in (status, change_reason, removed):
        if item is not None:
            moved_out |= pl.col(item.name).is_in(_MOVED_OUT).fill_null(False)
    for earlier, later in _ORDER:
        first, second = ctx.one(earlier), ctx.one(later)
        if first is None or second is None:
            continue
        mask = _after(pl.col(first.name), pl.col(second.name))
        if (earlier, later) == ("person.change_date", "person.processed_date"):
            mask &= ~moved_out
        findings.append(Finding(second.name, mask, reason=f"before_{earlier.removeprefix('person.')}",
                                evidence=f"「{first.name}」より前の日付", rows_about=(first.name,),
                                within=pl.col(first.name) > pl.col(second.name)))
    return findings
