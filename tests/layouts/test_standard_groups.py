from __future__ import annotations

import csv
import pickle
from pathlib import Path

import pytest

from char_mapping.errors import DefinitionError
from layouts.standard_groups import StandardGroup, group_files, list_groups, load_group, read_group

FACTS = Path(__file__).parents[3] / "shared" / "data"

HEAD = """family: kihon_data_list
edition: e1
area: "001"
group: g
label: ラベル
source: 出典
licence: PDL 1.0
"""
ITEM = (
    '  - {id: "1", name: 宛名番号, meaning: person.number, type: X, length: 15, key: true, confidence: A, basis: b}\n')


def write(root: Path, text: str, *, group: str = "g") -> Path:
    path = root / "kihon_data_list" / "e1" / "001" / f"{group}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", list(group_files()), ids=lambda p: "/".join(p.parts[-3:]))
def test_every_shipped_group_loads(path: Path) -> None:
    group = read_group(path)
    assert group.items
    assert group.key
    assert group.source
    assert group.licence
    assert pickle.loads(pickle.dumps(group)) == group  # noqa: S301


def test_only_what_is_official_is_ever_required() -> None:
    for group in list_groups():
        for item in group.items:
            assert not item.required or item.confidence == "A"
            assert item.basis
            assert item.unknown_flag is None or item.type == "DATE"


def test_groups_of_001_and_031() -> None:
    groups = [g for area in ("001", "031") for g in list_groups(area=area)]
    assert sorted((g.edition, g.area, g.id, len(g.items)) for g in groups) == [
        ("fuban_api_2_0", "031", "addressee", 40), ("koumoku_teigi", "031", "addressee", 29),
        ("shipped-1", "001", "resident", 172), ("shipped-1", "001", "support_measure", 5)]
    resident = load_group("kihon_data_list", "shipped-1", "001", "resident")
    assert resident.key == ("市区町村コード", "宛名番号", "個人履歴番号", "個人履歴番号_枝番号")
    birth = resident.by_name["生年月日"]
    assert (birth.unknown_flag, birth.unknown_text) == ("生年月日_不詳フラグ", "生年月日_不詳表記")
    assert birth.certified
    assert birth.blank_not_allowed is not None
    assert not resident.by_name["氏名_フリガナ"].certified
    head = resident.by_name["戸籍_筆頭者"].blank_not_allowed
    assert head is not None
    assert head.persons == "japanese"
    town = {e: load_group("kihon_data_list", e, "031", "addressee").by_name["住所_町字"].length
            for e in ("koumoku_teigi", "fuban_api_2_0")}
    assert town == {"koumoku_teigi": 18, "fuban_api_2_0": 120}


def test_flags_of_opposite_sense_are_no_aliases() -> None:
    old = load_group("kihon_data_list", "koumoku_teigi", "031", "addressee").by_name["代表宛名フラグ"]
    new = load_group("kihon_data_list", "fuban_api_2_0", "031", "addressee").by_name["名寄せ元フラグ"]
    assert old.meaning != new.meaning
    assert not old.aliases
    assert not new.aliases


@pytest.mark.skipif(not FACTS.is_dir(), reason="the facts of ../shared are not at hand")
@pytest.mark.parametrize(("edition", "area", "group", "facts"), [
    ("shipped-1", "001", "resident", "住民情報"),
    ("shipped-1", "001", "support_measure", "支援措置対象者情報 (001o009)"),
    ("koumoku_teigi", "031", "addressee", "住登外者宛名基本情報"),
    ("fuban_api_2_0", "031", "addressee", "付番API v2.0 リクエスト")])
def test_items_are_those_of_the_facts(edition: str, area: str, group: str, facts: str) -> None:
    with (FACTS / "layout_items.csv").open(encoding="utf-8") as lines:
        rows = [r for r in csv.DictReader(lines) if r["area_id"] == area and r["group"] == facts]
    items = load_group("kihon_data_list", edition, area, group).items
    assert [(i.name, i.type, str(i.length or ""), i.confidence) for i in items] == [
        (r["item_name"], r["type"], r["length"], r["confidence"]) for r in rows]
    for item, row in zip(items, rows, strict=True):
        assert item.condition == row["output_condition"]
        assert not row["romaji"] or item.romaji == row["romaji"]
        assert item.key or row["key"] != "PK"


def test_full_width_n_and_decimal_lengths_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + "items:\n" + ITEM
                 + '  - {id: "2", name: 氏名, meaning: person.name, type: Ｎ, length: 100, confidence: A, basis: b}\n'
                 + '  - {id: "3", name: 持分, meaning: none, type: "9V", length: "5,2", confidence: D, basis: b}\n')
    name, share = read_group(path).items[1:]
    assert name.type == "N"
    assert (share.type, share.length, share.scale) == ("9V", 5, 2)
    assert load_group("kihon_data_list", "e1", "001", "g", root=tmp_path).names == ("宛名番号", "氏名", "持分")


BAD_ITEMS = [
    ('{id: "1", name: 甲, meaning: none, confidence: A, basis: b}', "every id once"),
    ('{id: "2", name: 宛名番号, meaning: none, confidence: A, basis: b}', "also in line 9"),
    ('{id: "2", name: 甲, meaning: person.nome, confidence: A, basis: b}', "a meaning of layouts/meanings.csv"),
    ('{id: 2, name: 甲, meaning: none, confidence: A, basis: b}', 'Write "2" in quotes'),
    ('{id: 0002, name: 甲, meaning: none, confidence: A, basis: b}', "0002 without quotes"),
    ('{id: "2", name: 甲, meaning: none, type: Z, confidence: A, basis: b}', "Input should be"),
    ('{id: "2", name: 甲, meaning: none, type: 9, length: 3, confidence: A, basis: b}', 'Write type: "9"'),
    ('{id: "2", name: 甲, meaning: none, type: X, length: "5.2", confidence: A, basis: b}', '"n,m"'),
    ('{id: "2", name: 甲, meaning: none, type: X, length: "5,2", confidence: A, basis: b}', "only for 9V and S9"),
    ('{id: "2", name: 甲, meaning: none, type: "9V", length: 5, confidence: A, basis: b}', '"n,m" for 9V'),
    ('{id: "2", name: 甲, meaning: none, type: "9V", length: "2,2", confidence: A, basis: b}', "n > m"),
    ('{id: "2", name: 甲, meaning: none, type: X, length: -1, confidence: A, basis: b}', "no negative number"),
    ('{id: "2", name: 甲, meaning: none, type: DATE, length: 8, confidence: A, basis: b}', "10 for DATE"),
    ('{id: "2", name: 甲, meaning: none, type: TIME, length: 6, confidence: A, basis: b}', "8 for TIME"),
    ('{id: "2", name: 甲, meaning: none, code_list: 架空, confidence: A, basis: b}', "a list of layouts/code_lists"),
    ('{id: "2", name: 甲, meaning: none, condition: 必須, confidence: B, basis: b}', "必須 only with confidence A"),
    ('{id: "2", name: 甲, meaning: none, confidence: E, basis: b}', "Input should be"),
    ('{id: "2", name: 甲, meaning: none, basis: b}', "the key 'confidence'"),
    ('{id: "2", name: 甲, meaning: none, confidence: A, basis: b, hint: c}', "a key this definition knows"),
    ('{id: "2", name: 甲, meaning: none, confidence: A, basis: b, repeat: 0}', "greater than or equal to 1"),
    ('{id: "2", name: 甲, meaning: none, type: DATE, length: 10, unknown_flag: 乙, confidence: A, basis: b}',
     "companions that are items of this group"),
    ('{id: "2", name: 甲, meaning: none, type: X, unknown_flag: 宛名番号, confidence: A, basis: b}',
     "only on DATE items"),
    ('{id: "2", name: 甲, meaning: none, blank_not_allowed: {any_of: [丙], basis: b}, confidence: A, basis: b}', "丙"),
    ("甲", "expected an item"),
]


@pytest.mark.parametrize(("item", "part"), BAD_ITEMS)
def test_a_wrong_item_names_file_and_line(item: str, part: str, tmp_path: Path) -> None:
    path = write(tmp_path, f"{HEAD}items:\n{ITEM}  - {item}\n")
    with pytest.raises(DefinitionError) as caught:
        read_group(path)
    assert f"{path}:10" in str(caught.value)
    assert part in str(caught.value)


@pytest.mark.parametrize(("text", "line", "part"), [
    (HEAD, 1, "a list of items"),
    (HEAD + "items: []\n", 8, "a list of items"),
    (HEAD.replace('"001"', "001") + f"items:\n{ITEM}", 3, "001 without quotes"),
    (HEAD.replace('"001"', '"002"') + f"items:\n{ITEM}", 3, "expected 001 as the file's place says"),
    (HEAD.replace("group: g", "group: h") + f"items:\n{ITEM}", 4, "expected g as the file's place says"),
    (HEAD.replace("e1", "e2") + f"items:\n{ITEM}", 2, "expected e1 as the file's place says"),
    (HEAD.replace("kihon_data_list", "other") + f"items:\n{ITEM}", 1, "Input should be"),
])
def test_a_wrong_head_names_file_and_line(text: str, line: int, part: str, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    with pytest.raises(DefinitionError) as caught:
        read_group(path)
    assert f"{path}:{line}" in str(caught.value)
    assert part in str(caught.value)


def test_a_group_id_is_ascii_and_its_area_known(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD.replace("group: g", "group: 住民") + f"items:\n{ITEM}", group="住民")
    with pytest.raises(DefinitionError, match="lower-case ASCII"):
        read_group(path)
    other = tmp_path / "kihon_data_list" / "e1" / "099" / "g.yml"
    other.parent.mkdir(parents=True)
    other.write_text(HEAD.replace('"001"', '"099"') + f"items:\n{ITEM}", encoding="utf-8")
    with pytest.raises(DefinitionError, match="a 業務ID of"):
        read_group(other)


def test_an_unknown_group_lists_what_ships() -> None:
    with pytest.raises(DefinitionError, match="kihon_data_list/shipped-1/001/resident"):
        load_group("kihon_data_list", "2.1", "001", "resident")


def test_column_names_are_the_items_names() -> None:
    group: StandardGroup = load_group("kihon_data_list", "shipped-1", "001", "support_measure")
    assert group.names == ("宛名番号", "履歴番号", "支援措置開始年月日", "支援措置終了年月日", "支援措置区分")
