"""RPT-21: the 削除証明 and the 受払簿 of a project's data, as a workbook for the file and the seal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

_CREATED = datetime(2000, 1, 1)


def write_erasure(
    path: Path, *, city: str, facts: Sequence[tuple[str, str]], files: Iterable[Sequence[Any]],
    entries: Iterable[Sequence[Any]],
) -> Path:
    """Write the workbook.

    Args:
        path: Where to.
        city: Name of the municipality.
        facts: Lines of the certificate: label, text.
        files: What was removed: path, bytes, SHA-256 before.
        entries: 受払簿: day, 受/払, what, count of files, by whom, witness, remark.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": _CREATED})
        title = book.add_format({"bold": True, "font_size": 18, "font_name": "游明朝"})
        label = book.add_format({"bold": True, "border": 1, "bg_color": "#EEF3F8", "valign": "top"})
        text = book.add_format({"border": 1, "text_wrap": True, "valign": "top", "num_format": 49})
        number = book.add_format({"border": 1, "num_format": "#,##0", "valign": "top"})
        head = book.add_format({"bold": True, "border": 1, "bg_color": "#1F4E79", "font_color": "#FFFFFF"})
        sheet = book.add_worksheet("削除証明書")
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_column(0, 0, 18)
        sheet.set_column(1, 1, 80)
        sheet.write_string(0, 0, "データ削除証明書", title)
        sheet.write_string(1, 0, f"{city}　様")
        for row, (name, value) in enumerate(facts, 3):
            sheet.write_string(row, 0, name, label)
            sheet.write_string(row, 1, value, text)
        end = len(facts) + 4
        sheet.write_string(end, 0, "上記のとおり削除し、残りのないことを確かめました。")
        sheet.write_string(end + 2, 0, "削除した者　　　　　　　　　　　　　　印")
        sheet.write_string(end + 4, 0, "立会人　　　　　　　　　　　　　　　　印")
        for name, headings, rows, widths in (
            ("削除したファイル", ("ファイル", "バイト数", "SHA-256（削除前）"), files, (60, 14, 68)),
            ("受払簿", ("日", "受払", "内容", "ファイル数", "取扱者", "立会人", "備考"), entries,
             (20, 8, 40, 12, 18, 18, 50)),
        ):
            listed = book.add_worksheet(name)
            listed.set_landscape()
            listed.set_paper(9)
            listed.fit_to_pages(1, 0)
            listed.repeat_rows(0)
            listed.freeze_panes(1, 0)
            for column, (heading, width) in enumerate(zip(headings, widths, strict=True)):
                listed.set_column(column, column, width)
                listed.write_string(0, column, heading, head)
            for line, cells in enumerate(rows, 1):
                for column, cell in enumerate(cells):
                    if isinstance(cell, int):
                        listed.write_number(line, column, cell, number)
                    else:
                        listed.write_string(line, column, str(cell), text)
    return path
