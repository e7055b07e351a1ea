"""IDN-010 被保険者番号: ten digits in 介護保険, eight in 後期高齢者医療.

Issued by: 介護保険法施行規則 様式 (被保険者番号 10桁) and 高齢者の医療の確保に関する法律施行規則 (8桁); domain
knowledge (△) for how they get lost. A shorter number may have lost its leading zeros: the candidate fills them up,
the insurance file decides. Source: rule catalogue IDN-010.

>>> from rules.trial import bound, try_find
>>> number = bound("被保険者番号", "insurance.care_number")
>>> try_find(find, {"被保険者番号": ["0000123456", "123456789", "H000123456"]}, number)
[('123456789', 'short', '0123456789'), ('H000123456', 'format', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.identifiers.shapes import digits_only

_DIGITS = {"insurance.care_number": 10, "insurance.late_elderly_number": 8}


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Numbers with too few digits, and those that are no number of that length."""
    found = []
    for item in ctx.items_of(*_DIGITS):
        length = _DIGITS[item.meaning]
        value = pl.col(item.name)
        short = value.str.contains(rf"\A[0-9]{{1,{length - 1}}}\z")
        found.append(Finding(item.name, short, value.str.zfill(length), "short"))
        found.append(Finding(item.name, ~short & ~digits_only(item.name, length), reason="format"))
    return found
