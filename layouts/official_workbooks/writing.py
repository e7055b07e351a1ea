"""Writing a workbook in the form it was imported from: what a city corrected by hand can go back as the workbook."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from layouts.official_workbooks.contents import OfficialCode, OfficialItem, OfficialWorkbook

_CREATED = datetime(2000, 1, 1)  # a file's own time would make two equal exports differ
_FULL_WIDTH_N = "\uff2e"

_BASIC = (
    "データ項目ID", None, "データ項目", "データ項目（ローマ字）", "グループ名称", "主キー", "外部キー",
    "クラス分類", None, None, "データ型", "桁数", "コード", "繰り返し", "データ出力条件",
    "項目定義", "項目説明", "標準仕様書関連箇所", "実装類型", "サンプル値", "備考",
)
_BASIC_FIRST_COLUMN, _BASIC_HEADER_ROW = 1, 4
_INTERMEDIATE = (
    "移行ファイル名称", "データ項目名称", "ローマ字", "主キー", "外部キー", "データ型", "桁数", "外字使用（有無）",
    "コード", "繰り返し", "データ出力条件", "項目定義", "項目説明", "標準仕様書関連箇所", "実装類型", "記述例", "備考",
)
_CODES = ("コードID", "コード名", "コード値", "コード値の内容", "備考")


def write_official(book: OfficialWorkbook, path: Path) -> None:
    """Write ``book`` as a workbook of its form; the same contents give the same bytes."""
    out = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False,
                                          "strings_to_numbers": False})
    out.set_properties({"title": book.title, "created": _CREATED, "author": ""})
    head = out.add_format({"bold": True, "bg_color": "#D9E2EC", "border": 1, "text_wrap": True, "valign": "top"})
    body = out.add_format({"border": 1, "text_wrap": True, "valign": "top", "num_format": "@"})
    if book.form == "chukan_v2_7":
        _intermediate(out.add_worksheet("データ項目一覧表"), book, head, body)
        _codes(out.add_worksheet("コード一覧"), book.codes, head, body, title="コード一覧")
    else:
        name = "項目定義書" if book.form == "koumoku_teigi" else "基本データリスト"
        _basic(out.add_worksheet(name), book, head, body)
        for kind in ("個別", "連携"):
            codes = [code for code in book.codes if code.kind == kind]
            if codes:
                _codes(out.add_worksheet(f"コード一覧（{kind}）"), codes, head, body, title=f"コード一覧（{kind}）")
    out.close()


def _basic(sheet: Any, book: OfficialWorkbook, head: Any, body: Any) -> None:
    """Title in B1, header in rows 5 and 6, data from row 7, ``e`` in column W and at the end."""
    sheet.write_string(0, 1, book.title)
    for number, label in enumerate(_BASIC):
        column = _BASIC_FIRST_COLUMN + number
        sheet.write(_BASIC_HEADER_ROW, column, label or "", head)
        sheet.write(_BASIC_HEADER_ROW + 1, column, {7: "LV1", 8: "LV2", 9: "LV3"}.get(number, ""), head)
    row = _BASIC_HEADER_ROW + 2
    for item in book.items:
        ids: tuple[object, object] = (item.id[:3], int(item.id[3:])) if item.id else ("", "")
        classes = (*item.classes, "", "", "")[:3]
        cells = (*ids, item.name, item.romaji, item.group, "○" if item.key else "", "○" if item.foreign_key else "",
                 *classes, *_shape(item), _codes_of(item), _repeat(item), item.condition, item.definition,
                 item.description, item.related, item.implementation, item.sample, item.remark)
        _row(sheet, row, _BASIC_FIRST_COLUMN, cells, body)
        sheet.write_string(row, _BASIC_FIRST_COLUMN + len(_BASIC), "e")
        row += 1
    sheet.write_string(row, 0, "e")
    sheet.freeze_panes(_BASIC_HEADER_ROW + 2, 4)
    sheet.set_column(3, 5, 24)
    sheet.set_column(15, 21, 28)


def _intermediate(sheet: Any, book: OfficialWorkbook, head: Any, body: Any) -> None:
    sheet.write_string(0, 0, book.title)
    for column, label in enumerate(_INTERMEDIATE):
        sheet.write_string(2, column, label, head)
    for row, item in enumerate(book.items, 3):
        cells = (item.group, item.name, item.romaji, "○" if item.key else "", "○" if item.foreign_key else "",
                 *_shape(item), item.gaiji, _codes_of(item), _repeat(item), item.condition, item.definition,
                 item.description, item.related, item.implementation, item.sample, item.remark)
        _row(sheet, row, 0, cells, body)
    sheet.freeze_panes(3, 2)
    sheet.set_column(0, 1, 24)


def _codes(sheet: Any, codes: Iterable[OfficialCode], head: Any, body: Any, *, title: str) -> None:
    """Data from row 6, コードID and コード名 only on the first row of each list."""
    sheet.write_string(0, 1, title)
    for column, label in enumerate(_CODES, 1):
        sheet.write_string(4, column, label, head)
    before = ""
    for row, code in enumerate(codes, 5):
        first = code.list != before
        _row(sheet, row, 1, (code.list if first else "", code.list_name if first else "", code.value, code.label,
                             code.remark), body)
        before = code.list
    sheet.set_column(2, 2, 24)
    sheet.set_column(4, 5, 32)


def _row(sheet: Any, row: int, first: int, cells: Iterable[object], body: Any) -> None:
    for column, cell in enumerate(cells, first):
        if isinstance(cell, int):
            sheet.write_number(row, column, cell, body)
        elif cell != "":
            sheet.write_string(row, column, str(cell), body)


def _shape(item: OfficialItem) -> tuple[str, object]:
    length: object = f"{item.length},{item.scale}" if item.scale else item.length or ""
    return (_FULL_WIDTH_N if item.type == "N" else item.type), length


def _codes_of(item: OfficialItem) -> str:
    return "、".join(item.codes)


def _repeat(item: OfficialItem) -> object:
    return item.repeat if item.repeat > 1 else ""
