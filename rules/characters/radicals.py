"""MOJ-026 非統合漢字の誤り：部首の符号（⾼ U+2FBC）が漢字（高 U+9AD8）の代わりに入っている。

Issued by: Unicode: the blocks 康熙部首 (U+2F00–2FD5) and CJK部首補助 (U+2E80–2EF3) are signs for
dictionaries, not letters of a name; they come in by copy and paste from documents. The candidate is the
ideograph that Unicode gives for the sign; signs without one, and 互換漢字 (which are forms of their own,
MOJ-013), are left out of the candidate. Source: rule catalogue MOJ-026; UnicodeData.txt, compatibility
decompositions of these two blocks only.

>>> pl.DataFrame({"t": ["⾼⽥"]}).select(to_ideographs(pl.col("t")))["t"].to_list()
['高田']
"""

from __future__ import annotations

import polars as pl
import unicodedata2

from rules.characters.occurrences import RADICAL_PATTERN, rows_where
from rules.contract import Finding, RuleContext

_IDEOGRAPH = {
    chr(code): chr(int(unicodedata2.decomposition(chr(code)).split()[1], 16))
    for block in (range(0x2E80, 0x2EF4), range(0x2F00, 0x2FD6))
    for code in block
    if unicodedata2.decomposition(chr(code))
}


def to_ideographs(text: pl.Expr) -> pl.Expr:
    """Radical signs replaced by their ideographs."""
    return text.str.replace_many(list(_IDEOGRAPH), list(_IDEOGRAPH.values()))


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Values that hold a radical sign; no candidate where a sign has no ideograph."""
    findings = []
    for item in ctx.items_of_kind("name", "address", "text"):
        if not rows_where(block, item.name, RADICAL_PATTERN):
            continue
        proposed = to_ideographs(pl.col(item.name))
        candidate = pl.when(proposed.str.contains(RADICAL_PATTERN)).then(None).otherwise(proposed)
        findings.append(Finding(item.name, pl.col(item.name).str.contains(RADICAL_PATTERN), candidate, "radical_sign"))
    return findings
