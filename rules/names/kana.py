"""The letters of a フリガナ and the marks that belong to them; shared by the kana rules of this family."""

from __future__ import annotations

import polars as pl

from rules.contract import BoundItem, RuleContext

_BASES = "カキクケコサシスセソタチツテトハヒフヘホウワヰヱヲ" "かきくけこさしすせそたちつてとはひふへほう"
_VOICED = "ガギグゲゴザジズゼゾダヂヅデドバビブベボヴヷヸヹヺ" "がぎぐげござじずぜぞだぢづでどばびぶべぼゔ"
_SEMI_BASES, _SEMI_VOICED = "ハヒフヘホはひふへほ", "パピプペポぱぴぷぺぽ"
VOICED_MARKS = "\u3099゛ﾞ"
SEMI_VOICED_MARKS = "\u309a゜ﾟ"
_COMPOSED = {
    base + mark: whole
    for bases, wholes, marks in ((_BASES, _VOICED, VOICED_MARKS), (_SEMI_BASES, _SEMI_VOICED, SEMI_VOICED_MARKS))
    for base, whole in zip(bases, wholes, strict=True)
    for mark in marks
}

MARK_PATTERN = f"[{VOICED_MARKS}{SEMI_VOICED_MARKS}]"
BASE_PATTERN = f"[{_BASES}]"
"""Letters that :func:`compose_voiced` may join with the mark behind them."""

HIRAGANA_TO_KATAKANA = {chr(code): chr(code + 0x60) for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}


def compose_voiced(text: pl.Expr) -> pl.Expr:
    """A kana followed by a separate voiced or semi-voiced mark becomes one letter; nothing else changes.

    >>> pl.DataFrame({"t": ["ヤマタ゛", "ハ゜ク", "ウ゛ィ", "ア゛"]}).select(compose_voiced(pl.col("t")))["t"].to_list()
    ['ヤマダ', 'パク', 'ヴィ', 'ア゛']
    """
    return text.str.replace_many(list(_COMPOSED), list(_COMPOSED.values()))


def kana_items(ctx: RuleContext) -> tuple[BoundItem, ...]:
    """The kana of persons: not the kana of a building, which may hold digits and letters."""
    return tuple(item for item in ctx.items_of_kind("kana") if item.meaning.startswith("person."))
