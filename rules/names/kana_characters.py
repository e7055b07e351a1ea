"""NAM-011 フリガナの文字種：半角カナを全角カタカナにする。

Issued by: 住民記録システム標準仕様書 and 項目定義書 (N: full width). Hosts keep kana in EBCDIC half width.
Width is form; a kana with its half-width mark becomes one letter. Hiragana, kanji and letters are not touched
but asked about (``kana_characters_left``); small kana that the host never had are not restored (NAM-013).
Source: rule catalogue NAM-011 (R1, R3).

>>> pl.DataFrame({"t": ["ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダ　タロウ", "ｷﾖｳｺ"]}).select(full_width_kana(pl.col("t")))["t"].to_list()
['ヤマダ　タロウ', 'ヤマダ　タロウ', 'キヨウコ']
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.characters.width import HALF_KANA_PATTERN, back_to_half_width, to_full_width
from rules.contract import Change, RuleContext


def full_width_kana(text: pl.Expr) -> pl.Expr:
    """A value with half-width kana in full width throughout; other values stay."""
    return pl.when(text.str.contains(HALF_KANA_PATTERN)).then(to_full_width(text)).otherwise(text)


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """All kana items, also those of buildings."""
    return [
        Change(item.name, full_width_kana(pl.col(item.name)), back_to_half_width(pl.col(item.name)), "full_width_kana")
        for item in ctx.items_of_kind("kana")
        if rows_where(block, item.name, HALF_KANA_PATTERN)
    ]
