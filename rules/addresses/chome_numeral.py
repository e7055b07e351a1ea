"""ADR-006 丁目の数字表記：町字の丁目は漢数字で書く。

Issued by: 町字 are established by the city with kanji numerals (霞が関二丁目); アドレス・ベース・レジストリ
and 項目定義書 write them so. The name with kanji numerals is a candidate for the 町字 item; matching always
compares in kanji numerals. In 北海道 条丁目 (北１条西１丁目) the number before 条 is part of the same
numbering and follows. Numbers elsewhere in a name stay. Source: rule catalogue ADR-006 (R3, R4).

>>> towns = pl.DataFrame({"t": ["霞が関２丁目", "北１条西12丁目", "美原三丁目"]})
>>> towns.select(kanji_chome(pl.col("t")))["t"].to_list()
['霞が関二丁目', '北一条西十二丁目', '美原三丁目']
"""

from __future__ import annotations

import polars as pl

from rules.addresses.numerals import kanji_number
from rules.characters.occurrences import rows_where
from rules.contract import Finding, RuleContext

_ARABIC_CHOME = "[0-9０-９]丁目"


# The longer numbers come first, so that 12丁目 is not read as 2丁目.
_NUMERALS = {
    f"{number}{unit}": f"{kanji_number(number)}{unit}" for unit in ("丁目", "条") for number in range(99, 0, -1)
}
_HALF = dict(zip("０１２３４５６７８９", "0123456789", strict=True))


def kanji_chome(town: pl.Expr) -> pl.Expr:
    """A 町字 with the numbers of its 丁目 (and 条) in kanji; other values stay."""
    narrow = town.str.replace_many(list(_HALF), list(_HALF.values()))
    written = narrow.str.replace_many(list(_NUMERALS), list(_NUMERALS.values()), leftmost=True)
    return pl.when(town.str.contains(_ARABIC_CHOME) & ~written.str.contains("[0-9]")).then(written).otherwise(town)


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """町字 whose 丁目 is written in digits."""
    return [
        Finding(item.name, pl.col(item.name).str.contains(_ARABIC_CHOME), kanji_chome(pl.col(item.name)),
                "arabic_chome")
        for item in ctx.items
        if item.meaning.endswith("address.town") and rows_where(block, item.name, _ARABIC_CHOME)
    ]
