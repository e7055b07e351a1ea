"""ADR-009 横棒の異体：番地・方書の数字に隣る横棒を一種類（－）にそろえる。

Issued by: 項目定義書 writes 番地号 in full width; abr-geocoder and IMI list the bars that people type for the
same sign. Only the kind of separator changes, so certified items take part. A long vowel mark or a drawn line
counts as a bar only between digits (or a digit and a letter, or after 丁目 番地 号 …): the ー of センター１
is a letter. 町字 are never touched. Source: rule catalogue ADR-009 (R5, R6).

>>> frame = pl.DataFrame({"t": ["１ー６ー３", "センター１", "１‐２", "Ａ棟−５", "三ー五"]})
>>> frame.select(one_hyphen(pl.col("t")))["t"].to_list()
['１－６－３', 'センター１', '１－２', 'Ａ棟－５', '三ー五']
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import rows_where
from rules.contract import Change, RuleContext

# U+002D is the half-width form of － and is left to the width rule (MOJ-018).
_HYPHENS = "‐‑‒–−﹣⁃﹘"
_LINES = "—―─━ー⏤⎯ｰ"
_DIGIT = "0-9０-９"
_LETTER = "A-Za-zＡ-Ｚａ-ｚ"
_UNIT = "目番地号棟階室"
_PRESENT = f"[{_DIGIT}{_UNIT}{_LETTER}][{_HYPHENS}{_LINES}]|[{_HYPHENS}{_LINES}][{_DIGIT}]"


def one_hyphen(text: pl.Expr) -> pl.Expr:
    """Bars next to digits as U+FF0D. Matches overlap at single digits, hence the second pass of the first pattern."""
    between = f"([{_DIGIT}])[{_HYPHENS}{_LINES}]([{_DIGIT}{_LETTER}])"
    for pattern, replacement in (
        (between, "${1}－${2}"), (between, "${1}－${2}"),
        (f"([{_UNIT}{_LETTER}])[{_HYPHENS}{_LINES}]([{_DIGIT}])", "${1}－${2}"),
        (f"([{_DIGIT}])[{_HYPHENS}]", "${1}－"),
        (f"[{_HYPHENS}]([{_DIGIT}])", "－${1}"),
    ):
        text = text.str.replace_all(pattern, replacement)
    return text


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """番地 and 方書 of every address."""
    return [
        Change(item.name, one_hyphen(pl.col(item.name)), reason="one_hyphen",
               within=pl.col(item.name).str.contains(_PRESENT))
        for item in ctx.items
        if item.meaning.endswith(("address.lot", "address.building")) and rows_where(block, item.name, _PRESENT)
    ]
