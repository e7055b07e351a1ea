"""MOJ-001 外字の残存：私用領域の文字が残っていてはならない。

Issued by: each city and system gave private-use codes (U+E000–F8FF, planes 15 and 16) its own glyphs; outside
it the code says nothing. What is left after identification has no entry in the 外字対応表 and may not reach
the standard. Source: rule catalogue MOJ-001 (R13).
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import PRIVATE_USE_PATTERN, rows_where
from rules.contract import Finding, RuleContext


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Values that hold a private-use character."""
    return [
        Finding(item.name, pl.col(item.name).str.contains(PRIVATE_USE_PATTERN), reason="private_use")
        for item in ctx.items_of_kind("name", "kana", "roman", "address", "text")
        if rows_where(block, item.name, PRIVATE_USE_PATTERN)
    ]
