from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from char_mapping.code_systems import load_code_system
from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.records.blocks import DecodedBlock
from layouts.records.option_plans import plan_of_options
from layouts.records.plans import WorkbookShape
from layouts.records.reader import open_planned_file, open_source_file
from layouts.records.workbooks import read_workbook
from layouts.sources import load_source

ROWS: list[list[Any]] = [
    ["宛名番号", "氏名", "生年月日", "税額", "備考"],
    ["0000000123", "髙橋　花子", dt.date(1975, 1, 31), 1234567890123, "1-2"],
    [1234567890, " 山田 ", "S50.1.1", 1.5, dt.date(2026, 1, 2)],
    [7, "𠮷田\U000e0100", dt.datetime(1975, 1, 31, 12, 30), "00", "true"],
    [None] * 5,
    ["0000000008", None, None, None, True],
]


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    def write(rows: list[list[Any]] = ROWS, *, sheets: tuple[str, ...] = ("住民",), error: bool = False) -> Path:
        path = tmp_path / "a.xlsx"
        book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy/mm/dd"})
        for name in sheets:
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    write_cell = sheet.write_string if isinstance(value, str) else sheet.write
                    write_cell(number, column, value)
            if error:
                sheet.write_formula(1, 1, "=NA()", None, "#N/A")
        book.close()
        return path

    return write


def read(path: Path, *, key: tuple[str, ...] = (), block: int = 100, **shape: Any) -> list[DecodedBlock]:
    return list(read_workbook(path, WorkbookShape(**shape), key, load_code_system("utf-8"), block))


def test_cells_are_text_and_rows_keep_their_numbers(workbook: Callable[..., Path]) -> None:
    blocks = read(workbook(), block=2)
    assert [b.table.height for b in blocks] == [2, 2]
    assert pl.concat([b.table for b in blocks]).rows() == [
        (2, 0, "0000000123", "髙橋　花子", "1975-01-31", "1234567890123", "1-2"),
        (3, 0, "1234567890", " 山田", "S50.1.1", "1.5", "2026-01-02"),
        (4, 0, "7", "𠮷田\U000e0100", "1975-01-31 12:30:00", "00", "true"),
        (6, 0, "0000000008", None, None, None, "true"),
    ]
    assert blocks[0].apart.select("record_no", "fate").rows() == [(1, "control")]
    counted = {(item, kind): count for item, kind, count in blocks[0].counts.iter_rows()}
    assert counted["氏名", "trimmed"] == 1


def test_what_excel_made_of_a_cell_is_reported(workbook: Callable[..., Path]) -> None:
    names: dict[str, Any] = {"text_columns": frozenset({"宛名番号"}), "date_columns": frozenset({"生年月日"})}
    faults = read(workbook(), **names)[0].faults
    assert faults.select("record_no", "item", "fault", "text").rows() == [
        (3, "宛名番号", "number_cell", "1234567890"), (4, "宛名番号", "number_cell", "7"),
        (3, "備考", "date_cell", "2026-01-02"),
    ]
    assert faults["raw_bytes"].to_list()[0] == b"1234567890"


def test_an_error_value_is_a_fault_and_empty(workbook: Callable[..., Path]) -> None:
    block = read(workbook(error=True))[0]
    assert block.faults.select("record_no", "item", "fault").rows() == [(2, "氏名", "error_cell")]
    assert block.table["氏名"][0] is None


def test_a_record_without_its_key_is_isolated_with_its_cells(workbook: Callable[..., Path]) -> None:
    block = read(workbook([["番号", "名"], ["1", "a"], [None, "b"]]), key=("番号",))[0]
    assert block.table["名"].to_list() == ["a"]
    assert block.apart.select("record_no", "fate", "fault", "item", "raw_bytes").rows()[1:] == [
        (3, "isolated", "blank", "番号", b"\tb"),
    ]
    assert block.unkeyed["名"].to_list() == ["b"]


def test_rows_above_the_header_are_control_records(workbook: Callable[..., Path]) -> None:
    block = read(workbook([["出力日", "2026"], [None, None], ["番号", "名"], ["1", "a"]]), skip_lines=2)[0]
    assert block.table.rows() == [(4, 0, "1", "a")]
    assert block.apart["record_no"].to_list() == [1, 3]


@pytest.mark.parametrize(("rows", "shape", "message"), [
    (ROWS, {"columns": ("宛名番号", "氏名")}, "among them no other, found 5 columns, not declared: 生年月日"),
    ([["a", "a"], ["1", "2"]], {}, "found twice a"),
    ([["a"], ["1", "2"]], {}, "expected 1 columns, found cells in 2 columns"),
    ([["a"]], {"skip_lines": 3}, "row 4: expected the names of the columns, found no such row"),
    (ROWS, {"sheet": "台帳"}, "expected a sheet 台帳, found 住民"),
])
def test_a_sheet_of_another_shape_is_unreadable(
    workbook: Callable[..., Path], rows: list[list[Any]], shape: dict[str, Any], message: str
) -> None:
    with pytest.raises(UnreadableFile, match=message):
        read(workbook(rows), **shape)


def test_of_several_sheets_one_must_be_named(workbook: Callable[..., Path]) -> None:
    path = workbook(sheets=("東", "西"))
    with pytest.raises(UnreadableFile, match="expected one sheet, found 東, 西"):
        read(path)
    assert read(path, sheet="西")[0].table.height == 4


def test_a_file_that_is_no_workbook_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\3\4 not a workbook")
    with pytest.raises(UnreadableFile, match="expected an Excel workbook"):
        read(path)


def test_a_source_says_by_its_meanings_which_cells_excel_may_have_spoilt(
    tmp_path: Path, workbook: Callable[..., Path]
) -> None:
    folder = tmp_path / "sources" / "jumin"
    folder.mkdir(parents=True)
    (folder / "source.yml").write_text("""\
id: jumin
label: 住民
area: "001"
department: 市民課
files: "*.xlsx"
format: {kind: xlsx, sheet: 住民}
code_system: utf-8
key: [宛名番号]
items:
  宛名番号: {meaning: person.number}
  氏名: {meaning: person.name}
  生年月日: {meaning: person.birth_date, date: {form: ISO}}
  税額: {meaning: none}
  備考: {meaning: none}
""", encoding="utf-8")
    source = load_source(folder)
    blocks = list(open_source_file(source, workbook(), block_records=10))
    assert sorted(blocks[0].faults["fault"]) == ["date_cell", "number_cell", "number_cell"]
    wrong = source.model_copy(update={"code_system": "cp932"})
    with pytest.raises(DefinitionError, match="expected utf-8: these files hold Unicode, found cp932"):
        list(open_source_file(wrong, workbook(), block_records=10))


def test_a_workbook_is_read_without_a_definition(workbook: Callable[..., Path]) -> None:
    plan = plan_of_options(None, "utf-8", framing="xlsx", sheet="住民")
    assert next(open_planned_file(plan, workbook(), block_records=10)).table.height == 4
