"""ADR-007 番地号表記：番地号が標準の書き方（１番６号／１００８番地）でない。

Issued by: 項目定義書 (番地号表記 in full-width Japanese). Bare numbers with hyphens do not say whether they are 番地 or
番 and 号: that is a matter of 住居表示, which only the 町字 master knows. With it the standard's writing is a candidate
(two numbers 番 号 where 住居表示 is in force, else 番地 and 枝番); without it there is none. Kanji numbers with their
units are written in digits. Source: rule catalogue ADR-007 (R3).

>>> from rules.trial import bound, try_find
>>> rows = {"番地": ["１－６", "１番６号", "１００８番地", "三番地五号", "甲１２番地", "番外地", "１２番地３"]}
>>> try_find(find, rows, bound("番地", "address.lot"))
[('１－６', 'hyphens', None), ('三番地五号', 'kanji_numbers', '３番地５号')]
"""

from __future__ import annotations

import re

import polars as pl

from rules.addresses.matching_form import matching_form
from rules.addresses.numerals import KANJI, number_of
from rules.addresses.places import TOWN_PARTS, Place, combinations, looked_up, places, town_of
from rules.addresses.town_master import TownMaster, master_of
from rules.characters.occurrences import rows_where
from rules.contract import Finding, RuleContext

_BARE = "^[0-9０-９]+(?:[-－][0-9０-９]+)*$"
_KANJI_LOT = f"^[{KANJI}]+(?:番地|番)(?:[{KANJI}]+号?)?$"
_FULL = str.maketrans("0123456789", "０１２３４５６７８９")


def find(block: pl.DataFrame, ctx: RuleContext) -> list[Finding]:
    """Lots of bare numbers, and lots in kanji numbers."""
    findings = []
    master = master_of(ctx)
    for place in places(ctx, "lot"):
        item = place.parts["lot"].name
        column = pl.col(item)
        if rows_where(block, item, _BARE):
            candidate = None
            if master is not None and "town" in place.parts:
                candidate = _by_master(block, ctx, place, master)
            findings.append(Finding(item, column.str.contains(_BARE), candidate, "hyphens"))
        texts = block.select(column.drop_nulls().unique()).filter(column.str.contains(_KANJI_LOT))[item].to_list()
        written = {text: in_digits(text) for text in sorted(texts)}
        if written:
            right = column.replace_strict(written, default=None, return_dtype=pl.String)
            findings.append(Finding(item, column.is_in(list(written)), right, "kanji_numbers"))
    return findings


def in_digits(lot: str) -> str:
    """A lot with its kanji numbers in full-width digits.

    >>> in_digits("千八番地"), in_digits("二〇番三号")
    ('１００８番地', '２０番３号')
    """

    def digits(run: re.Match[str]) -> str:
        value = number_of(run[0])
        return run[0] if value is None else str(value).translate(_FULL)

    return re.sub(f"[{KANJI}]+", digits, lot)


def standard_notation(lot: str, *, residential: bool) -> str | None:
    """A lot of bare numbers as the standard writes it; None where that is not sure.

    >>> standard_notation("1-6", residential=True), standard_notation("1-6", residential=False)
    ('１番６号', '１番地６')
    >>> standard_notation("1-6-2", residential=True) is None
    True
    """
    numbers = [number.translate(_FULL) for number in matching_form(lot).split("-")]
    if residential:
        return f"{numbers[0]}番{numbers[1]}号" if len(numbers) == 2 else None
    return None if len(numbers) > 2 else f"{numbers[0]}番地" + "".join(numbers[1:])


def _by_master(block: pl.DataFrame, ctx: RuleContext, place: Place, master: TownMaster) -> pl.Expr:
    parts = (*TOWN_PARTS, "lot")
    right = {}
    for row in combinations(block, place, *parts):
        if not re.fullmatch(_BARE, row[4]):
            continue
        found = town_of(*row[:4])
        entry = master.current(found.municipality_code, found.town, ctx.as_of) if found is not None else None
        if entry is None or entry.residential is None:
            continue
        written = standard_notation(row[4], residential=entry.residential)
        if written is not None:
            right[row] = written
    return looked_up(place, parts, right)
