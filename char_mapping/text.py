"""Texts in the canonical form: width, kana, length as a person counts it, and the characters that stand for a lost one.

The plain functions on ``str`` are the definition; :mod:`char_mapping.kernels.text_columns` does the same to columns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import overload

import polars as pl

# What a converter writes for a character it could not convert (MOJ-022): U+FFFD 〓 ？ ＿ ■ ● □
SUBSTITUTES = ("\ufffd", "〓", "？", "＿", "■", "●", "□")

# Code points that belong to the character before them: combining marks a Japanese register can hold, the marks of
# JIS X 0213's kana (U+309A), and the variation selectors.
JOINING_RANGES = (
    (0x0300, 0x036F), (0x20D0, 0x20FF), (0x302A, 0x302F), (0x3099, 0x309A), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF),
)
JOINING_CLASS = "[" + "".join(f"\\x{{{first:X}}}-\\x{{{last:X}}}" for first, last in JOINING_RANGES) + "]"
_JOINING = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in JOINING_RANGES) + "]")
_CHARACTER = re.compile(f".{_JOINING.pattern}*", re.DOTALL)


def split_characters(text: str) -> list[str]:
    """The user-perceived characters of a text; joined together they are the text again.

    >>> [len(character) for character in split_characters("辻" + chr(0xE0102) + "村")]
    [2, 1]
    """
    return _CHARACTER.findall(text)


@overload
def count_characters(text: str) -> int: ...
@overload
def count_characters(text: pl.Expr) -> pl.Expr: ...
def count_characters(text: str | pl.Expr) -> int | pl.Expr:
    r"""Length in user-perceived characters: a kanji with its variation selector is one.

    A joining code point at the very beginning, with nothing to join, counts as one.

    >>> count_characters("辻\U000e0102村")
    2
    """
    if isinstance(text, str):
        return len(text) - len(_JOINING.findall(text[1:]))
    joined = text.str.count_matches(JOINING_CLASS).cast(pl.Int64)
    first = text.str.contains("^" + JOINING_CLASS).cast(pl.Int64)
    return text.str.len_chars().cast(pl.Int64) - joined + first


# --- kana

_HALF = "｡｢｣､･ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝﾞﾟ"
_FULL = (
    "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホ"
    "マミムメモヤユヨラリルレロワン゛゜"
)
KANA: Mapping[str, str] = dict(zip(_HALF, _FULL, strict=True))
_PLAIN = "ｳｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎﾜｦ"
VOICED: Mapping[str, str] = dict(zip(_PLAIN, "ヴガギグゲゴザジズゼゾダヂヅデドバビブベボヷヺ", strict=True))
SEMI_VOICED: Mapping[str, str] = dict(zip("ﾊﾋﾌﾍﾎ", "パピプペポ", strict=True))
_COMPOSED = {**{half + "ﾞ": full for half, full in VOICED.items()},
             **{half + "ﾟ": full for half, full in SEMI_VOICED.items()}}
_KANA_PATTERN = re.compile("|".join([*_COMPOSED, f"[{_HALF}]"]))


def widen_kana(text: str) -> str:
    """Half-width kana and its marks to full width; a letter and its voiced mark become one character.

    A mark that has no letter to join becomes ゛ or ゜ on its own: nothing is dropped.

    >>> widen_kana("ﾜﾀﾅﾍﾞ ﾊﾟｱﾟ")
    'ワタナベ パア゜'
    """
    return _KANA_PATTERN.sub(lambda found: _COMPOSED.get(found[0]) or KANA[found[0]], text)


# --- width

WIDE: Mapping[str, str] = {
    **{chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)},
    " ": "\u3000", "¢": "￠", "£": "￡", "¬": "￢", "‾": "￣", "¦": "￤", "¥": "￥",
}
_WIDEN = str.maketrans(dict(WIDE))
_NARROW = str.maketrans({wide: half for half, wide in WIDE.items()})


def widen(text: str) -> str:
    """Type N: half-width letters, digits, signs, blanks and kana to full width; everything else stays.

    >>> widen("1-6 ｶﾞ")
    '１－６　ガ'
    """
    return widen_kana(text).translate(_WIDEN)


def narrow(text: str) -> str:
    """Type X: full-width letters, digits, signs and blanks to half width; kana and kanji have no half-width form here.

    >>> narrow("１２３－Ａ　カ")
    '123-A カ'
    """
    return text.translate(_NARROW)


def find_substitutes(text: str) -> str:
    """The characters of ``text`` that stand for a lost one, in order."""
    return "".join(char for char in text if char in SUBSTITUTES)
