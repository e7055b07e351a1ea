"""HSE-007 5世代以上：「の」でつないだ続柄が5語以上なら縁故者とする。

Issued by: 住民記録システム標準仕様書 (続柄 up to four words joined by の; more is 縁故者). Source: rule catalogue
HSE-007 (R1).

>>> from rules.trial import bound, try_find
>>> text = {"続柄": ["子の子の子の子の子", "子の子の子の妻", None]}
>>> try_find(find, text, bound("続柄", "person.relationship_text"))
[('子の子の子の子の子', 'too_deep', '縁故者')]
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import distinct_where
from rules.contract import Finding, RuleContext
from rules.households.relationships import bare, is_too_deep


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """続柄 of five words or more."""
    findings = []
    for item in ctx.items_of("person.relationship_text"):
        deep = distinct_where(block, item.name, is_too_deep(bare(pl.col(item.name))))
        findings.append(Finding(
            item.name, pl.col(item.name).is_in(deep), candidate=pl.lit("縁故者"), reason="too_deep"))
    return findings
