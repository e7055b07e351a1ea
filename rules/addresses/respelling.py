"""Places written otherwise than the master in one respect: what ADR-011 and ADR-012 have in common."""

from __future__ import annotations

import polars as pl

from rules.addresses.places import TOWN_PARTS, Place, among, combinations, looked_up, places, town_of
from rules.addresses.prefecture_omitted import official_names
from rules.addresses.spelling import Respect, respelled
from rules.addresses.towns import version
from rules.contract import Finding, RuleContext

_NAMES = ("municipality_code", "prefecture", "municipality")


def respellings(block: pl.DataFrame, ctx: RuleContext, respect: Respect, reason: str) -> list[Finding]:
    """Towns and municipalities with the master's writing as candidate."""
    findings = []
    for place in places(ctx, "town"):
        towns = {}
        for row in combinations(block, place, *TOWN_PARTS):
            found = town_of(*row)
            if found is None or not found.town or found.written not in row[3]:
                continue
            bare = found.written.removeprefix("大字").removeprefix("字") if "ADR-005" in found.rules else found.written
            written = respelled(bare, found.town, respect)
            if written is not None:
                towns[row] = row[3].replace(bare, written, 1)
        findings += _findings(place, "town", TOWN_PARTS, towns, reason)
    for place in places(ctx, "municipality"):
        names = {}
        for row in combinations(block, place, *_NAMES):
            official = official_names(*row)
            written = None if official is None else respelled(row[2], official[1], respect)
            if written is not None:
                names[row] = written
        findings += _findings(place, "municipality", _NAMES, names, reason)
    return findings


def _findings(
    place: Place, part: str, parts: tuple[str, ...], values: dict[tuple[str, ...], str], reason: str
) -> list[Finding]:
    if not values:
        return []
    mask, candidate = among(place, parts, values), looked_up(place, parts, values)
    return [Finding(place.parts[part].name, mask, candidate, reason, version())]
