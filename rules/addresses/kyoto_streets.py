"""ADR-018 通り名(京都)：町名の前に通り名（上る・下る・東入・西入）がある。そのまま残す。

Issued by: 京都市 (通り名 are part of the address as people write it, the town stands behind them); GIF, IMI. The town
is found from the end; the street is kept, and the notice says that it was seen. Only the wards of 京都市 are asked.
Source: rule catalogue ADR-018 (R4 R6).

>>> from rules.trial import bound, try_find
>>> rows = {"市": ["261041", "261041", "131016"], "町": ["寺町通御池上る上本能寺前町", "上本能寺前町", "下る町"]}
>>> try_find(find, rows, bound("市", "address.municipality_code"), bound("町", "address.town"))
[('寺町通御池上る上本能寺前町', 'street', None)]
"""

from __future__ import annotations

import polars as pl

from rules.addresses.places import TOWN_PARTS, among, combinations, places, town_of, whole_items
from rules.contract import Finding, RuleContext

_WHOLE = "京都市.{1,2}区.*(?:上[るル]|下[るル]|[東西]入)"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Towns of 京都市 that stand behind the name of a street."""
    findings = []
    for place in places(ctx, "town"):
        behind = [
            row for row in combinations(block, place, *TOWN_PARTS)
            if (found := town_of(*row)) is not None and "ADR-018" in found.rules
        ]  # fmt: skip
        if behind:
            findings.append(Finding(place.parts["town"].name, among(place, TOWN_PARTS, behind), reason="street"))
    return findings + [
        Finding(item.name, pl.col(item.name).str.contains(_WHOLE), reason="street") for item in whole_items(ctx)
    ]
