"""IDN-001 個人番号: twelve digits of which the last is a check digit.

Issued by: 地方公共団体情報システム機構 (J-LIS); 総務省令85号5条. A wrong digit is asked for, never guessed. The
number is carried and checked, and stands in no finding, list or report.

>>> from rules.trial import bound, try_find
>>> number = bound("個人番号", "person.my_number")
>>> try_find(find, {"個人番号": ["621498320257", "621498320258", "62149832025", None]}, number)
[(None, 'check_digit', None), (None, 'format', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.identifiers.check_digits import disagrees, my_number_digit
from rules.identifiers.shapes import digits_only


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Numbers that are not twelve digits, and those whose check digit is wrong."""
    found = []
    for item in ctx.items_of("person.my_number"):
        found.append(Finding(item.name, ~digits_only(item.name, 12), reason="format"))
        found.append(Finding(item.name, disagrees(item.name, 12, my_number_digit), reason="check_digit"))
    return found
