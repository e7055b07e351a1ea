"""COD-004 有効期間: a code that was not in force on the day of the record.

Issued by: the city's own code tables (適用開始・終了日, ``validity`` of ``codes/<id>.yml``; △). The day is the
record's 異動年月日, else its 処理年月日, else the 基準日 of the run. The code is converted as the map says; whether
it was typed wrongly or kept too long a person sees. Source: rule catalogue COD-004.

>>> from rules.contract import CodeMap, DateForm
>>> from rules.trial import bound, try_find
>>> items = (bound("事由", "person.change_reason", code_map="map"),
...          bound("異動日", "person.change_date", date_form=DateForm("ISO")))
>>> maps = {"map": CodeMap("map", {"11": "20"}, {}, {}, validity={"11": ("", "2012-07-08")})}
>>> columns = {"事由": ["11", "11", "11"], "異動日": ["2012-07-08", "2012-07-09", None]}
>>> try_find(find, columns, *items, code_maps=maps)
[('11', 'not_in_force', None), ('11', 'not_in_force', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import BEFORE, ISO_DATE, Finding, RuleContext
from rules.dates import block_readings, reading

_DAYS = ("person.change_date", "person.processed_date")


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Values whose source code has a period that does not hold the day."""
    maps = [(item, ctx.code_maps[item.code_map]) for item in ctx.items if item.code_map in ctx.code_maps]
    if not any(known.validity for _, known in maps):
        return []
    dates = {i.meaning: i for i in block_readings.dates_with_reason(block, ctx)}
    days = [
        pl.when(block_readings.has_reason(dates[meaning], *reading.LEGAL)).then(pl.col(ISO_DATE + dates[meaning].name))
        for meaning in _DAYS
        if meaning in dates
    ]
    day = pl.coalesce(*days, pl.lit(ctx.as_of.isoformat()))
    found = []
    for item, known in maps:
        came = pl.col(BEFORE + item.name if BEFORE + item.name in block.columns else item.name)
        for code, (first, last) in sorted(known.validity.items()):
            outside = (day < first) if not last else (day > last) if not first else ~day.is_between(first, last)
            found.append(Finding(item.name, (came == code) & outside, reason="not_in_force"))
    return found
