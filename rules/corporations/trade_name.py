"""ORG-007 個人事業主の屋号：法人とされているのに法人の種類も法人番号も無い、または個人とされているのにどちらかがある。

Issued by: domain knowledge (△): a 屋号 is no corporation, and no person has a 法人番号. Nothing is changed; which
of the two is right stands in the file of the case. Source: rule catalogue ORG-007.

>>> from rules.trial import bound, try_find
>>> meanings = {"区分": "corporation.kind", "名称": "corporation.name", "番号": "person.corporate_number"}
>>> items = [bound(name, meaning) for name, meaning in meanings.items()]
>>> columns = {"区分": ["2", "2", "1", "1"], "名称": ["山田商店", "株式会社山田商店", "株式会社山田商店", "山田商店"],
...            "番号": [None, None, None, None]}
>>> try_find(find, columns, *items)
[('2', 'no_corporation', None), ('1', 'corporation', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.corporations.legal_forms import FORM_PATTERN, spelled_out

_PERSON, _CORPORATION = "1", "2"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """個人法人区分 that name and number contradict."""
    kind = ctx.one("corporation.kind")
    name = ctx.one("corporation.name") or ctx.one("person.name")
    if kind is None or name is None:
        return []
    number = ctx.one("person.corporate_number")
    numbered = pl.col(number.name).is_not_null() if number is not None else pl.lit(False)
    formed = spelled_out(pl.col(name.name)).str.contains(FORM_PATTERN)
    corporate = formed.fill_null(False) | numbered
    about = (name.name, *((number.name,) if number is not None else ()))
    said = pl.col(kind.name)
    unformed = pl.col(name.name).is_not_null() & ~corporate
    return [
        Finding(kind.name, (said == _CORPORATION) & unformed, reason="no_corporation", rows_about=about),
        Finding(kind.name, (said == _PERSON) & corporate, reason="corporation", rows_about=about),
    ]
