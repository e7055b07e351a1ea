"""Flat columns → nested JSON: groups as objects, OCCURS as lists, as the copybook's tree has them; children in their
parents.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from char_mapping.errors import DefinitionError
from layouts.records.blocks import RECORD_NO, DecodedBlock
from layouts.records.copybook import Field, Item, Record
from layouts.records.plans import DecodingPlan


def plain_name(name: str) -> str:
    """A name as other systems take it: ``-`` becomes ``_``."""
    return name.replace("-", "_")


def nested_columns(record: Record) -> list[pl.Expr]:
    """One expression per top item of the record, over the columns a reader makes; FILLER is left out.

    A table with OCCURS DEPENDING ON becomes a list of as many elements as its counter says.
    """
    by_place = {(f.path, f.offset): f for f in record.all_fields}
    counters = {name: f.name for f in reversed(record.all_fields) for name in (f.cobol_name, f.name)}
    items = record.root.children or (record.root,)
    return _members(items, 0, by_place, counters)


def _members(
    items: tuple[Item, ...], moved: int, by_place: dict[tuple[str, int], Field], counters: dict[str, str]
) -> list[pl.Expr]:
    found: list[pl.Expr] = []
    used: dict[str, int] = {}
    for item in items:
        if item.filler and not item.children:
            continue
        name = plain_name(item.name)
        used[name] = used.get(name, 0) + 1
        label = name if used[name] == 1 else f"{name}#{used[name]}"
        if item.filler and not item.repeated:
            found += _members(item.children, moved, by_place, counters)
            continue
        value = _value(item, moved, by_place, counters)
        if value is not None:
            found.append(value.alias(label))
    return found


def _value(
    item: Item, moved: int, by_place: dict[tuple[str, int], Field], counters: dict[str, str]
) -> pl.Expr | None:
    elements: list[pl.Expr] = []
    for occurrence in range(item.occurs):
        shift = moved + occurrence * item.length
        if item.children:
            members = _members(item.children, shift, by_place, counters)
            if not members:
                return None
            elements.append(pl.struct(members))
        else:
            elements.append(pl.col(by_place[item.path, item.offset + shift].name))
    if not item.repeated:
        return elements[0]
    table = pl.concat_list(elements)
    if item.depending_on:
        counter = counters.get(item.depending_on, item.depending_on)
        table = table.list.head(pl.col(counter).cast(pl.Int64, strict=False).fill_null(0))
    return table


class ParentTrees:
    """Records of a file of segments → one JSON object an outermost parent, with all records below it in lists.

    A record below another stands in the list of its parent that bears the name of its level 01. Feed the blocks of one
    file in order; at the end ask for the last one.
    """

    def __init__(self, plans: Mapping[str, DecodingPlan]) -> None:
        """``plans`` of one reading, by level 01: the chain of parents, outermost first, and the records below them.

        Raises:
            DefinitionError: No parents, a parent that is not read, or an item named as the records in it.
        """
        self.plans = plans
        self.chain = [one.record for one in max((plan.parents for plan in plans.values()), key=len, default=())]
        self.levels = {name: self.chain.index(name) if name in self.chain else len(self.chain) for name in plans}
        self._open: list[dict[str, Any]] = []
        absent = [name for name in self.chain if name not in plans]
        if not self.chain or absent:
            raise DefinitionError(
                "--nested", expected="record types (--type) and the chain of parents above them (--parent)",
                found=f"no type {', '.join(absent)}" if absent else "no --parent",
            )
        for above in self.chain:
            items = {plain_name(child.name) for child in plans[above].layout.root.children}
            twice = sorted(items & {plain_name(name) for name in plans})
            if twice:
                raise DefinitionError("--nested", expected=f"no item of {above} named as a record below it",
                                      found=", ".join(twice))

    def lines(self, blocks: Mapping[str, DecodedBlock]) -> Iterator[str]:
        """JSON lines of the parents that a block completes; ``blocks`` by level 01, as the plans."""
        rows: list[tuple[int, str, dict[str, Any]]] = []
        for name, block in blocks.items():
            frame = block.table.select(pl.col(RECORD_NO), *nested_columns(self.plans[name].layout))
            rows += [(row.pop(RECORD_NO), name, row) for row in frame.to_dicts()]
        for _, name, row in sorted(rows, key=lambda one: one[0]):
            level = self.levels[name]
            if level == 0:
                yield from self.last()
            else:
                del self._open[level:]
                self._open[-1].setdefault(plain_name(name), []).append(row)
            if level < len(self.chain):
                self._open.append(row)

    def last(self) -> Iterator[str]:
        """The JSON line of the parent that is still open, if there is one."""
        if self._open:
            yield json.dumps(self._open[0], ensure_ascii=False, separators=(",", ":")) + "\n"
        self._open = []
