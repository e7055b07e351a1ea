"""NAM-001 氏名の区切り：氏と名の間に全角空白が無い。

Issued by: 住登外者宛名番号管理 項目定義書: 氏名 holds 氏 and 名 with one full-width blank between them. A
candidate is given only where the same record says where 氏 ends: its own 氏 item or the 氏 of its 世帯主, and
only when both say the same. A name is never cut by a dictionary of family names. Not asked: foreign residents
(a single name is a whole name), corporations, one-character names and names not yet decided. Source: rule
catalogue NAM-001 (R3).

>>> frame = pl.DataFrame({"name": ["山田太郎", "山田　太郎"], "family": ["山田", "山田"]})
>>> frame.select(_split_after(pl.col("name"), pl.col("family")))["name"].to_list()
['山田　太郎', None]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.names.name_undecided import UNDECIDED_PATTERN

_BLANK = "[ \u3000]"
# Where no 住民種別 tells Japanese from foreign residents, only a name written in kanji alone is asked about.
_KANJI_NAME = r"^[\p{Han}々〆ヶヵノ\p{M}ぁ-ゖ]{2,}$"
_CORPORATE = (
    "会社|法人|組合|協会|銀行|学校|学園|商店|商会|病院|医院|神社|寺院|財団|社団|事務所|工業|建設|製作所|共有|㈱|㈲"
)


def _split_after(name: pl.Expr, family: pl.Expr) -> pl.Expr:
    rest = name.str.strip_prefix(family)
    fits = family.is_not_null() & (family.str.len_chars() > 0) & (rest != name) & (rest.str.len_chars() > 0)
    begins_with_selector = rest.str.contains(r"^\p{M}")
    return pl.when(fits & ~begins_with_selector & ~name.str.contains(_BLANK)).then(
        pl.concat_str(family, pl.lit("\u3000"), rest)).otherwise(None).alias("name")


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Names of Japanese residents without a blank."""
    kind = ctx.one("person.kind")
    roman = ctx.one("person.name.roman")
    family = ctx.one("person.name.family")
    head = ctx.one("person.household_head_name")
    findings = []
    for item in ctx.items_of("person.name"):
        name = pl.col(item.name)
        joined = (~name.str.contains(_BLANK) & (name.str.replace_all(r"\p{M}", "").str.len_chars() >= 2)
                  & ~name.str.contains(_CORPORATE) & ~name.str.contains(UNDECIDED_PATTERN))
        kanji_alone = name.str.contains(_KANJI_NAME)
        if roman is not None:
            kanji_alone &= pl.col(roman.name).is_null()
        japanese = kanji_alone if kind is None else (
            pl.when(pl.col(kind.name).is_null()).then(kanji_alone).otherwise(pl.col(kind.name) == "1"))
        ways = []
        if family is not None:
            ways.append(_split_after(name, pl.col(family.name)))
        if head is not None:
            of_head = pl.col(head.name).str.extract("^([^ \u3000]+)[ \u3000]")
            ways.append(_split_after(name, of_head))
        candidate = None
        if ways:
            first = pl.coalesce(ways)
            last = pl.coalesce(ways[::-1])
            candidate = pl.when(first == last).then(first).otherwise(None)
        findings.append(Finding(item.name, joined & japanese, candidate, "no_separator",
                                within=~name.str.contains(_BLANK)))
    return findings
