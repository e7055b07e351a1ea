"""TEL-004 番兵値：0000000000 や 9999 のように、番号が無いことを数字で表した電話番号を空にする。

Issued by: domain knowledge (△): no number consists of one repeated 0 or 9. Short ones (0, 00) are left to TEL-002.
Source: rule catalogue TEL-004.

>>> from rules.trial import bound, try_clean
>>> try_clean(clean, {"電話": ["0000000000", "9999", "00-0000-0000", "０００００", "0120-000-000"]},
...           bound("電話", "person.phone"))
{'電話': [None, None, None, None, '0120-000-000']}
"""

from __future__ import annotations

import polars as pl

from rules.contract import Change, RuleContext

_SENTINEL = "^(?:[0０][-－‐ー ]*){4,}$|^(?:[9９][-－‐ー ]*){4,}$"


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """Nothing where only zeros or only nines stand."""
    return [
        Change(
            item.name,
            pl.lit(None, pl.String),
            reason="sentinel",
            within=pl.col(item.name).str.contains(_SENTINEL),
        )
        for item in ctx.items_of_kind("phone")
    ]
