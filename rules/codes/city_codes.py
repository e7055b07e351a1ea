"""COD-007 市独自コード: codes of the city's own go to the standard's place for them (自治体固有コード).

Issued by: デジタル庁 基本データリスト (999: コードの値を自治体が任意に規定する). The map says which code becomes
which (``city`` of ``codes/<id>.yml``); every cell keeps its source code in the change log, and the list of the map
is delivered with the data. Source: rule catalogue COD-007 (R3).

>>> from rules.contract import CodeMap
>>> from rules.trial import bound, try_clean
>>> kind = bound("区分", "support.kind", code_map="map")
>>> maps = {"map": CodeMap("map", {"1": "1"}, {}, {}, city={"7": "9997"})}
>>> try_clean(clean, {"区分": ["1", "7", None]}, kind, code_maps=maps)
{'区分': ['1', '9997', None]}
"""

from __future__ import annotations

import polars as pl

from rules.contract import Change, RuleContext


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """The standard's place for every code of the city's own."""
    changes = []
    for item in ctx.items:
        known = ctx.code_maps.get(item.code_map)
        if known is not None and known.city:
            code = pl.col(item.name)
            value = code.replace_strict(dict(known.city), default=code, return_dtype=pl.String)
            within = code.is_in(sorted(known.city))
            changes.append(Change(item.name, value, reason="city_code", within=within))
    return changes
