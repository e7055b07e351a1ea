"""BNK-001 口座名義カナの文字集合：口座名義に、全銀の文字集合に無い文字（全角、小書き、ヲ、長音ー、漢字など）がある。

Issued by: 全国銀行協会 (R22). The candidate is the same name in account characters; a name with kanji has none.
Approved by the department: banks differ, and the holder's name is the bank's. Source: rule catalogue BNK-001.

>>> from rules.trial import bound, try_find
>>> names = ["キュウヨ　イチロー", "ｷﾕｳﾖ ｲﾁﾛ-", "山田　太郎"]
>>> try_find(find, {"名義": names}, bound("名義", "account.holder_kana"))
[('キュウヨ　イチロー', 'characters', 'ｷﾕｳﾖ ｲﾁﾛ-'), ('山田　太郎', 'characters', None)]
"""

from __future__ import annotations

import polars as pl

from rules.accounts.account_names import ALLOWED, account_name
from rules.contract import Finding, RuleContext


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Account names outside the set."""
    found = []
    for item in ctx.items_of("account.holder_kana"):
        name = pl.col(item.name)
        proposed = account_name(name)
        candidate = pl.when(proposed.str.contains(ALLOWED)).then(proposed).otherwise(None)
        outside = ~name.str.contains(ALLOWED)
        found.append(Finding(item.name, outside, candidate, "characters", within=outside))
    return found
