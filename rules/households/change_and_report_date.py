"""HSE-013 異動日と届出日：転入・転居・出生などは異動日 ≤ 届出日。転出は先に届け出てよいが、14日を過ぎた届出は職権。

Issued by: 住民基本台帳法 22条 23条 24条 (転入 and 転居 are reported within 14 days after, 転出 beforehand) and
住民記録システム標準仕様書 (転出 reported more than 14 days after the day is entered 職権で). Compared on days of the
calendar. Changes made 職権 have no report to compare. Source: rule catalogue HSE-013 (R1 △).

>>> from rules.trial import bound, try_find
>>> rows = {"異動日": ["2026-02-10", "2026-02-10", "2026-02-01", "2026-02-10"],
...         "届出日": ["2026-02-09", "2026-02-09", "2026-02-16", "2026-02-10"], "事由": ["01", "21", "21", "41"]}
>>> try_find(find, rows, bound("異動日", "person.change_date"), bound("届出日", "person.report_date"),
...          bound("事由", "person.change_reason"))
[('2026-02-09', 'reported_before', None), ('2026-02-16', 'reported_late', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext

MOVED_OUT = ("21", "22")
REPORTED = ("01", "02", "03", "23", "41", "50", "51", "52", "53")
"""異動事由 in the standard's codes: 転入, 出生, 死亡, 転居 and changes of a household are reported after the day."""
DAYS = 14
_FULL = "^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$"


def _day(iso: pl.Expr) -> pl.Expr:
    return pl.when(iso.str.contains(_FULL)).then(iso).str.to_date("%Y-%m-%d", strict=False)


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Reports made before what they report, and reports of 転出 made too late."""
    change, report, why = (ctx.one(f"person.{m}") for m in ("change_date", "report_date", "change_reason"))
    if change is None or report is None or why is None:
        return []
    happened, reported, reason = (pl.col(i.name) for i in (change, report, why))
    days = (_day(reported) - _day(happened)).dt.total_days()
    before = (days < 0).fill_null(False) & reason.is_in(REPORTED)
    late = (days > DAYS).fill_null(False) & reason.is_in(MOVED_OUT)
    about = (change.name, why.name)
    return [
        Finding(report.name, before, reason="reported_before", evidence=f"「{change.name}」より前の届出",
                rows_about=about, within=reported < happened),
        Finding(report.name, late, reason="reported_late", evidence=f"転出から{DAYS}日を過ぎた届出（職権で記載する）",
                rows_about=about, within=(reported > happened) & reason.is_in(MOVED_OUT)),
    ]
