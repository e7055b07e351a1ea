"""NAM-018 漢字とカナの不一致：フリガナが、氏名の漢字の読みとして半分も成り立たない（別人のフリガナの疑い）。

Issued by: デジタル庁 公金受取口座の総点検 (R24) and kanjikana-model (R40: a match of less than 50). Here the match
is the share of the characters that some reading of the character table explains, in order (``kanji_readings``), of
氏 and 名 alike; 名乗り and rare family names may rightly fall below, so a person looks and nothing is changed.
Asked of Japanese names of two parts whose kana has two parts; corporations, foreign residents, names not yet
decided and names with a lost character are left. Source: rule catalogue NAM-018.

>>> from rules.trial import bound, try_find
>>> items = bound("氏名", "person.name"), bound("カナ", "person.kana")
>>> names = ["山田　太郎", "山田　太郎", "小鳥遊　一郎", "山田　大翔"]
>>> kana = ["スズキ　ハナコ", "ヤマダ　タロウ", "タカナシ　イチロウ", "ヤマダ　ハルト"]
>>> try_find(find, {"氏名": names, "カナ": kana}, *items)
[('山田　太郎', 'reading', None)]
"""

from __future__ import annotations

import polars as pl

from rules.characters.occurrences import SUBSTITUTE_PATTERN, rows_where
from rules.characters.width import to_full_width
from rules.contract import Finding, RuleContext
from rules.names.kana import compose_voiced
from rules.names.kanji_readings import fitting

_TWO_PARTS = r"^[\p{Han}々〆ヵヶノぁ-ゖァ-ヺー\p{M}]+[ 　][\p{Han}々〆ヵヶノぁ-ゖァ-ヺー\p{M}]+$"
_LEAST = 0.5
_KANA_PARTS = "^[ァ-ヺー]+[ 　][ァ-ヺー]+$"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Names of which less than half can be read as the kana says."""
    name, kana = ctx.one("person.name"), ctx.one("person.kana")
    if name is None or kana is None:
        return []
    written = pl.col(kana.name)
    if rows_where(block, kana.name, "[ｦ-ﾟ]"):  # on source items nothing has made it full width yet
        written = compose_voiced(to_full_width(written))
    kind, roman = ctx.one("person.kind"), ctx.one("person.name.roman")
    asked = pl.col(name.name).str.contains(_TWO_PARTS) & written.str.contains(_KANA_PARTS)
    asked &= ~pl.col(name.name).str.contains(SUBSTITUTE_PATTERN)
    if kind is not None:
        asked &= pl.col(kind.name).fill_null("1") == "1"
    if roman is not None:
        asked &= pl.col(roman.name).is_null()
    little = pl.struct(pl.col(name.name).alias("n"), written.alias("k")).map_batches(
        _is_little, return_dtype=pl.Boolean
    )
    return [Finding(name.name, asked & little, reason="reading", rows_about=(kana.name,))]


def _is_little(pairs: pl.Series) -> pl.Series:
    """Whether less than half of a name fits its kana; the parts are looked up by distinct pair."""
    parts = [
        pl.Series(field, pairs.struct.field(field)).str.replace(" ", "\u3000").str.split_exact("\u3000", 1)
        for field in ("n", "k")
    ]
    share = pl.zeros(len(pairs), dtype=pl.Float64, eager=True)
    for place in ("field_0", "field_1"):
        frame = pl.DataFrame({"n": parts[0].struct.field(place), "k": parts[1].struct.field(place)})
        distinct = frame.drop_nulls().unique(maintain_order=True)
        known = distinct.with_columns(
            share=pl.Series([fits / max(1, size) for fits, size in (fitting(n, k) for n, k in distinct.iter_rows())],
                            dtype=pl.Float64)
        )  # fmt: skip
        share += frame.join(known, on=["n", "k"], how="left", maintain_order="left")["share"].fill_null(0)
    return (share / 2 < _LEAST).alias(pairs.name)
