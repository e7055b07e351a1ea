"""IDN-005 宛名番号・世帯番号: a number given before the check digit was required is kept as it is.

Issued by: 総務省 住民記録システム標準仕様書 1.1.13 (last digit = modulus 11, weights 2 … 7, only for new
numbers; existing numbers are not given anew). So a wrong digit is a notice: where a source gives check digits,
a number without one may be mistyped. In a block in which most numbers disagree the source has none, and there
is nothing to notice.

>>> from rules.trial import bound, try_find
>>> number = bound("宛名番号", "person.number")
>>> try_find(find, {"宛名番号": ["0000000019", "0000000027", "0000000028"]}, number)
[('0000000028', 'check_digit', None)]
>>> try_find(find, {"宛名番号": ["0000000001", "0000000002", "0000000003"]}, number)
[]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.identifiers.check_digits import addressee_digit, disagrees, rarely_disagrees

_MEANINGS = ("person.number", "person.household_number")


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Numbers whose last digit is not the check digit, in a source that has check digits."""
    found = []
    for item in ctx.items_of(*_MEANINGS):
        lengths = block[item.name].str.len_bytes().drop_nulls().unique().sort()
        for length in lengths:
            if length > 1 and rarely_disagrees(block, item.name, length, addressee_digit):
                found.append(Finding(item.name, disagrees(item.name, length, addressee_digit), reason="check_digit"))
    return found
