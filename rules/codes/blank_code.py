"""COD-005 空白コード: a code item that is empty here and there although nearly every record has it.

Issued by: domain knowledge (△): blank may mean 未設定 or 該当なし, and only the city knows. Asked of items with a
code map that 99 in 100 rows of the block fill; a blank the map speaks of is settled, and 性別 is NAM-024's. △: a
city for which blank means something switches the rule off, or writes the blank into the map. Source: rule catalogue
COD-005.

>>> from rules.trial import bound, code_map, try_find
>>> reason = bound("異動事由", "person.change_reason", code_map="map")
>>> try_find(find, {"異動事由": ["01"] * 120 + [None]}, reason, code_maps={"map": code_map({"01": "01"})})
[(None, 'blank', None)]
>>> try_find(find, {"異動事由": ["01"] * 60 + [None] * 60}, reason, code_maps={"map": code_map({"01": "01"})})
[]
"""

from __future__ import annotations

import polars as pl

from rules.contract import BEFORE, Finding, RuleContext

_SHARE, _ASKED = 0.99, 100
_OWN_RULE = frozenset({"person.sex"})


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Empty code items that are nearly always filled."""
    found = []
    for item in ctx.items:
        known = ctx.code_maps.get(item.code_map)
        if known is None or item.meaning in _OWN_RULE or "" in known.known:
            continue
        came = BEFORE + item.name if BEFORE + item.name in block.columns else item.name
        empty = block[came].null_count()
        if 0 < empty <= block.height * (1 - _SHARE) and block.height >= _ASKED:
            found.append(Finding(item.name, pl.col(came).is_null(), reason="blank"))
    return found
