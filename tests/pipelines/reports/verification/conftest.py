"""A canary run with every table that the 移行検証報告書 reads, and what ``ikou reconcile`` says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.flows.code_tables import NOTED_SCHEMA
from pipelines.flows.evidence import EXPANSION
from pipelines.reconciliation.group_comparison import DISTRIBUTION_SCHEMA, GROUP_SCHEMA, ITEM_SCHEMA
from pipelines.reconciliation.reconcile_run import (
    BAND_SCHEMA,
    CLASSED_SCHEMA,
    COMPARED_SCHEMA,
    GATE_SCHEMA,
    LOADED_FIGURES,
    TOTALS_SCHEMA,
)
from pipelines.reports.judgement import judge_areas
from pipelines.reports.run_files import RunFiles, open_run
from pipelines.reports.verification import Sheet, build_sheets
from pipelines.steps.figures import CHAIN_SCHEMA
from rules.reconciliation.amounts import judged

SHELTERED = "0000000203"
MY_NUMBER = "123456789018"


def _write(folder: Path, name: str, rows: list[tuple[Any, ...]], schema: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(folder / f"{name}.parquet")


def _figures() -> pl.DataFrame:
    known = [
        {"area": "010", "帳票名": "調定簿", "項目": "調定額", "区分": "", "単位": "円", "現行値": 100, "源泉値": 101,
         "出力値": 101, "非数値": 0},
        {"area": "001", "帳票名": "人口統計表", "項目": "国籍別人口", "区分": "外国人住民/ベトナム", "単位": "人",
         "現行値": 7, "源泉値": 7, "出力値": 7, "非数値": 0},
    ]  # fmt: skip
    return judged(pl.DataFrame(known, schema=CHAIN_SCHEMA))


def fill_run(folder: Path) -> Path:
    """Add to a canary run what only this workbook reads."""
    statistics = json.loads((folder / "statistics.json").read_text("utf-8"))
    statistics["areas"]["001"] |= {
        "groups": {"resident": "住民情報", "support_measure": "支援措置情報"}, "sources": {"jumin": "住民マスタ"},
    }  # fmt: skip
    (folder / "statistics.json").write_text(json.dumps(statistics, ensure_ascii=False), encoding="utf-8")
    items = json.loads((folder / "items.json").read_text("utf-8"))
    for item in items:
        item |= {"key": 0 if item["item"] == "宛名番号" else -1, "length": 20}
    (folder / "items.json").write_text(json.dumps(items, ensure_ascii=False), encoding="utf-8")
    _figures().write_parquet(folder / "reconcile" / "figures.parquet")
    expansion = [
        ("001", "jumin", "resident", "1:1", 10, 10, None, None, None),
        ("010", "tax", "instalment", "1:1〜2　繰返し 期別", 10, 14, 10, 20, 0),
        ("010", "tax", "levy", "1:N　項目 件数 の数", 10, 9, 9, 9, 2),
    ]
    _write(folder / "reconcile", "expansion", expansion, EXPANSION)
    received = [("001", "jumin", "JUMIN_EAST.dat", 107, 88_810, "ab" * 32, "2026-01-15")]
    names = ("area", "source", "file", "records", "size", "sha256", "extracted_on")
    _write(folder / "reconcile", "received", received,
           dict.fromkeys(names, pl.String) | {"records": pl.Int64, "size": pl.Int64})  # fmt: skip
    ages = [
        ("1", "亀田町", 30, "1", 2),
        ("1", "亀田町", 30, "2", 3),
        ("1", "亀田町", 50, "2", 9),
        ("1", "カナリア町", 50, "2", 9),
        (None, None, None, None, 1),
    ]
    _write(folder / "reconcile", "ages", ages,
           {"区": pl.String, "町字": pl.String, "年齢階級": pl.Int64, "性別": pl.String, "人数": pl.Int64})  # fmt: skip
    codes = [
        ("jumin", "gaiji/east.csv", "jef-kana", "double", "80A1", "髙", "外字対応表 east.csv:2", None, None, True, 3,
         "デザイン差", "外字台帳（見本）", "2025-10-01"),
        ("jumin", "gaiji/east.csv", "jef-kana", "double", "80AF", None, "", None, None, True, 1, "", "", ""),
    ]  # fmt: skip
    _write(folder / "code_tables", "001", codes, NOTED_SCHEMA)
    receiver = folder / "receivers" / "chukan"
    names = ("subject", "item", "standard", "written", "outcome")
    changed = [
        ("0000000101/1", "氏名", "髙橋　太郎", "高橋　太郎", "shrunk"),
        ("0000000101/2", "氏名", "髙橋　太郎", "高橋　太郎", "shrunk"),
        (f"{SHELTERED}/1", "氏名", "𠮷田　花子", None, "held"),
    ]
    _write(receiver / "001", "resident.names", changed, dict.fromkeys(names, pl.String))
    (receiver / "summary.json").write_text(
        json.dumps({"id": "chukan", "label": "中間サーバ", "otherwise": "hold", "groups": {}}), encoding="utf-8"
    )
    (folder / "receivers" / "characters.csv").write_text(
        "原コード,文字,符号位置,chukanの字,chukanの根拠\njumin:80A1,髙,U+9AD9,高,JIS包摂規準\njumin:80A4,𠮷,U+20BB7,,未決\n",
        encoding="utf-8-sig",
    )
    pair = {
        "a_number": "0000000101", "a_area": "001", "b_number": "0000000203", "b_area": "031", "level": "A",
        "weight": 43.2, "kana": "equal", "name": "equal", "birth_relation": "one_digit", "sex_relation": "different",
        "place": "past", "my_number": "unknown", "both_present": "yes", "after_death": "no", "one_dead": "no",
        "a_subject": "0000000101/1", "b_subject": "0000000203", "a_no_sharing": None, "b_no_sharing": None,
        "survivor": "0000000101",
    }  # fmt: skip
    (folder / "links").mkdir()
    pl.DataFrame([pair]).write_parquet(folder / "links" / "pairs.parquet")
    return folder


def write_reconciled(folder: Path) -> Path:
    """What ``ikou reconcile`` writes, with a resident's values wherever a table may hold one."""
    groups = [("001", "resident", 10, 9, 0, 1, 0, 0, 1), ("010", "instalment", 14, 14, 0, 0, 0, 0, 0)]
    _write(folder, "groups", groups, GROUP_SCHEMA)
    items = [("001", "resident", "氏名", 9, 8, 0, 1, "NAM-002"), ("001", "resident", "性別", 9, 9, 0, 0, "")]
    _write(folder, "items", items, ITEM_SCHEMA)
    town = ("001", "resident", "住所_町字", "値の差")
    differences = [
        ("001", "resident", "氏名", "文字の破損", "0000000101/1", "髙橋　太郎", "〓橋　太郎", "", "", "", ""),
        (*town, f"{SHELTERED}/1", "カナリア町", "マーカー町", "", "C", "仕様", "鈴木"),
        (*town, "0000000204/1", "カナリア町", "マーカー町", "", "C", "仕様", "鈴木"),
        (*town, "0000000305/1", "カナリア町", "マーカー町", "", "E", "許容", "鈴木"),
        ("001", "resident", "備考", "値の差", "0000000101/1", f"番号は {MY_NUMBER}", "", "", "E", "許容", "鈴木"),
        ("001", "support_measure", "", "欠落", f"{SHELTERED}/1", None, None, "", "", "", ""),
    ]
    _write(folder, "differences", differences, CLASSED_SCHEMA)
    distributions = [
        ("001", "resident", "性別", "値 1", 5, 5),
        ("001", "resident", "性別", "値 髙橋　太郎", 0, 1),
        ("001", "resident", "氏名", "空欄", 1000, 1001),
    ]
    _write(folder, "distributions", distributions, DISTRIBUTION_SCHEMA)
    compared = [
        ("001", "RPT-15", "住民票の写し", "0000000101", "氏名", "髙橋　太郎", "高橋　太郎", "", ""),
        ("001", "RPT-15", "住民票の写し", SHELTERED, "住所", "カナリア町", "マーカー町", "", ""),
        ("010", "RPT-16", "所得割", "0000000101", "税額", "12,000", "12100", "", ""),
        ("010", "RPT-16", "所得割", "0000000102", "税額", "髙橋　太郎", "100", "", ""),
        ("001", "RCN-014", "住基ネット", "0000000305", "氏名", "渡邉　一郎", "渡辺　一郎", "", "C"),
    ]
    _write(folder, "compared", compared, COMPARED_SCHEMA)
    totals = [
        ("001", "RPT-15", "住民票の写し", 4, 2),
        ("010", "RPT-16", "所得割", 9, 2),
        ("001", "RCN-014", "住基ネット", 1, 1),
    ]
    _write(folder, "totals", totals, TOTALS_SCHEMA)
    levy = ("010", "所得割", "税額")
    bands = [(*levy, "数でない", 1, 1, 1, 0, 0), (*levy, "1万円〜5万円未満", 7, 8, 1, 100, 100)]
    _write(folder, "bands", bands, BAND_SCHEMA)
    gates = [("001", "RPT-05", "RCN-004", "項目値", "未達", 1, "resident 氏名 文字の破損 キー 0000000101/1"),
             ("001", "RPT-17", "RCN-015", "抑止・支援措置の全数", "未達", 1, "support_measure 欠落"),
             ("010", "RPT-16", "RCN-009", "計算比較", "未達", 2, "所得割 税額 キー 0000000101")]  # fmt: skip
    _write(folder, "gates", gates, GATE_SCHEMA)
    ages = [("取込後", 30, "男", 2), ("取込後", 30, "女", 2), ("取込後", None, None, 1), ("出力", 30, "男", 2)]
    _write(folder, "ages", ages, {"side": pl.String, "age": pl.Int64, "sex": pl.String, "count": pl.Int64})
    after = [pl.Series(name, [101, 7], dtype=kind) for name, kind in LOADED_FIGURES.items()]
    figures = _figures().with_columns(after[0], pl.Series("差_取込", [0, 0], dtype=pl.Int64))
    classed = figures.with_columns(pl.lit("").alias("class"), pl.lit("").alias("reason"))
    classed.write_parquet(folder / "figures.parquet")
    return folder


@dataclass(frozen=True)
class Shown:
    """A run with its reconciliation, and its sheets by number."""

    run: RunFiles
    reconciled: Path
    sheets: dict[str, Sheet]

    def column(self, number: str, heading: str) -> list[Any]:
        """The cells of a sheet under a heading."""
        sheet = self.sheets[number]
        place = [name for name, _ in sheet.columns].index(heading)
        return [row[place] for row in sheet.rows]

    def records(self, number: str) -> list[dict[str, Any]]:
        """The rows of a sheet by heading."""
        names = [name for name, _ in self.sheets[number].columns]
        return [dict(zip(names, row, strict=True)) for row in self.sheets[number].rows]


@pytest.fixture
def shown(make_run: Callable[..., Path], tmp_path: Path) -> Callable[..., Shown]:
    """Sheets of the canary run, with or without what was loaded, masked or not."""

    def show(*, loaded: bool = True, unmasked: bool | frozenset[str] = False) -> Shown:
        run = open_run(fill_run(make_run()))
        reconciled = write_reconciled(tmp_path / "reconciled")
        folder = reconciled if loaded else None
        sheets = build_sheets(run, judge_areas(run, folder), folder, unmasked=unmasked)
        return Shown(run, reconciled, {sheet.number: sheet for sheet in sheets})

    return show
