"""ADR-005 大字・字の有無：町字が大字・字で始まるが、町域マスターの名称には無い。

Issued by: 条例 name the towns of a city, with 大字 or without; GIF and abr-geocoder leave both out of the matching key.
The name without it is a candidate only where the rest is a town of the master for certain; whether the register keeps
大字 is a matter of policy, asked once. 字 inside a name (高川字東) and names that begin so by themselves (大字町) stay.
Source: rule catalogue ADR-005 (R4 R5).

>>> from rules.trial import bound, try_find
>>> rows = {"市": ["131016"] * 3, "町": ["大字霞が関", "霞が関", "大字無い町"]}
>>> try_find(find, rows, bound("市", "address.municipality_code"), bound("町", "address.town"))
[('大字霞が関', 'oaza', '霞が関')]
"""

from __future__ import annotations

import re

import polars as pl

from rules.addresses.places import TOWN_PARTS, among, combinations, looked_up, places, town_of
from rules.addresses.towns import version
from rules.contract import Finding, RuleContext

_SIGN = re.compile("^[ 　]*(?:大字|小字|字)[ 　]*")


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Towns with 大字 or 字 before a name that the master has without."""
    findings = []
    for place in places(ctx, "town"):
        bare = {}
        for row in combinations(block, place, *TOWN_PARTS):
            found = town_of(*row) if _SIGN.match(row[3]) else None
            if found is not None and found.town and _SIGN.match(found.written):
                bare[row] = _SIGN.sub("", row[3])
        if bare:
            findings.append(Finding(
                place.parts["town"].name, among(place, TOWN_PARTS, bare), looked_up(place, TOWN_PARTS, bare), "oaza",
                version(),
            ))  # fmt: skip
    return findings
