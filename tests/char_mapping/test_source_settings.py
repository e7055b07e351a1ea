"""What a source may say of its host's characters, and how tables of a city go wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from char_mapping import DefinitionError, load_code_system, load_gaiji_table
from char_mapping.code_systems import CodeSystem
from layouts.records.plans import check_source, system_of_source
from layouts.sources import IdentifiedCode, SourceDefinition, load_source

COPYBOOK = "       01 R.\n          05 番号 PIC X(4).\n          05 氏名 PIC N(4).\n"
SOURCE = """
id: one
label: 源泉
area: "001"
department: 市民課
files: "*.dat"
format: {{kind: fixed}}
copybook: one.cpy
code_system: {system}
{more}
key: [番号]
items:
  番号: {{meaning: person.number}}
  氏名: {{meaning: person.name}}
"""


def source(tmp_path: Path, more: str = "", system: str = "jef", **tables: str) -> SourceDefinition:
    folder = tmp_path / "sources" / "one"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "one.cpy").write_text(COPYBOOK, "utf-8")
    (folder / "source.yml").write_text(SOURCE.format(system=system, more=more), "utf-8")
    for name, text in tables.items():
        (tmp_path / "gaiji").mkdir(exist_ok=True)
        (tmp_path / "gaiji" / f"{name}.csv").write_text(text, "utf-8")
    return load_source(folder)


def test_the_settings_reach_the_code_system(tmp_path: Path) -> None:
    more = ("glyph_policy: area\ncharacters: {single_page: fujitsu_lower, blank_pair: two_half, newline: nel, "
            "user_area: private_use, six_symbols: jis}")
    one = source(tmp_path, more)
    check_source(one)
    system = system_of_source(one, "a.dat")
    assert system.decode(bytes.fromhex("4040"), "double").text == ""
    assert system.double[0x4040] == "  "
    assert system.double[0x80A1] == "\ue000"
    assert system.double[0xA1C1] == "〜"
    assert system.single[0x81] == "a"
    assert system.single[0x25] == "\n"
    assert system.double[0xB0B3] == "鯵"


def test_the_same_settings_give_the_defaults_of_the_profile(tmp_path: Path) -> None:
    assert system_of_source(source(tmp_path), "a.dat") is load_code_system("jef")


def test_an_override_table_wins_over_every_other_and_says_so(tmp_path: Path) -> None:
    one = source(
        tmp_path, 'gaiji: {"*.dat": gaiji/a.csv}\noverrides: {"*.dat": gaiji/own.csv}',
        a="code,char\n80A1,髙\n80A2,\n", own="code,char\nB0A1,唖\n80A1,高\n",
    )
    check_source(one)
    system = system_of_source(one, "x.dat")
    assert (system.double[0xB0A1], system.double[0x80A1]) == ("唖", "高")
    assert system.explained_by(0xB0A1) == "上書き表 own.csv:2"
    assert system.explained_by(0xB0A2) == ""  # 字形の方針が未決
    assert system.explained_by(0x80A2) == ""
    assert system.explained_by(0x3021 + 0x8080 + 0x0100) == "文字コード表 jef"


def test_an_identification_fills_what_no_definition_decides(tmp_path: Path) -> None:
    one = source(tmp_path, 'gaiji: {"E*.dat": gaiji/a.csv, "W*.dat": gaiji/b.csv}',
                 a="code,char\n80A1,髙\n80A2,\n", b="code,char\n80A2,\n")
    told = (
        IdentifiedCode(table="gaiji/a.csv", code=0x80A1, char="吉", decision="D1"),
        IdentifiedCode(table="gaiji/a.csv", code=0x80A2, char="镸", decision="D2"),
    )
    one = one.model_copy(update={"identified": told})
    east, west = system_of_source(one, "E.dat"), system_of_source(one, "W.dat")
    # The table holds where it has a row; the same code of the other ward stays what it is.
    assert (east.double[0x80A1], east.double[0x80A2]) == ("髙", "镸")
    assert east.explained_by(0x80A2) == "判断 D2"
    assert 0x80A2 not in west.double


@pytest.mark.parametrize(
    ("more", "tables", "told"),
    [
        ('overrides: {"*.dat": gaiji/own.csv}', {"own": "code,char\n80A1,髙\n80A1,高\n"}, "own.csv:3"),
        ('overrides: {"*.dat": gaiji/own.csv}', {"own": "code,char\n8G,髙\n"}, "own.csv:2"),
        ('overrides: {"*.dat": gaiji/own.csv}', {"own": "code,char\n80A1,髙高\n"}, "own.csv:2"),
        ('overrides: {"*.dat": gaiji/own.csv}', {"own": "code,char\n10A1,髙\n"}, "own.csv:2"),
        ('overrides: {"*.dat": gaiji/none.csv}', {}, "none.csv"),
        ('gaiji: {"E*.dat": gaiji/a.csv, "W*.dat": gaiji/a.csv}', {"a": "code,char\n"}, "gaiji/a.csv twice"),
        ("characters: {single_page: ebcdik}", {}, "single_page"),
        ("characters: {blank_pair: three}", {}, "characters"),
        ("identified: []", {}, "identified"),
    ],
)
def test_a_wrong_table_or_setting_is_named_with_its_line(
    tmp_path: Path, more: str, tables: dict[str, str], told: str
) -> None:
    with pytest.raises(DefinitionError) as caught:
        check_source(source(tmp_path, more, **tables))
    assert told in str(caught.value)


def test_notes_of_the_city_stay_with_the_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("code,char,radical,strokes,reading\n80A1,,168,7,ナガ\n", "utf-8")
    row = load_gaiji_table(path).decisions[0x80A1]
    assert (row.radical, row.strokes, row.reading) == (168, 7, "ナガ")
    path.write_text("code,char,radical\n80A1,,x\n", "utf-8")
    with pytest.raises(DefinitionError, match=r"a\.csv:2 radical"):
        load_gaiji_table(path)


# --- bad input: an issue, the bytes kept, nothing guessed


def faults(system: CodeSystem, data: str, kind: str = "mixed") -> list[tuple[str, int, str]]:
    decoded = system.decode(bytes.fromhex(data), kind)  # type: ignore[arg-type]
    return [(one.fault, one.offset, one.code) for one in decoded.faults]


@pytest.mark.parametrize(
    ("profile", "data", "kind", "wanted"),
    [
        ("jef", "28B0A1B0 29", "mixed", "odd_kanji_run"),            # a kanji run of odd length
        ("jef", "B0A129", "mixed", "shift_unbalanced"),              # the shift-in is missing
        ("jef", "28B0A1", "mixed", "shift_unbalanced"),              # it began in this field and ends in the next
        ("keis83", "0A42B0A1", "mixed", "shift_unbalanced"),
        ("jips-e", "3F75C571", "mixed", "shift_unbalanced"),
        ("ibm930", "0E4141", "mixed", "shift_unbalanced"),
        ("jef", "2841A129", "mixed", "undefined_code"),              # an undefined cell
        ("jef", "80A1", "double", "undecided_gaiji"),
        ("cp932", "82A082", "mixed", "odd_kanji_run"),
        ("utf-16", "D800", "mixed", "undefined_code"),               # an unpaired surrogate
        ("utf-16", "DC003042", "mixed", "undefined_code"),
        ("utf-32", "0000D800", "mixed", "undefined_code"),
        ("utf-32le", "00001100", "mixed", "undefined_code"),
        ("utf-32", "000030420000", "mixed", "odd_kanji_run"),
        ("utf-8", "EDA080", "mixed", "undefined_code"),
        ("utf-8", "E381", "mixed", "undefined_code"),
    ],
)
def test_bad_bytes_are_faults_and_stand_in_the_text(profile: str, data: str, kind: str, wanted: str) -> None:
    system = load_code_system(profile, glyph_policy="glyph")
    found = faults(system, data, kind)
    assert wanted in [fault for fault, _, _ in found]
    text = system.decode(bytes.fromhex(data), kind).text  # type: ignore[arg-type]
    assert "\ufffd" not in text
    for fault, _, code in found:
        if fault != "shift_unbalanced":
            assert f"{{{code}}}" in text


def test_a_lone_dakuten_is_kept_as_it_is() -> None:
    system = load_code_system("jef-kana")
    assert system.decode(bytes.fromhex("BE81"), "single").text == "ﾞｱ"


def test_a_selector_without_base_is_kept_for_its_rule() -> None:
    assert load_code_system("utf-8").decode("\U000e0102辻".encode(), "mixed").text == "\U000e0102辻"


# --- 44 exchanged and 4 moved codes


@pytest.mark.parametrize("profile", ["jef", "keis78", "jips-j"])
def test_exchanged_and_moved_codes_under_both_policies(profile: str) -> None:
    from char_mapping.definitions import load_jis78

    forms = [form for form in load_jis78() if form.kind in ("swap", "moved")]
    assert (sum(f.kind == "swap" for f in forms), sum(f.kind == "moved" for f in forms)) == (44, 4)
    add = 0 if profile == "jips-j" else 0x8080
    glyph, area = (load_code_system(profile, glyph_policy=policy) for policy in ("glyph", "area"))
    undecided = load_code_system(profile)
    for form in forms:
        code = form.code + add
        assert (glyph.double[code], area.double[code]) == (form.jis78, form.jis90)
        assert undecided.readings(code) == (form.jis78, form.jis90)
        assert code in undecided.held
