"""Mappings: which source item becomes which standard item (``mappings/<area>/<group_id>.yml``). Structure only.

A change of a value is never a mapping's: it names catalogue rules (``convert: DAT-001``) or a code map
(``codes: sex``), which run in clean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from char_mapping.errors import DefinitionError
from layouts.codes import CodeMapDefinition, code_list_of
from layouts.conditions import Condition, check_condition
from layouts.lookups import Lookup, LookupDefinition, LookupPlaces, load_lookup
from layouts.meaning_traps import trap_between
from layouts.meanings import load_meanings
from layouts.sources import SourceDefinition
from layouts.standard_groups import StandardGroup
from layouts.yaml_reader import Definition, YamlDocument, read_yaml

_RULE_ID = re.compile(r"[A-Z]{3}-[0-9]{3}")


class Unroll(Definition):
    """OCCURS to rows: a record gives one row for each occurrence of ``group`` that ``where`` lets through.

    Columns of occurrence k (1-based) are named ``group(k).item``; ``from: group.item`` names all of them.
    """

    group: str
    count: int = Field(ge=1)
    where: Condition | None = None


class RowsDefinition(Definition):
    """How many rows a record that passes ``where`` is expected to give: ``least`` to ``most``, or as many as its item
    ``of`` says.

    Said beforehand by who knows the data; a run counts the records that give more or fewer.
    """

    least: int = Field(default=0, ge=0)
    most: int | None = Field(default=None, ge=0)
    of: str | None = None


class SplitPart(Definition):
    """One part of a source item cut at a separator: ``part`` (from 1) of ``of``; the last one takes the rest."""

    at: Annotated[str, Field(min_length=1)]
    part: Annotated[int, Field(ge=1)]
    of: Annotated[int, Field(ge=2)]


class ItemDefinition(Definition):
    """Where one standard item comes from.

    Exactly one of ``from`` (a source item, or with ``split`` one part of it), ``join`` (the filled ones of several
    source items, ``with`` what stands between them), ``lookup`` (another source's item, by key) and ``constant``.
    """

    from_: str | None = Field(default=None, alias="from")
    split: SplitPart | None = None
    join: tuple[str, ...] | None = None
    with_: str = Field(default="", alias="with")
    constant: str | None = None
    lookup: LookupDefinition | None = None
    convert: str | tuple[str, ...] = ()
    codes: str | None = None
    note: str = ""


class _MappingFile(Definition):
    area: str
    group: str
    source: str
    where: Condition | None = None
    unroll: Unroll | None = None
    rows: RowsDefinition | None = None
    items: dict[str, ItemDefinition]
    dropped: dict[str, str] = Field(default_factory=dict)
    own: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class MappedItem:
    """One mapped standard item: ``source_item`` or ``constant`` is set; ``convert`` are rule ids in order.

    ``join`` are all source items of a joined one (``source_item`` is the first), ``separator`` stands between them;
    ``split`` is the part of ``source_item`` that is taken. With ``lookup`` the value is another source's.
    """

    name: str
    source_item: str | None
    constant: str | None
    convert: tuple[str, ...]
    codes: str | None
    join: tuple[str, ...] = ()
    separator: str = ""
    split: SplitPart | None = None
    lookup: Lookup | None = None

    @property
    def source_items(self) -> tuple[str, ...]:
        """All items of the own source the value is made of; of a lookup, the key."""
        if self.lookup is not None:
            return self.lookup.on
        return self.join or (() if self.source_item is None else (self.source_item,))


@dataclass(frozen=True, slots=True)
class MappingWarning:
    """Something a person should look at before trusting a mapping; ``where`` is file, line and item.

    ``rule_id`` is the catalogue rule that describes the trap, empty where none does.
    """

    where: str
    item: str
    rule_id: str
    message: str


@dataclass(frozen=True)
class Mapping:
    """A checked mapping of one source to one standard group.

    ``items`` are in the order of the group. ``own`` source items go to own_items/, ``dropped`` ones have a reason.
    ``unmapped`` are standard items that nothing fills.
    """

    path: Path
    area: str
    group: StandardGroup
    source_id: str
    where: Condition | None
    unroll: Unroll | None
    items: tuple[MappedItem, ...]
    dropped: AbstractMapping[str, str]
    own: tuple[str, ...]
    warnings: tuple[MappingWarning, ...]
    rows: RowsDefinition | None = None

    @property
    def by_name(self) -> dict[str, MappedItem]:
        """Mapped items by the standard item's name."""
        return {item.name: item for item in self.items}

    @property
    def lookups(self) -> tuple[tuple[str, Lookup], ...]:
        """Standard items that another source fills, in the group's order."""
        return tuple((item.name, item.lookup) for item in self.items if item.lookup is not None)

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Standard items that this mapping leaves empty, in the group's order."""
        mapped = {item.name for item in self.items}
        return tuple(name for name in self.group.names if name not in mapped)


def load_mapping(path: Path, source: SourceDefinition, group: StandardGroup,
                 code_maps: AbstractMapping[str, CodeMapDefinition], places: LookupPlaces | None = None) -> Mapping:
    """Read a mapping and check it against its source, its group, the city's code maps and what it looks up in.

    Raises:
        DefinitionError: an item that does not exist on either side, a source item neither mapped nor own nor dropped
            with a reason, an unknown rule id or code map, an unquoted code; with file, line and item.
    """
    document = read_yaml(path)
    found = document.build(_MappingFile)
    for key, value, expected in (("area", found.area, group.area), ("group", found.group, group.id),
                                 ("source", found.source, source.id)):
        if value != expected:
            raise document.error(key, expected=expected, found=value, todo="Correct the key, or the file's place")
    _check_conditions(found, source, document)
    _check_rows(found, source, document)
    for name, item in found.items.items():
        _check_item(name, item, source, group, code_maps, document)
    _check_coverage(found, source, document)
    there = places or LookupPlaces({source.id: source}, {})
    lookups = {name: load_lookup(item.lookup, source, there, document, "items", name, "lookup")
               for name, item in found.items.items() if item.lookup is not None}
    items = tuple(_mapped(name, found.items[name], lookups.get(name)) for name in group.names if name in found.items)
    return Mapping(path=path, area=found.area, group=group, source_id=source.id, where=found.where, unroll=found.unroll,
                   items=items, dropped=found.dropped, own=found.own,
                   warnings=tuple(_warnings(items, source, group, document)), rows=found.rows)


def _mapped(name: str, item: ItemDefinition, lookup: Lookup | None) -> MappedItem:
    convert = (item.convert,) if isinstance(item.convert, str) else item.convert
    if lookup is not None:
        return MappedItem(name, None, None, convert or lookup.convert, item.codes or lookup.codes, lookup=lookup)
    if item.join is not None:
        return MappedItem(name, item.join[0], None, convert, item.codes, item.join, item.with_)
    return MappedItem(name, item.from_, item.constant, convert, item.codes, split=item.split)


def _check_conditions(found: _MappingFile, source: SourceDefinition, document: YamlDocument) -> None:
    if found.where is not None:
        check_condition(found.where, source.items, source.id, document, "where")
    if found.unroll is not None and found.unroll.where is not None:
        check_condition(found.unroll.where, source.items, source.id, document, "unroll", "where")
    if found.unroll is not None:
        repeated = found.unroll.group
        if not any(name == repeated or name.startswith(f"{repeated}.") for name in source.items):
            raise document.error("unroll", "group", expected=f"a repeated group of source {source.id}",
                                 found=repeated, todo="Correct the name")


def _check_rows(found: _MappingFile, source: SourceDefinition, document: YamlDocument) -> None:
    rows, possible = found.rows, found.unroll.count if found.unroll is not None else 1
    if rows is None:
        return
    if rows.of is not None:
        if rows.of not in source.items or (found.unroll is not None and rows.of.startswith(f"{found.unroll.group}.")):
            raise document.error("rows", "of", expected=f"an item of source {source.id} outside the repeated group",
                                 found=rows.of, todo="Name the item that says how many there are")
        if rows.least or rows.most is not None:
            raise document.error("rows", expected="of, or least and most", found="both", todo="Keep one of them")
        return
    for key, value in (("least", rows.least), ("most", possible if rows.most is None else rows.most)):
        if not rows.least <= value <= possible:
            raise document.error("rows", key, expected=f"least ≤ most ≤ {possible}, what unroll can give",
                                 found=str(value), todo="Correct the number of rows")


def _check_item(name: str, item: ItemDefinition, source: SourceDefinition, group: StandardGroup,
                code_maps: AbstractMapping[str, CodeMapDefinition], document: YamlDocument) -> None:
    at = ("items", name)
    standard = group.by_name.get(name)
    if standard is None:
        alias = next((one.name for one in group.items if name in one.aliases), None)
        opposite = next((one.name for one in group.items if name in one.inverted_aliases), None)
        todo = f"In this edition it is called {alias}" if alias else "Correct the name"
        if opposite:
            todo = f"In this edition {opposite} stands for it, and its values mean the opposite: map codes too"
        raise document.error(*at, expected=f"an item of {group.edition}/{group.area}/{group.id}", found=name, todo=todo)
    forms = sum(form is not None for form in (item.from_, item.join, item.constant, item.lookup))
    if forms != 1:
        raise document.error(*at, expected="either from or constant, or join, or lookup",
                             found="several or none of them", todo="Write one of them")
    if item.join is not None and (len(item.join) < 2 or len(set(item.join)) < len(item.join)):
        raise document.error(*at, "join", expected="two or more different source items", found="one, or one twice",
                             todo="Write from: for a single item")
    if (item.split is not None and item.from_ is None) or (item.with_ and item.join is None):
        raise document.error(*at, expected="split beside from, with beside join", found="one without the other",
                             todo="Remove it")
    if item.split is not None and item.split.part > item.split.of:
        raise document.error(*at, "split", "part", expected=f"1 to {item.split.of}", found=str(item.split.part),
                             todo="Correct the part")
    for name_ in item.join or ():
        if name_ not in source.items:
            raise document.error(*at, "join", expected=f"items of source {source.id}", found=name_,
                                 todo="Correct the name")
    if item.from_ is not None and item.from_ not in source.items:
        raise document.error(*at, "from", expected=f"an item of source {source.id}", found=item.from_,
                             todo="Correct the name")
    if item.constant is not None and (item.codes or item.convert):
        raise document.error(*at, expected="a constant as it shall stand", found="a constant with codes or convert",
                             todo="Write the final value and remove the other key")
    for rule_id in (item.convert,) if isinstance(item.convert, str) else item.convert:
        if not _RULE_ID.fullmatch(rule_id):
            raise document.error(*at, "convert", expected="rule ids such as DAT-001", found=rule_id,
                                 todo="See 'ikou rules list'")
    if item.codes is not None:
        code_map = code_maps.get(item.codes)
        if code_map is None:
            raise document.error(*at, "codes", expected=f"one of {', '.join(sorted(code_maps)) or 'codes/*.yml'}",
                                 found=item.codes, todo=f"Write codes/{item.codes}.yml")
        _check_code_target(code_map, standard.code_list, at, document)
    if item.constant and standard.code_list and not any(one.accepts(item.constant) for one in
                                                        code_list_of(standard.code_list)):
        raise document.error(*at, "constant", expected=f"a code of {standard.code_list}", found=item.constant,
                             todo="Correct the constant")


def _check_code_target(code_map: CodeMapDefinition, code_list: str, at: tuple[str, str],
                       document: YamlDocument) -> None:
    """A map may aim at another list than the item's (a union's part, another area's same list) as long as codes fit."""
    if not code_list:
        return
    lists = code_list_of(code_list)
    for target in {*code_map.standard.values(), *code_map.variants.values()}:
        if not any(one.accepts(target) for one in lists):
            raise document.error(*at, "codes", expected=f"a code map into {code_list}",
                                 found=f"{code_map.id} into {code_map.list} (code {target})",
                                 todo="Use a map for this list")


def _check_coverage(found: _MappingFile, source: SourceDefinition, document: YamlDocument) -> None:
    mapped = {name for item in found.items.values() if item.lookup is None
              for name in (item.from_, *(item.join or ())) if name is not None}
    _check_parts(found, document)
    for key, names in (("dropped", tuple(found.dropped)), ("own", found.own)):
        for name in names:
            if name not in source.items:
                raise document.error(key, name, expected=f"an item of source {source.id}", found=name,
                                     todo="Correct the name")
            other = "items" if name in mapped else "own" if key == "dropped" and name in found.own else None
            if other:
                raise document.error(key, name, expected="a source item in one of items, own, dropped",
                                     found=f"{name} also in {other}", todo="Keep it in one place")
    for name, reason in found.dropped.items():
        if not reason.strip():
            raise document.error("dropped", name, expected="the reason", found="nothing", todo="Write the reason")
    used = mapped | set(found.dropped) | set(found.own)
    used |= {name for item in found.items.values() if item.lookup is not None for name in item.lookup.on}
    if found.rows is not None and found.rows.of is not None:
        used.add(found.rows.of)
    for condition in (found.where, found.unroll.where if found.unroll else None):
        if condition is not None:
            used |= set(condition.source_items)
    missing = [name for name in source.items if name not in used]
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise DefinitionError(str(document.path), expected="every source item mapped, own, or dropped with a reason",
                              found=f"nothing for {', '.join(missing[:5])}{more}",
                              todo="Map them, list them under own, or drop them with a reason")


def _check_parts(found: _MappingFile, document: YamlDocument) -> None:
    """A split loses nothing: every part of a source item goes somewhere, cut the same way."""
    parts: dict[str, dict[int, SplitPart]] = {}
    for name, item in found.items.items():
        if item.split is None or item.from_ is None:
            continue
        others = parts.setdefault(item.from_, {})
        if any((one.at, one.of) != (item.split.at, item.split.of) for one in others.values()):
            raise document.error("items", name, "split", expected=f"every part of {item.from_} cut the same way",
                                 found="another at or of", todo="Correct one of them")
        others[item.split.part] = item.split
    for source_item, there in parts.items():
        of = next(iter(there.values())).of
        whole = any(item.from_ == source_item and item.split is None for item in found.items.values())
        missing = [str(part) for part in range(1, of + 1) if part not in there]
        if missing and not whole:
            raise document.error("items", expected=f"all {of} parts of {source_item} mapped",
                                 found=f"nothing for part {', '.join(missing)}", todo="Map the part, or the whole item")


def _warnings(items: Iterable[MappedItem], source: SourceDefinition, group: StandardGroup,
              document: YamlDocument) -> Iterable[MappingWarning]:
    """Where the meaning of the two sides differs: the accidents of R26 and R27 (cleansing.md §2-12) come this way."""
    meanings = load_meanings()
    for item in items:
        if item.lookup is not None:
            have, date = item.lookup.meaning, item.lookup.date
        elif item.source_item is not None:
            have, date = source.items[item.source_item].meaning, source.items[item.source_item].date
        else:
            continue
        standard = group.by_name[item.name]
        form = date.form if date is not None else "ISO"
        if standard.type == "DATE" and form != "ISO" and not item.convert:
            yield MappingWarning(document.where("items", item.name), item.name, "DAT-001",
                                 f"年月日の変換がない（源泉は{form}）。convert: DAT-001 を書く")
        want = standard.meaning
        if have == want or "none" in (have, want):
            continue
        trap = trap_between(have, want)
        rule_id, text = (trap.rule_id, trap.message) if trap is not None else ("", "意味が異なる写像")
        text += f"（{meanings[have].label} → {meanings[want].label}）"
        yield MappingWarning(document.where("items", item.name), item.name, rule_id, text)
    mapped = {name for item in items for name in item.source_items}
    for name, definition in source.items.items():
        if definition.meaning.startswith("person.report_date.") and name not in mapped:
            yield MappingWarning(document.where(), name, "NUL-006",
                                 f"届出日が事由ごとに分かれている。{name}が写像されていない")
    filled = {item.name for item in items}
    for standard in group.items:
        if standard.required and standard.name not in filled:
            yield MappingWarning(document.where("items"), standard.name, "NUL-002", "必須の項目に写像がない")
