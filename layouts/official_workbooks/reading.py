"""Reading an official workbook: 基本データリスト, 項目定義書, 中間標準レイアウト (データ項目一覧表, コード一覧).

Structure of the 基本データリスト (デジタル庁, confidence A): title in B1, header in rows 5–6, data from row 7 until a
row that begins with ``e``, ids in two cells, full-width Ｎ, lengths ``"n,m"``, conditions after ※※ in 項目説明, code
sheets whose コードID is blank on continuation rows. The exact form of the other two was not seen, so columns are found
by their headings in all of them. Nothing is guessed: a cell that says something else is an error with sheet, row and
column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from char_mapping.errors import UnreadableFile
from layouts.official_workbooks.cells import Sheet, column_name, half_width, read_sheets
from layouts.official_workbooks.contents import Form, OfficialCode, OfficialItem, OfficialWorkbook, kind_of_list
from layouts.official_workbooks.headers import Table, find_codes, find_items

_TYPES = {
    "X": "X", "N": "N", "9": "9", "9V": "9V", "S9": "S9", "S9V": "S9", "BLOB": "BLOB", "YEAR": "YEAR", "DATE": "DATE",
    "TIME": "TIME",
}
_WORD_TYPES = {"半角": "X", "全角": "N", "半角文字": "X", "全角文字": "N", "数字": "9", "数値": "9", "日付": "DATE",
               "時刻": "TIME", "年": "YEAR"}
_FIXED = {"DATE": 10, "TIME": 8, "YEAR": 4}
_CONDITIONS = {"": "", "-": "", "必須": "必須", "条件付き必須": "条件付き必須", "条件付必須": "条件付き必須",
               "任意": "任意"}
_MARKS = frozenset({"○", "〇", "◯", "●", "◎", "O", "有", "PK", "FK", "1"})
_NO_MARKS = frozenset({"", "-", "×", "無"})
_LENGTH = re.compile(r"([1-9][0-9]*)(?:\s*[,、]\s*([0-9]+))?")
_TYPE_WITH_LENGTH = re.compile(r"([A-Z9]+V?)\s*\(([0-9,]+)\)")
_EDITION = re.compile(r"第\s*([0-9]+(?:\.[0-9]+)*)\s*版|[Vv](?:er)?\.?\s*([0-9]+(?:\.[0-9]+)+)")
_AREA = re.compile(r"(?<![0-9])([0-9]{3})[_ 　]")


@dataclass
class _Reading:
    """A workbook being read: what was found and what a person should look at."""

    form: Form
    area: str
    items: list[OfficialItem] = field(default_factory=list)
    codes: list[OfficialCode] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    places: dict[tuple[str, str], str] = field(default_factory=dict)


def read_official(path: Path, *, area: str = "", edition: str = "") -> OfficialWorkbook:
    """Read a workbook; ``area`` (業務ID) and ``edition`` are asked for where it does not say them itself.

    Raises:
        UnreadableFile: no workbook, no item sheet, or a cell that says something no form knows; with sheet, row, column
            and why.
    """
    sheets = read_sheets(path)
    tables = {name: find_items(sheet) for name, sheet in sheets.items()}
    with_items = [(sheets[name], table) for name, table in tables.items() if table is not None]
    if not with_items:
        raise UnreadableFile(
            path.name, expected="a sheet with the headings データ項目 and データ型 in its first 30 rows",
            found=f"none among the sheets {', '.join(sheets) or '(none)'}",
            todo="Check that this is a 基本データリスト, 項目定義書 or データ項目一覧表",
        )
    title = _title(with_items[0][0], with_items[0][1])
    found = _Reading(_form(with_items, title, path), area or _area(path, title, with_items))
    if not found.area:
        raise UnreadableFile(path.name, expected="a 業務ID in the ids, the title or the file's name", found="none",
                             todo="Name it with --area")
    edition = edition or _edition(path, title)
    if not edition:
        raise UnreadableFile(path.name, expected="第n.n版 in the title or the file's name", found="none",
                             todo="Name the edition with --edition")
    for name, sheet in sheets.items():
        table = tables[name]
        if table is not None:
            _read_items(sheet, table, found)
        else:
            codes = find_codes(sheet)
            if codes is None:
                found.ignored.append(name)
            else:
                _read_codes(sheet, codes, found)
    _check_lists(found)
    return OfficialWorkbook(found.form, title, found.area, edition, tuple(found.items), tuple(found.codes),
                            tuple(found.remarks), tuple(found.ignored))


def _title(sheet: Sheet, table: Table) -> str:
    """B1 of the 基本データリスト; else the first text above the table."""
    if sheet.text(0, 1):
        return sheet.text(0, 1)
    return next((cell.strip() for row in range(table.first_row) for cell in sheet.cells[row] if cell.strip()), "")


def _form(tables: Iterable[tuple[Sheet, Table]], title: str, path: Path) -> Form:
    columns = {name for _, table in tables for name in table.columns}
    if "中間標準" in title + path.name or "gaiji" in columns:
        return "chukan_v2_7"
    return "koumoku_teigi" if "項目定義書" in title + path.name else "kihon_data_list"


def _edition(path: Path, title: str) -> str:
    found = _EDITION.search(half_width(title)) or _EDITION.search(half_width(path.stem))
    return (found[1] or found[2]) if found else ""


def _area(path: Path, title: str, tables: Iterable[tuple[Sheet, Table]]) -> str:
    for sheet, table in tables:
        for row in range(table.first_row, len(sheet.cells)):
            business, number = _id_cells(sheet, table, row)
            if business and len(business) in (3, 8):
                return business[:3]
            if business.isdigit() and number:
                return business.zfill(3)
    found = _AREA.match(half_width(path.stem) + "_") or _AREA.match(half_width(title) + "_")
    return found[1] if found else ""


def _id_cells(sheet: Sheet, table: Table, row: int) -> tuple[str, str]:
    first = table.columns.get("business", table.columns.get("id"))
    second = table.columns.get("number")
    return _whole(half_width(sheet.text(row, first))), _whole(half_width(sheet.text(row, second)))


def _whole(text: str) -> str:
    """A number that Excel shows as 1.0 is 1."""
    return text[:-2] if re.fullmatch(r"[0-9]+\.0", text) else text


def _ends(sheet: Sheet, row: int) -> bool:
    """Whether a row begins with ``e``: its first filled cell, in column A or B."""
    first = next(((column, cell) for column, cell in enumerate(sheet.cells[row]) if cell.strip()), None)
    return first is not None and first[0] <= 1 and half_width(first[1]).lower() == "e"


def _read_items(sheet: Sheet, table: Table, found: _Reading) -> None:
    columns = table.columns
    business, group = "", ""
    for row in range(table.first_row, len(sheet.cells)):
        if _ends(sheet, row):
            return
        name = sheet.text(row, columns["name"])
        filled = {key: sheet.text(row, column) for key, column in columns.items() if sheet.text(row, column)}
        if not filled:
            continue
        own, number = _id_cells(sheet, table, row)
        business = own or business
        group = sheet.text(row, columns.get("group")) or group
        if not name:
            if set(filled) <= {"remark", "description", "group"}:
                found.remarks.append(f"{sheet.name} {row + 1}行目: データ項目の名称がない行を読み飛ばした")
                continue
            raise sheet.error(row, columns["name"], expected="the name of an item", found="an empty cell")
        item = _item(sheet, columns, row, _item_id(sheet, table, row, business, number), name, group or sheet.name,
                     found)
        _once(sheet, table, row, item, found)
        found.items.append(item)


def _item_id(sheet: Sheet, table: Table, row: int, business: str, number: str) -> str:
    """Two cells ("031" and 1) or one ("03100001") as eight digits; a form without データ項目ID has none."""
    if re.fullmatch("[0-9]{8}", business) and not number:
        return business
    if "number" not in table.columns:
        return ""
    column = table.columns.get("business", table.columns.get("id"))
    if not re.fullmatch("[0-9]{1,3}", business):
        raise sheet.error(row, column, expected="業務コード, three digits", found=business or "an empty cell")
    if not re.fullmatch("[0-9]{1,5}", number):
        raise sheet.error(row, table.columns["number"], expected="項目コード, up to five digits",
                          found=number or "an empty cell")
    return business.zfill(3) + number.zfill(5)


def _once(sheet: Sheet, table: Table, row: int, item: OfficialItem, found: _Reading) -> None:
    here = f"{sheet.name} row {row + 1}"
    for what, value in (("id", item.id), ("name", f"{item.group}/{item.name}")):
        before = found.places.setdefault((what, value), here) if value else here
        if before != here:
            raise sheet.error(row, table.columns["name"], expected=f"every {what} once",
                              found=f"{value}, also in {before}")


def _item(sheet: Sheet, at: Mapping[str, int], row: int, item_id: str, name: str, group: str,
          found: _Reading) -> OfficialItem:
    def text(key: str) -> str:
        return sheet.text(row, at.get(key))

    kind, length, scale = _shape(sheet, at, row, found)
    return OfficialItem(
        id=item_id, name=name, romaji=text("romaji"), group=group, key=_marked(sheet, at, row, "key"),
        foreign_key=_marked(sheet, at, row, "foreign_key"), type=kind, length=length, scale=scale,
        codes=_code_ids(text("code")), repeat=_repeat(sheet, at, row), condition=_condition(sheet, at, row),
        classes=_classes(text("class1"), text("class2"), text("class3")), definition=text("definition"),
        description=text("description"), related=text("related"), implementation=text("implementation"),
        sample=text("sample"), remark=text("remark"), gaiji=text("gaiji"),
    )


def _classes(*levels: str) -> tuple[str, ...]:
    return levels if any(levels) else ()


def _marked(sheet: Sheet, at: Mapping[str, int], row: int, key: str) -> bool:
    cell = half_width(sheet.text(row, at.get(key))).upper()
    if cell in _MARKS:
        return True
    if cell not in _NO_MARKS:
        raise sheet.error(row, at[key], expected="○ or nothing", found=cell)
    return False


def _shape(sheet: Sheet, at: Mapping[str, int], row: int, found: _Reading) -> tuple[str, int, int]:
    """Type, length in characters and digits after the point of an item; "" and 0 where the workbook says none."""
    cell = half_width(sheet.text(row, at["type"]))
    said = _whole(half_width(sheet.text(row, at.get("length"))))
    together = _TYPE_WITH_LENGTH.fullmatch(cell.upper())
    if together is not None:
        cell, said = together[1], said or together[2]
    kind = _TYPES.get(_whole(cell).upper()) or _WORD_TYPES.get(cell)
    if kind is None and cell not in ("", "-"):
        raise sheet.error(row, at["type"], expected=f"one of {', '.join(_TYPES)}", found=cell)
    length, scale = _length(sheet, at, row, said)
    if kind in _FIXED:
        if length not in (0, _FIXED[kind]):
            found.remarks.append(
                f"{sheet.name} {column_name(at['length'])}{row + 1}: データ型 {kind} の桁数が {length}。"
                f"{_FIXED[kind]} 桁の {kind} ではないので、型を空にして桁数だけを取り込んだ")
            return "", length, 0
        return kind, _FIXED[kind], 0
    if kind == "9V" and not scale:
        raise sheet.error(row, at.get("length"), expected='"n,m" for 9V', found=said or "an empty cell",
                          todo='Enter it as text ("5,2") in a copy of the workbook: Excel makes numbers of it')
    if scale and kind not in ("9V", "S9"):
        raise sheet.error(row, at.get("length"), expected=f"a whole number of characters for {kind or 'no type'}",
                          found=said)
    if kind is None and (length or scale):
        found.remarks.append(f"{sheet.name} {column_name(at['type'])}{row + 1}: 桁数があるのにデータ型がない")
    if not length and kind not in (None, "BLOB"):
        found.remarks.append(f"{sheet.name} {row + 1}行目: データ型 {kind} に桁数がない")
    return kind or "", length, scale


def _length(sheet: Sheet, at: Mapping[str, int], row: int, said: str) -> tuple[int, int]:
    if said in ("", "-"):
        return 0, 0
    parts = _LENGTH.fullmatch(said)
    if parts is None:
        raise sheet.error(row, at.get("length"), expected='a number or "n,m"', found=said)
    length, scale = int(parts[1]), int(parts[2] or 0)
    if scale >= length:
        raise sheet.error(row, at.get("length"), expected='"n,m" with n > m', found=said)
    return length, scale


def _repeat(sheet: Sheet, at: Mapping[str, int], row: int) -> int:
    cell = _whole(half_width(sheet.text(row, at.get("repeat"))))
    if cell in ("", "-"):
        return 1
    if not re.fullmatch("[1-9][0-9]*", cell):
        raise sheet.error(row, at.get("repeat"), expected="how often the item may repeat", found=cell)
    return int(cell)


def _condition(sheet: Sheet, at: Mapping[str, int], row: int) -> str:
    cell = half_width(sheet.text(row, at.get("condition")))
    if cell not in _CONDITIONS:
        raise sheet.error(row, at.get("condition"), expected="必須, 条件付き必須 or 任意", found=cell)
    return _CONDITIONS[cell]


def _code_ids(cell: str) -> tuple[str, ...]:
    ids = (_list_id(part) for part in re.split(r"[\s,、／/]+", half_width(cell)))
    return tuple(dict.fromkeys(one for one in ids if one and one != "-"))


def _list_id(text: str) -> str:
    """An id of a code list as items and code sheets both write it: 002 and 2 are the same list."""
    plain = _whole(half_width(text))
    return str(int(plain)) if kind_of_list(plain) == "個別" and plain else plain


def _read_codes(sheet: Sheet, table: Table, found: _Reading) -> None:
    columns = table.columns
    list_id, list_name = "", ""
    there = {(code.list, code.value) for code in found.codes}
    for row in range(table.first_row, len(sheet.cells)):
        if _ends(sheet, row):
            return
        own, name = sheet.text(row, columns["list"]), sheet.text(row, columns.get("list_name"))
        value = _whole(half_width(sheet.text(row, columns["value"])))
        label = sheet.text(row, columns.get("label"))
        if not (own or name or value or label):
            continue
        if own:
            list_id, list_name = _list_id(own), name
        elif name and name != list_name:
            raise sheet.error(row, columns["list"], expected="a コードID where コード名 changes", found="an empty cell")
        if not list_id:
            raise sheet.error(row, columns["list"], expected="a コードID on the first row of a list",
                              found="an empty cell")
        if not value:
            if label:
                found.remarks.append(f"{sheet.name} {row + 1}行目: コード値のない行（{list_id}）を値にしていない")
            continue
        if (list_id, value) in there:
            raise sheet.error(row, columns["value"], expected="every value of a list once", found=f"{list_id} {value}")
        there.add((list_id, value))
        found.codes.append(OfficialCode(kind_of_list(list_id), list_id, list_name, value, label,
                                        sheet.text(row, columns.get("remark"))))


def _check_lists(found: _Reading) -> None:
    """What a person should look at: lists without values, and values that may have lost a leading zero to Excel."""
    values: dict[str, list[str]] = {}
    for code in found.codes:
        values.setdefault(code.list, []).append(code.value)
    missing: set[str] = set()
    short: set[str] = set()
    for item in found.items:
        for one in item.codes:
            if one not in values and one != "999":
                missing.add(one)
            longest = max((len(value) for value in values.get(one, ())), default=0)
            if item.type == "X" and longest and item.length > longest and all(v.isdigit() for v in values[one]):
                short.add(f"{one}（{item.name}は{item.length}桁、コード値は最長{longest}桁）")
    found.remarks.extend(f"コード一覧 {one} の値がこのファイルにない。値の検査はできない" for one in sorted(missing))
    found.remarks.extend(f"コード一覧 {one}: 先頭の0がExcelで落ちていないか確認" for one in sorted(short))
