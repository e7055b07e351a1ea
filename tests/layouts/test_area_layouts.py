"""The layouts of the other areas: what they hold, and that nothing in them passes for the standard's."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from char_mapping.errors import DefinitionError
from layouts import standard_groups, yaml_reader
from layouts.codes import code_list_of, load_code_lists
from layouts.csv_tables import read_table
from layouts.identities import Check, Reference, check_items, load_identities
from layouts.meanings import load_meanings
from layouts.standard_groups import AREA_TABLE, STANDARD, list_groups, load_areas, read_group
from layouts.yaml_reader import parse_yaml

SHIPPED = STANDARD / "kihon_data_list" / "shipped-1"
AREAS = ("002", "003", "004", "006", "010", "011", "012", "013", "014", "015", "017", "019", "020", "021", "022", "023",
         "024", "025", "026", "027", "028", "032")  # fmt: skip


def test_every_area_of_the_twenty_has_groups() -> None:
    there = {group.area for group in list_groups()}
    assert there == {"001", "031", *AREAS}
    named = {name for area, (name, _, _) in load_areas().items() if name and area in there}
    assert len(named) == 20


def test_an_area_without_groups_is_listed_as_a_name_alone() -> None:
    depths = {row["business_id"]: row["depth"] for _, row in read_table(
        AREA_TABLE, ("area_no", "area", "business_id", "business", "confidence", "depth"))}
    there = {group.area for group in list_groups()}
    assert {area for area, depth in depths.items() if depth == "定義あり"} == there
    assert depths["018"] == depths["036"] == "枠のみ"


def test_an_area_that_says_nothing_of_its_depth_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "areas.csv"
    table.write_text("area_no,area,business_id,business,confidence,depth\n1,甲,001,甲,B,完成\n", encoding="utf-8")
    monkeypatch.setattr(standard_groups, "AREA_TABLE", table)
    with pytest.raises(DefinitionError, match=r"areas\.csv:2 depth: expected one of 定義あり, 枠のみ, found 完成"):
        load_areas.__wrapped__()


@pytest.mark.parametrize("area", AREAS)
def test_an_area_has_three_groups_a_history_and_references_to_the_addressees(area: str) -> None:
    groups = list_groups(area=area)
    assert len(groups) >= 3
    assert any("person.number" in {item.meaning for item in group.items} for group in groups)
    keys = [set(group.key) for group in groups]
    assert any(one < other for one in keys for other in keys) or any(len(key) > 1 for key in keys)
    assert any(item.code_list for group in groups for item in group.items)
    for group in groups:
        assert group.key
        for item in group.items:
            assert (item.confidence, item.condition, item.required) == ("D", "", False)
            assert item.basis
            if item.code_list:
                assert all(one.confidence == "D" and not one.closed for one in code_list_of(item.code_list))


@pytest.mark.parametrize("area", AREAS)
def test_an_area_has_an_identity_of_its_own(area: str) -> None:
    groups = {group.id: group for group in list_groups(area=area)}
    identities = [bound.identity for bound in load_identities("kihon_data_list", "shipped-1", area)]
    check_items(SHIPPED / area / "identities.yml", groups)
    assert f"ARE-{area}" in {identity.rule for identity in identities}
    assert any(isinstance(identity, Reference) and identity.to == "addressees" for identity in identities) or (
        area == "011"
    )
    for identity in identities:
        if identity.rule == f"ARE-{area}" and isinstance(identity, Check):
            assert identity.basis, "the law a check stands on"


def test_the_definitions_say_that_they_are_not_the_standards() -> None:
    for area in AREAS:
        for group in list_groups(area=area):
            assert "公式の基本データリストの写しではない" in group.note
    assert all(one.source for one in load_code_lists().values())
    assert load_meanings()["business.end_date"].tense == "open_end"


HEAD = """family: kihon_data_list
edition: e1
area: "023"
group: g
label: ラベル
source: 出典
licence: PDL 1.0
"""


def _group(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "kihon_data_list" / "e1" / "023" / "g.yml"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_defaults_hold_for_every_item_that_does_not_say_otherwise(tmp_path: Path) -> None:
    group = read_group(_group(tmp_path, """defaults: {confidence: D, basis: 業務知識, meaning: none}
items:
  - {id: "g.1", name: 甲, type: X, length: 1, key: true}
  - {id: "g.2", name: 乙, type: "9", length: 3, confidence: B, basis: 公開資料, meaning: business.amount}
"""))
    assert [(i.confidence, i.basis, i.meaning) for i in group.items] == [
        ("D", "業務知識", "none"), ("B", "公開資料", "business.amount")]


@pytest.mark.parametrize(("text", "where", "part"), [
    ('defaults: {length: 3}\nitems:\n  - {id: "1", name: 甲}\n', "g.yml:8 defaults", "confidence, basis, meaning"),
    ('defaults: D\nitems:\n  - {id: "1", name: 甲}\n', "g.yml:8 defaults", "a mapping"),
    ('defaults: {confidence: D, basis: b, meaning: none}\nitems:\n  - {id: "g.10", name: 甲, type: X, length: 1}\n'
     '  - {id: "g.9", name: 乙, type: X, length: 1}\n', "g.yml:11 items.id", "ascending order"),
    ('defaults: {confidence: D, basis: b, meaning: none}\nitems:\n  - {id: "g.1", name: 甲, type: X, length: 012}\n',
     "g.yml:10", "012"),
    ('defaults: {confidence: D, basis: b, meaning: none}\nitems:\n'
     '  - {id: "g.1", name: 甲, type: X, length: 1, code_list: 架空の一覧}\n', "g.yml:10", "架空の一覧"),
    ('defaults: {confidence: D, basis: b, meaning: none}\nitems:\n'
     '  - {id: "g.1", name: 甲, type: X, length: 1, condition: 必須}\n', "g.yml:10", "confidence A"),
])
def test_what_does_not_hold_is_told_with_its_line(text: str, where: str, part: str, tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_group(_group(tmp_path, text))
    assert where in str(caught.value)
    assert part in str(caught.value)


def test_ids_of_another_series_may_count_anew(tmp_path: Path) -> None:
    assert read_group(_group(tmp_path, """defaults: {confidence: D, basis: b, meaning: none}
items:
  - {id: "03100009", name: 甲, type: X, length: 1, key: true}
  - {id: "api2.01", name: 乙, type: X, length: 1}
""")).names == ("甲", "乙")


def test_libyaml_and_the_reader_in_python_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = sorted(SHIPPED.glob("*/*.yml"))[::9]
    fast = [parse_yaml(path.read_text(encoding="utf-8"), path) for path in paths]
    monkeypatch.setattr(yaml_reader, "_composed", lambda text: YAML(typ="safe", pure=True).compose(text))
    for one, path in zip(fast, paths, strict=True):
        slow = parse_yaml(path.read_text(encoding="utf-8"), path)
        assert (one.data, one.lines) == (slow.data, slow.lines)
