"""DAT-017 日本人=和暦／外国人=西暦: birth dates and expiries of foreign residents are kept in Gregorian years.

Issued by: 総務省 住民記録システム標準仕様書 (外国人住民 and 在留期間の満了の日 in 西暦). A date in an era
becomes ISO; a Gregorian date among era dates is right for a foreign resident and no mixture of forms (DAT-015).

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_clean
>>> born = bound("生年月日", "person.birth_date", date_form=DateForm("GYYMMDD"), convert=("DAT-001",))
>>> kind = bound("住民種別", "person.kind")
>>> try_clean(clean, {"生年月日": ["3450101", "19700101", "3450101"], "住民種別": ["2", "2", "1"]}, born, kind)
{'生年月日': ['1970-01-01', '1970-01-01', '3450101'], '住民種別': ['2', '2', '1']}
"""

from __future__ import annotations

import polars as pl

from rules.contract import ISO_DATE, Change, RuleContext
from rules.dates import block_readings, reading
from rules.dates.writing import as_source_writes


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """ISO text for the dates of foreign residents; the other residents' are DAT-001's."""
    return [
        Change(
            item.name,
            pl.when(block_readings.has_reason(item, reading.FOREIGN_ERA, reading.FOREIGN_WESTERN))
            .then(pl.col(ISO_DATE + item.name))
            .otherwise(pl.col(item.name)),
            inverse=as_source_writes(item.name, block_readings.form_of(item)),
            reason="western",
        )
        for item in block_readings.converted(block, ctx, reading.FOREIGN_ERA, reading.FOREIGN_WESTERN)
        if item.meaning in reading.FOREIGN_MEANINGS
    ]
