"""HSE-006 続柄の一意でない写像：祖父・甥・義父のように、いまの書き方が一つに定まらない続柄。

Issued by: 住民基本台帳事務処理要領. The possibilities are named; which of them it is, the household and the 戸籍 say.
Source: rule catalogue HSE-006 (R1), table ``relationships.csv``.

>>> from rules.trial import bound, try_find
>>> try_find(find, {"続柄": ["祖父", "父の父", "孫", None]}, bound("続柄", "person.relationship_text"))
[('祖父', 'ambiguous', None)]
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import distinct_where
from rules.contract import Finding, RuleContext
from rules.households.relationships import bare, possibilities


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """続柄 with several writings of today."""
    known = possibilities()
    findings = []
    for item in ctx.items_of("person.relationship_text"):
        text = bare(pl.col(item.name))
        found = distinct_where(block, item.name, text.is_in(list(known)))
        findings.append(Finding(
            item.name, pl.col(item.name).is_in(found), reason="ambiguous",
            evidence=pl.lit("考えられる続柄: ") + text.replace_strict(known, default="", return_dtype=pl.String)))
    return findings
