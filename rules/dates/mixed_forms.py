"""DAT-015 和暦西暦混在: a date that is not in the form its item is declared to have.

Issued by: domain knowledge (△): one item holds eight Gregorian digits, seven era digits and six of YYMMDD
beside each other. A value that is a date in another form is told apart from one that is none; nothing is
changed.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> born = bound("生年月日", "person.birth_date", date_form=DateForm("GYYMMDD"))
>>> for found in try_find(find, {"生年月日": ["19780101", "530101", "S53.1.1", "未入力", "3530101"]}, born):
...     print(*found)
19780101 other_form 1978-01-01
530101 other_form None
S53.1.1 other_form 1978-01-01
未入力 not_a_date None
"""

from __future__ import annotations

import polars as pl

from rules.contract import ISO_DATE, Finding, RuleContext
from rules.dates import block_readings, reading


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Dates in another form than declared, and texts that are no date; candidate: the day where it is certain."""
    return [
        Finding(item.name, block_readings.has_reason(item, reason), pl.col(ISO_DATE + item.name), reason)
        for item in block_readings.dates_with_reason(block, ctx, reading.OTHER_FORM, reading.NOT_A_DATE)
        for reason in (reading.OTHER_FORM, reading.NOT_A_DATE)
    ]
