"""COD-003 n:1変換: source codes become the standard's codes, as the city's map says.

Issued by: デジタル庁 基本データリスト コード一覧. The map (``codes/<id>.yml``) has the source's proper codes,
other spellings of them, and codes that carry nothing. Where several source codes become one (長男, 二男 → 子),
each cell keeps its source code in the change log; codes the map does not know stay as they are and are
COD-001's.

>>> from rules.trial import bound, code_map, try_clean
>>> kin = bound("続柄", "person.relationship", code_map="map")
>>> maps = {"map": code_map({"01": "02", "10": "20"}, {"11": "20"}, **{"99": "未入力"})}
>>> try_clean(clean, {"続柄": ["01", "10", "11", "99", "77"]}, kin, code_maps=maps)
{'続柄': ['02', '20', '20', None, '77']}
"""

from __future__ import annotations

import polars as pl

from rules.contract import Change, RuleContext


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """The standard's code for every code the map knows."""
    changes = []
    for item in ctx.items:
        known = ctx.code_maps.get(item.code_map)
        if known is None:
            continue
        # A code that may mean several waits for its answer (COD-002): as it is, it could be another standard code.
        empty = dict.fromkeys([*known.ignored, *known.several])
        target: dict[str, str | None] = {**known.standard, **known.variants, **empty}
        back: dict[str, str] = {}
        for source, standard in {**known.variants, **known.standard}.items():
            back[standard] = source
        column = pl.col(item.name)
        value = column.replace_strict(target, default=column, return_dtype=pl.String)
        inverse = column.replace_strict(back, default=column, return_dtype=pl.String) if back else None
        changes.append(Change(item.name, value, inverse, "code"))
    return changes
