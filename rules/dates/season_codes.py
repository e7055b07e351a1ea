"""DAT-012 季節・旬コード: A1 … D4 in a month (season) or A1 … A3 in a day (旬) become the triple of DAT-009.

Issued by: デジタル庁 GIF DS-441 (changed 2023-02-28 to agree with 住基ネット). That they stand in the two
digits of the month and the day is an interpretation (△). Letters in a date are no damage.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_clean
>>> born = bound("生年月日", "person.birth_date", type="DATE", date_form=DateForm("YYYYMMDD"), convert=("DAT-001",),
...              unknown_flag="不詳フラグ", unknown_text="不詳表記")
>>> columns = {"生年月日": ["1945A100", "194505A2"], "不詳フラグ": [None] * 2, "不詳表記": [None] * 2}
>>> try_clean(clean, columns, born)["不詳表記"]
['昭和２０年春', '昭和２０年５月中旬']
"""

from __future__ import annotations

import polars as pl

from rules.contract import Change, RuleContext
from rules.dates import reading
from rules.dates.triples import as_triple


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """The triple of dates with a season or 旬 code."""
    return as_triple(block, ctx, reading.SEASON)
