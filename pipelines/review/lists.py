"""Every list as an Excel workbook: cells are text or numbers, never a formula, and show no more than the page does."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

MOST_ROWS = 100_000

_CREATED = datetime(2000, 1, 1)
_WIDEST = 60


def workbook(title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]], note: str = "") -> bytes:
    """One sheet with a heading line, filters and a frozen head.

    Args:
        title: Name of the sheet and first line.
        headings: Column names.
        rows: Cells; numbers stay numbers, all else is text.
        note: Second line, such as run and filter.
    """
    buffer = io.BytesIO()
    options = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": _CREATED})
        sheet = book.add_worksheet(title[:31])
        text = book.add_format({"num_format": 49, "valign": "top", "text_wrap": True, "border": 1,
                                "border_color": "#C9D1DA", "font_name": "游明朝"})
        number = book.add_format({"num_format": "#,##0", "valign": "top", "border": 1, "border_color": "#C9D1DA"})
        head = book.add_format({"bold": True, "bg_color": "#1F4E79", "font_color": "#FFFFFF", "border": 1,
                                "text_wrap": True, "valign": "vcenter"})
        sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
        sheet.write_string(1, 0, note)
        widths = [_width(heading) for heading in headings]
        for column, heading in enumerate(headings):
            sheet.write_string(2, column, heading, head)
        last = 2
        for last, row in enumerate(rows, 3):
            for column, value in enumerate(row):
                if isinstance(value, int) and not isinstance(value, bool):
                    sheet.write_number(last, column, value, number)
                else:
                    shown = "" if value is None else str(value)
                    sheet.write_string(last, column, shown, text)
                    widths[column] = max(widths[column], _width(shown))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, min(_WIDEST, width + 2))
        sheet.freeze_panes(3, 1)
        sheet.autofilter(2, 0, max(last, 3), len(headings) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(2)
        sheet.set_footer("&L個人情報を含むことがあります。庁外へ持ち出さないでください。&R&P / &N")
    return buffer.getvalue()


def _width(text: str) -> int:
    # In UTF-8 a full-width character takes three bytes and two columns.
    return max((len(line) + (len(line.encode()) - len(line)) // 2 for line in text.split("\n")), default=0)
