"""NAM-005 外国人ローマ字氏名：住民票記載事項で大文字・小文字だけが違うもの。

The open part of ``roman_name``: a certified roman name with small letters is a request to the register, with
the name in capitals as the candidate; the 在留カード decides.
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.names.roman_name import LOWER_PATTERN, capitals, full_width_name


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Certified roman names that hold small letters."""
    return [
        Finding(item.name, pl.col(item.name).str.contains(LOWER_PATTERN),
                capitals(full_width_name(pl.col(item.name))), "lower_case")
        for item in ctx.items_of_kind("roman")
        if item.certified
    ]
