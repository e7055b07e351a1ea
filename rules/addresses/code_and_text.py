"""ADR-003 コードと文字列の一致：市区町村コードと、文字で書かれた都道府県・市区町村・町字が違う。

Issued by: GIF コアデータパーツ 住所 (code and text are the same place). The names of the code are compared with the
text in the form names are compared in; the 郡, the prefecture or the city of a ward may be left out. With the 町字
master the 町字コード is compared with the town too, 旧町名 included. Which of the two is right the register knows, so
there is no candidate. Codes that are no code are ADR-001's. Source: rule catalogue ADR-003 (R4).

>>> from rules.trial import bound, try_find
>>> try_find(find, {"市": ["131016", "131016", "073440"], "名": ["中央区", "千代田区", "天栄村"]},
...          bound("市", "address.municipality_code"), bound("名", "address.municipality"))
[('131016', 'names_differ', None)]
"""

from __future__ import annotations

import polars as pl

from rules.addresses.matching_form import matching_form
from rules.addresses.municipalities import municipality_names
from rules.addresses.parser import CHOME, TOWN, parse
from rules.addresses.places import UNREADABLE, among, combinations, names_agree, places
from rules.addresses.town_master import TownEntry, master_of
from rules.contract import Finding, RuleContext

_PARTS = ("municipality_code", "prefecture", "municipality")


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Codes whose names are not those beside them."""
    findings = []
    master = master_of(ctx)
    for place in places(ctx, "municipality_code"):
        wrong = [row for row in combinations(block, place, *_PARTS) if _differ(row)]
        if wrong:
            findings.append(Finding(
                place.parts["municipality_code"].name, among(place, _PARTS, wrong), reason="names_differ",
                rows_about=place.names("prefecture", "municipality"),
            ))  # fmt: skip
        if master is None or "town_code" not in place.parts or "town" not in place.parts:
            continue
        parts = ("municipality_code", "town_code", "town")
        others = [
            row for row in combinations(block, place, *parts) if _other_town(row, master.by_id.get((row[0], row[1])))
        ]
        if others:
            findings.append(Finding(
                place.parts["town_code"].name, among(place, parts, others), reason="towns_differ",
                evidence=master.version, rows_about=place.names("town"),
            ))  # fmt: skip
    return findings


def _differ(row: tuple[str, ...]) -> bool:
    code, prefecture, municipality = row
    if code not in municipality_names() or not (prefecture or municipality):
        return False
    return not UNREADABLE.search(prefecture + municipality) and not names_agree(code, prefecture, municipality)


def _other_town(row: tuple[str, ...], entry: TownEntry | None) -> bool:
    code, _, town = row
    if entry is None or not town or UNREADABLE.search(town):
        return False
    found = parse(town, code)
    return found.level in (TOWN, CHOME) and not matching_form(entry.name).startswith(matching_form(found.town))
