"""NAM-004 氏名未定：出生届の前などの「未定」は名ではなく状態として持つ。

Issued by: 住登外者宛名番号管理 項目定義書. The word stands where a name is missing; as a value it would be
printed, searched and matched as a name. The cell becomes empty, and the change row with this rule's id is the
state: it names the record and gives the word back when it is undone. Only a cell that holds nothing but the
word is taken; 「山田 未定」 keeps its family name and is not touched. Source: rule catalogue NAM-004 (R3).

>>> pl.DataFrame({"t": ["未定", "（氏名未定）", "末広　定", "山田　未定"]}).select(as_state(pl.col("t")))["t"].to_list()
[None, None, '末広　定', '山田　未定']
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.contract import Change, RuleContext
from rules.names.kana import kana_items

_WHOLE = "^[（(「]?[ \u3000]*(?:(?:氏名|名前|名)?[ \u3000]*未定|未命名|命名前)[ \u3000]*[）)」]?$"
_WHOLE_KANA = "^[（(]?(?:シメイ|ナマエ|ナ)?ミテイ[）)]?$"
UNDECIDED_PATTERN = "(?:^|[ \u3000（(])(?:氏名|名前|名)?(?:未定|未命名|命名前)[）)]?$"
"""A name of which all, or the given name, is not decided yet."""


def as_state(text: pl.Expr, pattern: str = _WHOLE) -> pl.Expr:
    """Null where the value is only the word."""
    return pl.when(text.str.contains(pattern)).then(None).otherwise(text).alias("t")


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """Names, given names and their kana."""
    items = [(item.name, _WHOLE) for item in ctx.items_of("person.name", "person.name.family", "person.name.given")]
    items += [(item.name, _WHOLE_KANA) for item in kana_items(ctx)]
    return [
        Change(name, as_state(pl.col(name), pattern).alias(name), reason="undecided")
        for name, pattern in items
        if rows_where(block, name, pattern)
    ]
