"""IDN-011 在留カード番号: two letters, eight digits, two letters.

Issued by: 出入国在留管理庁 (在留カード and 特別永住者証明書 bear the same form); 総務省
住民記録システム標準仕様書. Whether somebody must have one is a question to the register, not to the number.

>>> from rules.trial import bound, try_find
>>> card = bound("在留カード等番号", "person.residence_card")
>>> try_find(find, {"在留カード等番号": ["AB12345678CD", "AB1234567C", "ab12345678cd", None]}, card)
[('AB1234567C', 'format', None), ('ab12345678cd', 'format', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext

_CARD = r"\A[A-Z]{2}[0-9]{8}[A-Z]{2}\z"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Numbers of another form."""
    return [
        Finding(item.name, ~pl.col(item.name).str.contains(_CARD), reason="format")
        for item in ctx.items_of("person.residence_card")
    ]
