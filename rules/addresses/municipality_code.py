"""ADR-001 市区町村コード：6桁・検査数字・実在。

Issued by: 総務省 全国地方公共団体コード: five digits and a check digit. A code of five digits, or with a
wrong check digit over five digits of a municipality that exists, gets the right code as a candidate. Whether
a municipality still exists is asked of the present address only: former addresses, 本籍 and 転入前住所 keep
codes that were abolished since. All zeros and all nines stand for 国外 or 不明 outside the present address
and are left. Source: rule catalogue ADR-001 (R3, R20).
"""

from __future__ import annotations

import polars as pl

from rules.addresses.municipalities import municipalities, with_check_digit
from rules.contract import Finding, RuleContext

_WEIGHTS = (6, 5, 4, 3, 2)


def _check_digit_fits(code: pl.Expr) -> pl.Expr:
    digits = [code.str.slice(at, 1).cast(pl.Int32, strict=False) for at in range(6)]
    total = pl.sum_horizontal(digit * weight for digit, weight in zip(digits, _WEIGHTS, strict=False))
    return (11 - total % 11) % 10 == digits[5]


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Municipality codes of wrong form, with a wrong check digit, or of no municipality."""
    by_five = {code[:5]: code for code in municipalities()}
    prefectures = {f"{number:02d}000" for number in range(1, 48)}
    by_five |= {five: with_check_digit(five) for five in prefectures}
    known = sorted(municipalities())
    findings = []
    for item in ctx.items:
        if not item.meaning.endswith(".municipality_code"):
            continue
        code = pl.col(item.name)
        present = item.meaning == "address.municipality_code"
        asked = code.is_not_null() & (code != "")
        if not present:
            asked &= ~code.str.contains("^(?:0+|9+)$")
        six_digits = code.str.contains("^[0-9]{6}$")
        candidate = code.str.extract("^([0-9]{5})[0-9]?$").replace_strict(by_five, default=None)
        fits = pl.when(six_digits).then(_check_digit_fits(code)).otherwise(False)
        findings.append(Finding(item.name, asked & ~six_digits, candidate, "form"))
        findings.append(Finding(item.name, asked & six_digits & ~fits, candidate, "check_digit"))
        if present:
            findings.append(Finding(item.name, asked & fits & ~code.is_in(known), reason="no_municipality"))
    return findings
