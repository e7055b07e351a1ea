"""DAT-019 存在しない明治5年12月3日〜: days that the change of the calendar left out.

Issued by: 明治5年太政官布告第337号: the day after 明治5年12月2日 was 明治6年1月1日 (1873-01-01).

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> born = bound("生年月日", "person.birth_date", date_form=DateForm("GYYMMDD"))
>>> try_find(find, {"生年月日": ["1051215", "1051202", "1060101"]}, born)
[('1051215', 'missing_1872', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.dates import block_readings, reading


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Dates between 明治5年12月3日 and the year's end."""
    return [
        Finding(item.name, block_readings.has_reason(item, reading.MISSING_1872), reason=reading.MISSING_1872)
        for item in block_readings.dates_with_reason(block, ctx, reading.MISSING_1872)
    ]
