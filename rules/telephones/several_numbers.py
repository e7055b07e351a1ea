"""TEL-003 複数・内線・備考混入：一つの欄に番号が二つある、内線・「呼出」・「妻携帯」などの言葉が付いている。

Issued by: GIF 445 電話番号 (one number an item; 内線 and remarks have items of their own). Where exactly one number
of the plan stands in the text it is the candidate; the rest goes to the remark by the steward. Source: rule
catalogue TEL-003 (R4).

>>> from rules.trial import bound, try_find
>>> numbers = ["03-5253-5111 妻", "03-5253-5111 / 090-1234-5678", "0138-21-1234（内線）12", "0138-21-1234", "なし"]
>>> for found in try_find(find, {"電話": numbers}, bound("電話", "person.phone")): print(found)
('03-5253-5111 妻', 'note', '03-5253-5111')
('03-5253-5111 / 090-1234-5678', 'several', None)
('0138-21-1234（内線）12', 'note', '0138-21-1234')
('なし', 'no_number', None)
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.telephones.numbering_plan import PLAIN, half_width, written_numbers

_NUMBER = r"0[0-9]{1,4}[-( ]?[0-9]{1,4}[-) ]?[0-9]{4}"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Texts that are more, or less, than one number."""
    found = []
    for item in ctx.items_of_kind("phone"):
        text = half_width(item.name)
        several = text.str.count_matches(_NUMBER) > 1
        other = ~text.str.contains(PLAIN)
        first = text.str.extract(f"({_NUMBER})")
        candidate = first.map_batches(written_numbers, return_dtype=pl.String)
        within = several | other
        found += [
            Finding(item.name, several, reason="several", within=within),
            Finding(item.name, other & ~several & first.is_not_null(), candidate, "note", within=within),
            Finding(item.name, other & first.is_null(), reason="no_number", within=within),
        ]
    return found
