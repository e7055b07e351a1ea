"""IDN-002 法人番号: thirteen digits of which the first is a check digit (1 … 9).

Issued by: 国税庁; 財務省令70号2条. 0 and 9 exchanged cannot be seen by it (IDN-012).

>>> from rules.trial import bound, try_find
>>> number = bound("法人番号", "person.corporate_number")
>>> try_find(find, {"法人番号": ["7000012050002", "2835678256246", "700001205000"]}, number)
[('2835678256246', 'check_digit', None), ('700001205000', 'format', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.identifiers.check_digits import corporate_digit, disagrees
from rules.identifiers.shapes import digits_only


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Numbers that are not thirteen digits, and those whose check digit is wrong."""
    found = []
    for item in ctx.items_of("person.corporate_number"):
        wrong = disagrees(item.name, 13, corporate_digit, first=True)
        found.append(Finding(item.name, ~digits_only(item.name, 13), reason="format"))
        found.append(Finding(item.name, wrong, reason="check_digit"))
    return found
