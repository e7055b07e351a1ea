"""DAT-007 暦上日でない日: a day no calendar has, in an item that must agree with the 戸籍, is kept as it is.

Issued by: 総務省 住民記録システム標準仕様書 1.1.8: 生年月日, 住民となった日, 住所を定めた日,
外国人住民となった日 and the 異動日 of birth, death and 失踪 may be such a day (平年2月29日). The text stays;
the notice says that it is meant.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> born = bound("生年月日", "person.birth_date", date_form=DateForm("GYYMMDD"))
>>> noted = bound("届出日", "person.report_date", date_form=DateForm("GYYMMDD"))
>>> try_find(find, {"生年月日": ["3500229", "3510229"], "届出日": ["3500229", None]}, born, noted)
[('3500229', 'off_calendar', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.dates import block_readings, reading
from rules.dates.calendars import off_calendar_allowed


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Off-calendar days where they may stand."""
    return [
        Finding(
            item.name,
            block_readings.has_reason(item, reading.OFF_CALENDAR) & off_calendar_allowed(item, block, ctx),
            reason=reading.OFF_CALENDAR,
        )
        for item in block_readings.dates_with_reason(block, ctx, reading.OFF_CALENDAR)
    ]
