from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.codes import code_list_of
from layouts.official_workbooks.contents import OfficialCode, OfficialItem, OfficialWorkbook
from layouts.official_workbooks.definitions import exported, import_workbook
from layouts.official_workbooks.reading import read_official
from layouts.official_workbooks.writing import write_official
from layouts.standard_groups import load_group

TITLE = "住民基本台帳 基本データリスト【第2.1版】"
HEAD = ("データ項目ID", "", "データ項目", "データ項目\n（ローマ字）", "グループ名称", "主キー", "外部キー",
        "クラス分類", "", "", "データ型", "桁数", "コード", "繰り返し", "データ出力条件", "項目定義", "項目説明",
        "標準仕様書関連箇所", "実装類型", "サンプル値", "備考")
SUB = ("", "", "", "", "", "", "", "LV1", "LV2", "LV3") + ("",) * 11

# One row per irregularity of layouts.md §2: ids in two cells (text and number), Ｎ, "n,m", ※※, 999, repeat 999.
ROWS: tuple[tuple[Any, ...], ...] = (
    ("001", 1, "市区町村コード", "shikuchosonkodo", "住民情報", "○", "", "団体", "", "", "X", 6, "", "", "必須", "", "",
     "", "①", "131016", ""),
    ("", 2, "宛名番号", "atenabango", "住民情報", "〇", "", "", "", "", "Ｘ", "15", "", "", "必須", "", "", "", "",
     "", ""),
    (1, 3, "氏名", "shimei", "", "", "", "", "", "", "Ｎ", 100.0, "", "", "条件付き必須", "氏と名",
     "氏名を全角で\n※※日本人の場合は必須", "1.1.1", "②", "山田　太郎", ""),
    ("001", 4, "性別", "seibetsu", "住民情報", "", "", "", "", "", "X", "１", 1, "", "任意", "", "", "", "", "", ""),
    ("001", "00005", "生年月日", "seinengappi", "住民情報", "", "", "", "", "", "DATE", 10, "", "", "", "", "", "", "",
     "", ""),
    ("001", 6, "生年月日_不詳フラグ", "x", "住民情報", "", "", "", "", "", "X", 1, "002", "", "", "", "", "", "", "",
     ""),
    ("001", 7, "生年月日_不詳表記", "x", "住民情報", "", "", "", "", "", "Ｎ", 72, "", "", "", "", "", "", "", "", ""),
    ("001", 8, "持分", "mochibun", "住民情報", "", "", "", "", "", "9V", "5，2", "", "", "", "", "", "", "", "", ""),
    ("001", 9, "独自区分", "dokuji", "住民情報", "", "", "", "", "", "X", 3, 999, 999, "", "", "", "", "", "", ""),
    ("001", 10, "在留資格等", "zairyu", "在留情報", "", "○", "", "", "", "X", 4, "001-5", "", "", "", "", "", "", "",
     ""),
    ("001", 11, "写真", "shashin", "在留情報", "", "", "", "", "", "BLOB", "", "", "", "", "", "", "", "", "", ""),
    ("001", 12, "登録時刻", "jikoku", "在留情報", "", "", "", "", "", "TIME", 8, "", "", "", "", "", "", "", "", ""),
)
CODES: tuple[tuple[Any, ...], ...] = (
    ("1", "性別", "0", "不明（未記入）", ""), ("", "", "1", "男", ""), ("", "", 2, "女", "備考あり"),
    ("2", "不詳フラグ", "0", "不詳でない", ""), ("", "", "1", "不詳", ""),
)
LINKED: tuple[tuple[Any, ...], ...] = (("001-5", "在留資格", "A001", "教授", ""), ("", "", "A002", "芸術", ""))


def book(path: Path, rows: tuple[tuple[Any, ...], ...] = ROWS, *, codes: tuple[tuple[Any, ...], ...] = CODES,
         title: str = TITLE, after_end: bool = True, sheet: str = "基本データリスト") -> Path:
    """A workbook of the official structure: B1, header in rows 5–6, data from row 7, ``e`` rows, code sheets."""
    out = xlsxwriter.Workbook(str(path))
    cover = out.add_worksheet("改訂履歴")
    cover.write(2, 2, "2023/9/29")
    items = out.add_worksheet(sheet)
    items.write(0, 1, title)
    for column, (label, sub) in enumerate(zip(HEAD, SUB, strict=True), 1):
        items.write(4, column, label)
        items.write(5, column, sub)
    for row, cells in enumerate(rows, 6):
        for column, cell in enumerate(cells, 1):
            if cell != "":
                items.write(row, column, cell)
        items.write(row, 22, "e")
    items.write(6 + len(rows), 0, "e")
    if after_end:
        items.write(8 + len(rows), 3, "凡例: 型の説明はここに続く")
    for name, values in (("コード一覧（個別）", codes), ("コード一覧（連携）", LINKED)):
        page = out.add_worksheet(name)
        for column, label in enumerate(("コードID", "コード名", "コード値", "コード値の内容", "備考"), 1):
            page.write(4, column, label)
        for row, cells in enumerate(values, 5):
            for column, cell in enumerate(cells, 1):
                if cell != "":
                    page.write(row, column, cell)
    out.close()
    return path


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    return book(tmp_path / "001_住民基本台帳_基本データリスト【第2.1版】_20230929.xlsx")


def changed(column: int, value: Any, *, row: int = 0) -> tuple[tuple[Any, ...], ...]:
    rows = [list(cells) for cells in ROWS]
    rows[row][column] = value
    return tuple(tuple(cells) for cells in rows)


def test_every_irregularity_of_the_basic_data_list(workbook: Path) -> None:
    found = read_official(workbook)
    assert (found.form, found.area, found.edition, found.title) == ("kihon_data_list", "001", "2.1", TITLE)
    assert [item.id for item in found.items] == [f"001{n:05d}" for n in range(1, 13)]
    by_name = {item.name: item for item in found.items}
    assert by_name["氏名"].group == "住民情報"
    assert (by_name["氏名"].type, by_name["氏名"].length) == ("N", 100)
    assert by_name["氏名"].condition_text == "日本人の場合は必須"
    assert by_name["市区町村コード"].classes == ("団体", "", "")
    assert by_name["宛名番号"].key
    assert by_name["宛名番号"].type == "X"
    assert (by_name["持分"].length, by_name["持分"].scale) == (5, 2)
    assert by_name["独自区分"].codes == ("999",)
    assert by_name["独自区分"].repeat == 999
    assert by_name["生年月日_不詳フラグ"].codes == ("2",)
    assert by_name["在留資格等"].foreign_key
    assert [(c.list, c.list_name, c.value, c.kind) for c in found.codes][2] == ("1", "性別", "2", "個別")
    assert found.codes[-1].kind == "連携"
    assert found.groups == ("住民情報", "在留情報")
    assert found.ignored == ("改訂履歴",)


def test_the_import_becomes_definitions_of_confidence_a(workbook: Path, tmp_path: Path) -> None:
    root = tmp_path / "layouts"
    done = import_workbook(read_official(workbook), root)
    assert sorted(done.groups) == ["group_01", "resident"]
    group = load_group("kihon_data_list", "2.1", "001", "resident", root=root)
    items = group.by_name
    assert {item.confidence for item in group.items} == {"A"}
    assert items["市区町村コード"].required
    assert items["宛名番号"].blank_not_allowed is not None
    assert items["生年月日"].meaning == "person.birth_date"
    assert items["生年月日"].unknown_flag == "生年月日_不詳フラグ"
    assert items["生年月日"].unknown_text == "生年月日_不詳表記"
    assert dict(code_list_of(items["性別"].code_list)[0].labels) == {"0": "不明（未記入）", "1": "男", "2": "女"}
    assert items["独自区分"].code_list == "自治体固有コード"
    assert any("独自区分" in name for name in done.without_meaning)


def test_meanings_written_by_hand_survive_the_next_import(workbook: Path, tmp_path: Path) -> None:
    root = tmp_path / "layouts"
    import_workbook(read_official(workbook), root)
    path = root / "kihon_data_list" / "2.1" / "001" / "resident.yml"
    before = path.read_text(encoding="utf-8")
    at = before.index('meaning: "none"', before.index('name: "持分"'))
    by_hand = before[:at] + 'meaning: "record.note"' + before[at + len('meaning: "none"'):]
    path.write_text(by_hand, encoding="utf-8")
    import_workbook(read_official(workbook), root)
    assert path.read_text(encoding="utf-8") == by_hand


def test_import_export_import_is_the_identity(workbook: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    done = import_workbook(read_official(workbook), first)
    copy = tmp_path / "copy.xlsx"
    write_official(exported(done.groups.values(), first), copy)
    import_workbook(read_official(copy), second)
    files = sorted(p.relative_to(first) for p in first.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(second) for p in second.rglob("*") if p.is_file())
    for name in files:
        assert (first / name).read_text(encoding="utf-8") == (second / name).read_text(encoding="utf-8")
    again = tmp_path / "again.xlsx"
    write_official(exported(done.groups.values(), first), again)
    assert again.read_bytes() == copy.read_bytes()


_words = st.text(alphabet="アイ漢字AZ09 ※、。\n", max_size=8).map(str.strip)
_names = st.text(alphabet="氏名番号住所年月日_", min_size=1, max_size=6)
_shapes = st.one_of(
    st.tuples(st.sampled_from(["X", "N", "9", "S9"]), st.integers(1, 999), st.just(0)),
    st.tuples(st.sampled_from(["9V", "S9"]), st.integers(5, 15), st.integers(1, 4)),
    st.sampled_from([("DATE", 10, 0), ("TIME", 8, 0), ("YEAR", 4, 0), ("BLOB", 0, 0), ("", 0, 0)]))


@st.composite
def workbooks(draw: st.DrawFn) -> OfficialWorkbook:
    names = draw(st.lists(_names, min_size=1, max_size=4, unique=True))
    items = []
    for number, name in enumerate(names, 1):
        kind, length, scale = draw(_shapes)
        classes = draw(st.sampled_from([(), ("甲", "", ""), ("甲", "乙", "丙")]))
        items.append(OfficialItem(
            id=f"001{number:05d}", name=name, romaji=draw(st.sampled_from(["", "shimei"])),
            group=draw(st.sampled_from(["住民情報", "履歴"])), key=draw(st.booleans()), foreign_key=draw(st.booleans()),
            type=kind, length=length, scale=scale, codes=draw(st.sampled_from([(), ("1",), ("1", "7"), ("999",)])),
            repeat=draw(st.sampled_from([1, 2, 999])), condition=draw(st.sampled_from(["", "必須", "任意"])),
            classes=classes, definition=draw(_words), description=draw(_words), related=draw(_words),
            implementation=draw(_words), sample=draw(_words), remark=draw(_words), gaiji=""))
    codes = (OfficialCode("個別", "1", "一覧", "0", "零", ""), OfficialCode("個別", "1", "一覧", "01", "一", "備考"))
    return OfficialWorkbook("kihon_data_list", "題【第1.0版】", "001", "1.0", tuple(items), codes)


@settings(max_examples=15)
@given(workbooks())
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, contents: OfficialWorkbook) -> None:
    path = tmp_path_factory.mktemp("w") / "w.xlsx"
    write_official(contents, path)
    found = read_official(path)
    assert (found.items, found.codes, found.area, found.edition, found.title) == (
        contents.items, contents.codes, contents.area, contents.edition, contents.title)


@pytest.mark.parametrize(("column", "value", "at", "why"), [
    (0, "1A", "row 7 column B", "業務コード"), (1, "abc", "row 7 column C", "項目コード"),
    (1, "", "row 7 column C", "an empty cell"), (2, "", "row 7 column D", "the name of an item"),
    (5, "主", "row 7 column G", "○ or nothing"), (10, "Z", "row 7 column L", "found Z"),
    (10, "9V", "row 7 column M", '"n,m" for 9V'), (11, "六", "row 7 column M", "found 六"),
    (11, "6,2", "row 7 column M", "whole number"), (11, 5.2, "row 7 column M", "found 5.2"),
    (13, "多数", "row 7 column O", "how often"), (14, "△", "row 7 column P", "必須, 条件付き必須 or 任意"),
    (2, "氏名", "row 9 column D", "every name once"), (1, 2, "row 8 column D", "every id once"),
])
def test_a_cell_that_cannot_be_read_is_named(tmp_path: Path, column: int, value: Any, at: str, why: str) -> None:
    path = book(tmp_path / "b.xlsx", changed(column, value))
    with pytest.raises(UnreadableFile) as caught:
        read_official(path)
    assert f"b.xlsx sheet 基本データリスト {at}" in str(caught.value)
    assert why in str(caught.value)


@pytest.mark.parametrize(("codes", "at", "why"), [
    ((("", "", "1", "男", ""),), "row 6 column B", "コードID on the first row"),
    ((("1", "性別", "1", "男", ""), ("", "", "1", "女", "")), "row 7 column D", "every value of a list once"),
    ((("1", "性別", "1", "男", ""), ("", "続柄", "2", "妻", "")), "row 7 column B", "where コード名 changes"),
])
def test_code_sheets_that_cannot_be_read(tmp_path: Path, codes: tuple[tuple[Any, ...], ...], at: str,
                                         why: str) -> None:
    path = book(tmp_path / "b.xlsx", codes=codes)
    with pytest.raises(UnreadableFile, match="コード一覧（個別）") as caught:
        read_official(path)
    assert at in str(caught.value)
    assert why in str(caught.value)


def test_what_a_person_should_look_at_is_remarked_and_not_guessed(tmp_path: Path) -> None:
    rows = changed(11, 8, row=4)
    rows = (*rows, ("001", 13, "区分", "kubun", "在留情報", "", "", "", "", "", "X", 2, "1、9", "", "", "", "", "",
                    "", "", ""))
    found = read_official(book(tmp_path / "b.xlsx", rows))
    assert next(item for item in found.items if item.name == "生年月日").type == ""
    said = "\n".join(found.remarks)
    assert "データ型 DATE の桁数が 8" in said
    assert "コード一覧 9 の値がこのファイルにない" in said
    assert "コード一覧 1（区分は2桁、コード値は最長1桁）" in said


def test_forms_that_are_no_official_workbook(tmp_path: Path) -> None:
    (tmp_path / "no.xlsx").write_bytes(b"PK not a workbook")
    with pytest.raises(UnreadableFile, match="expected an Excel workbook"):
        read_official(tmp_path / "no.xlsx")
    empty = xlsxwriter.Workbook(str(tmp_path / "empty.xlsx"))
    empty.add_worksheet("表紙")
    empty.close()
    with pytest.raises(UnreadableFile, match="none among the sheets 表紙"):
        read_official(tmp_path / "empty.xlsx")
    with pytest.raises(UnreadableFile, match="--edition"):
        read_official(book(tmp_path / "b.xlsx", title="版のない題"))
    assert read_official(tmp_path / "b.xlsx", edition="3").edition == "3"


def test_the_item_definition_form_of_031(tmp_path: Path) -> None:
    rows = tuple((("031", *cells[1:]) if cells[0] else cells) for cells in ROWS[:5])
    title = "住登外者宛名番号管理 項目定義書"
    path = book(tmp_path / "031_項目定義書_v2.1.xlsx", rows, title=title, sheet="項目定義書")
    found = read_official(path, area="031")
    assert (found.form, found.area, found.edition) == ("koumoku_teigi", "031", "2.1")


def test_one_cell_with_eight_digits_is_an_id_too(tmp_path: Path) -> None:
    out = xlsxwriter.Workbook(str(tmp_path / "w.xlsx"))
    page = out.add_worksheet("項目定義書")
    for row, cells in enumerate((("項目定義書 第1.0版",), (), ("項目ID", "項目名", "ローマ字", "型", "桁数", "必須"),
                                 ("03100001", "宛名番号", "atenabango", "X", 15, "必須"))):
        for column, cell in enumerate(cells):
            page.write(row, column, cell)
    out.close()
    found = read_official(tmp_path / "w.xlsx")
    assert (found.form, found.area, found.items[0].id, found.items[0].condition) == (
        "koumoku_teigi", "031", "03100001", "必須")
    assert found.items[0].group == "項目定義書"


def intermediate(path: Path) -> Path:
    out = xlsxwriter.Workbook(str(path))
    page = out.add_worksheet("住民基本台帳")
    page.write(0, 0, "中間標準レイアウト仕様 V2.7 データ項目一覧表")
    rows = (("No.", "移行ファイル名称", "データ項目名称", "データ型", "桁数", "外字使用\n（有無）", "コード", "備考"),
            (1, "住民基本情報", "宛名番号", "X", 15, "無", "", ""), (2, "", "氏名", "Ｎ", 100, "有", "", ""),
            (3, "", "年号", "X", 2, "", "12", "2桁"), (4, "異動履歴", "異動日", "日付", 8, "", "", ""))
    for row, cells in enumerate(rows, 3):
        for column, cell in enumerate(cells):
            if cell != "":
                page.write(row, column, cell)
    page = out.add_worksheet("コード一覧")
    for row, cells in enumerate((("コード番号", "コード名称", "コード値", "内容"), ("12", "年号", "01", "明治"),
                                 ("", "", "02", "大正")), 2):
        for column, cell in enumerate(cells):
            if cell != "":
                page.write(row, column, cell)
    out.close()
    return path


def test_the_intermediate_layout_is_found_by_its_headings(tmp_path: Path) -> None:
    found = read_official(intermediate(tmp_path / "中間標準レイアウト.xlsx"), area="001")
    assert (found.form, found.edition) == ("chukan_v2_7", "2.7")
    assert [(item.group, item.name, item.type, item.length, item.gaiji) for item in found.items] == [
        ("住民基本情報", "宛名番号", "X", 15, "無"), ("住民基本情報", "氏名", "N", 100, "有"),
        ("住民基本情報", "年号", "X", 2, ""), ("異動履歴", "異動日", "", 8, "")]
    root, copy = tmp_path / "layouts", tmp_path / "copy.xlsx"
    done = import_workbook(found, root)
    assert done.family == "chukan_v2_7"
    era = load_group("chukan_v2_7", "2.7", "001", "group_01", root=root).by_name["年号"]
    assert code_list_of(era.code_list)[0].closed
    write_official(exported(done.groups.values(), root), copy)
    again = read_official(copy, area="001")
    assert (again.items, again.codes) == (found.items, found.codes)


def test_two_workbooks_of_two_areas_stand_side_by_side(workbook: Path, tmp_path: Path) -> None:
    root = tmp_path / "layouts"
    first = import_workbook(read_official(workbook), root)
    other = import_workbook(read_official(intermediate(tmp_path / "中間標準.xlsx"), area="010"), root,
                            group_ids={"異動履歴": "changes"})
    assert sorted(other.groups) == ["changes", "group_01"]
    assert load_group("kihon_data_list", "2.1", "001", "resident", root=root) == first.groups["resident"]
    with pytest.raises(DefinitionError, match="expected one of 住民情報"):
        import_workbook(read_official(workbook), root, group_ids={"無い": "x"})
    with pytest.raises(DefinitionError, match="layouts imported from an official workbook"):
        exported([load_group("kihon_data_list", "shipped-1", "001", "resident")], root)
