"""The 移行検証報告書: RPT-01 to RPT-21 as one workbook, a sheet each; what was not tried says 未実施.

Values of residents are masked: a sheet shows counts, keys and code points. Unmasked it shows the values of a
difference, except 個人番号 and the addresses of 支援措置 (``disclosure``); the caller writes the view to the operation
log.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from pipelines.reports.disclosure import disclose
from pipelines.reports.judgement import (
    CONDITIONAL,
    MISSED,
    NO,
    NONE,
    NOT_DONE,
    PROTECTED_KEY,
    REASONED,
    SUPPORT,
    AreaVerdict,
    changed_criteria,
    figures_of,
    judge_areas,
    read_reconciled,
    standing_issues,
)
from pipelines.reports.run_files import RunFiles
from pipelines.reports.sampling import sampling_sheet

FILE_NAME = "移行検証報告書.xlsx"
LISTED = 2_000
"""Rows of a list; how many there are beyond them stands under it."""
CLASSES = {"A": "A 源泉不備", "B": "B 変換規則", "C": "C 仕様差", "D": "D 取込", "E": "E 許容", "": "未分類"}
MADE = "作成"
A3, A4 = 8, 9
WIDE = 170
"""Signs in a row beyond which a sheet is printed on A3."""
_CREATED = datetime(2000, 1, 1)
_OVERLONG = ("NUM-004", "NAM-023", "ADR-027", "MOJ-021")
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


@dataclass(frozen=True)
class Sheet:
    """One report: number, name, state (差0, 理由付き, 未達, 未実施, or 作成 where nothing is judged), what it says."""

    number: str
    name: str
    state: str
    lead: str
    columns: tuple[tuple[str, float], ...]
    rows: Sequence[Sequence[Any]] = field(default_factory=tuple)
    beyond: int = 0

    @property
    def tab(self) -> str:
        """Name of the tab (at most 31 signs)."""
        return f"{self.number} {self.name}"[:31]


def build_sheets(
    run: RunFiles, areas: Sequence[AreaVerdict], reconciled: Path | None, *, unmasked: bool
) -> list[Sheet]:
    """All reports of a run in their order."""
    return [
        _received(run),
        *_records(run, areas, reconciled),
        *_figures(run, areas, reconciled),
        _items(run, areas, reconciled),
        _distributions(areas, reconciled),
        _characters(run, areas),
        _gaiji(run),
        _changed_glyphs(run),
        _overlong(run),
        _pairs(run),
        _issues(run, areas),
        _useless(run),
        _corrections(run),
        _sampling(run),
        *_compared(areas, reconciled, unmasked=unmasked),
        _support(run, areas),
        _classes(run, reconciled, unmasked=unmasked),
        _rehearsals(run),
        _decision(run, areas),
        _criteria(run),
        _erasures(run),
    ]


def write_verification(
    run: RunFiles,
    out: Path,
    *,
    areas: Sequence[AreaVerdict] | None = None,
    reconciled: Path | None = None,
    unmasked: bool = False,
) -> Path:
    """Write ``移行検証報告書.xlsx``; the same files give the same bytes.

    Args:
        run: The run.
        out: Folder to write to.
        areas: ``judge_areas`` of the run, where the caller has it already.
        reconciled: Folder of ``ikou reconcile``; without it what follows loading is 未実施.
        unmasked: Show the values of differences; the caller has checked the role and logged the view.
    """
    path = out / FILE_NAME
    verdicts = judge_areas(run, reconciled) if areas is None else areas
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": "移行検証報告書", "created": _CREATED})
        _Writer(book, run).write(verdicts, build_sheets(run, verdicts, reconciled, unmasked=unmasked))
    return path


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


def _area(run: RunFiles, area: str) -> str:
    label = run.statistics.get("areas", {}).get(area, {}).get("label", "")
    return f"{area} {label}".strip()


def _state(areas: Sequence[AreaVerdict], *reports: str) -> str:
    """The worst verdict of the gates of some reports over all areas."""
    verdicts = {gate["verdict"] for area in areas for gate in area.gates if gate["report"] in reports}
    return next((verdict for verdict in (MISSED, NOT_DONE, REASONED, NONE) if verdict in verdicts), NOT_DONE)


def _read(run: RunFiles, name: str) -> pl.DataFrame | None:
    path = run.folder / "reconcile" / f"{name}.parquet"
    return pl.read_parquet(path) if path.is_file() else None


def _cut(rows: Iterable[Sequence[Any]], size: int) -> dict[str, Any]:
    return {"rows": [row for _, row in zip(range(LISTED), rows, strict=False)], "beyond": max(0, size - LISTED)}


def _received(run: RunFiles) -> Sheet:
    found = _read(run, "received")
    lead = "受領票の件数・大きさ・SHA-256 と、受け取ったファイルを突き合わせた（合わなければその業務は移行しない）。"
    columns = (
        ("業務", 24),
        ("源泉", 20),
        ("ファイル名", 26),
        ("件数", 12),
        ("バイト数", 14),
        ("SHA-256", 68),
        ("抽出基準日", 12),
        ("判定", 8),
        ("受渡者", 14),
        ("受渡日時", 16),
    )
    if found is None:
        return Sheet("RPT-01", "受領確認書", NOT_DONE, lead, columns)
    rows = [
        (
            _area(run, r["area"]),
            r["source"],
            r["file"],
            r["records"],
            r["size"],
            r["sha256"],
            r["extracted_on"],
            "一致",
            "",
            "",
        )
        for r in found.iter_rows(named=True)
    ]
    failed = [
        (_area(run, a), "", "", None, None, why[:120], "", MISSED, "", "")
        for a, why in sorted(run.statistics.get("failed", {}).items())
    ]
    return Sheet("RPT-01", "受領確認書", MISSED if failed else NONE, lead, columns, [*failed, *rows])


def _records(run: RunFiles, areas: Sequence[AreaVerdict], reconciled: Path | None) -> list[Sheet]:
    columns = (
        ("業務", 24),
        ("ファイル", 24),
        ("受領", 12),
        ("復号", 12),
        ("変換", 12),
        ("除外", 10),
        ("隔離", 10),
        ("集約", 10),
        ("管理", 8),
        ("出力行", 12),
        ("差", 8),
    )
    names = ("received", "decoded", "converted", "excluded", "isolated", "collapsed", "control", "rows", "difference")
    rows = [(_area(run, r["area"]), r["file"], *(r[n] for n in names)) for r in run.records().iter_rows(named=True)]
    reasons = [
        (
            _area(run, r["area"]),
            f"　{r['source']}　{'隔離' if r['fate'] == 'isolated' else '除外'}の理由 {r['reason']}",
            None,
            None,
            None,
            r["records"] if r["fate"] == "excluded" else None,
            r["records"] if r["fate"] == "isolated" else None,
            None,
            None,
            None,
            None,
        )
        for r in run.fates().iter_rows(named=True)
        if r["reason"] and r["fate"] != "converted"
    ]
    first = Sheet(
        "RPT-02",
        "件数照合表",
        _state(areas, "RPT-02"),
        "受領＝復号＝変換＋除外（理由別）＋隔離＋集約。差は行き先のない記録。",
        columns,
        [*rows, *reasons],
    )
    made, loaded = _read(run, "expansion"), read_reconciled(reconciled, "groups")
    after = {} if loaded is None else {(r["area"], r["group_id"]): r for r in loaded.iter_rows(named=True)}
    lines = []
    for r in () if made is None else made.iter_rows(named=True):
        told = after.get((r["area"], r["group_id"]), {})
        got = told.get("loaded")
        verdict = (
            MISSED
            if r.get("outside")
            else NOT_DONE
            if got is None
            else NONE
            if not (told["difference"] or told["missing"] or told["extra"] or told["repeated"])
            else MISSED
        )
        lines.append(
            (
                _area(run, r["area"]),
                r["source"],
                r["group_id"],
                r["declared"],
                r["records"],
                _span(r.get("least"), r.get("most")),
                r["rows"],
                r.get("outside"),
                got,
                told.get("refused"),
                told.get("missing"),
                told.get("extra"),
                told.get("repeated"),
                verdict,
            )
        )
    second = Sheet(
        "RPT-02b",
        "1対N件数と取込件数",
        _state(areas, "RPT-02"),
        "対応表が前もって定めた行数（1:N）と、できた行数、取込後の行数。取込後の再抽出がなければ未実施。",
        (
            ("業務", 24),
            ("源泉", 18),
            ("出力", 18),
            ("定めた行数", 36),
            ("変換した記録", 13),
            ("見込んだ行", 16),
            ("出力行", 12),
            ("見込み外の記録", 14),
            ("取込後", 12),
            ("取込エラー", 11),
            ("欠落", 8),
            ("余分", 8),
            ("重複", 8),
            ("判定", 9),
        ),
        lines,
    )
    return [first, second]


def _span(least: int | None, most: int | None) -> str | None:
    """Rows a mapping's ``rows`` declared, as one number or from … to."""
    if least is None or most is None:
        return None
    return f"{least:,}" if least == most else f"{least:,}〜{most:,}"


def _figures(run: RunFiles, areas: Sequence[AreaVerdict], reconciled: Path | None) -> list[Sheet]:
    loaded = read_reconciled(reconciled, "figures")
    chain = figures_of(run) if loaded is None else loaded
    columns = (
        ("業務", 17),
        ("帳票名", 17),
        ("項目", 16),
        ("区分", 17),
        ("現行帳票値", 14),
        ("源泉復号", 14),
        ("除外", 10),
        ("隔離", 10),
        ("保留", 10),
        ("規則・判断", 10),
        ("出力", 14),
        ("取込後", 14),
        ("源泉−現行", 10),
        ("出力−源泉", 10),
        ("取込−出力", 10),
        ("数でない", 9),
        ("判定", 9),
        ("理由", 18),
    )
    sheets = []
    for number, name, where in (
        ("RPT-03", "金額照合表", pl.col("単位") == "円"),
        ("RPT-04", "人数照合表", pl.col("単位") != "円"),
    ):
        rows = []
        for r in chain.filter(where).iter_rows(named=True):
            gap = r.get("差_取込")
            verdict = MISSED if r["判定"] == "不一致" or gap else r["判定"] if gap is not None else f"{r['判定']}"
            figures = (r[n] if r[n] is not None else NOT_DONE for n in ("現行値", "源泉値"))
            rows.append(
                (
                    _area(run, r["area"]),
                    r["帳票名"],
                    r["項目"],
                    r["区分"],
                    *figures,
                    *(r[n] for n in ("除外値", "隔離値", "保留値", "規則値")),
                    r["出力値"] if r["出力値"] is not None else NOT_DONE,
                    r.get("取込値") if r.get("取込値") is not None else NOT_DONE,
                    r["差_源泉"],
                    r["差_出力"],
                    gap,
                    r["非数値"],
                    verdict,
                    r.get("reason") or "",
                )
            )
        if number == "RPT-04":
            described = chain.select("area", "帳票名", "項目", "区分")
            others = run.controls().join(described, on=["area", "帳票名", "項目", "区分"], how="anti", nulls_equal=True)
            rows += [
                (
                    _area(run, r["area"]),
                    r["帳票名"],
                    r["項目"],
                    r["区分"],
                    r["現行値"] if r["現行値"] is not None else NOT_DONE,
                    "",
                    None,
                    None,
                    None,
                    None,
                    r["移行値"],
                    NOT_DONE,
                    None,
                    r["差"],
                    None,
                    None,
                    r["判定"],
                    "",
                )
                for r in others.iter_rows(named=True)
            ]
        sheets.append(
            Sheet(
                number,
                name,
                _state(areas, number),
                "現行帳票値＝源泉復号＝出力（＋除外・隔離・保留）＝取込後。提出のないものは未実施で、差0ではない。",
                columns,
                **_cut(rows, len(rows)),
            )
        )
    return sheets


def _items(run: RunFiles, areas: Sequence[AreaVerdict], reconciled: Path | None) -> Sheet:
    columns = (
        ("業務", 24),
        ("出力", 18),
        ("項目", 28),
        ("比べた件数", 12),
        ("一致", 12),
        ("説明のつく差", 12),
        ("未説明の差", 12),
        ("値を変えた規則（源泉→出力）", 48),
        ("判定", 9),
    )
    found = read_reconciled(reconciled, "items")
    lead = "取込後の全件・全項目を主キーで出力と比べた。源泉から出力までの変更は規則番号で示す。"
    if found is None or found.is_empty():
        return Sheet("RPT-05", "項目照合表", NOT_DONE, lead, columns)
    rows = [
        (
            _area(run, r["area"]),
            r["group_id"],
            r["item"],
            r["compared"],
            r["same"],
            r["explained"],
            r["unexplained"],
            r["changed_by"],
            NOT_DONE if r["compared"] is None else MISSED if r["unexplained"] else REASONED if r["explained"] else NONE,
        )
        for r in found.iter_rows(named=True)
    ]
    rows.sort(key=lambda row: -(row[6] or 0))
    return Sheet("RPT-05", "項目照合表", _state(areas, "RPT-05"), lead, columns, rows)


def _distributions(areas: Sequence[AreaVerdict], reconciled: Path | None) -> Sheet:
    columns = (
        ("業務", 8),
        ("出力", 18),
        ("項目", 28),
        ("測り方", 22),
        ("出力", 12),
        ("取込後", 12),
        ("増減", 12),
        ("", 10),
    )
    found = read_reconciled(reconciled, "distributions")
    lead = "コード値別件数・空欄・桁数・最小最大の前後。変わったものを上に出す（最小値・最大値は値を載せず、1＝相違）。"
    if found is None or found.is_empty():
        return Sheet("RPT-06", "分布比較表", NOT_DONE, lead, columns)
    moved = found.with_columns(d=pl.col("after").fill_null(0) - pl.col("before").fill_null(0)).sort(
        pl.col("d") != 0, "area", "group_id", "item", "measure", descending=[True, False, False, False, False]
    )
    rows = [
        (r["area"], r["group_id"], r["item"], r["measure"], r["before"], r["after"], r["d"], "確認" if r["d"] else "")
        for r in moved.head(LISTED).iter_rows(named=True)
    ]
    return Sheet("RPT-06", "分布比較表", _state(areas, "RPT-06"), lead, columns, **_cut(rows, moved.height))


def _characters(run: RunFiles, areas: Sequence[AreaVerdict]) -> Sheet:
    columns = (
        ("業務", 8),
        ("出力", 18),
        ("項目", 26),
        ("コードポイント", 14),
        ("字", 6),
        ("受領", 12),
        ("出力数", 12),
        ("増減", 12),
        ("説明", 60),
    )
    paths = sorted((run.folder / "characters").glob("*.parquet"))
    lead = "入った文字と出た文字の数。変わったものだけを載せ、規則・表・判断で説明する。"
    if not paths:
        return Sheet("RPT-07", "文字照合表", NOT_DONE, lead, columns)
    frames = []
    for path in paths:
        counted = (
            pl.scan_parquet(path)
            .group_by("group_id", "item", "code_point")
            .agg(
                before=pl.col("count").filter(pl.col("stage") == "in").sum(),
                after=pl.col("count").filter(pl.col("stage") == "out").sum(),
                by=pl.col("explained_by").first(),
            )
            .filter(pl.col("before") != pl.col("after"))
        )
        frames.append(counted.select(pl.lit(path.stem).alias("area"), pl.all()).collect())
    moved = pl.concat(frames).sort("area", "group_id", "item", "code_point")
    rows = [
        (
            area,
            group,
            item,
            f"U+{code:04X}",
            chr(code) if code >= 0x20 else "",
            before,
            after,
            after - before,
            by or "説明がつかない",
        )
        for area, group, item, code, before, after, by in moved.head(LISTED).iter_rows()
    ]
    return Sheet("RPT-07", "文字照合表", _state(areas, "RPT-07"), lead, columns, **_cut(rows, moved.height))


def _gaiji(run: RunFiles) -> Sheet:
    columns = (
        ("業務", 8),
        ("源泉", 16),
        ("文字コード", 16),
        ("コード", 10),
        ("出現数", 10),
        ("移行後の字", 10),
        ("根拠", 46),
        ("判定者", 12),
        ("承認者", 12),
    )
    paths = sorted((run.folder / "code_tables").glob("*.parquet"))
    lead = "外字・未決の文字の一覧（字形の画像と候補は ikou chars identify の台帳による）。"
    if not paths:
        return Sheet("RPT-08", "外字同定台帳", NOT_DONE, lead, columns)
    codes = pl.concat([pl.read_parquet(path).with_columns(area=pl.lit(path.stem)) for path in paths])
    found = codes.filter(pl.col("user_area") | (pl.col("explained_by") == "")).sort(
        pl.col("explained_by") != "", "area", "source", "code"
    )
    undecided = found.filter(pl.col("explained_by") == "").height
    rows = [
        (
            r["area"],
            r["source"],
            r["code_system"],
            r["code"],
            r["count"],
            r["text"] or "",
            r["explained_by"] or "未判定",
            "",
            "",
        )
        for r in found.head(LISTED).iter_rows(named=True)
    ]
    state = MISSED if undecided else NONE
    return Sheet("RPT-08", "外字同定台帳", state, f"{lead}未判定 {undecided:,}。", columns, **_cut(rows, found.height))


def _changed_glyphs(run: RunFiles) -> Sheet:
    columns = (
        ("業務", 8),
        ("出力", 18),
        ("宛名番号・キー", 24),
        ("項目", 28),
        ("送信先・規則", 24),
        ("旧字", 8),
        ("新字", 8),
    )
    frames = []
    for path in sorted((run.folder / "receivers").glob("*/*/*.names.parquet")):
        frame = pl.read_parquet(path)
        if {"subject", "item"} <= set(frame.columns):
            frames.append(
                frame.select(
                    area=pl.lit(path.parent.name),
                    group=pl.lit(path.name.split(".")[0]),
                    subject=pl.col("subject"),
                    item=pl.col("item"),
                    by=pl.lit(path.parent.parent.name),
                )
            )
    lead = "送信先で字形が変わる人（周知用）。字は文字の確認書と送信先の根拠による。氏名そのものは載せない。"
    if not frames:
        return Sheet(
            "RPT-09", "字形変更対象者一覧", NOT_DONE if not (run.folder / "receivers").is_dir() else MADE, lead, columns
        )
    found = pl.concat(frames).unique().sort("area", "group", "subject", "item", "by")
    rows = [(*r[:4], f"送信先 {r[4]}", "", "") for r in found.head(LISTED).iter_rows()]
    return Sheet("RPT-09", "字形変更対象者一覧", MADE, lead, columns, **_cut(rows, found.height))


def _overlong(run: RunFiles) -> Sheet:
    found = run.issues().filter(pl.col("rule_id").is_in(_OVERLONG)).sort("area_id", "group_id", "item_path", "subject")
    rows = [
        (r["area_id"], r["group_id"], r["item_path"], r["subject"], r["rule_id"], r["owner"])
        for r in found.head(LISTED).iter_rows(named=True)
    ]
    return Sheet(
        "RPT-10",
        "文字超過リスト",
        MADE,
        "桁に収まらない値のある項目。主管課が確かめる。",
        (("業務", 8), ("出力", 18), ("項目", 30), ("キー", 26), ("規則", 10), ("主管課", 16)),
        **_cut(rows, found.height),
    )


def _pairs(run: RunFiles) -> Sheet:
    columns = (
        ("水準", 8),
        ("番号1", 14),
        ("業務", 7),
        ("番号2", 14),
        ("業務", 7),
        ("カナ", 10),
        ("氏名", 10),
        ("生年月日", 12),
        ("性別", 8),
        ("住所", 10),
        ("反証", 26),
        ("点", 8),
    )
    path = run.folder / "links" / "pairs.parquet"
    lead = "同一人の候補（種イ）。種アは指摘 DUP-001 として残り0でなければ移行できない。値は載せない。"
    if not path.is_file():
        return Sheet("RPT-11", "重複候補一覧", NOT_DONE, lead, columns)
    pairs = pl.read_parquet(path).sort(
        "level", "weight", "a_number", "b_number", descending=[False, True, False, False]
    )
    double = standing_issues(run).filter(pl.col("rule_id") == "DUP-001").height
    rows = []
    for r in pairs.head(LISTED).iter_rows(named=True):
        against = [
            text
            for name, text in (("both_present", "双方住民"), ("after_death", "死亡後の異動"), ("one_dead", "一方死亡"))
            if str(r[name] or "") in ("1", "true", "yes", "different")
        ]
        rows.append(
            (
                r["level"] or "",
                r["a_number"],
                r["a_area"],
                r["b_number"],
                r["b_area"],
                r["kana"] or "",
                r["name"] or "",
                r["birth_relation"] or "",
                r["sex_relation"] or "",
                r["place"] or "",
                "、".join(against),
                round(r["weight"] or 0),
            )
        )
    return Sheet(
        "RPT-11",
        "重複候補一覧",
        MISSED if double else MADE,
        f"{lead}種ア {double:,}件。",
        columns,
        **_cut(rows, pairs.height),
    )


def _issues(run: RunFiles, areas: Sequence[AreaVerdict]) -> Sheet:
    left = standing_issues(run)
    found = run.issues().group_by("rule_id").agg(total=pl.len(), severity=pl.col("severity").min())
    open_ = dict(left.group_by("rule_id").len().iter_rows())
    by_rule = {rule: (total, severity) for rule, total, severity in found.iter_rows()}
    told = run.statistics.get("rules", {})
    rows = []
    for rule in sorted({*by_rule, *told}):
        total, severity = by_rule.get(rule, (0, run.rules.get(rule, {}).get("severity", "")))
        cured = int(told.get(rule, {}).get("cured") or 0)
        if total or cured:
            rest = open_.get(rule, 0)
            rows.append(
                (rule, run.rules.get(rule, {}).get("name_ja", ""), severity, total + cured, cured, total - rest, rest)
            )
    return Sheet(
        "RPT-12",
        "不備データ一覧（規則別）",
        _state(areas, "RPT-12"),
        "規則ごとの件数と処置。一件ずつは主管課の確認票にある。重さ E の残りが0か、許容の決裁があること。",
        (("規則", 10), ("名称", 36), ("重さ", 7), ("件数", 11), ("自動で整えた", 13), ("判断済", 10), ("残り", 10)),
        rows,
    )


def _useless(run: RunFiles) -> Sheet:
    issues = run.issues()
    rows = [
        (
            _area(run, r["area"]),
            "不要データ（移行対象外）" if r["fate"] == "excluded" else "不正データ（隔離）",
            r["source"],
            r["reason"],
            r["records"],
        )
        for r in run.fates().iter_rows(named=True)
        if r["fate"] in ("excluded", "isolated")
    ]
    kinds = {"DUP": "重複", "REF": "不整合（表間）", "HSE": "不整合（世帯）", "ARE": "不整合（業務固有）"}
    counted = issues.group_by("area_id", "rule_id").len().sort("area_id", "rule_id")
    for area, rule, count in counted.iter_rows():
        kind = kinds.get(rule[:3], "不正データ（項目）")
        rows.append((_area(run, area), kind, rule, run.rules.get(rule, {}).get("name_ja", ""), count))
    return Sheet(
        "RCN-016",
        "不要・不正データ報告",
        MADE,
        "見つかった不要データ・不正データ・不整合（納品用）。",
        (("業務", 26), ("種別", 24), ("源泉・規則", 16), ("理由・名称", 44), ("件数", 10)),
        rows,
    )


def _corrections(run: RunFiles) -> Sheet:
    asks = {r for r, told in run.rules.items() if told.get("ask") == "fix_at_source"}
    left = standing_issues(run).filter(pl.col("rule_id").is_in(sorted(asks)))
    counted = left.group_by("area_id", "rule_id").len().sort("area_id", "rule_id")
    rows = [(_area(run, a), r, run.rules.get(r, {}).get("name_ja", ""), n) for a, r, n in counted.iter_rows()]
    return Sheet(
        "RPT-13",
        "修正依頼（件数）",
        MADE,
        "源泉で直すもの。一件ずつの修正依頼リストと一括変更CSV（RPT-13b）は ikou issues requests が書く。",
        (("業務", 26), ("規則", 10), ("名称", 40), ("件数", 10)),
        rows,
    )


def _sampling(run: RunFiles) -> Sheet:
    found = sampling_sheet(run)
    rows = [
        (i + 1, r[0], r[3], r[2], r[1], "", "", "", "", "") for i, r in enumerate(found.head(LISTED * 15).iter_rows())
    ]
    strata = found["stratum"].n_unique()
    return Sheet(
        "RPT-14",
        "サンプリング検証票",
        NOT_DONE if rows else MADE,
        f"{strata} 層 {found.height:,}人。旧・新の画面または帳票を見て、判定者が記入する（記入されるまで未実施）。",
        (
            ("番", 7),
            ("層", 34),
            ("抽出条件", 40),
            ("業務", 7),
            ("宛名番号", 14),
            ("画面・帳票番号", 16),
            ("旧値", 16),
            ("新値", 16),
            ("判定", 8),
            ("判定者", 12),
        ),
        rows,
        max(0, found.height - LISTED * 15),
    )


def _key(key: str, group: str) -> str:
    """That somebody is under 支援措置 is told to the person in charge alone."""
    return PROTECTED_KEY if group == SUPPORT else key


def _masked(text: str | None) -> str:
    return "" if text is None else "●" * min(len(text), 12)


def _compared(areas: Sequence[AreaVerdict], reconciled: Path | None, *, unmasked: bool) -> list[Sheet]:
    found, totals = read_reconciled(reconciled, "compared"), read_reconciled(reconciled, "totals")
    sheets = []
    for number, name, lead in (
        ("RPT-15", "帳票比較結果", "旧・新で出した帳票（住民票の写し・納税通知書・課税証明書など）の項目差。"),
        ("RPT-16", "計算比較結果", "税額・保険料などを旧・新で計算した差（対象者数・金額帯・数でない金額を含む）。"),
        ("RCN-014", "住基ネット・中間サーバ", "相手の一覧と、移行した住民の最新の値の差。"),
    ):
        columns = (
            ("業務", 8),
            ("名称", 26),
            ("キー", 22),
            ("項目", 22),
            ("旧", 18),
            ("新", 18),
            ("差", 12),
            ("理由", 30),
            ("分類", 12),
        )
        done = None if totals is None else totals.filter(pl.col("report") == number)
        if found is None or done is None or done.is_empty():
            sheets.append(Sheet(number, name, NOT_DONE, lead, columns))
            continue
        rows: list[Sequence[Any]] = [
            (r["area"], r["name"], "（計）", f"{r['compared']:,}件中 差 {r['different']:,}件", "", "", None, "", "")
            for r in done.iter_rows(named=True)
        ]
        for r in found.filter(pl.col("report") == number).iter_rows(named=True):
            amounts = number == "RPT-16" or unmasked
            gap = _gap(r["before"], r["after"]) if number == "RPT-16" else None
            show = (lambda text: text or "") if amounts else _masked
            rows.append(
                (
                    r["area"],
                    r["name"],
                    _key(r["key"], r.get("group_id", "")),
                    r["item"],
                    show(r["before"]),
                    show(r["after"]),
                    gap,
                    r["reason"],
                    CLASSES[r["class"]],
                )
            )
        sheets.append(Sheet(number, name, _state(areas, number), lead, columns, **_cut(rows, len(rows))))
    return sheets


def _gap(before: str, after: str) -> int | str:
    try:
        return int(after.replace(",", "")) - int(before.replace(",", ""))
    except ValueError:
        return "数でない"


def _support(run: RunFiles, areas: Sequence[AreaVerdict]) -> Sheet:
    columns = (("業務", 24), ("確認", 34), ("現行", 12), ("新", 12), ("差", 8), ("判定", 9), ("", 44))
    controls = run.controls().filter(pl.col("項目") == "支援措置対象者数")
    rows: list[Sequence[Any]] = [
        (
            _area(run, r["area"]),
            f"{r['帳票名']} {r['項目']}（現行＝出力）",
            r["現行値"],
            r["移行値"],
            r["差"],
            r["判定"] if r["判定"] != "不一致" else MISSED,
            "",
        )
        for r in controls.iter_rows(named=True)
    ]
    for area in areas:
        rows += [
            (
                f"{area.area} {area.label}",
                f"{g['item']}（出力＝取込後、対象者の突合）",
                None,
                None,
                g["differences"],
                g["verdict"],
                g["note"],
            )
            for g in area.gates
            if g["report"] == "RPT-17"
        ]
    shown = {row[5] for row in rows}
    loaded = any(g["report"] == "RPT-17" for area in areas for g in area.gates)
    state = MISSED if MISSED in shown else NONE if loaded and shown <= {"一致", NONE} else NOT_DONE
    return Sheet(
        "RPT-17",
        "抑止・支援措置 全数確認書",
        state,
        "全数一致のほかは認めない。対象者の一覧は担当者だけに別に渡す（住所は載せない）。",
        columns,
        rows,
    )


def _classes(run: RunFiles, reconciled: Path | None, *, unmasked: bool) -> Sheet:
    columns = (
        ("業務", 8),
        ("出力", 18),
        ("項目", 24),
        ("種別", 14),
        ("キー", 28),
        ("出力の値", 20),
        ("取込後の値", 20),
        ("説明", 22),
        ("分類", 12),
        ("理由", 28),
        ("判定者", 12),
    )
    found = read_reconciled(reconciled, "differences")
    lead = "取込後との差を A源泉不備・B変換規則・C仕様差・D取込・E許容 に分ける。B と D は直して取り込み直すまで未達。"
    if found is None:
        return Sheet("RPT-18", "差異分類表", NOT_DONE, lead, columns)
    ordered = found.sort(
        pl.col("class").is_in(["", "B", "D"]),
        "area",
        "group_id",
        "item",
        "key",
        descending=[True, False, False, False, False],
    ).head(LISTED)
    if unmasked:
        ordered = _disclosed(run, ordered)
    rows = [
        (
            r["area"],
            r["group_id"],
            r["item"],
            r["kind"],
            _key(r["key"], r["group_id"]),
            *(((r[n] or "") if unmasked else _masked(r[n])) for n in ("before", "after")),
            r["explained_by"],
            CLASSES[r["class"]],
            r["reason"],
            r["by"],
        )
        for r in ordered.iter_rows(named=True)
    ]
    unclassed = found.filter(pl.col("class") == "").height
    state = MISSED if unclassed else REASONED if found.height else NONE
    return Sheet("RPT-18", "差異分類表", state, f"{lead}未分類 {unclassed:,}件。", columns, **_cut(rows, found.height))


def _disclosed(run: RunFiles, rows: pl.DataFrame) -> pl.DataFrame:
    protected = run.keys().filter("support").select("number").drop_nulls().unique().collect()["number"].to_list()
    meanings = run.items.select("area_id", "group_id", "item", "meaning").rename({"area_id": "area"})
    named = rows.join(meanings, on=["area", "group_id", "item"], how="left", maintain_order="left").with_columns(
        item_path=pl.col("item"),
        meaning=pl.col("meaning").fill_null(""),
        protected=pl.col("key").str.contains_any(protected) if protected else pl.lit(False),
    )
    return disclose(named, ("before", "after"))


def _rehearsals(run: RunFiles) -> Sheet:
    previous = run.statistics.get("previous") or {}
    columns = (("項目", 46), ("前回", 16), ("今回", 16), ("増減", 14))
    if not previous:
        return Sheet("RPT-19", "リハーサル比較", NOT_DONE, "比べる前回がない。", columns)
    before = {g["id"]: g for g in previous.get("gates", [])}
    rows: list[Sequence[Any]] = [("抽出世代", previous.get("generation", ""), run.statistics.get("generation", ""), "")]
    for gate in run.statistics.get("gates", []):
        then = before.get(gate["id"], {}).get("value")
        now = gate.get("value")
        known = then is not None and now is not None
        rows.append(
            (
                f"{gate['id']} {gate['item']}",
                then if then is not None else NOT_DONE,
                now if now is not None else NOT_DONE,
                now - then if known else "",
            )
        )
    for key, label in (("total", "指摘の件数"), ("open", "未解決"), ("individual", "個別の判断")):
        then, now = (s.get("issues", {}).get(key) or 0 for s in (previous, run.statistics))
        rows.append((label, then, now, now - then))
    old, new = previous.get("rules", {}), run.statistics.get("rules", {})
    for rule in sorted({*old, *new}):
        then, now = (int(one.get(rule, {}).get("open") or 0) for one in (old, new))
        if then != now:
            rows.append((f"{rule} {run.rules.get(rule, {}).get('name_ja', '')} の残り", then, now, now - then))
    return Sheet(
        "RPT-19",
        "リハーサル比較",
        MADE,
        "前回の実行との比較（所要時間と新規・解消の内訳は ikou compare）。",
        columns,
        rows,
    )


def _decision(run: RunFiles, areas: Sequence[AreaVerdict]) -> Sheet:
    rows: list[Sequence[Any]] = []
    for area in areas:
        rows.append((area.area, area.label, "判定", area.verdict, None, "", "", "", ""))
        rows += [
            (area.area, "", g["item"], g["verdict"], g["differences"], g["note"], g["report"], "", "")
            for g in area.gates
        ]
    for gate in run.statistics.get("gates", []):
        rows.append(
            (
                "全体",
                f"{gate['id']} 基準 {gate['at_most']:,} 以下",
                gate["item"],
                gate["verdict"],
                gate["value"],
                gate.get("if_missed", ""),
                "acceptance",
                gate.get("rollback", ""),
                gate.get("department", ""),
            )
        )
    verdicts = {area.verdict for area in areas}
    state = NO if NO in verdicts else CONDITIONAL if CONDITIONAL in verdicts else "可"
    return Sheet(
        "RPT-20",
        "移行判定書・切戻し条件",
        state,
        "全ての合否と、未達のときの扱い・切戻し条件。会議で決裁する。",
        (
            ("業務", 8),
            ("", 26),
            ("項目", 34),
            ("判定", 9),
            ("差・値", 12),
            ("未達の内容・扱い", 48),
            ("根拠", 11),
            ("切戻し条件", 26),
            ("担当・期限", 18),
        ),
        rows,
    )


def _criteria(run: RunFiles) -> Sheet:
    rows = [(r["gate"], r["what"], r["before"], r["now"]) for r in changed_criteria(run)]
    previous = (run.statistics.get("previous") or {}).get("gates")
    return Sheet(
        "RPT-20b",
        "判定基準の変更",
        MADE if previous else NOT_DONE,
        "acceptance.yml が前回の実行から変わったところ（合意は移行リハーサルの前にする）。",
        (("門", 8), ("変わったもの", 20), ("前回", 50), ("今回", 50)),
        rows,
    )


def _erasures(run: RunFiles) -> Sheet:
    columns = (
        ("世代", 20),
        ("場所", 40),
        ("手段", 60),
        ("ファイル数", 12),
        ("残存", 8),
        ("実施者", 14),
        ("立会者", 14),
        ("日時", 20),
    )
    rows = []
    for path in sorted((run.folder.parent.parent / "erasures").glob("*/*.json")) + sorted(
        (run.folder.parent.parent / "erasures").glob("*.json")
    ):
        told = json.loads(path.read_text("utf-8"))
        if "generation" in told and "files" in told:
            rows.append(
                (
                    told["generation"],
                    told["place"],
                    told["means"],
                    len(told["files"]),
                    told["left"],
                    told["by"],
                    told["witness"],
                    told["at"],
                )
            )
    return Sheet(
        "RPT-21",
        "削除証明・受払簿",
        MADE if rows else NOT_DONE,
        "消去した世代（証明書と受払簿は ikou erase が書く）。",
        columns,
        rows,
    )
