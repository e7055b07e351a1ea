"""ADR-017 無番地・番外地・地先：番地が数で表せない土地。正しい値として残す。

Issued by: GIF コアデータパーツ 住所, abr-geocoder (無番地, 番外地, 地先 and 官有地 are exceptions that stand).
Counted, so that nobody takes them for a missing lot; never changed. Source: rule catalogue ADR-017 (R4 R5).

>>> from rules.trial import bound, try_find
>>> try_find(find, {"番地": ["番外地", "５番地先", "無番地", "１番６号", "外番町"]}, bound("番地", "address.lot"))
[('番外地', 'no_number', None), ('５番地先', 'no_number', None), ('無番地', 'no_number', None)]
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.contract import Finding, RuleContext

_NO_NUMBER = "番外地|無番地|番地先|地先$|番地(?:なし|ナシ|無し?)$|官有地|無地番"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Lots without a number, or beside one."""
    return [
        Finding(item.name, pl.col(item.name).str.contains(_NO_NUMBER), reason="no_number")
        for item in ctx.items
        if item.meaning.endswith("address.lot") and rows_where(block, item.name, _NO_NUMBER)
    ]
