"""DAT-023 年度: a year that is none, or an accounting year that does not hold the day of the assessment.

Issued by: 地方自治法208条 (会計年度 is 1 April to 31 March). A year is four digits, or an era with its year (R05,
令和5). Years before 1950 and more than one year ahead are asked about. The accounting year of a day in January to
March is the year before: where the record says the calendar year, that year is the candidate. 課税年度 and 相当年度
may rightly differ from it, so they are never compared with a day. Source: rule catalogue DAT-023.

>>> from rules.contract import DateForm
>>> from rules.trial import bound, try_find
>>> year = bound("年度", "levy.accounting_year")
>>> day = bound("調定日", "levy.assessed_date", date_form=DateForm("ISO"))
>>> years = ["2023", "2022", "R04", "令和５", "23", "2031"]
>>> days = ["2023-02-10", "2023-02-10", "2023-02-10", "2023-06-10", None, None]
>>> try_find(find, {"年度": years, "調定日": days}, year, day)
[('2023', 'calendar_year', '2022'), ('23', 'form', None), ('2031', 'range', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import ISO_DATE, Finding, RuleContext
from rules.dates import block_readings, reading

_ERAS = {"M": 1867, "T": 1911, "S": 1925, "H": 1988, "R": 2018, "明治": 1867, "大正": 1911, "昭和": 1925,
         "平成": 1988, "令和": 2018}
_FULL, _HALF = list("０１２３４５６７８９ＭＴＳＨＲ"), list("0123456789MTSHR")
_ERA_YEAR = r"\A(明治|大正|昭和|平成|令和|[MTSHR])([0-9]{1,2}|元)(?:年度?)?\z"
_WESTERN = r"\A([0-9]{4})(?:年度?)?\z"
_FIRST = 1950


def year_number(column: str) -> pl.Expr:
    """The Gregorian number of a year item (Int64), null where its text is none."""
    text = pl.col(column).str.replace_many(_FULL, _HALF)
    era = text.str.extract(_ERA_YEAR, 1).replace_strict(_ERAS, default=None, return_dtype=pl.Int64)
    count = text.str.extract(_ERA_YEAR, 2).str.replace("元", "1").cast(pl.Int64, strict=False)
    return pl.coalesce(text.str.extract(_WESTERN, 1).cast(pl.Int64, strict=False), era + count)


def fiscal_year_of(iso: pl.Expr) -> pl.Expr:
    """The year (Int64) that begins on the 1 April before or on a day (ISO text).

    >>> pl.DataFrame({"d": ["2023-03-31", "2023-04-01"]}).select(fiscal_year_of(pl.col("d")))["d"].to_list()
    [2022, 2023]
    """
    year = iso.str.slice(0, 4).cast(pl.Int64, strict=False)
    return year - (iso.str.slice(5, 2) < "04").cast(pl.Int64)


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Years by form, by range and, for the accounting year, against the day of the assessment."""
    found = []
    latest = ctx.as_of.year + 1
    days = [i for i in block_readings.dates_with_reason(block, ctx) if i.meaning == "levy.assessed_date"]
    for item in ctx.items_of_kind("year"):
        number = year_number(item.name)
        found.append(Finding(item.name, pl.col(item.name).is_not_null() & number.is_null(), reason="form"))
        found.append(Finding(item.name, ~number.is_between(_FIRST, latest), reason="range"))
        if item.meaning != "levy.accounting_year":
            continue
        for day in days:
            iso = pl.col(ISO_DATE + day.name)
            calendar = (number == iso.str.slice(0, 4).cast(pl.Int64, strict=False)) & (number != fiscal_year_of(iso))
            found.append(
                Finding(
                    item.name,
                    calendar & block_readings.has_reason(day, *reading.LEGAL),
                    fiscal_year_of(iso).cast(pl.String),
                    "calendar_year",
                    rows_about=(day.name,),
                )
            )
    return found
