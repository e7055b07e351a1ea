"""ADR-019 条丁目(北海道)：条の後の丁目が番地に書かれている（北1条西　1-3）。

Issued by: GIF コアデータパーツ 住所 (北一条西一丁目3番地 is also written 北1条西1-3). Where the town of the master is
a 条 with 丁目 and the lot begins with a number and a hyphen, that number is the 丁目: the town with it is a candidate,
and no 番地 is added to what follows. Source: rule catalogue ADR-019 (R4).

>>> from rules.trial import bound, try_find
>>> rows = {"市": ["011011"] * 3, "町": ["北１条西", "北一条西一丁目", "北一条西"], "番地": ["１－３", "３", "１番地"]}
>>> try_find(find, rows, bound("市", "address.municipality_code"), bound("町", "address.town"),
...          bound("番地", "address.lot"))
[('北１条西', 'chome_in_lot', '北一条西一丁目')]
"""

from __future__ import annotations

import polars as pl

from rules.addresses.numerals import kanji_number
from rules.addresses.parser import TOWN
from rules.addresses.places import TOWN_PARTS, among, combinations, looked_up, places, town_of
from rules.addresses.towns import towns_of, version
from rules.characters.width import to_half_width
from rules.contract import Finding, RuleContext

_CHOME_FIRST = "^([0-9０-９]{1,2})[-－]"
_HOKKAIDO = "01"
_CHOME = {str(number): f"{kanji_number(number)}丁目" for number in range(1, 100)}


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Towns of 北海道 whose 丁目 stands in the lot."""
    findings = []
    for place in places(ctx, "town", "lot"):
        names = {}
        for row in combinations(block, place, *TOWN_PARTS):
            found = town_of(*row)
            if (
                found is not None and found.level == TOWN and found.municipality_code.startswith(_HOKKAIDO)
                and "条" in found.town and not (found.lot or found.rest or found.building)
                and towns_of(found.municipality_code)[found.town].chome
            ):
                names[row] = found.town
        if names:
            lot = pl.col(place.parts["lot"].name)
            number = to_half_width(lot.str.extract(_CHOME_FIRST)).replace_strict(_CHOME, default=None,
                                                                                 return_dtype=pl.String)
            findings.append(Finding(
                place.parts["town"].name, among(place, TOWN_PARTS, names) & lot.str.contains(_CHOME_FIRST),
                looked_up(place, TOWN_PARTS, names) + number, "chome_in_lot", version(),
                rows_about=(place.parts["lot"].name,),
            ))  # fmt: skip
    return findings
