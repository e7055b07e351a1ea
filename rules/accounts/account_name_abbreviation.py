"""BNK-002 法人略語：口座名義の「カブシキガイシヤ」などを、位置に合わせた略語 ｶ) (ｶ (ｶ) で候補にする。

Issued by: 全国銀行協会 法人略語 (R22): 前 ｶ) 後 (ｶ 中 (ｶ). The form keeps its place. Source: rule catalogue BNK-002.

>>> from rules.trial import bound, try_find
>>> names = ["カブシキガイシヤケイヨウ", "ｹｲﾖｳ ﾕｳｹﾞﾝｶﾞｲｼﾔ", "ｶ)ｹｲﾖｳ", "ｲｼﾔﾏ ﾀﾛｳ"]
>>> try_find(find, {"名義": names}, bound("名義", "account.holder_kana"))
[('カブシキガイシヤケイヨウ', 'form', 'ｶ)ｹｲﾖｳ'), ('ｹｲﾖｳ ﾕｳｹﾞﾝｶﾞｲｼﾔ', 'form', 'ｹｲﾖｳ(ﾕ')]
"""

from __future__ import annotations

import polars as pl

from rules.accounts.account_names import FORM_PATTERN, account_name, with_abbreviation
from rules.contract import Finding, RuleContext


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Account names with a legal form in full."""
    return [
        Finding(
            item.name,
            account_name(pl.col(item.name)).str.contains(FORM_PATTERN),
            with_abbreviation(account_name(pl.col(item.name))),
            "form",
        )
        for item in ctx.items_of("account.holder_kana")
    ]
