"""DAT-016 2桁西暦の世紀: a year of two digits needs a century, which only a rule for the item can give.

Issued by: domain knowledge (△). The candidate of a past event is the latest year that is not after the day of the
extract, that of a limit the first century in which it has not ended; a birth of more than a hundred years ago looks the
same as one of today, so nothing is changed.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> born = bound("生年月日", "person.birth_date", date_form=DateForm("YYMMDD"))
>>> for found in try_find(find, {"生年月日": ["680101", "260401", "260402", "680230"]}, born):
...     print(*found)
680101 two_digit_year 1968-01-01
260401 two_digit_year 2026-04-01
260402 two_digit_year 1926-04-02
680230 two_digit_year None
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.dates import block_readings, reading


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Dates written YYMMDD; candidate: the day in the likelier century, where that day exists."""
    found = []
    for item in block_readings.dates_with_reason(block, ctx, reading.TWO_DIGIT_YEAR):
        text = pl.col(item.name)
        tail = pl.concat_str(text.str.slice(0, 2), pl.lit("-"), text.str.slice(2, 2), pl.lit("-"), text.str.slice(4, 2))
        near, far = pl.lit("20") + tail, pl.lit("19") + tail
        wanted = near <= ctx.as_of.isoformat() if item.tense == "past" else near >= ctx.as_of.isoformat()
        day = pl.when(wanted).then(near).otherwise(far)
        candidate = pl.when(day.str.to_date("%Y-%m-%d", strict=False).is_not_null()).then(day)
        mask = block_readings.has_reason(item, reading.TWO_DIGIT_YEAR)
        found.append(Finding(item.name, mask, candidate, "two_digit_year"))
    return found
