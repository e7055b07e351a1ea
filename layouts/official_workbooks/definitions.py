"""A project's layouts out of an official workbook, and back: ``layouts/<family>/<edition>/<area>/<group>.yml``.

What the workbook says becomes the definition, confidence A. What no workbook says (the meaning rules bind to, the ids
of files, 空欄不可 of the 仕様書, aliases of other editions) is taken over by name: from the definition imported before,
then from the layouts that ship.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from char_mapping.errors import DefinitionError
from layouts.codes import read_code_lists
from layouts.csv_tables import read_table
from layouts.official_workbooks.contents import (
    FORMS,
    Form,
    OfficialCode,
    OfficialItem,
    OfficialWorkbook,
    kind_of_list,
)
from layouts.standard_groups import StandardGroup, StandardItem, list_groups, load_areas, read_group

OWN_CODES = "自治体固有コード"
"""The list behind コード 999: values are the municipality's own."""

_FAMILY = {"kihon_data_list": "kihon_data_list", "koumoku_teigi": "kihon_data_list", "chukan_v2_7": "chukan_v2_7"}
_SOURCES: dict[Form, str] = {
    "kihon_data_list": "デジタル庁 基本データリスト", "koumoku_teigi": "デジタル庁 項目定義書",
    "chukan_v2_7": "中間標準レイアウト仕様（総務省・J-LIS）",
}
_LICENCES = {"kihon_data_list": "公共データ利用規約（PDL 1.0）（デジタル庁）",
             "koumoku_teigi": "公共データ利用規約（PDL 1.0）（デジタル庁）",
             "chukan_v2_7": "取り込んだ団体が受けた利用条件による"}
AS_RECEIVED = "as_received"
"""Folder below code_lists/ with the code sheets as the workbook gave them, remarks included."""
_CODE_COLUMNS = ("list", "list_name", "value", "label", "remark")
_UNKNOWN_FLAG, _UNKNOWN_TEXT = "_不詳フラグ", "_不詳表記"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import wrote: groups by id with the number of items, lists, and items without a meaning."""

    family: str
    edition: str
    area: str
    groups: Mapping[str, StandardGroup]
    lists: tuple[str, ...]
    without_meaning: tuple[str, ...]
    paths: tuple[Path, ...]


def import_workbook(book: OfficialWorkbook, root: Path, *, group_ids: Mapping[str, str] | None = None) -> Imported:
    """Write a workbook's groups and code lists below ``root`` (a project's ``layouts/``), replacing an earlier import.

    Args:
        book: The workbook as read.
        root: Folder for ``<family>/<edition>/<area>/<group>.yml`` and ``code_lists/``.
        group_ids: Group label → ASCII id, where none ships under that label.

    Raises:
        DefinitionError: what was read does not hold as a definition; nothing is written then.
    """
    family = _FAMILY[book.form]
    if book.area not in load_areas():
        raise DefinitionError(f"workbook {book.title}", expected="a 業務ID of layouts/areas.csv", found=book.area,
                              todo="Name the area with --area")
    read_group.cache_clear()  # meanings may have been edited since the last reading
    earlier = {group.label: group for group in list_groups(family=family, area=book.area, root=root)
               if group.edition == book.edition}
    ids = _group_ids(book, earlier, dict(group_ids or {}))
    names = {code.list: list_name(book, code.list) for code in book.codes}
    names |= {one: list_name(book, one) for item in book.items for one in item.codes if one not in names}
    knowledge = _Knowledge(book.area, family, earlier)
    with tempfile.TemporaryDirectory() as scratch:
        new = Path(scratch)
        _write_lists(book, names, root, new)
        paths = []
        for label, group_id in ids.items():
            path = new / family / book.edition / book.area / f"{group_id}.yml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_group_text(book, family, label, group_id, names, knowledge), encoding="utf-8")
            paths.append(path)
        list_groups(root=new)  # checks everything before the project is touched
        for group in earlier.values():
            (root / family / book.edition / book.area / f"{group.id}.yml").unlink()
        written = []
        for path in sorted(new.rglob("*")):
            if path.is_file():
                target = root / path.relative_to(new)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
                written.append(target)
    read_group.cache_clear()
    groups = {one.id: one for one in list_groups(family=family, area=book.area, root=root)
              if one.edition == book.edition and one.id in ids.values()}
    without = tuple(f"{group.label} {item.name}" for group in groups.values() for item in group.items
                    if item.meaning == "none")
    return Imported(family, book.edition, book.area, groups, tuple(sorted(names.values())), without, tuple(written))


def exported(groups: Iterable[StandardGroup], root: Path) -> OfficialWorkbook:
    """The workbook that imported groups of one area and edition came from; ``root`` is the folder they were read from.

    Raises:
        DefinitionError: groups that were not imported from a workbook, or not of one area, family and edition.
    """
    of = sorted(groups, key=_first_place)
    if not of or len({(g.family, g.edition, g.area) for g in of}) != 1:
        raise DefinitionError("layouts export", expected="groups of one area, family and edition",
                              found=f"{len(of)} groups", todo="Name one area and edition")
    if any(item.official is None for group in of for item in group.items):
        raise DefinitionError("layouts export", expected="layouts imported from an official workbook",
                              found=f"{of[0].edition}, which ships with ikou", todo="Import the workbook first")
    items: list[tuple[int, OfficialItem]] = []
    for group in of:
        items += [(_place(item), _official_item(group, item)) for item in group.items]
    form = next(form for form, source in _SOURCES.items() if of[0].source.startswith(source))
    table = root / "code_lists" / AS_RECEIVED / f"{of[0].area}-{of[0].edition}.csv"
    codes = tuple(OfficialCode(kind_of_list(row["list"]), row["list"], row["list_name"], row["value"], row["label"],
                               row["remark"]) for _, row in read_table(table, _CODE_COLUMNS))
    return OfficialWorkbook(form, of[0].title, of[0].area, of[0].edition,
                            tuple(item for _, item in sorted(items, key=lambda pair: pair[0])), codes)


def list_name(book: OfficialWorkbook, number: str) -> str:
    """The id of an imported list: kind, number, area and edition, so that no two workbooks share one."""
    return OWN_CODES if number == "999" else f"{kind_of_list(number)}:{number}@{book.area}-{book.edition}"


class _Knowledge:
    """What is known of an item by its name: the earlier import first, then the layouts that ship."""

    def __init__(self, area: str, family: str, earlier: Mapping[str, StandardGroup]) -> None:
        shipped = list_groups()
        self._near: dict[str, dict[str, StandardItem]] = {
            label: {item.name: item for item in group.items} for label, group in earlier.items()}
        of_area = [group for group in shipped if group.area == area]
        others = [group for group in shipped if group.area != area and group.area in ("001", "031")]
        self._by_name: dict[str, StandardItem] = {}
        known = [*sorted(of_area, key=lambda g: (g.family != family, g.id)), *others]
        for item in (one for group in known for one in group.items):
            self._by_name.setdefault(item.name, item)
        # Aliases last: an item of another edition that stands itself is nearer than one that was called so once.
        for item in (one for group in known for one in group.items):
            for name in item.aliases:
                self._by_name.setdefault(name, item)

    def of(self, label: str, name: str) -> tuple[StandardItem | None, StandardItem | None]:
        """The item of the earlier import and the shipped item of this name or alias."""
        return self._near.get(label, {}).get(name), self._by_name.get(name)


def _group_ids(book: OfficialWorkbook, earlier: Mapping[str, StandardGroup], wanted: dict[str, str]) -> dict[str, str]:
    unknown = sorted(set(wanted) - set(book.groups))
    if unknown:
        raise DefinitionError(f"workbook {book.title}", expected=f"one of {'、'.join(book.groups)}", found=unknown[0],
                              todo="Correct --group")
    shipped = {_plain(group.label): group.id for group in list_groups(area=book.area)}
    ids: dict[str, str] = {}
    for label in book.groups:
        before = earlier[label].id if label in earlier else None
        given = wanted.get(label) or before or shipped.get(_plain(label))
        ids[label] = given if given and given not in ids.values() else _next_id(set(ids.values()))
    return ids


def _plain(label: str) -> str:
    return re.split("[（(]", label)[0].strip()


def _next_id(taken: set[str]) -> str:
    return next(f"group_{n:02d}" for n in range(1, 1000) if f"group_{n:02d}" not in taken)


def _group_text(book: OfficialWorkbook, family: str, label: str, group_id: str, names: Mapping[str, str],
                knowledge: _Knowledge) -> str:
    lines = [f"family: {family}", f"edition: {_quoted(book.edition)}", f'area: "{book.area}"', f"group: {group_id}",
             f"label: {_quoted(label)}",
             f"source: {_quoted(f'{_SOURCES[book.form]} {book.title} 第{book.edition}版（団体が取り込んだもの）')}",
             f"licence: {_quoted(_LICENCES[book.form])}", f"title: {_quoted(book.title)}",
             f"note: {_quoted(f'{FORMS[book.form]}の取込み。意味（meaning）は手で直してよい')}",
             "items:"]
    mine = [(place, item) for place, item in enumerate(book.items, 1) if item.group == label]
    there = {item.name for _, item in mine}
    for place, item in mine:
        lines += _item_lines(book, group_id, place, item, there, names, *knowledge.of(label, item.name))
    return "\n".join(lines) + "\n"


def _item_lines(book: OfficialWorkbook, group_id: str, place: int, item: OfficialItem, there: set[str],
                names: Mapping[str, str], earlier: StandardItem | None, shipped: StandardItem | None) -> list[str]:
    known = earlier or shipped
    same_type = shipped is not None and (shipped.type in ("", item.type))
    meaning = known.meaning if known is not None and (earlier is not None or same_type) else "none"
    entry: dict[str, Any] = {
        "id": item.id or f"{book.area}.{group_id}.{place:04d}", "name": item.name, "romaji": item.romaji,
        "meaning": meaning, "type": item.type, "length": f"{item.length},{item.scale}" if item.scale else item.length,
        "key": item.key, "foreign_key": item.foreign_key, "certified": bool(known and known.certified),
        "code_list": "/".join(names[one] for one in item.codes), "repeat": item.repeat,
        "condition": item.condition, "condition_text": item.condition_text, "confidence": "A",
        "basis": f"{_SOURCES[book.form]} 第{book.edition}版",
        "aliases": sorted({*(shipped.aliases if shipped else ()), *((shipped.name,) if shipped else ())}
                          - {item.name} - there),
    }
    flag, wording = item.name + _UNKNOWN_FLAG, item.name + _UNKNOWN_TEXT
    if item.type == "DATE":
        entry |= {"unknown_flag": flag if flag in there else "", "unknown_text": wording if wording in there else ""}
    wanted = {"key": False, "foreign_key": False, "certified": False, "repeat": 1, "length": 0}
    lines = [f"{'  - ' if key == 'id' else '    '}{key}: {_yaml(value)}" for key, value in entry.items()
             if key == "type" or value not in ("", [], wanted.get(key, ""))]
    if shipped is not None and shipped.blank_not_allowed is not None and not set(
            shipped.blank_not_allowed.any_of) - there:
        rule = shipped.blank_not_allowed
        lines.append(f"    blank_not_allowed: {_yaml(rule.model_dump(exclude_defaults=True))}")
    said = {"place": place, "classes": list(item.classes), "definition": item.definition,
            "description": item.description, "related": item.related, "implementation": item.implementation,
            "sample": item.sample, "remark": item.remark, "gaiji": item.gaiji}
    lines.append(f"    official: {_yaml({key: value for key, value in said.items() if value})}")
    return lines


def _yaml(value: Any) -> str:
    """A value in YAML's flow style, every text in double quotes: nothing in it can be misread."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_yaml(one) for one in value) + "]"
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _place(item: StandardItem) -> int:
    return item.official.place if item.official is not None else 0


def _first_place(group: StandardGroup) -> int:
    return min(_place(item) for item in group.items)


def _official_item(group: StandardGroup, item: StandardItem) -> OfficialItem:
    said = item.official
    assert said is not None
    numbers = tuple(_number_of(name) for name in item.code_list.split("/")) if item.code_list else ()
    return OfficialItem(
        id=item.id if re.fullmatch("[0-9]{8}", item.id) else "", name=item.name, romaji=item.romaji, group=group.label,
        key=item.key, foreign_key=item.foreign_key, type=item.type, length=item.length, scale=item.scale,
        codes=numbers, repeat=item.repeat, condition=item.condition, classes=said.classes, definition=said.definition,
        description=said.description, related=said.related, implementation=said.implementation, sample=said.sample,
        remark=said.remark, gaiji=said.gaiji)


def _number_of(name: str) -> str:
    if name == OWN_CODES:
        return "999"
    return name.split("@", maxsplit=1)[0].partition(":")[2]


def _list_order(name: str) -> tuple[bool, int, str]:
    """Individual lists by number, then those of 連携."""
    number = _number_of(name)
    return kind_of_list(number) != "個別", int(number) if number.isdigit() else 0, number


def _write_lists(book: OfficialWorkbook, names: Mapping[str, str], root: Path, new: Path) -> None:
    """lists.csv with what other workbooks brought before, and the values of this workbook's lists."""
    folder = new / "code_lists"
    folder.mkdir(parents=True)
    stem = f"{book.area}-{book.edition}"
    source = f"{_SOURCES[book.form]} 第{book.edition}版"
    mine = {name for name in names.values() if name != OWN_CODES}
    before = root / "code_lists"
    rows: list[tuple[str, ...]] = []
    if (before / "lists.csv").is_file():
        read_code_lists(before)
        with (before / "lists.csv").open(encoding="utf-8", newline="") as stream:
            rows = [tuple(row) for row in csv.reader(stream) if row][1:]
        rows = [row for row in rows if not row[0].endswith(f"@{stem}")]
        for path in before.glob("*.csv"):
            if path.name != "lists.csv" and path.stem != stem:
                shutil.copyfile(path, folder / path.name)
    values: dict[str, list[OfficialCode]] = {}
    for code in book.codes:
        values.setdefault(names[code.list], []).append(code)
    for name in mine:
        codes = values.get(name, [])
        rows.append((name, book.area, "complete" if codes else "unknown", "A", source,
                     codes[0].list_name if codes else ""))
    _csv(folder / "lists.csv", ("list", "area", "coverage", "confidence", "source", "note"), sorted(rows))
    _csv(folder / f"{stem}.csv", ("list", "code", "label", "confidence", "source"),
         [(name, code.value, code.label, "A", source) for name in sorted(values, key=_list_order)
          for code in values[name] if name != OWN_CODES])
    _csv(folder / AS_RECEIVED / f"{stem}.csv", _CODE_COLUMNS,
         [(code.list, code.list_name, code.value, code.label, code.remark) for code in book.codes])


def _csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.getvalue(), encoding="utf-8")
