"""ADR-016 甲乙・イロハ・子丑：番地の前の記号は小字の一部か、地番の一部か。

Issued by: GIF コアデータパーツ 住所 (高川甲1324: 町字 高川甲, 番地 1324; where the 登記 has the letter in the 地番 it
may stand in the lot). The letter is kept where it is and asked about. Letters behind a number (１２番地甲) and names
that begin with one (甲町) are none of this. Source: rule catalogue ADR-016 (R4).

>>> from rules.trial import bound, try_find
>>> rows = {"番地": ["甲１３２４", "イ５番地", "１３２４番地", "子丑会館"], "町": ["高川", "甲町", "高川乙", "乙女町"]}
>>> try_find(find, rows, bound("番地", "address.lot"), bound("町", "address.town"))
[('甲１３２４', 'letter', None), ('イ５番地', 'letter', None)]
"""

from __future__ import annotations

import polars as pl

from rules.addresses.parser import LETTERS
from rules.characters.occurrences import rows_where
from rules.contract import Finding, RuleContext

_BEFORE = f"^[{LETTERS}][ 　－-]?[0-9０-９]"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Lots that begin with a letter of the old cadastre."""
    return [
        Finding(item.name, pl.col(item.name).str.contains(_BEFORE), reason="letter")
        for item in ctx.items
        if item.meaning.endswith("address.lot") and rows_where(block, item.name, _BEFORE)
    ]
