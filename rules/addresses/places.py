"""The addresses of a block: which items hold one address together, their distinct combinations, and what they say.

Rules on addresses ask each distinct combination once, not each row (a city of a million has some thousand towns), and
ask the parser once a combination for all rules together. Values that lost characters, or that need a person's eye
anyhow, are read by no rule of the place-name kind (:data:`UNREADABLE`).
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from char_mapping.text import SUBSTITUTES
from rules.addresses.matching_form import matching_form
from rules.addresses.municipalities import municipality_names
from rules.addresses.parser import ParsedAddress, parse
from rules.contract import BoundItem, RuleContext

PARTS = ("municipality_code", "prefecture", "municipality", "town", "lot", "building", "postal_code", "town_code")
PRESENT = "address"
"""The prefix of the meanings of a present address; only there a town must still exist."""

UNREADABLE = re.compile(f"[{{}}?？*＊{''.join(SUBSTITUTES)}\ue000-\uf8ff]")
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Place:
    """The items of one address of a group (住所, 転入前住所 …); ``parts`` part → item, absent where there is none."""

    prefix: str
    parts: Mapping[str, BoundItem]

    def names(self, *parts: str) -> tuple[str, ...]:
        """Columns of those of ``parts`` that the block has."""
        return tuple(self.parts[part].name for part in parts if part in self.parts)


def places(ctx: RuleContext, *needed: str) -> list[Place]:
    """The addresses of a block that have all parts ``needed``, in the order of their first item."""
    found: dict[str, dict[str, BoundItem]] = {}
    for item in ctx.items:
        prefix, _, part = item.meaning.partition(".")
        if prefix.endswith("address") and part in PARTS:
            found.setdefault(prefix, {}).setdefault(part, item)
    return [Place(prefix, parts) for prefix, parts in found.items() if all(part in parts for part in needed)]


def whole_items(ctx: RuleContext) -> tuple[BoundItem, ...]:
    """Items that hold an address in one text (住所, 本籍)."""
    return tuple(i for i in ctx.items if i.meaning.endswith("address.whole") or i.meaning == "person.honseki")


# Keyed by the block's identity and forgotten with it; threads work on blocks of their own.
_combinations: dict[int, dict[tuple[str, ...], list[tuple[str, ...]]]] = {}


def combinations(block: pl.DataFrame, place: Place, *parts: str) -> list[tuple[str, ...]]:
    """The distinct values the parts of an address have together ("" for null and for a part there is no item of)."""
    key = id(block)
    if key not in _combinations:
        _combinations[key] = {}
        weakref.finalize(block, _combinations.pop, key, None)
    names = place.names(*parts)
    if names not in _combinations[key]:
        frame = block.select(pl.col(name).fill_null("") for name in names).unique()
        _combinations[key][names] = sorted(frame.iter_rows())
    there = [part in place.parts for part in parts]
    if all(there):
        return _combinations[key][names]
    rows = []
    for found in _combinations[key][names]:
        values = iter(found)
        rows.append(tuple(next(values) if one else "" for one in there))
    return rows


def among(place: Place, parts: Iterable[str], rows: Iterable[tuple[str, ...]]) -> pl.Expr:
    """Rows of a block whose parts are one of some combinations."""
    parts = tuple(parts)
    return _joined(place, parts).is_in(["\x1f".join(_own(place, parts, row)) for row in rows])


def looked_up(place: Place, parts: Iterable[str], values: Mapping[tuple[str, ...], str]) -> pl.Expr:
    """The text a combination stands for; null for the others."""
    parts = tuple(parts)
    table = {_SEPARATOR.join(_own(place, parts, row)): value for row, value in values.items()}
    return _joined(place, parts).replace_strict(table, default=None, return_dtype=pl.String)


def _own(place: Place, parts: tuple[str, ...], row: tuple[str, ...]) -> list[str]:
    return [value for part, value in zip(parts, row, strict=True) if part in place.parts]


def _joined(place: Place, parts: tuple[str, ...]) -> pl.Expr:
    return pl.concat_str([pl.col(name).fill_null("") for name in place.names(*parts)], separator=_SEPARATOR)


TOWN_PARTS = ("municipality_code", "prefecture", "municipality", "town")
"""What says which town is meant."""


@lru_cache(maxsize=1 << 16)
def town_of(code: str, prefecture: str, municipality: str, town: str) -> ParsedAddress | None:
    """What the town item of an address says, read in its municipality; None where that is not certain.

    The code decides where it is one of the table and the names do not contradict it; without a code the names do.
    """
    if not town or UNREADABLE.search(town):
        return None
    if code in municipality_names():
        if municipality and not names_agree(code, prefecture, municipality):
            return None
        return parse(town, code)
    if code or not municipality or UNREADABLE.search(prefecture + municipality):
        return None
    found = parse(prefecture + municipality + town)
    return found if found.municipality_code else None


@lru_cache(maxsize=1 << 14)
def names_agree(code: str, prefecture: str, municipality: str) -> bool:
    """Whether names are those of a code: the 郡 and the prefecture may be left out, a ward's city may stand alone.

    >>> names_agree("073440", "福島県", "天栄村"), names_agree("131016", "", "東京都千代田区")
    (True, True)
    >>> names_agree("131016", "東京都", "中央区"), names_agree("011002", "北海道", "札幌市中央区")
    (False, True)
    """
    official, name = (matching_form(part) for part in municipality_names()[code])
    written = matching_form(municipality).replace(" ", "")
    place = matching_form(prefecture).replace(" ", "")
    if place and place != official:
        return False
    written = written.removeprefix(official)
    short = re.sub(".+?郡(?=.{1,6}[町村]$)", "", name, count=1)
    if written in ("", name, short):
        return True
    ward = re.fullmatch("(.+?市)(.+区)", name)
    return (ward is not None and written in ward.groups()) or (name.endswith("市") and written.startswith(name))


def texts_where(block: pl.DataFrame, item: BoundItem, pattern: str, holds: Callable[[str], bool]) -> list[str]:
    """The distinct values of an item that match a pattern (of polars) and for which ``holds`` is true, sorted."""
    found = block.select(pl.col(item.name).drop_nulls().unique()).filter(pl.col(item.name).str.contains(pattern))
    return sorted(value for value in found[item.name] if holds(value))
