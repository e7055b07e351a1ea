"""ORG-001 組織種別の略記：㈱ （株） 株) などの略記を、登記のとおりの名称（株式会社）で候補にする。

Issued by: 住民記録システム標準仕様書 (searching by (株) and (有) is 実装しない機能) and GIF 434 法人: the
registered name holds the form in full. The form stays where it stands (ORG-002); a name that holds two forms once
spelled out gets no candidate. Approved by the department, never applied by itself: the 国税庁 法人番号公表名
decides. Source: rule catalogue ORG-001 (R1, R4).

>>> from rules.trial import bound, try_find
>>> name = bound("名称", "corporation.name")
>>> try_find(find, {"名称": ["㈱山田商店", "山田商店(株)", "株式会社山田商店", "株山田"]}, name)
[('㈱山田商店', 'abbreviation', '株式会社山田商店'), ('山田商店(株)', 'abbreviation', '山田商店株式会社')]
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.contract import Finding, RuleContext
from rules.corporations.legal_forms import ABBREVIATION_PATTERN, FORM_PATTERN, spelled_out


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Names of corporations, and names of persons that are one, with a shortened form."""
    found = []
    for item in ctx.items_of("corporation.name", "person.name"):
        if rows_where(block, item.name, ABBREVIATION_PATTERN):
            name = pl.col(item.name)
            whole = spelled_out(name)
            one_form = whole.str.count_matches(FORM_PATTERN) == 1
            candidate = pl.when(one_form).then(whole).otherwise(None)
            found.append(Finding(item.name, name.str.contains(ABBREVIATION_PATTERN), candidate, "abbreviation"))
    return found
