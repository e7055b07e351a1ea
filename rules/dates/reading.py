"""The one reading of every date: what a source's text says, and one reason per value (cleansing.md §4).

The order of the questions is fixed: empty or sentinel, 不詳 code, season or 旬, era or Gregorian form,
calendar, era range. The first question a value answers gives its reason, so that no value is counted by two
date rules. Each distinct text is read once by :func:`read_date`; a block only looks its values up
(:mod:`rules.dates.block_readings`), which keeps a million dates cheap and the reading itself plain to follow and test.

Eras: layouts/eras.csv. 1912-07-30 and 1926-12-25 belong to both eras (住民記録システム標準仕様書 1.1.8).
"""

from __future__ import annotations

import re
from calendar import isleap
from dataclasses import dataclass
from datetime import date
from functools import cache

from layouts.eras import Era, load_era_codes, load_eras
from rules.contract import DateForm

EMPTY = "empty"
OPEN_START, OPEN_END = "open_start", "open_end"
UNKNOWN, UNKNOWN_CODE, SEASON = "unknown", "unknown_code", "season"
OTHER_FORM, NOT_A_DATE, TWO_DIGIT_YEAR = "other_form", "not_a_date", "two_digit_year"
UNKNOWN_ERA, YEAR_ZERO = "unknown_era", "year_zero"
LUNAR, MISSING_1872, OFF_CALENDAR = "lunar", "missing_1872", "off_calendar"
BEFORE_ERA, AFTER_ERA, BOUNDARY = "before_era", "after_era", "boundary"
ERA, WESTERN, ISO = "era", "western", "iso"
FOREIGN_ERA, FOREIGN_WESTERN = "foreign_era", "foreign_western"

REASONS = (
    EMPTY, OPEN_START, OPEN_END, UNKNOWN, UNKNOWN_CODE, SEASON, OTHER_FORM, NOT_A_DATE, TWO_DIGIT_YEAR, UNKNOWN_ERA,
    YEAR_ZERO, LUNAR, MISSING_1872, OFF_CALENDAR, BEFORE_ERA, AFTER_ERA, BOUNDARY, ERA, WESTERN, ISO, FOREIGN_ERA,
    FOREIGN_WESTERN,
)  # fmt: skip
"""Every reason a reading may end with; the Enum of the ``reading:<item>`` columns."""

LEGAL = (ERA, WESTERN, ISO, BOUNDARY, FOREIGN_ERA, FOREIGN_WESTERN)
"""Reasons of a date that is one day of the calendar, rightly written."""

UNKNOWN_REASONS = (UNKNOWN, UNKNOWN_CODE, SEASON)
"""Reasons of a date of which parts are not known (不詳)."""

FOREIGN_MEANINGS = ("person.birth_date", "person.residence_expiry")
"""Dates that are kept in the Gregorian calendar for foreign residents (住民記録システム標準仕様書)."""

START_TEXT, END_TEXT = "0000-01-01", "9999-12-31"
_ALL_UNKNOWN = "年月日不詳"
_SEASONS = {"1": "春", "2": "夏", "3": "秋", "4": "冬"}
_PHASES = {"A": "", "B": "初", "C": "仲", "D": "晩"}
_THIRDS = {"A1": "上旬", "A2": "中旬", "A3": "下旬"}
_FULL = str.maketrans("0123456789", "０１２３４５６７８９")
_HALF = str.maketrans("０１２３４５６７８９．／－ＭＴＳＨＲ　", "0123456789./-MTSHR ")
_PARTS = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})")
_WESTERN_TEXT = re.compile(r"(?:西暦)?([0-9]{4})[年./-]([0-9]{1,2})[月./-]([0-9]{1,2})日?")
_WAREKI = re.compile(r"(明治|大正|昭和|平成|令和|[MTSHR])(元|[0-9]{1,2})[年./-]([0-9]{1,2})[月./-]([0-9]{1,2})日?")
_WAREKI_UNKNOWN = re.compile(r"(明治|大正|昭和|平成|令和)(元|[0-9]{1,2})年(?:([0-9]{1,2})月日不詳|月日不詳)")
_SPECIAL_MONTH = re.compile(r"[A-D][1-4]")
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one text says.

    ``iso`` is YYYY-MM-DD as text, also for a day no calendar has; None where no day can be told. ``text`` is
    the 不詳表記 (full width) in eras, ``western`` the same in Gregorian years (foreign residents); None unless
    the date is 不詳.
    """

    reason: str
    iso: str | None = None
    text: str | None = None
    western: str | None = None


def read_date(text: str | None, form: DateForm) -> Reading:
    r"""Read one date as its source writes it.

    Args:
        text: The source's text; None and blanks are empty.
        form: How the item writes dates.

    Examples:
        >>> era = DateForm("GYYMMDD", unknown_parts=("00", "99"))
        >>> read_date("4310430", era).iso
        '2019-04-30'
        >>> read_date("1450730", era)
        Reading(reason='boundary', iso='1912-07-30', text=None, western=None)
        >>> read_date("3640210", era)
        Reading(reason='after_era', iso='1989-02-10', text=None, western=None)
        >>> read_date("3200000", era).text
        '昭和２０年\u3000月日不詳'
        >>> read_date("3500229", era)
        Reading(reason='off_calendar', iso='1975-02-29', text=None, western=None)
        >>> read_date("5000501", era).reason, read_date("6010101", era).reason
        ('year_zero', 'unknown_era')
        >>> read_date("19780101", era)
        Reading(reason='other_form', iso='1978-01-01', text=None, western=None)
    """
    if text is None:
        return Reading(EMPTY)
    value = text.strip(" \u3000").upper()
    if not value:
        return Reading(EMPTY)
    digits = value.replace("-", "").replace("/", "")
    if digits and not digits.strip("0"):
        return _sentinel(form.zeros, UNKNOWN)
    if digits and not digits.strip("9"):
        return _sentinel(form.nines, UNKNOWN_CODE)
    if form.form == "WAREKI_TEXT":
        return _read_text(value.translate(_HALF).replace(" ", ""), form)
    if form.form in ("ISO", "SLASH"):
        match = _PARTS.fullmatch(value)
        separator = "-" if form.form == "ISO" else "/"
        if match is None or separator not in value or (form.form == "ISO" and len(value) != 10):
            return _other_form(value, form)
        return _western(match[1], match[2].zfill(2), match[3].zfill(2), form, ISO if form.form == "ISO" else WESTERN)
    if form.form == "YYYYMMDD":
        if len(value) != 8 or not value[:4].isascii() or not value[:4].isdigit() or not _is_part(value[4:]):
            return _other_form(value, form)
        return _western(value[:4], value[4:6], value[6:], form, WESTERN)
    if form.form == "YYMMDD":
        plain = len(value) == 6 and value.isascii() and value.isdigit()
        return Reading(TWO_DIGIT_YEAR) if plain else _other_form(value, form)
    width = 2 if form.form == "GGYYMMDD" else 1
    if len(value) != width + 6 or not _is_part(value[width + 2 :]) or not _ascii_digits(value[width : width + 2]):
        return _other_form(value, form)
    era = load_era_codes()[form.era].get(value[:width])
    if era is None:
        western = _gregorian_digits(value)
        return western if western is not None and width == 2 else Reading(UNKNOWN_ERA)
    return _japanese(era, value[width : width + 2], value[width + 2 : width + 4], value[width + 4 :], form)


def _ascii_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_part(tail: str) -> bool:
    """Whether four characters can be month and day: digits, or the season and 旬 codes A1 … D4."""
    month, day = tail[:2], tail[2:]
    return (_ascii_digits(month) or _SPECIAL_MONTH.fullmatch(month) is not None) and (
        _ascii_digits(day) or day in _THIRDS
    )


def _sentinel(means: str, reason: str) -> Reading:
    if means == "open_start":
        return Reading(OPEN_START, START_TEXT)
    if means == "open_end":
        return Reading(OPEN_END, END_TEXT)
    if means == "unknown":
        return Reading(reason, None, _ALL_UNKNOWN, _ALL_UNKNOWN)
    return Reading(EMPTY)


def _gregorian_digits(value: str) -> Reading | None:
    """Eight digits that are a day of the Gregorian calendar between 1868 and 2099, else None."""
    if (
        len(value) == 8
        and _ascii_digits(value)
        and 1868 <= int(value[:4]) <= 2099
        and _exists(int(value[:4]), value[4:6], value[6:])
    ):
        return Reading(OTHER_FORM, f"{value[:4]}-{value[4:6]}-{value[6:]}")
    return None


def _other_form(value: str, form: DateForm) -> Reading:
    """A value that is not in the item's form: told apart where it is a date in another one (DAT-015)."""
    western = _gregorian_digits(value.translate(_HALF))
    if western is not None:
        return western
    match = _WESTERN_TEXT.fullmatch(value.translate(_HALF))
    if match is not None and _exists(int(match[1]), match[2], match[3]):
        return Reading(OTHER_FORM, f"{match[1]}-{match[2]:0>2}-{match[3]:0>2}")
    wareki = _read_wareki(value.translate(_HALF).replace(" ", ""), form)
    if wareki is not None and wareki.iso is not None:
        return Reading(OTHER_FORM, wareki.iso)
    if len(value) == 7 and _ascii_digits(value):
        era = load_era_codes()["one_digit"].get(value[0])
        if era is not None and _exists(era.year_offset + int(value[1:3]), value[3:5], value[5:]):
            return Reading(OTHER_FORM, f"{era.year_offset + int(value[1:3])}-{value[3:5]}-{value[5:]}")
    if len(value) == 6 and _ascii_digits(value) and 1 <= int(value[2:4]) <= 12 and 1 <= int(value[4:]) <= 31:
        return Reading(OTHER_FORM)
    return Reading(NOT_A_DATE)


def _exists(year: int, month: str, day: str) -> bool:
    if not (_ascii_digits(month) and _ascii_digits(day)) or not 1 <= year <= 9999:
        return False
    number = int(month)
    if not 1 <= number <= 12:
        return False
    return 1 <= int(day) <= _DAYS[number - 1] + (number == 2 and isleap(year))


def _is_known(month: str, day: str, form: DateForm) -> bool:
    """Whether month and day leave nothing to :func:`_unknown`."""
    return _ascii_digits(month) and day not in _THIRDS and day not in form.unknown_parts


def _unknown(year: str, western: str, month: str, day: str, form: DateForm) -> Reading | None:
    """The questions ② and ③ for a known year: ``year`` and ``western`` are its wordings (昭和２０年, １９４５年)."""
    if _SPECIAL_MONTH.fullmatch(month):
        season = _PHASES[month[0]] + _SEASONS[month[1]]
        third = _THIRDS.get(day, "")
        return Reading(SEASON, None, year + season + third, western + season + third)
    month_unknown, day_unknown = month in form.unknown_parts, day in form.unknown_parts
    if day in _THIRDS:
        if not 1 <= int(month) <= 12:
            return None
        tail = f"{int(month)}月".translate(_FULL) + _THIRDS[day]
        return Reading(SEASON, None, year + tail, western + tail)
    if not day_unknown or (not month_unknown and not 1 <= int(month) <= 12):
        return None
    reason = UNKNOWN if "00" in (month if month_unknown else day, day) else UNKNOWN_CODE
    tail = "\u3000月日不詳" if month_unknown else f"{int(month)}月".translate(_FULL) + "\u3000日不詳"
    return Reading(reason, None, year + tail, western + tail)


def _western(year: str, month: str, day: str, form: DateForm, reason: str) -> Reading:
    if (year, month, day) == ("9999", "12", "31"):
        return Reading(OPEN_END, END_TEXT)
    if (year, month, day) == ("0000", "01", "01"):
        return Reading(OPEN_START, START_TEXT)
    if year in {part * 2 for part in form.unknown_parts} and {month, day} <= set(form.unknown_parts):
        return Reading(UNKNOWN if year == "0000" else UNKNOWN_CODE, None, _ALL_UNKNOWN, _ALL_UNKNOWN)
    if year == "0000":
        return Reading(YEAR_ZERO)
    if not _is_known(month, day, form):
        western = f"{year}年".translate(_FULL)
        found = _unknown(_era_year(int(year)) or western, western, month, day, form)
        if found is not None:
            return found
    if not _exists(int(year), month, day):
        return Reading(OFF_CALENDAR, f"{year}-{month}-{day}") if _ascii_digits(month + day) else Reading(NOT_A_DATE)
    return Reading(reason, f"{year}-{month}-{day}")


def _era_year(year: int) -> str | None:
    """The wording of a Gregorian year that lies in one era altogether, else None."""
    for era in load_eras():
        if (era.start <= date(year, 1, 1)) and (era.end is None or date(year, 12, 31) <= era.end):
            return _worded(era, year - era.year_offset)
    return None


def _worded(era: Era, year: int) -> str:
    return f"{era.name}元年" if year == 1 else f"{era.name}{year}年".translate(_FULL)


def _japanese(era: Era, year: str, month: str, day: str, form: DateForm) -> Reading:
    if year in form.unknown_parts and month in form.unknown_parts and day in form.unknown_parts:
        return Reading(UNKNOWN if "00" in (year, month, day) else UNKNOWN_CODE, None, _ALL_UNKNOWN, _ALL_UNKNOWN)
    if int(year) == 0:
        first = era.year_offset + 1
        return Reading(YEAR_ZERO, f"{first}-{month}-{day}" if _exists(first, month, day) else None)
    gregorian = era.year_offset + int(year)
    if not _is_known(month, day, form):
        wording = _worded(era, int(year))
        found = _unknown(wording, wording, month, day, form)
        if found is not None:
            return found
    if not _ascii_digits(month + day):
        return Reading(NOT_A_DATE)
    if era.letter == "M" and int(year) <= 5:
        # 明治5年12月2日 was the last day of the lunar calendar; the next day is 明治6年1月1日 = 1873-01-01.
        missing = int(year) == 5 and int(month) == 12 and 3 <= int(day) <= 31
        return Reading(MISSING_1872 if missing else LUNAR)
    iso = f"{gregorian:04d}-{month}-{day}"
    if not _exists(gregorian, month, day):
        return Reading(OFF_CALENDAR, iso)
    if iso < era.start.isoformat():
        return Reading(BEFORE_ERA, iso)
    if era.end is not None and iso > era.end.isoformat():
        return Reading(AFTER_ERA, iso)
    return Reading(
        BOUNDARY if iso in _boundaries() and era.end is not None and iso == era.end.isoformat() else ERA, iso
    )


@cache
def _boundaries() -> frozenset[str]:
    """Days that belong to two eras: an era's last day that is the next one's first."""
    starts = {era.start for era in load_eras()}
    return frozenset(era.end.isoformat() for era in load_eras() if era.end in starts and era.end is not None)


def _read_wareki(value: str, form: DateForm) -> Reading | None:
    match = _WAREKI.fullmatch(value)
    if match is None:
        return None
    codes = {**load_era_codes()["letter"], **load_era_codes()["kanji"]}
    year = "01" if match[2] == "元" else match[2].zfill(2)
    return _japanese(codes[match[1]], year, match[3].zfill(2), match[4].zfill(2), form)


def _read_text(value: str, form: DateForm) -> Reading:
    """WAREKI_TEXT: 「昭和50年1月1日」「S50.1.1」「昭和元年…」 and the 不詳 wordings that say what is known."""
    if value in (_ALL_UNKNOWN, "不詳"):
        return Reading(UNKNOWN, None, _ALL_UNKNOWN, _ALL_UNKNOWN)
    found = _read_wareki(value, form)
    if found is not None:
        return found
    match = _WAREKI_UNKNOWN.fullmatch(value)
    if match is not None:
        year = 1 if match[2] == "元" else int(match[2])
        wording = _worded(load_era_codes()["kanji"][match[1]], year)
        tail = "\u3000月日不詳" if match[3] is None else f"{int(match[3])}月".translate(_FULL) + "\u3000日不詳"
        return Reading(UNKNOWN, None, wording + tail, wording + tail)
    return _other_form(value, form)
