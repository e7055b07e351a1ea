"""NAM-022 共有名義：「山田太郎　外２名」のように複数人が一つの氏名に入っている。

Issued by: team knowledge (△): 固定資産税 keeps joint owners as one addressee with a count. The persons behind
the count are in the tax system; the name is not split. Source: rule catalogue NAM-022.

>>> frame = pl.DataFrame({"n": ["山田　太郎　外２名", "山田　太郎ほか一名", "外山　二名子"]})
>>> frame.select(pl.col("n").str.contains(_OTHERS))["n"].to_list()
[True, True, False]
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.contract import Finding, RuleContext

_OTHERS = "(?:外|他|ほか)[\u3000 ]?[0-9０-９一二三四五六七八九十]+[\u3000 ]?[名人]$|共有者一同$"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Names of several owners."""
    return [
        Finding(item.name, pl.col(item.name).str.contains(_OTHERS), reason="joint_owners")
        for item in ctx.items_of("person.name")
        if rows_where(block, item.name, _OTHERS, "[名人同]")
    ]
