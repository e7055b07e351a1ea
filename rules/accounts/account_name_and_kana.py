"""BNK-007 名義と氏名カナの不一致：口座名義が、同じ人のフリガナと（大書き・空白除去の後も）一致しない。

Issued by: デジタル庁 公金受取口座の総点検 (R24): accounts of other people were registered. Compared in account
characters without blanks and long vowels, after あいまい検索 (清濁・拗促音の大小, オオ/オウ); the kana of the 通称
and 旧氏 may be the holder's too. Accounts of corporations are not compared. A person looks; nothing is changed.
Source: rule catalogue BNK-007.

>>> from rules.trial import bound, try_find
>>> items = bound("名義", "account.holder_kana"), bound("カナ", "person.kana")
>>> columns = {"名義": ["ﾔﾏﾀﾞ ﾊﾅｺ", "ｷﾕｳﾖ ｲﾁﾛ-", "ｶ)ｹｲﾖｳ"], "カナ": ["ヤマダ　タロウ", "キュウヨ　イチロー", "ケイヨウ"]}
>>> try_find(find, columns, *items)
[('ﾔﾏﾀﾞ ﾊﾅｺ', 'other_name', None)]
"""

from __future__ import annotations

import polars as pl

from rules.contract import Finding, RuleContext
from rules.duplicates.matching_keys import kana_key


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Account names that are nobody's kana in the record."""
    holder = ctx.one("account.holder_kana")
    own = ctx.items_of("person.kana", "person.registered_kana", "person.foreign_kana", "person.alias.kana")
    if holder is None or not own:
        return []
    said = _key(holder.name)
    differs = pl.all_horizontal((said != _key(item.name)).fill_null(True) for item in own)
    known = pl.any_horizontal(pl.col(item.name).is_not_null() for item in own)
    corporate = pl.col(holder.name).str.contains("[()（）]")
    mask = pl.col(holder.name).is_not_null() & known & differs & ~corporate
    return [Finding(holder.name, mask, reason="other_name", rows_about=tuple(item.name for item in own))]


def _key(column: str) -> pl.Expr:
    return kana_key(pl.col(column)).str.replace_all("\u3000", "")
