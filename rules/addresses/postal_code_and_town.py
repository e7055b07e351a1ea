"""ADR-021 郵便番号と住所：郵便番号がその町域のものでない。

Issued by: 日本郵便 (郵便番号データ of the master's version). Asked only where the town is certain. A town with several
codes takes any of them; the code of the whole municipality (以下に掲載がない場合) and codes of large offices
(大口事業所 個別番号) are passed. The town's code is a candidate where it has only one. A code may be right and the
town old: who finds this rule wrong for a city switches it off with a reason. Source: rule catalogue ADR-021 (R1 △).

>>> from rules.trial import bound, try_find
>>> rows = {"〒": ["1000013", "1000004", "1000000", "1008111"], "市": ["131016"] * 4, "町": ["大手町二丁目"] * 4}
>>> try_find(find, rows, bound("〒", "address.postal_code"), bound("市", "address.municipality_code"),
...          bound("町", "address.town"))
[('1000013', 'other_town', '1000004')]
"""

from __future__ import annotations

import re
from functools import lru_cache

import polars as pl

from rules.addresses.places import TOWN_PARTS, among, combinations, looked_up, places, town_of
from rules.addresses.towns import general_codes, office_codes, town_index, version
from rules.contract import Finding, RuleContext

_PARTS = (*TOWN_PARTS, "postal_code")
_FORM = re.compile("[0-9]{7}")


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Postal codes of another town."""
    findings = []
    for place in places(ctx, "town", "postal_code"):
        right: dict[tuple[str, ...], str] = {}
        for row in combinations(block, place, *_PARTS):
            codes = _codes_of(*row[:4]) if _FORM.fullmatch(row[4]) else frozenset()
            if codes and row[4] not in codes and row[4] not in general_codes() and row[4] not in office_codes():
                right[row] = next(iter(codes)) if len(codes) == 1 else ""
        if right:
            findings.append(Finding(
                place.parts["postal_code"].name, among(place, _PARTS, right),
                looked_up(place, _PARTS, {row: code for row, code in right.items() if code}), "other_town",
                version(), rows_about=place.names("town"),
            ))  # fmt: skip
    return findings


@lru_cache(maxsize=1 << 16)
def _codes_of(code: str, prefecture: str, municipality: str, town: str) -> frozenset[str]:
    """The postal codes of the town an address names; none where it names no town for certain."""
    found = town_of(code, prefecture, municipality, town)
    if found is None or not found.town:
        return frozenset()
    names = town_index(found.municipality_code).names
    name = max((name for name in names if found.town.startswith(name)), key=len, default="")
    return names[name].postal_codes if name else frozenset()
