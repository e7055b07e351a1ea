"""TEL-001 電話番号の形式：番号計画にある番号を、半角数字とハイフンの形にそろえる。

Issued by: GIF 445 電話番号; the place of the hyphens is the plan's (市外局番・市内局番・加入者番号). Only a text
that is one valid number is written anew; anything else stays and is asked about (TEL-002, TEL-003). A foreign
number stays. Source: rule catalogue TEL-001 (R4).

>>> from rules.trial import bound, try_clean
>>> try_clean(clean, {"電話": ["０３（５２５３）５１１１", "0138211234", "5253-5111"]}, bound("電話", "person.phone"))
{'電話': ['03-5253-5111', '0138-21-1234', '5253-5111']}
"""

from __future__ import annotations

import polars as pl

from rules.contract import Change, RuleContext
from rules.telephones.numbering_plan import half_width, written_numbers


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """Every valid number with its hyphens."""
    return [
        Change(
            item.name,
            pl.coalesce(
                half_width(item.name).map_batches(written_numbers, return_dtype=pl.String), pl.col(item.name)
            ),
            reason="form",
            within=pl.col(item.name).is_not_null(),
        )
        for item in ctx.items_of_kind("phone")
    ]
