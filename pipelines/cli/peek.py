"""``ikou peek``: the first records of a received file, item by item, in plain Python (nothing to compile)."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Unpack

from layouts.records.block_cutting import read_blocks
from layouts.records.cells import read_cell, read_record_type
from layouts.records.column_names import WHOLE_RECORD
from layouts.records.copybook import Field, Record
from layouts.records.option_plans import PlanOptions
from layouts.records.plans import DecodingPlan
from layouts.records.received import open_received
from pipelines.cli.file_plans import plans_of
from pipelines.cli.terminal import columns_of, padded

_HEX_SHOWN = 32
_NEVER_SHOWN = ("個人番号", "マイナンバー")


def peek(
    file: Path,
    *,
    copybook: Path | None,
    charset: str,
    count: int = 10,
    source: Path | None = None,
    with_hex: bool = False,
    **options: Unpack[PlanOptions],
) -> None:
    """Print the first ``count`` records of ``file``: offset and length in bytes, item, text; hex for what does not
    decode, with ``with_hex`` for every cell. ``source`` is the directory of a source definition, in place of options.

    Where ``types`` are named, each record is shown as what it is. 個人番号 is never shown.

    Raises:
        DefinitionError: The copybook or an option is wrong.
        UnreadableFile: The file cannot be cut into such records.
    """
    plan = next(iter(plans_of(file, source, copybook, charset, **options).values()))
    if plan.framing is None or plan.copybook is None:
        _peek_table(plan, file, count, with_hex=with_hex)
        return
    total = -1
    if plan.framing.kind == "fixed" and plan.trailer:
        with open_received(file) as received:
            total = received.size // plan.framing.record_length
    shown = 0
    for raw in read_blocks(file, plan.framing, min(count, 1024)):
        for index in range(min(raw.starts.size, count - shown)):
            number = raw.first_record + index
            name = plan.record
            if plan.header and number == 0:
                name = plan.header
            elif plan.trailer and (number == total - 1 or (raw.last and index == raw.starts.size - 1)):
                name = plan.trailer
            data = raw.record(index)
            if plan.record_type_items:
                name = plan.record_type_values.get(
                    read_record_type(plan.copybook, plan.record_type_items, data, plan.system), ""
                )
            if not name:
                unknown = data.hex().upper()[:_HEX_SHOWN]
                sys.stdout.write(f"record {number + 1}  byte {int(raw.offsets[index])}  unknown type x'{unknown}'\n")
                continue
            sys.stdout.write(f"record {number + 1}  byte {int(raw.offsets[index])}  {len(data)} bytes  {name}\n")
            _print_items(plan, plan.copybook.record(name), data, with_hex=with_hex)
        shown += raw.starts.size
        if shown >= count:
            return


def _print_items(plan: DecodingPlan, layout: Record, data: bytes, *, with_hex: bool) -> None:
    fields = layout.fields()
    width = max((columns_of(f.name) for f in fields), default=0)
    counters = {f.name: f for f in fields}
    for each in fields:
        offset = each.offset
        if plan.odo != "reserved":
            for shift in each.shifts:
                there = all(_counted(plan, counters[name], data) >= n for name, n in shift.exists)
                missing = shift.maximum - _counted(plan, counters[shift.counter], data)
                offset -= missing * shift.size if there else 0
        if any(_counted(plan, counters[counter], data) < occurrence for counter, occurrence in each.exists):
            continue
        cell = data[offset : offset + each.length]
        label = padded(each.name, width)
        text = _shown(plan, each, cell)
        hidden = any(word in each.name for word in _NEVER_SHOWN)
        stored = f"  x'{cell.hex().upper()}'"
        also = stored if with_hex and cell and not hidden and stored not in text else ""
        sys.stdout.write(f"  {offset:5} {each.length:4}  {label}  {text}{also}\n")


def _counted(plan: DecodingPlan, counter: Field, data: bytes) -> int:
    cell = data[counter.offset : counter.offset + counter.length]
    text, faults = read_cell(counter, cell, plan.system, plan.dialect)
    return int(text) if text and not faults else 0


def _shown(plan: DecodingPlan, each: Field, cell: bytes) -> str:
    if len(cell) < each.length:
        return "(beyond the end of the record)"
    if any(word in each.name for word in _NEVER_SHOWN):
        return "(not shown)"
    text, faults = read_cell(each, cell, plan.system, plan.dialect)
    if faults:
        hexadecimal = "" if text == f"{{{cell.hex().upper()}}}" else f"  x'{cell.hex().upper()}'"
        return f"{text or ''}{hexadecimal}  <- {', '.join(faults)}"
    return text if text is not None else "(blank)"


def _peek_table(plan: DecodingPlan, file: Path, count: int, *, with_hex: bool) -> None:
    """Delimited files and tables go through the reader: only it knows where a quoted record ends."""
    from layouts.records.reader import open_planned_file

    if with_hex and plan.csv is not None:
        plan = replace(plan, raw_bytes=(WHOLE_RECORD,))
    for block in open_planned_file(plan, file, block_records=count):
        for row in block.table.head(count).iter_rows(named=True):
            sys.stdout.write(f"record {row['_record_no']}  byte {row['_byte_offset']}\n")
            for name, text in row.items():
                if not name.startswith("_"):
                    hidden = any(word in name for word in _NEVER_SHOWN)
                    shown = "(not shown)" if hidden else text if text is not None else "(blank)"
                    sys.stdout.write(f"  {name}  {shown}\n")
            if with_hex and isinstance(row.get("_raw_bytes"), bytes):
                sys.stdout.write(f"  x'{row['_raw_bytes'].hex().upper()}'\n")
        return
