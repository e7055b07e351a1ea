"""The form addresses are compared in: width, old characters, ヶ and ノ are set aside, one character for one.

Nothing is ever written in this form. Every character of a text has exactly one character in it, so that a match leads
back to the source; combining marks and variation selectors, which have none, go first (:func:`without_marks`).
Source: rule catalogue ADR-005 … ADR-012; ``old_forms.csv``. CJK compatibility ideographs are compared as the
ideographs Unicode names for them, by table and for comparing only.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache
from importlib import resources

_HYPHENS = "-‐‑‒–—―−－─━ーｰ⏤⎯﹘⁃﹣"
SMALL_KE = "ヶケがガヵカゕゖ"
"""Characters of place names that stand for 箇 and が: nobody tells them apart by ear."""
_NO = "のノ之"
_SMALL_TSU = "ッツっつ"
_BLANKS = " \t\u3000\u00a0"
_SILENT = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u3099\u309a\uff9e\uff9f\u200b-\u200d\ufeff]")
_HALF_KANA = "".join(map(chr, range(0xFF66, 0xFF9E)))
_FULL_KANA = (
    "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテト"
    "ナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン"
)
_VOICED = "ギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポ"
_UNVOICED = "キクケコサシスセソタチツテトハヒフヘホハヒフヘホ"


@cache
def old_forms() -> dict[str, str]:
    """Old or other form → the form it is compared as."""
    text = resources.files("rules.addresses").joinpath("old_forms.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    forms = {other: row["form"] for row in rows for other in row["others"]}
    for point in (*range(0xF900, 0xFAD9 + 1), *range(0x2F800, 0x2FA1D + 1)):
        plain = unicodedata.decomposition(chr(point))
        if plain:
            base = chr(int(plain, 16))
            forms[chr(point)] = forms.get(base, base)
    return forms


@cache
def folding() -> dict[int, str]:
    """Code point → its character in the matching form, for ``str.translate``."""
    table = {ord(old): new for old, new in old_forms().items()}
    table |= {0xFF01 + k: chr(0x21 + k) for k in range(94)}
    table |= {ord(c): c.upper() for c in "abcdefghijklmnopqrstuvwxyz"}
    table |= {0xFF41 + k: chr(0x41 + k) for k in range(26)}
    # Half-width kana lose their marks, so that full-width ones have to as well.
    table |= {ord(voiced): bare for voiced, bare in zip(_VOICED, _UNVOICED, strict=True)}
    half = dict(zip(_HALF_KANA, _FULL_KANA, strict=True))
    for characters, one in ((SMALL_KE, "ケ"), (_NO, "ノ"), (_SMALL_TSU, "ツ"), (_HYPHENS, "-"), (_BLANKS, " ")):
        table |= {ord(c): one for c in characters}
    table |= {ord(c): table.get(ord(full), full) for c, full in half.items() if full != "ー"}
    return table


def matching_form(text: str) -> str:
    """A text in the form addresses are compared in, as long as the text.

    >>> matching_form("龍ヶ崎市１－２"), matching_form("三之宮條ａ")
    ('竜ケ崎市1-2', '三ノ宮条A')
    """
    return text.translate(folding())


def is_plain(text: str) -> bool:
    """Whether each character of a text stands for itself (no combining marks or selectors)."""
    return _SILENT.search(text) is None


def without_marks(text: str) -> str:
    """A text without combining marks and selectors: what its parts are compared and counted in.

    >>> without_marks("葛󠄀城市")
    '葛城市'
    """
    return _SILENT.sub("", text)
