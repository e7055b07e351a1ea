from __future__ import annotations

from pathlib import Path

from layouts.codes import load_code_maps
from layouts.differences import Renamed, compare_groups, what_a_mapping_must_change
from layouts.mappings import load_mapping
from layouts.sources import load_source
from layouts.standard_groups import load_group

OLD = load_group("kihon_data_list", "koumoku_teigi", "031", "addressee")
NEW = load_group("kihon_data_list", "fuban_api_2_0", "031", "addressee")


def test_renamed_inverted_added_removed_and_retyped_items() -> None:
    found = compare_groups(OLD, NEW)
    assert Renamed("氏名_読み仮名", "氏名_フリガナ", False) in found.renamed
    assert Renamed("代表宛名フラグ", "名寄せ元フラグ", True) in found.renamed
    assert "他業務参照不可フラグ" in found.added
    assert found.removed == ()
    assert ("住所_町字", "桁数", "18", "120") in [(c.name, c.what, c.old, c.new) for c in found.retyped]
    assert compare_groups(NEW, NEW).same
    back = compare_groups(NEW, OLD)
    assert Renamed("名寄せ元フラグ", "代表宛名フラグ", True) in back.renamed
    assert "他業務参照不可フラグ" in back.removed


def test_what_a_mapping_of_the_old_edition_must_change(tmp_path: Path) -> None:
    source = tmp_path / "sources" / "s"
    source.mkdir(parents=True)
    (source / "source.yml").write_text("""
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
  カナ: {meaning: person.kana}
  代表: {meaning: addressee.representative_flag}
  町: {meaning: address.town}
""", encoding="utf-8")
    path = tmp_path / "addressee.yml"
    path.write_text("""
area: "031"
group: addressee
source: s
items:
  宛名番号: {from: 番号}
  氏名_読み仮名: {from: カナ}
  代表宛名フラグ: {from: 代表}
  住所_町字: {from: 町}
""", encoding="utf-8")
    mapping = load_mapping(path, load_source(source), OLD, load_code_maps(tmp_path / "none"))
    lines = what_a_mapping_must_change(compare_groups(OLD, NEW), mapping, NEW)
    assert "氏名_読み仮名 を 氏名_フリガナ に書き換える" in lines
    assert "代表宛名フラグ を 名寄せ元フラグ に書き換える。意味が逆になるので codes で値も写す" in lines
    assert "住所_町字 の桁数が 18 から 120 に変わる。源泉の値が収まるか確かめる" in lines
    assert any(line.startswith("市区町村コード が増えた（必須") for line in lines)
    assert not any("個人番号" in line for line in lines)
