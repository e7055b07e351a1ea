"""HSE-020 日本人/外国人区分：日本人住民に在留カードや在留資格がある。

Issued by: 住民基本台帳法 30条の45 (these items belong to foreign residents). After 帰化 the latest row says
日本人 and may not carry them; history rows keep what was true then, so only rows that are latest are asked. A
通称 or a roman name is not taken as proof. Source: rule catalogue HSE-020 (R1).
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext

_FOREIGN_ONLY = ("person.residence_card", "person.residence_status")
# Sources fill items that do not apply with zeros.
_HOLDS_SOMETHING = "[1-9A-Za-zＡ-Ｚ]"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Items of foreign residents on the latest row of a Japanese one."""
    kind, latest = ctx.one("person.kind"), ctx.one("person.latest")
    if kind is None:
        return []
    japanese = pl.col(kind.name) == "1"
    if latest is not None:
        japanese &= pl.col(latest.name) == "1"
    return [
        Finding(item.name, japanese & pl.col(item.name).str.contains(_HOLDS_SOMETHING), reason="japanese_resident",
                rows_about=(kind.name,))
        for item in ctx.items_of(*_FOREIGN_ONLY)
        if block[item.name].null_count() < block.height
    ]
