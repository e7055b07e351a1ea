"""DAT-003 元号範囲外（過去事象）: an event dated in an era that was over by then, or had not begun.

Issued by: the laws and 詔書 that name the eras (layouts/eras.csv). 昭和64年2月10日 is the day 1989-02-10 and is
converted as that; but 昭和 ended on 1989-01-07, so the entry was wrong. Limits that lie ahead are another
matter (DAT-004).

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> born = bound("生年月日", "person.birth_date", date_form=DateForm("GYYMMDD"))
>>> try_find(find, {"生年月日": ["3640210", "3640107", "4010107", "2151225"]}, born)
[('3640210', 'after_era', '平成元年2月10日'), ('4010107', 'before_era', '昭和64年1月7日')]
"""

from __future__ import annotations

import polars as pl

from rules.contract import ISO_DATE, Finding, RuleContext
from rules.dates import block_readings, reading
from rules.dates.calendars import LIMIT_TENSES
from rules.dates.writing import in_era_words

_REASONS = (reading.AFTER_ERA, reading.BEFORE_ERA)


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Events after their era's last day, and any date before its era's first day; candidate: the right era."""
    found = []
    for item in block_readings.dates_with_reason(block, ctx, *_REASONS):
        candidate = in_era_words(ISO_DATE + item.name)
        for reason in _REASONS:
            if reason == reading.BEFORE_ERA or item.tense not in LIMIT_TENSES:
                found.append(Finding(item.name, block_readings.has_reason(item, reason), candidate, reason))
    return found
