from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from char_mapping import CellState, DefinitionError, UnencodableCharacter, list_profiles, load_code_system
from char_mapping.code_systems import SIX_SYMBOLS, CodeSystem, Kind
from char_mapping.gaiji import GaijiDecision, GaijiTable

SYSTEMS = {p.id: load_code_system(p.id, glyph_policy="glyph") for p in list_profiles()}
CASES = [(name, kind) for name, system in SYSTEMS.items() for kind in system.kinds]


def table(**decisions: str) -> GaijiTable:
    rows = {
        int(code[1:], 16): GaijiDecision(int(code[1:], 16), char, "", "", "", "", 2) for code, char in decisions.items()
    }
    return GaijiTable("gaiji.csv", rows)


def writable(system: CodeSystem, kind: Kind) -> list[str]:
    """Texts of one character that decode to themselves in a field of this kind."""
    if system.is_unicode:
        return list("aｱ漢𠮷～①")
    single = (
        []
        if kind == "double"
        else [text for text in system.single_codes if text >= " " and not "\x7f" <= text <= "\x9f"]
    )
    held = {*SIX_SYMBOLS, *map(chr, range(0xE000, 0xF900))}
    double = [] if kind == "single" else [text for text in system.double_codes if text not in held]
    return [*single, *double]


POOLS = {case: writable(SYSTEMS[case[0]], case[1]) for case in CASES}


def refuse_bare(texts: list[str]) -> str:
    """A letter and a lone mark after it are the two code points of a composed letter of JIS X 0213: keep them apart."""
    return "".join(text for text in texts if text not in ("゜", "\u309a", "\u0300", "\u0301", "\u02e5", "\u02e9"))


@pytest.mark.parametrize(("name", "kind"), CASES)
@settings(max_examples=25)
@given(places=st.lists(st.integers(0, 2**20), max_size=12))
def test_what_is_written_reads_back(name: str, kind: Kind, places: list[int]) -> None:
    system, pool = SYSTEMS[name], POOLS[name, kind]
    text = refuse_bare([pool[place % len(pool)] for place in places]).rstrip(" \u3000")
    encoded = system.encode(text, kind)
    padded = system.encode(text, kind, length=len(encoded) + 4)
    assert system.decode(encoded, kind).text == text
    assert system.decode(encoded, kind).faults == ()
    assert padded.startswith(encoded)
    assert len(padded) == len(encoded) + 4
    assert system.decode(padded, kind).text == text


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_every_character_of_a_code_system_reads_back(name: str, kind: Kind) -> None:
    system, text = SYSTEMS[name], refuse_bare(POOLS[name, kind])
    decoded = system.decode(system.encode(text, kind), kind)
    assert decoded.text == text.rstrip(" \u3000")
    assert decoded.faults == ()


@pytest.mark.parametrize(("name", "kind"), CASES)
@settings(max_examples=25)
@given(data=st.binary(max_size=40))
def test_any_bytes_are_read_and_every_fault_names_its_bytes(name: str, kind: Kind, data: bytes) -> None:
    decoded = SYSTEMS[name].decode(data, kind)
    for fault in decoded.faults:
        assert fault.code == data[fault.offset : fault.offset + fault.length].hex().upper()
        assert fault.length > 0
    assert not set(decoded.text) & {"\ufffd", "〓"} or b"\xef\xbf\xbd" in data or "〓" in decoded.text
    if decoded.state & CellState.FAULT:
        assert decoded.faults


@pytest.mark.parametrize(
    ("name", "into", "away"),
    [
        ("jef", "28", "29"),
        ("keis83", "0a42", "0a41"),
        ("jips-j", "1a70", "1a71"),
        ("jips-e", "3f75", "3f76"),
        ("ibm930", "0e", "0f"),
    ],
)
def test_shift_codes_of_the_hosts(name: str, into: str, away: str) -> None:
    encoded = SYSTEMS[name].encode("漢", "mixed").hex()
    assert encoded.startswith(into)
    assert encoded.endswith(away)


def test_jef_changes_the_size_of_a_run_without_ending_it() -> None:
    jef = SYSTEMS["jef"]
    kanji = jef.encode("漢", "double")
    data = bytes.fromhex("38") + kanji + bytes.fromhex("30e2") + kanji + bytes.fromhex("29")
    assert jef.decode(data, "mixed").text == "漢漢"
    assert jef.decode(data, "mixed").faults == ()


def test_documented_jips_e_bytes() -> None:
    assert SYSTEMS["jips-e"].encode("東京都日本電気", "double").hex().upper() == "C571F5A1C5E3C66AD25BC5C5F5E0"
    assert SYSTEMS["jips-e"].encode("　", "double").hex().upper() == "4F4F"
    assert SYSTEMS["jips-e-lower"].encode("東", "double").hex().upper() == "C593"


@pytest.mark.parametrize(
    ("data", "fault", "text"),
    [
        ("28b4c1", "shift_unbalanced", "漢"),
        ("b4c129", "undefined_code", "{B4}A{29}"),
        ("f129", "shift_unbalanced", "1{29}"),
        ("28b4c1bb29", "odd_kanji_run", "漢{BB}"),
        ("28b4c1bb", "odd_kanji_run", "漢{BB}"),
        ("2880a129", "undecided_gaiji", "{80A1}"),
        ("2841a129", "undefined_code", "{41A1}"),
        ("f100f1", "low_value", "1{00}1"),
        ("f1fff1", "high_value", "1{FF}1"),
        ("f105f1", "control_character", "1\t1"),
    ],
)
def test_broken_cells_are_named_and_nothing_is_guessed(data: str, fault: str, text: str) -> None:
    decoded = load_code_system("jef", glyph_policy="glyph").decode(bytes.fromhex(data), "mixed")
    assert fault in {found.fault for found in decoded.faults}
    assert decoded.text == text


@pytest.mark.parametrize(
    ("data", "state"),
    [
        ("", CellState.BLANK),
        ("404040", CellState.BLANK),
        ("284040404029", CellState.BLANK | CellState.WIDE_BLANK),
        ("000000", CellState.LOW_VALUE),
        ("ffff", CellState.HIGH_VALUE),
        ("f14040", CellState.TRIMMED),
        ("28b4c14040294040", CellState.TRIMMED),
        ("f1", CellState(0)),
        ("40f1", CellState(0)),
    ],
)
def test_blank_low_and_high_cells(data: str, state: CellState) -> None:
    assert SYSTEMS["jef"].decode(bytes.fromhex(data), "mixed").state == state


def test_leading_and_inner_blanks_stay() -> None:
    assert SYSTEMS["jef"].decode(bytes.fromhex("40f140f240"), "single").text == " 1 2"


def test_undecided_glyph_policy_holds_the_codes_that_differ_and_shows_both_readings() -> None:
    undecided = load_code_system("jef")
    decoded = undecided.decode(bytes.fromhex("b4c1c9b0"), "double")
    assert decoded.text == "漢{C9B0}"
    assert [fault.fault for fault in decoded.faults] == ["glyph_undecided"]
    assert decoded.state == CellState.GLYPH_UNDECIDED
    assert undecided.readings(0xC9B0) == ("檜", "桧")
    assert undecided.readings(0xB4C1) is None
    with pytest.raises(UnencodableCharacter):
        undecided.encode("檜", "double")


@pytest.mark.parametrize("name", ["keis83", "keis90", "cp932", "ibm930", "utf-8"])
def test_no_glyph_policy_is_needed_where_the_code_system_is_not_jis78(name: str) -> None:
    assert not load_code_system(name).held


def test_user_defined_codes_wait_for_a_decision_and_follow_it() -> None:
    system = load_code_system("jef", glyph_policy="glyph", gaiji=table(x80A1="辻\U000e0102", x80A2=""))
    decoded = system.decode(bytes.fromhex("80a180a280a3"), "double")
    assert decoded.text == "辻\U000e0102{80A2}{80A3}"
    assert [fault.fault for fault in decoded.faults] == ["undecided_gaiji"] * 2
    assert system.encode("辻\U000e0102", "double").hex() == "80a1"
    assert system.encode("辻", "double").hex() == "c4d4"


def test_the_same_code_is_another_glyph_in_the_other_ward() -> None:
    east = load_code_system("jef", glyph_policy="glyph", gaiji=table(x80A1="髙"))
    west = load_code_system("jef", glyph_policy="glyph", gaiji=table(x80A1="﨑"))
    assert east.decode(b"\x80\xa1", "double").text == "髙"
    assert west.decode(b"\x80\xa1", "double").text == "﨑"


def test_a_gaiji_table_may_fill_the_extension_but_not_go_against_the_standard_table() -> None:
    extended = load_code_system("jef", glyph_policy="glyph", gaiji=table(x41A1="丂"))
    assert extended.decode(bytes.fromhex("41a1"), "double").text == "丂"
    with pytest.raises(DefinitionError, match="B4C1"):
        load_code_system("jef", glyph_policy="glyph", gaiji=table(xB4C1="丂"))
    overridden = load_code_system("jef", glyph_policy="glyph", overrides=table(xB4C1="丂"))
    assert overridden.decode(bytes.fromhex("b4c1"), "double").text == "丂"


def test_the_user_area_runs_linearly_through_the_private_use_area() -> None:
    expected = {
        "jef": 3102,
        "keis83": 3008,
        "jips-j": 3948,
        "jips-e": 3948,
        "ibm930": 4370,
        "ibm1390": 6205,
        "cp932": 1880,
    }
    assert {name: len(SYSTEMS[name].private_use) for name in expected} == expected
    assert SYSTEMS["jef"].private_use[0xA0FE] == 0xEC1D
    assert SYSTEMS["keis83"].private_use[0xA0FE] == 0xEBBF
    assert SYSTEMS["jips-j"].private_use[0x7E7E] == 0xE409
    assert SYSTEMS["jips-j"].private_use[0xFEFE] == 0xEF6B
    assert SYSTEMS["ibm930"].private_use[0x7FFE] == 0xF111
    assert SYSTEMS["cp932"].private_use[0xF9FC] == 0xE757


SAME_SYMBOLS = {
    "cp932": "8160 8161 817C 8191 8192 81CA",
    "keis83": "A1C1 A1C2 A1DD A1F1 A1F2 A2CC",
    "jef": "A1C1 A1C2 A1DD A1F1 A1F2",
    "ibm930": "43A1 447C 4260 434A 424A 425F",
}


@pytest.mark.parametrize("name", SAME_SYMBOLS)
def test_one_canonical_form_of_the_six_symbols_for_every_source(name: str) -> None:
    codes = bytes.fromhex(SAME_SYMBOLS[name])
    full, jis = "～∥－￠￡￢"[: len(codes) // 2], "〜‖−¢£¬"[: len(codes) // 2]
    kind: Kind = "mixed" if name == "cp932" else "double"
    assert load_code_system(name, glyph_policy="glyph").decode(codes, kind).text == full
    assert load_code_system(name, glyph_policy="glyph", six_symbols="jis").decode(codes, kind).text == jis


def test_unified_codes_say_which_codes_a_source_reads_otherwise() -> None:
    assert load_code_system("ibm930").unified_codes()[0x4260] == ("−", "－")
    assert not load_code_system("cp932").unified_codes()
    assert load_code_system("cp932", six_symbols="jis").unified_codes()[0x8160] == ("～", "〜")


def test_the_half_width_signs_of_a_page_keep_their_width() -> None:
    assert load_code_system("ibm930").decode(bytes.fromhex("4a5fb1"), "mixed").text == "£¬¢"


def test_utf8_is_checked_and_unified() -> None:
    utf8 = load_code_system("utf-8")
    assert utf8.decode("〜−１".encode(), "mixed").text == "～－１"
    assert utf8.decode(b"\xed\xa0\x80", "mixed").faults[0].fault == "undefined_code"
    assert utf8.decode(b"\xe3\x81", "mixed").text == "{E381}"
    assert utf8.decode("\ue000".encode(), "mixed").faults[0].fault == "undecided_gaiji"


@pytest.mark.parametrize(("name", "kind"), [("ibm300", "mixed"), ("ibm300", "single"), ("ascii", "double")])
def test_a_kind_the_system_cannot_hold_is_a_wrong_definition(name: str, kind: Kind) -> None:
    with pytest.raises(DefinitionError, match="kind"):
        SYSTEMS[name].decode(b"\x40", kind)


def test_errors_name_code_points_and_sizes_only() -> None:
    jef = SYSTEMS["jef"]
    with pytest.raises(UnencodableCharacter, match=r"U\+9AD9 has no code in jef"):
        jef.encode("山髙", "mixed")
    with pytest.raises(UnencodableCharacter, match=r"6 bytes .* 5 bytes"):
        jef.encode("山田", "mixed", length=5)
    with pytest.raises(UnencodableCharacter, match="odd"):
        jef.encode("山", "double", length=5)


def test_an_unknown_profile_lists_the_known_ones() -> None:
    with pytest.raises(DefinitionError, match="jips-e"):
        load_code_system("jeff")


def test_equal_settings_share_one_system() -> None:
    assert load_code_system("jef", glyph_policy="area") is load_code_system("jef", glyph_policy="area")
    assert load_code_system("jef", glyph_policy="area") is not load_code_system("jef")


def test_newline_policy_is_a_setting() -> None:
    assert load_code_system("ibm930").single[0x15] == "\x85"
    assert load_code_system("jef").single[0x15] == "\n"
    assert load_code_system("jef", newline="nel").single[0x25] == "\n"


def test_a_blank_pair_of_keis_may_be_two_half_width_blanks() -> None:
    keis = load_code_system("keis83", blank_pair="two_half")
    assert keis.decode(bytes.fromhex("b4c14040bbfa4040"), "double").text == "漢  字"
    assert keis.decode(bytes.fromhex("4040"), "double").state == CellState.BLANK
    assert keis.encode("漢　", "double").hex() == "b4c1a1a1"
    assert keis.encode("  ", "mixed").hex() == "4040"


def test_codes_of_cp932_that_do_not_come_back() -> None:
    one_way = load_code_system("cp932").one_way_codes()
    assert one_way[0xEEEF] == 0xFA40
    assert one_way[0x8790] == 0x81E0
    # 398 duplicates of CP932, and two half-width blanks that a two-byte field shows as one full-width blank.
    assert len(one_way) == 398 + 1
    assert load_code_system("keis83").one_way_codes() == {0xA1A1: 0x4040}


def test_unicode_sources_are_unified_too() -> None:
    assert load_code_system("utf-8").unified_codes()[0x301C] == ("〜", "～")
    assert 0xA3 not in load_code_system("utf-8").unified_codes()
