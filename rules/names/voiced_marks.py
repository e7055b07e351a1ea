"""NAM-012 濁点・半濁点の分離：別の文字になった濁点をカナと合わせて一文字にする。

Issued by: hosts and half-width kana write the mark as a character of its own (ﾞ ゛ U+3099). A kana that has a
voiced form takes its mark: the same letter in another encoding. Unicode normalisation is not used (it would
change kanji). A mark whose kana has no such form stays and is asked about (``voiced_marks_left``). Source:
rule catalogue NAM-012.

>>> from rules.names.kana import compose_voiced
>>> pl.DataFrame({"t": ["ヤマタ゛　ハ゜ク", "ナ゛"]}).select(compose_voiced(pl.col("t")))["t"].to_list()
['ヤマダ　パク', 'ナ゛']
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.contract import Change, RuleContext
from rules.names.kana import BASE_PATTERN, MARK_PATTERN, compose_voiced

_PAIR = f"{BASE_PATTERN}{MARK_PATTERN}"


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """All kana items, also those of buildings."""
    return [
        Change(item.name, compose_voiced(pl.col(item.name)), reason="composed",
               within=pl.col(item.name).str.contains(_PAIR))
        for item in ctx.items_of_kind("kana")
        if rows_where(block, item.name, MARK_PATTERN) and rows_where(block, item.name, _PAIR, BASE_PATTERN)
    ]
