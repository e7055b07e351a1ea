"""Flat columns → nested JSON: groups as objects, OCCURS as lists, as the copybook's tree has them."""

from __future__ import annotations

import polars as pl

from layouts.records.copybook import Field, Item, Record


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
