"""Where a name of a place is written otherwise than the master writes it, and in what respect.

Two writings of one name are laid beside each other, number by number and character by character. What differs in one
respect only (ヶ for ケ, an old form) can be written as the master does without touching anything else.
Source: rule catalogue ADR-011, ADR-012.
"""

from __future__ import annotations

import re
from typing import Literal

from rules.addresses.matching_form import SMALL_KE, matching_form
from rules.addresses.numerals import KANJI, number_of

Respect = Literal["ke", "form"]

_TOKEN = re.compile(f"[0-9０-９]+|[{KANJI}]+|.", re.DOTALL)


def respelled(written: str, official: str, respect: Respect) -> str | None:
    """A name with one respect of its writing as the master has it.

    Args:
        written: The name as it stands in the source, without what comes before or after it.
        official: The master's name; the same in the form names are compared in.
        respect: ``ke`` (ヶ ケ が …) or ``form`` (old and other forms of kanji).

    Returns:
        The name; None where it does not differ in that respect, or the two are not the same name.

    >>> respelled("霞ヶ関２丁目", "霞が関二丁目", "ke"), respelled("北條", "北条", "form")
    ('霞が関２丁目', '北条')
    >>> respelled("北条", "北条", "ke") is None
    True
    """
    mine, theirs = _TOKEN.findall(written), _TOKEN.findall(official)
    if len(mine) != len(theirs):
        return None
    text = ""
    for one, other in zip(mine, theirs, strict=True):
        if one == other:
            text += one
        elif one in SMALL_KE and other in SMALL_KE:
            text += other if respect == "ke" else one
        elif matching_form(one) == matching_form(other):
            kanji = one not in SMALL_KE and _is_kanji(one) and _is_kanji(other)
            text += other if respect == "form" and kanji else one
        elif _value(one) is not None and _value(one) == _value(other):
            text += one
        else:
            return None
    return text if text != written else None


def _is_kanji(text: str) -> bool:
    return any("\u2e80" <= c <= "\u2fdf" or "\u3400" <= c <= "\u9fff" or c >= "\uf900" for c in text)


def _value(token: str) -> int | None:
    folded = matching_form(token)
    return int(folded) if folded.isdecimal() and folded.isascii() else number_of(folded)
