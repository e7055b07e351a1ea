"""HSE-005 続柄の許容値：世帯主・夫・妻（未届を含む）・子・父母・兄弟姉妹、「の」で4世代まで、縁故者、同居人。

Issued by: 住民基本台帳事務処理要領. Where an older writing means one of today's (長男 → 子, 孫 → 子の子) that is the
candidate; 続柄 is certified, so it leaves as a request. Writings that may mean several are HSE-006's, chains of five
and more HSE-007's. Source: rule catalogue HSE-005 (R1).

>>> from rules.trial import bound, try_find
>>> text = {"続柄": ["孫", "子の妻", "妻（未届）", "宇宙人", "祖父", None]}
>>> try_find(find, text, bound("続柄", "person.relationship_text"))
[('孫', 'not_allowed', '子の子'), ('宇宙人', 'not_allowed', None)]
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import distinct_where
from rules.contract import Finding, RuleContext
from rules.households.relationships import bare, candidates, is_allowed, is_too_deep, possibilities


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """続柄 that is none of today's writings."""
    findings = []
    for item in ctx.items_of("person.relationship_text"):
        text = bare(pl.col(item.name))
        known = candidates()
        outside = ~is_allowed(text) & ~is_too_deep(text) & ~text.is_in(list(possibilities())) & (text != "")
        wrong = distinct_where(block, item.name, outside)
        findings.append(Finding(
            item.name, pl.col(item.name).is_in(wrong), reason="not_allowed",
            candidate=text.replace_strict(known, default=None, return_dtype=pl.String)))
    return findings
