"""NUM-007 前ゼロの保持: a code that has lost its leading zero in a system that took it for a number.

Issued by: 全国地方公共団体コード (six digits with check digit). A short code is not filled up by itself: 10006
with a zero before it may be another municipality. Only where the source's definition says which form it has
(parameter ``municipality_code_form: lost_zero`` or ``without_check_digit``) there is a candidate.

>>> from rules.trial import bound, try_find
>>> code = bound("住所_市区町村コード", "address.municipality_code")
>>> try_find(find, {"住所_市区町村コード": ["12025", "012025", None]}, code)
[('12025', 'short', None)]
>>> try_find(find, {"住所_市区町村コード": ["12025"]}, code, params={"municipality_code_form": "lost_zero"})
[('12025', 'short', '012025')]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.identifiers.check_digits import digits_of, municipality_digit
from rules.identifiers.municipality_check_digit import SUFFIX

_LENGTHS = {"postal_code": 6}


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Municipality codes of one to five digits, and postal codes of six."""
    found = []
    for item in ctx.items:
        value = pl.col(item.name)
        if item.meaning.endswith(SUFFIX):
            short = value.str.contains(r"\A[0-9]{1,5}\z")
            found.append(Finding(item.name, short, _candidate(item.name, ctx), "short"))
        elif item.kind in _LENGTHS:
            short = (value.str.len_bytes() == _LENGTHS[item.kind]) & value.str.contains(r"\A[0-9]+\z")
            found.append(Finding(item.name, short, reason="short"))
    return found


def _candidate(column: str, ctx: RuleContext) -> pl.Expr | None:
    form = ctx.params.get("municipality_code_form")
    value = pl.col(column)
    if form == "lost_zero":
        return value.str.zfill(6)
    if form == "without_check_digit":
        return value.str.zfill(5).map_batches(_with_check_digit, return_dtype=pl.String)
    return None


def _with_check_digit(values: pl.Series) -> pl.Series:
    checks = municipality_digit(digits_of(values, 5))
    return values + pl.Series(checks).cast(pl.String)
