from __future__ import annotations

import hashlib
from pathlib import Path

import fastexcel
import polars as pl
import pytest

from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.standard_groups import list_groups, load_group
from pipelines.cli.layout_documents import check
from pipelines.conformance.delivery_check import FileResult, check_set, write_check

GROUP = load_group("kihon_data_list", "koumoku_teigi", "031", "addressee")
GROUPS = list_groups(area="031")
GOOD = {"宛名番号": "1", "個人番号": "", "氏名": "見本　太郎", "性別": "1", "生年月日": "1990-02-03",
        "代表宛名フラグ": "0", "操作者ID": "A1", "操作年月日": "2026-04-01", "操作時刻": "10:00:00"}


def rows(count: int, **changes: str) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(GROUP.names, "") | GOOD | {"宛名番号": str(n)} | changes
                         for n in range(count)])


def delivered(folder: Path, frame: pl.DataFrame, name: str = "addressee.csv", encoding: str = "utf-8") -> Path:
    path = folder / "031" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(frame.write_csv().encode(encoding))
    return path


def only(folder: Path) -> FileResult:
    result = check_set(folder, [GROUP])
    assert len(result.files) == 1
    return result.files[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_set_as_the_layout_says_conforms(tmp_path: Path, encoding: str) -> None:
    delivered(tmp_path, rows(3), encoding=encoding)
    found = only(tmp_path)
    assert (found.state, found.rows, found.repeated_keys, found.in_order) == ("適合", 3, 0, True)
    assert check_set(tmp_path, [GROUP], wanted=["031"]).conformant


def test_arrow_parquet_and_excel_are_read_too(tmp_path: Path) -> None:
    folder = delivered(tmp_path, rows(2)).parent
    frame = rows(2).with_columns(pl.lit(1).alias("_record_no"))
    frame.write_ipc(folder / "a.arrow")
    frame.write_parquet(folder / "b.parquet")
    rows(2).write_excel(folder / "c.xlsx")
    assert [one.state for one in check_set(tmp_path, GROUPS).files] == ["適合"] * 4


@pytest.mark.parametrize(("item", "value", "reason"), [
    ("性別", "9", "コード一覧にない"), ("生年月日", "1990-02-30x", "年月日の形でない"),
    ("氏名", "ﾐﾎﾝ", "全角項目に半角"),
    ("宛名番号", "1" * 16, "桁数を超える"), ("操作年月日", "", "必須・空欄不可が空"), ("宛名番号", "", "主キーが空"),
    ("宛名番号", "１", "半角項目に全角"), ("代表宛名フラグ", "x", "コード一覧にない"),
])
def test_each_kind_of_fault_is_counted(tmp_path: Path, item: str, value: str, reason: str) -> None:
    delivered(tmp_path, pl.concat([rows(4).slice(1), rows(1, **{item: value})]))
    found = only(tmp_path)
    wrong = [one for one in found.items if one.state == "不適合"]
    assert [(one.item, one.faults[0][1], one.faults[0][2]) for one in wrong] == [(item, reason, 1)]
    assert found.state == "不適合"


def test_days_that_no_calendar_has_are_legal_where_the_register_has_them(tmp_path: Path) -> None:
    delivered(tmp_path, rows(2, 生年月日="1975-02-29"))
    assert only(tmp_path).state == "適合"


def test_the_three_items_of_an_unknown_day_agree(tmp_path: Path) -> None:
    group = load_group("kihon_data_list", "fuban_api_2_0", "031", "addressee")
    plain = dict.fromkeys(group.names, "")
    days = [("1990-02-03", "0", ""), ("", "1", "年月日不詳"), ("0000-01-01", "1", "年月日不詳"),
            ("1990-02-03", "1", ""), ("1990-02-03", "0", "年月日不詳")]
    delivered(tmp_path, pl.DataFrame([
        plain | {"生年月日": day, "生年月日_不詳フラグ": flag, "生年月日_不詳表記": text, "宛名番号": str(n)}
        for n, (day, flag, text) in enumerate(days)]))
    item = next(one for one in check_set(tmp_path, [group]).files[0].items if one.item == "生年月日")
    assert item.faults == (("DAT-009", "不詳の3項目が食い違う", 2),)


def test_missing_own_items_order_and_repeated_keys(tmp_path: Path) -> None:
    frame = rows(4, 宛名番号="7").drop("氏名", "住所_方書").with_columns(pl.lit("x").alias("地区班"))
    delivered(tmp_path, frame.select("性別", pl.exclude("性別")))
    found = only(tmp_path)
    states = {one.item: one.state for one in found.items}
    assert (states["氏名"], states["地区班"]) == ("不足", "独自")
    assert found.repeated_keys == 3
    assert not found.in_order


def test_items_of_domain_knowledge_are_never_missing(tmp_path: Path) -> None:
    group = GROUP.model_copy(update={"items": tuple(
        item.model_copy(update={"confidence": "D", "condition": ""}) for item in GROUP.items)})
    delivered(tmp_path, rows(2).drop("氏名"))
    found = check_set(tmp_path, [group]).files[0]
    assert {one.item: one.state for one in found.items}["氏名"] == "不足（参考）"
    assert found.state == "適合"


def test_declared_counts_and_hashes(tmp_path: Path) -> None:
    path = delivered(tmp_path, rows(3))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    table = tmp_path / "構成表.csv"
    table.write_text(f"ファイル名,件数,SHA-256\naddressee.csv,3,{digest}\n", encoding="utf-8")
    assert only(tmp_path).state == "適合"
    table.write_text(f"ファイル名,件数,SHA-256\naddressee.csv,4,{digest[::-1]}\n", encoding="utf-8")
    found = only(tmp_path)
    assert (found.state, found.declared, found.hash_agrees) == ("不適合", 4, False)


def test_characters_no_system_should_receive(tmp_path: Path) -> None:
    delivered(tmp_path, rows(3, 氏名="山〓\ue000　\ufffd"))
    found = only(tmp_path)
    assert found.characters == {"replacement": 3, "geta": 3, "private": 3}
    assert found.state == "不適合"


def test_unknown_codes_are_named_and_long_values_are_not(tmp_path: Path) -> None:
    delivered(tmp_path, pl.concat([rows(3, 性別="9").with_columns(pl.Series("宛名番号", ["1", "2", "3"])),
                                   rows(1, 性別="カナリア", 宛名番号="4")]))
    found = only(tmp_path)
    sex = next(one for one in found.items if one.item == "性別")
    assert sex.unknown_codes == (("9", 3),)
    assert sum(count for _, _, count in sex.faults) == 4
    path = tmp_path / "out.xlsx"
    write_check(check_set(tmp_path, [GROUP]), path, title="検査")
    book = fastexcel.read_excel(path)
    text = "".join(book.load_sheet(name, header_row=None).to_polars().write_csv() for name in book.sheet_names)
    assert "カナリア" not in text
    assert "見本　太郎" not in text
    assert "不適合" in text


def test_files_that_fit_no_group_or_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    (tmp_path / "y.csv").write_bytes(b"\xff\xfe\x80\x81")
    (tmp_path / "z.csv").write_text(",".join(GROUP.names) + "\n1,2\n1" + ",2" * 40 + "\n", encoding="utf-8")
    states = {one.path: (one.state, bool(one.fault)) for one in check_set(tmp_path, GROUPS).files}
    assert states == {"x.csv": ("要確認", False), "y.csv": ("要確認", True), "z.csv": ("要確認", True)}
    with pytest.raises(UnreadableFile, match="expected files"):
        check_set(tmp_path / "none", GROUPS)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    delivered(tmp_path / "set", rows(2))
    assert check(tmp_path / "set", areas=("031",), edition="koumoku_teigi", out=tmp_path / "r.xlsx") == 0
    assert "適合  031/addressee.csv  031 住登外者宛名基本情報（koumoku_teigi）  2件" in capsys.readouterr().out
    assert check(tmp_path / "set", areas=("001", "031"), out=tmp_path / "r.xlsx") == 1
    assert "不足  001 住民情報 のファイルがない" in capsys.readouterr().out
    with pytest.raises(DefinitionError, match="outside the delivered set"):
        check(tmp_path / "set", out=tmp_path / "set" / "r.xlsx")
    with pytest.raises(DefinitionError, match="a layout of 099"):
        check(tmp_path / "set", areas=("099",), out=tmp_path / "r.xlsx")
