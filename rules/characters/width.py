"""MOJ-018 全角と半角：型 N は全角、型 X は半角で持つ。

Issued by: デジタル庁 基本データリスト・住登外者宛名番号管理 項目定義書 (X=半角, N=全角; 「１番６号」,
「ＺＨＡＮＧ ＹＵＬＩ」). The item's type alone decides, never the look of the value: digits of a 番地号 (N)
become full width and are never made half width; nothing but the width changes, no 番 or 号 is added. A source
item without a type is left alone, and so are kana, roman names and postal codes, which have rules of their
own (NAM-011, NAM-005, ADR-020).

>>> frame = pl.DataFrame({"t": ["1-6", "ｶﾞ-ﾃﾞﾝ101", "神田"]})
>>> frame.select(to_full_width(pl.col("t")))["t"].to_list()
['１－６', 'ガ－デン１０１', '神田']
>>> pl.DataFrame({"t": ["１０１Ａ", "神田"]}).select(to_half_width(pl.col("t")))["t"].to_list()
['101A', '神田']
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from char_mapping.text import KANA, SEMI_VOICED, VOICED, WIDE
from rules.characters.occurrences import rows_where
from rules.contract import BoundItem, Change, RuleContext

# A half-width letter may be followed by its mark in any of three encodings. Pairs come first: with leftmost matching
# the earlier pattern wins where two begin at the same place.
_PAIRS = {
    half + mark: full
    for letters, marks in ((VOICED, "ﾞ゛\u3099"), (SEMI_VOICED, "ﾟ゜\u309a"))
    for mark in marks
    for half, full in letters.items()
}
_WIDEN = _PAIRS | dict(KANA) | dict(WIDE)
# The first mark of each is the half-width one, which alone is written back.
_NARROW = {full: half for half, full in reversed(_WIDEN.items())}
_NARROW_ASCII = {full: half for half, full in WIDE.items()}

HALF_KANA_PATTERN = "[｡-ﾟ]"
_HALF_PATTERN = "[ -~¢£¬‾¦¥｡-ﾟ]"
_FULL_PATTERN = "[！-～\u3000￠￡￢￣￤￥]"
_OWN_RULE = frozenset({"kana", "roman", "postal_code", "date", "time"})


def to_full_width(text: pl.Expr) -> pl.Expr:
    """Every half-width letter, digit, mark, blank and kana to full width; a kana with its voiced mark becomes one."""
    return text.str.replace_many(list(_WIDEN), list(_WIDEN.values()), leftmost=True)


def to_half_width(text: pl.Expr) -> pl.Expr:
    """Full-width letters, digits, signs and blanks to half width; kana and kanji stay."""
    return text.str.replace_many(list(_NARROW_ASCII), list(_NARROW_ASCII.values()))


def back_to_half_width(text: pl.Expr) -> pl.Expr:
    """The inverse of :func:`to_full_width` for a value that was half width throughout."""
    return text.str.replace_many(list(_NARROW), list(_NARROW.values()))


def is_out_of_width(item: BoundItem) -> Callable[[pl.Expr], pl.Expr] | None:
    """What tells the values of an item that do not have the width of its type; None where no width is asked of it."""
    pattern = {"N": _HALF_PATTERN, "X": _FULL_PATTERN}.get(item.type)
    if pattern is None or item.kind in _OWN_RULE:
        return None
    return lambda text: text.str.contains(pattern)


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """Width by type, for every typed item without a width rule of its own."""
    changes = []
    for item in ctx.items:
        column = pl.col(item.name)
        if item.kind in _OWN_RULE:
            continue
        if item.type == "N" and rows_where(block, item.name, _HALF_PATTERN):
            changes.append(Change(item.name, to_full_width(column), back_to_half_width(column), "to_full_width"))
        elif item.type == "X" and rows_where(block, item.name, _FULL_PATTERN):
            changes.append(Change(item.name, to_half_width(column), to_full_width(column), "to_half_width"))
    return changes
