"""MOJ-022 置換文字：源泉に元からある � 〓 ？ ＿ ■ ● □ をカナ・住所・本籍で指摘する。

Issued by: former converters and hosts wrote them where a character could not be carried. They stay as they are and are
looked up in the register; ikou never makes one itself (law 2). Names have NAM-020, so that one gap is one question.
Source: rule catalogue MOJ-022 (R9, R10).

>>> pl.DataFrame({"t": ["神〓町", "神田"]}).select(pl.col("t").str.contains(SUBSTITUTE_PATTERN))["t"].to_list()
[True, False]
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import SUBSTITUTE_PATTERN, rows_where
from rules.contract import Finding, RuleContext


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Kana, roman names and addresses that hold a substitute."""
    return [
        Finding(item.name, pl.col(item.name).str.contains(SUBSTITUTE_PATTERN), reason="substitute")
        for item in ctx.items_of_kind("kana", "roman", "address")
        if rows_where(block, item.name, SUBSTITUTE_PATTERN)
    ]
