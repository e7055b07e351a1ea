"""Lookups of a run: what sources they need, and their tables, prepared once before the first block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from char_mapping.errors import DefinitionError
from layouts.lookup_tables import write_tables
from layouts.lookups import Lookup
from layouts.records.reader import open_source_file
from pipelines.project.loading import Project
from pipelines.project.scope import exclusions_of
from pipelines.steps.exclude import exclude


def check_lookups(project: Project, areas: Sequence[str]) -> None:
    """Refuse a run that leaves out an area in which another one looks up.

    Raises:
        DefinitionError: the area, and the mapping that needs it.
    """
    for area_id in areas:
        for path, lookup in _lookups_of(project, area_id):
            there = project.sources[lookup.source_id].area
            if there not in areas:
                raise DefinitionError(
                    str(path), expected=f"area {there} in the run: source {lookup.source_id} is looked up in",
                    found="a run without it", todo=f"Add --area {there}",
                )


def prepare_lookups(
    project: Project, areas: Sequence[str], files: Mapping[str, Sequence[Path]], folder: Path,
    progress: Callable[[str], None],
) -> dict[str, str]:
    """Write the lookup tables that areas ask for.

    Only records that move answer: what the scope excludes and what has no key is no source of a value.

    Args:
        project: The project.
        areas: Areas of the run.
        files: Received files by source.
        folder: Gets the tables.
        progress: Told of every source that was read for them.

    Returns:
        Areas that cannot be worked on because a source they look up in was not received, with the reason.
    """
    wanted: dict[str, list[Lookup]] = {}
    failed: dict[str, str] = {}
    for area_id in areas:
        for path, lookup in _lookups_of(project, area_id):
            if lookup.source_id in files:
                wanted.setdefault(lookup.source_id, []).append(lookup)
            else:
                failed[area_id] = f"{path}: source {lookup.source_id}, in which it looks up, was not received"
    for source_id, lookups in sorted(wanted.items()):
        write_tables(lookups, _blocks(project, source_id, files[source_id]), folder)
        progress(f"{project.sources[source_id].area} {source_id}: read ahead for {len(lookups)} lookups")
    return failed


def _lookups_of(project: Project, area_id: str) -> list[tuple[Path, Lookup]]:
    return [
        (mapping.path, lookup)
        for source_id in project.definition.areas[area_id].sources
        for mapping in project.mappings.get(source_id, ())
        for _, lookup in mapping.lookups
    ]


def _blocks(project: Project, source_id: str, files: Sequence[Path]) -> Iterator[tuple[str, pl.DataFrame]]:
    source, size = project.sources[source_id], project.definition.project.block_records
    for path in files:
        for block in open_source_file(source, path, block_records=size):
            yield path.name, exclude(block.table, source.key, exclusions_of(project.scope, source_id)).table
