from __future__ import annotations

from pathlib import Path

import pytest

from char_mapping import DefinitionError, load_gaiji_table

HEAD = "code,char,mj,class,evidence,decided_on\n"


def written(folder: Path, rows: str) -> Path:
    path = folder / "jumin_east.csv"
    path.write_text(HEAD + rows, "utf-8")
    return path


def test_a_table_holds_decisions_and_what_is_still_open(tmp_path: Path) -> None:
    path = written(tmp_path, "80A1,辻\U000e0102,MJ025760,字形一致,字形票 3,2026-02-01\n80a2,,,,,\n")
    table = load_gaiji_table(path)
    assert table.name == "jumin_east.csv"
    assert table.decided() == {0x80A1: "辻\U000e0102"}
    assert table.decisions[0x80A2].char == ""
    assert table.decisions[0x80A1].line == 2


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("80A1,辻,,,,\n80A1,髙,,,,\n", r"jumin_east\.csv:3.*80A1 again \(first in line 2\)"),
        ("80G1,辻,,,,\n", r":2: expected a code of four hexadecimal digits, found 80G1"),
        ("8A1,辻,,,,\n", r":2: expected a code"),
        (",辻,,,,\n", r"found nothing"),
        ("80A1,辻髙,,,,\n", r"one character .*found 2 code points"),
        ("80A1,\U000e0102,,,,\n", r"one character"),
        ("80A1,辻,,たぶん,,\n", r"class of 字形一致/デザイン差/類似/該当なし"),
    ],
)
def test_a_wrong_row_is_named_with_file_and_line(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        load_gaiji_table(written(tmp_path, rows))


def test_a_missing_file_or_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="no file"):
        load_gaiji_table(tmp_path / "none.csv")
    path = tmp_path / "other.csv"
    path.write_text("code,glyph\n80A1,辻\n", "utf-8")
    with pytest.raises(DefinitionError, match="no char"):
        load_gaiji_table(path)
