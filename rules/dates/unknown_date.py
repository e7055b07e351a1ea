"""DAT-009 不詳日（3点組）: a date of which parts are not known becomes three items: empty date, flag 1, 不詳表記.

Issued by: 総務省 住民記録システム標準仕様書 1.1.8 and デジタル庁 項目定義書 (日付, 不詳フラグ, 不詳表記 N72).
No day is ever made up for it (「みなし生年月日」 is a function the standard forbids); the wording is the
standard's (「令和○○年　月日不詳」).

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_clean
>>> born = bound("生年月日", "person.birth_date", type="DATE", date_form=DateForm("GYYMMDD"), convert=("DAT-001",),
...              unknown_flag="生年月日_不詳フラグ", unknown_text="生年月日_不詳表記")
>>> after = try_clean(clean, {"生年月日": ["3200000", "3200300", "3200315"], "生年月日_不詳フラグ": [None] * 3,
...                           "生年月日_不詳表記": [None] * 3}, born)
>>> after["生年月日"], after["生年月日_不詳フラグ"]
([None, None, '3200315'], ['1', '1', None])
>>> after["生年月日_不詳表記"]
['昭和２０年\u3000月日不詳', '昭和２０年３月\u3000日不詳', None]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Change, RuleContext
from rules.dates import reading
from rules.dates.triples import as_triple


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """The triple of dates with 00 in place of what is not known."""
    return as_triple(block, ctx, reading.UNKNOWN)
