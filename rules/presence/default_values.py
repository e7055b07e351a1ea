"""NUL-004 既定値の埋め込み：1900-01-01 のような旧システムの既定値が、実際の日付のように入っている。

Issued by: the date origins of former systems (△): 0001-01-01 (.NET), 1601-01-01 (Windows), 1753-01-01 (SQL Server),
1899-12-30 and 1899-12-31 (spreadsheets), 1900-01-01 and 1901-01-01. Birth dates are left (DAT-021 asks for people
who are too old), and so is a day that is the same person's birth date: 住民となった日 may be it. All zeros and
nines of numbers are NUM-010's, those of dates the source's definition. Source: rule catalogue NUL-004.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> items = [bound(name, meaning, date_form=DateForm("ISO"))
...          for name, meaning in (("届出日", "person.report_date"), ("生年月日", "person.birth_date"))]
>>> reported, born = ["1900-01-01", "1975-05-01", "1900-01-01"], ["1975-05-01", "1900-01-01", "1900-01-01"]
>>> try_find(find, {"届出日": reported, "生年月日": born}, *items)
[('1900-01-01', 'date_origin', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import ISO_DATE, Finding, RuleContext
from rules.dates import block_readings

_ORIGINS = ("0001-01-01", "1601-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1901-01-01")


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Dates that are an origin of the calendar of some system, and not the person's birth."""
    dates = block_readings.dates_with_reason(block, ctx)
    births = [pl.col(ISO_DATE + i.name) for i in dates if i.meaning == "person.birth_date"]
    found = []
    for item in dates:
        if item.meaning != "person.birth_date":
            day = pl.col(ISO_DATE + item.name)
            origin = day.is_in(list(_ORIGINS))
            born = pl.any_horizontal([(day == b).fill_null(False) for b in births]) if births else pl.lit(False)
            found.append(Finding(item.name, origin & ~born, reason="date_origin"))
    return found
