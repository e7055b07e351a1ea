"""Pages of Fujitsu, Hitachi and NEC, computed from the kana page of ICU and the fill rule below (own work)."""

from __future__ import annotations

from char_mapping.table_sources.icu import icu_page
from char_mapping.table_sources.notation import Cells
from char_mapping.table_sources.python_codecs import page_of_codec

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
