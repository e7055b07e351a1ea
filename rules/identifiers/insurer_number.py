"""IDN-009 保険者番号: six or eight digits, the last of which is a check digit.

Issued by: 厚生労働省 保険者番号等の設定要領 (R21): modulus 10, weights 2 1 2 1 … from the right, the digits of a
product added (M10W21). 国保 and 介護 have six digits (no 法別番号), the others eight. The candidate is the number
with the digit that fits: another digit may be the wrong one, so a person looks. Source: rule catalogue IDN-009.

>>> from rules.trial import bound, try_find
>>> number = bound("保険者番号", "insurance.insurer_number")
>>> for found in try_find(find, {"保険者番号": ["33120015", "33120014", "3312001"]}, number): print(found)
('33120014', 'check_digit', '33120015')
('3312001', 'format', None)
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.identifiers.check_digits import digits_of, disagrees, insurer_digit
from rules.identifiers.shapes import digits_only

_LENGTHS = (6, 8)


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Numbers of another length, and those whose check digit is wrong."""
    found = []
    for item in ctx.items_of("insurance.insurer_number"):
        value = pl.col(item.name)
        formed = pl.any_horizontal(digits_only(item.name, length) for length in _LENGTHS)
        found.append(Finding(item.name, value.is_not_null() & ~formed, reason="format"))
        for length in _LENGTHS:
            found.append(
                Finding(
                    item.name,
                    disagrees(item.name, length, insurer_digit),
                    value.map_batches(_with_right_digit, return_dtype=pl.String),
                    "check_digit",
                )
            )
    return found


def _with_right_digit(values: pl.Series) -> pl.Series:
    """Every number of digits with the check digit its other digits ask for."""
    return pl.Series(
        values.name,
        [
            text[:-1] + str(int(insurer_digit(digits_of(pl.Series([text[:-1]]), len(text) - 1))[0]))
            for text in values.fill_null("00").to_list()
        ],
        dtype=pl.String,
    )
