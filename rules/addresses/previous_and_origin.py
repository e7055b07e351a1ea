"""ADR-026 前住所→転入前住所の意味差：転入前住所が市内の住所になっている。

Issued by: 標準仕様書 (転入前住所 is where a person lived directly before moving in) and the accident of R27: systems
that only had a 前住所 (the last one, moves within the city included) had it copied into 転入前住所. An address inside
the city cannot be where somebody moved in from; the wards of one designated city are one city. The right value is in
the history, so there is no candidate. Former municipalities that were merged keep their own code and are none of this.
Source: rule catalogue ADR-026 (R27 R1).

>>> from rules.trial import bound, try_find
>>> rows = {"市": ["012025", "012025", "011011"], "前": ["012025", "012360", "011029"]}
>>> try_find(find, rows, bound("市", "address.municipality_code"), bound("前", "previous_address.municipality_code"))
[('012025', 'inside_the_city', None), ('011029', 'inside_the_city', None)]
"""

from __future__ import annotations

import polars as pl

from rules.addresses.matching_form import matching_form
from rules.addresses.municipalities import municipality_names
from rules.addresses.places import PRESENT, places
from rules.contract import Finding, RuleContext

_ORIGIN = "previous_address"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Origins in the municipality of the present address, by code or by name."""
    found = {place.prefix: place for place in places(ctx)}
    here, origin = found.get(PRESENT), found.get(_ORIGIN)
    if here is None or origin is None:
        return []
    findings = []
    for part, city in (("municipality_code", _city_of_code), ("municipality", _city_of_name)):
        if part not in here.parts or part not in origin.parts:
            continue
        mine, theirs = here.parts[part].name, origin.parts[part].name
        pairs = block.select(pl.col(mine), pl.col(theirs)).unique().drop_nulls().rows()
        same = sorted({f"{one}\x1f{other}" for one, other in pairs if city(one) and city(one) == city(other)})
        if same:
            joined = pl.concat_str([pl.col(mine), pl.col(theirs)], separator="\x1f")
            findings.append(Finding(theirs, joined.is_in(same), reason="inside_the_city", rows_about=(mine,)))
            break
    return findings


def _city_of_code(code: str) -> str:
    names = municipality_names().get(code)
    return "" if names is None else names[0] + _city_of_name(names[1])


def _city_of_name(name: str) -> str:
    """A municipality in its matching form, a ward by its city.

    >>> _city_of_name("札幌市中央区"), _city_of_name("函館市"), _city_of_name("中央区")
    ('札幌市', '函館市', '中央区')
    """
    folded = matching_form(name)
    at = folded.find("市", 1)
    return folded[: at + 1] if 0 < at < len(folded) - 1 and folded.endswith("区") else folded
