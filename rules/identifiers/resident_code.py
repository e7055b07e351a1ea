"""IDN-004 住民票コード: eleven digits, ten at random and a check digit whose formula is not public.

Issued by: 総務省 住民記録システム標準仕様書 (無作為10桁＋検査1桁). Modulus 11 with weights 2 … 7 agreed with
the one published sample (△), so a disagreement is a notice and no error; in a block in which most codes
disagree the formula is another one and nothing is said.

>>> from rules.trial import bound, try_find
>>> code = bound("住民票コード", "person.resident_code")
>>> try_find(find, {"住民票コード": ["24727059608", "24727059616", "24727059609", "2472705960"]}, code)
[('24727059609', 'check_digit', None), ('2472705960', 'format', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.identifiers.check_digits import addressee_digit, disagrees, rarely_disagrees
from rules.identifiers.shapes import digits_only


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Codes that are not eleven digits, and rare disagreements with the supposed check digit."""
    found = []
    for item in ctx.items_of("person.resident_code"):
        found.append(Finding(item.name, ~digits_only(item.name, 11), reason="format"))
        if rarely_disagrees(block, item.name, 11, addressee_digit):
            found.append(Finding(item.name, disagrees(item.name, 11, addressee_digit), reason="check_digit"))
    return found
