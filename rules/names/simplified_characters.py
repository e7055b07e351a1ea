"""NAM-007 簡体字・繁体字：外国人住民の漢字氏名に、日本のどの文字集合にも無い漢字（簡体字など）がある。

Issued by: 在留カード等に係る漢字氏名の表記等に関する告示 (平成23年法務省告示582号): the 在留カード writes the 正字
of the notice's table. The character is found where neither JIS X 0208, 0212, 0213 nor the MJ list has it. No
candidate is made: the notice's table is the only one that may replace it, and ``ikou chars`` proposes from it where
it is imported. Source: rule catalogue NAM-007 (R29).

>>> from rules.trial import bound, try_find
>>> try_find(find, {"漢字": ["张　伟", "張　偉", "国　学"]}, bound("漢字", "person.name.kanji"))
[('张　伟', 'not_in_japanese_sets', None)]
"""

from __future__ import annotations

import polars as pl

from char_mapping.standard_sets import union_of
from rules.characters.occurrences import characters_of
from rules.contract import Finding, RuleContext

_HAN = ((0x3400, 0x9FFF), (0x20000, 0x3FFFF))
_JAPANESE = ("jis0208", "jis0212", "jis0213", "mj")


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Kanji names of foreign residents with such a character."""
    kind = ctx.one("person.kind")
    found = []
    items = [(item, pl.lit(True)) for item in ctx.items_of("person.name.kanji")]
    if kind is not None:
        items += [(item, pl.col(kind.name) == "2") for item in ctx.items_of("person.name", "person.alias")]
    for item, foreign in items:
        strange = _strange(characters_of(block, item.name))
        if strange:
            mask = pl.col(item.name).str.contains(f"[{''.join(strange)}]") & foreign
            found.append(Finding(item.name, mask, reason="not_in_japanese_sets"))
    return found


def _strange(points: frozenset[int]) -> list[str]:
    ideographs = [chr(p) for p in sorted(points) if any(first <= p <= last for first, last in _HAN)]
    return union_of(_JAPANESE).missing(ideographs) if ideographs else []
