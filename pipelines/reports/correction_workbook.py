"""The 修正依頼リスト (RPT-13) as a workbook of one 主管課: what to correct in the present system, and what is done."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipelines.ledger.decision_states import NOT_DONE, REQUESTED, STALE
from pipelines.reports.correction_requests import DONE, UNSEEN
from pipelines.reports.run_files import RunFiles
from pipelines.reports.work_list import visible

# A fixed moment: the file's own time would make two equal runs differ.
_CREATED = datetime(2000, 1, 1)
_TEXT_FONT, _HEAD_FONT = "游明朝", "游ゴシック"

_COLUMNS = (
    ("依頼番号", "request_no", 11), ("状態", "state", 8), ("宛名番号", "number", 12), ("世帯番号", "household", 12),
    ("氏名", "name", 16), ("項目", "item", 18), ("現値", "before", 28), ("依頼する値", "wished", 28),
    ("区分（案）", "kind", 11), ("根拠", "basis", 34), ("依頼の理由", "reason", 18), ("依頼日", "asked_on", 11),
    ("決裁番号", "reference", 13), ("期限", "due", 11), ("処理日", "", 10), ("処理者", "", 10),
)  # fmt: skip
"""Heading, column of the requests ("" is filled in by hand), width in characters."""

_STATES = (
    (REQUESTED, "依頼し、次の抽出を待っています。現行システムで履歴を付けて直してください。", "#FFF2CC"),
    (NOT_DONE, "次の抽出でも同じ値でした。直していないか、直した記録の確認が要ります。", "#F8CBAD"),
    (STALE, "依頼した後で値が変わり、まだ不備があります。確認票であらためてお尋ねします。", "#F8CBAD"),
    (DONE, "次の抽出で不備がなくなりました。", "#E2EFDA"),
    (UNSEEN, "今回は読んでいない業務のため、分かりません。", "#EDEDED"),
)
_KINDS = (
    ("軽微な修正", "文字の同定や表記をそろえるだけの修正（住民基本台帳法施行規則11条3項2号）。履歴を残します。"),
    ("職権修正", "事実が変わった、または調べて分かった修正（住民基本台帳法8条）。"),
    ("誤記の訂正", "初めから誤っていた記載の訂正（住民基本台帳法施行令11条）。"),
)


def write_correction_lists(run: RunFiles, requests: pl.DataFrame, folder: Path) -> list[Path]:
    """Write ``修正依頼リスト_<主管課>.xlsx`` for every 主管課 with a request.

    Args:
        run: The run whose extract answered.
        requests: From ``build_requests``.
        folder: Where to write.

    Returns:
        Paths written, by 主管課.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for department in requests["department"].unique().sort():
        path = folder / f"修正依頼リスト_{str(department).replace('/', '／')}.xlsx"
        _List(path, run, str(department), requests.filter(pl.col("department") == department)).write()
        written.append(path)
    return written


class _List:
    def __init__(self, path: Path, run: RunFiles, department: str, rows: pl.DataFrame) -> None:
        self._run, self._department = run, department
        order = {state: place for place, (state, _, _) in enumerate(_STATES)}
        self._rows = rows.sort(
            pl.col("state").replace_strict(order, default=len(order)), "number", "item", "request_no"
        ).with_columns(visible(field).alias(field) for _, field, _ in _COLUMNS if field)
        self._book = xlsxwriter.Workbook(str(path), {
            "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False,
        })  # fmt: skip
        self._book.set_properties({"title": f"修正依頼リスト {department}", "created": _CREATED, "author": "ikou"})
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def write(self) -> None:
        cover, table = self._book.add_worksheet("表紙"), self._book.add_worksheet("修正依頼")
        self._cover(cover)
        self._table(table)
        cover.activate()
        self._book.close()

    def _format(self, **properties: Any) -> Format:
        merged = {"font_name": _TEXT_FONT, "font_size": 11, "valign": "top", "num_format": 49} | properties
        key = tuple(sorted(merged.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(merged)
        return self._formats[key]

    def _head(self) -> Format:
        return self._format(
            font_name=_HEAD_FONT, bold=True, bg_color="#1F4E79", font_color="#FFFFFF", border=1, text_wrap=True,
            border_color="#7F7F7F", valign="vcenter", align="center",
        )

    def _page(self, sheet: Worksheet, name: str) -> None:
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.set_header(f"&L&9{self._department}　修正依頼リスト&R&9{name}")
        sheet.set_footer("&L&9個人情報を含みます。庁外へ持ち出さないでください。&R&9&P / &N")
        sheet.hide_gridlines(2)

    def _cover(self, sheet: Worksheet) -> None:
        self._page(sheet, "表紙")
        for column, width in enumerate((3, 16, 9, 78)):
            sheet.set_column(column, column, width)
        plain = self._format(font_name=_HEAD_FONT)
        bold = self._format(font_name=_HEAD_FONT, bold=True)
        cell = self._format(font_name=_HEAD_FONT, border=1, border_color="#BFBFBF", text_wrap=True, valign="vcenter")
        sheet.write_string(0, 1, "修正依頼リスト", self._format(font_name=_HEAD_FONT, bold=True, font_size=20))
        sheet.set_row(0, 32)
        statistics = self._run.statistics
        facts = (
            ("団体", str(statistics.get("city", {}).get("name", ""))), ("主管課", self._department),
            ("抽出世代", str(statistics.get("generation", ""))), ("基準日", str(statistics.get("as_of", ""))),
        )
        for row, (label, value) in enumerate(facts, 2):
            sheet.write_string(row, 1, label, bold)
            sheet.write_string(row, 2, value, plain)
        counts = dict(self._rows.group_by("state").len().iter_rows())
        row = 7
        row = self._counted(sheet, row, "状態", [(s, counts.get(s, 0), text) for s, text, _ in _STATES], cell)
        open_rows = self._rows.filter(pl.col("state").is_in([REQUESTED, NOT_DONE]))
        kinds = dict(open_rows.group_by("kind").len().iter_rows())
        row = self._counted(sheet, row + 1, "区分（案）", [(k, kinds.get(k, 0), text) for k, text in _KINDS], cell)
        for line in (
            "お願い",
            "1. 移行側では住民票記載事項を書き換えません。依頼中と未反映の行を、現行で履歴を付けて直してください。",
            "2. 直す前に「現値」が画面の値と同じか確かめてください。違うときは直さず、移行事務局へ知らせてください。",
            "3. 区分は案です。軽微・職権・誤記のどれにあたるかは、主管課で決めてください。",
            "4. 支援措置の方と同じ世帯の方の住所は、このリストにも住所一括変更のファイルにも出ません。",
        ):
            row += 1
            sheet.write_string(row, 1, line, bold if line == "お願い" else plain)

    def _counted(
        self, sheet: Worksheet, row: int, heading: str, lines: list[tuple[str, int, str]], cell: Format
    ) -> int:
        for column, name in enumerate((heading, "件数", "意味"), 1):
            sheet.write_string(row, column, name, self._head())
        count_cell = self._format(
            font_name=_HEAD_FONT, border=1, border_color="#BFBFBF", num_format="#,##0", bold=True, align="center",
            valign="vcenter",
        )
        for label, count, text in lines:
            row += 1
            sheet.set_row(row, 20)
            sheet.write_string(row, 1, label, cell)
            sheet.write_number(row, 2, count, count_cell)
            sheet.write_string(row, 3, text, cell)
        return row + 1

    def _table(self, sheet: Worksheet) -> None:
        self._page(sheet, "修正依頼")
        sheet.set_paper(8)  # A3: sixteen columns are too small to read on A4
        for column, (_, _, width) in enumerate(_COLUMNS):
            sheet.set_column(column, column, width)
        title = self._format(font_name=_HEAD_FONT, bold=True, font_size=14)
        sheet.write_string(0, 0, f"修正依頼　（{self._rows.height:,}件）", title)
        sheet.set_row(0, 22)
        for column, (heading, _, _) in enumerate(_COLUMNS):
            sheet.write_string(2, column, heading, self._head())
        colours = {state: colour for state, _, colour in _STATES}
        for number, row in enumerate(self._rows.iter_rows(named=True), 3):
            lines = 1
            for column, (_, field, width) in enumerate(_COLUMNS):
                colour = {"bg_color": colours[row["state"]]} if field == "state" else {}
                text = str(row[field] or "") if field else ""
                wrapped = self._format(border=1, border_color="#BFBFBF", text_wrap=True, **colour)
                sheet.write_string(number, column, text, wrapped)
                lines = max(lines, -(-2 * len(text) // int(width)))
            sheet.set_row(number, 17 * min(lines, 12))
        last = 2 + max(self._rows.height, 1)
        sheet.autofilter(2, 0, last, len(_COLUMNS) - 1)
        sheet.freeze_panes(3, 3)
        sheet.repeat_rows(2)
        sheet.print_area(0, 0, last, len(_COLUMNS) - 1)
