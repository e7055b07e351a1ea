"""DAT-013 不明コード: 99 and 9999, where a source's definition says that they mean 不詳, become the triple of DAT-009.

Issued by: デジタル庁 GIF DS-441 (99 as a rule; 住基ネット uses 00). Which values mean 不詳 is the source definition's
(``unknown_parts``, ``nines: unknown``).

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_clean
>>> form = DateForm("YYYYMMDD", unknown_parts=("00", "99"))
>>> born = bound("生年月日", "person.birth_date", type="DATE", date_form=form, convert=("DAT-001",),
...              unknown_flag="不詳フラグ", unknown_text="不詳表記")
>>> try_clean(clean, {"生年月日": ["19459999"], "不詳フラグ": [None], "不詳表記": [None]}, born)
{'生年月日': [None], '不詳フラグ': ['1'], '不詳表記': ['昭和２０年\u3000月日不詳']}
"""

from __future__ import annotations

import polars as pl

from rules.contract import Change, RuleContext
from rules.dates import reading
from rules.dates.triples import as_triple


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """The triple of dates with 99 in place of what is not known."""
    return as_triple(block, ctx, reading.UNKNOWN_CODE)
