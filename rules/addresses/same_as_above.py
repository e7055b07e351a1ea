"""ADR-024 住所「同上」：前の行を指す書き方で、それだけでは住所にならない。

Issued by: team knowledge (△): paper forms allow 同上 and 〃, which key entry copied. The row that was meant
is known to the register only; the record before it in a file may be anybody's, so there is no candidate. A
town whose name begins with 同 is not taken. Source: rule catalogue ADR-024.
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import distinct_where, rows_where
from rules.contract import Finding, RuleContext

_REFERS_BACK = "^[（(]?(?:同上|〃+|々|仝|同|同じ|同所|同番地|同居|上記に同じ|世帯主に同じ|本籍に同じ)[）)]?$"
_SIGN = "[同〃々仝]"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Addresses that only refer to another one."""
    findings = []
    for item in (i for i in ctx.items_of_kind("address") if rows_where(block, i.name, _SIGN)):
        values = distinct_where(block, item.name, pl.col(item.name).str.contains(_REFERS_BACK))
        if values:
            findings.append(Finding(item.name, pl.col(item.name).is_in(values), reason="refers_back"))
    return findings
