"""NAM-023 氏名の桁あふれ：氏名・フリガナ100字、氏・名50字を超える。切り捨てない。

Issued by: 住登外者宛名番号管理 項目定義書 (lengths count characters). A kanji with its variation selector is
one character. The value stays whole and goes on the list of overflows. Source: rule catalogue NAM-023 (R1,
R3).
"""

from __future__ import annotations

import polars as pl

from char_mapping.text import count_characters
from rules.contract import BoundItem, Finding, RuleContext

_PART = (".family", ".given")


def _limit(item: BoundItem) -> int:
    return item.length or (50 if item.meaning.endswith(_PART) else 100)


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Names, kana and roman names longer than their item."""
    items = [item for item in ctx.items_of_kind("name", "kana", "roman") if item.meaning.startswith("person.")]
    if not items:
        return []
    longest = block.select(pl.col(item.name).str.len_chars().max() for item in items).row(0)
    return [
        Finding(item.name, count_characters(pl.col(item.name)) > _limit(item), reason="overflow")
        for item, length in zip(items, longest, strict=True)
        if length is not None and length > _limit(item)
    ]
