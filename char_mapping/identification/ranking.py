"""Ranking: what each independent signal says of an unidentified code, and the candidates that follow, best first.

The signals: ``image`` (likeness of the pictures), ``reading`` (the kana of the names it stands in), ``strokes``
(radical and stroke count that the city's 外字台帳 notes), ``map`` (MJ縮退マップ, JIS縮退マップ: characters that stand
for each other), ``city`` (another table of the city that decided the same picture). No signal knows of another, none
decides, and a candidate says which of them speak for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from char_mapping.identification.glyphs import GlyphFont, GlyphIndex, Picture, likeness
from char_mapping.identification.ideographs import load_ideographs, plain_sound, to_katakana
from char_mapping.mj import load_mj_names
from char_mapping.shrinking import ShrinkTables

SignalKind = Literal["image", "reading", "strokes", "map", "city"]
WEIGHTS: Mapping[SignalKind, float] = {"image": 0.5, "reading": 0.2, "strokes": 0.15, "city": 0.1, "map": 0.05}
LABELS: Mapping[SignalKind, str] = {
    "image": "字形", "reading": "読み", "strokes": "部首・画数", "map": "縮退マップ", "city": "市の他の表",
}
CLASSES = ((0.97, "字形一致"), (0.90, "デザイン差"), (0.75, "類似"))
"""Likeness of the pictures from which on a class is suggested; below the last one 該当なし. A suggestion only."""

_NEAREST, _KIN, _SAME_PICTURE = 60, 40, 0.98


@dataclass(frozen=True, slots=True)
class NameAround:
    """One place where the code stands: the characters before and after it in its word, and the word's kana."""

    before: str
    after: str
    kana: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one code: its picture, the city's notes, the names it stands in.

    ``elsewhere`` are other codes of the city that are decided: (table and code, character, picture).
    """

    picture: Picture | None = None
    radical: int = 0
    strokes: int = 0
    readings: tuple[str, ...] = ()
    names: tuple[NameAround, ...] = ()
    elsewhere: tuple[tuple[str, str, Picture], ...] = ()


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal for one candidate: ``strength`` from 0 to 1, and in words why."""

    kind: SignalKind
    strength: float
    why: str


@dataclass(frozen=True, slots=True)
class RankedCandidate:
    """A character that the code may be: its MJ or GJ name, its score from 0 to 1, and the signals for it."""

    text: str
    mj: str
    score: float
    signals: tuple[Signal, ...]

    def signal(self, kind: SignalKind) -> Signal | None:
        """What a kind of signal says of it."""
        return next((one for one in self.signals if one.kind == kind), None)

    @property
    def suggested_class(self) -> str:
        """字形一致, デザイン差, 類似 or 該当なし by the pictures alone; "" where there is no picture."""
        image = self.signal("image")
        if image is None:
            return ""
        return next((name for least, name in CLASSES if image.strength >= least), "該当なし")


def rank(
    evidence: Evidence, tables: ShrinkTables, font: GlyphFont | None = None, index: GlyphIndex | None = None,
    *, count: int = 8,
) -> tuple[RankedCandidate, ...]:
    """The characters that a code may be, best first; empty where no signal speaks."""
    readings = evidence.readings or possible_readings(evidence.names)
    pool = set(_by_reading(readings)) | set(_by_strokes(evidence.radical, evidence.strokes))
    alike: dict[str, float] = {}
    if evidence.picture is not None and index is not None:
        near = index.nearest(evidence.picture, _NEAREST)
        alike.update(near)
        pool |= {text for text, _ in near}
    pool |= {char for _, char, picture in evidence.elsewhere
             if evidence.picture is not None and likeness(evidence.picture, picture) >= _SAME_PICTURE}
    scored = _scored(pool, evidence, readings, tables, font, alike)
    # Forms of the best characters, and what the maps know as their kin: shapes that no list of readings names.
    bases = {one.text[0] for one in scored[:_KIN]}
    kin = {text for base in bases for text in load_mj_names().variants_of(base)} | _kin(bases, tables)
    more = kin - pool
    if more:
        scored = sorted((*scored, *_scored(more, evidence, readings, tables, font, alike)), key=_order)
    # Several texts may mean one MJ name; the best of them stands for it.
    best = {one.mj or one.text: one for one in reversed(scored)}
    return tuple(one for one in scored if best[one.mj or one.text] is one)[:count]


def _order(candidate: RankedCandidate) -> tuple[float, int, str]:
    return -candidate.score, len(candidate.text), candidate.text


def _scored(
    texts: Iterable[str], evidence: Evidence, readings: Sequence[str], tables: ShrinkTables, font: GlyphFont | None,
    alike: dict[str, float],
) -> list[RankedCandidate]:
    speaking: Mapping[SignalKind, bool] = {
        "image": evidence.picture is not None and font is not None, "reading": bool(readings),
        "strokes": bool(evidence.strokes), "map": bool(tables.targets),
        "city": bool(evidence.elsewhere) and evidence.picture is not None,
    }
    # One weak signal alone is no certainty: half of the weights is the least that a score is measured by.
    whole = max(0.5, sum(WEIGHTS[kind] for kind, speaks in speaking.items() if speaks))
    names = load_mj_names()
    found = []
    for text in sorted(texts):
        signals = tuple(_signals(text, evidence, readings, tables, font, alike))
        if signals:
            score = sum(WEIGHTS[one.kind] * one.strength for one in signals) / whole
            found.append(RankedCandidate(text, names.name_of(text) or "", min(1.0, score), signals))
    return sorted(found, key=_order)


def _signals(
    text: str, evidence: Evidence, readings: Sequence[str], tables: ShrinkTables, font: GlyphFont | None,
    alike: dict[str, float],
) -> Iterable[Signal]:
    known = load_ideographs().get(text[0])
    if evidence.picture is not None and font is not None:
        if text not in alike:
            drawn = font.picture(text)
            alike[text] = likeness(evidence.picture, drawn) if drawn is not None else 0.0
        if alike[text]:
            yield Signal("image", alike[text], f"近さ {alike[text]:.0%}")
    if known is not None and readings:
        fitting = [(_reads(known.readings, one), one) for one in readings]
        strength, reading = max(fitting, key=lambda pair: (pair[0], len(pair[1]), pair[1]))
        if strength:
            yield Signal("reading", strength, f"仮名から「{reading}」と読める（{'・'.join(known.readings[:4])}）")
    if known is not None and evidence.strokes:
        near = abs(known.strokes - evidence.strokes)
        same = not evidence.radical or known.radical == evidence.radical
        if near <= 1 and (same or near == 0):
            strength = (0.6 if same else 0.2) + (0.4 if near == 0 else 0.1)
            yield Signal("strokes", min(1.0, strength), f"部首{known.radical}・{known.strokes}画")
    kin = [table for table, target, _, _ in tables.targets.get(load_mj_names().name_of(text) or "", ()) if target]
    if kin:
        yield Signal("map", 1.0, f"{kin[0]}に縮退先がある")
    for place, char, picture in evidence.elsewhere:
        if char == text and evidence.picture is not None and likeness(evidence.picture, picture) >= _SAME_PICTURE:
            yield Signal("city", 1.0, f"{place} で同じ字形をこの字に同定済み")
            break


def _kin(bases: Iterable[str], tables: ShrinkTables) -> set[str]:
    """Characters that share a 縮退 target with one of ``bases``, or have it as their own."""
    if not tables.targets:
        return set()
    wanted = set(bases)
    names = load_mj_names()
    return {
        text
        for name, rows in tables.targets.items()
        if any(target in wanted for _, target, _, _ in rows) and (text := names.text_of(name)) is not None
    }


# --- strokes


def _by_strokes(radical: int, strokes: int) -> tuple[str, ...]:
    if not (radical and strokes):
        return ()
    return tuple(
        char for char, one in load_ideographs().items()
        if one.radical == radical and abs(one.strokes - strokes) <= 1
    )


# --- readings


def possible_readings(names: Sequence[NameAround]) -> tuple[str, ...]:
    """What the code may be read as, from the kana of the names it stands in: most names first, then the longest.

    The characters beside it use up the kana that their readings allow; what is left is a possible reading.
    """
    counted: dict[str, int] = {}
    for name in names:
        kana = plain_sound(to_katakana(name.kana))
        for reading in {kana[first:last] for first in _ends(name.before, kana) for last in _starts(name.after, kana)
                        if 0 < last - first <= 5}:
            counted[reading] = counted.get(reading, 0) + 1
    most = max(counted.values(), default=0)
    kept = [reading for reading, count in counted.items() if count * 2 >= most]
    return tuple(sorted(kept, key=lambda reading: (-counted[reading], -len(reading), reading)))


def _ends(text: str, kana: str) -> set[int]:
    """Where in ``kana`` the readings of ``text``, from its beginning, may end."""
    places = {0}
    for char in text:
        places = {
            place + length for place in places for length in _lengths(char, kana, place)
        }
    return places


def _starts(text: str, kana: str) -> set[int]:
    """Where in ``kana`` the readings of ``text``, up to its end, may begin."""
    places = {len(kana)}
    for char in reversed(text):
        places = {
            place - length
            for place in places
            for length in range(1, place + 1)
            if length in _lengths(char, kana, place - length)
        }
    return places


def _lengths(char: str, kana: str, place: int) -> set[int]:
    known = load_ideographs().get(char[0])
    if known is None:
        # A kana stands for itself; anything else may be read in any way.
        sound = plain_sound(to_katakana(char))
        if "ァ" <= sound <= "ヶ":
            return {1} if kana.startswith(sound, place) else set()
        return set(range(1, 4))
    return {
        len(stem) for reading in known.readings for stem in _stems(reading) if kana.startswith(stem, place)
    } or set(range(1, 4))


@cache
def _stems(reading: str) -> tuple[str, ...]:
    """A reading, and what is left of it in a name when its ending is dropped (たかい → たか)."""
    sound = plain_sound(reading)
    return (sound, *(sound[:length] for length in range(len(sound) - 1, 1, -1)))


def _reads(readings: Iterable[str], wanted: str) -> float:
    """How well a character reads so: 1 a whole reading, less for one cut short and for a single kana; 0 not at all."""
    sound = plain_sound(to_katakana(wanted))
    whole = any(sound == plain_sound(reading) for reading in readings)
    if not whole and not any(sound in _stems(reading) for reading in readings):
        return 0.0
    return (1.0 if whole else 0.8) * (0.5 if len(sound) == 1 else 1.0)


@cache
def _index_of_readings() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for char, one in load_ideographs().items():
        for stem in {stem for reading in one.readings for stem in _stems(reading)}:
            found.setdefault(stem, []).append(char)
    return {stem: tuple(chars) for stem, chars in found.items()}


def _by_reading(readings: Iterable[str]) -> Iterable[str]:
    index = _index_of_readings()
    for reading in readings:
        yield from index.get(plain_sound(to_katakana(reading)), ())
