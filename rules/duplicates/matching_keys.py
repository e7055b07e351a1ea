"""Keys under which two writings of one name or address meet; registered values are never changed by them.

Issued by: 住民記録システム標準仕様書 2.1.2 あいまい検索: kana without 清濁・半濁, with small kana as large,
without blanks and long vowel marks, ヂ=ジ ズ=ヅ ワ=ハ ヴァ=バ ヴィ=ビ ヴ=ブ オ=ヲ, and ウ after the オ段 as
オ; kanji by their representative form (``variants.csv``). 住所 compares without blanks, 大字 and 字, with
丁目 in kanji numerals and one kind of bar.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

import polars as pl

from rules.addresses.chome_numeral import kanji_chome
from rules.addresses.hyphens import one_hyphen
from rules.characters.wave_dashes import unify_symbols
from rules.characters.width import to_full_width
from rules.names.kana import compose_voiced

_VOICED = dict(zip(
    "ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポァィゥェォッャュョヮヵヶヲヴ",
    "カキクケコサシスセソタシステトハヒフヘホハヒフヘホアイウエオツヤユヨハカケオフ", strict=True)) | {"ワ": "ハ"}
_FOLDED = {"ヴァ": "ハ", "ヴィ": "ヒ"} | _VOICED
_O_ROW = "オコソトノホモヨロ"
_BLANKS = "[ \u3000]"


@cache
def _variants() -> dict[str, str]:
    text = resources.files("rules.duplicates").joinpath("variants.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {variant: row["representative"] for row in rows for variant in row["variants"]}


def plain_kana(kana: pl.Expr) -> pl.Expr:
    """Kana in full width with its voiced marks, long vowels and small letters: ジュン is not シュン.

    >>> frame = pl.DataFrame({"k": ["ｼﾞｭﾝ ", "シュン"]})
    >>> frame.select(plain_kana(pl.col("k")))["k"].to_list()
    ['ジュン', 'シュン']
    """
    full = compose_voiced(to_full_width(kana))
    return full.str.replace_all(f"{_BLANKS}+", "\u3000").str.strip_chars("\u3000")


def kana_key(kana: pl.Expr) -> pl.Expr:
    """Kana folded for comparison; blanks between the parts stay (one full-width blank).

    >>> frame = pl.DataFrame({"k": ["ｻﾄｳ ｷﾖｳｺ", "サトウ　キョウコ", "オオタ　ヂュン", "ヴァン"]})
    >>> frame.select(kana_key(pl.col("k")))["k"].to_list()
    ['サトオ　キヨオコ', 'サトオ　キヨオコ', 'オオタ　シユン', 'ハン']
    """
    bare = plain_kana(kana).str.replace_all("[ー―－‐ｰ−-]", "")
    folded = bare.str.replace_many(list(_FOLDED), list(_FOLDED.values()), leftmost=True)
    return folded.str.replace_all(f"([{_O_ROW}])ウ", "${1}オ")


def name_key(name: pl.Expr) -> pl.Expr:
    r"""A name without blanks and variation selectors, its kanji by their representative form, in full width.

    >>> names = pl.DataFrame({"n": ["渡邉　太郎", "渡辺太郎", "髙\U000E0100橋 花"]})
    >>> names.select(name_key(pl.col("n")))["n"].to_list()
    ['渡辺太郎', '渡辺太郎', '高橋花']
    """
    bare = to_full_width(name.str.replace_all(rf"{_BLANKS}|\p{{M}}", ""))
    return bare.str.replace_many(list(_variants()), list(_variants().values()))


def address_key(address: pl.Expr) -> pl.Expr:
    """An address or a part of one: no blanks, no 大字 and 字, 番地・番・号 as bars, 丁目 in kanji, variants folded.

    >>> frame = pl.DataFrame({"a": ["霞が関２丁目", "大字霞ヶ関二丁目", "１番６号", "1-6", "１００８番地"]})
    >>> frame.select(address_key(pl.col("a")))["a"].to_list()
    ['霞ケ関二丁目', '霞ケ関二丁目', '１－６', '１－６', '１００８']
    """
    full = one_hyphen(to_full_width(unify_symbols(address.str.replace_all(rf"{_BLANKS}|\p{{M}}", ""))))
    town = kanji_chome(full.str.replace_all("大字|小字|^字", "")).str.replace_all("[ヶがガヵカ]", "ケ")
    barred = town.str.replace_all("番地の|番地ノ|番の|番地|番|号", "－")
    barred = barred.str.replace_all("－+", "－").str.strip_chars("－")
    return barred.str.replace_many(list(_variants()), list(_variants().values()))
