"""MOJ-001 外字の残存：私用領域の文字が残っていてはならない。

Issued by: each city and system gave private-use codes (U+E000–F8FF, planes 15 and 16) its own glyphs; outside
it the code says nothing. What is left after identification has no entry in the 外字対応表 and may not reach
the standard. A name of the 行政事務標準文字 (GJ000001 …) is no 外字: text holds it as U+F0000 + its number, and it
passes where the project has imported that edition's names (master ``gj``: their characters).
Source: rule catalogue MOJ-001 (R13), char_mapping/mj.py.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from rules.characters.occurrences import PRIVATE_USE_PATTERN, rows_where
from rules.contract import Finding, RuleContext


def class_of(characters: Iterable[str]) -> str:
    """A class of characters as a pattern; empty where there are none."""
    ranges: list[list[int]] = []
    for point in sorted(map(ord, characters)):
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "[" + "".join(rf"\x{{{first:X}}}-\x{{{last:X}}}" for first, last in ranges) + "]" if ranges else ""


def _without(text: pl.Expr, pattern: str) -> pl.Expr:
    return text.str.replace_all(pattern, "") if pattern else text


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Values that hold a private-use character that is no imported GJ name."""
    named = class_of(ctx.masters.get("gj", ()))
    return [
        Finding(item.name, _without(pl.col(item.name), named).str.contains(PRIVATE_USE_PATTERN), reason="private_use")
        for item in ctx.items_of_kind("name", "kana", "roman", "address", "text")
        if rows_where(block, item.name, PRIVATE_USE_PATTERN)
    ]
