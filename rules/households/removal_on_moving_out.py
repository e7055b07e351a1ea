"""HSE-014 転出の消除日：転出予定日と、転入通知の転入日の、いずれか早い日。

Issued by: 住民記録システム標準仕様書 (転出 is removed on the earlier of the two). Asked of the latest state of a 除票
whose reason is 転出, on full dates; without a 転入通知 the planned day alone counts. The candidate is the earlier day;
the item is certified, so it leaves as a request. Source: rule catalogue HSE-014 (R1).

>>> from rules.trial import bound, try_find
>>> rows = {"消除": ["2026-02-10", "2026-02-08", "2026-02-10"], "予定": ["2026-02-10"] * 3,
...         "通知": ["2026-02-08", "2026-02-08", None], "事由": ["21"] * 3}
>>> try_find(find, rows, bound("消除", "person.removed_date"), bound("予定", "person.moved_out_planned_date"),
...          bound("通知", "person.moved_in_notice_date"), bound("事由", "person.removed_reason"))
[('2026-02-10', 'later_than_due', '2026-02-08')]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext

_FULL = "^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$"
_MOVED_OUT = ("21", "22")


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Removals on another day than the earlier of the planned and the notified one."""
    removed, planned, notified, why = (
        ctx.one(f"person.{m}")
        for m in ("removed_date", "moved_out_planned_date", "moved_in_notice_date", "removed_reason")
    )
    if removed is None or planned is None or why is None:
        return []
    dates = [i for i in (planned, notified) if i is not None]
    due = pl.min_horizontal(pl.when(pl.col(i.name).str.contains(_FULL)).then(pl.col(i.name)) for i in dates)
    mask = pl.col(removed.name).str.contains(_FULL) & pl.col(why.name).is_in(_MOVED_OUT) & (pl.col(removed.name) != due)
    reason = pl.col(removed.name) > due
    rows_about = tuple(i.name for i in (*dates, why))
    return [
        Finding(removed.name, mask & reason, candidate=due, reason="later_than_due", rows_about=rows_about),
        Finding(removed.name, mask & ~reason, candidate=due, reason="earlier_than_due", rows_about=rows_about),
    ]
