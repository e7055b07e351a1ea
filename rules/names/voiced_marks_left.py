"""NAM-012 濁点・半濁点の分離：合わせる相手の無い濁点・半濁点。

The open part of ``voiced_marks``. The か゚ き゚ … カ゚ セ゚ ツ゚ ト゚ ㇷ゚ of JIS X 0213 are letters of their
own and stand.
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.contract import Finding, RuleContext

_LETTERS_WITH_MARK = "[か-こカキクケコセツトㇷ]\u309a"
_MARKS = "[\u3099\u309a゛゜ﾞﾟ]"
# A half-width mark right after half-width kana is a letter that NAM-011 composes.
_LONE = "[\u3099\u309a゛゜]|(?:^|[^ｦｳｶ-ﾄﾊ-ﾎﾜ])[ﾞﾟ]"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Kana with a mark that belongs to no letter."""
    return [
        Finding(item.name, pl.col(item.name).str.replace_all(_LETTERS_WITH_MARK, "ア").str.contains(_LONE),
                reason="lone_mark")
        for item in ctx.items_of_kind("kana")
        if rows_where(block, item.name, _MARKS)
    ]
