"""NAM-013 小書きカナの大書き化：「キヨウコ」のように小書きの無いフリガナに候補（キョウコ）を示す。直しはしない。

Issued by: 戸籍法 as of 2025-05-26: a 氏名の振り仮名 is registered, and キヨウコ and キョウコ are two names (R28).
Hosts kept half-width kana without small letters. Asked only where the kana as written is no reading of the kanji
and the one with small letters is (京子 キヨウコ, but not 清子 キヨコ): the candidate is shown, the person or the
戸籍 decides. Source: rule catalogue NAM-013; readings: Unihan kJapanese.

>>> from rules.trial import bound, try_find
>>> items = bound("氏名", "person.name"), bound("カナ", "person.kana")
>>> names = ["山田　京子", "山田　清子", "山田　京子", "服部　純"]
>>> kana = ["ヤマダ　キヨウコ", "ヤマダ　キヨコ", "ヤマダ　キョウコ", "ハツトリ　ジユン"]
>>> for found in try_find(find, {"氏名": names, "カナ": kana}, *items): print(found)
('ヤマダ　キヨウコ', 'small_kana', 'ヤマダ　キョウコ')
('ハツトリ　ジユン', 'small_kana', 'ハットリ　ジュン')
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product

import polars as pl

from rules.contract import Finding, RuleContext
from rules.names.kanji_readings import is_read

_LARGE = re.compile("(?<=[キシチニヒミリギジヂビピ])[ヤユヨ]|(?<=.)ツ(?=[カキクケコサシスセソタチツテトパピプペポ])")
_SMALL = {"ヤ": "ャ", "ユ": "ュ", "ヨ": "ョ", "ツ": "ッ"}
_ANY = "[キシチニヒミリギジヂビピ][ヤユヨ]|ツ[カ-トパピプペポ]"
_MOST = 4


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Kana in which small letters were lost, as the kanji of the same name show."""
    name = ctx.one("person.name")
    kana = ctx.items_of("person.kana", "person.registered_kana")
    if name is None:
        return []
    found = []
    for item in kana:
        pair = pl.struct(pl.col(name.name).alias("n"), pl.col(item.name).alias("k"))
        restored = pair.map_batches(_restored, return_dtype=pl.String)
        within = pl.col(item.name).str.contains(_ANY) & pl.col(name.name).is_not_null()
        found.append(
            Finding(item.name, restored.is_not_null(), restored, "small_kana", rows_about=(name.name,), within=within)
        )
    return found


def _restored(pairs: pl.Series) -> pl.Series:
    rows = zip(pairs.struct.field("n").to_list(), pairs.struct.field("k").to_list(), strict=True)
    return pl.Series(pairs.name, [None if n is None or k is None else _whole(n, k) for n, k in rows], dtype=pl.String)


@lru_cache(maxsize=300_000)
def _whole(name: str, kana: str) -> str | None:
    names, spoken = name.replace(" ", "\u3000").split("\u3000"), kana.replace(" ", "\u3000").split("\u3000")
    if len(names) != len(spoken):
        return None
    parts = [_part(n, k) for n, k in zip(names, spoken, strict=True)]
    whole = "\u3000".join(parts)
    return whole if parts != spoken else None


@lru_cache(maxsize=300_000)
def _part(name: str, kana: str) -> str:
    """The kana with small letters where the kanji are read so, and only so; else the kana."""
    places = [match.start() for match in _LARGE.finditer(kana)]
    if not places or len(places) > _MOST or is_read(name, kana):
        return kana
    fitting = set()
    for choice in product((False, True), repeat=len(places)):
        letters = list(kana)
        for place, small in zip(places, choice, strict=True):
            if small:
                letters[place] = _SMALL[letters[place]]
        if is_read(name, "".join(letters)):
            fitting.add("".join(letters))
    return fitting.pop() if len(fitting) == 1 else kana
