"""How far a kana can be the reading of a name: each kanji's readings against the kana, in order.

Source: Unihan ``kJapanese`` (``char_mapping/tables/ideographs.csv``, Unicode-3.0), with the changes of sound a name
makes: 連濁 and 半濁 (folded away), 促音 for a last チ ツ ク キ, the stem of a reading with okurigana; and the common
名乗り and 熟字訓 of ``name_readings.csv``. No table has them all: a kanji that no reading fits says little by itself,
and only a name of which less than half fits is worth a question (NAM-018).
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources
from itertools import product

from char_mapping.definitions import table_lines
from rules.names.kana import HIRAGANA_TO_KATAKANA

_SMALL = str.maketrans("ァィゥェォャュョヮ", "アイウエオヤユヨワ")
_FOLD = str.maketrans(
    "ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポヴヲヰヱ",
    "カキクケコサシスセソタシステトハヒフヘホハヒフヘホウオイエ",
)
_STOPS = "チツクキ"
_U_ROW = str.maketrans("ウクスツヌフムユル", "イキシチニヒミイリ")
_VOICED = dict(
    zip("カキクケコサシスセソタチツテトハヒフヘホ", "ガギグゲゴザジズゼゾダヂヅデドバビブベボ", strict=True)
)
_HALF_VOICED = dict(zip("ハヒフヘホ", "パピプペポ", strict=True))
_TO_KATAKANA = str.maketrans(HIRAGANA_TO_KATAKANA)
_LONGEST = 24


def folded(kana: str) -> str:
    """Kana as they are compared: large and without 清濁; ッ stays, ヅ is ズ, ヂ is ジ, ー is nothing.

    >>> folded("ジュンイチロー"), folded("コヂマ")
    ('シユンイチロ', 'コシマ')
    """
    return kana.translate(_TO_KATAKANA).translate(_SMALL).translate(_FOLD).replace("ー", "")


@cache
def _table() -> dict[str, tuple[str, ...]]:
    found = {chr(int(row[0], 16)): tuple(row[4].split()) for row in table_lines("ideographs") if row[4]}
    text = resources.files("rules.names").joinpath("name_readings.csv").read_text(encoding="utf-8")
    for line in [line for line in text.splitlines() if not line.startswith("#")][1:]:
        name, readings = line.split(",")
        found[name] = (*found.get(name, ()), *readings.split())
    return found


@cache
def _longest_name() -> int:
    return max(map(len, _table()))


@lru_cache(maxsize=100_000)
def readings_of(kanji: str) -> tuple[str, ...]:
    """The readings of one character in folded katakana, with the forms they take in names; longest first.

    >>> [form in readings_of("一") for form in ("イチ", "イッ", "ヒト", "ニ")]
    [True, True, True, False]
    """
    forms: set[str] = set()
    for reading in _table().get(kanji, ()):
        whole = folded(reading)
        forms.add(whole)
        if len(whole) > 1 and whole[-1] in _STOPS:
            forms.add(whole[:-1] + "ッ")
        if not "ァ" <= reading[0] <= "ヺ" and len(whole) > 1:
            # A verb or adjective stands in names by its stem or its 連用形 (あきら-か, たかい → タカ, すすむ → ススミ).
            forms.update({whole[:-1], whole[:-1] + whole[-1].translate(_U_ROW)})
    return tuple(sorted((form for form in forms if form), key=lambda form: (-len(form), form)))


@lru_cache(maxsize=500_000)
def fitting(name: str, kana: str) -> tuple[int, int]:
    """How many characters of a name part its kana can be read from, in order, and how many there are.

    >>> fitting("山田", "ヤマダ"), fitting("山田", "スズキ"), fitting("太郎", "ハナコ"), fitting("さくら", "サクラ")
    ((2, 2), (0, 2), (0, 2), (3, 3))
    >>> fitting("武蔵", "ハルト"), fitting("佐々木", "ササキ"), fitting("長谷川", "ハセガワ")
    ((0, 2), (3, 3), (3, 3))
    """
    spoken = folded(kana)
    letters = _repeated(name)
    if not letters or len(letters) > _LONGEST:
        return 0, 0
    # best[n]: what n characters can explain, as place in the kana → characters explained.
    best: list[dict[int, int]] = [{0: 0}] + [{} for _ in letters]
    for start, first in enumerate(best[:-1]):
        _keep(best[start + 1], first)
        for group in _groups(letters, start):
            known = readings_of(group) or (folded(group),)
            for (place, count), form in product(first.items(), known):
                # A kanji without a reading that fits may be read anyhow, so the next one may begin anywhere behind.
                found = spoken.find(form, place)
                if found >= 0:
                    _keep(best[start + len(group)], {found + len(form): count + len(group)})
    return max(best[-1].values()), len(letters)


def _keep(best: dict[int, int], more: dict[int, int]) -> None:
    for place, count in more.items():
        best[place] = max(best.get(place, 0), count)


def _groups(letters: list[str], start: int) -> list[str]:
    """The character at a place, and the longer words of the table that begin with it."""
    ends = range(start + 1, min(len(letters), start + _longest_name()) + 1)
    words = ["".join(letters[start:end]) for end in ends]
    return [word for word in words if len(word) == 1 or word in _table()]


def _repeated(name: str) -> list[str]:
    letters: list[str] = []
    for letter in name:
        if letter == "々" and letters:
            letters.append(letters[-1])
        elif not 0xFE00 <= ord(letter) <= 0xFE0F and not 0xE0100 <= ord(letter) <= 0xE01EF:
            letters.append(letter)
    return letters


@lru_cache(maxsize=500_000)
def is_read(name: str, kana: str) -> bool:
    """Whether the readings of the characters, one after another, are exactly the kana (small kana are small).

    >>> is_read("京子", "キョウコ"), is_read("京子", "キヨウコ"), is_read("清子", "キヨコ")
    (True, False, True)
    """
    letters = _repeated(name)
    places: list[set[int]] = [{0}] + [set() for _ in letters]
    for start, here in enumerate(places[:-1]):
        for group in _groups(letters, start):
            forms = _exact(group)
            places[start + len(group)] |= {p + len(form) for p in here for form in forms if kana.startswith(form, p)}
    return len(kana) in places[-1]


@lru_cache(maxsize=100_000)
def _exact(kanji: str) -> tuple[str, ...]:
    """Readings with their small kana, voiced and unvoiced at the beginning."""
    forms: set[str] = set()
    for reading in _table().get(kanji, (kanji,)):
        whole = reading.translate(_TO_KATAKANA)
        native = not "ァ" <= reading[0] <= "ヺ"
        stems = {whole, whole[:-1], whole[:-1] + whole[-1].translate(_U_ROW)} if native else {whole}
        forms.update(form for stem in stems for form in _voicings(stem) if form)
    return tuple(sorted(forms))


def _voicings(form: str) -> set[str]:
    if not form:
        return set()
    firsts = {form[0], _VOICED.get(form[0], form[0]), _HALF_VOICED.get(form[0], form[0])}
    firsts |= {"ジ"} if form[0] == "チ" else {"ズ"} if form[0] == "ツ" else set()
    found = {first + form[1:] for first in firsts}
    return found | {f[:-1] + "ッ" for f in found if len(f) > 1 and f[-1] in _STOPS}
