"""MOJ-014 IVS の扱い：異体字セレクタは直前の漢字と合わせて一文字。基底の無いセレクタは指摘する。

Issued by: Unicode IVD (Moji_Joho, Hanyo-Denshi). A selector (U+FE00–FE0F, U+E0100–E01EF) belongs to the
ideograph before it; lengths, cuts and comparisons of ikou keep the two together, which is why nothing is
changed here. A selector at the start of a value, after a blank, a kana or another selector has lost its base:
bytes were cut, and only the source can tell. Source: rule catalogue MOJ-014 (R8, R12).
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import SELECTOR_PATTERN, rows_where
from rules.contract import Finding, RuleContext

_LONE = rf"(?:^|[^\p{{Han}}〇]){SELECTOR_PATTERN}"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Values with a variation selector that follows no ideograph."""
    return [
        Finding(item.name, pl.col(item.name).str.contains(_LONE), reason="lone_selector")
        for item in ctx.items_of_kind("name", "kana", "roman", "address", "text")
        if rows_where(block, item.name, SELECTOR_PATTERN)
    ]
