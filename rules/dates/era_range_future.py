"""DAT-004 元号範囲外（将来期限）: a limit written before its era ended (平成35年3月31日) is right and becomes ISO.

Issued by: the practice before 2019-05-01, when 令和 had no name yet. Which items are limits is their meaning's tense.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_clean
>>> ends = bound("終了日", "support.end_date", date_form=DateForm("GYYMMDD"), convert=("DAT-001",))
>>> try_clean(clean, {"終了日": ["4350331", "4310430"]}, ends)
{'終了日': ['2023-03-31', '4310430']}
"""

from __future__ import annotations

import polars as pl

from rules.contract import ISO_DATE, Change, RuleContext
from rules.dates import block_readings, reading
from rules.dates.calendars import LIMIT_TENSES


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """ISO text for limits past their era's end; the rest is DAT-001's."""
    return [
        Change(
            item.name,
            pl.when(block_readings.has_reason(item, reading.AFTER_ERA))
            .then(pl.col(ISO_DATE + item.name))
            .otherwise(pl.col(item.name)),
            reason=reading.AFTER_ERA,
        )
        for item in block_readings.converted(block, ctx, reading.AFTER_ERA)
        if item.tense in LIMIT_TENSES
    ]
