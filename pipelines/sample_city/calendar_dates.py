"""Days as numbers of days since 1970-01-01, and the ways the sample sources write them."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int64]

NONE = -(10**6)
"""Stands for "no date" in arrays of days."""

_EPOCH = date(1970, 1, 1).toordinal()
_ERA_STARTS = (date(1912, 7, 30), date(1926, 12, 25), date(1989, 1, 8), date(2019, 5, 1))
_ERA_OFFSETS = np.array([1867, 1911, 1925, 1988, 2018])


def day(year: int, month: int, day_of_month: int) -> int:
    """The number of one day."""
    return date(year, month, day_of_month).toordinal() - _EPOCH


def parts(days: Days) -> tuple[Days, Days, Days]:
    """Year, month and day of the month; of :data:`NONE` nothing meaningful."""
    stamps = days.astype("datetime64[D]")
    months = stamps.astype("datetime64[M]")
    month_number = months.astype(np.int64)
    return month_number // 12 + 1970, month_number % 12 + 1, (stamps - months).astype(np.int64) + 1


def as_western(days: Days) -> NDArray[np.int64]:
    """YYYYMMDD; 0 where there is no date."""
    year, month, of_month = parts(days)
    return np.where(days == NONE, 0, year * 10000 + month * 100 + of_month)


def as_era(days: Days) -> NDArray[np.int64]:
    """GYYMMDD with the one-digit era code (1 明治 … 5 令和); 0 where there is no date."""
    year, month, of_month = parts(days)
    starts = np.array([s.toordinal() - _EPOCH for s in _ERA_STARTS])
    era = np.searchsorted(starts, days, side="right")
    era_year = year - _ERA_OFFSETS[era]
    return np.where(days == NONE, 0, (era + 1) * 1_000_000 + era_year * 10000 + month * 100 + of_month)
