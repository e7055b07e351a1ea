"""The standard layouts: one file a group under standard/<family>/<edition>/<area>/<group_id>.yml.

A family is 基本データリスト (``kihon_data_list``) or 中間標準レイアウト V2.7 (``chukan_v2_7``). Every item carries its
confidence (A official … D domain knowledge) and basis; only what is A may be called 必須. What all items of a file
share may stand once under ``defaults``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from char_mapping.errors import DefinitionError
from layouts.codes import add_code_lists, code_list_of
from layouts.csv_tables import read_table
from layouts.meanings import load_meanings
from layouts.yaml_reader import Definition, YamlDocument, read_yaml

STANDARD = Path(__file__).with_name("standard")
AREA_TABLE = Path(__file__).with_name("areas.csv")

FAMILIES = {"kihon_data_list": "基本データリスト", "chukan_v2_7": "中間標準レイアウト仕様 V2.7"}

DEPTHS = ("定義あり", "枠のみ")
"""What ships of an area: groups, or its name alone."""

ItemType = Literal["", "X", "N", "9", "9V", "S9", "DATE", "TIME", "YEAR", "BLOB"]
Confidence = Literal["A", "A*", "B", "B-", "C+", "C", "D"]

_DEFAULTS = ("confidence", "basis", "meaning")
_FULL_WIDTH_N = "\uff2e"
_FIXED_LENGTHS = {"DATE": 10, "TIME": 8, "YEAR": 4}
_GROUP_ID = re.compile(r"[a-z][a-z0-9_]*")
_LENGTH = re.compile(r"([1-9][0-9]*)(?:,([0-9]+))?")


class BlankRule(Definition):
    """空欄不可: where the 住民記録システム標準仕様書 says that an item may not be blank.

    ``persons``: all, japanese or foreign residents; ``except_removed``: not asked of 除票; ``any_of``: the rule holds
    when any of these items is filled (empty: the item itself).
    """

    persons: Literal["all", "japanese", "foreign"] = "all"
    except_removed: bool = False
    any_of: tuple[str, ...] = ()
    basis: str


class RequiredWhen(Definition):
    """条件付き必須 said so that it can be checked: the item may not be empty where ``item`` is one of ``in``.

    Without ``in``: where ``item`` is filled. ``name`` is the ASCII name of the rule in findings, ``basis`` the source.
    """

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
    item: str
    in_: tuple[str, ...] = Field(default=(), alias="in")
    basis: str


class OfficialText(Definition):
    """What an official workbook says of an item beside its shape, word for word; empty where it has no such column.

    ``place`` is the item's place among the workbook's items (from 1), ``classes`` are クラス分類 LV1–3, ``gaiji`` is
    外字使用 of the 中間標準レイアウト.
    """

    place: int
    classes: tuple[str, ...] = ()
    definition: str = ""
    description: str = ""
    related: str = ""
    implementation: str = ""
    sample: str = ""
    remark: str = ""
    gaiji: str = ""


class StandardItem(Definition):
    """One item of a standard group.

    ``length`` counts user-perceived characters (0: no source says), ``scale`` the digits after the point of 9V.
    ``type`` is empty where no source says. ``condition`` is 必須, 条件付き必須, 任意 or empty as the source says it.
    ``unknown_flag`` and ``unknown_text`` name the companions of a date that may be 不詳. ``aliases`` are names of other
    editions, ``inverted_aliases`` those whose values mean the opposite.
    """

    id: str
    name: str
    romaji: str = ""
    meaning: str
    type: ItemType = ""
    length: int = 0
    scale: int = 0
    key: bool = False
    foreign_key: bool = False
    certified: bool = False
    code_list: str = ""
    repeat: Annotated[int, Field(ge=1)] = 1
    condition: Literal["", "必須", "条件付き必須", "任意"] = ""
    condition_text: str = ""
    blank_not_allowed: BlankRule | None = None
    required_when: RequiredWhen | None = None
    confidence: Confidence
    basis: str
    aliases: tuple[str, ...] = ()
    inverted_aliases: tuple[str, ...] = ()
    unknown_flag: str | None = None
    unknown_text: str | None = None
    note: str = ""
    official: OfficialText | None = None

    @property
    def required(self) -> bool:
        """Whether the official text itself says 必須."""
        return self.condition == "必須" and self.confidence == "A"


class StandardGroup(Definition):
    """One group = one output file: its items in order and where the definition comes from.

    ``id`` is the ASCII name of files, ``label`` the official name, ``title`` that of the workbook it was imported from.
    """

    family: Literal["kihon_data_list", "chukan_v2_7"]
    edition: str
    area: str
    id: str = Field(alias="group")
    label: str
    source: str
    licence: str
    note: str = ""
    title: str = ""
    items: tuple[StandardItem, ...]

    @cached_property
    def by_name(self) -> dict[str, StandardItem]:
        """Items by name."""
        return {item.name: item for item in self.items}

    @property
    def names(self) -> tuple[str, ...]:
        """Column names of the output, in order."""
        return tuple(item.name for item in self.items)

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the key items, in order."""
        return tuple(item.name for item in self.items if item.key)


def load_group(family: str, edition: str, area: str, group_id: str, *, root: Path | None = None) -> StandardGroup:
    """The definition of one standard group; ``root`` replaces the shipped definitions (an imported workbook).

    Raises:
        DefinitionError: no such group, or anything in its file that does not hold, with file, line and item.
    """
    if root is not None:
        add_code_lists(root / "code_lists")
    path = (root or STANDARD) / family / edition / area / f"{group_id}.yml"
    if not path.is_file():
        there = ", ".join(sorted("/".join(p.relative_to(root or STANDARD).with_suffix("").parts)
                                 for p in group_files(root)))
        raise DefinitionError(f"standard group {family}/{edition}/{area}/{group_id}", expected=f"one of {there}",
                              found="no such definition", todo="Correct [areas] in ikou.toml")
    return read_group(path)


@cache
def read_group(path: Path) -> StandardGroup:
    """Read and check one group file.

    Raises:
        DefinitionError: with file, line and item.
    """
    document = read_yaml(path)
    group = document.build(StandardGroup, _normalised(document))
    _check_place(group, document)
    _check_items(group, document)
    return group


def group_files(root: Path | None = None) -> Iterator[Path]:
    """The files of all groups, sorted by family, edition, area and group."""
    yield from sorted(p for p in (root or STANDARD).glob("*/*/*/*.yml") if p.name != "identities.yml")


def list_groups(*, family: str | None = None, area: str | None = None, root: Path | None = None) -> list[StandardGroup]:
    """All groups, or those of a family or area, in the order of their files."""
    if root is not None:
        add_code_lists(root / "code_lists")
    return [read_group(path) for path in group_files(root)
            if (family is None or path.parents[2].name == family) and (area is None or path.parent.name == area)]


@cache
def load_areas() -> dict[str, tuple[str, str, str]]:
    """業務ID → (one of the 20 areas or empty, 業務 name, confidence).

    Raises:
        DefinitionError: A row of areas.csv that is wrong; with its line.
    """
    found: dict[str, tuple[str, str, str]] = {}
    for line, row in read_table(AREA_TABLE, ("area_no", "area", "business_id", "business", "confidence", "depth")):
        if row["business_id"] in found or not re.fullmatch(r"[0-9]{3}", row["business_id"]):
            raise DefinitionError(f"{AREA_TABLE}:{line}", expected="each 業務ID once, three digits",
                                  found=row["business_id"], todo="Correct the row")
        if row["depth"] not in DEPTHS:
            raise DefinitionError(f"{AREA_TABLE}:{line} depth", expected=f"one of {', '.join(DEPTHS)}",
                                  found=row["depth"], todo="Say whether groups of the area ship")
        found[row["business_id"]] = (row["area"], row["business"], row["confidence"])
    return found


def _normalised(document: YamlDocument) -> dict[str, object]:
    """The file's data with defaults filled in and the spellings of official workbooks read: Ｎ, ``"n,m"``."""
    items = document.data.get("items")
    if not isinstance(items, tuple) or not items:
        raise document.error("items", expected="a list of items", found="none", todo="List the items in order")
    defaults = document.data.get("defaults", {})
    if not isinstance(defaults, dict) or not set(defaults) <= set(_DEFAULTS):
        raise document.error("defaults", expected=f"a mapping of {', '.join(_DEFAULTS)}", found="something else",
                             todo="Write every other key at each item")
    changed = []
    for position, item in enumerate(items):
        if not isinstance(item, dict):
            raise document.error("items", position, expected="an item", found="text or a list",
                                 todo="Write the item as a mapping")
        copy = {**defaults, **item}
        if copy.get("type") == _FULL_WIDTH_N:
            copy["type"] = "N"
        if isinstance(copy.get("type"), int) and not isinstance(copy["type"], bool):
            raise document.error("items", position, "type", expected='the type in quotes', found=str(copy["type"]),
                                 todo='Write type: "9"')
        length = copy.get("length")
        if isinstance(length, str):
            parts = _LENGTH.fullmatch(length)
            if parts is None:
                raise document.error("items", position, "length", expected='a number or "n,m"', found=length,
                                     todo="Correct the length")
            copy["length"] = int(parts[1])
            if parts[2] is not None:
                copy["scale"] = int(parts[2])
        changed.append(copy)
    return {**{key: value for key, value in document.data.items() if key != "defaults"}, "items": tuple(changed)}


def _check_place(group: StandardGroup, document: YamlDocument) -> None:
    path = document.path
    for key, found, expected in (("family", group.family, path.parents[2].name),
                                 ("edition", group.edition, path.parents[1].name),
                                 ("area", group.area, path.parent.name), ("group", group.id, path.stem)):
        if found != expected:
            raise document.error(key, expected=f"{expected} as the file's place says", found=found,
                                 todo="Move the file or correct the key")
    if not _GROUP_ID.fullmatch(group.id):
        raise document.error("group", expected="lower-case ASCII letters, digits and _", found=group.id,
                             todo="Choose another id")
    if group.area not in load_areas():
        raise document.error("area", expected="a 業務ID of layouts/areas.csv", found=group.area,
                             todo="Correct the area")


def _check_items(group: StandardGroup, document: YamlDocument) -> None:
    meanings = load_meanings()
    names = {item.name: item for item in group.items}
    ids: dict[str, int] = {}
    seen: dict[str, int] = {}
    for position, item in enumerate(group.items):
        at = ("items", position)
        for what, table, value in (("id", ids, item.id), ("name", seen, item.name)):
            if value in table:
                raise document.error(*at, what, expected=f"every {what} once",
                                     found=f"{value!r} also in line {document.line_of('items', table[value], what)}",
                                     todo="Correct one of the two")
            table[value] = position
        if position and _out_of_order(group.items[position - 1].id, item.id):
            raise document.error(*at, "id", expected="ids in ascending order", found=item.id,
                                 todo="Put the items in the order of their ids")
        if item.meaning not in meanings:
            raise document.error(*at, "meaning", expected="a meaning of layouts/meanings.csv", found=item.meaning,
                                 todo="Correct it, or add the meaning to the table")
        _check_shape(item, at, document)
        if item.code_list:
            try:
                code_list_of(item.code_list)
            except KeyError as error:
                raise document.error(*at, "code_list", expected="a list of layouts/code_lists",
                                     found=str(error.args[0]), todo="Correct the name or add the list") from None
        if item.condition == "必須" and item.confidence != "A":
            raise document.error(*at, "condition", expected="必須 only with confidence A", found=item.confidence,
                                 todo="Remove the condition, or cite the official text")
        decider = item.required_when.item if item.required_when is not None else None
        for companion in (item.unknown_flag, item.unknown_text, decider, *_any_of(item)):
            if companion is not None and companion not in names:
                raise document.error(*at, expected="companions that are items of this group", found=companion,
                                     todo="Correct the name")
        if (item.unknown_flag or item.unknown_text) and item.type != "DATE":
            raise document.error(*at, "unknown_flag", expected="不詳 companions only on DATE items", found=item.type,
                                 todo="Remove them")


def _out_of_order(before: str, item_id: str) -> bool:
    """Whether an id counts lower than the one before it, where both are of one series (the same but for the number)."""
    series, number = re.fullmatch("(.*?)([0-9]*)", before, re.DOTALL), re.fullmatch("(.*?)([0-9]*)", item_id, re.DOTALL)
    return bool(series and number and series[1] == number[1] and series[2] and number[2]
                and int(number[2]) < int(series[2]))


def _any_of(item: StandardItem) -> tuple[str, ...]:
    return item.blank_not_allowed.any_of if item.blank_not_allowed else ()


def _check_shape(item: StandardItem, at: tuple[str, int], document: YamlDocument) -> None:
    fixed = _FIXED_LENGTHS.get(item.type)
    if fixed is not None and item.length != fixed:
        raise document.error(*at, "length", expected=f"{fixed} for {item.type}", found=str(item.length),
                             todo="Correct the length")
    if item.length < 0 or item.scale < 0:
        raise document.error(*at, "length", expected="no negative number", found=f"{item.length},{item.scale}",
                             todo="Correct the length")
    if item.scale and (item.type not in ("9V", "S9") or item.scale >= item.length):
        raise document.error(*at, "length", expected='"n,m" with n > m, only for 9V and S9',
                             found=f"{item.type} {item.length},{item.scale}", todo="Correct type or length")
    if item.type == "9V" and not item.scale:
        raise document.error(*at, "length", expected='"n,m" for 9V', found=str(item.length),
                             todo="Write the digits after the point")
