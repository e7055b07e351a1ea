"""Lookups: a standard item filled from another source's record by key (``lookup:`` of a mapping's item).

The value is the other source's, as its file says it; nothing is chosen where several records answer differently. A
lookup in a group goes to the source item that fills the group's item, with the group's own condition.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from layouts.conditions import Condition, check_condition
from layouts.sources import DateDefinition, SourceDefinition
from layouts.yaml_reader import Definition, YamlDocument

if TYPE_CHECKING:
    from layouts.mappings import MappedItem
    from layouts.mappings import Mapping as GroupMapping


class LookupDefinition(Definition):
    """Where the value stands: ``item`` of a source, or of a group (``001/resident``), in the record that ``on`` finds.

    ``on`` maps own source items to the items of the other side that hold the same key; ``where`` narrows the other
    source's records (with ``group`` the group's own condition holds too); ``missing`` says whether a key that
    no record has is an issue, or the item may stay empty.
    """

    source: str | None = None
    group: str | None = None
    on: dict[str, str]
    item: str
    where: Condition | None = None
    missing: Literal["issue", "empty"] = "issue"


@dataclass(frozen=True, slots=True)
class Lookup:
    """A checked lookup: ``keys`` and ``item`` are items of source ``source_id``, ``on`` the own items, in one order.

    ``conditions`` must all hold for a record of the other source to answer. ``date`` and ``meaning`` are those of the
    item that is looked up; ``convert`` and ``codes`` how the group it was named by reads it.
    """

    source_id: str
    on: tuple[str, ...]
    keys: tuple[str, ...]
    item: str
    conditions: tuple[Condition, ...]
    issue_if_missing: bool
    meaning: str
    date: DateDefinition | None = None
    convert: tuple[str, ...] = ()
    codes: str | None = None

    @property
    def table(self) -> str:
        """Name of the prepared table: equal for lookups that ask the same of the same source."""
        said = (self.source_id, self.keys, self.item, tuple(one.model_dump_json() for one in self.conditions))
        return f"{self.source_id}.{hashlib.sha256(repr(said).encode()).hexdigest()[:16]}"


@dataclass(frozen=True)
class LookupPlaces:
    """What the lookups of a project may name: its sources, and its groups that look up in no group themselves."""

    sources: Mapping[str, SourceDefinition]
    groups: Mapping[str, GroupMapping]


def load_lookup(found: LookupDefinition, own: SourceDefinition, places: LookupPlaces, document: YamlDocument,
                *at: str | int) -> Lookup:
    """Check one lookup against both sides.

    Raises:
        DefinitionError: an item or place that does not exist, an item of the other side that is itself made of several
            or repeated, 個人番号 or what is kept apart; with file, line and item.
    """
    if (found.source is None) == (found.group is None):
        raise document.error(*at, expected="either source or group", found="both or neither", todo="Write one of them")
    if not found.on:
        raise document.error(*at, "on", expected="own item: item of the other side", found="nothing",
                             todo="Name the key")
    for name in found.on:
        if name not in own.items:
            raise document.error(*at, "on", name, expected=f"an item of source {own.id}", found=name,
                                 todo="Correct the name")
    mapping = _group(found, places, document, *at) if found.group is not None else None
    source_id = found.source if mapping is None else mapping.source_id
    if source_id is None or source_id not in places.sources:
        raise document.error(*at, "source", expected=f"one of {', '.join(sorted(places.sources)) or 'no source'}",
                             found=str(source_id), todo="List the source in ikou.toml")
    other = places.sources[source_id]
    if mapping is None:
        keys, item = tuple(found.on.values()), found.item
        convert: tuple[str, ...] = ()
        codes = None
    else:
        keys = tuple(_plain(mapping, name, document, *at, "on").source_item or "" for name in found.on.values())
        looked_up = _plain(mapping, found.item, document, *at, "item")
        item, convert, codes = looked_up.source_item or "", looked_up.convert, looked_up.codes
    for key, name in (*(("on", one) for one in keys), ("item", item)):
        if name not in other.items:
            raise document.error(*at, key, expected=f"an item of source {other.id}", found=name,
                                 todo="Correct the name (an item inside OCCURS cannot be looked up)")
    secret = [name for name in (*keys, item) if name in other.sensitive_items]
    secret += [name for name in found.on if name in own.sensitive_items]
    if secret:
        raise document.error(*at, expected="no 個人番号, and nothing that is kept apart", found=secret[0],
                             todo="Look up by another key")
    if found.where is not None:
        check_condition(found.where, other.items, other.id, document, *at, "where")
    conditions = tuple(one for one in (mapping.where if mapping is not None else None, found.where) if one is not None)
    return Lookup(source_id, tuple(found.on), keys, item, conditions, found.missing == "issue",
                  other.items[item].meaning, other.items[item].date, convert, codes)


def _group(found: LookupDefinition, places: LookupPlaces, document: YamlDocument, *at: str | int) -> GroupMapping:
    mapping = places.groups.get(found.group or "")
    if mapping is None:
        raise document.error(*at, "group", found=str(found.group),
                             expected=f"one of {', '.join(sorted(places.groups)) or 'no group'}, as area/group",
                             todo="Name a group whose mapping looks up in no group itself, or the source")
    return mapping


def _plain(mapping: GroupMapping, name: str, document: YamlDocument, *at: str | int) -> MappedItem:
    item = mapping.by_name.get(name)
    repeated = mapping.unroll.group if mapping.unroll is not None else None
    source_item = item.source_item if item is not None else None
    if (item is None or source_item is None or item.join or item.split is not None
            or (repeated is not None and (source_item == repeated or source_item.startswith(f"{repeated}.")))):
        raise document.error(*at, expected=f"an item that {mapping.area}/{mapping.group.id} fills from one source item",
                             found=name, todo="Look it up in the source instead")
    return item
