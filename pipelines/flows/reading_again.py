"""``ikou verify --exports``: decode the received files once more and hold them against the restored conformed
columns.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from layouts.conform import conform
from layouts.lookup_tables import look_up
from layouts.mappings import Mapping as GroupMapping
from layouts.records.blocks import DecodedBlock
from layouts.records.reader import open_source_file
from pipelines.flows.code_tables import with_identified
from pipelines.flows.looking_up import prepare_lookups
from pipelines.project.loading import load_project
from pipelines.project.scope import exclusions_of
from pipelines.runs.folder import read_json
from pipelines.runs.verification import Proof, restored_blocks
from pipelines.steps.exclude import exclude
from pipelines.steps.receive import receive
from rules.contract import ORDINAL, RECORD_NO


def verify_exports(run: Path) -> list[Proof]:
    """Compare every standard row, its changes undone, with what the received files say today."""
    with tempfile.TemporaryDirectory() as scratch:
        return _verify_exports(run, Path(scratch))


def _verify_exports(run: Path, scratch: Path) -> list[Proof]:
    manifest = read_json(run / "manifest.json")
    project = replace(load_project(Path(manifest["project"])), data=run.parent.parent)
    project = with_identified(project, pl.read_parquet(run / "decisions.parquet"))
    exports = project.data / "exports" / manifest["generation"]
    how = "received files decoded again, conformed, compared with the restored columns"
    proofs: list[Proof] = []
    trips: dict[tuple[str, str, str], list[int]] = {}
    rows = 0
    files = {s: [f.path for f in receive(exports, one)] for s, one in project.sources.items()
             if one.area in manifest["areas"]}
    prepare_lookups(project, manifest["areas"], files, scratch, lambda _: None)
    for source_id, mappings in project.mappings.items():
        source = project.sources[source_id]
        if source.area not in manifest["areas"]:
            continue
        for mapping in mappings:
            written = restored_blocks(run, source.area, mapping.group.id)
            for file in receive(exports, source):
                blocks = open_source_file(
                    source, file.path, block_records=project.definition.project.block_records, round_trips=True
                )
                place = (source.area, source_id, file.name)
                counted = trips.setdefault(place, [0, 0]) if mapping is mappings[0] else []
                tables = (
                    exclude(b.table, source.key, exclusions_of(project.scope, source_id)).table
                    for b in _counting(blocks, counted)
                )
                differing, compared = _compare(tables, mapping, written, scratch)
                rows += compared
                proofs += [
                    Proof("exports", held=False, how=how, found=f"{file.name} {item}: {n} rows differ")
                    for item, n in sorted(differing.items())
                ]
    proofs = proofs or [Proof("exports", held=True, how=f"{how} ({rows} rows)")]
    return [*proofs, *_round_trips(run, trips)]


def _counting(blocks: Iterator[DecodedBlock], counted: list[int]) -> Iterator[DecodedBlock]:
    """The blocks as they come; adds their records, and those that write back, to ``counted``."""
    for block in blocks:
        if counted and block.round_trips is not None:
            counted[0] += block.table.height
            counted[1] += block.round_trips
        yield block


def _round_trips(run: Path, trips: Mapping[tuple[str, str, str], list[int]]) -> list[Proof]:
    """What the run says of records that write back byte for byte, against what was counted again."""
    said = {
        (area, source, file): [records, same]
        for area, source, file, records, same in pl.read_parquet(run / "reconcile" / "round_trips.parquet").iter_rows()
    }
    again = {key: counted for key, counted in trips.items() if key in said}
    records, same = (sum(counted[k] for counted in again.values()) for k in (0, 1))
    how = f"decoded records written back: {same} of {records} are the bytes that were received"
    wrong = [
        Proof("round trips", held=False, how=how, found=f"{key[2]}: the run says {said[key][1]} of {said[key][0]}")
        for key in again
        if again[key] != said[key]
    ]
    return wrong or [Proof("round trips", held=True, how=how)]


def _compare(
    tables: Iterator[pl.DataFrame], mapping: GroupMapping, written: Iterator[pl.DataFrame], lookups: Path
) -> tuple[dict[str, int], int]:
    differing: dict[str, int] = {}
    rows = 0
    for table in tables:
        expected = look_up(conform(table, mapping), mapping, lookups).frame
        if not expected.height:
            continue
        found = next(written, None)
        if found is None or found.height != expected.height:
            differing["(rows)"] = differing.get("(rows)", 0) + expected.height
            continue
        rows += expected.height
        for column in (RECORD_NO, ORDINAL, *mapping.group.names):
            wrong = int(expected[column].ne_missing(found[column].cast(expected[column].dtype)).sum())
            if wrong:
                differing[column] = differing.get(column, 0) + wrong
    return differing, rows
