"""BNK-004 口座番号：7桁の数字でない口座番号と、1 2 4 9 のどれでもない預金種目。

Issued by: 全銀フォーマット (預金種目 1普通 2当座 4貯蓄 9その他). Where the source's own codes of 預金種目 have a
map, COD-001 asks instead. Source: rule catalogue BNK-004 (△).

>>> from rules.trial import bound, try_find
>>> items = bound("番号", "account.number"), bound("種目", "account.kind")
>>> try_find(find, {"番号": ["12345678", "12A", "1234567"], "種目": ["1", "2", "3"]}, *items)
[('12345678', 'form', None), ('12A', 'form', None), ('3', 'kind', None)]
"""

from __future__ import annotations

import polars as pl

from rules.accounts.account_number import LENGTH
from rules.contract import Finding, RuleContext
from rules.identifiers.shapes import digits_only

_KINDS = ("1", "2", "4", "9")


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Account numbers and kinds that no transfer file can hold."""
    found = [
        Finding(item.name, pl.col(item.name).is_not_null() & ~digits_only(item.name, LENGTH), reason="form")
        for item in ctx.items_of("account.number")
    ]
    return found + [
        Finding(item.name, ~pl.col(item.name).is_in(list(_KINDS)), reason="kind")
        for item in ctx.items_of("account.kind")
        if item.code_map not in ctx.code_maps and item.code_list not in ctx.code_lists
    ]
