"""NAM-002 区切り空白：氏名の区切りは全角空白一つ。

Issued by: 住登外者宛名番号管理 項目定義書. Half-width blanks, several blanks and blanks at the ends become one
full-width blank between the parts and none at the ends: form alone, so certified items take part.
Source: rule catalogue NAM-002 (R3).

>>> pl.DataFrame({"t": ["山田  太郎", "　ヤマダ 　タロウ "]}).select(one_blank(pl.col("t")))["t"].to_list()
['山田　太郎', 'ヤマダ　タロウ']
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.contract import Change, RuleContext
from rules.names.kana import kana_items

_OTHER_BLANK = "[ \u00a0\t]"


def one_blank(text: pl.Expr) -> pl.Expr:
    """Runs of blanks become one full-width blank; blanks at both ends go."""
    return text.str.replace_all("[ \u00a0\t\u3000]+", "\u3000").str.strip_chars("\u3000")


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """Names and kana of persons."""
    return [
        Change(item.name, one_blank(pl.col(item.name)), reason="one_blank")
        for item in (*ctx.items_of_kind("name"), *kana_items(ctx))
        if rows_where(block, item.name, _OTHER_BLANK) or _has_needless_blanks(block, item.name)
    ]


def _has_needless_blanks(block: pl.DataFrame, column: str) -> bool:
    """Whether a full-width blank stands beside another one or at an end anywhere."""
    text = pl.col(column).str
    found = text.contains("\u3000\u3000", literal=True) | text.starts_with("\u3000") | text.ends_with("\u3000")
    return rows_where(block, column, "[\u3000]") and bool(block.select(found.any()).item())
