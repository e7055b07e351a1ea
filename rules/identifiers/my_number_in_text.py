"""IDN-008 個人番号の保有可否: a 個人番号 in a remark or another free text, where the law does not let it be kept.

Issued by: 番号法 (行政手続における特定の個人を識別するための番号の利用等に関する法律) and its guideline. Twelve
digits with a right check digit, alone or in groups of four, in any width; one in eleven of other twelve-digit
numbers looks the same, so a person looks. The text is not shown: it holds the number.

>>> from rules.trial import bound, try_find
>>> note = bound("備考", "none")
>>> texts = ["本人 621498320257 確認", "６２１４－９８３２－０２５７", "受付 621498320258", "0621498320257"]
>>> try_find(find, {"備考": texts}, note)
[(None, 'my_number', None), (None, 'my_number', None)]
"""

from __future__ import annotations

import numpy as np
import polars as pl

from rules.contract import Finding, RuleContext
from rules.identifiers.check_digits import digits_of, my_number_digit

_FULL, _HALF = list("０１２３４５６７８９－　"), list("0123456789- ")
_TWELVE = r"(?:\A|[^0-9])([0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4})(?:[^0-9]|\z)"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Free texts that hold a number with the check digit of a 個人番号."""
    return [
        Finding(
            item.name,
            pl.col(item.name).map_batches(_holds_one, return_dtype=pl.Boolean),
            reason="my_number",
            secret=True,
            within=pl.col(item.name).str.contains("[0-9０-９]{4}"),
        )
        for item in ctx.items_of_kind("text")
    ]


def _holds_one(texts: pl.Series) -> pl.Series:
    numbers = texts.str.replace_many(_FULL, _HALF).str.extract(_TWELVE).str.replace_all("[ -]", "")
    result = np.zeros(len(texts), dtype=np.bool_)
    rows = numbers.is_not_null().arg_true()
    if len(rows):
        digits = digits_of(numbers.gather(rows), 12)
        result[rows.to_numpy()] = my_number_digit(digits[:, :-1]) == digits[:, -1]
    return pl.Series(texts.name, result)
