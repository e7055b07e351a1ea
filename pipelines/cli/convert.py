"""``ikou convert``: extraction alone; a received file to Parquet, Arrow, CSV or JSON lines, nothing repaired."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Unpack

import polars as pl

from char_mapping.code_systems import load_code_system
from char_mapping.errors import DefinitionError
from layouts.records.blocks import DecodedBlock
from layouts.records.databases import read_postgresql
from layouts.records.framing import RawBlock
from layouts.records.option_plans import PlanOptions
from layouts.records.plans import DecodingPlan, QueryShape
from layouts.records.reader import open_planned_file, open_record_types
from layouts.records.round_trip import count_round_trips, respelled_codes
from pipelines.cli.convert_sinks import SINKS, parent_trees
from pipelines.cli.file_plans import plans_of
from pipelines.cli.host_files import HOST_SUFFIXES, write_host_file

_BLOCK_RECORDS = 32_768
_DATABASES = ("postgresql://", "postgres://")
_HARMLESS = {"low_value", "high_value", "control_character"}


def convert(
    file: Path | str, *, copybook: Path | None, charset: str, out: Path, source: Path | None = None,
    round_trip: bool = False, nested: bool = False, **options: Unpack[PlanOptions],
) -> int:
    """Decode ``file`` into ``out``; the suffix says the form. Cells are text, null where empty or not decodable.

    With ``source``, the directory of a source definition, that says how the file is read. An ``out`` that ends in .dat
    or .bin goes the other way: the table ``file`` becomes records of the copybook.

    Parquet, Arrow and CSV hold one column per elementary item, JSON lines keep groups and OCCURS nested; ``-`` in names
    becomes ``_``. Where ``types`` are named and no ``record``, there is one output a record type: ``out.世帯.parquet``.
    What did not decode, and records that are not in a table, stand in ``<out>.faults.jsonl`` with their bytes in
    hexadecimal (no such file when there is nothing to say). The outputs appear whole or not at all. ``file`` may be the
    URL of a PostgreSQL database; with ``round_trip`` records are written back and compared, with ``nested`` every
    outermost parent is one JSON line with the records below it.

    Returns:
        0, or 1 when a cell did not decode or a record was isolated.

    Raises:
        DefinitionError: The copybook, an option or the suffix is wrong.
        UnreadableFile: The file cannot be cut into such records.
    """
    if out.suffix in HOST_SUFFIXES:
        plans = plans_of(Path(file), source, copybook, charset, **options)
        return write_host_file(Path(file), out, next(iter(plans.values())), several=len(plans) > 1)
    sink = SINKS.get(out.suffix)
    if sink is None:
        expected = f"a name ending in {', '.join(SINKS)}; {', '.join(HOST_SUFFIXES)} for records of a host"
        raise DefinitionError(f"--out {out.name}", expected=expected, found=out.suffix or "no ending")
    if nested and out.suffix != ".jsonl":
        raise DefinitionError(f"--out {out.name}", expected="a name ending in .jsonl with --nested", found=out.suffix)
    blocks: Iterator[tuple[RawBlock | None, dict[str, DecodedBlock]]]
    if isinstance(file, str) and file.startswith(_DATABASES):
        plans = {"": DecodingPlan(load_code_system("utf-8"), tabular=QueryShape())}
        blocks = ((None, {"": block}) for block in read_postgresql(file, options.get("query", ""), _BLOCK_RECORDS))
    else:
        plans = plans_of(Path(file), source, copybook, charset, **options)
        blocks = _blocks(plans, Path(file))
    if nested:
        return _convert_nested(plans, blocks, out)
    several = len(plans) > 1
    outs = {name: out.with_name(f"{out.stem}.{name}{out.suffix}") if several else out for name in plans}
    partial = {name: one.with_name(f".{one.name}.partial") for name, one in outs.items()}
    faults = _FaultLines(out)
    records: Counter[str] = Counter()
    same: Counter[str] = Counter()
    codes: Counter[int] = Counter()
    try:
        with ExitStack() as stack:
            write = {name: stack.enter_context(sink(partial[name], plan)) for name, plan in plans.items()}
            stack.enter_context(faults)
            for raw, decoded in blocks:
                for name, block in decoded.items():
                    write[name](block)
                    for code, number in block.characters.filter(table="double").select("code", "count").iter_rows():
                        codes[code] += number
                    records[name] += block.table.height
                    if round_trip and raw is not None:
                        same[name] += count_round_trips(plans[name], raw, block)
                faults.add(decoded)
        for name, one in outs.items():
            partial[name].replace(one)
        faults.keep()
    finally:
        for one in (*partial.values(), faults.partial):
            one.unlink(missing_ok=True)
    for name, one in outs.items():
        compared = f", {same[name]} written back byte for byte" if round_trip and plans[name].copybook else ""
        sys.stdout.write(f"{records[name]} records -> {one}{compared}\n")
    _say_respelled(next(iter(plans.values())), codes)
    return faults.summarise()


def _say_respelled(plan: DecodingPlan, codes: Counter[int]) -> None:
    """Characters in codes that the code system itself writes otherwise: they read well, and would not come back."""
    other = respelled_codes(plan.system, sorted(codes))
    if other:
        listed = ", ".join(f"{code:04X} ({codes[code]}, written {written})" for code, written in other.items())
        sys.stdout.write(f"{sum(codes[code] for code in other)} characters in codes written otherwise: {listed}\n")


def _convert_nested(
    plans: dict[str, DecodingPlan], blocks: Iterator[tuple[RawBlock | None, dict[str, DecodedBlock]]], out: Path
) -> int:
    partial = out.with_name(f".{out.name}.partial")
    faults = _FaultLines(out)
    records = 0
    try:
        with parent_trees(partial, plans) as write, faults:
            for _, decoded in blocks:
                write(decoded)
                records += sum(block.table.height for block in decoded.values())
                faults.add(decoded)
        partial.replace(out)
        faults.keep()
    finally:
        partial.unlink(missing_ok=True)
        faults.partial.unlink(missing_ok=True)
    sys.stdout.write(f"{records} records -> {out}\n")
    return faults.summarise()


def _blocks(
    plans: dict[str, DecodingPlan], path: Path
) -> Iterator[tuple[RawBlock | None, dict[str, DecodedBlock]]]:
    if all(plan.framing is not None for plan in plans.values()):
        yield from open_record_types(plans, path, block_records=_BLOCK_RECORDS)
        return
    for name, plan in plans.items():
        for block in open_planned_file(plan, path, block_records=_BLOCK_RECORDS):
            yield None, {name: block}


def _apart(blocks: list[DecodedBlock]) -> pl.DataFrame:
    """Records that stand in no table; with several tables those of the others are in theirs."""
    if len(blocks) == 1:
        return blocks[0].apart
    together = pl.concat([block.apart for block in blocks]).filter(pl.col("fault") != "other_record_type")
    return together.unique("record_no", keep="first", maintain_order=True).sort("record_no")


class _FaultLines:
    """``<out>.faults.jsonl``: cells at fault and records apart as they are found, and how many of each."""

    def __init__(self, out: Path) -> None:
        self.path = out.with_name(f"{out.name}.faults.jsonl")
        self.partial = self.path.with_name(f".{self.path.name}.partial")
        self.found: Counter[tuple[str, str]] = Counter()
        self.apart: Counter[tuple[str, str]] = Counter()

    def __enter__(self) -> None:
        self._file = self.partial.open("w", encoding="utf-8")

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def add(self, decoded: Mapping[str, DecodedBlock]) -> None:
        left = _apart(list(decoded.values()))
        self.apart.update(left.select("fate", "fault").iter_rows())
        for block in decoded.values():
            self.found.update(block.faults.select("item", "fault").iter_rows())
        for frame in (*(block.faults for block in decoded.values()), left):
            for line in _fault_lines(frame):
                self._file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def keep(self) -> None:
        """Put the file in its place; none where nothing is at fault."""
        self.path.unlink(missing_ok=True)
        if self.found or self.apart:
            self.partial.replace(self.path)

    def summarise(self) -> int:
        """Print the counts; 1 when a cell did not decode or a record was isolated."""
        for (fate, fault), count in sorted(self.apart.items()):
            sys.stdout.write(f"{count} records apart: {fate}{' ' + fault if fault else ''}\n")
        for (item, fault), count in sorted(self.found.items()):
            sys.stdout.write(f"{count} cells: {item} {fault}\n")
        if self.found or self.apart:
            sys.stdout.write(f"their bytes -> {self.path}\n")
        undecoded = any(fault not in _HARMLESS for _, fault in self.found)
        return 1 if undecoded or any(fate == "isolated" for fate, _ in self.apart) else 0


def _fault_lines(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for row in frame.iter_rows(named=True):
        yield {key: value.hex().upper() if isinstance(value, bytes) else value for key, value in row.items()}
