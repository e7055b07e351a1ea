from __future__ import annotations

from pathlib import Path

import pytest

from char_mapping.errors import DefinitionError
from layouts.codes import CodeMapDefinition
from layouts.mappings import Mapping, load_mapping
from layouts.sources import SourceDefinition, load_source
from layouts.standard_groups import load_group

SOURCE = """id: jumin
label: 住民マスタ
area: "001"
department: 市民課
files: "*.csv"
format: {kind: csv, header: true}
code_system: cp932
key: [宛名番号]
items:
  宛名番号: {meaning: person.number}
  生年月日: {meaning: person.birth_date, date: {form: GYYMMDD}}
  性別: {meaning: person.sex}
  前住所: {meaning: last_address.town}
  転居届出日: {meaning: person.report_date.move, date: {form: YYYYMMDD}}
  出生届出日: {meaning: person.report_date.birth, date: {form: YYYYMMDD}}
  論理削除: {meaning: person.deleted}
  備考: {meaning: record.note}
  予備: {meaning: none}
"""
MAPPING = """area: "001"
group: resident
source: jumin
where: {item: 論理削除, in: ["0", ""]}
items:
  宛名番号: {from: 宛名番号}
  性別: {from: 性別, codes: sex}
  生年月日: {from: 生年月日, convert: DAT-001}
  市区町村コード: {constant: "131016"}
dropped:
  予備: 未使用領域
  前住所: 転入前住所とは別物
  転居届出日: 見本では使わない
  出生届出日: 見本では使わない
own: [備考]
"""


@pytest.fixture
def source(tmp_path: Path) -> SourceDefinition:
    folder = tmp_path / "jumin"
    folder.mkdir()
    (folder / "source.yml").write_text(SOURCE, encoding="utf-8")
    return load_source(folder)


def mapping(tmp_path: Path, source: SourceDefinition, text: str = MAPPING) -> Mapping:
    path = tmp_path / "resident.yml"
    path.write_text(text, encoding="utf-8")
    maps = {"sex": CodeMapDefinition(id="sex", list="性別(住民基本台帳)", standard={"1": "1"}),
            "status": CodeMapDefinition(id="status", list="住民状態", standard={"9": "9"})}
    return load_mapping(path, source, load_group("kihon_data_list", "shipped-1", "001", "resident"), maps)


def test_a_mapping_in_the_order_of_its_group(tmp_path: Path, source: SourceDefinition) -> None:
    found = mapping(tmp_path, source)
    assert [item.name for item in found.items] == ["市区町村コード", "宛名番号", "性別", "生年月日"]
    assert found.by_name["生年月日"].convert == ("DAT-001",)
    assert found.by_name["性別"].codes == "sex"
    assert found.by_name["市区町村コード"].constant == "131016"
    assert len(found.unmapped) == 168
    assert found.own == ("備考",)
    assert found.dropped["予備"] == "未使用領域"


@pytest.mark.parametrize(("old", "new", "line", "part"), [
    ('area: "001"', 'area: "031"', 1, "expected 001, found 031"),
    ("group: resident", "group: addressee", 2, "expected resident"),
    ("source: jumin", "source: zei", 3, "expected jumin"),
    ("item: 論理削除", "item: 削除", 4, "an item of source jumin, found 削除"),
    ('in: ["0", ""]', "in: [0]", 4, 'Write "0" in quotes'),
    ('in: ["0", ""]', 'in: ["0"], not_in: ["1"]', 4, "item with in or not_in"),
    ('item: 論理削除, in: ["0", ""]', "", 4, "item with in or not_in"),
    ('item: 論理削除, in: ["0", ""]', 'all: [{item: 削除, in: ["0"]}]', 4, "an item of source jumin"),
    ("宛名番号: {from: 宛名番号}", "宛名番号: {from: 番号}", 6, "an item of source jumin, found 番号"),
    ("宛名番号: {from: 宛名番号}", "宛名: {from: 宛名番号}", 6, "an item of shipped-1/001/resident, found 宛名"),
    ("宛名番号: {from: 宛名番号}", "氏名_読み仮名: {from: 宛名番号}", 6, "In this edition it is called 氏名_フリガナ"),
    ("宛名番号: {from: 宛名番号}", '宛名番号: {from: 宛名番号, constant: "1"}', 6, "either from or constant"),
    ("宛名番号: {from: 宛名番号}", "宛名番号: {}", 6, "either from or constant"),
    ("codes: sex", "codes: sx", 7, "one of sex, status, found sx"),
    ("codes: sex", "codes: status", 7, "a code map into 性別(住民基本台帳)"),
    ("convert: DAT-001", "convert: dates", 8, "rule ids such as DAT-001"),
    ("convert: DAT-001", "convert: [DAT-001, x]", 8, "rule ids such as DAT-001"),
    ('constant: "131016"', "constant: 131016", 9, 'Write "131016" in quotes'),
    ('constant: "131016"', "constant: 012025", 9, "012025 without quotes"),
    ('市区町村コード: {constant: "131016"}', '住民状態: {constant: "7"}', 9, "a code of 住民状態"),
    ('constant: "131016"', 'constant: "131016", convert: DAT-001', 9, "a constant with codes or convert"),
    ("予備: 未使用領域", "予備2: 未使用領域", 11, "an item of source jumin, found 予備2"),
    ("予備: 未使用領域", '予備: ""', 11, "expected the reason"),
    ("予備: 未使用領域", "予備: 未使用領域\n  性別: 重複", 12, "性別 also in items"),
    ("own: [備考]", "own: [備考, 予備]", 11, "予備 also in own"),
    ("own: [備考]", "owned: [備考]", 15, "found 'owned'"),
])
def test_a_wrong_mapping_names_file_and_line(old: str, new: str, line: int, part: str, tmp_path: Path,
                                             source: SourceDefinition) -> None:
    assert old in MAPPING
    with pytest.raises(DefinitionError) as caught:
        mapping(tmp_path, source, MAPPING.replace(old, new, 1))
    assert f"resident.yml:{line}" in str(caught.value)
    assert part in str(caught.value)


def test_a_source_item_may_not_be_forgotten(tmp_path: Path, source: SourceDefinition) -> None:
    with pytest.raises(DefinitionError, match="nothing for 備考"):
        mapping(tmp_path, source, MAPPING.replace("own: [備考]\n", ""))


def test_an_unroll_needs_a_repeated_group(tmp_path: Path, source: SourceDefinition) -> None:
    with pytest.raises(DefinitionError, match="a repeated group of source jumin"):
        mapping(tmp_path, source, MAPPING + "unroll: {group: 給付, count: 2}\n")


def test_semantic_traps_are_warned_about(tmp_path: Path, source: SourceDefinition) -> None:
    text = (MAPPING.replace("  前住所: 転入前住所とは別物\n  転居届出日: 見本では使わない\n", "")
            .replace("items:\n", "items:\n  転入前住所_町字: {from: 前住所}\n  異動届出年月日: {from: 転居届出日}\n"))
    found = mapping(tmp_path, source, text)
    by_item = {(w.item, w.rule_id) for w in found.warnings}
    assert ("異動届出年月日", "DAT-001") in by_item
    assert ("生年月日", "DAT-001") not in by_item
    assert ("転入前住所_町字", "ADR-026") in by_item
    assert ("異動届出年月日", "NUL-006") in by_item
    assert any("出生届出日" in w.message for w in found.warnings)
    assert all("resident.yml:" in w.where for w in found.warnings)


def test_other_meanings_and_unfilled_required_items_are_warned_about(tmp_path: Path, source: SourceDefinition) -> None:
    found = mapping(tmp_path, source, MAPPING.replace("  宛名番号: {from: 宛名番号}", "  世帯番号: {from: 宛名番号}"))
    assert [(w.item, w.rule_id) for w in found.warnings if w.item == "世帯番号"] == [("世帯番号", "")]
    folder = tmp_path / "gai"
    folder.mkdir()
    text = SOURCE.replace("id: jumin", "id: gai").replace('"001"', '"031"')
    (folder / "source.yml").write_text(text, encoding="utf-8")
    path = tmp_path / "addressee.yml"
    path.write_text('area: "031"\ngroup: addressee\nsource: gai\nitems: {宛名番号: {from: 宛名番号}}\n'
                    "own: [生年月日, 性別, 前住所, 転居届出日, 出生届出日, 論理削除, 備考, 予備]\n", encoding="utf-8")
    addressee = load_group("kihon_data_list", "koumoku_teigi", "031", "addressee")
    other = load_mapping(path, load_source(folder), addressee, {})
    assert {w.item for w in other.warnings if w.rule_id == "NUL-002"} == {
        "代表宛名フラグ", "操作者ID", "操作年月日", "操作時刻"}
