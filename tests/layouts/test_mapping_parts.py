from __future__ import annotations

from pathlib import Path

import pytest

from char_mapping.errors import DefinitionError
from layouts.mappings import Mapping, load_mapping
from layouts.sources import load_source
from layouts.standard_groups import load_group

GROUP = load_group("kihon_data_list", "koumoku_teigi", "031", "addressee")


def load(folder: Path, items: str) -> Mapping:
    source = folder / "s"
    source.mkdir(exist_ok=True)
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
  氏: {meaning: person.name.family}
  名: {meaning: person.name.given}
  住所: {meaning: none}
""", encoding="utf-8")
    path = folder / "addressee.yml"
    path.write_text(f'area: "031"\ngroup: addressee\nsource: s\nitems:\n  宛名番号: {{from: 番号}}\n{items}\n',
                    encoding="utf-8")
    return load_mapping(path, load_source(source), GROUP, {})


SPLIT = '''  住所_町字: {from: 住所, split: {at: "　", part: 1, of: 2}}
  住所_番地号表記: {from: 住所, split: {at: "　", part: 2, of: 2}}'''


def test_joined_and_split_items_count_as_mapped(tmp_path: Path) -> None:
    found = load(tmp_path, '  氏名: {join: [氏, 名], with: "　"}\n' + SPLIT)
    assert found.by_name["氏名"].source_items == ("氏", "名")
    assert found.by_name["住所_番地号表記"].split is not None


@pytest.mark.parametrize(("items", "why"), [
    ("  氏名: {join: [氏], with: x}\n" + SPLIT, "two or more different source items"),
    ("  氏名: {join: [氏, 無]}\n" + SPLIT, "found 無"),
    ("  氏名: {join: [氏, 名], from: 氏}\n" + SPLIT, "several or none"),
    ("  氏名: {from: 氏, with: x}\n" + SPLIT, "one without the other"),
    ("  氏名: {join: [氏, 名]}\n" + SPLIT.replace("part: 2", "part: 3"), "1 to 2"),
    ("  氏名: {join: [氏, 名]}\n" + SPLIT.splitlines()[0], "nothing for part 2"),
    ("  氏名: {join: [氏, 名]}\n" + SPLIT.replace("part: 2, of: 2", "part: 2, of: 3"), "another at or of"),
    ("  氏名: {join: [氏, 名]}", "nothing for 住所"),
])
def test_what_would_lose_something_is_an_error(tmp_path: Path, items: str, why: str) -> None:
    with pytest.raises(DefinitionError, match=why):
        load(tmp_path, items)


@pytest.mark.parametrize(("rows", "why"), [
    ("{least: 2}", "least ≤ most ≤ 1"),
    ("{most: 2}", "least ≤ most ≤ 1"),
    ("{of: 無}", "an item of source s"),
    ("{of: 住所, most: 1}", "of, or least and most"),
    ("{least: -1}", "greater than or equal to 0"),
])
def test_a_declaration_of_rows_that_cannot_be_is_an_error(tmp_path: Path, rows: str, why: str) -> None:
    with pytest.raises(DefinitionError, match=why) as caught:
        load(tmp_path, f"  氏名: {{join: [氏, 名]}}\n{SPLIT}\nrows: {rows}")
    assert "addressee.yml:9" in str(caught.value)


def test_rows_as_many_as_an_item_says(tmp_path: Path) -> None:
    found = load(tmp_path, "  氏名: {join: [氏, 名]}\nrows: {of: 住所}")
    assert found.rows is not None
    assert found.rows.of == "住所"
