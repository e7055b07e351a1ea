"""DAT-008 暦上日でない日（その他）: a day no calendar has, where no 戸籍 stands behind it.

Issued by: 総務省 住民記録システム標準仕様書 1.1.8: in every other item (届出日, 処理日, limits) such a day is an error.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> noted = bound("届出日", "person.report_date", date_form=DateForm("YYYYMMDD"))
>>> try_find(find, {"届出日": ["20210431", "20210430", "20240229"]}, noted)
[('20210431', 'off_calendar', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.dates import block_readings, reading
from rules.dates.calendars import off_calendar_allowed


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Off-calendar days where they may not stand."""
    return [
        Finding(
            item.name,
            block_readings.has_reason(item, reading.OFF_CALENDAR) & ~off_calendar_allowed(item, block, ctx),
            reason=reading.OFF_CALENDAR,
        )
        for item in block_readings.dates_with_reason(block, ctx, reading.OFF_CALENDAR)
    ]
