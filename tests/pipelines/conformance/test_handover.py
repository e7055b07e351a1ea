from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import fastexcel
import polars as pl
import pytest

from char_mapping.errors import DefinitionError
from layouts.sources import load_source
from layouts.standard_groups import load_group
from pipelines.cli.layout_documents import handover
from pipelines.conformance.delivery_check import check_set
from pipelines.conformance.handover import pack
from rules.contract import ISSUE_SCHEMA

RESIDENT = load_group("kihon_data_list", "shipped-1", "001", "resident")
MEASURE = load_group("kihon_data_list", "shipped-1", "001", "support_measure")
MARKER = "カナリア　太郎"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder with two groups, own items, reconciliation and one open issue that holds a value."""
    folder = tmp_path / "runs" / "0001"
    (folder / "standard" / "001").mkdir(parents=True)
    for group, rows in ((RESIDENT, 3), (MEASURE, 1)):
        frame = pl.DataFrame([dict.fromkeys(group.names, "") | {"宛名番号": str(n), "氏名": MARKER} for n in
                              range(rows)], strict=False).select(group.names)
        frame.write_csv(folder / "standard" / "001" / f"{group.id}.csv")
        pl.DataFrame({"record_no": range(rows)}).write_parquet(
            folder / "standard" / "001" / f"{group.id}.lineage.parquet")
    (folder / "own_items" / "001").mkdir(parents=True)
    pl.DataFrame({"file": ["a"] * 3, "record_no": [1, 2, 3], "subject": ["x", "y", "z"], "自治会番号": ["1", "", "22"]}
                 ).write_parquet(folder / "own_items" / "001" / "jumin.parquet")
    (folder / "reconcile").mkdir()
    pl.DataFrame({"area": ["001"], "source": ["jumin"], "file": ["a"], "received": [3], "difference": [0]}
                 ).write_parquet(folder / "reconcile" / "records.parquet")
    pl.DataFrame({"area": ["001"], "帳票名": ["人口"], "現行値": [3], "移行値": [3], "差": [0], "判定": ["一致"]}
                 ).write_parquet(folder / "reconcile" / "controls.parquet")
    (folder / "issues").mkdir()
    issue = dict.fromkeys(ISSUE_SCHEMA) | {"issue_id": "abc", "rule_id": "NAM-001", "area_id": "001", "file": "a",
                                           "group_id": "resident", "item_path": "氏名", "record_no": 1,
                                           "before": MARKER, "severity": "W", "blocks": "release", "subject": "777888"}
    pl.DataFrame([issue], schema=ISSUE_SCHEMA).write_parquet(folder / "issues" / "001.parquet")
    (folder / "rules.json").write_text(json.dumps({"NAM-001": {"name_ja": "氏名の確認"}}), encoding="utf-8")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> SimpleNamespace:
    source = tmp_path / "sources" / "jumin"
    source.mkdir(parents=True)
    (source / "source.yml").write_text("""
id: jumin
label: 住民
area: "001"
department: 市民課
files: "*.csv"
format: {kind: csv, header: true}
code_system: cp932
key: [番号]
items:
  番号: {meaning: person.number}
  自治会番号: {meaning: area_management.code}
""", encoding="utf-8")
    (tmp_path / "gaiji").mkdir()
    (tmp_path / "gaiji" / "jumin.csv").write_text(
        "code,char,mj,class,evidence,decided_on\nF040,髙,MJ028902,字形一致,外字台帳,2025-10-01\n", encoding="utf-8")
    return SimpleNamespace(folder=tmp_path, groups={("001", "resident"): RESIDENT, ("001", "support_measure"): MEASURE},
                           sources={"jumin": load_source(source)}, identities=())


def text_of(path: Path) -> str:
    book = fastexcel.read_excel(path)
    return "\n".join(book.load_sheet(name, header_row=None).to_polars().write_csv() for name in book.sheet_names)


def test_the_package_holds_data_documents_and_open_questions(run: Path, project: SimpleNamespace,
                                                             tmp_path: Path) -> None:
    out = tmp_path / "package"
    files = pack(run, project, out)
    assert [(one.path, one.rows) for one in files] == [
        ("data/001/resident.csv", 3), ("data/001/support_measure.csv", 1)]
    assert (out / "data/001/resident.csv").read_bytes() == (run / "standard/001/resident.csv").read_bytes()
    book = fastexcel.read_excel(out / "移行データ説明書.xlsx")
    assert book.sheet_names == [
        "移行ファイル構成表", "移行ファイル関連図", "データ項目一覧表", "独自項目", "コード構成表", "コード一覧"]
    items = book.load_sheet("データ項目一覧表", header_row=3).to_polars()
    assert items.height == len(RESIDENT.items) + len(MEASURE.items)
    relations = book.load_sheet("移行ファイル関連図", header_row=3).to_polars()
    assert relations.row(0)[:4] == ("001/support_measure", "宛名番号", "001/resident", "宛名番号")
    own = book.load_sheet("独自項目", header_row=3).to_polars()
    assert own.row(0)[:7] == ("001", "jumin", "自治会番号", "地区管理コード", 3.0, 2.0, 2.0)
    assert "自治会番号" in (out / "独自項目" / "001_jumin.csv").read_text(encoding="utf-8")
    assert "F040,髙,MJ028902" in (out / "外字表.csv").read_text(encoding="utf-8")
    assert "<svg" in (out / "移行ファイル関連図.svg").read_text(encoding="utf-8")
    assert "男" in text_of(out / "移行データ説明書.xlsx")
    assert "一致" in text_of(out / "件数・金額表.xlsx")
    unresolved = text_of(out / "未解決一覧.xlsx")
    assert "abc" in unresolved
    assert "氏名の確認" in unresolved
    for name in ("移行データ説明書.xlsx", "件数・金額表.xlsx", "未解決一覧.xlsx"):
        assert MARKER not in text_of(out / name)
        assert "777888" not in text_of(out / name)


def test_the_package_is_what_the_check_expects_and_repeats_byte_for_byte(run: Path, project: SimpleNamespace,
                                                                         tmp_path: Path) -> None:
    pack(run, project, tmp_path / "one")
    pack(run, project, tmp_path / "two")
    for path in sorted((tmp_path / "one").rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()
    found = {one.path: one for one in check_set(tmp_path / "one", [RESIDENT, MEASURE]).files}
    assert found["data/001/resident.csv"].declared == found["data/001/resident.csv"].rows == 3
    assert found["data/001/resident.csv"].hash_agrees


def test_a_package_needs_a_complete_run_and_a_family_that_is_there(run: Path, project: SimpleNamespace,
                                                                   tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="standard files of family chukan_v2_7"):
        pack(run, project, tmp_path / "p", family="chukan_v2_7")
    (tmp_path / "there").mkdir()
    with pytest.raises(DefinitionError, match="a new folder"):
        pack(run, project, tmp_path / "there")
    with pytest.raises(DefinitionError, match="no manifest"):
        handover(run, out=tmp_path / "p")
    (run / "manifest.json").write_text(json.dumps({"source_only": True, "project": "x"}), encoding="utf-8")
    with pytest.raises(DefinitionError, match="source items alone"):
        handover(run, out=tmp_path / "p")
