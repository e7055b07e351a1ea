"""One cell in plain Python: what peek shows, header and trailer records, and the readable text of a cell at fault."""

from __future__ import annotations

from typing import Any

from char_mapping.code_systems import CodeSystem
from layouts.records.copybook import Copybook, Field, Record
from layouts.records.dialects import Dialect
from layouts.records.numeric import decode_number


def read_cell(field: Field, data: bytes, system: CodeSystem, dialect: Dialect) -> tuple[str | None, tuple[str, ...]]:
    """Text of a cell (``{HEX}`` for what does not decode; None when empty) and the names of its faults."""
    if field.codec != "text":
        cell = decode_number(field, data, dialect, ascii_machine=system.blank == 0x20)
        if cell.fault:
            return f"{{{data.hex().upper()}}}", (cell.fault,)
        return cell.text, {2: ("low_value",), 4: ("high_value",)}.get(cell.state, ())
    decoded = system.decode(data, field.text_kind)
    faults = tuple(dict.fromkeys(f.fault for f in decoded.faults))
    if decoded.state & 2:
        faults = ("low_value",)
    elif decoded.state & 4:
        faults = ("high_value",)
    return decoded.text or None, faults


def read_record(record: Record, data: bytes, system: CodeSystem, dialect: Dialect) -> dict[str, Any]:
    """Items of one record by name, in storage order, as text or None; items beyond the end of ``data`` are None."""
    items: dict[str, Any] = {}
    for each in record.fields():
        cell = data[each.offset : each.offset + each.length]
        items[each.name] = read_cell(each, cell, system, dialect)[0] if len(cell) == each.length else None
    return items


def read_record_type(copybook: Copybook, items: tuple[str, ...], data: bytes, system: CodeSystem) -> str:
    """The values of the items that tell record types apart, joined by ``/``; empty where the record is too short."""
    values: list[str] = []
    for item in items:
        each = next(f for f in copybook.flat() if f.name == item)
        cell = data[each.offset : each.offset + each.length]
        if len(cell) < each.length:
            return ""
        values.append(read_cell(each, cell, system, copybook.dialect)[0] or "")
    return "/".join(values)
