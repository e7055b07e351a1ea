"""What a column without documents probably is: by its name, the shape of its values, and check digits that agree.

A suggestion is a proposal with its reasons, never a fact: below a half nothing is proposed and the item is 要確認.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl
from rapidfuzz import fuzz

from layouts.column_profiles import ColumnProfile
from layouts.csv_tables import read_table
from layouts.meanings import load_meanings
from layouts.standard_groups import StandardGroup
from rules.identifiers.check_digits import corporate_digit, disagrees, municipality_digit, my_number_digit

WORDS = Path(__file__).with_name("item_words.csv")
"""Patterns over upper-case names, first that fits wins; a city's other words are rows of this table."""

_ENOUGH = 0.5
_PREFECTURES = r"^(北海道|東京都|大阪府|京都府|.{2,3}県)"
_CHECKED = (("person.my_number", 12, my_number_digit, False), ("person.corporate_number", 13, corporate_digit, True),
            ("municipality.code", 6, municipality_digit, False))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a column probably is.

    ``meaning`` is ``none`` where nothing speaks for anything; ``score`` 0 to 1; ``reasons`` in Japanese;
    ``items`` are standard items of that meaning as ``area group item``, the nearest name first.
    """

    meaning: str
    score: float
    reasons: tuple[str, ...]
    items: tuple[tuple[str, str, str], ...]


def suggest(profile: ColumnProfile, values: pl.Series, groups: Sequence[StandardGroup]) -> Suggestion:
    """Propose a meaning for a column.

    Args:
        profile: The column as measured.
        values: Its values (String), for check digits and prefectures.
        groups: Layouts whose items are proposed; those of the file's own area first.
    """
    scores: dict[str, float] = {}
    reasons: dict[str, list[str]] = {}

    def speak(meaning: str, weight: float, why: str) -> None:
        scores[meaning] = scores.get(meaning, 0.0) + weight
        reasons.setdefault(meaning, []).append(why)

    name = _plain(profile.name)
    for meaning in _by_words(name):
        speak(meaning, 0.6, "項目名の語")
    for meaning, likeness in _by_items(name, groups).items():
        same = likeness == 100
        speak(meaning, 0.7 if same else 0.4, "標準の項目名と同じ" if same else "標準の項目名に近い")
    for meaning, share in _by_check_digits(values).items():
        speak(meaning, 0.6 + 0.3 * (share == 1.0), f"検査数字が{share:.0%}一致")
        if meaning == "municipality.code" and profile.distinct > 1:
            # A column that names one municipality is the city's own code, one that names many stands in addresses.
            speak("address.municipality_code", 1.4, f"検査数字が{share:.0%}一致し、団体が{profile.distinct}ある")
    for meaning, weight, why in _by_content(profile, values):
        speak(meaning, weight, why)
    for meaning in list(scores):
        against = _against(load_meanings()[meaning].kind, profile)
        if against:
            speak(meaning, -1.0, against)
    best = max(sorted(scores), key=lambda one: scores[one], default="none")
    if scores.get(best, 0.0) < _ENOUGH:
        return Suggestion("none", max(scores.get(best, 0.0), 0.0), tuple(reasons.get(best, ())), ())
    return Suggestion(best, min(scores[best], 1.0), tuple(reasons[best]), _items_of(best, name, groups))


def _plain(name: str) -> str:
    """A name as patterns see it: upper case, the last part of a copybook path, - as _."""
    return name.rsplit(".", maxsplit=1)[-1].upper().replace("-", "_").strip()


@cache
def _words() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(row["pattern"]), row["meaning"])
                 for _, row in read_table(WORDS, ("pattern", "meaning")))


def _by_words(name: str) -> Iterable[str]:
    found = next((meaning for pattern, meaning in _words() if pattern.search(name)), None)
    return () if found is None else (found,)


def _by_items(name: str, groups: Iterable[StandardGroup]) -> Mapping[str, float]:
    best: dict[str, float] = {}
    for group in groups:
        for item in group.items:
            if item.meaning == "none":
                continue
            for other in (item.name, *item.aliases, item.romaji.upper()):
                likeness = 100.0 if other == name else fuzz.ratio(name, other) if len(other) > 3 else 0.0
                if likeness >= 85:
                    best[item.meaning] = max(best.get(item.meaning, 0.0), likeness)
    return best


def _by_check_digits(values: pl.Series) -> Mapping[str, float]:
    found: dict[str, float] = {}
    texts = values.drop_nulls().unique()
    for meaning, length, digit, first in _CHECKED:
        frame = texts.filter(texts.str.contains(f"^[0-9]{{{length}}}$")).to_frame("n")
        if frame.height < 5 or frame.height < 0.8 * texts.len():
            continue
        agree = 1 - float(frame.select(disagrees("n", length, digit, first=first).mean()).item())
        if agree >= 0.9:
            found[meaning] = agree
    return found


def _by_content(profile: ColumnProfile, values: pl.Series) -> Iterable[tuple[str, float, str]]:
    filled = max(profile.filled, 1)
    shapes = dict(profile.shapes)
    kana = profile.kinds.get("カタカナ", 0) + profile.kinds.get("半角カナ", 0)
    if shapes.get("9{7}", 0) + shapes.get("9{3}-9{4}", 0) >= 0.95 * filled and not profile.date_forms:
        yield "address.postal_code", 0.25, "7桁または3桁-4桁"
    if kana >= 0.95 * filled and not profile.kinds.get("漢字") and profile.longest > 3:
        yield "person.kana", 0.35, "カナだけ"
    text = values.drop_nulls()
    if filled > 20 and not profile.codes:
        prefecture = _share(text, _PREFECTURES)
        if prefecture >= 0.8:
            yield ("address.prefecture" if profile.longest <= 4 else "address.whole"), 0.5, "都道府県で始まる"
        if _share(text, r"^0[0-9]{1,4}-?[0-9]{1,4}-?[0-9]{3,4}$") >= 0.95 and (
                profile.digits is None or profile.digits[1] >= 10):
            yield "person.phone", 0.5, "0で始まる市外局番の形"
        spaced = _share(text, r"^[^ 　]+[ 　][^ 　]+$")
        if profile.kinds.get("漢字", 0) >= 0.8 * filled and spaced >= 0.8 and profile.longest <= 20:
            yield "person.name", 0.5, "空白で二つに分かれた漢字"
        banchi = _share(text, r"[0-9０-９](番地?|号|丁目|-|－|の)")
        if banchi >= 0.7 and profile.kinds.get("漢字", 0) >= 0.8 * filled:
            yield "address.lot", 0.25, "番地の形"


def _share(values: pl.Series, pattern: str) -> float:
    return int(values.str.contains(pattern).sum()) / max(values.len(), 1)


def _against(kind: str, profile: ColumnProfile) -> str:
    if not profile.filled:
        return ""
    half = profile.kinds.get("漢字", 0) + profile.kinds.get("ひらがな", 0)
    if kind == "date" and not profile.date_forms and not profile.years:
        return "年月日の形でない"
    if kind == "kana" and half > 0.2 * profile.filled:
        return "漢字・ひらがなが多い"
    if kind in ("name", "address") and profile.digits is not None:
        return "数字だけ"
    if kind in ("number", "postal_code") and half > 0.2 * profile.filled:
        return "漢字が多い"
    return "長い文字" if kind in ("code", "flag") and profile.longest > 20 else ""


def _items_of(meaning: str, name: str, groups: Sequence[StandardGroup]) -> tuple[tuple[str, str, str], ...]:
    found = [(group.area, group.id, item.name) for group in groups for item in group.items if item.meaning == meaning]
    order = sorted(range(len(found)), key=lambda n: (-max(fuzz.ratio(name, found[n][2]), 0), n))
    return tuple(dict.fromkeys(found[n] for n in order))[:3]
