"""Records that say themselves how long they are: by an item with a number or a code, or by their record type."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from char_mapping.code_systems import CodeSystem
from char_mapping.errors import DefinitionError
from layouts.records.cells import read_cell, read_record_type
from layouts.records.copybook import Copybook, Field
from layouts.records.framing import LengthItem


def length_by_item(
    copybook: Copybook, record: str, item: str, system: CodeSystem, *, values: Mapping[str, int], unit: int = 1
) -> LengthItem:
    """The length stands in an item: as a number of ``unit`` bytes, or as a key of ``values`` (bytes).

    Raises:
        DefinitionError: The record has no such item, or it may move with an OCCURS DEPENDING ON before it.
    """
    found = next((f for f in copybook.record(record).fields() if f.name == item), None)
    if found is None or found.shifts:
        raise DefinitionError(
            copybook.name, expected=f"an item {item} at a fixed place of {record}, which holds the record's length",
            found="one that moves" if found else "no such item", todo="Correct length_item.",
        )
    field: Field = found

    @cache
    def read(cell: bytes) -> int:
        text, faults = read_cell(field, cell, system, copybook.dialect)
        if not text or faults:
            return -1
        if values:
            return values.get(text, -1)
        return int(text) * unit if text.isdecimal() else -1

    return LengthItem(field.offset, field.length, read)


def length_by_type(
    copybook: Copybook, items: tuple[str, ...], types: Mapping[str, str], system: CodeSystem
) -> LengthItem:
    """Each record is as long as the 01 level that its record type items name.

    Raises:
        DefinitionError: No record types, an item there is not, or a level 01 that is not always of one length.
    """
    fields = [f for f in copybook.flat() if f.name in items]
    varying = [name for name in types.values() if copybook.record(name).minimum_length != copybook.record(name).length]
    if not types or {f.name for f in fields} != set(items) or varying:
        raise DefinitionError(
            "format", expected="for variable records length_item, or a record_type of records of one length each",
            found=f"records of several lengths: {', '.join(dict.fromkeys(varying))}" if varying else "neither",
            todo="Name the item that holds the record's length: length_item.",
        )
    lengths = {name: copybook.record(name).length for name in types.values()}
    first = min(f.offset for f in fields)

    @cache
    def read(cell: bytes) -> int:
        kind = read_record_type(copybook, items, bytes(first) + cell, system)
        return lengths.get(types.get(kind, ""), -1)

    return LengthItem(first, max(f.offset + f.length for f in fields) - first, read)
