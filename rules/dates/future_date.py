"""DAT-020 未来日: something that has happened cannot be dated after the day of the extract.

Issued by: 総務省 住民記録システム標準仕様書 4.0.3: 異動日 (but that of moving out) and 届出日 are not after the
day of processing.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> noted = bound("届出日", "person.report_date", date_form=DateForm("YYYYMMDD"))
>>> leaves = bound("転出予定日", "person.moved_out_planned_date", date_form=DateForm("YYYYMMDD"))
>>> try_find(find, {"届出日": ["20260402", "20260401"], "転出予定日": ["20260430", None]}, noted, leaves)
[('20260402', 'future', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import ISO_DATE, Finding, RuleContext
from rules.dates import block_readings, reading


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Dates of past events after ``as_of``; dates with another reason are not counted twice."""
    return [
        Finding(
            item.name,
            block_readings.has_reason(item, *reading.LEGAL) & (pl.col(ISO_DATE + item.name) > ctx.as_of.isoformat()),
            reason="future",
        )
        for item in block_readings.dates_with_reason(block, ctx)
        if item.tense == "past"
    ]
