"""The people of a chunk as the departments know them, and the days that follow from a birth."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.sample_city.calendar_dates import Days, day, parts
from pipelines.sample_city.check_digits import with_check_digit
from pipelines.sample_city.population import HEAD, LISTED, MOVED_OUT, Chunk

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Text = NDArray[np.str_]

FOREVER = 10**6
"""Stands for "no end" in arrays of days."""
TODAY = day(2026, 1, 15)
"""The day of the first extraction; the departments' files change only by what is put right later."""
YEAR = 2025
"""The fiscal year the levies are of."""
YEAR_START, YEAR_END = day(YEAR, 4, 1), day(YEAR + 1, 3, 31)
LEVY_DAY = day(YEAR, 1, 1)
"""賦課期日 of the taxes on residents and property."""


@dataclass(frozen=True)
class People:
    """Columns of the people nothing is planted on in the register, who are the same in all generations.

    ``columns``: number (宛名番号, 10 digits), home (世帯番号), head (the head's 宛名番号), head_birth, birth, since
    (resident since), here (at this address since), sex, role, household (index in the chunk), foreign, status, gone
    (day of removal, or none), serial (place in the city), index (place in the chunk), name, family, given, town, lot.
    Days count from 1970-01-01. ``empty_homes`` are the 世帯番号 of households that all have left for good.
    """

    columns: dict[str, NDArray[Any]]
    empty_homes: Text = field(default_factory=lambda: np.empty(0, "U10"))

    def __getattr__(self, name: str) -> NDArray[Any]:
        try:
            return self.columns[name]
        except KeyError:
            raise AttributeError(name) from None

    def __len__(self) -> int:
        return len(self.columns["number"])

    def where(self, mask: NDArray[Any]) -> People:
        """Those a mask or an index array names."""
        return People({name: column[mask] for name, column in self.columns.items()}, self.empty_homes)

    def empty_home(self) -> Text:
        """For each person the 世帯番号 of a household in which nobody lives, "" where there is none."""
        if not len(self.empty_homes):
            return np.full(len(self), "", "U10")
        return np.asarray(self.empty_homes[self.serial % len(self.empty_homes)])

    def draw(self, what: str, below: int) -> Numbers:
        """A number from 0 to ``below`` - 1 for each person, always the same for the same ``what``."""
        return spread(self.serial, what, below)

    def draw_home(self, what: str, below: int) -> Numbers:
        """As :meth:`draw`, the same for all people of a household."""
        return spread(self.home.astype(np.int64), what, below)

    def age(self, on: Days | int) -> Numbers:
        """Full years at the end of a day (年齢計算ニ関スル法律: complete the day before the birthday)."""
        return full_years(self.birth, on)

    @property
    def present(self) -> People:
        """Those who live in the city."""
        return self.where(self.status == LISTED)

    @property
    def known(self) -> People:
        """Those whose 宛名 a department still needs: residents and those who moved out."""
        return self.where((self.status == LISTED) | (self.status == MOVED_OUT))

    @property
    def taxable(self) -> People:
        """Those who owe the year's taxes: residents, who moved out, and who died after the day of the levy."""
        return self.where((self.status == LISTED) | (self.status == MOVED_OUT) | (self.gone >= LEVY_DAY))


def people_of(chunk: Chunk, left_out: Flags, first: int) -> People:
    """The people of a chunk but those ``left_out``; ``first`` is the serial number of the chunk's first person."""
    one, rows = chunk.people, chunk.rows
    last, household = one["last_row"], one["household"]
    heads = np.searchsorted(household, household)
    calm = ~one["event"] & ~one["deleted"] & ~one["old_number"] & (one["appears"] == 1) & (one["removed_in"] <= 1)
    calm &= ~left_out
    number = padded(one["number"], 10)
    columns = {
        "number": number,
        "home": padded(one["household_number"], 10),
        "head": number[heads],
        "head_birth": one["birth"][heads],
        "birth": one["birth"],
        "since": one["resident_since"],
        "here": one["here"],
        "sex": one["sex"],
        "role": one["role"],
        "household": household,
        "foreign": one["foreign"],
        "status": one["status"],
        "gone": one["gone"],
        "index": np.arange(len(number)),
        "serial": first + np.arange(len(number)),
        **{to: rows[item][last] for to, item in (
            ("name", "氏名漢字"), ("family", "氏"), ("given", "名"), ("town", "町名"), ("lot", "番地"))},
    }  # fmt: skip
    # A family is taken as a whole or not at all: the departments' records lean on its head.
    whole = calm[heads] & (one["role"][heads] == HEAD) & (one["status"][heads] == LISTED)
    left = np.ones(int(household.max()) + 1, bool)
    left[household[(one["status"] == LISTED) | (one["removed_in"] > 1) | (one["appears"] > 1)]] = False
    empty = np.unique(padded(one["household_number"][left[household]], 10))
    return People(columns, empty).where(calm & whole)


def spread(serial: Numbers, what: str, below: int) -> Numbers:
    """Numbers from 0 to ``below`` - 1 that follow from serial numbers alone."""
    bits = serial.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(zlib.crc32(what.encode()))
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((bits ^ (bits >> np.uint64(31))) % np.uint64(below)).astype(np.int64)


def full_years(birth: Days, on: Days | int) -> Numbers:
    """Full years between a birth and the end of a day."""
    year, month, of_month = parts(np.asarray(on, np.int64) + 1)
    born_year, born_month, born_day = parts(birth)
    before = (month < born_month) | ((month == born_month) & (of_month < born_day))
    return np.asarray(year - born_year - before, np.int64)


def anniversary(days: Days, years: int | Numbers) -> Days:
    """The same day of the month some years later; 29 February becomes 1 March in common years."""
    year, month, of_month = parts(days)
    return day_number(year + years, month, of_month)


def day_number(year: Any, month: Any, of_month: Any) -> Days:
    """Days since 1970-01-01; a day past the month's end runs on into the next month."""
    months = (np.asarray(year, np.int64) - 1970) * 12 + np.asarray(month, np.int64) - 1
    start = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return np.asarray(start + np.asarray(of_month, np.int64) - 1, np.int64)


def attained(birth: Days, years: int) -> Days:
    """The day on which an age is complete: the day before the birthday."""
    return anniversary(birth, years) - 1


def padded(numbers: Any, digits: int) -> Text:
    """Numbers as text with leading zeros."""
    texts = np.asarray(numbers).astype(str)
    return np.char.zfill(texts, digits) if len(texts) else texts


def months_until_year_end(start: Days) -> Numbers:
    """Months of the fiscal year from the month of a day to March, at most 12."""
    year, month, _ = parts(np.maximum(start, YEAR_START))
    return np.asarray((YEAR + 1 - year) * 12 + 3 - month + 1, np.int64)


def unknown_number(place: int) -> str:
    """A 宛名番号 with a right check digit that nobody has."""
    return f"{int(with_check_digit(np.array([990_000_000 + place]), 9)[0]):010d}"
