"""Our tables beside the public mappings of jef4j, cell by cell; every difference is named here with its reason."""

from __future__ import annotations

import csv
import json
import unicodedata
from functools import cache
from pathlib import Path

import pytest

from char_mapping import load_code_system
from char_mapping.code_systems import CodeSystem
from char_mapping.table_sources.host_pages import jis8_to_ebcdic, jis8_to_ebcdik

SHARED = Path(__file__).parents[3] / "shared"

# jef4j reads 1-1-33 and its family in JEF as FF5E, in KEIS and JIPS as 301C: the reason for one canonical form.
SYMBOLS = {"～": "〜", "∥": "‖", "－": "−", "￠": "¢", "￡": "£", "￢": "¬", "―": "—"}

# Characters whose JIS78 form jef4j did not restore in KEIS78 or in JIPS.
JIS78_FORMS = set("啞焰鷗嚙㵎俠堯軀𥡴繫荆𨻶鹼昻麴栅屢繡蔣醬蟬搔驒簞摑塡顚禱瀆囊剝潑醱頰槇麵遙萊蠟𡨚屛攢柺梎瑤")


@cache
def mapping(name: str) -> dict[int, str]:
    """Code → characters that jef4j decodes to, variation selectors aside."""
    rows = json.loads((SHARED / "reference" / f"{name}_mapping.json").read_text("utf-8"))
    return {
        int(row["code"], 16): "".join(chr(int(code, 16)) for code in row["unicode"].split("_"))
        for row in rows
        if not {"encode_only", "unmappable"} & set(row["options"]) and row["unicode"] != "FFFD"
    }


def differences(system: CodeSystem, name: str) -> tuple[dict[int, tuple[str, str]], set[int]]:
    """Code → (ours, theirs) where both have a character and it is not the same; the codes only they have."""
    theirs = mapping(name)
    both = {code: (system.double[code], text) for code, text in theirs.items() if code in system.double}
    differing = {
        code: pair
        for code, pair in both.items()
        if pair[0] != pair[1] and SYMBOLS.get(pair[0], pair[0]) != SYMBOLS.get(pair[1], pair[1])
    }
    return differing, set(theirs) - set(system.double)


def test_jef_standard_kanji_under_the_glyph_policy() -> None:
    differing, missing = differences(load_code_system("jef", glyph_policy="glyph"), "fujitsu_jef")
    same_character = {c for c, (ours, theirs) in differing.items() if unicodedata.normalize("NFC", theirs) == ours}
    # jef4j writes eight old forms as compatibility ideographs; NFC says that they are the same character.
    assert len(same_character) == 8
    assert {code: differing[code] for code in set(differing) - same_character} == {
        0xB1B3: ("嘘", "噓"),  # no JIS78 form of its own in Adobe's CMap
        0xB7CE: ("𥡴", "稽"),  # Adobe gives the JIS78 glyph its own character
        0xC1E9: ("痩", "瘦"),  # the JIS78 form is a variant glyph for Adobe
        0xDFF3: ("燗", "𤏐"),  # no JIS78 form of its own in Adobe's CMap
    }
    # Besides the extension (41A1 to 7FFE, no public table) jef4j has eight NEC row 13 signs that are not in JIS78.
    assert {code for code in missing if code >= 0x8000} == {
        0xADE5,
        0xADE6,
        0xADE7,
        0xADE8,
        0xADE9,
        0xADF3,
        0xADF8,
        0xADF9,
    }


def test_jef_under_the_area_policy_differs_where_the_glyphs_do() -> None:
    glyph, area = (load_code_system("jef", glyph_policy=policy) for policy in ("glyph", "area"))
    differing, _ = differences(area, "fujitsu_jef")
    expected = {code for code, (old, new) in area.glyph_pairs.items() if old != new}
    assert len(expected) == 89
    known, _ = differences(glyph, "fujitsu_jef")
    assert set(differing) - expected <= set(known)
    assert expected - set(differing) == {0xB7CE}


def test_keis83_equals_every_cell() -> None:
    differing, missing = differences(load_code_system("keis83"), "hitachi_keis83")
    assert differing == {}
    # 73FA and 73FB are the ligatures 令和: extension set 3, decoded one way only by jef4j.
    assert missing == {0x73FA, 0x73FB}


def test_keis78_differs_in_the_forms_that_jef4j_did_not_restore() -> None:
    differing, missing = differences(load_code_system("keis78", glyph_policy="glyph"), "hitachi_keis78")
    # jef4j exchanges ⊂ and ⊃ in row 2 of KEIS78 only; KEIS83 has them as JIS X 0208 does.
    assert {code: differing.pop(code) for code in (0xA2BE, 0xA2BF)} == {0xA2BE: ("⊂", "⊃"), 0xA2BF: ("⊃", "⊂")}
    assert {ours for ours, _ in differing.values()} <= JIS78_FORMS
    assert len(differing) == 45
    # Row 15 box drawing, extension set 3, and the two characters of JIS X 0208:1990: no public table, importer.
    assert {code >> 8 for code in missing} == {0x5C, 0x61, 0x65, 0x6B, 0x73, 0xAF, 0xF4}


def test_jips_g0_differs_in_the_forms_that_jef4j_did_not_restore() -> None:
    differing, missing = differences(load_code_system("jips-j", glyph_policy="glyph"), "nec_jips")
    # jef4j's code points for ㊧ and ㊨ are not those of its own text column.
    assert {differing.pop(0x2D68), differing.pop(0x2D69)} == {("㊧", "㊨"), ("㊨", "㊫")}
    assert {ours for ours, _ in differing.values()} <= JIS78_FORMS
    assert len(differing) == 42
    # Ten signs of row 2, NEC box drawing and two-byte half-width rows, and what jef4j knows of G1: no public table.
    assert {code >> 8 for code in missing} == {
        0x22,
        0x28,
        0x29,
        0x2A,
        0x2B,
        0x2C,
        0xB4,
        0xB6,
        0xBF,
        0xC3,
        0xC4,
        0xD0,
        0xD4,
        0xD6,
        0xD7,
    }


PAGES = {
    "fujitsu_ascii": ("jef-ascii", None, {0x0E: ("\x0e", "\x88"), 0x0F: ("\x0f", "\x89")}),
    "fujitsu_ebcdic": (
        "jef-lower",
        None,
        {0x0E: ("\x0e", "\x88"), 0x0F: ("\x0f", "\x89"), 0x5B: ("¥", "\\"), 0x5F: ("¬", "^"), 0xA1: ("‾", "~")},
    ),
    "fujitsu_ebcdik": (
        "jef",
        None,
        {0x0E: ("\x0e", "\x88"), 0x0F: ("\x0f", "\x89"), 0x5B: ("¥", "\\"), 0xA1: ("‾", "~")},
    ),
    "hitachi_ebcdik": ("keis83", None, {}),
    # An error of jef4j; another, the two rows it has for 8F (and none for 8E), end in the same reading as ours.
    "hitachi_ebcdic": ("keis83", "hitachi_ebcdic", {0x7F: ('"', "\\")}),
}


@pytest.mark.parametrize("name", PAGES)
def test_single_byte_pages(name: str) -> None:
    profile, page, known = PAGES[name]
    single = load_code_system(profile, single_page=page).single
    theirs = {code: text for code, text in mapping(name).items() if code != 0xFF}
    found = {code: (single[code], text) for code, text in theirs.items() if single[code] != text}
    assert found == known


def test_nec_kana_page_is_the_permutation_and_not_jef4js_table() -> None:
    single = load_code_system("jips-e").single
    differing = {code for code, text in mapping("nec_ebcdik").items() if code != 0xFF and single[code] != text}
    # jef4j begins the lower case at 59 where HULFT begins it at 57, and reads 5F and 6A as another page does. It has no
    # row for A7 and two for A8; the second is ours.
    letters = {code for code in differing if (single[code] or "z").islower() or code == 0xB1}
    assert differing - letters == {0x5F, 0x6A}


def test_jips_e_permutations() -> None:
    with (SHARED / "data" / "ebcdik_perm.csv").open(encoding="utf-8") as file:
        rows = [
            (int(row["jis8"], 16), int(row["nec_jips_e"], 16), int(row["hitachi_ebcdik"], 16))
            for row in csv.DictReader(file)
        ]
    nec, hitachi, lower = jis8_to_ebcdik("nec"), jis8_to_ebcdik("hitachi"), jis8_to_ebcdic()
    assert len(rows) == 190
    assert all(nec[jis8] == first and hitachi[jis8] == second for jis8, first, second in rows)
    for table in (nec, hitachi, lower):
        assert sorted(table.values()) == list(range(256))
    theirs = {
        int(row["jis8"], 16): int(row["ebcdik"], 16)
        for row in json.loads((SHARED / "reference" / "nec_jis8_ebcdik_mapping.json").read_text("utf-8"))
    }
    # jef4j's permutation is the profile jips-e-lower; only the two new-line bytes change places (newline policy).
    assert {jis8 for jis8 in range(256) if theirs[jis8] != lower[jis8]} == {0x0A, 0x85}


def test_swapped_and_moved_codes_of_1983_under_both_policies() -> None:
    with (SHARED / "data" / "jis78_83_swap.csv").open(encoding="utf-8") as file:
        codes = [tuple(row.values()) for row in csv.DictReader(file)]
    with (SHARED / "data" / "jis83_moved4.csv").open(encoding="utf-8") as file:
        codes += [(row["JIS78_kuten"], row["char"], row["replaced_by"]) for row in csv.DictReader(file)]
    assert len(codes) == 48
    for name, add in (("jef", 0xA0), ("keis78", 0xA0), ("jips-j", 0x20)):
        for kuten, old, new in codes:
            code = bytes(int(part) + add for part in kuten.split("-"))
            assert load_code_system(name, glyph_policy="glyph").decode(code, "double").text == old
            assert load_code_system(name, glyph_policy="area").decode(code, "double").text == new
            assert load_code_system(name).decode(code, "double").faults[0].fault == "glyph_undecided"
            assert load_code_system(name).readings(int.from_bytes(code, "big")) == (old, new)
    for kuten, _, new in codes[:44]:
        code = bytes(int(part) + 0xA0 for part in kuten.split("-"))
        assert load_code_system("keis83").decode(code, "double").text == new


def test_jis78_differences_are_those_of_the_comparison_of_the_cmaps() -> None:
    from char_mapping.definitions import load_jis78

    with (SHARED / "data" / "jis78_vs_jis90.csv").open(encoding="utf-8") as file:
        theirs = {int(row["jis"], 16): row for row in csv.DictReader(file)}
    ours = {form.code: form for form in load_jis78()}
    assert set(ours) == set(theirs)
    assert {code for code, form in ours.items() if form.kind == "absent"} == {
        code for code, row in theirs.items() if row["kind"] == "absent_in_78"
    }
    for code, form in ours.items():
        old = theirs[code]["jis78_char"]
        if form.jis78 and old:
            assert form.jis78 == old
        elif old:
            # Adobe's JIS2004 CMap writes the JIS78 glyph with the character itself: no character of its own.
            assert unicodedata.normalize("NFC", old) == form.jis90
        elif form.jis78:
            # Three of the 22 exchanged pairs: Adobe keeps the JIS78 glyph as a CID without a character.
            assert code in (0x3F59, 0x6D6E, 0x7057)
