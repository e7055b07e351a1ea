"""ADR-014 方書の分離：番地の後に建物名・部屋番号が続いている。

Issued by: GIF コアデータパーツ 住所 and 項目定義書 (番地号表記 and 方書 are items of their own). What follows the last
number of the lot is a building; the lot alone is the candidate, and the evidence names the 方書. 番外地, 地先 and the
letters before a lot belong to it, as does 号. Nothing moves by itself. Source: rule catalogue ADR-014 (R4).

>>> from rules.trial import bound, try_find
>>> rows = {"番地": ["１－２－３霞ハイツ１０１", "１番６号", "甲１２番地の３", "５番地先", "１－２－３－４０５",
...                  "１番２号　２０１号室"]}
>>> try_find(find, rows, bound("番地", "address.lot"))
[('１－２－３霞ハイツ１０１', 'building', '１－２－３'), ('１番２号　２０１号室', 'building', '１番２号')]
"""

from __future__ import annotations

import polars as pl

from rules.addresses.parser import lot_and_building
from rules.addresses.places import UNREADABLE, texts_where
from rules.contract import Finding, RuleContext

_MORE = "[^0-9０-９番地号のノ之先外無 　\\-－]"


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Lots with a building behind their numbers."""
    findings = []
    for item in ctx.items:
        if not item.meaning.endswith("address.lot"):
            continue
        split = {text: found for text in texts_where(block, item, f"{_MORE}|[ 　].*室", _readable)
                 if (found := lot_and_building(text)) is not None}  # fmt: skip
        if split:
            column = pl.col(item.name)
            lots = {text: lot for text, (lot, _) in split.items()}
            said = {text: f"方書：{building}" for text, (_, building) in split.items()}
            findings.append(Finding(
                item.name, column.is_in(list(split)), column.replace_strict(lots, default=None, return_dtype=pl.String),
                "building", column.replace_strict(said, default=None, return_dtype=pl.String),
            ))  # fmt: skip
    return findings


def _readable(text: str) -> bool:
    return UNREADABLE.search(text) is None
