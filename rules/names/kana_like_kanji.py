"""NAM-015 カタカナと同形漢字：山ロ（ロ）、健ニ（ニ）、ー郎（ー）のように、形の似たカタカナが漢字の間に入っている。

Issued by: key entry and OCR; abr-geocoder and normalize-japanese-addresses know the same pairs. Proposed only
where the letter stands between kanji in a place where the kana makes no name: ニ and ー before 郎 男 夫 雄 三
朗 美 or at the end after a kanji, ロ after the kanji that end in ～口. ノ, ケ, ヶ, エ, カ, ハ and タ stand in
many true names (千エ子, 木ノ下) and are left. Source: rule catalogue NAM-015 (R6, R7).

>>> frame = pl.DataFrame({"n": ["山ロ　健ニ", "ー郎", "ニ階堂　進", "マリロ", "山口　ロミ", "千エ子"]})
>>> frame.select(as_kanji(pl.col("n")))["n"].to_list()
['山口　健二', '一郎', 'ニ階堂　進', 'マリロ', '山口　ロミ', '千エ子']
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.contract import Finding, RuleContext

_LOOKALIKE = "[ニロー]"
_WAYS = (
    ("([山川田谷野井坂水江関浜樋出門堀原])ロ(\u3000|$|\\p{Han})", "${1}口${2}"),
    ("(\\p{Han})ニ(\u3000|$|[郎男夫雄三朗美])", "${1}二${2}"),
    ("(^|\u3000|\\p{Han})ー(郎|男|夫|雄|朗|美|也|平|馬)", "${1}一${2}"),
)


def as_kanji(name: pl.Expr) -> pl.Expr:
    """The name with look-alike kana in the listed places as kanji."""
    for pattern, replacement in _WAYS:
        name = name.str.replace_all(pattern, replacement)
    return name


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Names of persons with a kana where a kanji is meant."""
    findings = []
    for item in ctx.items_of("person.name", "person.name.family", "person.name.given", "person.former_name"):
        if rows_where(block, item.name, _LOOKALIKE):
            proposed = as_kanji(pl.col(item.name))
            findings.append(Finding(item.name, proposed != pl.col(item.name), proposed, "lookalike"))
    return findings
