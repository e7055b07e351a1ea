"""Bind columns to meanings: what a rule may know of each column of a block, from layouts alone.

The same rules run on a standard group (:func:`bind_standard`) and on source items before any target exists
(:func:`bind_source`): both give :class:`~rules.contract.BoundItem` with kind, calendar and tense from
layouts/meanings.csv.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from layouts.codes import CodeMapDefinition, code_list_of
from layouts.mappings import Mapping as GroupMapping
from layouts.meanings import Meaning, load_meanings
from layouts.sources import DateDefinition, SourceDefinition, item_of_column
from layouts.standard_groups import StandardGroup, StandardItem
from rules.contract import BoundItem, CodeMap, DateForm


def bind_standard(group: StandardGroup, mapping: GroupMapping, source: SourceDefinition) -> tuple[BoundItem, ...]:
    """The items of a standard group as a mapping fills them, in the group's order.

    Args:
        group: The standard group.
        mapping: How the source fills it; unmapped items are bound too (they are empty columns).
        source: Its date forms are kept until clean has converted the values.

    Returns:
        One bound item a standard item. Items of meaning ``none`` are bound for their type and length; no rule
        that looks for a meaning sees them.
    """
    filled = mapping.by_name
    bound = []
    for item in group.items:
        mapped = filled.get(item.name)
        origin = source.items[mapped.source_item] if mapped is not None and mapped.source_item is not None else None
        date = origin.date if origin is not None else None
        if mapped is not None and mapped.lookup is not None:
            date = mapped.lookup.date
        bound.append(
            _bound(
                item,
                load_meanings()[item.meaning],
                date_form=_date_form(date),
                code_map=(mapped.codes or "") if mapped is not None else "",
                convert=mapped.convert if mapped is not None else (),
                source_item=(mapped.source_item or "") if mapped is not None else "",
            )
        )
    return tuple(bound)


def _bound(
    item: StandardItem,
    meaning: Meaning,
    *,
    date_form: DateForm | None,
    code_map: str,
    convert: tuple[str, ...],
    source_item: str,
) -> BoundItem:
    return BoundItem(
        name=item.name,
        meaning=item.meaning,
        kind=meaning.kind,
        type=item.type,
        length=item.length,
        scale=item.scale,
        certified=item.certified,
        key=item.key,
        code_list=item.code_list,
        condition=item.condition,
        calendar=meaning.calendar,
        unknown_allowed=meaning.unknown_allowed,
        tense=meaning.tense,
        unknown_flag=item.unknown_flag,
        unknown_text=item.unknown_text,
        date_form=date_form,
        code_map=code_map,
        convert=convert,
        source_item=source_item,
    )


def bind_source(source: SourceDefinition, columns: Iterable[str] | None = None) -> tuple[BoundItem, ...]:
    """The items of a source by their own names, for rules that run before any mapping exists.

    Args:
        source: The source definition.
        columns: The block's columns; occurrences (``給付(1).金額``) share the definition of their item. The items' own
            names when left out.

    Returns:
        One bound item a column that the definition knows, in column order.
    """
    bound = []
    for column in source.items if columns is None else columns:
        if column.startswith("_"):
            continue
        meaning = source.meaning_of(column)
        name = column if column in source.items else item_of_column(column)
        definition = source.items[name]
        bound.append(
            BoundItem(
                name=column,
                meaning=meaning.id,
                kind=meaning.kind,
                certified=source.is_certified(column),
                key=name in source.key,
                calendar=meaning.calendar,
                unknown_allowed=meaning.unknown_allowed,
                tense=meaning.tense,
                date_form=_date_form(definition.date),
                code_map=definition.codes or "",
                # No mapping says so here, but dates of several sources can only be compared once they are read.
                convert=() if definition.date is None else ("DAT-001",),
                source_item=name,
            )
        )
    return tuple(bound)


def _date_form(definition: DateDefinition | None) -> DateForm | None:
    if definition is None:
        return None
    return DateForm(
        form=definition.form,
        era=definition.era,
        zeros=definition.zeros,
        nines=definition.nines,
        unknown_parts=definition.unknown_parts,
    )


def bind_code_maps(definitions: Mapping[str, CodeMapDefinition]) -> Mapping[str, CodeMap]:
    """A project's code maps in the shape rules see (``ctx.code_maps``)."""
    return MappingProxyType(
        {
            id_: CodeMap(
                id=id_,
                standard=found.standard,
                variants=found.variants,
                ignored=found.ignored,
                several=found.several,
                city=found.city,
                labels=found.labels,
                validity={code: _period(text) for code, text in found.validity.items()},
            )
            for id_, found in definitions.items()
        }
    )


def _period(text: str) -> tuple[str, str]:
    first, last = text.split("/")
    return first, last


def bind_code_lists(items: Iterable[BoundItem]) -> Mapping[str, frozenset[str]]:
    """The closed code lists that bound items name (``ctx.code_lists``): outside them a value is a fault.

    Lists of which not every value is known are left out: a value outside them proves nothing.
    """
    closed: dict[str, frozenset[str]] = {}
    for item in items:
        if item.code_list and item.code_list not in closed:
            lists = code_list_of(item.code_list)
            if all(one.closed for one in lists):
                closed[item.code_list] = frozenset(code for one in lists for code in one.labels)
    return MappingProxyType(closed)
