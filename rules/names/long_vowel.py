"""NAM-014 長音の異表記：カナの直後の横棒を長音符「ー」にそろえる。

Issued by: 住民記録システム標準仕様書 (あいまい検索 takes ー ― － ‐ ｰ - as one). Former systems had no ー in
their code page and wrote a hyphen in its place: another code for the same mark. Only right after a kana that
can be lengthened; after ン, ッ and a blank, and in names written with a middle hyphen after them, the bar is
a hyphen and stays. Source: rule catalogue NAM-014 (R1, R5).

>>> pl.DataFrame({"t": ["オ‐タ", "ジャン－ポ－ル", "１－２"]}).select(long_vowels(pl.col("t")))["t"].to_list()
['オータ', 'ジャン－ポール', '１－２']
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.contract import Change, RuleContext
from rules.names.kana import kana_items

BARS = "‐‑‒–—―−－─━ｰ-"
# The range leaves out ッ and ン, which no mark can lengthen.
_AFTER_KANA = f"([ァ-ヂツ-ヲヴ-ヺ])[{BARS}]"


def long_vowels(text: pl.Expr) -> pl.Expr:
    """A bar right after a kana that can be lengthened becomes ー."""
    return text.str.replace_all(_AFTER_KANA, "${1}ー")


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """The kana of persons."""
    return [
        Change(item.name, long_vowels(pl.col(item.name)), reason="long_vowel",
               within=pl.col(item.name).str.contains(_AFTER_KANA))
        for item in kana_items(ctx)
        if rows_where(block, item.name, _AFTER_KANA)
    ]
