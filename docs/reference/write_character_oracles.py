"""Write ``character-oracles.md``: every code system, cell by cell, beside the oracles that know it.

Oracles: glibc's iconv, ICU's uconv, the codecs of Python, and jef4j's mappings (CC0) in ``../shared/reference`` beside
the project, where they are. Where an oracle is not on this machine its stored numbers are kept (they stand in
``character-oracles.csv``), and the page says so by the row's date of comparison being the oracle's version.

``python docs/reference/write_character_oracles.py`` writes, ``--check`` compares (exit 1).
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from char_mapping import load_code_system
from char_mapping.code_systems import SIX_SYMBOLS, CodeSystem
from char_mapping.definitions import load_jis78

HERE = Path(__file__).parent
PAGE, NUMBERS = HERE / "character-oracles.md", HERE / "character-oracles.csv"
REFERENCE = HERE.parents[2] / "shared" / "reference"
COLUMNS = ("profile", "oracle", "cells", "equal", "why", "differences", "example")

Cells = Mapping[int, str]
Row = tuple[str, str, int, int, str, int, str]
"""One reason of one comparison; cells and equal are those of the whole comparison and stand in each of its rows."""

GLIBC = {"ibm930": "IBM930", "ibm939": "IBM939", "ibm1390": "IBM1390", "ibm1399": "IBM1399", "ibm290": "IBM290"}
ICU = {"ibm930": "ibm-930", "ibm939": "ibm-939", "ibm1390": "ibm-1390", "ibm1399": "ibm-1399", "ibm290": "ibm-290",
       "cp932": "ibm-943_P15A-2003"}
PYTHON = {"cp932": "cp932", "euc-jp": "euc_jp", "euc-jis-2004": "euc_jis_2004", "shift_jis-2004": "shift_jis_2004"}
JEF4J = {
    "jef": ("fujitsu_jef", "double"), "keis78": ("hitachi_keis78", "double"), "keis83": ("hitachi_keis83", "double"),
    "jips-j": ("nec_jips", "double"), "jef-ascii": ("fujitsu_ascii", "single"),
    "jef-lower": ("fujitsu_ebcdic", "single"), "jef-kana": ("fujitsu_ebcdik", "single"),
    "keis90": ("hitachi_ebcdik", "single"), "jips-e-lower": ("hitachi_ebcdic", "single"),
    "jips-e": ("nec_ebcdik", "single"),
}


# --- what ikou reads


def own_double(profile: str) -> dict[int, str]:
    """The double cells of a profile by its tables' own readings (six symbols unchanged), user area as private use."""
    system = load_code_system(profile, glyph_policy="glyph", six_symbols="table", user_area="private_use")
    # Two ASCII blanks where a pair is expected are a reading of ours, no cell of the standard.
    return {code: text for code, text in system.double.items() if code != 0x2020}


def own_single(profile: str) -> dict[int, str]:
    """The one-byte cells of a profile."""
    system = load_code_system(profile, glyph_policy="glyph", six_symbols="table")
    return {byte: text for byte, text in enumerate(system.single) if text is not None}


# --- what the oracles read


def _converted(command: list[str], data: bytes) -> bytes:
    return subprocess.run(command, input=data, capture_output=True, check=False).stdout


def shifted(convert: Callable[[bytes], bytes], codes: list[int]) -> dict[int, str]:
    """Double-byte cells of a shifting EBCDIC charset: each code between its shifts, a line each."""
    data = b"".join(b"\x0e" + code.to_bytes(2, "big") + b"\x0f\x25" for code in codes)
    lines = convert(data).decode("utf-8", "replace").split("\n")
    return {code: text for code, text in zip(codes, lines, strict=False) if text and "\ufffd" not in text}


def one_by_one(convert: Callable[[bytes], bytes], codes: list[int]) -> dict[int, str]:
    """One-byte cells, each converted by itself."""
    found = {}
    for code in codes:
        text = convert(bytes([code])).decode("utf-8", "replace")
        if len(text) == 1 and "\ufffd" not in text and (text != "\x1a" or code == 0x3F):
            found[code] = text
    return found


def codec_cells(codec: str, system: CodeSystem) -> dict[int, str]:
    """The double cells that a Python codec knows of those the system can write."""
    found = {}
    for code in system.table_readings:
        try:
            found[code] = system.code_bytes(code).decode(codec)
        except UnicodeDecodeError:
            continue
    return found


def jef4j_cells(name: str) -> dict[int, str]:
    """Code → character of a jef4j mapping that decodes; kana with their marks, no variation selectors."""
    found = {}
    for entry in json.loads((REFERENCE / f"{name}_mapping.json").read_text("utf-8")):
        options = set(entry.get("options", ()))
        if "encode_only" in options or entry.get("unicode") in (None, "FFFD"):
            continue
        points = [*entry["unicode"].split("_"), *filter(None, [entry.get("sp")])]
        found[int(entry["code"], 16)] = "".join(chr(int(point, 16)) for point in points)
    return found


# --- comparison

FACTS: Mapping[tuple[str, int], str] = {
    **{(profile, code): "control codes 0E and 0F, which jef4j gives other places"
       for profile in ("jef-ascii", "jef-lower", "jef-kana") for code in (0x0E, 0x0F)},
    **{("ibm290", code): "glibc's IBM290 has full-width kana marks" for code in (0xBE, 0xBF)},
    **{("jef", code): "JIS78 form: Adobe's 78-H and jef4j part in three kanji" for code in (0xB1B3, 0xB7CE, 0xDFF3)},
    ("jef", 0xC1E9): "jef4j names the form 瘦; in Adobe's 78-H the code has the glyph of JIS83",
    ("jips-e", 0x6A): "jef4j has ^ at 6A and ¬ at 5F; here | and ^ as the documented JIS8 permutation gives",
    **{("keis78", code): "⊂ and ⊃ stand the other way round in jef4j's KEIS78, not in its KEIS83"
       for code in (0xA2BE, 0xA2BF)},
    **{("jips-j", code): "㊧ and ㊨ stand the other way round in jef4j; CP932 8788 and 8789 decide"
       for code in (0x2D68, 0x2D69)},
    **{("jips-e-lower", code): "known error of jef4j's Hitachi EBCDIC (7F, 8E, 8F)" for code in (0x7F, 0x8E, 0x8F)},
    **{("jips-e", code): "lower case fills from 57 (shift codes 3F75 and 3F76 prove it); jef4j begins a place later"
       for code in (0x57, 0x59, *range(0x62, 0x6A), *range(0x70, 0x79), 0x80, 0x8B, 0x9B, 0x9C, 0xA0, 0xAB, 0xB0,
                    0xB1)},
    **{("jips-e", code): "known error of jef4j's NEC EBCDIK (A7 empty, A8)" for code in (0xA7, 0xA8)},
}
"""What is known of single cells (domain facts), by profile and code."""


def why_different(
    profile: str, code: int, own: str | None, other: str | None, *, moved: Mapping[int, str], oracle: str
) -> str:
    """In words why two readings of a code differ."""
    if (profile, code) in FACTS:
        return FACTS[profile, code]
    if own is None and code < 0x100:
        return "a control code that only the oracle has"
    if own is None:
        return "the oracle's vendor extension: no free table has it; comes by ikou chars import"
    if other is None:
        return "the oracle leaves it out" if not _private(own) else "user area: linear here, the oracle has none"
    if _private(own) or _private(other):
        return "user area: another assignment of private-use characters"
    pairs = {*SIX_SYMBOLS.items(), ("\xa5", "\\"), ("\u203e", "~"), ("\xac", "^"), ("\xa6", "|"), ("\uffe3", "\u203e"),
             ("\uffe5", "\xa5"), ("\uffe4", "\xa6"), ("\xa2", "["), ("\xa3", "]")}
    if (own, other) in pairs or (other, own) in pairs:
        return "one sign, two mappings (wave dash family, yen, overline): settled by six_symbols"
    if unicodedata.normalize("NFKC", own) == unicodedata.normalize("NFKC", other):
        return "the same character, half or full width or compatibility form"
    if code in moved:
        return moved[code]
    return f"not explained ({oracle})"


def _private(text: str) -> bool:
    return any("\ue000" <= char <= "\uf8ff" for char in text)


def compare(
    profile: str, oracle: str, own: Cells, other: Cells, *, moved: Mapping[int, str] | None = None
) -> Iterator[Row]:
    """The rows of one comparison: one a reason, or one with an empty reason where all cells are equal."""
    cells = sorted({code for code in own if not _private(own[code])} | {c for c in other if not _private(other[c])})
    reasons: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for code in cells:
        mine, theirs = own.get(code), other.get(code)
        if mine != theirs:
            why = why_different(profile, code, mine, theirs, moved=moved or {}, oracle=oracle)
            reasons[why] += 1
            examples.setdefault(why, f"{code:04X} {mine or '-'} / {theirs or '-'}")
    equal = len(cells) - reasons.total()
    if not reasons:
        yield profile, oracle, len(cells), equal, "", 0, ""
    for why, count in sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0])):
        yield profile, oracle, len(cells), equal, why, count, _visible(examples[why])


def _visible(text: str) -> str:
    return "".join(char if unicodedata.category(char)[0] not in "CZM" or char == " " else f"U+{ord(char):04X}"
                   for char in text)


def compared() -> dict[tuple[str, str], list[Row]]:
    """(profile, oracle) → the rows of every comparison that this machine can make."""
    found: dict[tuple[str, str], list[Row]] = {}

    def take(profile: str, oracle: str, own: Cells, other: Cells, moved: Mapping[int, str] | None = None) -> None:
        found[profile, oracle] = list(compare(profile, oracle, own, other, moved=moved))

    for tool, name, charsets in (("iconv", "glibc iconv", GLIBC), ("uconv", "ICU uconv", ICU)):
        for profile, charset in charsets.items() if shutil.which(tool) else ():  # the stored numbers stand else
            command = [tool, "-c", "-f", charset, "-t", "UTF-8"] if tool == "iconv" else [
                tool, "-f", charset, "-t", "UTF-8", "--from-callback", "substitute"]
            convert = partial(_converted, command)
            system = load_code_system(profile)
            if system.profile.structure == "single":
                take(profile, name, own_single(profile), one_by_one(convert, sorted(own_single(profile))))
            elif system.profile.structure == "shift":
                own = own_double(profile)
                take(profile, name, own, shifted(convert, sorted(own)))
            else:
                own = own_double(profile)
                told = {code: _converted(command, system.code_bytes(code)).decode("utf-8", "replace")
                        for code in sorted(own) if not _private(own[code])} if tool == "iconv" else _lines(command, own)
                take(profile, name, own, {code: text for code, text in told.items() if text and "\ufffd" not in text})
    for profile, codec in PYTHON.items():
        own = own_double(profile)
        take(profile, "Python", own, codec_cells(codec, load_code_system(profile, user_area="private_use")))
    for profile, (name, page) in JEF4J.items() if REFERENCE.is_dir() else ():
        base = 0 if profile == "jips-j" else 0x8080
        moved = {form.code + base: f"JIS78 glyph ({form.kind}): here the form of JIS78, not restored in jef4j"
                 for form in load_jis78() if form.jis78}
        absent = {form.code + base: "absent from JIS78" for form in load_jis78() if form.kind == "absent"}
        own = own_double(profile) if page == "double" else own_single(profile)
        take(profile, f"jef4j {name}", own, jef4j_cells(name), (absent | moved) if page == "double" else {})
    return found


def _lines(command: list[str], own: Cells) -> dict[int, str]:
    codes = [code for code in sorted(own) if not _private(own[code])]
    data = b"\n".join(code.to_bytes(2, "big") for code in codes)
    return dict(zip(codes, _converted(command, data).decode("utf-8", "replace").split("\n"), strict=False))


# --- the page


def kept_numbers() -> dict[tuple[str, str], list[Row]]:
    """The stored rows by comparison."""
    found: dict[tuple[str, str], list[Row]] = {}
    if NUMBERS.is_file():
        for row in csv.DictReader(io.StringIO(NUMBERS.read_text("utf-8"))):
            found.setdefault((row["profile"], row["oracle"]), []).append((
                row["profile"], row["oracle"], int(row["cells"]), int(row["equal"]), row["why"],
                int(row["differences"]), row["example"],
            ))
    return found


def numbers_csv(rows: Mapping[tuple[str, str], list[Row]]) -> str:
    """The stored form of all comparisons."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for key in sorted(rows):
        writer.writerows(rows[key])
    return out.getvalue()


def policies() -> str:
    """The codes of JIS X 0208 whose glyph JIS83 exchanged or moved, under both policies of JEF."""
    glyph = load_code_system("jef", glyph_policy="glyph")
    area = load_code_system("jef", glyph_policy="area")
    lines = ["| JIS | 区点 | JEF | 種別 | 字形重視 | 領域重視 | 未決のとき |", "|---|---|---|---|---|---|---|"]
    undecided = load_code_system("jef")
    for form in sorted((one for one in load_jis78() if one.kind in ("swap", "moved")), key=lambda one: one.kind):
        code, jef = form.code, form.code + 0x8080
        place = f"{(code >> 8) - 0x20}-{(code & 0xFF) - 0x20:02d}"
        kind = "入替" if form.kind == "swap" else "移動"
        held = "保留（両方を示す）" if jef in undecided.held else ""
        both = f"{glyph.double[jef]} | {area.double[jef]}"
        lines.append(f"| {code:04X} | {place} | {jef:04X} | {kind} | {both} | {held} |")
    return "\n".join(lines)


HEAD = """# Code systems beside their oracles

Generated by `docs/reference/write_character_oracles.py`; do not edit. Compared are the characters of each code
system, cell by cell; user-defined areas are left out (there no two products agree). A cell is equal when both give the
same code points. Every difference has its reason; the example shows code, ikou's reading / the oracle's.

glibc and ICU are oracles for the IBM code systems and Python's codecs for the JIS ones; jef4j 0.12.2 (mappings CC0) is
read from `../shared/reference` beside the project. With their linear user area CCSID 930 and 939 have 11,635 cells and
1390 and 1399 have 22,102, all equal to glibc and ICU (`tests/char_mapping/test_codec_oracles.py`). An oracle that is
not on the machine keeps its stored numbers.
"""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def page_of(rows: Mapping[tuple[str, str], list[Row]]) -> str:
    """The page from the numbers of all comparisons."""
    text = [HEAD, "## Cells\n", "| code system | oracle | cells compared | equal | different |"]
    text.append("|---|---|---:|---:|---:|")
    for (profile, oracle), of_one in sorted(rows.items()):
        cells, equal = of_one[0][2], of_one[0][3]
        text.append(f"| {profile} | {oracle} | {cells:,} | {equal:,} | {cells - equal:,} |")
    text += ["\n## Every difference\n", "| code system | oracle | cells | why | example |", "|---|---|---:|---|---|"]
    for (profile, oracle), of_one in sorted(rows.items()):
        for _, _, _, _, why, count, example in of_one:
            if count:
                text.append(f"| {profile} | {oracle} | {count:,} | {_cell(why)} | {_cell(example)} |")
    text += [
        "\n## The 44 codes that JIS83 exchanged and the 4 that it moved, under both policies\n",
        "JEF, KEIS78 and JIPS hold the JIS78 glyph at these codes (字形重視); 領域重視 reads the code as JIS83 does. "
        "While the policy of a source is undecided, values with such a code are held and both readings are shown.\n",
        policies(), "",
    ]
    return "\n".join(text)


def main() -> int:
    """Write page and numbers, or with ``--check`` compare them (exit 1)."""
    rows = kept_numbers() | compared()
    wanted = {NUMBERS: numbers_csv(rows), PAGE: page_of(rows)}
    if "--check" in sys.argv[1:]:
        wrong = [path.name for path, text in wanted.items() if not path.is_file() or path.read_text("utf-8") != text]
        for name in wrong:
            sys.stderr.write(f"{name}: run python docs/reference/write_character_oracles.py\n")
        return 1 if wrong else 0
    for path, text in wanted.items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
