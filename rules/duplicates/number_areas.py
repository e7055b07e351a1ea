"""Whose 個人番号 may be compared: only inside 番号利用事務 (番号法 9条1項・別表), declared in ``number_areas.csv``.

A row of 住登外 is used by the area its 業務ID names: of an area that may not use the number it is carried, never
compared (cleansing.md §6.2, SEC-006).
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources


@cache
def number_areas() -> tuple[str, ...]:
    """業務IDs whose work may use 個人番号 (番号法 別表)."""
    text = resources.files("rules.duplicates").joinpath("number_areas.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(row["area"] for row in rows)


def may_compare() -> str:
    """SQL over area and addressee_business: whether the 個人番号 of a row may be compared."""
    areas = ", ".join(f"'{area}'" for area in number_areas())
    return f"(area IN ({areas}) AND COALESCE(addressee_business, area) IN ({areas}))"
