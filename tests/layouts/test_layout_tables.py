from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from char_mapping.errors import DefinitionError
from layouts import codes, eras, meanings
from layouts.codes import code_list_of, load_code_lists, load_code_map, load_code_maps
from layouts.csv_tables import read_table
from layouts.eras import load_era_codes, load_eras
from layouts.meanings import load_meanings
from layouts.standard_groups import load_areas

FACTS = Path(__file__).parents[3] / "shared" / "data"
needs_facts = pytest.mark.skipif(not FACTS.is_dir(), reason="the facts of ../shared are not at hand")


def test_eras_touch_and_share_their_boundary_days() -> None:
    found = {era.name: era for era in load_eras()}
    assert list(found) == ["明治", "大正", "昭和", "平成", "令和"]
    assert found["明治"].end == found["大正"].start == date(1912, 7, 30)
    assert found["大正"].end == found["昭和"].start == date(1926, 12, 25)
    assert found["昭和"].year_offset + found["昭和"].last_year == 1989
    assert found["令和"].end is None


@needs_facts
def test_eras_are_those_of_the_facts() -> None:
    with (FACTS / "era_table.csv").open(encoding="utf-8") as lines:
        facts = [(r["name"], r["abbr"], r["start_greg"], r["end_greg"], r["max_year"]) for r in csv.DictReader(lines)]
    assert [(e.name, e.letter, str(e.start), str(e.end or ""), str(e.last_year or "")) for e in load_eras()] == facts


def test_era_codes_of_one_and_two_digits() -> None:
    lists = load_era_codes()
    assert lists["one_digit"]["4"].name == lists["two_digit"]["04"].name == lists["letter"]["H"].name == "平成"
    assert {len(code) for code in lists["two_digit"]} == {2}


def test_meanings_say_what_rules_need() -> None:
    known = load_meanings()
    assert known["person.birth_date"].calendar == "registry"
    assert known["person.birth_date"].unknown_allowed
    assert known["support.end_date"].tense == "open_end"
    assert known["person.name"].certified
    assert not known["person.kana"].certified
    assert all((m.calendar != "") == (m.kind == "date") for m in known.values())
    for prefix in ("address", "previous_address", "moved_to_address", "planned_address", "honseki_address"):
        for part in ("municipality_code", "town_code", "prefecture", "municipality", "town", "lot", "building",
                     "building.kana", "postal_code", "country", "overseas"):
            assert f"{prefix}.{part}" in known


@pytest.mark.parametrize(("row", "part"), [
    ("a,b,name,maybe,,no,", "certified one of no, yes"),
    ("a,b,nome,yes,,no,", "kind one of"),
    ("a,b,date,yes,lunar,no,", "calendar one of"),
    ("a,b,date,yes,strict,no,later", "tense one of"),
    ("a,b,name,yes,,no,\na,c,name,yes,,no,", "every meaning once"),
    ("a,b,name", "7 cells"),
])
def test_a_wrong_meaning_names_its_line(row: str, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "meanings.csv"
    table.write_text(f"meaning,label,kind,certified,calendar,unknown_allowed,tense\n{row}\n", encoding="utf-8")
    monkeypatch.setattr(meanings, "MEANING_TABLE", table)
    with pytest.raises(DefinitionError, match=part) as caught:
        load_meanings.__wrapped__()
    assert f"meanings.csv:{2 + row.count(chr(10))}" in str(caught.value)


def test_a_wrong_header_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,c\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"t\.csv:1: expected the columns a,b, found a,c"):
        list(read_table(tmp_path / "t.csv", ("a", "b")))


@pytest.mark.parametrize(("name", "text", "part"), [
    ("ERA_TABLE", "name,letter,start,end,last_year,note\n明治,M,1868,,45,\n", r":2: expected dates"),
    ("CODE_TABLE", "list,code,era,confidence,source\nx,1,文久,D,\n", r":2: expected a known era"),
    ("CODE_TABLE", "list,code,era,confidence,source\nx,1,明治,D,\nx,1,大正,D,\n", r":3: expected a known era"),
])
def test_wrong_era_tables_are_refused(name: str, text: str, part: str, tmp_path: Path,
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    monkeypatch.setattr(eras, name, tmp_path / "t.csv")
    load = load_eras if name == "ERA_TABLE" else load_era_codes
    with pytest.raises(DefinitionError, match=part):
        load.__wrapped__()


def test_code_lists_know_how_much_of_them_is_known() -> None:
    lists = load_code_lists()
    sex = lists["性別(住民基本台帳)"]
    assert sex.closed
    assert sex.accepts("1")
    assert not sex.accepts("3")
    relationship = lists["続柄"]
    assert not relationship.closed
    assert relationship.accepts("2A")
    assert not relationship.accepts("3A")
    assert lists["在留資格等"].accepts("何でも")
    joined = code_list_of("記載の事由/消除の事由/修正の事由")
    assert [one.id for one in joined] == ["記載の事由", "消除の事由", "修正の事由"]
    with pytest.raises(KeyError, match="架空"):
        code_list_of("架空")


@needs_facts
def test_code_lists_hold_every_code_of_the_facts() -> None:
    with (FACTS / "code_lists.csv").open(encoding="utf-8") as lines:
        facts = [r for r in csv.DictReader(lines) if r["code_list"] not in ("元号(1桁)", "自治体固有コード")]
    lists = load_code_lists()
    assert facts
    for row in facts:
        assert lists[row["code_list"]].labels[row["code"]] == row["label"]


@pytest.mark.parametrize(("lists", "values", "part"), [
    ("a,001,complete,B,s,\n", "", "lists.csv:2 a"),
    ("a,001,unknown,B,s,\n", "a,1,x,B,s\n", "lists.csv:2 a"),
    ("a,001,all,B,s,\n", "a,1,x,B,s\n", "lists.csv:2 a"),
    ("a,001,complete,B,s,\n", "a,1,x,B,s\na,1,y,B,s\n", "001.csv:3 a"),
    ("a,001,complete,B,s,\n", "a,1,x,E,s\n", "001.csv:2 a"),
    ("a,001,complete,B,s,\n", "a,1,x,B,s\nb,1,x,B,s\n", "001.csv:3: expected a list named in lists.csv"),
])
def test_wrong_code_lists_are_refused(lists: str, values: str, part: str, tmp_path: Path,
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lists.csv").write_text(f"list,area,coverage,confidence,source,note\n{lists}", encoding="utf-8")
    (tmp_path / "001.csv").write_text(f"list,code,label,confidence,source\n{values}", encoding="utf-8")
    monkeypatch.setattr(codes, "CODE_LISTS", tmp_path)
    with pytest.raises(DefinitionError) as caught:
        load_code_lists.__wrapped__()
    assert part in str(caught.value)


def test_code_map_of_three_disjoint_sets(tmp_path: Path) -> None:
    (tmp_path / "sex.yml").write_text(
        'list: 性別(住民基本台帳)\nmap: {"1": "1", "2": "2"}\nvariants: {"M": "1"}\nignored: {"9": 未使用の値}\n',
        encoding="utf-8")
    found = load_code_maps(tmp_path)["sex"]
    assert found.standard == {"1": "1", "2": "2"}
    assert found.variants == {"M": "1"}
    assert found.ignored == {"9": "未使用の値"}
    assert load_code_maps(tmp_path / "none") == {}


@pytest.mark.parametrize(("text", "line", "part"), [
    ('list: 架空\nmap: {"1": "1"}\n', 1, "found 架空"),
    ('list: 住民種別\nmap: {1: "1"}\n', 2, "1 without quotes"),
    ('list: 住民種別\nmap: {"1": 1}\n', 2, 'Write "1" in quotes'),
    ('list: 住民種別\nmap: {"1": "1"}\nvariants:\n  "1": "2"\n', 4, "also in map"),
    ('list: 住民種別\nmap: {"1": "7"}\n', 2, "a code of 住民種別, found '7'"),
    ('list: 住民種別\nmap: {"1": "1"}\nignored: {"9": " "}\n', 3, "the reason why"),
    ('list: 住民種別\nid: other\nmap: {"1": "1"}\n', 2, "expected m, found other"),
    ('list: 住民種別\n', 1, "the key 'map'"),
    ('list: 住民種別\nmaps: {"1": "1"}\n', 2, "a key this definition knows"),
])
def test_wrong_code_maps_name_their_line(text: str, line: int, part: str, tmp_path: Path) -> None:
    (tmp_path / "m.yml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_code_map(tmp_path / "m.yml")
    assert f"m.yml:{line}" in str(caught.value)
    assert part in str(caught.value)


def test_the_20_areas_have_their_business_ids() -> None:
    areas = load_areas()
    assert len({name for name, _, _ in areas.values() if name}) == 20
    assert len(areas) == 37
    assert areas["001"] == ("住民基本台帳", "住民基本台帳", "B")
    assert areas["031"] == ("", "住登外者宛名番号管理", "A")


@needs_facts
def test_business_ids_are_those_of_the_facts() -> None:
    with (FACTS / "business_areas.csv").open(encoding="utf-8") as lines:
        facts = {r["area_id"]: (r["area"], r["confidence"]) for r in csv.DictReader(lines)}
    assert {k: (business, mark) for k, (_, business, mark) in load_areas().items()} == facts
