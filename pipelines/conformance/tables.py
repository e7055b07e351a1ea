"""Workbooks made of plain tables: one look for everything that a meeting or an office reads.

Every cell is text or a number, never a formula; the same tables give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from unicodedata import east_asian_width

import xlsxwriter

Cell = str | int | float | None
ColumnKind = Literal["text", "number", "percent", "answer", "state", "hidden"]

_CREATED = datetime(2000, 1, 1)  # a file's own time would make two equal runs differ
_FONT = "游ゴシック"
_HEAD_ROW = 3
_LINE, _MOST_LINES = 15.0, 12  # points; lines of the highest row

STATES = {
    "適合": "#E3F1E5", "有": "#E3F1E5", "一致": "#E3F1E5", "不適合": "#F8DAD7", "不足": "#F8DAD7", "無": "#F8DAD7",
    "不一致": "#F8DAD7", "要確認": "#FCF0CC", "未検査": "#FCF0CC", "独自": "#E4ECF5", "参考": "#EEEEEE",
    "型差": "#FCE5CD", "桁差": "#FCE5CD", "コード差": "#FCE5CD", "文字差": "#FCE5CD",
}
"""Background of a cell that says how something stands, by the first word that fits."""


@dataclass(frozen=True)
class Column:
    """One column: heading, width in half-width characters, kind; ``choices`` make a drop-down of an answer."""

    heading: str
    width: float
    kind: ColumnKind = "text"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One sheet: tab name, a title, lines of explanation above the table, columns and rows.

    ``frozen`` columns stay in view when scrolling. ``locked`` protects everything but answer columns.
    """

    name: str
    title: str
    notes: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]
    frozen: int = 0
    locked: bool = False


def write_tables(path: Path, title: str, tables: Sequence[Table]) -> None:
    """Write the tables as one workbook, a sheet each, replacing the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False,
                                           "strings_to_numbers": False})
    book.set_properties({"title": title, "created": _CREATED, "author": "ikou"})
    formats = _Formats(book)
    for table in tables:
        _sheet(book.add_worksheet(table.name), table, formats)
    book.close()


class _Formats:
    """Formats of a workbook, made once each."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def of(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            plain = {"font_name": _FONT, "font_size": 10, "valign": "vcenter"}
            self._made[key] = self._book.add_format(plain | properties)
        return self._made[key]


def _sheet(sheet: Any, table: Table, formats: _Formats) -> None:
    sheet.write_string(0, 0, table.title, formats.of(bold=True, font_size=14))
    sheet.set_row(0, 24)
    sheet.write_string(1, 0, "　".join(table.notes), formats.of(font_color="#555555"))
    head = formats.of(bold=True, bg_color="#1F3A5F", font_color="#FFFFFF", border=1, text_wrap=True, valign="vcenter")
    asked = formats.of(bold=True, bg_color="#8A5A00", font_color="#FFFFFF", border=1, text_wrap=True, valign="vcenter")
    for number, column in enumerate(table.columns):
        sheet.write_string(_HEAD_ROW, number, column.heading, asked if column.kind == "answer" else head)
        sheet.set_column(number, number, column.width, None, {"hidden": column.kind == "hidden"})
    sheet.set_row(_HEAD_ROW, 32)
    for offset, row in enumerate(table.rows, _HEAD_ROW + 1):
        sheet.set_row(offset, _LINE * _lines(table.columns, row))
        for number, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            _cell(sheet, offset, number, column, cell, formats)
    last = _HEAD_ROW + max(len(table.rows), 1)
    for number, column in enumerate(table.columns):
        if column.choices:
            sheet.data_validation(_HEAD_ROW + 1, number, last, number,
                                  {"validate": "list", "source": list(column.choices), "error_type": "warning"})
    sheet.freeze_panes(_HEAD_ROW + 1, table.frozen)
    if table.rows:
        sheet.autofilter(_HEAD_ROW, 0, last, len(table.columns) - 1)
    if table.locked:
        sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True, "sort": True})
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEAD_ROW)
    sheet.hide_gridlines(2)


def _lines(columns: Sequence[Column], row: Sequence[Cell]) -> int:
    """Lines the fullest cell of a row needs; viewers do not agree on when to make a row higher by themselves."""
    needed = [-(-_width(cell) // max(int(column.width), 1)) for column, cell in zip(columns, row, strict=True)
              if isinstance(cell, str) and column.kind != "hidden"]
    return min(max([1, *needed]), _MOST_LINES)


def _width(text: str) -> int:
    """Columns of half-width characters a text takes."""
    return sum(2 if east_asian_width(char) in "WFA" else 1 for char in text)


def _cell(sheet: Any, row: int, number: int, column: Column, cell: Cell, formats: _Formats) -> None:
    common: dict[str, Any] = {"border": 1, "border_color": "#BBBBBB", "text_wrap": True}
    if column.kind == "answer":
        common |= {"bg_color": "#FFF9E8", "locked": False}
    if column.kind == "state":
        colour = next((value for word, value in STATES.items() if str(cell or "").startswith(word)), None)
        common |= {"bg_color": colour} if colour else {}
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        shown = "0.0%" if column.kind == "percent" else "#,##0"
        sheet.write_number(row, number, cell, formats.of(**common, num_format=shown))
    elif cell:
        sheet.write_string(row, number, cell, formats.of(**common))
    else:
        sheet.write_blank(row, number, None, formats.of(**common))
