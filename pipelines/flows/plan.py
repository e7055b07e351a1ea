"""What the block tasks of a run share: frozen before the first byte is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from char_mapping.mj import gj_text
from char_mapping.reference_data import find_table
from layouts.mappings import Mapping as GroupMapping
from layouts.masters.banks import load_banks
from layouts.masters.towns import load_towns
from layouts.sources import SourceDefinition
from layouts.standard_groups import StandardGroup
from pipelines.project.figures import Figure
from pipelines.project.loading import Project
from pipelines.project.scope import Exclusion, exclusions_of
from pipelines.steps.linking import FLAGS, INTO
from pipelines.steps.register import Register
from pipelines.steps.renumber import Renumbering, of_area, renumberings
from rules.addresses.town_master import MASTER as TOWN_MASTER
from rules.addresses.town_master import town_master
from rules.binding import bind_code_lists, bind_code_maps, bind_source, bind_standard
from rules.catalogue import RuleSet
from rules.contract import BoundItem, RuleContext
from rules.identities.evaluation import items_by_group


@dataclass(frozen=True, slots=True)
class Target:
    """What a source's records become: rows of a standard group or, with ``--source-only``, the source items themselves.

    ``written`` are the columns that can hold a value; every other item of the group stays null. ``numbers`` are
    the items law 5 watches over.
    """

    group_id: str
    group: StandardGroup | None
    mapping: GroupMapping | None
    context: RuleContext
    written: tuple[str, ...]
    source_meanings: Mapping[str, str]
    identity_items: tuple[str, ...] = ()

    @property
    def key_items(self) -> tuple[tuple[str, str], ...]:
        """(column, meaning) of what can go into the key files: the standard's meanings, then the source's own."""
        written = [i for i in self.context.items if i.name in self.written]
        own = ((i.name, self.source_meanings.get(i.source_item, "none")) for i in written)
        return (*((i.name, i.meaning) for i in written), *own)

    @property
    def keys(self) -> frozenset[str]:
        """Items that are never taken out of a row, whatever stands against them."""
        return frozenset(i.name for i in self.context.items if i.key)

    @property
    def numbers(self) -> tuple[BoundItem, ...]:
        """Items that are numbers of people and households: text, never rounded, never renumbered."""
        return tuple(i for i in self.context.items if i.kind == "number" and i.name in self.written)


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """Everything needed to work on any range of any file of one source.

    ``lookups`` is the folder of the prepared lookup tables.
    """

    area_id: str
    source: SourceDefinition
    targets: tuple[Target, ...]
    exclusions: tuple[Exclusion, ...]
    own_items: tuple[str, ...]
    rules: RuleSet
    register: Register
    decisions: pl.DataFrame
    block_records: int
    city_code: str
    figures: tuple[Figure, ...] = ()
    lookups: Path | None = None
    renumberings: Mapping[str, Renumbering] = field(default_factory=dict)


def written_columns(mapping: GroupMapping, group: StandardGroup) -> tuple[str, ...]:
    """Items a mapping fills, and the 不詳 companions a date rule may fill, in layout order."""
    filled = set(mapping.by_name)
    for item in group.items:
        if item.name in filled:
            filled.update(n for n in (item.unknown_flag, item.unknown_text) if n)
    filled.update(_fillable(group))
    return tuple(n for n in group.names if n in filled)


def _fillable(group: StandardGroup) -> set[str]:
    """Items that rules and decisions may fill although no source item is mapped to them: parts of a name and the
    numbers of a lot (lossless splits), and the items of a link (種イ).
    """
    filled = ("person.name.family", "person.name.given", "person.name_undecided", "address.lot_numbers", INTO, *FLAGS)
    return {i.name for i in group.items if i.meaning in filled}


def masters_of(project: Project) -> Mapping[str, Any]:
    """What rules may look up: ``gj``, the characters of the GJ names that this machine has imported, ``banks``, the
    list of branches the project brings, and ``towns``, the 町字 master where the project has one.
    """
    names = find_table("gj")
    texts = (gj_text(name) for name in (names["gj"] if names is not None else ()))
    towns = load_towns(project.data)
    known = {} if towns is None else {TOWN_MASTER: town_master(towns)}
    banks = load_banks(project.data, project.as_of)
    return {"gj": frozenset(text for text in texts if text), "banks": banks, **known}


def renumberings_of(project: Project, decisions: pl.DataFrame) -> tuple[Renumbering, ...]:
    """The approved decisions on 種ア, from the project's reserved numbers.

    Raises:
        DefinitionError: a decision that cannot be carried out.
    """
    reserved = project.definition.reserved_numbers
    first, last = (reserved.first, reserved.last) if reserved else ("", "")
    return renumberings(decisions, project.as_of, first, last, project.definition.areas)


def source_plan(
    project: Project,
    source: SourceDefinition,
    rules: RuleSet,
    register: Register,
    decisions: pl.DataFrame,
    *,
    source_only: bool,
) -> SourcePlan:
    """Bind one source: to its standard groups, or with ``source_only`` to its own items."""
    area_id = source.area
    code_maps = bind_code_maps(project.code_maps)
    masters = masters_of(project)
    in_identities = items_by_group(project.identities, project.groups)
    targets: list[Target] = []
    meanings = {name: item.meaning for name, item in source.items.items()}
    own: tuple[str, ...] = ()
    if source_only:
        items = bind_source(source)
        context = RuleContext(
            area=area_id,
            group="",
            source=source.id,
            as_of=project.as_of,
            items=items,
            code_maps=code_maps,
            code_lists=bind_code_lists(items),
            masters=masters,
        )
        targets.append(Target("", None, None, context, tuple(i.name for i in items), meanings))
    else:
        for mapping in project.mappings.get(source.id, ()):
            group = mapping.group
            items = bind_standard(group, mapping, source)
            context = RuleContext(
                area=area_id,
                group=group.id,
                source=source.id,
                as_of=project.as_of,
                items=items,
                code_maps=code_maps,
                code_lists=bind_code_lists(items),
                masters=masters,
            )
            written, asked = written_columns(mapping, group), in_identities.get((area_id, group.id), ())
            targets.append(Target(group.id, group, mapping, context, written, meanings, asked))
            own = tuple(dict.fromkeys((*own, *mapping.own)))
    return SourcePlan(
        area_id,
        source,
        tuple(targets),
        tuple(exclusions_of(project.scope, source.id)),
        own,
        rules,
        register,
        decisions,
        project.definition.project.block_records,
        project.definition.city.code,
        tuple(f for f in project.figures.get(area_id, ()) if f.source.source == source.id),
        renumberings=of_area(renumberings_of(project, decisions), area_id),
    )
