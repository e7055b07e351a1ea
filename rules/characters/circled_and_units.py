"""MOJ-017 丸数字・単位・省略記号：氏名に ① ㈱ ㍻ ㎡ Ⅲ № などがある。

Issued by: JIS X 0213 and CP932 hold them, the register's names do not. In addresses they are right (コーポⅢ)
and a matter of policy, so only names are asked. The candidate spells ㈱ ㈲ ㈹ out and Roman numerals in
letters; circled numbers are not turned into digits (that NFKC does so is one of its faults). Source: rule
catalogue MOJ-017.

>>> pl.DataFrame({"t": ["㈱山田", "Ⅲ世"]}).select(spelled_out(pl.col("t")))["t"].to_list()
['株式会社山田', 'ＩＩＩ世']
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.contract import Finding, RuleContext

_SPELLED = {
    "㈱": "株式会社", "㈲": "有限会社", "㈹": "代表", "№": "Ｎｏ", "㎡": "平方メートル", "㍾": "明治",
    "㍽": "大正", "㍼": "昭和", "㍻": "平成", "㋿": "令和",
    "Ⅰ": "Ｉ", "Ⅱ": "ＩＩ", "Ⅲ": "ＩＩＩ", "Ⅳ": "ＩＶ", "Ⅴ": "Ｖ", "Ⅵ": "ＶＩ",
}
_SIGNS = "[①-⑳㉑-㉟㊱-㊿❶-❿㈠-㉃㊀-㊰㋐-㋾㌀-㍗㍘-㏿Ⅰ-ⅿ№℡㋿]"


def spelled_out(text: pl.Expr) -> pl.Expr:
    """Signs with one agreed spelling, written out."""
    return text.str.replace_many(list(_SPELLED), list(_SPELLED.values()))


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Names that hold such a sign."""
    findings = []
    for item in ctx.items_of_kind("name"):
        if rows_where(block, item.name, _SIGNS):
            spelled = spelled_out(pl.col(item.name))
            candidate = pl.when(spelled.str.contains(_SIGNS)).then(None).otherwise(spelled)
            findings.append(Finding(item.name, pl.col(item.name).str.contains(_SIGNS), candidate, "sign"))
    return findings
