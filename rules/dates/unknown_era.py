"""DAT-002 元号コード定義: an era code that the source's list does not have.

Issued by: 中間標準レイアウト仕様 V2.7 (年号コード 2 digits; existing 住基 systems use 1). Which codes there are
is the source definition's (``date: {era: …}``, layouts/era_codes.csv); an unknown one is never guessed, the
item is held.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> born = bound("生年月日", "person.birth_date", date_form=DateForm("GYYMMDD"))
>>> try_find(find, {"生年月日": ["6010101", "5010501", "0000000"]}, born)
[('6010101', 'unknown_era', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.dates import block_readings, reading


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Dates whose era code is not in the item's list."""
    return [
        Finding(item.name, block_readings.has_reason(item, reading.UNKNOWN_ERA), reason=reading.UNKNOWN_ERA)
        for item in block_readings.dates_with_reason(block, ctx, reading.UNKNOWN_ERA)
    ]
