"""NAM-010 旧氏：旧氏を持てるのは日本人住民だけ。

Issued by: 住民基本台帳法施行令 30条の13 (旧氏 of a person with a 戸籍); foreign residents have
通称 instead. A 旧氏フリガナ without 旧氏 is not asked: the 旧氏 may be held back for an unidentified character.
Source: rule catalogue NAM-010 (R1).
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """旧氏 of a foreign resident."""
    kind, former = ctx.one("person.kind"), ctx.one("person.former_name")
    if kind is None or former is None or block[former.name].null_count() == block.height:
        return []
    held = pl.col(former.name).fill_null("") != ""
    return [Finding(former.name, held & (pl.col(kind.name) == "2"), reason="foreign_resident",
                    rows_about=(kind.name,))]
