"""Sheets as an Excel workbook: a cover with the verdicts and the contents, then one tab a report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import xlsxwriter

from pipelines.reports.judgement import CONDITIONAL, MISSED, NO, NONE, NOT_DONE, REASONED, AreaVerdict
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.diagrams import Diagram
from pipelines.reports.verification.sheet import MADE, Sheet, worded

A3, A4 = 8, 9
WIDE = 170
"""Signs in a row beyond which a sheet is printed on A3."""
LINE, GLYPH_LINE, HIGHEST = 15.0, 24.0, 400.0
"""Heights of a line of text, of a line with a large character, and of the highest row, in points."""
ONE_CHARACTER = 2
"""Code points of a character with its variation selector."""
GAPS = frozenset({"差", "源泉−現行", "出力−源泉", "取込−出力", "差の合計"})
"""Columns in which anything but 0 is looked at first."""
MOVED = "増減"
"""A column with its sign, which says neither good nor bad."""
GLYPHS = frozenset({"字", "旧字", "新字", "移行後の字"})
"""Columns of single characters, large enough to tell variants apart."""
DIAGRAMS = "図表"
CHART_ROWS = 20
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
    "要確認": "#B00020",
    "未判定": "#B00020",
}


def write_book(
    path: Path, run: RunFiles, areas: Sequence[AreaVerdict], sheets: Sequence[Sheet], diagrams: Sequence[Diagram]
) -> None:
    """Write a workbook of a cover, the charts and the sheets; the same sheets give the same bytes."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": "移行検証報告書", "created": _CREATED})
        _Writer(book, run).write(areas, sheets, diagrams)


class _Writer:
    """Writes the sheets of one workbook."""

    def __init__(self, book: xlsxwriter.Workbook, run: RunFiles) -> None:
        self.book, self.run = book, run
        plain = {"font_name": "Yu Gothic", "font_size": 10, "valign": "top"}
        cell = {**plain, "border": 1, "border_color": "#BFBFBF", "text_wrap": True}
        head = {**cell, "bold": True, "bg_color": "#1F4E79", "font_color": "#FFFFFF", "valign": "vcenter"}
        figure = {**cell, "text_wrap": False, "align": "right", "indent": 1}
        self.title = book.add_format({**plain, "bold": True, "font_size": 15})
        self.plain = book.add_format({**plain, "text_wrap": True})
        self.head = book.add_format({**head, "align": "center"})
        self.text = book.add_format(cell)
        self.empty = book.add_format({"border": 1, "border_color": "#BFBFBF"})
        self.glyph = book.add_format({**cell, "font_size": 16, "align": "center"})
        self.number = book.add_format({**figure, "num_format": "#,##0"})
        self.unsigned = book.add_format({**figure, "num_format": "#,##0;#,##0"})
        self.breaks: list[int] = []
        signed = {**figure, "num_format": "+#,##0;-#,##0;0", "bold": True}
        self.gap, self.moved = book.add_format({**signed, "font_color": "#B00020"}), book.add_format(signed)
        self.marks = {
            mark: book.add_format({**cell, "bold": True, "align": "center", "font_color": colour})
            for mark, colour in _COLOURS.items()
        }
        self.large = {
            verdict: book.add_format({**cell, "bold": True, "font_size": 14, "align": "center", "font_color": colour})
            for verdict, colour in _COLOURS.items()
        }

    def write(self, areas: Sequence[AreaVerdict], sheets: Sequence[Sheet], diagrams: Sequence[Diagram]) -> None:
        """Cover with the verdicts and the contents, the charts, then every sheet."""
        self._cover(areas, sheets)
        self._diagrams(diagrams)
        for sheet in sheets:
            self._sheet(sheet)

    def _cover(self, areas: Sequence[AreaVerdict], sheets: Sequence[Sheet]) -> None:
        page = self.book.add_worksheet("移行判定")
        self._paper(page, "移行判定")
        widths = (11, 32, 11, 84)
        for column, width in enumerate(widths):
            page.set_column(column, column, width)
        told = self.run.statistics
        page.write_string(0, 0, "移行検証報告書", self.title)
        page.merge_range(
            1, 0, 1, len(widths) - 1,
            f"{told.get('city', {}).get('name', '')}　抽出世代 {told.get('generation', '')}　"
            f"基準日 {told.get('as_of', '')}　業務ごとの移行判定と、報告書の目次（番号を押すとその表へ移る）",
            self.plain,
        )  # fmt: skip
        for column, heading in enumerate(("業務", "名称", "判定", "達していないもの・未実施のもの")):
            page.write_string(3, column, heading, self.head)
        row = 4
        for area in areas:
            against = [worded(self.run, area.area, one) for one in area.against]
            page.write_string(row, 0, area.area, self.text)
            page.write_string(row, 1, area.label, self.text)
            page.write_string(row, 2, area.verdict, self.large[area.verdict])
            page.write_string(row, 3, "\n".join(against) or "なし", self.text)
            page.set_row(row, max(22.0, LINE * sum(_lines(one, widths[3]) for one in against)))
            row += 1
        row += 1
        for column, heading in enumerate(("報告書", "名称", "状態", "内容")):
            page.write_string(row, column, heading, self.head)
        row += 1
        page.write_url(row, 0, f"internal:'{DIAGRAMS}'!A1", self.text, DIAGRAMS)
        for column, text in enumerate((DIAGRAMS, MADE, "合否・人口・不備・文字・リハーサルの推移を図で示す。"), 1):
            page.write_string(row, column, text, self.text)
        for sheet in sheets:
            row += 1
            page.write_url(row, 0, f"internal:'{sheet.tab}'!A1", self.text, sheet.number)
            page.write_string(row, 1, sheet.name, self.text)
            page.write_string(row, 2, sheet.state, self.marks.get(sheet.state, self.text))
            page.write_string(row, 3, sheet.lead, self.text)
            page.set_row(row, LINE * _lines(sheet.lead, widths[3]))

    def _diagrams(self, diagrams: Sequence[Diagram]) -> None:
        page = self.book.add_worksheet(DIAGRAMS)
        self._paper(page, DIAGRAMS)
        page.set_column(0, 0, 34)
        page.set_column(1, 4, 12)
        page.set_column(5, 5, 3)
        page.write_string(0, 0, DIAGRAMS, self.title)
        row = 2
        for diagram in diagrams:
            page.set_row(row, 24)
            page.write_string(row, 0, diagram.title, self.title)
            if not diagram.rows:
                page.write_string(row + 1, 0, diagram.why, self.plain)
                row += 4
                continue
            for column, heading in enumerate(("", *diagram.headings)):
                page.write_string(row + 1, column, heading, self.head)
            for place, (name, *numbers) in enumerate(diagram.rows, row + 2):
                page.write_string(place, 0, name, self.text)
                for column, number in enumerate(numbers, 1):
                    # A pyramid's left side is drawn from numbers below 0, and read without their sign.
                    page.write_number(place, column, number, self.unsigned)
            last = row + 1 + len(diagram.rows)
            page.insert_chart(row + 1, 6, self._chart(diagram, row + 1, last))
            row = max(last, row + 1 + CHART_ROWS) + 2
            self.breaks.append(row)
        page.set_h_pagebreaks(self.breaks)

    def _chart(self, diagram: Diagram, head: int, last: int) -> Any:
        kind = {"type": "line"} if diagram.kind == "line" else {"type": "bar", "subtype": "stacked"}
        if len(diagram.colours) > 2 and diagram.kind == "pyramid":
            kind = {"type": "bar"}  # before and after beside each other: a stack would add them up
        chart = self.book.add_chart(kind)
        for column, colour in enumerate(diagram.colours, 1):
            line = {"line": {"color": colour, "width": 2.25}, "marker": {"type": "circle"}}
            series: dict[str, Any] = {
                "name": [DIAGRAMS, head, column],
                "categories": [DIAGRAMS, head + 1, 0, last, 0],
                "values": [DIAGRAMS, head + 1, column, last, column],
                **(line if diagram.kind == "line" else {"fill": {"color": colour}, "gap": 30}),
            }
            chart.add_series(series)
        numbers = {"num_format": "#,##0;#,##0", "name": diagram.unit, "major_gridlines": {"visible": True}}
        names: dict[str, Any] = {"label_position": "low", "interval_unit": 1, "num_font": {"size": 8}}
        if diagram.kind == "stacked":
            names["reverse"] = True
        if diagram.kind == "line":
            chart.set_x_axis(names)
            chart.set_y_axis({**numbers, "min": 0})
        else:
            chart.set_x_axis(numbers)
            chart.set_y_axis(names)
        chart.set_title({"name": diagram.title, "name_font": {"size": 12}})
        chart.set_legend({"position": "bottom"} if len(diagram.colours) > 1 else {"none": True})
        chart.set_size({"width": 760, "height": int(max(CHART_ROWS, len(diagram.rows)) * 20)})
        return chart

    def _sheet(self, sheet: Sheet) -> None:
        page = self.book.add_worksheet(sheet.tab)
        width = sum(width for _, width in sheet.columns)
        self._paper(page, f"{sheet.number} {sheet.name}", wide=width > WIDE)
        page.write_string(0, 0, f"{sheet.number}　{sheet.name}　（{sheet.state}）", self.title)
        page.merge_range(1, 0, 1, len(sheet.columns) - 1, sheet.lead, self.plain)
        page.set_row(1, LINE * _lines(sheet.lead, width))
        page.set_row(3, LINE * max(_lines(heading, wide) for heading, wide in sheet.columns))
        for column, (heading, wide) in enumerate(sheet.columns):
            page.set_column(column, column, wide)
            page.write_string(3, column, heading, self.head)
        page.freeze_panes(4, 0)
        page.repeat_rows(3)
        kinds = [
            (self.gap if heading in GAPS else self.moved if heading == MOVED else self.number, heading in GLYPHS, wide)
            for heading, wide in sheet.columns
        ]
        for row, cells in enumerate(sheet.rows, 4):
            height = LINE
            for column, value in enumerate(cells):
                signed, glyph, wide = kinds[column]
                if value is None or value == "":
                    continue
                if isinstance(value, int):
                    page.write_number(row, column, value, signed if value else self.number)
                elif glyph and len(value) <= ONE_CHARACTER:
                    page.write_string(row, column, value, self.glyph)
                    height = max(height, GLYPH_LINE)
                else:
                    page.write_string(row, column, value, self.marks.get(value, self.text))
                    if len(value) * 2 > wide:
                        height = max(height, LINE * _lines(value, wide))
            if height > LINE:
                page.set_row(row, min(height, HIGHEST))
        last = 4 + len(sheet.rows)
        if sheet.rows:
            page.autofilter(3, 0, last - 1, len(sheet.columns) - 1)
            # One rule draws the borders of empty cells: half of the sampling sheet is to be filled in by hand.
            page.conditional_format(4, 0, last - 1, len(sheet.columns) - 1, {"type": "blanks", "format": self.empty})
        else:
            mark = f"{NOT_DONE}：" if sheet.state == NOT_DONE else ""
            page.merge_range(last, 0, last, len(sheet.columns) - 1, f"{mark}{sheet.why}", self.text)
            page.set_row(last, LINE * _lines(f"{mark}{sheet.why}", width))
        if sheet.beyond:
            page.write_string(last + 1, 0, f"ほか {sheet.beyond:,}行（この表には載せていない）", self.title)

    def _paper(self, page: Any, name: str, *, wide: bool = False) -> None:
        page.set_paper(A3 if wide else A4)
        page.set_row(0, 24)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.set_margins(0.4, 0.4, 0.5, 0.6)
        page.set_footer(f"&L{self.run.statistics.get('city', {}).get('name', '')}　{name}&R&P / &N")
        page.hide_gridlines(2)


@lru_cache(65_536)
def _lines(text: str, width: float) -> int:
    """Lines that a text takes in a column of some width."""
    return sum(max(1, ceil(_signs(part) * 0.92 / width)) for part in text.split("\n"))


def _signs(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WFA" else 1 for sign in text)
