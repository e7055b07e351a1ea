from __future__ import annotations

from pathlib import Path

import pytest

from layouts.codes import load_code_map
from layouts.mappings import load_mapping
from layouts.sources import SourceDefinition, load_source
from layouts.standard_groups import load_group
from rules.binding import bind_code_lists, bind_code_maps, bind_source, bind_standard
from rules.contract import DateForm

SOURCE = """id: jumin
label: 住民
area: "001"
department: 市民課
files: "*.csv"
format: {kind: csv, header: true}
code_system: cp932
key: [宛名番号]
items:
  宛名番号: {meaning: person.number}
  氏名漢字: {meaning: person.name}
  生年月日: {meaning: person.birth_date, date: {form: GYYMMDD, unknown_parts: ["00", "99"]}}
  性別区分: {meaning: person.sex, codes: sex}
  備考: {meaning: none}
"""
MAPPING = """area: "001"
group: resident
source: jumin
items:
  宛名番号: {from: 宛名番号}
  氏名: {from: 氏名漢字}
  生年月日: {from: 生年月日, convert: DAT-001}
  性別: {from: 性別区分, codes: sex}
  住所_市区町村コード: {constant: "012025"}
own: [備考]
"""
CODES = """list: 性別(住民基本台帳)
map: {"1": "1", "2": "2"}
variants: {"M": "1"}
"""


@pytest.fixture
def source(tmp_path: Path) -> SourceDefinition:
    folder = tmp_path / "jumin"
    folder.mkdir()
    (folder / "source.yml").write_text(SOURCE, "utf-8")
    return load_source(folder)


def test_standard_items_know_their_source_and_its_forms(source: SourceDefinition, tmp_path: Path) -> None:
    (tmp_path / "sex.yml").write_text(CODES, "utf-8")
    (tmp_path / "resident.yml").write_text(MAPPING, "utf-8")
    group = load_group("kihon_data_list", "shipped-1", "001", "resident")
    definitions = {"sex": load_code_map(tmp_path / "sex.yml")}
    mapping = load_mapping(tmp_path / "resident.yml", source, group, definitions)
    items = {item.name: item for item in bind_standard(group, mapping, source)}
    assert tuple(items) == group.names
    born = items["生年月日"]
    assert born.date_form == DateForm("GYYMMDD", unknown_parts=("00", "99"))
    assert (born.kind, born.calendar, born.tense, born.convert) == (
        "date",
        "registry",
        "past",
        ("DAT-001",),
    )
    assert (born.certified, born.type, born.source_item) == (True, "DATE", "生年月日")
    assert (items["性別"].code_map, items["氏名"].source_item) == ("sex", "氏名漢字")
    assert (items["住所_市区町村コード"].source_item, items["氏名_フリガナ"].source_item) == ("", "")
    maps = bind_code_maps(definitions)
    assert dict(maps["sex"].variants) == {"M": "1"}
    assert bind_code_lists(items.values())["性別(住民基本台帳)"] == {"0", "1", "2"}
    assert "続柄" not in bind_code_lists(items.values())


def test_source_items_are_bound_by_their_own_names(source: SourceDefinition) -> None:
    items = {
        item.name: item for item in bind_source(source, ["_record_no", "宛名番号", "生年月日", "性別区分"])
    }
    assert tuple(items) == ("宛名番号", "生年月日", "性別区分")
    assert items["宛名番号"].key
    assert items["生年月日"].certified
    assert items["性別区分"].code_map == "sex"
    assert [item.name for item in bind_source(source)] == list(source.items)
