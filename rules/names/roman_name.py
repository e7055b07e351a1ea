"""NAM-005 外国人ローマ字氏名：全角大文字、要素の間は全角空白一つ。

Issued by: 出入国在留管理庁 (the 在留カード shows the name in capitals); 住登外者宛名番号管理 項目定義書
「ＺＨＡＮＧ　ＹＵＬＩ」. Width and blanks are form. Capitals are not: on a certified item the case stays and is asked
about (``roman_name_left``), elsewhere it is raised here. Letters with accents have no full-width form and stay.
Source: rule catalogue NAM-005 (R3, R29).

>>> frame = pl.DataFrame({"t": ["Zhang Yuli", "ＬＥＥ  MINHO"]})
>>> frame.select(full_width_name(pl.col("t")))["t"].to_list()
['Ｚｈａｎｇ　Ｙｕｌｉ', 'ＬＥＥ　ＭＩＮＨＯ']
>>> frame.select(capitals(full_width_name(pl.col("t"))))["t"].to_list()
['ＺＨＡＮＧ　ＹＵＬＩ', 'ＬＥＥ　ＭＩＮＨＯ']
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.characters.width import to_full_width
from rules.contract import Change, RuleContext
from rules.names.separator_blanks import one_blank

_LOWER = {chr(code): chr(code - 0x20) for code in (*range(0x61, 0x7B), *range(0xFF41, 0xFF5B))}
LOWER_PATTERN = "[a-zａ-ｚ]"
_FORM_PATTERN = "[!-~ ]|\u3000\u3000|^\u3000|\u3000$"


def full_width_name(text: pl.Expr) -> pl.Expr:
    """Full-width letters, one full-width blank between the parts; the case stays."""
    return one_blank(to_full_width(text))


def capitals(text: pl.Expr) -> pl.Expr:
    """The 26 letters in capitals, in the width they have."""
    return text.str.replace_many(list(_LOWER), list(_LOWER.values()))


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """Roman names: width and blanks; case too where the item is not certified."""
    changes = []
    for item in ctx.items_of_kind("roman"):
        value = full_width_name(pl.col(item.name))
        if not item.certified:
            value = capitals(value)
        if rows_where(block, item.name, _FORM_PATTERN if item.certified else f"{_FORM_PATTERN}|{LOWER_PATTERN}"):
            changes.append(Change(item.name, value, reason="roman_form"))
    return changes
