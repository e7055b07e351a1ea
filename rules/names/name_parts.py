"""NAM-003 氏・名の整合：氏名が「氏＋全角空白＋名」と一致しない。

Issued by: 住登外者宛名番号管理 項目定義書: of a Japanese resident 氏名 = 氏_日本人 + blank + 名_日本人, and
both parts are there. Not asked: 氏名未定, foreign residents, and sources that do not hold the parts at all.
Blanks are not compared (NAM-001 and NAM-002 have them). Source: rule catalogue NAM-003 (R3).
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.names.name_undecided import UNDECIDED_PATTERN


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Names that differ from their parts, and records with only one of the two parts."""
    item, family_item, given_item = (ctx.one(m) for m in ("person.name", "person.name.family", "person.name.given"))
    if item is None or family_item is None or given_item is None:
        return []
    kind = ctx.one("person.kind")
    name, family, given = (_without_blanks(pl.col(i.name)) for i in (item, family_item, given_item))
    asked = name.is_not_null() & ~pl.col(item.name).str.contains(UNDECIDED_PATTERN)
    asked &= ~pl.col(given_item.name).fill_null("").str.contains(UNDECIDED_PATTERN)
    if kind is not None:
        asked &= pl.col(kind.name).is_null() | (pl.col(kind.name) == "1")
    has_family, has_given = family.fill_null("") != "", given.fill_null("") != ""
    differs = has_family & has_given & (name != family + given)
    alone = pl.when(has_family & ~has_given).then(family).when(has_given & ~has_family).then(given).otherwise(None)
    about = (family_item.name, given_item.name)
    within = _worth_a_look(item.name, family_item.name, given_item.name)
    missing = asked & alone.is_not_null() & (alone != name)
    return [
        Finding(item.name, asked & differs, reason="parts_differ", rows_about=about, within=within),
        Finding(item.name, missing, reason="part_missing", rows_about=about, within=within),
    ]


def _worth_a_look(name: str, family: str, given: str) -> pl.Expr:
    """Rows in which the name is not simply its parts with one blank between."""
    whole, first, second = pl.col(name), pl.col(family).fill_null(""), pl.col(given).fill_null("")
    return (pl.concat_str(first, pl.lit("\u3000"), second) != whole) & ((first != "") | (second != ""))


def _without_blanks(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many([" ", "\u3000"], [""])
