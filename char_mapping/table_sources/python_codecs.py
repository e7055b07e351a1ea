"""JIS X 0208, 0212 and 0213, CP932 and NEC row 13 from the codecs of the Python standard library; licence PSF-2.0."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from char_mapping.table_sources.notation import Cells


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


def nec_row13() -> Cells:
    """NEC row 13 (①, ㈱, ㍻ …) by JIS code: the cells 8740 to 879C of CP932."""
    plain = cp932()
    return {
        0x2D21 + cell: plain[trail]
        for cell in range(92)
        if (trail := 0x8740 + cell + (cell >= 0x3F)) in plain
    }
