"""ADR-027 住所の桁あふれ：都道府県4・市区郡町村12・町字120・番地号50・方書300字を超える。

Issued by: 住登外者宛名番号管理 項目定義書 (町字 was 18 in its first edition): the limit is the one of the
item in the edition of the project, the figures above where a source item has none. Characters are counted as
a person counts them. Nothing is cut. Source: rule catalogue ADR-027 (R3).
"""

from __future__ import annotations

import polars as pl

from char_mapping.text import count_characters
from rules.contract import BoundItem, Finding, RuleContext

_LIMITS = {"prefecture": 4, "municipality": 12, "town": 120, "lot": 50, "building": 300, "overseas": 300}


def _limit(item: BoundItem) -> int:
    return item.length or _LIMITS.get(item.meaning.rsplit(".", 1)[-1], 0)


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Parts of addresses longer than their item."""
    items = [item for item in ctx.items_of_kind("address") if _limit(item)]
    if not items:
        return []
    longest = block.select(pl.col(item.name).str.len_chars().max() for item in items).row(0)
    return [
        Finding(item.name, count_characters(pl.col(item.name)) > _limit(item), reason="overflow")
        for item, length in zip(items, longest, strict=True)
        if length is not None and length > _limit(item)
    ]
