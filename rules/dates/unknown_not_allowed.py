"""DAT-010 不詳日の許容項目: a date that is not fully known, in an item whose definition has no room for 不詳.

Issued by: デジタル庁 項目定義書 (a DATE may not be 不詳 unless its definition says so). No day is made up; the
office finds it.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> noted = bound("届出日", "person.report_date", date_form=DateForm("GYYMMDD"))
>>> try_find(find, {"届出日": ["4300000", "4300101"]}, noted)
[('4300000', 'unknown', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.dates import block_readings, reading


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """不詳 dates (00, 99, season and 旬) where they may not stand."""
    return [
        Finding(item.name, block_readings.has_reason(item, reason), reason=reason)
        for item in block_readings.dates_with_reason(block, ctx, *reading.UNKNOWN_REASONS)
        if not block_readings.unknown_is_allowed(item)
        for reason in reading.UNKNOWN_REASONS
    ]
