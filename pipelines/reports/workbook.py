"""The 確認票: one Excel workbook per 主管課, answered by clerks and read back into the ledger.

Every cell is text or a number, never a formula; key cells are locked; the same run gives the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from pipelines.ledger.events import DUPLICATES, TWO_PERSONS
from pipelines.reports.run_files import RunFiles, open_run
from pipelines.reports.sheets import (
    ANSWER,
    ANSWERED_BY,
    CERTIFIED_MARK,
    CHOICES,
    COVER,
    DEADLINE,
    FORMAT,
    HEADER_ROW,
    IDENTITY,
    ISSUE_ID,
    NEW_VALUE,
    REASON,
    RULES,
    SHEETS,
    VALUE_HASH,
    Sheet,
)
from pipelines.reports.work_list import asked, build_work_list, kinds

# A fixed moment: the file's own time would make two equal runs differ.
_CREATED = datetime(2000, 1, 1)

_TEXT_FONT = "游明朝"  # shows the kanji outside the basic plane (𠮷) and 髙; viewers without it fall back to ＭＳ 明朝
_HEAD_FONT = "游ゴシック"

_ANSWER_WIDTHS = {ANSWER: 19, NEW_VALUE: 15, REASON: 20, ANSWERED_BY: 10, DEADLINE: 11}

_LINE = 15.5  # points
_MOST_LINES = 26  # Excel's highest row has 409 points

_DECIDED_STATES = ("承認済", "依頼中")


def write_workbooks(
    run_dir: Path, out_dir: Path | None = None, *, decisions: pl.DataFrame | None = None,
    work_list: pl.DataFrame | None = None,
) -> list[Path]:
    """Write one ``確認票_<主管課>.xlsx`` per department that has an area or an issue.

    Args:
        run_dir: Folder of the run.
        out_dir: Where to write; None is the run's ``reports`` folder.
        decisions: The ledger's decisions of now; None takes those frozen into the run.
        work_list: ``build_work_list`` of the same run and decisions, where the caller has it already.

    Returns:
        Paths written, ordered by department.
    """
    run = open_run(run_dir)
    out = run_dir / "reports" if out_dir is None else out_dir
    out.mkdir(parents=True, exist_ok=True)
    rows = build_work_list(run, decisions) if work_list is None else work_list
    named = set(run.statistics.get("departments", {}))
    written = []
    for department in sorted(named | set(rows["department"].unique())):
        path = out / f"確認票_{_file_name(department)}.xlsx"
        _Workbook(path, run, department, rows.filter(pl.col("department") == department)).write()
        written.append(path)
    return written


def sheet_rows(rows: pl.DataFrame, sheet: Sheet) -> pl.DataFrame:
    """What a sheet shows of the asked rows: kinds first where it has any, then single rows by person.

    Returns:
        One column per heading of the sheet (text as displayed, counts as integers) and the hidden ``issue_id`` and
        ``value_hash`` (of the kind where a row stands for one); ``due`` and ``has_candidate`` beside them.
    """
    mine = rows.filter(pl.col("sheet") == sheet.number)
    grouped = kinds(mine).with_columns(
        pl.format("まとめ {}人", "people").alias("number"), pl.lit("").alias("household"), pl.lit("").alias("name"),
        pl.lit("").alias("record_key"),
        pl.col("examples").alias("before"), pl.lit("").alias("candidate"), pl.lit("").alias("evidence"),
        pl.lit("").alias("state"), pl.col("kind_id").alias(ISSUE_ID), pl.col("kind_hash").alias(VALUE_HASH),
    )
    single = mine.filter(~pl.col("by_kind")).with_columns(
        pl.lit(1, dtype=pl.UInt32).alias("count"), (pl.col("proposed").fill_null("") != "").alias("has_candidate"),
        pl.col("state").replace_strict({"未判断": ""}, default=pl.col("state")).alias("state"),
    )
    fields = [column.field for column in sheet.columns]
    wanted = [*fields, ISSUE_ID, VALUE_HASH, "due", "has_candidate"]
    frames = [grouped.select(wanted)]
    if not sheet.per_kind:
        frames.append(single.select(wanted))
    return (
        pl.concat(frames, how="vertical_relaxed")
        .with_columns(
            pl.when("certified").then(pl.lit(CERTIFIED_MARK)).otherwise(pl.lit("")).alias("certified")
            if "certified" in fields else pl.lit(None).alias("_unused")
        )
        .select(wanted)
        .rename({column.field: column.heading for column in sheet.columns})
    )


class _Workbook:
    """Writes one workbook row by row (xlsxwriter keeps one row in memory)."""

    def __init__(self, path: Path, run: RunFiles, department: str, rows: pl.DataFrame) -> None:
        self._run, self._department, self._rows = run, department, rows
        self._asked = asked(rows)
        self._tables = {sheet.number: sheet_rows(self._asked, sheet) for sheet in SHEETS}
        self._book = xlsxwriter.Workbook(str(path), {
            "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False,
        })
        self._book.set_properties({
            "title": f"移行 確認票 {department}", "created": _CREATED, "author": "ikou", "comments": FORMAT,
        })
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def write(self) -> None:
        # 表紙 first, so that it is what opens; constant_memory asks for sheets and rows in order.
        sheets = {name: self._book.add_worksheet(name) for name in (
            COVER, *(sheet.name for sheet in SHEETS), RULES, CHOICES, IDENTITY,
        )}
        self._cover(sheets[COVER])
        for sheet in SHEETS:
            self._work(sheets[sheet.name], sheet, self._tables[sheet.number])
        self._explain(sheets[RULES])
        self._choices(sheets[CHOICES])
        self._identity(sheets[IDENTITY])
        sheets[COVER].activate()
        self._book.close()

    def _format(self, **properties: Any) -> Format:
        # Number format 49 is text: a cell that somebody edits and leaves with Enter still does not become a formula.
        base = {"font_name": _TEXT_FONT, "font_size": 11, "valign": "top", "num_format": 49}
        merged = base | properties
        key = tuple(sorted(merged.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(merged)
        return self._formats[key]

    def _head(self, **properties: Any) -> Format:
        return self._format(**({
            "font_name": _HEAD_FONT, "bold": True, "bg_color": "#1F4E79", "font_color": "#FFFFFF", "border": 1,
            "border_color": "#7F7F7F", "text_wrap": True, "valign": "vcenter", "align": "center",
        } | properties))

    def _page(self, sheet: Worksheet, name: str, *, landscape: bool = True) -> None:
        if landscape:
            sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.set_header(f"&L&9{self._department}　移行 確認票&R&9{name}")
        sheet.set_footer("&L&9個人情報を含みます。庁外へ持ち出さないでください。&R&9&P / &N")

    def _protect(self, sheet: Worksheet) -> None:
        sheet.protect("", {
            "autofilter": True, "format_columns": True, "format_rows": True, "select_locked_cells": True,
            "select_unlocked_cells": True,
        })

    def _due(self) -> str:
        dues = sorted(value for value in self._rows["due"].unique() if value)
        declared = self._run.statistics.get("departments", {}).get(self._department, {}).get("due") or ""
        return dues[0] if dues else str(declared)

    def _cover(self, sheet: Worksheet) -> None:
        self._page(sheet, COVER)
        sheet.hide_gridlines(2)
        for column, width in enumerate((3, 18, 11, 44, 13, 48)):
            sheet.set_column(column, column, width)
        statistics = self._run.statistics
        plain = self._format(font_name=_HEAD_FONT)
        bold = self._format(font_name=_HEAD_FONT, bold=True)
        sheet.write_string(0, 1, "データ移行 確認票", self._format(font_name=_HEAD_FONT, bold=True, font_size=20))
        sheet.set_row(0, 32)
        city = str(statistics.get("city", {}).get("name", ""))
        facts = (
            ("団体", city), ("主管課", self._department), ("業務", self._area_labels()),
            ("抽出世代", str(statistics.get("generation", ""))),
            ("基準日", _japanese_date(str(statistics.get("as_of", "")))),
        )
        row = 2
        for label, value in facts:
            sheet.write_string(row, 1, label, bold)
            sheet.write_string(row, 2, value, plain)
            row += 1
        row += 1
        due = self._due()
        row_counts = {sheet_.number: self._tables[sheet_.number].height for sheet_ in SHEETS}
        must = sum(count for number, count in row_counts.items() if number != SHEETS[-1].number)
        until = f"、{_japanese_date(due)}までに" if due else ""
        headline = f"お願い：{must:,}行に{until}回答してください。" if must else "回答が必要なものはありません。"
        sheet.write_string(row, 1, headline, self._format(
            font_name=_HEAD_FONT, bold=True, font_size=14, font_color="#C00000" if must else "#1F4E79"))
        sheet.set_row(row, 24)
        row += 2
        for column, heading in enumerate(("シート", "行数", "お願いすること", "回答期限", "回答がないとき"), 1):
            sheet.write_string(row, column, heading, self._head())
        row += 1
        cell = self._format(border=1, border_color="#BFBFBF", text_wrap=True, font_name=_HEAD_FONT, valign="vcenter")
        count_cell = self._format(border=1, border_color="#BFBFBF", font_name=_HEAD_FONT, num_format="#,##0",
                                  font_size=12, bold=True, valign="vcenter", align="center")
        for work in SHEETS:
            number = row_counts[work.number]
            mine = self._asked.filter(pl.col("sheet") == work.number)
            blocking = mine.filter(pl.col("blocks") == "release").height
            consequence = work.unanswered
            if mine.height != number:
                consequence = f"{consequence}（件数では{mine.height:,}件）"
            if blocking:
                consequence += f" 引渡しを止めるものが{blocking:,}件あり、片づくまで切替えできません。"
            sheet.write_url(row, 1, f"internal:'{work.name}'!A1", self._format(
                border=1, border_color="#BFBFBF", font_name=_HEAD_FONT, font_color="#0563C1", underline=1, bold=True,
                valign="vcenter"), work.name)
            sheet.write_number(row, 2, number, count_cell)
            sheet.write_string(row, 3, work.task, cell)
            sheet.write_string(row, 4, "なし" if work is SHEETS[-1] else _short_date(due), cell)
            sheet.write_string(row, 5, consequence, cell)
            sheet.set_row(row, 17 * max(2, _lines(consequence, 46)))
            row += 1
        row += 1
        states = dict(self._rows.group_by("state").len().sort("state").iter_rows())
        decided = sum(states.get(state, 0) for state in _DECIDED_STATES)
        lines = [
            f"これまでに決まったもの：{decided:,}件（承認済 {states.get('承認済', 0):,}、修正依頼中 "
            f"{states.get('依頼中', 0):,}）。この確認票には載せていません。",
        ]
        if states.get("起案中"):
            lines.append(f"承認を待っているもの：{states['起案中']:,}件。この確認票には載せていません。")
        again = [f"{name} {states[name]:,}件" for name in ("失効", "期限切れ", "却下", "未反映") if states.get(name)]
        if again:
            lines.append(
                f"もう一度お尋ねするもの：{'、'.join(again)}。「失効」は、前に決めたあとで値が変わったものです。"
            )
        lines += [
            "", "回答のしかた",
            "1. 黄色の欄だけに記入できます。「回答」は欄の右の▼から選びます。ほかの欄は変えられません。",
            "2. 「このままでよい」「期限まで許容する」などは「根拠」が要ります（例：戸籍で確認、本人届出のとおり）。",
            "3. 並べ替えずに、見出しの▼で絞り込んで使えます。空けておいた行は、回答なしとして残ります。",
            "4. 記入した確認票を移行事務局へ戻すと「起案」として記録され、別の方の承認（決裁）で決まります。",
            "5. 「住民票記載事項」に○がある項目は、移行側では値を書き換えません。直すときは現行システムで直します。",
            "6. 支援措置の方と同じ世帯の方の住所、すべての方の個人番号は、この確認票には出ません。",
        ]
        for line in lines:
            sheet.write_string(row, 1, line, bold if line == "回答のしかた" else plain)
            row += 1
        self._protect(sheet)

    def _area_labels(self) -> str:
        areas = self._run.statistics.get("areas", {})
        declared = self._run.statistics.get("departments", {}).get(self._department, {}).get("areas", ())
        ids = sorted({*declared, *self._rows["area_id"].unique().drop_nulls()})
        return "、".join(f"{areas.get(id_, {}).get('label', '')}（{id_}）" for id_ in ids)

    def _work(self, sheet: Worksheet, work: Sheet, table: pl.DataFrame) -> None:
        headings = [column.heading for column in work.columns]
        answers = work.answer_columns()
        first_answer = len(headings)
        hidden = first_answer + len(answers)
        self._page(sheet, work.name)
        sheet.hide_gridlines(2)
        for index, column in enumerate(work.columns):
            sheet.set_column(index, index, column.width)
        for index, name in enumerate(answers, first_answer):
            sheet.set_column(index, index, _ANSWER_WIDTHS[name])
        sheet.set_column(hidden, hidden + 1, 34, None, {"hidden": True})
        sheet.write_string(0, 0, f"{work.name}　（{table.height:,}行）",
                           self._format(font_name=_HEAD_FONT, bold=True, font_size=14))
        sheet.set_row(0, 22)
        sheet.write_string(1, 0, work.task, self._format(font_name=_HEAD_FONT))
        sheet.write_string(2, 0, f"回答がないとき：{work.unanswered}", self._format(font_name=_HEAD_FONT))
        sheet.set_row(HEADER_ROW, 34)
        for index, heading in enumerate(headings):
            sheet.write_string(HEADER_ROW, index, heading, self._head())
        for index, name in enumerate(answers, first_answer):
            sheet.write_string(HEADER_ROW, index, name, self._head(bg_color="#BF8F00"))
        for offset, name in enumerate((ISSUE_ID, VALUE_HASH)):
            sheet.write_string(HEADER_ROW, hidden + offset, name, self._head())
        last = HEADER_ROW + max(table.height, 1)
        self._cells(sheet, work, table, answers)
        # The first three columns (person) or two (kind) stay in sight with the headings.
        sheet.freeze_panes(HEADER_ROW + 1, 2 if work.per_kind else 3)
        sheet.repeat_rows(HEADER_ROW)
        sheet.print_area(0, 0, last, hidden - 1)
        sheet.autofilter(HEADER_ROW, 0, last, hidden - 1)
        if table.height:
            self._drop_down(sheet, work, first_answer, last)
        self._protect(sheet)

    def _cells(self, sheet: Worksheet, work: Sheet, table: pl.DataFrame, answers: tuple[str, ...]) -> None:
        common = {"border": 1, "border_color": "#BFBFBF", "text_wrap": True}
        shades = [self._format(**common), self._format(**common, bg_color="#EEF3F8")]
        numbers = [self._format(**common, num_format="#,##0"),
                   self._format(**common, num_format="#,##0", bg_color="#EEF3F8")]
        marks = [self._format(**common, align="center"), self._format(**common, align="center", bg_color="#EEF3F8")]
        answer = self._format(**common, bg_color="#FFF9DB", locked=False)
        key = self._format(font_size=8, font_color="#7F7F7F")
        kinds_of_cell = [
            "count" if column.field in ("count", "people", "blocking")
            else "mark" if column.field in ("certified", "state") else "text"
            for column in work.columns
        ]
        width = len(work.columns)
        # ⑤ asks for nothing by a day.
        due_at = -1 if work is SHEETS[-1] else answers.index(DEADLINE) + width
        room = [column.width - 1 for column in work.columns]
        band, person = 0, None
        for offset, row in enumerate(table.iter_rows()):
            number = HEADER_ROW + 1 + offset
            # Rows of one person share a shade.
            if person != row[0] or work.per_kind:
                band, person = 1 - band, row[0]
            # Not every viewer grows rows by itself.
            sheet.set_row(number, _LINE * max(
                _lines(text, room[index]) for index, text in enumerate(row[:width]) if isinstance(text, str)
            ) + 4)
            for index, kind in enumerate(kinds_of_cell):
                if kind == "count":
                    sheet.write_number(number, index, row[index], numbers[band])
                else:
                    sheet.write_string(number, index, row[index], (marks if kind == "mark" else shades)[band])
            for index in range(width, width + len(answers)):
                if index == due_at and row[width + 2]:
                    sheet.write_string(number, index, row[width + 2], answer)
                else:
                    sheet.write_blank(number, index, None, answer)
            sheet.write_string(number, width + len(answers), row[width], key)
            sheet.write_string(number, width + len(answers) + 1, row[width + 1], key)

    def _drop_down(self, sheet: Worksheet, work: Sheet, column: int, last: int) -> None:
        all_, certified = (_choice_range(work, certified=flag) for flag in (False, True))
        headings = [column_.field for column_ in work.columns]
        source = f"={all_}"
        if all_ != certified and "certified" in headings:
            mark = f"${xl_col_to_name(headings.index('certified'))}{HEADER_ROW + 2}"
            source = f'=IF({mark}="{CERTIFIED_MARK}",{certified},{all_})'
        if work.for_pairs and "rule" in headings:
            rule = f"${xl_col_to_name(headings.index('rule'))}{HEADER_ROW + 2}"
            # One number on two persons is no pair: there is nothing to link, and to call them two is the finding.
            pair = f'AND(ISNUMBER(SEARCH("{DUPLICATES}",{rule})),ISERROR(SEARCH("{TWO_PERSONS}",{rule})))'
            source = f"=IF({pair},{_pair_range(work)},{source[1:]})"
        sheet.data_validation(HEADER_ROW + 1, column, last, column, {
            "validate": "list", "source": source, "error_title": "回答", "error_message": "▼から選んでください。",
            "ignore_blank": True,
        })

    def _explain(self, sheet: Worksheet) -> None:
        self._page(sheet, RULES)
        sheet.hide_gridlines(2)
        for column, width in enumerate((11, 26, 84, 10)):
            sheet.set_column(column, column, width)
        sheet.write_string(0, 0, "この確認票の規則", self._format(font_name=_HEAD_FONT, bold=True, font_size=14))
        for column, heading in enumerate(("規則", "名称", "何を確かめたか", "件数")):
            sheet.write_string(2, column, heading, self._head())
        cell = self._format(border=1, border_color="#BFBFBF", text_wrap=True)
        count = self._format(border=1, border_color="#BFBFBF", num_format="#,##0")
        sizes = self._asked.group_by("rule_id").len().sort("rule_id")
        for row, (rule, size) in enumerate(sizes.iter_rows(), 3):
            text: Mapping[str, Any] = self._run.rules.get(rule, {})
            sheet.set_row(row, _LINE * _lines(str(text.get("description") or ""), 82) + 4)
            sheet.write_string(row, 0, rule, cell)
            sheet.write_string(row, 1, str(text.get("name_ja") or ""), cell)
            sheet.write_string(row, 2, str(text.get("description") or ""), cell)
            sheet.write_number(row, 3, size, count)
        sheet.repeat_rows(2)
        self._protect(sheet)

    def _choices(self, sheet: Worksheet) -> None:
        columns = [
            [choice.label for choice in work.offered(certified=flag)] for work in SHEETS for flag in (False, True)
        ]
        columns += [[choice.label for choice in work.for_pairs] for work in SHEETS if work.for_pairs]
        for row in range(max(len(labels) for labels in columns)):
            for column, labels in enumerate(columns):
                if row < len(labels):
                    sheet.write_string(row, column, labels[row])
        self._protect(sheet)
        sheet.very_hidden()

    def _identity(self, sheet: Worksheet) -> None:
        facts = (
            ("format", FORMAT), ("fingerprint", str(self._run.statistics.get("fingerprint", ""))),
            ("department", self._department), ("generation", str(self._run.statistics.get("generation", ""))),
        )
        for row, (name, value) in enumerate(facts):
            sheet.write_string(row, 0, name)
            sheet.write_string(row, 1, value)
        self._protect(sheet)
        sheet.very_hidden()


def _choice_range(work: Sheet, *, certified: bool) -> str:
    column = xl_col_to_name(2 * SHEETS.index(work) + certified)
    if work.offered(certified=True) == work.offered(certified=False):
        column = xl_col_to_name(2 * SHEETS.index(work))
    return f"{CHOICES}!${column}$1:${column}${len(work.offered(certified=certified))}"


def _pair_range(work: Sheet) -> str:
    before = [one for one in SHEETS[: SHEETS.index(work)] if one.for_pairs]
    column = xl_col_to_name(2 * len(SHEETS) + len(before))
    return f"{CHOICES}!${column}$1:${column}${len(work.for_pairs)}"


@lru_cache(maxsize=65_536)
def _lines(text: str, width: float) -> int:
    """Lines that a text needs in a column of ``width`` half-width characters."""
    # In UTF-8 a full-width character takes three bytes: half of the surplus bytes is its second half-width place.
    return min(_MOST_LINES, sum(
        max(1, math.ceil((len(line) + (len(line.encode()) - len(line)) / 2) / width)) for line in text.split("\n")
    ))


def _file_name(department: str) -> str:
    return "".join("_" if sign in '/\\:*?"<>|' or ord(sign) < 0x20 else sign for sign in department)


def _japanese_date(iso: str) -> str:
    parts = iso.split("-")
    return f"{int(parts[0])}年{int(parts[1])}月{int(parts[2])}日" if len(parts) == 3 else iso


def _short_date(iso: str) -> str:
    parts = iso.split("-")
    return f"{int(parts[1])}月{int(parts[2])}日" if len(parts) == 3 else iso


