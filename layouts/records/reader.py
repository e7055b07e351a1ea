"""Open a received file as its source definition says, and cut it into ranges for parallel work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.records.block_cutting import count_fixed, read_blocks
from layouts.records.blocks import DecodedBlock
from layouts.records.databases import read_sqlite
from layouts.records.decoder import decode_block
from layouts.records.delimited import read_delimited
from layouts.records.framing import RawBlock, RecordRange
from layouts.records.plans import ColumnarShape, DecodingPlan, QueryShape, WorkbookShape, plan_of_source
from layouts.records.received import open_received, packing_of
from layouts.records.round_trip import count_round_trips
from layouts.records.segments import Segments
from layouts.records.text_tables import read_columnar
from layouts.records.workbooks import read_workbook
from layouts.sources import SourceDefinition


def open_planned_file(
    plan: DecodingPlan, path: Path, *, block_records: int, record_range: RecordRange | None = None,
    round_trips: bool = False,
) -> Iterator[DecodedBlock]:
    """Decode a file by a plan, block by block; memory is bounded by the block.

    Args:
        plan: How to read the file.
        path: The received file; never written to.
        block_records: Records of a block at most (physical records, control records counted).
        record_range: A range of :func:`plan_ranges`; the whole file when None.
        round_trips: Whether to write every block back and count the records that come out as they were.

    Raises:
        UnreadableFile: The file cannot be what the plan says (FIL-001); nothing was yielded before for fixed records.
        DefinitionError: The plan contradicts itself.
    """
    if plan.csv is not None:
        yield from read_delimited(path, plan, block_records, record_range)
        return
    if plan.tabular is not None:
        yield from _tabular(plan.tabular, plan, path, block_records)
        return
    if plan.framing is None:
        raise DefinitionError(path.name, expected="a record format", found="none")
    segments = Segments(plan) if plan.parents else None
    for raw in read_blocks(path, plan.framing, block_records, record_range):
        block = decode_block(plan, raw) if segments is None else segments.decode(raw)
        yield replace(block, round_trips=count_round_trips(plan, raw, block)) if round_trips else block


def open_record_types(
    plans: Mapping[str, DecodingPlan], path: Path, *, block_records: int
) -> Iterator[tuple[RawBlock, dict[str, DecodedBlock]]]:
    """Decode several record types of one file in one reading: the plans differ only in ``record`` and ``parents``.

    Gives the records as they stand in the file, and a block of each plan; in the blocks of each, the records of the
    others stand apart as excluded.

    Raises:
        UnreadableFile: The file cannot be what the plans say (FIL-001).
        DefinitionError: No plan, or plans without a record format.
    """
    framing = next((plan.framing for plan in plans.values()), None)
    if framing is None:
        raise DefinitionError(path.name, expected="record types in records of a copybook", found="none")
    readers: dict[str, Callable[[RawBlock], DecodedBlock]] = {
        name: Segments(plan).decode if plan.parents else partial(decode_block, plan) for name, plan in plans.items()
    }
    for raw in read_blocks(path, framing, block_records):
        yield raw, {name: read(raw) for name, read in readers.items()}


def _tabular(
    shape: WorkbookShape | ColumnarShape | QueryShape, plan: DecodingPlan, path: Path, block_records: int
) -> Iterator[DecodedBlock]:
    if not path.is_file():
        raise UnreadableFile(path.name, expected="a file", found="no such file")
    if isinstance(shape, WorkbookShape):
        return read_workbook(path, shape, plan.key, plan.system, block_records)
    if isinstance(shape, ColumnarShape):
        return read_columnar(path, shape.columns, plan.key, plan.system, block_records)
    return read_sqlite(path, shape, plan.key, plan.system, block_records)


def open_source_file(
    source: SourceDefinition, path: Path, *, block_records: int, record_range: RecordRange | None = None,
    round_trips: bool = False,
) -> Iterator[DecodedBlock]:
    """Decode one file of a source; see :func:`open_planned_file`. Items of the source and of the file must agree.

    Raises:
        UnreadableFile: The file cannot be what the source declares it to be.
        DefinitionError: The source's items are not those of its copybook.
    """
    plan = plan_of_source(source, path)
    if plan.copybook is not None:
        source.check_columns(plan.columns())
    yield from open_planned_file(
        plan, path, block_records=block_records, record_range=record_range, round_trips=round_trips
    )


def plan_ranges(source: SourceDefinition, path: Path, target_records: int = 1_000_000) -> list[RecordRange]:
    """Ranges of about ``target_records`` records that together cover a file once, in order.

    Fixed records are cut evenly, RDW and line files in one pass over their record lengths. Blocked, spanned,
    delimited, segmented and packed files, workbooks and tables are one range whose ``count`` is -1: nothing but
    reading them from the start numbers their records.

    Raises:
        UnreadableFile: The file cannot be cut as declared (FIL-001).
    """
    plan = plan_of_source(source, path)
    if plan.framing is None or plan.parents or packing_of(path):
        return [RecordRange(0, -1, 0)]
    if plan.framing.kind == "fixed":
        length = plan.framing.record_length
        with open_received(path) as file:
            total = count_fixed(file, length)
        parts = max(1, -(-total // target_records))
        size = -(-total // parts) if total else 0
        return [
            RecordRange(first, min(size, total - first), first * length) for first in range(0, total, size)
        ] if total else [RecordRange(0, 0, 0)]
    return _variable_ranges(plan, path, target_records)


def _variable_ranges(plan: DecodingPlan, path: Path, target_records: int) -> list[RecordRange]:
    """One range for small files; else one range per ``target_records``, found by reading the lengths once."""
    assert plan.framing is not None
    if plan.framing.kind in ("bdw", "vbs", "variable") or path.stat().st_size <= target_records:
        return [RecordRange(0, -1, 0)]
    ranges: list[RecordRange] = []
    offset = first = count = 0
    for raw in read_blocks(path, plan.framing, min(target_records, 65_536)):
        count += raw.starts.size
        if count >= target_records or raw.last:
            ranges.append(RecordRange(first, count, offset))
            first, count = first + count, 0
            header = 4 if plan.framing.kind == "rdw" else 0
            end = int(raw.offsets[-1] + raw.lengths[-1])
            offset = end if header else _after_line(path, end, len(plan.framing.newline))
    return ranges


def _after_line(path: Path, end: int, newline: int) -> int:
    with path.open("rb") as file:
        file.seek(end)
        behind = file.read(2)
    return end + (2 if behind[:1] == b"\r" and newline == 1 else newline)
