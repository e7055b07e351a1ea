"""MOJ-011 波ダッシュ類の統一：同じ区点に二つの Unicode がある七つの記号を、全源泉で一方にそろえる。

Issued by: the mapping tables differ, not the data. JIS X 0208 1-33 1-34 1-61 1-81 1-82 2-44 and 1-29 are
U+301C U+2016 U+2212 U+00A2 U+00A3 U+00AC U+2014 by the JIS tables (Python ``shift_jis``, jef4j's KEIS and
JIPS) and U+FF5E U+2225 U+FF0D U+FFE0 U+FFE1 U+FFE2 U+2015 by CP932 and jef4j's JEF. One source form is one
code: the CP932 side is kept everywhere. Only the code changes, so certified items take part. Source: rule
catalogue MOJ-011 (R36), jef4j tables (CC0).

>>> pl.DataFrame({"t": ["１〜３", "東−１"]}).select(unify_symbols(pl.col("t")))["t"].to_list()
['１～３', '東－１']
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import OTHER_SIDE_PATTERN, rows_where
from rules.contract import Change, RuleContext

UNIFIED = {
    "\u301c": "\uff5e", "\u2016": "\u2225", "\u2212": "\uff0d", "\u00a2": "\uffe0", "\u00a3": "\uffe1",
    "\u00ac": "\uffe2", "\u2014": "\u2015",
}


def unify_symbols(text: pl.Expr) -> pl.Expr:
    """The seven symbols by their CP932 code points."""
    return text.str.replace_many(list(UNIFIED), list(UNIFIED.values()))


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """The seven symbols, wherever an item holds text."""
    back = {new: old for old, new in UNIFIED.items()}
    return [
        Change(item.name, unify_symbols(pl.col(item.name)),
               pl.col(item.name).str.replace_many(list(back), list(back.values())), "unified_symbol")
        for item in ctx.items
        if item.type in {"", "N", "X"} and block[item.name].dtype == pl.String
        and rows_where(block, item.name, OTHER_SIDE_PATTERN)
    ]
