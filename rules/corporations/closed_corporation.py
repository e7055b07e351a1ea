"""ORG-006 解散・合併・閉鎖：解散・閉鎖した日より後の年度に課税・調定がある。

Issued by: domain knowledge (△) and the 閉鎖・承継 of the 法人番号 publication. The day is the one the city's own record
holds; ikou asks no register outside. A year counts as later when it begins after the year (April to March) in which the
corporation was closed; the levy of the year itself and its settlement are right. Source: rule catalogue ORG-006 (R7).

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> closed = bound("閉鎖日", "corporation.closed_date", date_form=DateForm("ISO"))
>>> year = bound("課税年度", "levy.taxed_year")
>>> try_find(find, {"閉鎖日": ["2021-02-10", "2021-02-10", None], "課税年度": ["2021", "2020", "2024"]}, closed, year)
[('2021-02-10', 'levied_after', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import ISO_DATE, Finding, RuleContext
from rules.dates import block_readings, reading
from rules.dates.fiscal_year import fiscal_year_of, year_number


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Closing dates before the year of a levy in the same record."""
    closed = [i for i in block_readings.dates_with_reason(block, ctx) if i.meaning == "corporation.closed_date"]
    return [
        Finding(
            day.name,
            block_readings.has_reason(day, *reading.LEGAL)
            & (year_number(year.name) > fiscal_year_of(pl.col(ISO_DATE + day.name))),
            reason="levied_after",
            rows_about=(year.name,),
        )
        for day in closed
        for year in ctx.items_of("levy.accounting_year", "levy.taxed_year")
    ]
