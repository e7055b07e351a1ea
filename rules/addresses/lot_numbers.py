"""ADR-008 番地号の数値分離：番地・枝番・号を数値で別に持つ（並べ替えと照合用）。

Issued by: 標準仕様書 (住所の検索・並べ替え); the item 番地枝番数値 has no published form, so that it is filled only
where a layout has it and the source left it empty: each number in five digits, joined by hyphens. Lots that are more
than numbers (甲12番地, 番外地) get none. The lot itself is not touched, and emptying the item undoes it. Source: rule
catalogue ADR-008 (R1).

>>> from rules.trial import bound, try_clean
>>> rows = {"番地": ["１番６号", "１００８番地", "10番地の3", "甲１２番地", None],
...         "数値": [None, None, None, None, "1"]}
>>> try_clean(clean, rows, bound("番地", "address.lot"), bound("数値", "address.lot_numbers"))["数値"]
['00001-00006', '01008', '00010-00003', None, '1']
"""

from __future__ import annotations

import polars as pl

from rules.characters.width import to_half_width
from rules.contract import Change, RuleContext

_LOT = "^[0-9０-９]{1,5}(?:(?:番地[のノ之]?|番|[のノ之]|[-－])[0-9０-９]{1,5})*(?:番地|番|号)?$"
_SIGNS = "番地[のノ之]?|番|[のノ之]|[-－]"


def clean(block: pl.DataFrame, ctx: RuleContext) -> list[Change]:
    """The numbers of every lot that is made of numbers, where nothing stands yet."""
    changes = []
    for numbers in (i for i in ctx.items if i.meaning.endswith("address.lot_numbers")):
        lots = [i for i in ctx.items if i.meaning == numbers.meaning.removesuffix("_numbers")]
        if not lots:
            continue
        lot, there = pl.col(lots[0].name), pl.col(numbers.name)
        parts = (
            to_half_width(lot).str.strip_suffix("号").str.strip_suffix("番地").str.strip_suffix("番")
            .str.replace_all(_SIGNS, "-").str.split("-")
        )
        padded = parts.list.eval(pl.element().str.zfill(5)).list.join("-")
        changes.append(Change(
            numbers.name, pl.when(there.is_null()).then(padded).otherwise(there), pl.lit(None, pl.String), "numbers",
            there.is_null() & lot.str.contains(_LOT),
        ))  # fmt: skip
    return changes
