from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from char_mapping.errors import DefinitionError
from layouts.sources import SourceDefinition, item_of_column, load_source

FIXED = """id: jumin
label: 住民マスタ
area: "001"
department: 市民課
files: "JUMIN_*.dat"
format: {kind: fixed, header: ヘッダ, trailer: トレーラ, control: {count: 件数, total: {宛名番号: 宛名番号合計}}}
copybook: jumin.cpy
code_system: jef
glyph_policy: glyph
gaiji:
  "JUMIN_EAST*.dat": gaiji/jumin_east.csv
  "JUMIN_*.dat": gaiji/jumin.csv
key: [宛名番号]
keep_apart: {電話: sensitive}
items:
  宛名番号: {meaning: person.number}
  個人番号: {meaning: person.my_number}
  生年月日: {meaning: person.birth_date, date: {form: GYYMMDD, era: one_digit, nines: open_end, unknown_parts: ["00"]}}
  氏名: {meaning: person.name}
  給付.金額: {meaning: none}
  電話: {meaning: person.phone, certified: true}
"""
CSV = """id: gai
label: 住登外
area: "031"
department: 税務課
files: "*.csv"
format: {kind: csv, header: true}
code_system: cp932
key: [宛名番号]
items:
  宛名番号: {meaning: person.number}
  氏名: {meaning: person.name}
"""


def source(tmp_path: Path, text: str, *, name: str = "jumin", copybook: str | None = "jumin.cpy") -> SourceDefinition:
    folder = tmp_path / name
    folder.mkdir()
    if copybook:
        (folder / copybook).write_text("", encoding="utf-8")
    (folder / "source.yml").write_text(text, encoding="utf-8")
    return load_source(folder)


def test_a_fixed_source(tmp_path: Path) -> None:
    found = source(tmp_path, FIXED)
    assert found.copybook_paths == (tmp_path / "jumin" / "jumin.cpy",)
    assert found.format.control is not None
    assert found.format.control.total == {"宛名番号": "宛名番号合計"}
    birth = found.items["生年月日"].date
    assert birth is not None
    assert (birth.form, birth.era, birth.zeros, birth.nines, birth.unknown_parts) == (
        "GYYMMDD", "one_digit", "empty", "open_end", ("00",))
    assert found.gaiji_table_of("JUMIN_EAST_1.dat") == "gaiji/jumin_east.csv"
    assert found.gaiji_table_of("JUMIN_WEST_1.dat") == "gaiji/jumin.csv"
    assert found.gaiji_table_of("OTHER.dat") is None
    assert found.sensitive_items == {"個人番号", "電話"}
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301


def test_certified_by_meaning_only_in_the_register(tmp_path: Path) -> None:
    resident, addressee = source(tmp_path, FIXED), source(tmp_path, CSV, name="gai", copybook=None)
    assert resident.is_certified("氏名")
    assert resident.is_certified("電話")
    assert not resident.is_certified("宛名番号")
    assert not addressee.is_certified("氏名")
    assert resident.meaning_of("給付(3).金額").id == "none"


def test_items_are_compared_with_the_real_columns(tmp_path: Path) -> None:
    found = source(tmp_path, FIXED)
    columns = ["_record_no", "宛名番号", "個人番号", "生年月日", "氏名", "給付(1).金額", "給付(2).金額", "電話"]
    found.check_columns(columns)
    with pytest.raises(DefinitionError, match="no entry for 備考"):
        found.check_columns([*columns, "備考"])
    with pytest.raises(DefinitionError, match="items the copybook or header line has, found 電話"):
        found.check_columns(columns[:-1])
    with pytest.raises(DefinitionError, match="a, b, c, d, e and 2 more"):
        found.check_columns([*columns, *"abcdefg"])


def test_occurrences_share_their_item() -> None:
    assert item_of_column("給付(1).明細(2).金額") == "給付.明細.金額"
    assert item_of_column("給付(1,2)") == "給付"
    assert item_of_column("転出年月日（確定）") == "転出年月日（確定）"


@pytest.mark.parametrize(("old", "new", "line", "part"), [
    ("id: jumin", "id: other", 1, "the directory's name jumin"),
    ('area: "001"', "area: 001", 3, "001 without quotes"),
    ('area: "001"', 'area: "1"', 3, "three digits"),
    ('area: "001"', "area: 31", 3, 'Write "31" in quotes'),
    ("copybook: jumin.cpy", "copybook: none.cpy", 7, "no file none.cpy"),
    ("copybook: jumin.cpy\n", "", 1, "expected copybook"),
    ("header: ヘッダ", "header: true", 6, "the name of an 01 level"),
    ("kind: fixed", "kind: fix", 6, "Input should be"),
    ("kind: fixed", "kind: csv", 7, "no copybook for csv"),
    ("key: [宛名番号]", "key: [番号]", 13, "items of this source, found 番号"),
    ("key: [宛名番号]", "key: []", 13, "at least one item"),
    ("{電話: sensitive}", "{電番: sensitive}", 14, "an item of this source"),
    ("{電話: sensitive}", "{電話: secret}", 14, "'sensitive'"),
    ("meaning: person.name", "meaning: person.nome", 19, "a meaning of layouts/meanings.csv"),
    ("{meaning: person.name}", "{meaning: person.name, date: {form: ISO}}", 19, "person.name with date"),
    ("meaning: person.name", "meaning: operator.date", 19, "operator.date without date"),
    ("form: GYYMMDD", "form: GGG", 18, "Input should be"),
    ("era: one_digit", "era: three_digit", 18, "one of one_digit"),
    ('unknown_parts: ["00"]', 'unknown_parts: ["0"]', 18, "two-character values"),
    ('unknown_parts: ["00"]', "unknown_parts: [00]", 18, "00 without quotes"),
    ("nines: open_end", "nines: never", 18, "Input should be"),
    ("label: 住民マスタ", "label: 住民マスタ\ndirectory: x", 3, "a key this definition knows"),
    ("glyph_policy: glyph", "glyph_polcy: glyph", 9, "found 'glyph_polcy'"),
    ("kind: fixed", 'kind: fixed, delimiter: ";;"', 6, "one character each"),
])
def test_a_wrong_source_names_file_and_line(old: str, new: str, line: int, part: str, tmp_path: Path) -> None:
    assert old in FIXED
    with pytest.raises(DefinitionError) as caught:
        source(tmp_path, FIXED.replace(old, new, 1))
    assert f"source.yml:{line}" in str(caught.value)
    assert part in str(caught.value)


@pytest.mark.parametrize(("old", "new", "part"), [
    ("header: true", "header: 見出し", "true or false for csv"),
    ("header: true", "header: true, trailer: 末尾", "true or false for csv"),
])
def test_a_csv_source_has_no_control_records(old: str, new: str, part: str, tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=part):
        source(tmp_path, CSV.replace(old, new), name="gai", copybook=None)
