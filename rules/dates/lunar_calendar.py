"""DAT-018 太陰太陽暦: a date up to 明治5年12月2日 is one of the lunar calendar and is not computed.

Issued by: 明治5年太政官布告第337号 (改暦). The lunar calendar had leap months (明治元年閏4月, 明治3年閏10月);
the text stays as it is.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> born = bound("生年月日", "person.birth_date", date_form=DateForm("GYYMMDD"))
>>> try_find(find, {"生年月日": ["1051202", "1060101", "1031001"]}, born)
[('1051202', 'lunar', None), ('1031001', 'lunar', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.dates import block_readings, reading


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Dates of the lunar calendar."""
    return [
        Finding(item.name, block_readings.has_reason(item, reading.LUNAR), reason=reading.LUNAR)
        for item in block_readings.dates_with_reason(block, ctx, reading.LUNAR)
    ]
