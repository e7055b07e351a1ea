from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from char_mapping.errors import DefinitionError
from pipelines.cli.app import app
from pipelines.cli.copybooks import show_copybook

COPYBOOK = """\
       01  住民.
           05  宛名番号            PIC 9(10).
           05  件数                PIC S9(4) COMP.
           05  給付 OCCURS 0 TO 3 DEPENDING ON 件数.
               10  金額            PIC S9(5) COMP-3.
               10  種別            PIC N(2).
           05  給付文字 REDEFINES 給付 PIC X(7).
               88  空              VALUE SPACE.
           05  率                  PIC S9V99
                   SIGN LEADING SEPARATE.
           66  番号 RENAMES 宛名番号.
       01  トレーラ.
           05  FILLER              PIC X(4).
"""
TABLE = """\
住民  37 bytes (at least 16)  r.cpy, ibm
offset  length  occurs  item           picture  usage        sign              notes
     0      37          01 住民
     0      10            05 宛名番号  9(10)    display
    10       2            05 件数      S9(4)    binary       trailing
    12       7     0-3    05 給付                                              depending on 件数
    12       3              10 金額    S9(5)    packed       trailing
    15       4              10 種別    N(2)     double_byte
    12       7            05 給付文字  X(7)     display                        redefines 給付, 88 空
    33       4            05 率        S9V99    display      leading separate
66 番号: 住民.宛名番号 to 住民.宛名番号

トレーラ  4 bytes  r.cpy, ibm
offset  length  occurs  item         picture  usage    sign  notes
     0       4          01 トレーラ
     0       4            05 FILLER  X(4)     display
"""


@pytest.fixture
def copybook(tmp_path: Path) -> Path:
    path = tmp_path / "r.cpy"
    path.write_text(COPYBOOK, encoding="utf-8")
    return path


def test_a_copybook_is_shown_as_a_table(copybook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_copybook(copybook)
    assert capsys.readouterr().out == TABLE


def test_a_copybook_is_shown_as_json(copybook: Path) -> None:
    answer = CliRunner().invoke(app, ["layouts", "show", "--copybook", str(copybook), "--json"])
    assert answer.exit_code == 0
    record, trailer = json.loads(answer.output)["records"]
    assert trailer["columns"] == []
    assert record["columns"][:4] == ["宛名番号", "件数", "給付(1).金額", "給付(1).種別"]
    table = next(item for item in record["items"] if item["name"] == "給付")
    assert (table["offset"], table["occurs"], table["occurs_min"], table["depending_on"]) == (12, 3, 0, "件数")
    view = next(item for item in record["items"] if item["name"] == "給付文字")
    assert view["conditions"] == {"空": [["SPACE", "SPACE"]]}


def test_an_unknown_clause_is_named_with_its_place(copybook: Path) -> None:
    copybook.write_text("       01  R.\n           05  A PIC X ENCRYPTED.\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"r\.cpy:2:24: expected a data description clause, found ENCRYPTED"):
        show_copybook(copybook)


def test_without_a_copybook_area_and_group_are_needed() -> None:
    answer = CliRunner().invoke(app, ["layouts", "show"])
    assert answer.exit_code == 2
    assert "--copybook" in answer.output
