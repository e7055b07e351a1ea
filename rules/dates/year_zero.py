"""DAT-006 元年・0年: there is no year 0; an era begins with year 1 (元年).

Issued by: domain knowledge (△). The candidate is the first year of the era, when that day exists; nothing is changed.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> moved = bound("異動日", "person.change_date", date_form=DateForm("GYYMMDD"))
>>> try_find(find, {"異動日": ["5000501", "5010501", "5000000"]}, moved)
[('5000501', 'year_zero', '2019-05-01')]
"""

from __future__ import annotations

import polars as pl

from rules.contract import ISO_DATE, Finding, RuleContext
from rules.dates import block_readings, reading


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Dates with year 00 whose month or day is known; candidate: the era's first year."""
    return [
        Finding(
            item.name,
            block_readings.has_reason(item, reading.YEAR_ZERO),
            candidate=pl.col(ISO_DATE + item.name),
            reason=reading.YEAR_ZERO,
        )
        for item in block_readings.dates_with_reason(block, ctx, reading.YEAR_ZERO)
    ]
