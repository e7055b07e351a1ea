"""ADR-004 都道府県・郡の省略：市区町村名から都道府県や郡が分かるときの補完候補。

Issued by: GIF コアデータパーツ 住所 (都道府県 and 市区町村 with its 郡 are items of their own). Matching always
completes both. For the registered value the missing name is a candidate: of the code where there is one, else of a
name only one municipality has (府中市 and 昭和村 get none). Source: rule catalogue ADR-004 (R4).

>>> from rules.trial import bound, try_find
>>> rows = {"県": [None, None, "福島県"], "市": ["千代田区", "府中市", "天栄村"]}
>>> try_find(find, rows, bound("県", "address.prefecture"), bound("市", "address.municipality"))
[(None, 'prefecture', '東京都'), ('天栄村', 'district', '岩瀬郡天栄村')]
>>> try_find(find, {"住所": ["千代田区霞が関1-1", "東京都千代田区霞が関1-1"]}, bound("住所", "address.whole"))
[('千代田区霞が関1-1', 'prefecture', '東京都千代田区霞が関1-1')]
"""

from __future__ import annotations

from functools import lru_cache

import polars as pl

from rules.addresses.matching_form import matching_form
from rules.addresses.municipalities import municipality_names
from rules.addresses.parser import NOTHING, parse
from rules.addresses.places import (
    UNREADABLE,
    among,
    combinations,
    looked_up,
    names_agree,
    places,
    whole_items,
)
from rules.addresses.towns import municipality_index
from rules.characters.occurrences import distinct_where
from rules.contract import Finding, RuleContext

_PARTS = ("municipality_code", "prefecture", "municipality")
_BEGINS_WITH_PREFECTURE = "^(北海道|東京都|京都府|大阪府|.{2,3}県)"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Municipalities without their prefecture or 郡."""
    findings = []
    for place in places(ctx, "prefecture", "municipality"):
        prefectures, districts = {}, {}
        for row in combinations(block, place, *_PARTS):
            place_and_name = official_names(*row)
            if place_and_name is None:
                continue
            if not row[1]:
                prefectures[row] = place_and_name[0]
            elif place_and_name[1] != row[2] and "郡" in place_and_name[1] and "郡" not in row[2]:
                districts[row] = place_and_name[1]
        for part, reason, values in (
            ("prefecture", "prefecture", prefectures), ("municipality", "district", districts)
        ):
            if values:
                findings.append(Finding(
                    place.parts[part].name, among(place, _PARTS, values), looked_up(place, _PARTS, values), reason,
                    rows_about=place.names("municipality"),
                ))  # fmt: skip
    for item in whole_items(ctx):
        column = pl.col(item.name)
        texts = distinct_where(block, item.name, ~column.str.contains(_BEGINS_WITH_PREFECTURE) & (column != ""))
        full = {text: parse(text).prefecture + text for text in texts if _open(text)}
        if full:
            findings.append(Finding(
                item.name, column.is_in(list(full)),
                column.replace_strict(full, default=None, return_dtype=pl.String), "prefecture",
            ))  # fmt: skip
    return findings


def _open(text: str) -> bool:
    if UNREADABLE.search(text):
        return False
    found = parse(text)
    return found.level != NOTHING and bool(found.municipality) and not matching_form(text).startswith(
        matching_form(found.prefecture)
    )


@lru_cache(maxsize=1 << 14)
def official_names(code: str, prefecture: str, municipality: str) -> tuple[str, str] | None:
    """Prefecture and municipality as the table has them, where code and names leave no doubt."""
    if not municipality or UNREADABLE.search(prefecture + municipality):
        return None
    if code in municipality_names():
        # A city may stand without its ward, a ward without its city: what the code adds there is no 郡.
        return municipality_names()[code] if names_agree(code, prefecture, municipality) else None
    codes = municipality_index(prefecture).by_key.get(matching_form(municipality), ())
    return municipality_names()[codes[0]] if len(codes) == 1 and not code else None
