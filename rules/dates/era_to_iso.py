"""DAT-001 元号→西暦変換: a date in eras (or plain digits) becomes ISO text, YYYY-MM-DD.

Issued by: デジタル庁 GIF コアデータパーツ DS-441 日付; 基本データリスト (DATE = YYYY-MM-DD). Data is kept in
Gregorian years and shown in eras. Only the form changes: a day no calendar has stays that day (昭和50年2月29日
→ 1975-02-29, DAT-007), a date past its era's end becomes the day it says (昭和64年2月10日 → 1989-02-10,
DAT-003), and what cannot be told stays as it is.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_clean
>>> born = bound("生年月日", "person.birth_date", date_form=DateForm("GYYMMDD"), convert=("DAT-001",))
>>> try_clean(clean, {"生年月日": ["4310430", "1450730", "3500229", "3640210", "0000000", "6010101", None]}, born)
{'生年月日': ['2019-04-30', '1912-07-30', '1975-02-29', '1989-02-10', None, '6010101', None]}
"""

from __future__ import annotations

import polars as pl

from rules.contract import ISO_DATE, BoundItem, Change, RuleContext
from rules.dates import block_readings, reading
from rules.dates.writing import as_source_writes

FOREIGN_KIND = "2"


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """ISO text for every date whose day can be told; a sentinel that means empty becomes empty."""
    changes = []
    kind = ctx.one("person.kind")
    for item in block_readings.converted(block, ctx):
        told = block_readings.has_reason(
            item,
            reading.ERA,
            reading.WESTERN,
            reading.BOUNDARY,
            reading.BEFORE_ERA,
            reading.AFTER_ERA,
            reading.OFF_CALENDAR,
        )
        value = (
            pl.when(told)
            .then(pl.col(ISO_DATE + item.name))
            .when(~block_readings.has_reason(item, reading.EMPTY))
            .then(pl.col(item.name))
        )
        changes.append(Change(item.name, value, _way_back(block, item, kind), "iso"))
    return changes


def _way_back(block: pl.DataFrame, item: BoundItem, kind: BoundItem | None) -> pl.Expr | None:
    """The source's text of each cell: its form, and what it mostly writes where there is no date (0000000)."""
    back = as_source_writes(item.name, block_readings.form_of(item))
    if back is None:
        return None
    if item.meaning in reading.FOREIGN_MEANINGS and kind is not None:
        # DAT-017 was here before: its rows are ISO already and stay so on the way back.
        back = pl.when(pl.col(kind.name) == FOREIGN_KIND).then(pl.col(item.name)).otherwise(back)
    if reading.EMPTY not in block_readings.reasons_of(block, item):
        return back
    empty = block.select(pl.col(item.name).filter(block_readings.has_reason(item, reading.EMPTY))).to_series()
    if empty.null_count() * 2 >= len(empty):
        return back
    blank = empty.drop_nulls().mode().sort().first()
    return back.fill_null(pl.lit(blank, pl.String))
