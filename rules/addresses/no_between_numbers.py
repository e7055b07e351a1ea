"""ADR-010 の・之・ノ：番地の間の「の」は枝番の区切り。

Issued by: abr-geocoder and IMI (の between numbers separates the 枝番). Behind 番地, 番 or 号 the sign says nothing and
goes; between bare numbers it becomes a hyphen. Both are candidates, asked once as a policy. In place names (三ノ宮,
一之町) it belongs to the name and is only compared as one. Source: rule catalogue ADR-010 (R5 R6).

>>> from rules.trial import bound, try_find
>>> rows = {"番地": ["１０番地の３", "10の3", "１０番地３", "三ノ宮ビル"]}
>>> try_find(find, rows, bound("番地", "address.lot"))
[('１０番地の３', 'between_numbers', '１０番地３'), ('10の3', 'between_numbers', '10－3')]
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.contract import Finding, RuleContext

_DIGIT = "[0-9０-９]"
_BETWEEN = f"({_DIGIT}(?:番地?|号)?)[のノ之]({_DIGIT})"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Lots with の between their numbers."""
    return [
        Finding(
            item.name, pl.col(item.name).str.contains(_BETWEEN),
            pl.col(item.name).str.replace_all(f"({_DIGIT})[のノ之]({_DIGIT})", "${1}－${2}")
            .str.replace_all(f"(番地?|号)[のノ之]({_DIGIT})", "${1}${2}"),
            "between_numbers",
        )
        for item in ctx.items
        if item.meaning.endswith("address.lot") and rows_where(block, item.name, _BETWEEN)
    ]  # fmt: skip
