"""IDN-003 全国地方公共団体コード: six digits of which the last is a check digit.

Issued by: 総務省 (全国地方公共団体コード仕様). Whether the municipality existed is ADR-001's question; a code
without its leading zero is NUM-007's.

>>> from rules.trial import bound, try_find
>>> code = bound("住所_市区町村コード", "address.municipality_code")
>>> try_find(find, {"住所_市区町村コード": ["131016", "131017", "261009", "12025", None]}, code)
[('131017', 'check_digit', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.identifiers.check_digits import disagrees, municipality_digit

SUFFIX = "municipality_code"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Six digits with a wrong check digit."""
    return [
        Finding(
            item.name,
            disagrees(item.name, 6, municipality_digit),
            reason="check_digit",
        )
        for item in ctx.items
        if item.meaning.endswith(SUFFIX)
    ]
