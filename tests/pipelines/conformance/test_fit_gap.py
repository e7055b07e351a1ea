from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import fastexcel
import polars as pl
import pytest
import xlsxwriter

from layouts.codes import load_code_maps
from layouts.mappings import load_mapping
from layouts.sources import load_source
from layouts.standard_groups import load_group
from pipelines.conformance import fit_gap
from pipelines.conformance.fit_gap import FORM, GapRow, measure_source, write_form

SOURCE = """
id: s
label: 住登外
area: "031"
department: 税務課
files: "*.csv"
format: {kind: csv, header: true}
code_system: cp932
key: [番号]
items:
  番号: {meaning: person.number}
  氏名: {meaning: person.name}
  性別: {meaning: person.sex}
  生年月日: {meaning: person.birth_date, date: {form: GYYMMDD}}
  操作日: {meaning: operator.date, date: {form: ISO}}
  操作者: {meaning: operator.id}
  フラグ: {meaning: addressee.representative_flag}
  地区: {meaning: none}
  予備: {meaning: none}
"""
MAPPING = """
area: "031"
group: addressee
source: s
items:
  宛名番号: {from: 番号}
  氏名: {from: 氏名}
  性別: {from: 性別, codes: sex}
  生年月日: {from: 生年月日, convert: DAT-001}
  操作年月日: {from: 操作日}
  操作者ID: {from: 操作者}
  代表宛名フラグ: {from: フラグ}
own: [地区]
dropped: {予備: 空の項目}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    folder = tmp_path / "sources" / "s"
    folder.mkdir(parents=True)
    (folder / "source.yml").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "m.yml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "sex.yml").write_text('list: 性別\nmap: {"1": "1", "2": "2"}\n', encoding="utf-8")
    (tmp_path / "exports" / "g1" / "s").mkdir(parents=True)
    (tmp_path / "exports" / "g1" / "s" / "a.csv").touch()
    block = pl.DataFrame({
        "番号": ["1", "2", "1234567890123456", "4"], "氏名": ["見本　太郎", "ﾐﾎﾝ ﾊﾅｺ", "外\ue000　字", None],
        "性別": ["1", "2", "9", " "], "生年月日": ["3550101"] * 4, "操作日": ["2026-04-01", "2026-04-01", "0", ""],
        "操作者": ["A", "Ｂ", "C", "D"], "フラグ": ["0", "x", "1", "0"], "地区": ["甲", "", "", ""], "予備": [None] * 4,
    }, schema_overrides={"予備": pl.String}).with_columns(pl.lit(1).alias("_record_no"))

    def read(*_: object, **__: object) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(table=block)
        yield SimpleNamespace(table=block.head(1))

    monkeypatch.setattr(fit_gap, "open_source_file", read)
    source = load_source(folder)
    maps = load_code_maps(tmp_path / "codes")
    group = load_group("kihon_data_list", "koumoku_teigi", "031", "addressee")
    return SimpleNamespace(data=tmp_path, sources={"s": source}, code_maps=maps,
                           mappings={"s": (load_mapping(tmp_path / "m.yml", source, group, maps),)})


def by_item(rows: tuple[GapRow, ...]) -> dict[str, GapRow]:
    return {row.item or row.source_item: row for row in rows}


def test_each_kind_of_gap_is_measured_on_the_data(project: SimpleNamespace) -> None:
    rows = by_item(fit_gap.gaps_of(project))
    assert (rows["宛名番号"].verdict, rows["宛名番号"].cells, rows["宛名番号"].longest) == ("桁差", 1, 16)
    assert rows["氏名"].verdict == "文字差"
    assert "全角項目に半角 1件" in rows["氏名"].content
    assert "外字 1件" in rows["氏名"].content
    assert (rows["性別"].verdict, rows["性別"].content) == ("コード差", "対応のないコード 9（1件）")
    assert (rows["生年月日"].verdict, rows["生年月日"].content) == ("有", "規則 DAT-001 で変換")
    assert rows["操作年月日"].verdict == "型差"
    assert (rows["操作者ID"].verdict, rows["操作者ID"].content) == ("文字差", "半角項目に全角 1件")
    assert rows["代表宛名フラグ"].verdict == "コード差・型差"
    assert (rows["住所_町字"].verdict, rows["住所_町字"].cells) == ("無", None)
    assert rows["操作時刻"].content == "必須の項目に源泉がない"
    assert (rows["地区"].verdict, rows["地区"].cells) == ("無", 2)
    assert rows["予備"].content == "移行しない: 空の項目"
    assert rows["氏名"].fill_rate == 0.8


def test_a_value_longer_than_a_code_is_counted_and_not_named(project: SimpleNamespace) -> None:
    measured = measure_source(project.sources["s"], [Path("a")])["氏名"]
    mapping = project.mappings["s"][0]
    item = mapping.group.by_name["性別"]
    verdict, content, cells = fit_gap._judged(item, mapping.by_name["性別"], measured, project.code_maps)
    assert verdict.startswith("コード差")
    assert "見本" not in content
    assert cells == 4


def fill_in(path: Path, item: str, answers: dict[str, str | int]) -> None:
    """Answer one line as a clerk would; the form is written anew with the same cells."""
    cells = fastexcel.read_excel(path).load_sheet(FORM, header_row=None, skip_rows=0, dtypes="string").to_polars()
    rows = cells.rows()
    heads = rows[3]
    out = xlsxwriter.Workbook(str(path))
    sheet = out.add_worksheet(FORM)
    for number, row in enumerate(rows):
        answered = number > 3 and row[heads.index("標準項目")] == item
        for column, cell in enumerate(row):
            sheet.write(number, column, answers.get(heads[column] or "", cell) if answered else cell)
    out.close()


def test_answers_survive_the_next_run_and_lost_rows_stay(project: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    rows = fit_gap.gaps_of(project)
    assert write_form(rows, path, city="見本市", generation="g1") == 0
    fill_in(path, "宛名番号", {"影響件数": 3, "影響度": "大", "対応方針": "要協議", "担当課": "税務課",
                            "期限": "2026-06-30", "予算": "0円"})
    assert write_form(rows, path, city="見本市", generation="g2") == 1
    kept = fit_gap.read_answers(path)
    assert list(kept.values()) == [("3", "大", "要協議", "税務課", "2026-06-30", "0円")]
    assert write_form(tuple(row for row in rows if row.item != "宛名番号"), path, city="見本市", generation="g3") == 0
    assert "前回だけの行" in fastexcel.read_excel(path).sheet_names
    assert write_form(rows, path, city="見本市", generation="g4") == 1


def test_several_cities_side_by_side_and_what_is_out_of_scope(project: SimpleNamespace, tmp_path: Path) -> None:
    rows = fit_gap.gaps_of(project)
    write_form(rows, tmp_path / "f.xlsx", city="甲市", generation="g1", others={"乙市": rows[:3]})
    book = fastexcel.read_excel(tmp_path / "f.xlsx")
    table = book.load_sheet("団体別", header_row=3).to_polars()
    heads = ("判定", "最長", "該当セル数")
    assert table.columns[3:] == [f"{city} {head}" for city in ("甲市", "乙市") for head in heads]
    assert table["乙市 判定"].to_list()[-1] == "未検査"
    scope = book.load_sheet("対象外", header_row=3).to_polars()
    assert scope["対象"].to_list()[:2] == ["機能", "帳票"]
