"""ADR-020 郵便番号形式：7桁にならないもの。

The open part of ``postal_code_form``: three or five digits are a code of before 1998 (``old_code``), which
names several of today's; everything else is a form no code has.
"""

from __future__ import annotations

import polars as pl

from rules.addresses.postal_code_form import seven_digits
from rules.contract import Finding, RuleContext


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Postal codes that are not seven digits and cannot be made so by form alone."""
    findings = []
    for item in ctx.items_of_kind("postal_code"):
        code = pl.col(item.name)
        open_form = code.is_not_null() & (code != "") & ~seven_digits(code).str.contains("^[0-9]{7}$")
        old = code.str.contains("^[0-9０-９]{3}(?:[-－ー]?[0-9０-９]{2})?$")
        findings.append(Finding(item.name, open_form & old, reason="old_code"))
        findings.append(Finding(item.name, open_form & ~old, reason="form"))
    return findings
