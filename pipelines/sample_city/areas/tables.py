"""What an area module gives: tables of its sources, the faults planted in them, the figures its department prints."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.sample_city.areas.people import FOREVER, Flags, Numbers, People, unknown_number
from pipelines.sample_city.calendar_dates import NONE, Days

Column = NDArray[Any]
Table = dict[str, Column]
"""Column by source item (``期別(2).税額`` for an occurrence): text, whole numbers, or days for dates. A name that
begins with ``_`` is not written: it tells plants what the row follows from."""
Tables = dict[str, Table]
Cells = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """Where a rule tells of a fault, when not on the row it stands in: the other side of a sum."""

    area: str
    group: str
    source: str
    item: str
    key: tuple[str, ...]


@dataclass(frozen=True)
class Plant:
    """One kind of fault of an area: the rows it may befall, the cells it changes, the rule that must find it.

    ``change`` takes table, row and variant (0, or 1 where a later generation shows another wrong value). ``often`` is
    the number in a city of 20,000 people, at least one. ``also_ok`` are rules that may rightly fire on the same row.
    With ``planted`` false it is a legal oddity: the rule must not fire on it. ``with_row`` names the row whose key
    stands beside the own one in the finding (two rows that must not agree). ``image`` says what is packed in place of
    the row's image: a blank one, another one, or none.
    """

    rule: str
    source: str
    group: str
    item: str
    where: Callable[[Table], Flags]
    change: Callable[[Table, int, int], Cells]
    often: int = 7
    with_row: Callable[[Table, int], int] | None = None
    told: Told | None = None
    note: str = ""
    also_ok: tuple[str, ...] = ()
    planted: bool = True
    image: Literal["", "blank", "other", "absent"] = ""


@dataclass(frozen=True)
class Figure:
    """A figure a department prints: the sum of a column, or without ``item`` the number of rows, where ``where``,
    divided ``by`` columns.

    ``words`` are what the department writes for the values of a column.
    """

    form: str
    name: str
    source: str
    item: str = ""
    where: Callable[[Table], Flags] | None = None
    by: tuple[str, ...] = ()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, table: Table) -> int:
        """The figure over rows of its source."""
        mask = np.ones(rows_of(table), bool) if self.where is None else self.where(table)
        return int(table[self.item][mask].sum()) if self.item else int(mask.sum())

    def divided(self, table: Table) -> dict[str, int]:
        """The figure by 区分; "" alone where it is not divided."""
        if not self.by:
            return {"": self.of(table)}
        texts = [[self.words.get(name, {}).get(v, v) for v in table[name].astype(str).tolist()] for name in self.by]
        divisions = np.array(["/".join(parts) for parts in zip(*texts, strict=True)])
        return {str(one): self.of(take(table, divisions == one)) for one in np.unique(divisions)}


@dataclass(frozen=True)
class AreaModule:
    """One area: ``rows`` makes its tables from the people of a chunk and the tables of the areas ``after`` which it
    comes.
    """

    area: str
    label: str
    department: str
    rows: Callable[[People, Mapping[str, Tables]], Tables]
    plants: tuple[Plant, ...]
    figures: tuple[Figure, ...]
    after: tuple[str, ...] = ()


def rows_of(table: Table) -> int:
    """Number of rows."""
    return len(next(iter(table.values())))


def every(table: Table) -> Flags:
    """All rows of a table."""
    return np.ones(rows_of(table), bool)


def take(table: Table, index: NDArray[Any]) -> Table:
    """Rows of a table, by mask or index, repeated ones too."""
    return {name: column[index] for name, column in table.items()}


def none(count: int) -> Days:
    """No date in any row."""
    return np.full(count, NONE, np.int64)


def forever(count: int) -> Days:
    """An open end in every row."""
    return np.full(count, FOREVER, np.int64)


def same(value: str, count: int) -> NDArray[np.str_]:
    """One text in every row."""
    return np.full(count, value)


def pick(choices: tuple[str, ...], draw: Numbers) -> NDArray[np.str_]:
    """A choice for each draw (taken round and round)."""
    return np.array(choices)[draw % len(choices)]


def several(counts: Numbers) -> tuple[Numbers, Numbers]:
    """For 1:N rows: the index of the parent of each row, and its place among its brothers from 0."""
    index = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    return index, np.arange(len(index)) - np.repeat(starts, counts)


def instalments(total: Numbers, counts: Numbers, due: tuple[int, ...], amount: str, unit: int = 1000) -> Table:
    """The columns of an OCCURS of instalments: what does not divide by ``unit`` is paid with the first.

    Args:
        total: Amount of the year.
        counts: Instalments of each row, at most ``len(due)``; a row whose total is 0 has none.
        due: Day each instalment is due; a row with fewer instalments uses the first ones.
        amount: Name of the amount in the group 期別.
        unit: Yen.
    """
    counts = np.where(total > 0, counts, 0)
    each = total // np.maximum(counts, 1) // unit * unit
    found: Table = {}
    for place, on in enumerate(due):
        there = place < counts
        value = np.where(place == 0, total - each * (counts - 1), each)
        found[f"期別({place + 1}).期"] = np.where(there, f"{place + 1:02d}", "")
        found[f"期別({place + 1}).納期限"] = np.where(there, on, NONE)
        found[f"期別({place + 1}).{amount}"] = np.where(there, value, 0)
    return found


def either(mask: Flags, one: Table, other: Table) -> Table:
    """The columns of ``one`` where the mask is true, else those of ``other``; both are of one group of instalments."""
    absent = {"期": "", "納期限": NONE}
    rest = {name: other.get(name, np.full(len(mask), absent.get(name.split(").")[1], 0))) for name in one}
    return {name: np.where(mask, column, rest[name]) for name, column in one.items()}


def a_firm(firms: Column, places: Numbers) -> Column:
    """A 宛名番号 of a corporation for each place; "" where there is none."""
    return np.asarray(firms[places % len(firms)]) if len(firms) else same("", len(places))


def joined(tables: list[Table]) -> Table:
    """Tables of the same columns, one below the other."""
    return {name: np.concatenate([t[name] for t in tables]) for name in tables[0]}


def nobody(item: str, place: int) -> Callable[[Table, int, int], Cells]:
    """A change to a 宛名番号 that nobody has; ``place`` makes it the area's own, what it was makes it the row's own."""

    def change(table: Table, row: int, variant: int) -> Cells:
        former = zlib.crc32(str(table[item][row]).encode()) % 49_999
        return {item: unknown_number(place * 100_000 + former * 2 + variant)}

    return change


def as_it_is(table: Table, row: int, variant: int) -> Cells:
    """No change: the oddity is in the population itself."""
    return {}


def set_cells(**cells: Any) -> Callable[[Table, int, int], Cells]:
    """A change that writes the same cells wherever it is planted."""
    return lambda table, row, variant: cells


def add(item: str, amounts: tuple[int, int]) -> Callable[[Table, int, int], Cells]:
    """A change that adds to a number: the first amount, or the second as variant 1."""
    return lambda table, row, variant: {item: table[item][row] + amounts[variant]}
