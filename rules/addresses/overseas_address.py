"""ADR-022 国外住所：国内住所の項目に国外の住所が入っている。国名・国外住所の項目へ分ける。

Issued by: 項目定義書 (国名コード, 国名等 and 国外住所 are items of their own; the items of a domestic address stay
empty). A text that begins with the name of a country (``countries.csv``) is one, unless it names a municipality or a
town of the master (中国町, ロシア町通); the country is the candidate for 国名等, and the evidence names it. An address
that has both a country's code other than Japan's and domestic parts is asked about too. Source: rule catalogue ADR-022
(R3).

>>> from rules.trial import bound, try_find
>>> rows = {"市": ["米国シアトル", "函館市", "ブラジル連邦共和国サンパウロ市", "中国"]}
>>> try_find(find, rows, bound("市", "moved_to_address.municipality"))  # doctest: +NORMALIZE_WHITESPACE
[('米国シアトル', 'country', '米国'), ('ブラジル連邦共和国サンパウロ市', 'country', 'ブラジル連邦共和国'),
 ('中国', 'country', '中国')]
"""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import resources

import polars as pl

from rules.addresses.parser import MUNICIPALITY, NOTHING, PREFECTURE, parse
from rules.addresses.places import TOWN_PARTS, UNREADABLE, combinations, places, town_of, whole_items
from rules.contract import BoundItem, Finding, RuleContext

_JAPAN = ("", "JPN", "392")
_DOMESTIC = ("prefecture", "municipality", "town", "lot")


@cache
def countries() -> tuple[str, ...]:
    """Names of countries as addresses begin with them, the longest first."""
    text = resources.files("rules.addresses").joinpath("countries.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    names = {name for row in rows for name in (row["name"], *row["others"].split()) if name}
    return tuple(sorted(names, key=lambda name: (-len(name), name)))


@cache
def _beginning() -> re.Pattern[str]:
    return re.compile(f"[ 　]*({'|'.join(map(re.escape, countries()))})")


def country_of(text: str) -> str | None:
    """The country an address begins with.

    >>> country_of("大韓民国ソウル特別市"), country_of("韓国町"), country_of("函館市")
    ('大韓民国', '韓国', None)
    """
    found = _beginning().match(text)
    return found[1] if found is not None else None


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Domestic items that hold a foreign address."""
    findings = []
    for place in places(ctx):
        foreign: dict[str, dict[str, str]] = {}
        for row in combinations(block, place, *TOWN_PARTS) if place.names(*TOWN_PARTS) else ():
            for part, text in zip(TOWN_PARTS[1:], row[1:], strict=True):
                country = country_of(text) if text and not UNREADABLE.search(text) else None
                if country is None or (part == "town" and _is_town(row)) or (part != "town" and _is_place(text)):
                    continue
                foreign.setdefault(part, {})[text] = country
        findings += [_finding(place.parts[part], foreign[part]) for part in TOWN_PARTS if part in foreign]
        findings += _both(ctx, place.prefix)
    for item in whole_items(ctx):
        texts = block.select(pl.col(item.name).drop_nulls().unique())[item.name].sort().to_list()
        named = {text: country for text in texts if (country := country_of(text)) is not None and not _is_place(text)}
        if named:
            findings.append(_finding(item, named))
    return findings


def _finding(item: BoundItem, named: dict[str, str]) -> Finding:
    column = pl.col(item.name)
    candidate = column.replace_strict(named, default=None, return_dtype=pl.String)
    return Finding(item.name, column.is_in(list(named)), candidate, "country", "候補は国名。国内住所の項目は空にする")


def _is_town(row: tuple[str, ...]) -> bool:
    found = town_of(*row)
    return found is not None and found.level not in (NOTHING, PREFECTURE, MUNICIPALITY)


def _is_place(text: str) -> bool:
    return parse(text).level != NOTHING


def _both(ctx: RuleContext, prefix: str) -> list[Finding]:
    """Rows with a country other than Japan and domestic parts."""
    country = ctx.one(f"{prefix}.country")
    parts = [item for part in _DOMESTIC if (item := ctx.one(f"{prefix}.{part}")) is not None]
    if country is None or not parts:
        return []
    abroad = ~pl.col(country.name).fill_null("").is_in(_JAPAN)
    filled = pl.any_horizontal(pl.col(item.name).fill_null("") != "" for item in parts)
    return [Finding(country.name, abroad & filled, reason="domestic_items_filled")]
