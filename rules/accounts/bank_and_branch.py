"""BNK-003 金融機関・支店の実在：金融機関コード4桁・店舗コード3桁の形と、取り込んだ一覧にあるか。

Issued by: 金融機関共同コード管理委員会 統一金融機関コード. The form is always asked; whether a bank and branch
exist only where the project has imported a list (master ``banks``: (bank, branch) → (bank, branch) it became, or
itself while it stands). Without it no bank is called wrong. The candidate of a merged branch is its successor; a
code that lost its leading zeros is filled up. Source: rule catalogue BNK-003 (△).

>>> from rules.trial import bound, try_find
>>> items = bound("銀行", "account.bank_code"), bound("店", "account.branch_code")
>>> columns = {"銀行": ["1", "0001", "0001", "0001", "0009"], "店": ["001", "12", "001", "999", "210"]}
>>> banks = {("0001", "001"): ("0001", "001"), ("0009", "210"): ("0009", "215")}
>>> for found in try_find(find, columns, *items, masters={"banks": banks}): print(found)
('1', 'form', '0001')
('12', 'form', '012')
('999', 'not_in_master', None)
('210', 'merged', '215')
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from rules.contract import Finding, RuleContext
from rules.identifiers.shapes import digits_only

_DIGITS = {"account.bank_code": 4, "account.branch_code": 3}


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Codes by form, and pairs of bank and branch by the imported list."""
    found = []
    for item in ctx.items_of(*_DIGITS):
        length = _DIGITS[item.meaning]
        value = pl.col(item.name)
        short = value.str.contains(rf"\A[0-9]{{1,{length - 1}}}\z")
        found.append(
            Finding(
                item.name,
                value.is_not_null() & ~digits_only(item.name, length),
                pl.when(short).then(value.str.zfill(length)).otherwise(None),
                "form",
            )
        )
    banks: Mapping[tuple[str, str], tuple[str, str]] = ctx.masters.get("banks", {})
    bank, branch = ctx.one("account.bank_code"), ctx.one("account.branch_code")
    if not banks or bank is None or branch is None:
        return found
    pair = pl.concat_str(pl.col(bank.name), pl.col(branch.name), separator="/")
    now = {"/".join(old): "/".join(new) for old, new in banks.items()}
    became = pair.replace_strict(now, default=None, return_dtype=pl.String)
    formed = digits_only(bank.name, 4) & digits_only(branch.name, 3)
    codes = {old.split("/")[0] for old in now}
    known_bank = pl.col(bank.name).is_in(sorted(codes))
    new_bank, new_branch = became.str.slice(0, 4), became.str.slice(5, 3)
    merged = formed & became.is_not_null()
    found += [
        Finding(bank.name, formed & ~known_bank, reason="not_in_master"),
        Finding(branch.name, formed & known_bank & became.is_null(), reason="not_in_master", rows_about=(bank.name,)),
        Finding(bank.name, merged & (new_bank != pl.col(bank.name)), new_bank, "merged"),
        Finding(branch.name, merged & (new_branch != pl.col(branch.name)), new_branch, "merged", None, (bank.name,)),
    ]
    return found
