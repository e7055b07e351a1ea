"""Everything a run needs of a project, loaded and checked before any data is read."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from char_mapping.errors import DefinitionError
from layouts.codes import CodeMapDefinition, load_code_maps
from layouts.mappings import Mapping, load_mapping
from layouts.sources import SourceDefinition, load_source
from layouts.standard_groups import StandardGroup, load_group
from layouts.yaml_reader import read_yaml
from pipelines.project.data_folder import data_folder
from pipelines.project.definition import Definition, load_definition
from pipelines.project.scope import Acceptance, Scope, load_acceptance, load_scope


@dataclass(frozen=True, slots=True)
class Project:
    """A project as loaded: definitions, layouts and mappings agree with each other."""

    folder: Path
    data: Path
    definition: Definition
    scope: Scope
    acceptance: Acceptance
    sources: MappingOf[str, SourceDefinition]
    groups: MappingOf[tuple[str, str], StandardGroup]
    mappings: MappingOf[str, tuple[Mapping, ...]]
    code_maps: MappingOf[str, CodeMapDefinition]

    @property
    def as_of(self) -> date:
        """The day the data is judged at."""
        return self.definition.project.as_of

    def areas_in_order(self) -> tuple[str, ...]:
        """Area ids, residents (001) and 住登外 (031) first: the others refer to their numbers."""
        first = ("001", "031")
        rest = sorted(a for a in self.definition.areas if a not in first)
        return tuple(a for a in first if a in self.definition.areas) + tuple(rest)


def load_project(folder: Path, *, source_only: bool = False) -> Project:
    """Load and check all definitions of a project; with ``source_only`` no mapping is asked for.

    Raises:
        DefinitionError: anything in them that cannot be right, with file, line and item.
    """
    folder = folder.resolve()
    definition = load_definition(folder)
    data = data_folder(folder, definition)
    sources: dict[str, SourceDefinition] = {}
    groups: dict[tuple[str, str], StandardGroup] = {}
    mappings: dict[str, list[Mapping]] = {}
    code_maps = load_code_maps(folder / "codes") if (folder / "codes").is_dir() else {}
    for area_id, area in definition.areas.items():
        for source_id in area.sources:
            source = load_source(folder / "sources" / source_id)
            if source.area != area_id:
                raise DefinitionError(
                    f"{folder / 'ikou.toml'} areas.{area_id}.sources",
                    expected=f"sources of area {area_id}",
                    found=f"{source_id} of area {source.area}",
                    todo="List the source under its own area",
                )
            sources[source_id] = source
        for group_id, edition in () if source_only else area.editions.items():
            group = load_group(area.family, edition, area_id, group_id)
            groups[area_id, group_id] = group
            path = folder / "mappings" / area_id / f"{group_id}.yml"
            if not path.is_file():
                raise DefinitionError(
                    str(path),
                    expected=f"a mapping for group {group_id}",
                    found="no such file",
                    todo="Write it, or take the group out of ikou.toml, or run with --source-only",
                )
            document = read_yaml(path)
            named = document.data.get("source")
            if named not in sources:
                raise document.error(
                    "source",
                    expected=f"a source of area {area_id} in ikou.toml",
                    found=str(named),
                    todo="Name the source the group is filled from",
                )
            mappings.setdefault(named, []).append(load_mapping(path, sources[named], group, code_maps))
    scope = load_scope(folder)
    for exclusion in scope.exclude:
        if exclusion.source not in sources:
            raise DefinitionError(
                f"{folder / 'scope.yml'} exclude",
                expected="a source of ikou.toml",
                found=exclusion.source,
                todo="Name a source that moves",
            )
        if exclusion.where.item not in sources[exclusion.source].items:
            raise DefinitionError(
                f"{folder / 'scope.yml'} exclude.where.item",
                expected=f"an item of {exclusion.source}",
                found=exclusion.where.item,
                todo="Name an item of its source.yml",
            )
    return Project(
        folder,
        data,
        definition,
        scope,
        load_acceptance(folder),
        sources,
        groups,
        {k: tuple(v) for k, v in mappings.items()},
        code_maps,
    )
