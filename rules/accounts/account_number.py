"""BNK-004 口座番号：7桁に満たない口座番号の前ゼロを補う。

Issued by: 全銀フォーマット (口座番号 7桁、右詰め前ゼロ). Only digits are filled up; one zero or nothing but zeros
is no number (NUM-010), and numbers of ゆうちょ銀行 (bank 9900 with 記号・番号) are BNK-005's. What is longer or no
number is asked about (``account_number_left``). Source: rule catalogue BNK-004 (△).

>>> from rules.trial import bound, try_clean
>>> try_clean(clean, {"番号": ["12345", "1234567", "0", "12A"]}, bound("番号", "account.number"))
{'番号': ['0012345', '1234567', '0', '12A']}
"""

from __future__ import annotations

import polars as pl

from rules.contract import Change, RuleContext

_SHORT = r"\A[0-9]*[1-9][0-9]*\z"
LENGTH = 7


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """Account numbers filled up to seven digits."""
    return [
        Change(
            item.name,
            pl.col(item.name).str.zfill(LENGTH),
            reason="leading_zeros",
            within=(pl.col(item.name).str.len_bytes() < LENGTH) & pl.col(item.name).str.contains(_SHORT),
        )
        for item in ctx.items_of("account.number")
    ]
