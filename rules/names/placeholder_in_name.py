"""NAM-020 氏名の代替記号：「●」「■」「？」「＿」「〓」「□」が氏名にある。元の外字を復元すべき欠字。

Issued by: former systems wrote a mark where the glyph was not in their set. The name is looked up in the
register and the character identified; nothing is guessed. Source: rule catalogue NAM-020 (R9, R15).
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import SUBSTITUTE_PATTERN, rows_where
from rules.contract import Finding, RuleContext


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Names that hold a substitute."""
    return [
        Finding(item.name, pl.col(item.name).str.contains(SUBSTITUTE_PATTERN), reason="substitute")
        for item in ctx.items_of_kind("name")
        if rows_where(block, item.name, SUBSTITUTE_PATTERN)
    ]
