"""Sheets as an Excel workbook: a cover with the verdicts and the contents, then one tab a report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from pipelines.reports.judgement import CONDITIONAL, MISSED, NO, NONE, NOT_DONE, REASONED, AreaVerdict
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import Sheet

A3, A4 = 8, 9
WIDE = 170
"""Signs in a row beyond which a sheet is printed on A3."""
_CREATED = datetime(2000, 1, 1)
_COLOURS = {
    NONE: "#1E6B3A",
    "可": "#1E6B3A",
    "一致": "#1E6B3A",
    MISSED: "#B00020",
    "不一致": "#B00020",
    NO: "#B00020",
    REASONED: "#7A5C00",
    CONDITIONAL: "#7A5C00",
    NOT_DONE: "#7A5C00",
    "未分類": "#B00020",
}


def write_book(path: Path, run: RunFiles, areas: Sequence[AreaVerdict], sheets: Sequence[Sheet]) -> None:
    """Write a workbook of a cover and the sheets; the same sheets give the same bytes."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": "移行検証報告書", "created": _CREATED})
        _Writer(book, run).write(areas, sheets)


class _Writer:
    """Writes the sheets of one workbook."""

    def __init__(self, book: xlsxwriter.Workbook, run: RunFiles) -> None:
        self.book, self.run = book, run
        plain = {"font_name": "Yu Gothic", "font_size": 10, "valign": "top"}
        cell = {**plain, "border": 1, "border_color": "#BFBFBF", "text_wrap": True}
        self.title = book.add_format({**plain, "bold": True, "font_size": 15})
        self.plain = book.add_format({**plain, "text_wrap": True})
        self.head = book.add_format({**cell, "bold": True, "bg_color": "#1F4E79", "font_color": "#FFFFFF"})
        self.text = book.add_format(cell)
        self.number = book.add_format({**cell, "num_format": "#,##0", "text_wrap": False})
        self.marks = {
            mark: book.add_format({**cell, "bold": True, "font_color": colour}) for mark, colour in _COLOURS.items()
        }
        self.large = {
            verdict: book.add_format({**cell, "bold": True, "font_size": 14, "align": "center", "font_color": colour})
            for verdict, colour in _COLOURS.items()
        }

    def write(self, areas: Sequence[AreaVerdict], sheets: Sequence[Sheet]) -> None:
        """Cover with the verdicts and the contents, then every sheet."""
        self._cover(areas, sheets)
        for sheet in sheets:
            self._sheet(sheet)

    def _cover(self, areas: Sequence[AreaVerdict], sheets: Sequence[Sheet]) -> None:
        page = self.book.add_worksheet("移行判定")
        self._paper(page, "移行判定")
        page.set_column(0, 0, 12)
        page.set_column(1, 1, 34)
        page.set_column(2, 2, 12)
        page.set_column(3, 3, 74)
        told = self.run.statistics
        page.write_string(0, 0, "移行検証報告書", self.title)
        page.write_string(
            1,
            0,
            f"{told.get('city', {}).get('name', '')}　抽出世代 {told.get('generation', '')}　"
            f"基準日 {told.get('as_of', '')}",
            self.book.add_format({"font_size": 10}),
        )
        for column, heading in enumerate(("業務", "", "判定", "達していないもの・未実施のもの")):
            page.write_string(3, column, heading, self.head)
        row = 4
        for area in areas:
            page.write_string(row, 0, area.area, self.text)
            page.write_string(row, 1, area.label, self.text)
            page.write_string(row, 2, area.verdict, self.large[area.verdict])
            page.write_string(row, 3, "\n".join(area.against) or "なし", self.text)
            page.set_row(row, max(22, 14.5 * sum(1 + len(one) // 42 for one in area.against)))
            row += 1
        row += 1
        for column, heading in enumerate(("報告書", "名称", "状態", "内容")):
            page.write_string(row, column, heading, self.head)
        for sheet in sheets:
            row += 1
            page.write_url(row, 0, f"internal:'{sheet.tab}'!A1", self.text, sheet.number)
            page.write_string(row, 1, sheet.name, self.text)
            page.write_string(row, 2, sheet.state, self.marks.get(sheet.state, self.text))
            page.write_string(row, 3, sheet.lead, self.text)
            page.set_row(row, 14.5 * (1 + len(sheet.lead) // 42))

    def _sheet(self, sheet: Sheet) -> None:
        page = self.book.add_worksheet(sheet.tab)
        self._paper(page, f"{sheet.number} {sheet.name}", wide=sum(width for _, width in sheet.columns) > WIDE)
        page.write_string(0, 0, f"{sheet.number}　{sheet.name}　（{sheet.state}）", self.title)
        page.write_string(1, 0, sheet.lead, self.book.add_format({"font_size": 10}))
        for column, (heading, width) in enumerate(sheet.columns):
            page.set_column(column, column, width)
            page.write_string(3, column, heading, self.head)
        page.freeze_panes(4, 0)
        page.repeat_rows(3)
        for row, cells in enumerate(sheet.rows, 4):
            for column, value in enumerate(cells):
                if isinstance(value, bool) or value is None:
                    page.write_string(row, column, "" if value is None else "○" if value else "", self.text)
                elif isinstance(value, int):
                    page.write_number(row, column, value, self.number)
                else:
                    page.write_string(row, column, str(value), self.marks.get(str(value), self.text))
        last = 4 + len(sheet.rows)
        if sheet.rows:
            page.autofilter(3, 0, last - 1, len(sheet.columns) - 1)
        else:
            page.write_string(last, 0, NOT_DONE if sheet.state == NOT_DONE else "該当なし", self.text)
        if sheet.beyond:
            page.write_string(last + 1, 0, f"ほか {sheet.beyond:,}行", self.book.add_format({"font_size": 10}))

    def _paper(self, page: Any, name: str, *, wide: bool = False) -> None:
        page.set_paper(A3 if wide else A4)
        page.set_row(0, 24)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.set_margins(0.4, 0.4, 0.5, 0.6)
        page.set_footer(f"&L{self.run.statistics.get('city', {}).get('name', '')}　{name}&R&P / &N")
        page.hide_gridlines(2)
