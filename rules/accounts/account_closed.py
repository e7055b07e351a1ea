"""BNK-008 振替停止・解約：停止・解約した日を過ぎた口座が、有効とされたままである。

Issued by: domain knowledge (△). Found where the record itself says both; a day ahead is a notice that is not due yet.
Source: rule catalogue BNK-008.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> items = bound("有効", "account.valid"), bound("解約日", "account.closed_date", date_form=DateForm("ISO"))
>>> try_find(find, {"有効": ["1", "0", "1"], "解約日": ["2025-03-31", "2025-03-31", "2026-12-31"]}, *items)
[('1', 'closed', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import ISO_DATE, Finding, RuleContext
from rules.dates import block_readings, reading


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Accounts in force after they were closed."""
    valid = ctx.one("account.valid")
    closed = [i for i in block_readings.dates_with_reason(block, ctx) if i.meaning == "account.closed_date"]
    return [
        Finding(
            valid.name,
            (pl.col(valid.name) == "1")
            & block_readings.has_reason(day, *reading.LEGAL)
            & (pl.col(ISO_DATE + day.name) <= ctx.as_of.isoformat()),
            reason="closed",
            rows_about=(day.name,),
        )
        for day in closed
        if valid is not None
    ]
