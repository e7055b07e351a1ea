"""Generate the committed tables of ``char_mapping/tables`` from permissively licensed sources.

Sources, none of them read at run time:

* IBM pages and double-byte sets: ICU (``uconv``, Debian icu-devtools), licence Unicode-3.0;
* JIS X 0208, JIS X 0212, JIS X 0213, CP932 and NEC row 13: the codecs of the Python standard library, licence PSF-2.0;
* JIS78 forms: Adobe CMaps ``78-H`` and ``H`` (Debian poppler-data), licence BSD-3-Clause;
* MJ names (文字情報基盤): Unihan 17 ``kMojiJoho`` and StandardizedVariants; radicals, strokes and readings of the same
  characters: Unihan 17 ``kRSUnicode``, ``kTotalStrokes``, ``kJapanese`` (Debian sid unicode-data 17.0.0-2), licence
  Unicode-3.0; looked for in /usr/share/unicode or the folder that IKOU_UNICODE_DATA names, and left as committed where
  it is not installed;
* EBCDIK pages and the JIPS(E) permutation: computed from the kana page of ICU and the fill rule below (own work).

Run ``python -m char_mapping.build`` to write the tables, ``--check`` to compare them with the committed ones.
"""

from __future__ import annotations

import argparse
import bz2
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLES = Path(__file__).parent / "tables"
CMAPS = Path("/usr/share/poppler/cMap/Adobe-Japan1")
UNICODE_DATA = Path(os.environ.get("IKOU_UNICODE_DATA", "/usr/share/unicode"))
UNIHAN = UNICODE_DATA / "Unihan_DictionaryLikeData.txt.bz2"

UNICODE_LICENCE = "Unicode-3.0 (NOTICE)"
PYTHON_LICENCE = "PSF-2.0 (NOTICE)"
ADOBE_LICENCE = "BSD-3-Clause, Copyright 1990-2019 Adobe (NOTICE)"
OWN_LICENCE = "Apache-2.0 (own work: computed from the rule in char_mapping/build.py)"

Cells = dict[int, str]


@dataclass(frozen=True, slots=True)
class Table:
    """One generated file: ``rows`` are the CSV lines under ``columns``."""

    source: str
    licence: str
    columns: str
    rows: tuple[str, ...]


def _show(text: str) -> str:
    visible = all(unicodedata.category(c)[0] not in "CZ" for c in text) and text not in {'"', ","}
    return text if visible and unicodedata.category(text[0])[0] != "M" else ""


def _hex(text: str) -> str:
    return "_".join(f"{ord(c):04X}" for c in text)


def _cells(source: str, licence: str, cells: Mapping[int, str], digits: int) -> Table:
    rows = tuple(f"{code:0{digits}X},{_hex(text)},{_show(text)}" for code, text in sorted(cells.items()))
    return Table(source, licence, "code,unicode,char", rows)


# --- ICU ------------------------------------------------------------------------------------------------------------


def _uconv(charset: str, data: bytes) -> str:
    done = subprocess.run(
        ["uconv", "-f", charset, "-t", "UTF-8", "--from-callback", "substitute"],
        input=data, capture_output=True, check=True,
    )
    return done.stdout.decode("utf-8")


@cache
def icu_page(charset: str) -> Cells:
    """The cells of a single-byte page that ICU defines; the shift codes 0E and 0F are no characters."""
    codes = [c for c in range(256) if c not in (0x0E, 0x0F)]
    text = _uconv(charset, bytes(codes))
    if len(text) != len(codes):
        raise SystemExit(f"{charset}: ICU gave {len(text)} characters for {len(codes)} bytes")
    return {code: char for code, char in zip(codes, text, strict=True) if char not in "\ufffd\x1a" or code == 0x3F}


def icu_double(charset: str) -> Cells:
    """The double-byte cells of a shifting EBCDIC charset, user area left out (it is a rule of the profile)."""
    codes = [0x4040] + [hi << 8 | lo for hi in range(0x41, 0xFF) for lo in range(0x41, 0xFF)]
    lines = _uconv(charset, b"".join(b"\x0e" + code.to_bytes(2, "big") + b"\x0f\x25" for code in codes)).split("\n")
    return {
        code: text
        for code, text in zip(codes, lines, strict=False)
        if text and "\ufffd" not in text and not "\ue000" <= text[0] <= "\uf8ff"
    }


# --- Python codecs --------------------------------------------------------------------------------------------------


def _codec_cells(codec: str, pattern: Callable[[int, int], bytes], first: int = 0x21) -> Cells:
    cells: Cells = {}
    for hi in range(first, 0x7F):
        for lo in range(0x21, 0x7F):
            try:
                text = pattern(hi, lo).decode(codec)
            except UnicodeDecodeError:
                continue
            if len(text.encode("utf-16-le")) <= 4 or len(text) == 2:
                cells[hi << 8 | lo] = text
    return cells


def jis0208() -> Cells:
    """JIS X 0208:1990/1997, 6,879 characters by their JIS code (2121 to 7426)."""
    return _codec_cells("euc_jp", lambda hi, lo: bytes([hi | 0x80, lo | 0x80]))


def jis0212() -> Cells:
    """JIS X 0212:1990, 6,067 characters by their JIS code."""
    return _codec_cells("euc_jp", lambda hi, lo: bytes([0x8F, hi | 0x80, lo | 0x80]))


_PLANE2_ROWS = {1, 3, 4, 5, 8, 12, 13, 14, 15, *range(78, 95)}


def jis0213(plane: int) -> Cells:
    """JIS X 0213:2004 by JIS code: plane 1 (8,797) or plane 2 (2,436: the codec answers for rows that do not exist)."""
    if plane == 1:
        return _codec_cells("euc_jis_2004", lambda hi, lo: bytes([hi | 0x80, lo | 0x80]))
    cells = _codec_cells("euc_jis_2004", lambda hi, lo: bytes([0x8F, hi | 0x80, lo | 0x80]))
    return {code: text for code, text in cells.items() if (code >> 8) - 0x20 in _PLANE2_ROWS}


def cp932() -> Cells:
    """The double-byte cells of CP932 (9,604 codes with the half-width ones aside), user area F040 to F9FC left out."""
    cells: Cells = {}
    for hi in [*range(0x81, 0xA0), *range(0xE0, 0xFD)]:
        for lo in [*range(0x40, 0x7F), *range(0x80, 0xFD)]:
            try:
                text = bytes([hi, lo]).decode("cp932")
            except UnicodeDecodeError:
                continue
            if not "\ue000" <= text <= "\uf8ff":
                cells[hi << 8 | lo] = text
    return cells


def shift_jis_2004() -> Cells:
    """The double-byte cells of Shift_JIS-2004: JIS X 0213:2004, 11,233 characters, no user area."""
    cells: Cells = {}
    for hi in [*range(0x81, 0xA0), *range(0xE0, 0xFD)]:
        for lo in [*range(0x40, 0x7F), *range(0x80, 0xFD)]:
            try:
                cells[hi << 8 | lo] = bytes([hi, lo]).decode("shift_jis_2004")
            except UnicodeDecodeError:
                continue
    return cells


def page_of_codec(codec: str, codes: Iterable[int]) -> Cells:
    """The single-byte cells of a Python codec."""
    return {code: bytes([code]).decode(codec) for code in codes}


# --- Adobe CMaps ----------------------------------------------------------------------------------------------------


def cmap(name: str) -> dict[int, int]:
    """Code → CID of an Adobe CMap, its ``usecmap`` parents included."""
    mapping: dict[int, int] = {}
    mode = ""
    for line in (CMAPS / name).read_text("latin-1").splitlines():
        words = line.split()
        if line.endswith("usecmap"):
            mapping.update(cmap(words[0].lstrip("/")))
        elif words and words[-1] in ("begincidrange", "begincidchar"):
            mode = words[-1]
        elif words and words[0] in ("endcidrange", "endcidchar"):
            mode = ""
        elif mode == "begincidrange":
            first, last, cid = int(words[0][1:-1], 16), int(words[1][1:-1], 16), int(words[2])
            mapping.update({code: cid + code - first for code in range(first, last + 1)})
        elif mode == "begincidchar":
            mapping[int(words[0][1:-1], 16)] = int(words[1])
    return mapping


def _by_cid(name: str) -> dict[int, str]:
    """CID → character; a unified ideograph wins over a compatibility one, then the lower code point."""
    best: dict[int, tuple[bool, int]] = {}
    for code, cid in cmap(name).items():
        rank = (0x2E80 <= code <= 0x2FDF or 0xF900 <= code <= 0xFAFF or code >= 0x2F800, code)
        if cid not in best or rank < best[cid]:
            best[cid] = rank
    return {cid: chr(code) for cid, (_, code) in best.items()}


# Three of the 22 pairs that JIS83 exchanged: Adobe gives their JIS78 glyph a CID of its own, without a character.
_EXCHANGED = {0x3F59: "\u9771", 0x6D6E: "\u8fe9", 0x7057: "\u976d"}


def jis78_rows() -> tuple[str, ...]:
    """Codes whose JIS78 glyph differs from the JIS83/90 one: ``jis,kind,jis90,jis78``.

    ``swap``: both forms are in JIS X 0208 and change places; ``moved``: the 78 form went to row 84; ``changed``: the
    78 form has a Unicode character of its own; ``form``: the 78 form is only a variant glyph of the same character;
    ``absent``: the code is not in JIS78.
    """
    new, old, chars, plain = cmap("H"), cmap("78-H"), _by_cid("UniJIS-UTF32-H"), jis0208()
    places = {text: code for code, text in plain.items()}
    rows = []
    for code in sorted(plain):
        if code in new and code not in old:
            rows.append(f"{code:04X},absent,{_hex(plain[code])},,{plain[code]},")
        elif code in new and new[code] != old[code]:
            form = _EXCHANGED.get(code, chars.get(old[code], ""))
            if not form or unicodedata.normalize("NFC", form) == plain[code]:
                kind, form = "form", ""
            elif form in places:
                kind = "moved" if places[form] >> 8 == 0x74 else "swap"
            else:
                kind = "changed"
            rows.append(f"{code:04X},{kind},{_hex(plain[code])},{_hex(form)},{plain[code]},{form}")
    return tuple(rows)


def nec_row13() -> Cells:
    """NEC row 13 (①, ㈱, ㍻ …) by JIS code: the cells 8740 to 879C of CP932."""
    plain = cp932()
    return {
        0x2D21 + cell: plain[trail]
        for cell in range(92)
        if (trail := 0x8740 + cell + (cell >= 0x3F)) in plain
    }


# --- Unihan ---------------------------------------------------------------------------------------------------------


def _compatibility_ideographs() -> dict[str, str]:
    """Base and standardized variation selector → the compatibility ideograph that it stands for."""
    found = {}
    for line in (UNICODE_DATA / "StandardizedVariants.txt").read_text("utf-8").splitlines():
        fields = line.split(";")
        if len(fields) > 1 and "CJK COMPATIBILITY IDEOGRAPH-" in fields[1]:
            sequence = "".join(chr(int(code, 16)) for code in fields[0].split())
            found[sequence] = chr(int(fields[1].rsplit("-", 1)[1], 16))
    return found


def mj_rows() -> tuple[str, ...] | None:
    """``mj,unicode``: each MJ name and what Unicode writes for it, the bare character first; None without Unihan 17.

    ``kMojiJoho`` gives a base its names as ``MJ022336 MJ022335:E0102``: alone, or with a variation selector.
    """
    if not UNIHAN.is_file():
        return None
    names: dict[str, list[str]] = {}
    variants = _compatibility_ideographs()
    with bz2.open(UNIHAN, "rt", encoding="utf-8") as file:
        for line in file:
            if "\tkMojiJoho\t" not in line or line.startswith("#"):
                continue
            code, _, value = line.rstrip("\n").split("\t")
            for word in value.split():
                name, _, selector = word.partition(":")
                text = chr(int(code[2:], 16)) + (chr(int(selector, 16)) if selector else "")
                names.setdefault(name, []).extend([text, variants[text]] if text in variants else [text])
    if not names:
        return None
    return tuple(
        f"{name},{' '.join(_hex(text) for text in sorted(names[name], key=lambda text: (len(text), text)))}"
        for name in sorted(names)
    )


def _unihan(file: str, *fields: str) -> dict[str, dict[str, str]]:
    """Character → field → value of a Unihan file, as far as these fields go; empty where it is not installed."""
    path = UNICODE_DATA / f"Unihan_{file}.txt.bz2"
    found: dict[str, dict[str, str]] = {}
    if path.is_file():
        with bz2.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                parts = line.rstrip("\n").split("\t")
                if len(parts) == 3 and parts[1] in fields:
                    found.setdefault(chr(int(parts[0][2:], 16)), {})[parts[1]] = parts[2]
    return found


def ideograph_rows() -> tuple[str, ...] | None:
    """``code,radical,residual,strokes,readings`` of every character that has an MJ name; None without Unihan 17.

    The radical is the first one of ``kRSUnicode`` (an apostrophe marks a simplified form of it), the strokes those of
    the Japanese glyph (the last of ``kTotalStrokes`` where there are two), readings are those of ``kJapanese``.
    """
    named = _unihan("DictionaryLikeData", "kMojiJoho")
    if not named:
        return None
    counted, read = _unihan("IRGSources", "kRSUnicode", "kTotalStrokes"), _unihan("Readings", "kJapanese")
    rows = []
    for char in sorted(named):
        fields = counted.get(char, {})
        radical, _, residual = fields.get("kRSUnicode", ".").split()[0].partition(".")
        strokes = fields.get("kTotalStrokes", " ").split(" ")[-1]
        readings = read.get(char, {}).get("kJapanese", "")
        if radical:
            rows.append(f"{_hex(char)},{radical.rstrip(chr(39))},{residual},{strokes},{readings}")
    return tuple(rows)


# --- computed pages -------------------------------------------------------------------------------------------------

# Graphic places of EBCDIC that the kana page leaves free, in code order: the lower case letters and the JIS8 codes
# A0 and E0 to FE fill them (Hitachi starts at 59, NEC at 57; the place that is left takes JIS8 A0).
_FREE_LETTERS = (0x57, 0x59, *range(0x62, 0x6A), *range(0x70, 0x79), 0x80, 0x8B, 0x9B, 0x9C, 0xA0, 0xAB, 0xB0, 0xB1)
_FREE_HIGH = (*range(0xB2, 0xBA), *range(0xCA, 0xD0), *range(0xDA, 0xE0), *range(0xEA, 0xF0), *range(0xFA, 0xFF))
_PUNCTUATION = {"[": 0x4A, "!": 0x4F, "]": 0x5A, "\\": 0x5B, "^": 0x5F, "|": 0x6A, "~": 0xA1, "$": 0xE0}


def jis8_to_ebcdik(vendor: str) -> dict[int, int]:
    """JIS8 byte → EBCDIK byte of ``nec`` or ``hitachi``: a permutation of the 256 bytes.

    Check values: NEC JIPS(J) shift codes 1A70 and 1A71 give the documented JIPS(E) ones 3F75 and 3F76.
    """
    ebcdic = {text: code for code, text in icu_page("ibm-290").items()}
    common = page_of_codec("cp500", range(256))
    table: dict[int, int] = {}
    for jis8 in (*range(0x20), *range(0x7F, 0xA0)):
        table[jis8] = {text: code for code, text in common.items()}[chr(jis8)]
    for jis8 in range(0x20, 0x7F):
        char = chr(jis8)
        if char in _PUNCTUATION:
            table[jis8] = _PUNCTUATION[char]
        elif not char.islower():
            table[jis8] = ebcdic[char]
    for jis8 in range(0xA1, 0xE0):
        table[jis8] = ebcdic[bytes([jis8]).decode("shift_jis")]
    free = list(_FREE_LETTERS)
    table[0xA0] = free.pop(0) if vendor == "hitachi" else free.pop()
    table.update(zip(range(0x61, 0x7B), free, strict=True))
    table.update(zip(range(0xE0, 0xFF), _FREE_HIGH, strict=True))
    # FF stays FF on both sides, so JIS8 9F takes the one place that is left.
    table[0x9F], table[0xFF] = 0xE1, 0xFF
    return table


def _jis8(code: int) -> str:
    """JIS8 (JIS X 0201): 5C and 7E are shown as backslash and tilde, as the hosts' converters do."""
    if code < 0x80 or 0x80 <= code < 0xA0:
        return chr(code)
    return bytes([code]).decode("shift_jis") if 0xA1 <= code < 0xE0 else ""


def jis8_page() -> Cells:
    """JIS8 as characters; 80 to 9F are free."""
    return {code: _jis8(code) for code in (*range(0x80), *range(0xA1, 0xE0))}


def ebcdik_page(vendor: str) -> Cells:
    """EBCDIK as characters: ASCII, half-width kana and controls; a byte without such a character stays undefined."""
    return {ebcdik: _jis8(jis8) for jis8, ebcdik in jis8_to_ebcdik(vendor).items() if _jis8(jis8) and jis8 != 0x9F}


def jis8_to_ebcdic() -> dict[int, int]:
    """JIS8 byte → EBCDIC byte, lower case at 81 to A9: JIS8 A0 to FE fill the free places from 41 on, in order.

    This is the other order in which JIS8 went to EBCDIC cards; jef4j reads JIPS(E) through it.
    """
    cp500 = {text: code for code, text in page_of_codec("cp500", range(256)).items()}
    table = {jis8: cp500[chr(jis8)] for jis8 in (*range(0x20), *range(0x7F, 0xA0))}
    table.update({jis8: _PUNCTUATION.get(chr(jis8), cp500[chr(jis8)]) for jis8 in range(0x20, 0x7F)})
    table[0x9F], table[0xFF] = 0xE1, 0xFF
    free = [code for code in range(0x41, 0xFF) if code not in table.values()]
    table.update(zip(range(0xA0, 0xFF), free, strict=True))
    return table


def hitachi_ebcdic_page() -> Cells:
    """Hitachi EBCDIC as characters: lower case at 81 to A9, half-width kana in the free places from 42 on."""
    return {ebcdic: _jis8(jis8) for jis8, ebcdic in jis8_to_ebcdic().items() if _jis8(jis8) and jis8 != 0x9F}


def fujitsu_page(kind: str) -> Cells:
    """Fujitsu EBCDIC: ``ascii``, ``lower`` (英小文字) or ``kana`` (カナ)."""
    common = page_of_codec("cp500", range(256))
    # 28, 38 and 29 shift to kanji and back; they are never characters.
    cells = {code: common[code] for code in (*range(0x40), 0xFF) if code not in (0x28, 0x29, 0x38)}
    if kind == "ascii":
        cells.update({code: text for code, text in common.items() if code >= 0x40 and " " <= text <= "~"})
        del cells[0xBB]
        cells[0x6A] = "\xa6"
        return cells
    shared = icu_page("ibm-290")
    for code, text in shared.items():
        upper = text.isascii() and not text.islower() and text not in "[]^\\~"
        if code >= 0x40 and (upper or (kind == "kana" and "\uff61" <= text <= "\uff9f")):
            cells[code] = text
    cells.update({0x4A: "\xa3", 0x5B: "\xa5", 0x5F: "\xac", 0x6A: "\xa6", 0xA1: "\u203e", 0xE0: "$"})
    if kind == "lower":
        cells.update({code: text for code, text in common.items() if text.isascii() and text.islower()})
    return cells


# --- the list of files ----------------------------------------------------------------------------------------------


def tables() -> dict[str, Table]:
    """Every generated file by name; ``mj_unicode`` and ``ideographs`` only where Unihan 17 is installed."""
    icu = "ICU 72.1 converter {} through uconv".format
    codec = "Python 3.11 standard library codec {}".format
    icu_single = {"ibm290": "ibm-290", "ibm1027": "ibm-939", "ibm930_single": "ibm-930", "ibm939_single": "ibm-939",
                  "ibm1390_single": "ibm-1390", "ibm1399_single": "ibm-1399"}
    found = {
        f"page_{name}": _cells(icu(charset), UNICODE_LICENCE, icu_page(charset), 2)
        for name, charset in icu_single.items()
    }
    found["page_fujitsu_ascii"] = _cells("cp500 with Fujitsu's graphics", OWN_LICENCE, fujitsu_page("ascii"), 2)
    found["page_fujitsu_lower"] = _cells("ibm-290 with Fujitsu's graphics", OWN_LICENCE, fujitsu_page("lower"), 2)
    found["page_fujitsu_kana"] = _cells("ibm-290 with Fujitsu's graphics", OWN_LICENCE, fujitsu_page("kana"), 2)
    found["page_hitachi_ebcdik"] = _cells("JIS8 permuted, fill rule", OWN_LICENCE, ebcdik_page("hitachi"), 2)
    found["page_hitachi_ebcdic"] = _cells("JIS8 permuted, fill rule", OWN_LICENCE, hitachi_ebcdic_page(), 2)
    found["page_nec_ebcdik"] = _cells("JIS8 permuted, fill rule", OWN_LICENCE, ebcdik_page("nec"), 2)
    found["page_jis8"] = _cells("JIS X 0201 rule", OWN_LICENCE, jis8_page(), 2)
    found["page_ascii"] = _cells(codec("ascii"), PYTHON_LICENCE, page_of_codec("ascii", range(128)), 2)
    found["page_cp037"] = _cells(codec("cp037"), PYTHON_LICENCE, page_of_codec("cp037", range(256)), 2)
    found["page_cp500"] = _cells(codec("cp500"), PYTHON_LICENCE, page_of_codec("cp500", range(256)), 2)
    kana = (*range(0x80), *range(0xA1, 0xE0))
    found["page_cp932"] = _cells(codec("cp932"), PYTHON_LICENCE, page_of_codec("cp932", kana), 2)
    for name, bytes_of in (("jips_e", jis8_to_ebcdik("nec")), ("jips_e_lower", jis8_to_ebcdic())):
        pairs = tuple(f"{jis8:02X},{ebcdic:02X}" for jis8, ebcdic in sorted(bytes_of.items()))
        found[f"permutation_{name}"] = Table("JIS8 permuted, fill rule", OWN_LICENCE, "jips_j,jips_e", pairs)
    found["ibm300"] = _cells(icu("ibm-930"), UNICODE_LICENCE, icu_double("ibm-930"), 4)
    found["ibm16684"] = _cells(icu("ibm-1390"), UNICODE_LICENCE, icu_double("ibm-1390"), 4)
    found["jis0208"] = _cells(codec("euc_jp"), PYTHON_LICENCE, jis0208(), 4)
    found["jis0212"] = _cells(codec("euc_jp"), PYTHON_LICENCE, jis0212(), 4)
    found["jis0213_plane1"] = _cells(codec("euc_jis_2004"), PYTHON_LICENCE, jis0213(1), 4)
    found["jis0213_plane2"] = _cells(codec("euc_jis_2004"), PYTHON_LICENCE, jis0213(2), 4)
    found["shift_jis_2004"] = _cells(codec("shift_jis_2004"), PYTHON_LICENCE, shift_jis_2004(), 4)
    found["jis0201_kana"] = _cells("JIS X 0201 rule", OWN_LICENCE, {c: _jis8(c) for c in range(0xA1, 0xE0)}, 4)
    found["cp932"] = _cells(codec("cp932"), PYTHON_LICENCE, cp932(), 4)
    found["nec_row13"] = _cells(codec("cp932"), PYTHON_LICENCE, nec_row13(), 4)
    if (names := mj_rows()) is not None:
        found["mj_unicode"] = Table("Unihan 17.0 kMojiJoho", UNICODE_LICENCE, "mj,unicode", names)
    if (ideographs := ideograph_rows()) is not None:
        source = "Unihan 17.0 kRSUnicode kTotalStrokes kJapanese"
        found["ideographs"] = Table(source, UNICODE_LICENCE, "code,radical,residual,strokes,readings", ideographs)
    columns = "jis,kind,jis90,jis78,jis90_char,jis78_char"
    found["jis78"] = Table("Adobe CMaps 78-H and H (poppler-data 0.4.12)", ADOBE_LICENCE, columns, jis78_rows())
    return found


def text_of(table: Table) -> str:
    """The file as it is committed: provenance lines that begin with ``#``, the column names, the rows."""
    head = (
        "# generated by: python -m char_mapping.build (never edit by hand)",
        f"# source: {table.source}",
        f"# licence: {table.licence}",
        table.columns,
    )
    return "\n".join((*head, *table.rows)) + "\n"


def main() -> int:
    """Write the tables, or with ``--check`` name the ones that differ from the committed files (exit 1)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="compare with the committed files, write nothing")
    check = parser.parse_args().check
    differing = []
    found = tables()
    for name in ("mj_unicode", "ideographs"):
        if name not in found:
            sys.stderr.write(f"{name}.csv: left as it is, no Unihan 17 in {UNICODE_DATA} (IKOU_UNICODE_DATA)\n")
    for name, table in found.items():
        path, text = TABLES / f"{name}.csv", text_of(table)
        if check and (not path.exists() or path.read_text("utf-8") != text):
            differing.append(path.name)
        elif not check:
            path.write_text(text, "utf-8")
    for name in differing:
        sys.stderr.write(f"{name}: differs from what its sources give; run python -m char_mapping.build\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
