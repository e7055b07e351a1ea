"""Radical, strokes and readings of every character that has an MJ name (``tables/ideographs.csv``, Unihan 17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from char_mapping.definitions import read_text, table_lines
from char_mapping.text import widen_kana

_HIRAGANA = {point: point + 0x60 for point in range(0x3041, 0x3097)}
# A name's kana may carry the sound changes of compounds (たに/だに) or an old spelling of the same sound.
_PLAIN_SOUNDS = str.maketrans(
    "ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポヴ",
    "カキクケコサシスセソタチツテトハヒフヘホハヒフヘホウ",
)


@dataclass(frozen=True, slots=True)
class Ideograph:
    """One character: number of its radical (康熙部首, 1 to 214), strokes beside it and altogether, readings in kana."""

    char: str
    radical: int
    residual: int
    strokes: int
    readings: tuple[str, ...]


@cache
def load_ideographs() -> Mapping[str, Ideograph]:
    """Character → its row; characters without a radical in Unihan have none."""
    found = {}
    for code, radical, residual, strokes, readings in table_lines("ideographs"):
        char = read_text(code)
        sounds = tuple(dict.fromkeys(to_katakana(one) for one in readings.split()))
        found[char] = Ideograph(char, int(radical), int(residual or 0), int(strokes or 0), sounds)
    return found


def to_katakana(text: str) -> str:
    """Hiragana and half-width kana as full-width katakana; everything else stays.

    >>> to_katakana("たかい ｼﾞ")
    'タカイ ジ'
    """
    return widen_kana(text).translate(_HIRAGANA)


def plain_sound(kana: str) -> str:
    """Katakana without voicing marks: what a reading inside a name is compared by.

    >>> plain_sound("ワタナベ")
    'ワタナヘ'
    """
    return kana.translate(_PLAIN_SOUNDS)
