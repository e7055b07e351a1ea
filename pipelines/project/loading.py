"""Everything a run needs of a project, loaded and checked before any data is read."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from char_mapping.errors import DefinitionError
from char_mapping.receivers import receiver_of_project
from layouts.codes import CodeMapDefinition, add_code_lists, load_code_maps
from layouts.identities import BoundIdentity, load_identities
from layouts.lookups import LookupPlaces
from layouts.mappings import Mapping, load_mapping
from layouts.records.plans import check_source
from layouts.shared_deliveries import check_deliveries
from layouts.sources import SourceDefinition, load_source
from layouts.standard_groups import StandardGroup, load_group
from layouts.yaml_reader import read_yaml
from pipelines.project.data_folder import data_folder
from pipelines.project.definition import Definition, load_definition
from pipelines.project.figures import Figure, load_figures
from pipelines.project.scope import Acceptance, Scope, load_acceptance, load_scope
from rules.catalogue import Catalogue, check_switched_off, load_catalogue
from rules.identities.evaluation import check_identities


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
    identities: tuple[BoundIdentity, ...] = ()
    figures: MappingOf[str, tuple[Figure, ...]] = field(default_factory=dict)

    @property
    def as_of(self) -> date:
        """The day the data is judged at."""
        return self.definition.project.as_of

    def areas_in_order(self) -> tuple[str, ...]:
        """Area ids, residents (001) and 住登外 (031) first: the others refer to their numbers."""
        first = ("001", "031")
        rest = sorted(a for a in self.definition.areas if a not in first)
        return tuple(a for a in first if a in self.definition.areas) + tuple(rest)


def imported_root(folder: Path, family: str, edition: str, area_id: str, group_id: str) -> Path | None:
    """The project's own layouts where an imported workbook defines the group, None where the shipped one holds."""
    own = folder / "layouts"
    return own if (own / family / edition / area_id / f"{group_id}.yml").is_file() else None


def _check_departments(folder: Path, definition: Definition) -> None:
    for name, department in definition.departments.items():
        for area_id in department.areas:
            if area_id not in definition.areas:
                raise DefinitionError(
                    f"{folder / 'ikou.toml'} departments.{name}.areas",
                    expected="areas of this file: " + (", ".join(definition.areas) or "none yet"),
                    found=area_id,
                    todo="Correct the 業務ID, or describe the area",
                )


def _check_codes(source: SourceDefinition, code_maps: MappingOf[str, CodeMapDefinition]) -> None:
    for name, item in source.items.items():
        if item.codes is not None and item.codes not in code_maps:
            raise DefinitionError(
                f"{source.directory / 'source.yml'} items.{name}.codes",
                expected=f"one of {', '.join(sorted(code_maps)) or 'codes/*.yml'}",
                found=item.codes,
                todo=f"Write codes/{item.codes}.yml",
            )


def _check_receivers(
    folder: Path, definition: Definition, groups: MappingOf[tuple[str, str], StandardGroup]
) -> None:
    for name, receiver in definition.receivers.items():
        receiver_of_project(receiver.profile, folder)
        told = [g for (a, i), g in groups.items() if (not receiver.areas or a in receiver.areas)
                and (not receiver.groups or i in receiver.groups)]
        for key, wanted, known in (
            ("areas", receiver.areas, set(definition.areas)),
            ("groups", receiver.groups, {g.id for g in groups.values()}),
            ("items", receiver.items, {item for g in told for item in g.names}),
        ):
            wrong = [one for one in wanted if one not in known]
            if wrong:
                raise DefinitionError(
                    f"{folder / 'ikou.toml'} receivers.{name}.{key}", expected=f"{key} of this project's layouts",
                    found=", ".join(wrong[:5]), todo="See `ikou layouts show`",
                )


def _check_tables(sources: MappingOf[str, SourceDefinition]) -> None:
    """The same code is another glyph in another system: two systems never share a 外字対応表 or an override table."""
    owners: dict[str, SourceDefinition] = {}
    for source in sources.values():
        for table in (*source.gaiji.values(), *source.overrides.values()):
            owner = owners.setdefault(table, source)
            if owner is not source and (owner.system != source.system or not source.system):
                raise DefinitionError(
                    f"{source.directory / 'source.yml'} gaiji",
                    expected="a table of its own for each system and ward",
                    found=f"{table}, which {owner.id} reads by too",
                    todo="Copy the table and name the copy: the same code is another glyph elsewhere",
                )


def _check_conversions(mapping: Mapping, rules: Catalogue) -> None:
    built = {rule.id for rule in rules.built()}
    for item in mapping.items:
        for rule_id in item.convert:
            if rule_id not in built:
                raise DefinitionError(
                    f"{mapping.path} items.{item.name}.convert",
                    expected="a rule of the catalogue that is built",
                    found=rule_id,
                    todo="See `ikou rules list`",
                )


def load_project(folder: Path, *, source_only: bool = False) -> Project:
    """Load and check all definitions of a project; with ``source_only`` no mapping is asked for.

    Raises:
        DefinitionError: anything in them that cannot be right, with file, line and item.
    """
    folder = folder.resolve()
    definition = load_definition(folder)
    data = data_folder(folder, definition)
    _check_departments(folder, definition)
    sources: dict[str, SourceDefinition] = {}
    groups: dict[tuple[str, str], StandardGroup] = {}
    mappings: dict[str, list[Mapping]] = {}
    waiting: list[tuple[Path, str, StandardGroup]] = []
    add_code_lists(folder / "layouts" / "code_lists")
    code_maps = load_code_maps(folder / "codes") if (folder / "codes").is_dir() else {}
    for area_id, area in definition.areas.items():
        for source_id in area.sources:
            source = load_source(folder / "sources" / source_id)
            check_source(source)
            _check_codes(source, code_maps)
            if source.area != area_id:
                raise DefinitionError(
                    f"{folder / 'ikou.toml'} areas.{area_id}.sources",
                    expected=f"sources of area {area_id}",
                    found=f"{source_id} of area {source.area}",
                    todo="List the source under its own area",
                )
            sources[source_id] = source
        for group_id, edition in () if source_only else area.editions.items():
            root = imported_root(folder, area.family, edition, area_id, group_id)
            group = load_group(area.family, edition, area_id, group_id, root=root)
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
            waiting.append((path, named, group))
    places: dict[str, Mapping] = {}
    # A lookup in a group needs that group's mapping, so the mappings that look up in none are read first.
    for later in (False, True):
        for path, named, group in waiting:
            if _looks_up_in_groups(path) is later:
                mapping = load_mapping(path, sources[named], group, code_maps, LookupPlaces(sources, dict(places)))
                mappings.setdefault(named, []).append(mapping)
        places = {f"{m.area}/{m.group.id}": m for found in mappings.values() for m in found}
    order = {path: place for place, (path, _, _) in enumerate(waiting)}
    for found in mappings.values():
        found.sort(key=lambda one: order[one.path])
    unread = [s for s in sources if s not in mappings]
    if unread and not source_only:
        raise DefinitionError(
            f"{folder / 'mappings'}",
            expected="a mapping for every source",
            found=f"none reads {', '.join(unread)}",
            todo="Map the source, take it out of ikou.toml, or run with --source-only",
        )
    _check_tables(sources)
    check_deliveries(sources)
    if not source_only:
        _check_receivers(folder, definition, groups)
    rules = load_catalogue()
    check_switched_off(rules, definition.rules_off)
    for mapping in (m for of_source in mappings.values() for m in of_source):
        _check_conversions(mapping, rules)
    identities = () if source_only else _identities(definition)
    check_identities(identities, groups, rules)
    return Project(
        folder,
        data,
        definition,
        load_scope(folder, sources),
        load_acceptance(folder),
        sources,
        groups,
        {k: tuple(v) for k, v in mappings.items()},
        code_maps,
        identities,
        load_figures(folder, tuple(definition.areas), sources, groups),
    )


def _looks_up_in_groups(path: Path) -> bool:
    items = read_yaml(path).data.get("items")
    asked = [one.get("lookup") for one in items.values() if isinstance(one, dict)] if isinstance(items, dict) else []
    return any(isinstance(one, dict) and "group" in one for one in asked)


def _identities(definition: Definition) -> tuple[BoundIdentity, ...]:
    """The identities of every area in the editions the project pins; one edition of an area says each id once."""
    found: dict[tuple[str, str], BoundIdentity] = {}
    for area_id, area in definition.areas.items():
        for edition in dict.fromkeys(area.editions.values()):
            for bound in load_identities(area.family, edition, area_id):
                found.setdefault((area_id, bound.identity.id), bound)
    return tuple(found.values())
