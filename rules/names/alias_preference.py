"""NAM-009 通称区分：氏名優先区分が通称を優先としているのに、通称が無い。

Issued by: 住民記録システム標準仕様書 (通称 and 氏名優先区分 of foreign residents). The values of 氏名優先区分 are
not public: a value counts as 「通称を優先」 when at least 95 in 100 of the records of a block that hold it have a
通称, and twenty do; the rest of them are asked about. Source: rule catalogue NAM-009 (R1).

>>> from rules.trial import bound, try_find
>>> items = bound("優先区分", "person.name.priority"), bound("通称", "person.alias")
>>> columns = {"優先区分": ["2"] * 41 + ["1", "2"], "通称": ["木村　花子"] * 41 + [None, None]}
>>> try_find(find, columns, *items)
[('2', 'no_alias', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext

_SHARE, _ASKED = 0.95, 20


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Records that prefer a 通称 they do not have."""
    priority, alias = ctx.one("person.name.priority"), ctx.one("person.alias")
    if priority is None or alias is None:
        return []
    counts = block.group_by(pl.col(priority.name).alias("code")).agg(
        size=pl.len(), named=pl.col(alias.name).is_not_null().sum()
    )
    preferring = counts.filter(
        pl.col("code").is_not_null() & (pl.col("named") >= _ASKED) & (pl.col("named") >= pl.col("size") * _SHARE)
    )["code"]
    mask = pl.col(priority.name).is_in(sorted(preferring.to_list())) & pl.col(alias.name).is_null()
    return [Finding(priority.name, mask, reason="no_alias", rows_about=(alias.name,))]
