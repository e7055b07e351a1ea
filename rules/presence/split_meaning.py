"""NUL-006 意味が分かれた源泉項目：転居の届出日・出生の届出日のように、一つの意味の値が複数の項目に分かれている。

Issued by: a migration in which only one of two 届出日 was mapped and the other became 「年月日不詳」 (cleansing.md
§2, R26). Found where a record has its value in one of the parts only and the item of the whole meaning is empty or
absent; the candidate is that value. Which part comes first where both are filled is the department's to say: those
are asked too. Source: rule catalogue NUL-006.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> items = [bound(name, meaning, date_form=DateForm("ISO")) for name, meaning in (
...     ("転居届出日", "person.report_date.move"), ("出生届出日", "person.report_date.birth"))]
>>> columns = {"転居届出日": [None, "1990-04-02", None], "出生届出日": ["1965-03-03", "1965-03-05", None]}
>>> for found in try_find(find, columns, *items): print(found)
('1965-03-03', 'one_part', '1965-03-03')
('1990-04-02', 'several_parts', None)
"""

from __future__ import annotations

import polars as pl

from rules.contract import BoundItem, Finding, RuleContext

_PARTS = {"person.report_date": ("person.report_date.move", "person.report_date.birth")}


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Records whose value stands in one part, or in several, and not in the item of the whole meaning."""
    found = []
    for whole_meaning, part_meanings in _PARTS.items():
        parts = ctx.items_of(*part_meanings)
        whole = ctx.one(whole_meaning)
        if len({part.meaning for part in parts}) < 2:
            continue
        missing = pl.lit(True) if whole is None else pl.col(whole.name).is_null()
        filled = pl.sum_horizontal(pl.col(part.name).is_not_null() for part in parts)
        about = tuple(part.name for part in parts)
        for number, part in enumerate(parts):
            first = pl.all_horizontal([_empty(before) for before in parts[:number]]) if number else pl.lit(True)
            here = missing & pl.col(part.name).is_not_null() & first
            found.append(Finding(part.name, here & (filled == 1), pl.col(part.name), "one_part", rows_about=about))
            found.append(Finding(part.name, here & (filled > 1), reason="several_parts", rows_about=about))
    return found


def _empty(item: BoundItem) -> pl.Expr:
    return pl.col(item.name).is_null()
