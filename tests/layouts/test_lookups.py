"""Lookups: what a mapping may ask of another source, and what a block gets of it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from char_mapping.errors import DefinitionError
from layouts.conform import conform, expected_rows
from layouts.lookup_tables import MISSING, SEVERAL, look_up, write_tables
from layouts.lookups import LookupPlaces
from layouts.mappings import Mapping, load_mapping
from layouts.sources import SourceDefinition, load_source
from layouts.standard_groups import load_group

HEAD = """id: {id}
label: {id}
area: "{area}"
department: 課
files: "*.csv"
format: {{kind: csv, header: true}}
code_system: cp932
key: [番号]
items:
"""
OWN = HEAD.format(id="own", area="001") + """  番号: {meaning: person.number}
  区分: {meaning: none}
  給付.番号: {meaning: none}
  個人番号: {meaning: person.my_number}
"""
OTHER = HEAD.format(id="other", area="031") + """  番号: {meaning: person.number}
  氏名: {meaning: person.name}
  生年月日: {meaning: person.birth_date, date: {form: GYYMMDD}}
  氏: {meaning: person.name.family}
  名: {meaning: person.name.given}
  削除: {meaning: person.deleted}
  個人番号: {meaning: person.my_number}
"""
ITEM = "氏名"
GROUP = load_group("kihon_data_list", "shipped-1", "001", "resident")
DROPPED = "dropped: {区分: 使わない, 給付.番号: 使わない, 個人番号: 使わない}"


def sources(folder: Path) -> dict[str, SourceDefinition]:
    found = {}
    for name, text in (("own", OWN), ("other", OTHER)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "source.yml").write_text(text, encoding="utf-8")
        found[name] = load_source(folder / name)
    return found


def load(folder: Path, lookup: str, *, rest: str = DROPPED,
         groups: dict[str, Mapping] | None = None) -> Mapping:
    path = folder / "resident.yml"
    path.write_text(f'area: "001"\ngroup: resident\nsource: own\nitems:\n  宛名番号: {{from: 番号}}\n'
                    f"  {ITEM}: {{lookup: {lookup}}}\n{rest}\n", encoding="utf-8")
    known = sources(folder)
    return load_mapping(path, known["own"], GROUP, {}, LookupPlaces(known, groups or {}))


NAME = "{source: other, on: {番号: 番号}, item: 氏名}"


def block(**columns: list[str | None]) -> pl.DataFrame:
    height = len(next(iter(columns.values())))
    return pl.DataFrame({"_record_no": range(1, height + 1), "_byte_offset": range(0, 10 * height, 10)}).with_columns(
        pl.Series(name, values, dtype=pl.String) for name, values in columns.items())


def test_a_value_comes_from_the_record_with_the_same_key(tmp_path: Path) -> None:
    mapping = load(tmp_path, NAME)
    there = [("a.csv", block(番号=["1", "2", "3", None], 氏名=["山田", "", "高橋", "誰か"])),
             ("b.csv", block(番号=["3", "4", "4"], 氏名=["髙橋", "田中", "田中"]))]
    write_tables([one for _, one in mapping.lookups], there, tmp_path / "t")
    table = block(番号=["4", "1", "2", "3", "9", None])
    found = look_up(conform(table, mapping), mapping, tmp_path / "t")
    assert found.frame[ITEM].to_list() == ["田中", "山田", None, None, None, None]
    assert found.frame["宛名番号"].to_list() == ["4", "1", "2", "3", "9", None]
    assert found.frame.height == expected_rows(table, mapping).sum()
    assert found.unanswered.select("record_no", "item", "reason", "key").rows() == [
        (4, ITEM, SEVERAL, "3"), (5, ITEM, MISSING, "9")]
    assert "3" not in "".join(found.unanswered["evidence"])
    assert found.origins.select("record_no", "from_source", "from_item", "from_file", "from_record_no").rows() == [
        (1, "other", "氏名", "b.csv", 2), (2, "other", "氏名", "a.csv", 1)]


def test_only_a_missing_record_may_pass_unasked(tmp_path: Path) -> None:
    mapping = load(tmp_path, NAME.replace("}, item", "}, missing: empty, item"))
    write_tables([mapping.lookups[0][1]], [("a", block(番号=["3", "3"], 氏名=["高", "髙"]))], tmp_path / "t")
    found = look_up(conform(block(番号=["3", "9"]), mapping), mapping, tmp_path / "t")
    assert found.unanswered["reason"].to_list() == [SEVERAL]


def test_conditions_of_the_other_source_choose_its_records(tmp_path: Path) -> None:
    mapping = load(tmp_path, NAME.replace("item: 氏名", 'item: 氏名, where: {item: 削除, in: ["0"]}'))
    rows = block(番号=["3", "3"], 氏名=["高", "髙"], 削除=["1", "0"])
    write_tables([mapping.lookups[0][1]], [("a", rows)], tmp_path / "t")
    found = look_up(conform(block(番号=["3"]), mapping), mapping, tmp_path / "t")
    assert (found.frame[ITEM].to_list(), found.unanswered.height) == (["髙"], 0)


def test_a_key_inside_a_repeated_group_is_that_of_the_occurrence(tmp_path: Path) -> None:
    mapping = load(tmp_path, NAME.replace("{番号: 番号}", "{給付.番号: 番号}"),
                   rest="unroll: {group: 給付, count: 2}\ndropped: {区分: 使わない, 個人番号: 使わない}")
    write_tables([mapping.lookups[0][1]], [("a", block(番号=["1", "2"], 氏名=["甲", "乙"]))], tmp_path / "t")
    table = block(番号=["7", "8"], **{"給付(1).番号": ["1", "2"], "給付(2).番号": ["2", None]})
    found = look_up(conform(table, mapping), mapping, tmp_path / "t")
    assert found.frame.select("_record_no", "_ordinal", ITEM).rows() == [
        (1, 0, "甲"), (1, 1, "乙"), (2, 0, "乙"), (2, 1, None)]


def test_a_lookup_in_a_group_goes_to_what_fills_it(tmp_path: Path) -> None:
    group = load_group("kihon_data_list", "koumoku_teigi", "031", "addressee")
    path = tmp_path / "addressee.yml"
    path.write_text('area: "031"\ngroup: addressee\nsource: other\nwhere: {item: 削除, in: ["0"]}\nitems:\n'
                    "  宛名番号: {from: 番号}\n  生年月日: {from: 生年月日, convert: DAT-001}\n"
                    "  氏名: {join: [氏, 名]}\ndropped: {氏名: 使わない, 個人番号: 使わない}\n", encoding="utf-8")
    groups = {"031/addressee": load_mapping(path, sources(tmp_path)["other"], group, {})}
    asked = "{group: 031/addressee, on: {番号: 宛名番号}, item: 生年月日}"
    found = load(tmp_path, asked, groups=groups).by_name[ITEM]
    assert found.lookup is not None
    assert (found.lookup.source_id, found.lookup.keys, found.lookup.item) == ("other", ("番号",), "生年月日")
    assert found.lookup.conditions == (groups["031/addressee"].where,)
    assert found.convert == ("DAT-001",)
    assert found.lookup.date is not None
    assert found.lookup.date.form == "GYYMMDD"
    with pytest.raises(DefinitionError, match="fills from one source item"):
        load(tmp_path, asked.replace("item: 生年月日", "item: 氏名"), groups=groups)
    with pytest.raises(DefinitionError, match="one of no group"):
        load(tmp_path, asked)


@pytest.mark.parametrize(("lookup", "why"), [
    ("{on: {番号: 番号}, item: 氏名}", "either source or group"),
    ("{source: other, on: {}, item: 氏名}", "own item: item of the other side"),
    ("{source: nobody, on: {番号: 番号}, item: 氏名}", "one of other, own"),
    ("{source: other, on: {無: 番号}, item: 氏名}", "an item of source own"),
    ("{source: other, on: {番号: 無}, item: 氏名}", "an item of source other"),
    ("{source: other, on: {番号: 番号}, item: 無}", "an item of source other"),
    ("{source: other, on: {個人番号: 個人番号}, item: 氏名}", "no 個人番号"),
    ("{source: other, on: {番号: 番号}, item: 個人番号}", "no 個人番号"),
    ("{source: other, on: {番号: 番号}, item: 氏名, where: {item: 無, in: ['1']}}", "an item of source other"),
    ("{source: other, on: {番号: 番号}, item: 氏名}, from: 番号", "several or none"),
])
def test_what_cannot_be_looked_up_is_an_error_at_its_line(tmp_path: Path, lookup: str, why: str) -> None:
    with pytest.raises(DefinitionError, match=why) as caught:
        load(tmp_path, lookup)
    assert "resident.yml:6" in str(caught.value)


@given(st.lists(st.tuples(st.sampled_from("12345"), st.sampled_from(["", "甲", "乙"])), max_size=12),
       st.lists(st.sampled_from([None, "", "1", "2", "3", "6"]), max_size=8), st.integers(1, 4))
def test_tables_say_what_a_dictionary_would(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]],
                                            asked: list[str | None], size: int) -> None:
    folder = tmp_path_factory.mktemp("lookups")
    mapping = load(folder, NAME)
    blocks = [("f", block(番号=[k for k, _ in rows[i:i + size]], 氏名=[v for _, v in rows[i:i + size]]))
              for i in range(0, len(rows), size)]
    write_tables([mapping.lookups[0][1]], blocks, folder / "t")
    found = look_up(conform(block(番号=asked), mapping), mapping, folder / "t")
    said: dict[str, set[str | None]] = {}
    for key, value in rows:
        said.setdefault(key, set()).add(value or None)
    answers = [said.get(key, set()) if key else set() for key in asked]
    assert found.frame[ITEM].to_list() == [next(iter(one)) if len(one) == 1 else None for one in answers]
    wanted = [n for n, (key, one) in enumerate(zip(asked, answers, strict=True), 1) if key and len(one) != 1]
    assert found.unanswered["record_no"].to_list() == wanted
