"""COD-002 1:n変換: a source code that may mean several codes of the standard.

Issued by: デジタル庁 基本データリスト コード一覧 (finer than many former lists: 転出 by 国内 and 国外). The map
says which codes it may be (``several``); which one a record means is a person's answer, once for all records that
hold it. Until then the item is empty: the source's code could be another code of the standard. Source: rule
catalogue COD-002 (R1, R4).

>>> from rules.contract import CodeMap
>>> from rules.trial import bound, try_find
>>> reason = bound("消除事由", "person.removed_reason", code_map="map")
>>> maps = {"map": CodeMap("map", {"31": "41"}, {}, {}, several={"32": ("22", "23")})}
>>> try_find(find, {"消除事由": ["31", "32", None]}, reason, code_maps=maps)
[('32', 'several', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import BEFORE, Finding, RuleContext


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Values whose source code may mean several codes; the evidence names them."""
    found = []
    for item in ctx.items:
        known = ctx.code_maps.get(item.code_map)
        if known is not None and known.several:
            came = BEFORE + item.name if BEFORE + item.name in block.columns else item.name
            choices = {code: "候補: " + "・".join(targets) for code, targets in known.several.items()}
            found.append(
                Finding(
                    item.name,
                    pl.col(came).is_in(sorted(choices)),
                    reason="several",
                    evidence=pl.col(came).replace_strict(choices, default=None, return_dtype=pl.String),
                )
            )
    return found
