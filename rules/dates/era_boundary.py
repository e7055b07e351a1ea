"""DAT-005 改元境界の重複日: 明治45年7月30日 and 大正15年12月25日 are right, although the next era began that day.

Issued by: 総務省 住民記録システム標準仕様書 1.1.8 (both eras are valid on 1912-07-30 and 1926-12-25). Nothing
is to be changed; the notice keeps somebody from "correcting" them.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> born = bound("生年月日", "person.birth_date", date_form=DateForm("GYYMMDD"))
>>> try_find(find, {"生年月日": ["2151225", "3011225", "1450730", "4310430"]}, born)
[('2151225', 'boundary', None), ('1450730', 'boundary', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.dates import block_readings, reading


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Dates on the last day of an era that is the first day of the next, written in the older one."""
    return [
        Finding(item.name, block_readings.has_reason(item, reading.BOUNDARY), reason=reading.BOUNDARY)
        for item in block_readings.dates_with_reason(block, ctx, reading.BOUNDARY)
    ]
