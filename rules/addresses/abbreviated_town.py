"""ADR-023 町名略記の衝突：「町」「村」を補うか除けば町域になる町名。補わずに確かめる。

Issued by: abr-geocoder (a city may have ○○町 and ○○ or 大字○○ side by side, so that 町 is never added or dropped to
find a town). A name that is no town as it stands, but one with or without 町, is asked about; the evidence says how
many towns come near. There is no candidate: the near one is another place as often as not. Asked of present addresses.
Source: rule catalogue ADR-023 (R6).

>>> from rules.trial import bound, try_find
>>> rows = {"市": ["131016"] * 3, "町": ["霞が関町", "永田", "永田町一丁目"]}
>>> try_find(find, rows, bound("市", "address.municipality_code"), bound("町", "address.town"))
[('霞が関町', 'near_name', None), ('永田', 'near_name', None)]
"""

from __future__ import annotations

import polars as pl

from rules.addresses.parser import MUNICIPALITY
from rules.addresses.places import PRESENT, TOWN_PARTS, among, combinations, places, town_of
from rules.addresses.town_master import master_of
from rules.addresses.towns import version
from rules.contract import Finding, RuleContext

RULE = "ADR-023"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Towns that would be found with 町 added or taken away."""
    findings = []
    master = master_of(ctx)
    for place in places(ctx, "town"):
        near = []
        for row in combinations(block, place, *TOWN_PARTS) if place.prefix == PRESENT else ():
            found = town_of(*row)
            if found is None or found.level != MUNICIPALITY or RULE not in found.rules:
                continue
            if master is None or not master.entries(found.municipality_code, row[3]):
                near.append(row)
        if near:
            findings.append(Finding(
                place.parts["town"].name, among(place, TOWN_PARTS, near), reason="near_name", evidence=version()
            ))  # fmt: skip
    return findings
