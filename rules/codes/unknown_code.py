"""COD-001 コード値の存在: a code that the source's map, or the standard's list, does not have.

Issued by: デジタル庁 基本データリスト コード一覧; the city's own maps (``codes/<id>.yml``). An unknown code is
never passed on and never guessed: the item is held until somebody says what it means, once for all records that
hold it. A list of which not every value is public proves nothing and is not asked.

>>> from rules.trial import bound, code_map, try_find
>>> sex = bound("性別", "person.sex", code_map="map")
>>> try_find(find, {"性別": ["1", "9", None]}, sex, code_maps={"map": code_map({"1": "1", "2": "2"})})
[('9', 'not_in_map', None)]
>>> plain = bound("性別", "person.sex", code_list="性別")
>>> try_find(find, {"性別": ["1", "M"]}, plain, code_lists={"性別": frozenset({"0", "1", "2"})})
[('M', 'not_in_list', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import BEFORE, Finding, RuleContext


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Source codes outside their map; where no map is declared, values outside a closed list."""
    found = []
    for item in ctx.items:
        if item.code_map in ctx.code_maps:
            known = ctx.code_maps[item.code_map]
            # Converted codes may look like source codes: ask the value as it came.
            came = BEFORE + item.name if BEFORE + item.name in block.columns else item.name
            found.append(Finding(item.name, ~pl.col(came).is_in(sorted(known.known)), reason="not_in_map"))
        elif item.code_list in ctx.code_lists:
            codes = sorted(ctx.code_lists[item.code_list])
            found.append(Finding(item.name, ~pl.col(item.name).is_in(codes), reason="not_in_list"))
    return found
