"""ADR-015 号室の誤連結：番地の4つ目の数は、部屋番号か枝番か。

Issued by: GIF コアデータパーツ 住所, abr-geocoder (1-2-3-405). 番, 号 and 枝番 make three numbers at most where
住居表示 is in force; a fourth one, or one behind 号, is a room as often as a 枝番. Only the register knows, so there
is no candidate. Source: rule catalogue ADR-015 (R4 R5).

>>> from rules.trial import bound, try_find
>>> rows = {"番地": ["１－２－３－４０５", "１番２号－４０５", "１－２－３", "１番２号", "１０番地３"]}
>>> try_find(find, rows, bound("番地", "address.lot"))
[('１－２－３－４０５', 'fourth_number', None), ('１番２号－４０５', 'behind_go', None)]
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.contract import Finding, RuleContext

_NUMBER = "[0-9０-９]+"
_JOIN = "(?:番地[のノ之]?|番|[のノ之]|[-－])"
_FOUR = f"^{_NUMBER}(?:{_JOIN}{_NUMBER}){{3,}}号?$"
_BEHIND = f"^{_NUMBER}{_JOIN}{_NUMBER}号[-－のノ之]?{_NUMBER}$"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Lots of four numbers, and numbers behind 号."""
    return [
        Finding(item.name, pl.col(item.name).str.contains(pattern), reason=reason)
        for item in ctx.items
        if item.meaning.endswith("address.lot")
        for pattern, reason in ((_FOUR, "fourth_number"), (_BEHIND, "behind_go"))
        if rows_where(block, item.name, pattern)
    ]
