"""NUM-008 金額の端数・単位：百円未満を切り捨てた税額の中に、端数のある額（千円単位・切捨て前）が混じっている。

Issued by: 地方税法20条の4の2第3項 (a final amount is cut to hundreds of yen). Asked of 賦課額 only, and only where
at least 95 in 100 amounts of the block obey it: an item that is not cut (保険料 of some cities, interest) proves
nothing. △: a city that cuts otherwise switches the rule off. Source: rule catalogue NUM-008.

>>> from rules.trial import bound, try_find
>>> amounts = ["12300"] * 40 + ["1234", "0", None]
>>> try_find(find, {"税額": amounts}, bound("税額", "levy.amount"))
[('1234', 'not_cut_to_hundreds', None)]
>>> try_find(find, {"税額": ["1234", "5678", "100"]}, bound("税額", "levy.amount"))
[]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext

_SHARE = 0.95
_ASKED = 20


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Amounts with yen below a hundred where nearly no other has them."""
    found = []
    for item in ctx.items_of("levy.amount"):
        amount = pl.col(item.name).cast(pl.Int64, strict=False)
        rest = block.select((amount.filter(amount != 0) % 100 != 0).alias("rest"))["rest"].drop_nulls()
        odd = int(rest.sum())
        if 0 < odd <= len(rest) * (1 - _SHARE) and len(rest) >= _ASKED:
            found.append(Finding(item.name, amount % 100 != 0, reason="not_cut_to_hundreds"))
    return found
