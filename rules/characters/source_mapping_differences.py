"""MOJ-012 源泉間の写像差：源泉を合わせる前に、記号の写像がそろっているか。

Issued by: jef4j maps one 区点 to U+FF5E in JEF and to U+301C in KEIS and JIPS; two sources joined without
MOJ-011 would not find each other. This is the check behind that rule: a value that still holds the other side
after cleaning (the rule was switched off for the project) may not be joined.
Source: rule catalogue MOJ-012, measured on jef4j's tables.
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import OTHER_SIDE_PATTERN, rows_where
from rules.characters.wave_dashes import unify_symbols
from rules.contract import Finding, RuleContext


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Values that hold a symbol by the JIS side of the mapping."""
    return [
        Finding(item.name, pl.col(item.name).str.contains(OTHER_SIDE_PATTERN), unify_symbols(pl.col(item.name)),
                "not_unified")
        for item in ctx.items
        if item.type in {"", "N", "X"} and block[item.name].dtype == pl.String
        and rows_where(block, item.name, OTHER_SIDE_PATTERN)
    ]
