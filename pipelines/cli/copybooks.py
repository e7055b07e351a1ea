"""``ikou layouts show --copybook``: where each item of a copybook stands in its record."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from layouts.records.copybook import Copybook, Item, Record, read_copybook
from pipelines.cli.terminal import columns_of, padded

_HEAD = ("offset", "length", "occurs", "item", "picture", "usage", "sign", "notes")
_NUMBERS = 3


def show_copybook(path: Path, *, dialect: str = "ibm", as_json: bool = False) -> None:
    """Print every level 01 of a copybook item by item: offset and length in bytes, type, repetition.

    The offset is 0-based, of the first occurrence and with every table before it at its maximum; the length is that of
    one occurrence, with its slack bytes.

    Raises:
        DefinitionError: The copybook is wrong, with line and column.
    """
    book = read_copybook(path, dialect=dialect)
    if as_json:
        sys.stdout.write(json.dumps(_as_json(book), ensure_ascii=False, indent=2) + "\n")
        return
    for number, record in enumerate(book.records):
        shortest = "" if record.minimum_length == record.length else f" (at least {record.minimum_length})"
        sys.stdout.write("\n" if number else "")
        sys.stdout.write(f"{record.name}  {record.length} bytes{shortest}  {book.name}, {book.dialect.id}\n")
        rows = [_HEAD, *(_row(item, depth) for item, depth in _items(record.root, 0))]
        widths = [max(columns_of(row[k]) for row in rows) for k in range(len(_HEAD))]
        for row in rows:
            cells = (
                padded(cell, width, right=k < _NUMBERS) for k, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            sys.stdout.write("  ".join(cells).rstrip() + "\n")
        for rename in record.renames:
            sys.stdout.write(f"66 {rename.name}: {rename.first} to {rename.last}\n")


def _items(item: Item, depth: int) -> Iterator[tuple[Item, int]]:
    yield item, depth
    for child in item.children:
        yield from _items(child, depth + 1)


def _row(item: Item, depth: int) -> tuple[str, ...]:
    times = ""
    if item.repeated:
        times = f"{item.occurs_min}-{item.occurs}" if item.depending_on else str(item.occurs)
    return (
        str(item.offset), str(item.length), times, f"{'  ' * depth}{item.level:02} {item.name}",
        item.picture.text if item.picture else "", _usage(item), _sign(item), _notes(item),
    )


def _usage(item: Item) -> str:
    if item.children:
        return ""
    return "double_byte" if item.picture and item.picture.category == "national" else item.storage


def _sign(item: Item) -> str:
    return "" if item.sign == "none" else item.sign.replace("_", " ")


def _notes(item: Item) -> str:
    notes = [f"redefines {item.redefines}"] if item.redefines else []
    notes += [f"depending on {item.depending_on}"] if item.depending_on else []
    notes += ["justified right"] if item.justified else []
    notes += ["blank when zero"] if item.blank_when_zero else []
    notes += [f"88 {condition.name}" for condition in item.conditions]
    return ", ".join(notes)


def _as_json(book: Copybook) -> dict[str, Any]:
    return {"copybook": book.name, "dialect": book.dialect.id, "records": [_record(record) for record in book.records]}


def _record(record: Record) -> dict[str, Any]:
    return {
        "name": record.name, "length": record.length, "minimum_length": record.minimum_length,
        "items": [
            {
                "level": item.level, "name": item.name, "path": item.path, "line": item.line, "offset": item.offset,
                "length": item.length, "occurs": item.occurs if item.repeated else None,
                "occurs_min": item.occurs_min if item.depending_on else None, "depending_on": item.depending_on or None,
                "redefines": item.redefines or None, "picture": item.picture.text if item.picture else None,
                "usage": _usage(item) or None, "sign": _sign(item) or None, "justified": item.justified,
                "blank_when_zero": item.blank_when_zero,
                "conditions": {one.name: [list(pair) for pair in one.ranges] for one in item.conditions},
            }
            for item, _ in _items(record.root, 0)
        ],
        "columns": [field.name for field in record.fields()],
    }
