"""ORG-004 法人名の英字・記号：法人名の半角の英数字・記号を全角にする。

Issued by: 法務省「商号にローマ字等を用いることについて」 and the 法人番号 publication, which write names in full
width (＆ ’ ， － ． ・ and Roman letters may stand in a registered name). Width alone changes; what may not stand
in a name is found by MOJ rules. Source: rule catalogue ORG-004 (R4).

>>> from rules.trial import bound, try_clean
>>> try_clean(clean, {"名称": ["ABC株式会社", "A&B商店(株)", "山田商店"]}, bound("名称", "corporation.name"))
{'名称': ['ＡＢＣ株式会社', 'Ａ＆Ｂ商店（株）', '山田商店']}
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.characters.width import to_full_width, to_half_width
from rules.contract import Change, RuleContext

_NARROW = "[ -~]"


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """Names of corporations and facilities in full width."""
    return [
        Change(
            item.name,
            to_full_width(pl.col(item.name)),
            to_half_width(pl.col(item.name)),
            "to_full_width",
            within=pl.col(item.name).str.contains(_NARROW),
        )
        for item in ctx.items_of("corporation.name", "corporation.facility")
        if rows_where(block, item.name, _NARROW)
    ]
