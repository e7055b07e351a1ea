"""DAT-021 古すぎる日・年齢: somebody who lives here and was born more than 125 years ago.

Issued by: domain knowledge (△); the oldest person whose age was proven lived 122 years. A candidate for an inquiry
(高齢者職権消除), never for a correction; people who have left the register are not asked about.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> born = bound("生年月日", "person.birth_date", date_form=DateForm("ISO"))
>>> status = bound("住民状態", "person.status")
>>> dates = ["1901-03-31", "1901-04-01", "1890-01-01"]
>>> try_find(find, {"生年月日": dates, "住民状態": ["1", "1", "3"]}, born, status)
[('1901-03-31', 'over_125', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import ISO_DATE, Finding, RuleContext
from rules.dates import block_readings, reading

_OLDEST = 125
_RESIDENT = "1"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Birth dates of present residents before ``as_of`` − 125 years."""
    first = f"{ctx.as_of.year - _OLDEST}{ctx.as_of:-%m-%d}"
    status = ctx.one("person.status")
    present = pl.col(status.name) == _RESIDENT if status is not None else pl.lit(True)
    return [
        Finding(
            item.name,
            block_readings.has_reason(item, *reading.LEGAL) & (pl.col(ISO_DATE + item.name) < first) & present,
            reason="over_125",
        )
        for item in block_readings.dates_with_reason(block, ctx)
        if item.meaning == "person.birth_date"
    ]
