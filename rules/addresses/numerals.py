"""Numbers in place names and lots, in kanji and in Arabic digits: what 二十四軒 and 24軒 have in common.

Source: rule catalogue ADR-006 (町字 write kanji numerals) and ADR-019 (北海道 条丁目). Only whole numbers below ten
thousand stand in addresses; what is no well-formed number (千鳥's 千 is one, 百百 is none) stays as it is.
"""

from __future__ import annotations

import re
from itertools import product

_DIGITS = "〇一二三四五六七八九"
_UNITS = (("千", 1000), ("百", 100), ("十", 10))
KANJI = _DIGITS + "十百千"
"""The characters a kanji number is written with (大字 such as 壱 are folded to them for comparing)."""

_POSITIONAL = re.compile(f"[{_DIGITS}]+")
_TIMES = "[二三四五六七八九]?"
_WITH_UNITS = re.compile(f"(?:({_TIMES})千)?(?:({_TIMES})百)?(?:({_TIMES})十)?([一二三四五六七八九]?)")
_RUN = re.compile(f"[{KANJI}]+|[0-9]+")
_MOST_RUNS = 3


def number_of(kanji: str) -> int | None:
    """The value of a kanji number, or None where the characters form none.

    >>> number_of("二十四"), number_of("千二"), number_of("二〇"), number_of("十十"), number_of("一千")
    (24, 1002, 20, None, None)
    """
    found = _WITH_UNITS.fullmatch(kanji)
    if found is not None and kanji:
        total = _DIGITS.index(found[4]) if found[4] else 0
        for (unit, value), digit in zip(_UNITS, found.groups()[:3], strict=True):
            if unit in kanji:
                total += value * (_DIGITS.index(digit) if digit else 1)
        return total
    return int("".join(str(_DIGITS.index(c)) for c in kanji)) if _POSITIONAL.fullmatch(kanji) else None


def kanji_number(number: int) -> str:
    """A number from 1 to 9999 in kanji with its units.

    >>> kanji_number(2), kanji_number(10), kanji_number(42), kanji_number(1008)
    ('二', '十', '四十二', '千八')
    """
    text = ""
    for unit, value in (("千", 1000), ("百", 100), ("十", 10)):
        digit, number = divmod(number, value)
        text += ("" if digit == 1 else _DIGITS[digit]) + unit if digit else ""
    return text + (_DIGITS[number] if number else "")


def written_variants(name: str) -> list[str]:
    """A name with each of its numbers in kanji and in Arabic digits, the name itself first.

    Args:
        name: In the form names are compared in (digits are half width).

    >>> written_variants("北一条西")
    ['北一条西', '北1条西']
    >>> written_variants("南3条西")
    ['南3条西', '南三条西']
    """
    parts: list[tuple[str, ...]] = []
    at = runs = 0
    for run in _RUN.finditer(name):
        other = _other_notation(run[0])
        if other is None or runs == _MOST_RUNS:
            continue
        parts += [(name[at : run.start()],), (run[0], other)]
        at, runs = run.end(), runs + 1
    parts.append((name[at:],))
    return ["".join(chosen) for chosen in product(*parts)]


def _other_notation(run: str) -> str | None:
    if run.isascii():
        number = int(run)
        return kanji_number(number) if 0 < number < 10000 and str(number) == run else None
    value = number_of(run)
    return None if value is None else str(value)
