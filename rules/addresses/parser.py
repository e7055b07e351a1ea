"""Takes an address apart: 都道府県, 市区郡町村, 町字, 番地号 and 方書, each with the place it has in the source.

A town is only named where the text says so by itself: the longest name of the master that the text begins with, in the
form names are compared in, followed by what may follow a town (丁目, a number, 字, 番外地, the end). Anything else
(an unknown 小字, a town without its 町, 八番町 behind a known 台東) is no answer, not a near one: ``level`` says how
far the text was understood, ``rest`` keeps what was not, and ``rules`` name what was read past or left open. Nothing
is changed: every part but the names of the master is a piece of the source.

Source: cleansing knowledge R4 R5 R6 (GIF 442 住所, abr-geocoder, IMI) as rule catalogue ADR-003 … ADR-023 states it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from rules.addresses.matching_form import folding, is_plain, matching_form, without_marks
from rules.addresses.municipalities import municipality_names
from rules.addresses.numerals import KANJI, kanji_number, number_of
from rules.addresses.towns import Town, TownIndex, municipality_index, prefectures, town_index

NOTHING, PREFECTURE, MUNICIPALITY, TOWN, CHOME = "none", "prefecture", "municipality", "town", "chome"
"""Levels of an answer, from nothing to a town with its 丁目."""

_NUMBER = f"(?:[0-9]++|[{KANJI}]++)"
LETTERS = "甲乙丙丁戊己庚辛壬癸イロハニホヘトチリヌルヲ子丑寅卯辰巳午未申酉戌亥"
"""Letters of the old cadastre that stand before a lot."""
_NO_LOT = "番外地|無番地|番地(?:なし|ナシ|無し?)|地先"
_JOIN = "(?:番地ノ|番地|番ノ|番|号ノ|ノ|-)"
# A number that goes on as 号室, 階 or 棟 belongs to the building.
_ENDS = f"(?![0-9{KANJI}])(?!号[室棟館]|階|F|棟|室)"
_LOT = (
    f"(?:[{LETTERS}](?=[ -]?[0-9]|{_NUMBER}番))?[ -]?(?:(?:[0-9]++|[{KANJI}]++(?=番|-|ノ[0-9{KANJI}]))"
    f"(?:{_JOIN}(?:[0-9]++|[{KANJI}]++){_ENDS})*+(?:番地|番|号(?![室棟館]))?(?:{_NO_LOT}|先)?|{_NO_LOT})"
)
_REST = re.compile(
    f" *(?:(?P<chome>第?(?:[0-9]++|[{KANJI}]++))(?P<unit>丁目|丁(?=[0-9{KANJI} ]|$)|地割))? *"
    f"(?P<lot>{_LOT})?[ -]*(?P<building>.*)",
    re.DOTALL,
)
# What makes a number part of a name: 九番町, 三本松, 5線, 2区, 7条.
_NAME_GOES_ON = re.compile(f"{_NUMBER}(?:番?町|番丁|区|線|条|組|軒|本|ツ|ノ?[^\\x00-\\x7f0-9{KANJI}番丁地号ノ先の-])")
_AZA = re.compile("(?:大字|小字|字)[^0-9 ]")
_STREET = re.compile("(?:上[るル]|下[るル]|[東西]入[るル]?)(?![^東西上下0-9]{0,3}(?:通|上[るル]|下[るル]|[東西]入))")
# １番２号及び３番４号 names two lots.
_OTHER_LOT = re.compile(f"[0-9{KANJI}](?:番(?!館)|丁目)")
_REFERS_BACK = re.compile("同上|〃|仝|同[番居所]")
_KYOTO = "2610"
_ARABIC = "0123456789"
_SKIPPED = ("大字", "小字", "字")


_Found = tuple[int, int, Town, tuple[str, ...]]
"""Begin and end of a name in a key, its town, and the rules it took."""


class ParsedAddress(NamedTuple):
    """An address in its parts.

    ``prefecture``, ``municipality`` and ``town`` are names of the masters ("" where not found; the town with its 丁目
    in kanji where one is written), ``lot`` and ``building`` pieces of the source without outer blanks, ``rest`` the
    piece no part was found for. ``written`` is the town as the source has it. ``rules`` are the catalogue rules that
    explain what was read past (ADR-005 大字, ADR-018 通り名 …) or why there is no answer.
    """

    prefecture: str
    municipality: str
    town: str
    lot: str
    building: str
    level: str
    rest: str
    rules: tuple[str, ...]
    municipality_code: str
    written: str
    street: str


def parse(text: str, municipality_code: str | None = None) -> ParsedAddress:
    """Take one address apart.

    Args:
        text: The address; with a code, from the prefecture, the municipality or the town on.
        municipality_code: Six digits, where the record says which municipality it is.

    Returns:
        The parts; never a town the text does not name.

    >>> found = parse("東京都千代田区霞が関２－１－１　霞ビル１０１")
    >>> found.municipality, found.town, found.lot, found.building, found.level
    ('千代田区', '霞が関', '２－１－１', '霞ビル１０１', 'town')
    >>> parse("大字霞ヶ関二丁目1番2号", "131016")[2:5]
    ('霞が関二丁目', '1番2号', '')
    >>> parse("二十四軒1条1丁目", "011070").town, parse("霞が関町1", "131016").level
    ('二十四軒一条一丁目', 'municipality')
    """
    source = text if is_plain(text) else without_marks(text)
    key = source.translate(folding())
    found: _Found | None
    if municipality_code is None:
        at, prefecture, codes, rules = _municipalities(key)
        if not codes:
            level = PREFECTURE if prefecture else NOTHING
            return ParsedAddress(prefecture, "", "", "", "", level, source[at:], rules, "", "", "")
        answers = [(each, one) for each in codes if (one := _town(key, at, town_index(each), each)) is not None]
        # A name several municipalities share is told apart by a town that only one of them has.
        if len(codes) > 1 and len(answers) != 1:
            level = PREFECTURE if prefecture else NOTHING
            return ParsedAddress(prefecture, "", "", "", "", level, source, rules, "", "", "")
        code = answers[0][0] if answers else codes[0]
        found = answers[0][1] if answers else None
    else:
        at, code, rules = 0, municipality_code, ()
        if code not in municipality_names():
            return ParsedAddress("", "", "", "", "", NOTHING, source, ("ADR-001",), code, "", "")
        found = _town(key, at, town_index(code), code)
        behind = _own_names(key, code)
        if behind:
            other = _town(key, behind, town_index(code), code)
            # 白浜町 is a town of 白浜町 too: where both readings end in a town, none is certain.
            found = None if found is not None and other is not None else found or other
            at = behind if found is None or found is other else 0
    prefecture, municipality = municipality_names()[code]
    if found is None:
        why = _unanswered(key, at, town_index(code)) if key[at:].strip() else ()
        rest = source[at:].strip()
        return ParsedAddress(prefecture, municipality, "", "", "", MUNICIPALITY, rest, rules + why, code, "", "")
    begin, end, town, passed = found
    rules += passed
    after = _REST.match(key, end)
    assert after is not None
    name, level, middle = town.name, TOWN, end
    chome = after["chome"]
    rest = ""
    if chome is not None:
        name, level, middle = name + chome_name(chome, after["unit"]), CHOME, after.end("unit")
    lot = "" if after["lot"] is None else source[after.start("lot") : after.end("lot")].strip()
    building = source[after.start("building") : after.end("building")].strip()
    if not after["lot"] and building and _AZA.match(key, after.start("building")):
        rest, building, rules = building, "", (*rules, "ADR-005")
    street = source[at:begin].strip() if begin > at and "ADR-018" in rules else ""
    return ParsedAddress(
        prefecture, municipality, name, lot, building, level, rest, rules, code, source[begin:middle].strip(), street
    )


def lot_and_building(text: str) -> tuple[str, str] | None:
    """The lot a text begins with and what follows it, as they stand there; None where it is all lot, or none.

    >>> lot_and_building("１－２－３霞ハイツ１０１"), lot_and_building("１番６号"), lot_and_building("霞ハイツ")
    (('１－２－３', '霞ハイツ１０１'), None, None)
    """
    source = text if is_plain(text) else without_marks(text)
    found = _REST.match(source.translate(folding()))
    if found is None or found["lot"] is None or found["chome"] is not None or not found["building"].strip():
        return None
    if _OTHER_LOT.search(found["building"]):
        return None
    lot = source[found.start("lot") : found.end("lot")].strip()
    return lot, source[found.start("building") : found.end("building")].strip()


def chome_name(number: str, unit: str) -> str:
    """A 丁目 as 町字 write it, from its number in the matching form.

    >>> chome_name("2", "丁目"), chome_name("十二", "丁目"), chome_name("二〇", "丁"), chome_name("第24", "地割")
    ('二丁目', '十二丁目', '二十丁', '第二十四地割')
    """
    ordinal = number.startswith("第")
    digits = number.removeprefix("第")
    value = int(digits) if digits.isascii() else number_of(digits)
    kanji = digits if value is None or not 0 < value < 10000 else kanji_number(value)
    return ("第" if ordinal else "") + kanji + unit


def _municipalities(key: str) -> tuple[int, str, tuple[str, ...], tuple[str, ...]]:
    """Where the municipality ends, the prefecture's name, the codes it may be, and the rules it took."""
    known = prefectures()
    at = 4 if key[:4] in known else 3 if key[:3] in known else 0
    prefecture = known[key[:at]] if at else ""
    begin = _past_blanks(key, at)
    index = municipality_index(prefecture)
    for length in index.lengths.get(key[begin : begin + 2], ()):
        codes = index.by_key.get(key[begin : begin + length])
        if codes is not None:
            return begin + length, prefecture, codes, () if at else ("ADR-004",)
    return at, prefecture, (), ()


@cache
def _name_keys(code: str) -> tuple[str, tuple[str, ...]]:
    prefecture, name = (matching_form(part) for part in municipality_names()[code])
    short = re.sub(".+?郡(?=.{1,6}[町村]$)", "", name, count=1)
    return prefecture, (name,) if short == name else (name, short)


def _own_names(key: str, code: str) -> int:
    """How far a text repeats the names of the municipality the record is of (0: not at all)."""
    prefecture, names = _name_keys(code)
    at = _past_blanks(key, len(prefecture)) if key.startswith(prefecture) else 0
    for name in names:
        if key.startswith(name, at):
            return at + len(name)
    return at


def _past_blanks(key: str, at: int) -> int:
    while key[at : at + 1] == " ":
        at += 1
    return at


def _town(key: str, at: int, index: TownIndex, code: str) -> _Found | None:
    """Begin, end and town of the name that stands at a place of a key, and the rules it took."""
    at = _past_blanks(key, at)
    for sign in _SKIPPED:
        # 大字 first: 白河市 has a town 大, and 大字板橋 is none of its 字. 大字東 may be, and gets no answer.
        if key.startswith(sign, at):
            found = _longest(key, _past_blanks(key, at + len(sign)), index)
            if found is not None and len(found[1].name) == 1 and _longest(key, at, index) is not None:
                return None
            if found is not None:
                return at, found[0], found[1], ("ADR-005",)
    found = _longest(key, at, index)
    if found is not None:
        return at, found[0], found[1], ()
    if code.startswith(_KYOTO):
        ends = [street.end() for street in _STREET.finditer(key, at)]
        for end in reversed(ends):
            begin = _past_blanks(key, end)
            found = _longest(key, begin, index)
            if found is not None:
                return begin, found[0], found[1], ("ADR-018",)
    return None


def _longest(key: str, at: int, index: TownIndex) -> tuple[int, Town] | None:
    """The longest name a key has at a place, where what follows may follow a town; else nothing, not a shorter one."""
    two = key[at : at + 2]
    for lengths in (index.lengths.get(two), index.lengths.get(two[:1])) if len(two) == 2 else (index.lengths.get(two),):
        for length in lengths or ():
            end = at + length
            towns = index.by_key.get(key[at:end])
            if towns is None or len(key) < end:
                continue
            if len(towns) > 1 or not _may_end(key, end, chome=towns[0].chome):
                return None
            return end, towns[0]
    return None


def _may_end(key: str, end: int, *, chome: bool) -> bool:
    if end == len(key):
        return True
    last, following = key[end - 1], key[end]
    if (following in _ARABIC and last in _ARABIC) or (following in KANJI and last in KANJI):
        return False
    if _NAME_GOES_ON.match(key, end) is not None:
        return False
    after = _REST.match(key, end)
    assert after is not None
    if after["chome"] is not None and after["unit"] != "地割" and not chome:
        # The master knows no 丁目 of this town: it may be another one.
        return False
    if after["chome"] is not None and after["lot"] is None:
        # 一丁目南 is no 一丁目: what follows a 丁目 without a number stands apart from it.
        return after.end("unit") == len(key) or key[after.end("unit")] == " "
    if after["chome"] is not None or after["lot"] is not None:
        return True
    begin = _past_blanks(key, end)
    return begin == len(key) or _AZA.match(key, begin) is not None


def _unanswered(key: str, at: int, index: TownIndex) -> tuple[str, ...]:
    begin = _past_blanks(key, at)
    if _REFERS_BACK.match(key, begin):
        return ("ADR-024",)
    return ("ADR-023",) if without_its_sign(key[begin:], index) else ("ADR-013",)


_HEAD = re.compile(f"[^0-9 {KANJI}]+")
_SIGNS = ("町", "村")


def without_its_sign(key: str, index: TownIndex) -> tuple[Town, ...]:
    """Towns a name would be if 町 or 村 were added or taken away: close, and another place as often as not."""
    head = _HEAD.match(key)
    if head is None:
        return ()
    name = head[0]
    tries: Iterable[str] = (
        *(name + sign for sign in _SIGNS), *(name[: -len(sign)] for sign in _SIGNS if name.endswith(sign))
    )
    return tuple(town for tried in tries if tried for town in index.by_key.get(tried, ()))
