"""ADR-020 郵便番号形式：7桁にならないもの。

The open part of ``postal_code_form``: three or five digits are a code of before 1998 (``old_code``), which
names several of today's; everything else is a form no code has.
"""

from __future__ import annotations

import re

import polars as pl

from rules.addresses.postal_code_form import seven_digits
from rules.characters.occurrences import distinct_where
from rules.contract import Finding, RuleContext

_OLD = re.compile("[0-9０-９]{3}(?:[-－ー]?[0-9０-９]{2})?")


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Postal codes that are not seven digits and cannot be made so by form alone."""
    findings = []
    for item in ctx.items_of_kind("postal_code"):
        code = pl.col(item.name)
        still_open = distinct_where(block, item.name, (code != "") & ~seven_digits(code).str.contains("^[0-9]{7}$"))
        for reason, values in (("old_code", [v for v in still_open if _OLD.fullmatch(v)]),
                               ("form", [v for v in still_open if not _OLD.fullmatch(v)])):
            if values:
                findings.append(Finding(item.name, code.is_in(values), reason=reason))
    return findings
