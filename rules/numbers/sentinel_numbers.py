"""NUM-010 全9・全0の番兵値：99999999 や 0000000000 が、未設定の意味か実際の値か分からない。

Issued by: domain knowledge (△). Five and more nines in a number, an account or an amount, five and more zeros in a
number or an account; zero is an amount. 個人番号 of twelve zeros passes its check digit and is found here; such
values are never shown. The item's dictionary says what is meant; nothing becomes empty by itself. Source: rule
catalogue NUM-010.

>>> from rules.trial import bound, try_find
>>> items = bound("世帯番号", "person.household_number"), bound("税額", "levy.amount")
>>> columns = {"世帯番号": ["9999999999", "0000000000", "0000000019", "99"], "税額": ["99999999", "0", "00000", None]}
>>> for found in try_find(find, columns, *items): print(found)
('9999999999', 'nines', None)
('99999999', 'nines', None)
('0000000000', 'zeros', None)
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext

_NINES, _ZEROS = r"\A9{5,}\z", r"\A0{5,}\z"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Numbers of nothing but nines, or nothing but zeros."""
    found = []
    for item in ctx.items_of_kind("number", "account", "amount"):
        value = pl.col(item.name)
        nines, zeros = value.str.starts_with("99999"), value.str.starts_with("00000")
        found.append(Finding(item.name, value.str.contains(_NINES), reason="nines", within=nines))
        if item.kind != "amount":
            found.append(Finding(item.name, value.str.contains(_ZEROS), reason="zeros", within=zeros))
    return found
