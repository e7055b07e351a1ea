from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from char_mapping import DefinitionError, GaijiTable, UnreadableFile, load_code_system, load_gaiji_table
from char_mapping.gaiji import gaiji_csv
from char_mapping.imports import official
from char_mapping.imports.code_tables import read_code_csv, read_hulft, read_jef4j
from char_mapping.imports.fonts import read_eudc, read_gj_font
from char_mapping.imports.incoming import IncomingRow, IncomingTable, RefusedRow, host_code, read_target
from char_mapping.imports.merging import merge
from char_mapping.imports.official import (
    JIS_UCS,
    KOSEKI,
    MINJI_2842_OTHER,
    NOTICE_582_1,
    SUBSTITUTES,
    read_mj_list,
    read_shrink_map,
    read_substitutes,
)

EMPTY = GaijiTable("city.csv", {})


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder / name


def chars(table: IncomingTable) -> dict[str, str]:
    return {f"{row.code:04X}": row.char for row in table.rows}


def font(path: Path, glyphs: dict[int, str], version: str = "Version 1.000") -> Path:
    from fontTools.fontBuilder import FontBuilder
    from fontTools.ttLib.tables._g_l_y_f import Glyph

    names = [".notdef", *sorted(set(glyphs.values()))]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(glyphs)
    builder.setupGlyf({name: Glyph() for name in names})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    builder.setupHorizontalHeader()
    builder.setupNameTable({"familyName": "Test", "styleName": "Regular", "version": version})
    builder.setupPost()
    builder.save(path)
    return path


# --- targets and codes


@pytest.mark.parametrize("text", ["41A5", "0x41A5", "0X41A5", "x'41A5'", " 41a5 "])
def test_codes_are_read_as_vendors_write_them(text: str) -> None:
    assert host_code(text) == 0x41A5


@pytest.mark.parametrize("text", ["", "41A", "41A5F", "GGGG"])
def test_what_is_no_code_is_none(text: str) -> None:
    assert host_code(text) is None


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", ("", "")),
        ("MJ025760", ("辻\U000e0102", "MJ025760")),
        ("U+8FBB_E0102", ("辻\U000e0102", "MJ025760")),
        ("U+8FBB U+E0102", ("辻\U000e0102", "MJ025760")),
        ("U+20BB7", ("𠮷", "MJ032129")),
        ("髙", ("髙", "MJ028902")),
        ("GJ000138", ("\U000f008a", "GJ000138")),
        ("か\u309a", ("か\u309a", "")),
    ],
)
def test_a_target_is_a_name_code_points_or_the_character(text: str, read: tuple[str, str]) -> None:
    assert read_target(text) == read


@pytest.mark.parametrize("text", ["MJ003719", "MJ999999", "GJ000000", "U+D800", "髙島", "U+FFFD", "U+110000"])
def test_a_target_that_means_no_character_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_target(text)


# --- jef4j


def test_jef4j_rows_carry_their_selectors_and_marks(tmp_path: Path) -> None:
    entries = [
        {"code": "41A5", "unicode": "4E08", "hd": "E0103", "aj1": "E0101", "options": ["oneway"]},
        {"code": "42BB", "unicode": "4FAE", "hd": "E0103", "options": ["oneway"]},
        {"code": "42BB", "unicode": "FA30", "options": ["cjk_ci"]},
        {"code": "71AC", "unicode": "1B019", "sp": "3099", "options": []},
        {"code": "71AD", "unicode": "FFFD", "options": ["unmappable"]},
        {"code": "71AF", "unicode": "4E00", "options": ["encode_only"]},
        {"code": "2BA4", "unicode": "304B_309A", "options": []},
    ]
    table = read_jef4j(written(tmp_path, "jef.json", json.dumps(entries)))
    assert chars(table) == {
        "2BA4": "か\u309a", "41A5": "丈\U000e0103", "42BB": "侮\U000e0103", "71AC": "\U0001b019\u3099",
    }
    assert [row.reason for row in table.refused] == [
        "compatibility ideograph beside a sequence", "unmappable", "encode_only",
    ]


def test_two_characters_for_one_code_are_refused_together(tmp_path: Path) -> None:
    entries = [{"code": "2838", "unicode": "2537"}, {"code": "2838", "unicode": "252F"}]
    table = read_jef4j(written(tmp_path, "jips.json", json.dumps(entries)))
    assert table.rows == ()
    assert table.refused == (RefusedRow("2838", "2 different characters for one code", "entry 1, entry 2"),)


@pytest.mark.parametrize("text", ["{", "{}", "[1]"])
def test_a_file_that_is_no_jef4j_mapping_is_unreadable(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableFile):
        read_jef4j(written(tmp_path, "jef.json", text))


# --- HULFT


def test_hulft_text_in_utf8_and_in_cp932(tmp_path: Path) -> None:
    text = "* comment\n# 0X0000 0X00\n0X8754   0XE285A0\n\n0X8755 0XE285\n"
    table = read_hulft(written(tmp_path, "gtitos.txt", text))
    assert chars(table) == {"8754": "Ⅰ"}
    assert table.refused == (RefusedRow("8755", "E285 is no character of utf-8", "line 5"),)
    assert chars(read_hulft(written(tmp_path, "s.txt", "0x41A1 0x88C0"), target_charset="cp932")) == {"41A1": "安"}


@pytest.mark.parametrize("line", ["0X8754", "8754 0xE28", "87 0xE285A0", "0X8754 0XZZ"])
def test_a_hulft_line_of_another_form_is_an_error_with_its_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(DefinitionError, match=r"g\.txt:2"):
        read_hulft(written(tmp_path, "g.txt", f"*\n{line}\n"))


# --- CSV


def test_csv_columns_are_found_by_name(tmp_path: Path) -> None:
    text = "コード,文字,MJ文字図形名,根拠\nF0A1,,MJ025760,同定会議\nF0A2,,,\n0xF0A3,髙,,\nF0A4,,MJ003719,\n"
    table = read_code_csv(written(tmp_path, "t.csv", text))
    assert [(f"{row.code:04X}", row.char, row.mj, row.evidence) for row in table.rows] == [
        ("F0A1", "辻\U000e0102", "MJ025760", "同定会議"), ("F0A2", "", "", "t.csv"),
        ("F0A3", "髙", "MJ028902", "t.csv"),
    ]
    assert table.refused == (RefusedRow("F0A4", "MJ003719 has no code point", "line 5"),)


@pytest.mark.parametrize("text", ["", "a,b\n", "code,memo\nF0A1,x\n", "code,char\nF0A,髙\n"])
def test_a_csv_without_its_columns_or_codes_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(DefinitionError):
        read_code_csv(written(tmp_path, "t.csv", text))


def test_a_missing_file_is_a_definition_error_and_other_bytes_are_unreadable(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="expected a file"):
        read_code_csv(tmp_path / "none.csv")
    (tmp_path / "sjis.csv").write_bytes("コード,文字".encode("cp932"))
    with pytest.raises(UnreadableFile, match="UTF-8"):
        read_code_csv(tmp_path / "sjis.csv")


# --- fonts


def test_an_eudc_font_says_which_codes_exist_and_the_list_what_they_are(tmp_path: Path) -> None:
    path = font(tmp_path / "EUDC.TTE", {0xE000: "a", 0xE001: "b", 0xF8FF: "c", 0x41: "d"})
    listed = written(tmp_path, "list.csv", "code,target\nF040,MJ025760\nF099,髙\n")
    table = read_eudc(path, load_code_system("cp932"), listed)
    assert chars(table) == {"F040": "辻\U000e0102", "F041": ""}
    assert {row.code: row.reason for row in table.refused} == {
        "U+F8FF": "cp932 has no code for it", "F099": "no glyph in EUDC.TTE",
    }


def test_the_gj_font_gives_names_and_code_points(tmp_path: Path) -> None:
    path = font(tmp_path / "acgjm.ttf", {0x100000: "gj000001", 0x10A635: "gj005360", 0x20: "space"}, "Version 4.10")
    table = read_gj_font(path)
    assert (table.version, dict(table.code_points)) == ("Version 4.10", {"GJ000001": 0x100000, "GJ005360": 0x10A635})


def test_a_font_without_gj_names_and_a_file_that_is_no_font_are_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="gj000001"):
        read_gj_font(font(tmp_path / "other.ttf", {0x41: "A"}))
    with pytest.raises(UnreadableFile, match="TrueType"):
        read_gj_font(written(tmp_path, "text.ttf", "no font"))


# --- official lists

_HEADING = (
    "MJ文字図形名", "対応するUCS", "実装したUCS", "実装したMoji_JohoコレクションIVS", "漢字施策", "総画数（参考）",
)
_MJ_ROWS = (("MJ025760", "U+8FBB", "", "8FBB_E0102", "", "5"), ("MJ028902", "U+9AD9", "U+9AD9", "", "", "11"))


def strict_workbook(path: Path, rows: Sequence[tuple[str, ...]]) -> Path:
    """A workbook as the MJ list comes: Strict OOXML with inline strings."""
    main, documents = "http://purl.oclc.org/ooxml/spreadsheetml/main", "http://purl.oclc.org/ooxml/officeDocument"
    packages, content = (
        f"http://schemas.openxmlformats.org/package/2006/{name}" for name in ("relationships", "content-types")
    )
    cells = "".join(
        f'<row r="{y}">'
        + "".join(f'<c r="{chr(65 + x)}{y}" t="inlineStr"><is><t>{cell}</t></is></c>' for x, cell in enumerate(row))
        + "</row>"
        for y, row in enumerate(rows, 1)
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{content}"><Default Extension="rels" ContentType="application/vnd.'
        f'openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.'
        f'main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{packages}"><Relationship Id="rId1" Type="{documents}/relationships/'
        'officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{documents}/relationships" conformance="strict"><sheets>'
        '<sheet name="MJ" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{packages}"><Relationship Id="rId1" Type="{documents}/'
        'relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as file:
        for name, text in parts.items():
            file.writestr(name, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + text)
    return path


def workbook(path: Path, rows: Sequence[tuple[str, ...]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("一覧")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


@pytest.mark.parametrize("make", [strict_workbook, workbook])
def test_the_mj_list_is_read_from_strict_and_transitional_workbooks(tmp_path: Path, make: object) -> None:
    assert callable(make)
    rows = [("MJ文字情報一覧表", "", "", "", "", ""), _HEADING, *_MJ_ROWS]
    table = read_mj_list(make(tmp_path / "mji.xlsx", rows))
    assert table.select("mj", "ucs", "implemented", "ivs", "strokes").rows() == [
        ("MJ025760", "辻", None, "辻\U000e0102", 5), ("MJ028902", "髙", "髙", None, 11),
    ]


def test_a_name_twice_in_the_mj_list_is_an_error_with_its_row(tmp_path: Path) -> None:
    lines = [_HEADING, _MJ_ROWS[0], _MJ_ROWS[0]]
    with pytest.raises(DefinitionError, match=r"mji\.csv:3"):
        read_mj_list(written(tmp_path, "mji.csv", "\n".join(",".join(row) for row in lines)))


def test_a_sheet_without_the_headings_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="heading row"):
        read_mj_list(written(tmp_path, "x.csv", "a,b\n1,2\n"))


def test_the_shrink_map_keeps_table_rank_and_hops(tmp_path: Path) -> None:
    entry = {
        "MJ文字図形名": "MJ026190",
        "JIS包摂規準・UCS統合規則": [{"JIS X 0213": "1-78-21", "UCS": "U+9089"}],
        "法務省戸籍法関連通達・通知": [
            {"種別": "戸籍統一文字情報 親字・正字", "ホップ数": 1, "JIS X 0213": "1-42-53", "UCS": "U+8FBA"},
            {"種別": "民一2842号通達別表 誤字俗字・正字一覧表", "付記": "別字", "JIS X 0213": "1-1-1", "UCS": "U+5D0E"},
        ],
        "法務省告示582号別表第四": [{"表": "一", "順位": "第1順位", "JIS X 0213": "1-42-53", "UCS": "U+8FBA"}],
        "参考情報": "なし",
    }
    table = read_shrink_map(written(tmp_path, "map.json", json.dumps({"meta": {}, "content": [entry]})))
    assert table.select("table", "target", "rank", "hops").rows() == [
        (JIS_UCS, "邉", None, None), (KOSEKI, "辺", None, 1), (MINJI_2842_OTHER, "崎", None, None),
        (NOTICE_582_1, "辺", 1, None),
    ]


@pytest.mark.parametrize("text", ["[]", "{", '{"content": [{"x": [{}]}]}'])
def test_what_is_no_shrink_map_is_unreadable(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableFile):
        read_shrink_map(written(tmp_path, "map.json", text))


def test_substitutes_are_found_by_heading(tmp_path: Path) -> None:
    rows = [("番号", "文字図形名", "代替文字"), ("1", "GJ000138", "U+9AD8"), ("2", "GJ000139", "")]
    path = workbook(tmp_path / "代替.xlsx", rows)
    assert read_substitutes(path).select("mj", "table", "target").rows() == [("GJ000138", SUBSTITUTES, "高")]


# --- merging


def incoming(**rows: str) -> IncomingTable:
    found = [IncomingRow(int(code[1:], 16), char, "", "new.csv", "") for code, char in rows.items()]
    return IncomingTable("new.csv", tuple(found))


def test_a_merge_adds_what_nobody_says_and_leaves_conflicts_alone(tmp_path: Path) -> None:
    system = load_code_system("jef")
    in_force = load_gaiji_table(written(tmp_path, "city.csv", "code,char\n80A1,髙\n80A2,\n"))
    merged = merge(
        incoming(
            c80A1="𠮷", c80A2="﨑", c41A5="丈", cB0A1="亜", cB0A2="亜", cB0A6="愛\U000e0101", cC9B0="檜", cA1C1="〜",
        ),
        in_force, system,
    )
    outcomes = {f"{row.code:04X}": (row.outcome, row.in_force, row.by) for row in merged.compared}
    assert outcomes == {
        "80A1": ("conflict", "髙", "city.csv"), "80A2": ("added", "", ""), "41A5": ("added", "", ""),
        "B0A1": ("same", outcomes["B0A1"][1], "jef"), "B0A2": ("conflict", "唖", "jef"),
        "B0A6": ("glyph", "愛", "jef"), "C9B0": ("same", outcomes["C9B0"][1], "jef"), "A1C1": ("same", "～", "jef"),
    }
    assert merged.table.decided() == {0x41A5: "丈", 0x80A1: "髙", 0x80A2: "﨑"}
    written(tmp_path, "again.csv", gaiji_csv(merged.table))
    assert load_gaiji_table(tmp_path / "again.csv").decided() == merged.table.decided()


def test_an_undecided_code_is_added_once_and_decides_nothing() -> None:
    system = load_code_system("jef")
    merged = merge(incoming(c80A1=""), EMPTY, system)
    assert [row.outcome for row in merged.compared] == ["added"]
    assert [row.outcome for row in merge(incoming(c80A1=""), merged.table, system).compared] == ["same"]
    assert merged.table.decided() == {}


def test_a_code_that_no_byte_begins_is_outside() -> None:
    assert merge(incoming(c41A5="丈"), EMPTY, load_code_system("cp932")).compared[0].outcome == "outside"


@settings(max_examples=40)
@given(st.dictionaries(st.integers(0x80A1, 0x80FE), st.sampled_from(["髙", "﨑", "辻\U000e0102", ""]), max_size=20))
def test_a_merge_is_idempotent_and_never_changes_a_decision(rows: dict[int, str]) -> None:
    system = load_code_system("jef")
    table = IncomingTable("new.csv", tuple(IncomingRow(code, char, "", "new.csv", "") for code, char in rows.items()))
    once = merge(table, EMPTY, system)
    twice = merge(table, once.table, system)
    assert once.table.decided() == {code: char for code, char in rows.items() if char}
    assert {row.outcome for row in twice.compared} <= {"same"}
    assert twice.table.decided() == once.table.decided()


def test_the_map_of_the_tax_agency_is_read_by_place(tmp_path: Path) -> None:
    path = tmp_path / "jissyukutaimap.csv"
    path.write_text(
        "変換元,,,,コード変換,,,文字列変換\n面区点,Unicode,字形,区分,面区点,Unicode,字形\n"
        "1-16-01,u+4e9c,亜,JIS1水,1-16-01,u+4e9c,亜\n2-94-86,u+2a6b2,𪚲,JIS4水,1-73-74,u+9f95,龕\n"
        "1-08-33,u+3251,㉑,追加非漢字,,,,1-03-18,1-03-17,,,u+ff12,u+ff11,,,２１,\n",
        "utf-8",
    )
    rows = official.read_nta_map(path)
    assert rows.rows() == [("\U0002a6b2", "龕", "2-94-86"), ("㉑", "２１", "1-08-33")]
    path.write_text("何もない\n", "utf-8")
    with pytest.raises(DefinitionError):
        official.read_nta_map(path)


def test_the_map_of_the_tax_agency_gives_candidates_only() -> None:
    from char_mapping.imports.official import NTA
    from char_mapping.receivers import Receiver, load_receiver
    from char_mapping.shrinking import ShrinkTables

    tables = ShrinkTables({}, by_character={"\U0002a6b2": "龕", "㉑": "２１", "㊤": "〓"})
    receiver = Receiver(load_receiver("certificate"), tables)
    step = receiver.step("㉑", certified=False)
    assert (step.state, step.candidates[0].text, step.candidates[0].table) == ("open", "２１", NTA)
    assert not step.candidates[0].automatic
    assert receiver.step("㊤", certified=False).candidates == ()
