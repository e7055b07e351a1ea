"""COD-006 異動事由の標準区分: a cancelled change (転居取消) as a reason of its own; the standard has 異動の取消し.

Issued by: 住民記録システム標準仕様書 (記載・消除・修正の事由). Found where the source's code is labelled with 取消
(``labels`` of ``codes/<id>.yml``) or its text says so, and the map makes it anything but a cancellation. The
candidate is the standard's code for a cancelled change; the cancelled change itself stays in the history. Source:
rule catalogue COD-006 (R1).

>>> from rules.contract import CodeMap
>>> from rules.trial import bound, try_find
>>> reason = bound("異動事由", "person.change_reason", code_map="map")
>>> labels = {"83": "転居取消", "84": "取消"}
>>> maps = {"map": CodeMap("map", {"03": "03", "83": "43", "84": "59"}, {}, {}, labels=labels)}
>>> try_find(find, {"異動事由": ["03", "83", "84"]}, reason, code_maps=maps)
[('83', 'cancelled', '59')]
>>> try_find(find, {"異動事由": ["転居取消", "転居"]}, bound("異動事由", "person.change_reason"))
[('転居取消', 'cancelled', '59')]
"""

from __future__ import annotations

import polars as pl

from layouts.codes import code_list_of
from rules.contract import BEFORE, Finding, RuleContext

_MEANINGS = ("person.change_reason", "person.entered_reason", "person.removed_reason")
_CANCELLED = "取消|取り消"
_LIST = "修正の事由"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Reasons that say 取消 and become something else."""
    found = []
    cancellations = [code for name in ("記載の事由", "消除の事由", _LIST) for code in _cancellations(name)]
    for item in ctx.items_of(*_MEANINGS):
        came = BEFORE + item.name if BEFORE + item.name in block.columns else item.name
        said = pl.col(came).str.contains(_CANCELLED)
        known = ctx.code_maps.get(item.code_map)
        if known is not None:
            targets = {**known.standard, **known.variants}
            codes = [
                code
                for code, label in sorted(known.labels.items())
                if "取消" in label or "取り消" in label
                if targets.get(code) not in cancellations
            ]
            said = pl.col(came).is_in(codes)
        found.append(Finding(item.name, said, pl.lit(_cancellations(_LIST)[0]), "cancelled"))
    return found


def _cancellations(name: str) -> list[str]:
    return sorted(code for one in code_list_of(name) for code, label in one.labels.items() if "取消し" in label)
