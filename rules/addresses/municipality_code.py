"""ADR-001 市区町村コード：6桁・検査数字・実在。

Issued by: 総務省 全国地方公共団体コード: five digits and a check digit. A code of five digits, or with a wrong check
digit over five digits of a municipality that exists, gets the right code as a candidate. Whether one still exists
is asked of the present address only (``municipality_history.csv``: where one municipality followed, it is the
candidate); former addresses, 本籍 and 転入前住所 keep codes that were abolished since. All zeros and all nines stand
for 国外 or 不明 outside the present address and are left. Source: rule catalogue ADR-001 (R3, R20).
"""

from __future__ import annotations

import re
from functools import cache

import polars as pl

from rules.addresses.municipalities import ended_municipalities, municipalities, with_check_digit
from rules.characters.occurrences import distinct_where
from rules.contract import Finding, RuleContext

_KNOWN_STATES = re.compile("0+|9+")


def fault_of(code: str, *, present: bool) -> str:
    """Why a code is wrong (``form``, ``check_digit``, ``no_municipality``), or empty.

    >>> fault_of("131016", present=True), fault_of("131017", present=True), fault_of("13101", present=True)
    ('', 'check_digit', 'form')
    """
    if code in municipalities() or (not present and _KNOWN_STATES.fullmatch(code)):
        return ""
    if not re.fullmatch("[0-9]{6}", code):
        return "form"
    if with_check_digit(code[:5]) != code:
        return "check_digit"
    return "no_municipality" if present else ""


def _successor(code: str) -> str | None:
    """The one municipality that followed an ended one; None where several did, or none is known."""
    ended = ended_municipalities().get(code)
    return ended.successors[0] if ended is not None and len(ended.successors) == 1 else None


@cache
def _by_five_digits() -> dict[str, str]:
    return {code[:5]: code for code in municipalities()}


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Municipality codes of wrong form, with a wrong check digit, or of no municipality."""
    findings = []
    for item in ctx.items:
        if not item.meaning.endswith(".municipality_code"):
            continue
        present = item.meaning == "address.municipality_code"
        column = pl.col(item.name)
        codes = distinct_where(block, item.name, column != "")
        faults = {code: fault for code in codes if (fault := fault_of(code, present=present))}
        for reason in ("form", "check_digit", "no_municipality"):
            wrong = [code for code, fault in faults.items() if fault == reason]
            if not wrong:
                continue
            right = {
                code: _successor(code) if reason == "no_municipality" else _by_five_digits().get(code[:5])
                for code in wrong
            }
            candidate = None
            if any(right.values()):
                candidate = column.replace_strict(right, default=None, return_dtype=pl.String)
            findings.append(Finding(item.name, column.is_in(wrong), candidate, reason))
    return findings
