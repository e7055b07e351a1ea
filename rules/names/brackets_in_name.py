"""NAM-008 通称・旧氏の混入：氏名欄に「山田（旧姓鈴木）花子」「通称：…」と別の氏名が書かれている。

Issued by: 住民記録システム標準仕様書: 通称 and 旧氏 are items of their own. The candidate is the name without
the bracket; what stands in the bracket goes to its own item by the steward. 「（未定）」 is NAM-004's, titles
are NAM-021's. Source: rule catalogue NAM-008 (R1).

>>> frame = pl.DataFrame({"n": ["山田（旧姓鈴木）花子", "山田　花子（通称：鈴木　花子）"]})
>>> frame.select(without_brackets(pl.col("n")))["n"].to_list()
['山田　花子', '山田　花子']
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.contract import Finding, RuleContext
from rules.names.name_undecided import UNDECIDED_PATTERN
from rules.names.separator_blanks import one_blank
from rules.names.titles_in_name import TITLE_PATTERN

_BRACKET = "[（(〔［\\[][^）)〕］\\]]*[）)〕］\\]]?"
_WORD = "通称|旧姓|旧氏|旧名|本名"
_SIGN = r"[（(〔［\x{5B}称旧名]"


def without_brackets(name: pl.Expr) -> pl.Expr:
    """The name with every bracket replaced by one blank."""
    return one_blank(name.str.replace_all(_BRACKET, "\u3000"))


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Names with a bracket or a word for another name."""
    findings = []
    for item in ctx.items_of("person.name", "person.name.family", "person.name.given"):
        name = pl.col(item.name)
        if not rows_where(block, item.name, f"{_BRACKET}|{_WORD}", _SIGN):
            continue
        mask = name.str.contains(f"{_BRACKET}|{_WORD}") & ~name.str.contains(UNDECIDED_PATTERN)
        mask &= ~name.str.contains(TITLE_PATTERN)
        bare = without_brackets(name)
        candidate = pl.when(name.str.contains(_BRACKET) & ~bare.str.contains(_WORD) & (bare != "")).then(bare)
        findings.append(Finding(item.name, mask, candidate.otherwise(None), "other_name"))
    return findings
