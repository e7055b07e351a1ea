"""ADR-013 旧町名・廃止町字：現住所の町字が、廃止された町字か、町域マスターに無い町名。

Issued by: 住居表示に関する法律, 土地区画整理法, 地方自治法 260条 (towns are renamed and abolished); 標準仕様書 9.7
住所一括 変更. Asked of the present address only: former addresses and 本籍 keep the names of their day. With the dated
町字 master a town that ended is named with the one that followed it; without it a name that the master of postal codes
does not have is asked about and gets no candidate. 小字 behind a known 大字 is no such name. Source: rule catalogue
ADR-013 (R1 R4).

>>> from rules.trial import bound, try_find
>>> rows = {"市": ["131016"] * 4, "町": ["霞が関二丁目", "旧本丸町", "霞が関町", "同上"]}
>>> try_find(find, rows, bound("市", "address.municipality_code"), bound("町", "address.town"))
[('旧本丸町', 'not_in_master', None)]
>>> from layouts.masters.towns import TOWN_SCHEMA
>>> from rules.addresses.town_master import town_master
>>> ended = ("0001001", "131016", "東京都", "千代田区", "外神田", "一丁目", "", "", "2026-01-01", "2026-04-01")
>>> master = town_master(pl.DataFrame([ended], schema=TOWN_SCHEMA, orient="row"))
>>> try_find(find, {"市": ["131016"], "町": ["外神田１丁目"]}, bound("市", "address.municipality_code"),
...          bound("町", "address.town"), masters={"towns": master})
[('外神田１丁目', 'abolished', None)]
"""

from __future__ import annotations

import polars as pl

from rules.addresses.parser import MUNICIPALITY
from rules.addresses.places import PRESENT, TOWN_PARTS, among, combinations, looked_up, places, town_of
from rules.addresses.town_master import TownEntry, TownMaster, master_of
from rules.addresses.towns import towns_of, version
from rules.contract import Finding, RuleContext

RULE = "ADR-013"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Towns of present addresses that are no more, or that no master knows."""
    findings = []
    master = master_of(ctx)
    for place in places(ctx, "town"):
        if place.prefix != PRESENT:
            continue
        ended: dict[tuple[str, ...], TownEntry] = {}
        unknown = []
        for row in combinations(block, place, *TOWN_PARTS):
            found = town_of(*row)
            if found is None or not found.municipality_code or not towns_of(found.municipality_code):
                continue
            entry = _ended(found.municipality_code, row[3], found.town, master, ctx) if master is not None else None
            if entry is not None:
                ended[row] = entry
            elif found.level == MUNICIPALITY and RULE in found.rules and not _known(master, *row):
                unknown.append(row)
        column = place.parts["town"].name
        if ended and master is not None:
            followed = {
                row: master.by_id[entry.municipality_code, entry.successor].name
                for row, entry in ended.items()
                if (entry.municipality_code, entry.successor) in master.by_id
            }
            findings.append(Finding(
                column, among(place, TOWN_PARTS, ended), looked_up(place, TOWN_PARTS, followed), "abolished",
                master.version,
            ))  # fmt: skip
        if unknown:
            findings.append(Finding(
                column, among(place, TOWN_PARTS, unknown), reason="not_in_master", evidence=version(),
            ))  # fmt: skip
    return findings


def _ended(code: str, written: str, town: str, master: TownMaster, ctx: RuleContext) -> TownEntry | None:
    """The entry of a town all of whose entries have ended."""
    entries = master.entries(code, town) or master.entries(code, written)
    return entries[-1] if entries and not any(entry.holds_on(ctx.as_of) for entry in entries) else None


def _known(master: TownMaster | None, code: str, _prefecture: str, _municipality: str, town: str) -> bool:
    return master is not None and bool(master.entries(code, town))
