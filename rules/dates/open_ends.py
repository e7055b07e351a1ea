"""DAT-014 範囲の端の番兵: an unknown start is 0000-01-01, an end without limit 9999-12-31.

Issued by: デジタル庁 項目定義書 (DATE; YEAR 0000 and 9999). Dates stay text: no date type holds the year 0.
Which sentinel of a source means which end is its definition's (``nines: open_end``, ``zeros: open_start``).

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_clean
>>> form = DateForm("YYYYMMDD", nines="open_end")
>>> ends = bound("終了日", "support.end_date", date_form=form, convert=("DAT-001",))
>>> try_clean(clean, {"終了日": ["99999999", "20260331", "00000000"]}, ends)
{'終了日': ['9999-12-31', '20260331', '00000000']}
"""

from __future__ import annotations

import polars as pl

from rules.contract import ISO_DATE, Change, RuleContext
from rules.dates import block_readings, reading


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """The standard's sentinels for open ends."""
    return [
        Change(
            item.name,
            pl.when(block_readings.has_reason(item, reading.OPEN_START, reading.OPEN_END))
            .then(pl.col(ISO_DATE + item.name))
            .otherwise(pl.col(item.name)),
            reason="open_end",
        )
        for item in block_readings.converted(block, ctx, reading.OPEN_START, reading.OPEN_END)
    ]
