from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from char_mapping.errors import DefinitionError
from layouts.yaml_reader import parse_yaml, read_yaml

HERE = Path("x.yml")


def test_values_keep_their_yaml_1_2_reading() -> None:
    document = parse_yaml(
        'a: 12\nb: 1.5\nc: yes\nd: 2026-04-01\ne: "012025"\nf: [on, ~, true]\ng: 1:30\nh: "0o17"\ni: -3\nj:\n', HERE)
    assert document.data == {"a": 12, "b": 1.5, "c": "yes", "d": "2026-04-01", "e": "012025", "f": ("on", None, True),
                             "g": "1:30", "h": "0o17", "i": -3, "j": None}


@pytest.mark.parametrize("number", ["012025", "0x1F", "0o17", "1_000", "1e3", "00", "-007", ".inf", "0_1"])
def test_numbers_that_yaml_would_change_are_refused(number: str) -> None:
    with pytest.raises(DefinitionError, match=r"x\.yml:2: expected a code in quotes") as caught:
        parse_yaml(f"a: 1\ncode: {number}\n", HERE)
    assert f'Write "{number}"' in str(caught.value)


@pytest.mark.parametrize(("text", "line", "part"), [
    ("a: 1\nb: 2\na: 3\n", 3, "first in line 1"),
    ("a:\n  b: 1\n  b: 2\n", 3, "a second time"),
    ("1: x\n", 1, "1 without quotes"),
    ("a: 1\ntrue: x\n", 2, "true without quotes"),
    ("? [a]\n: 1\n", 1, "a list or mapping"),
    ("b: &x {c: 1}\na:\n  <<: *x\n", 3, "merge key"),
    ("a: 1\nb: !!python/name:os.system x\n", 2, "tag"),
    ("- a\n", 1, "a list or text"),
    ("", 1, "an empty file"),
    ("a: [1, 2\nb: 3\n", 2, "expected YAML"),
    ("a: 1\n\tb: 2\n", 2, "expected YAML"),
])
def test_other_traps_name_their_line(text: str, line: int, part: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse_yaml(text, HERE)
    assert str(caught.value).startswith(f"x.yml:{line}")
    assert part in str(caught.value)


def test_unreadable_characters_are_an_error_of_the_file() -> None:
    with pytest.raises(DefinitionError, match="characters YAML does not allow"):
        parse_yaml("a: \x01\n", HERE)


def test_missing_file_and_wrong_encoding(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="no such file"):
        read_yaml(tmp_path / "none.yml")
    (tmp_path / "sjis.yml").write_bytes("a: 1\nb: 漢字\n".encode("cp932"))
    with pytest.raises(DefinitionError, match=r"sjis\.yml:2: expected UTF-8"):
        read_yaml(tmp_path / "sjis.yml")
    (tmp_path / "bom.yml").write_text("a: 漢字\n", encoding="utf-8-sig")
    assert read_yaml(tmp_path / "bom.yml").data == {"a": "漢字"}


def test_lines_of_nested_values() -> None:
    document = parse_yaml("items:\n  - id: a\n    name: b\n  - id: c\n", HERE)
    assert document.line_of("items", 1, "id") == 4
    assert document.line_of("items", 0, "missing") == 2
    assert document.where("items", 0, "name") == "x.yml:3 items.name"


@given(st.from_regex(r"[0-9]{1,8}", fullmatch=True))
def test_a_code_is_either_kept_exactly_or_refused(code: str) -> None:
    try:
        value = parse_yaml(f"code: {code}\n", HERE).data["code"]
    except DefinitionError:
        assert code.startswith("0")
    else:
        assert str(value) == code
    assert parse_yaml(f'code: "{code}"\n', HERE).data["code"] == code
