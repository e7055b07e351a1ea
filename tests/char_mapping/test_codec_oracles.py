"""IBM, JIS and Windows tables beside glibc, ICU and Python, which built none (glibc) or other parts of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from char_mapping import load_code_system
from char_mapping.code_systems import CodeSystem
from char_mapping.text import widen_kana

# Where glibc reads another character than ICU in a cell that both define; the canonical form decides, not the table.
NEWLINES = {0x15, 0x25}


def everything(name: str) -> CodeSystem:
    """A code system that shows its tables as they are: user area as private use, symbols as the table has them."""
    return load_code_system(name, user_area="private_use", six_symbols="table", glyph_policy="glyph")


def iconv(charset: str, cells: list[bytes]) -> list[str | None]:
    """Each cell through iconv; None where it is not defined. One process per refused cell and one for the rest."""
    texts: list[str | None] = []
    position = 0
    while position < len(cells):
        data = b"".join(cells[position:])
        done = subprocess.run(["iconv", "-f", charset, "-t", "UTF-32LE"], input=data, capture_output=True, check=False)
        lines = done.stdout.decode("utf-32-le").split("\n")
        texts.extend(lines[:-1])
        if done.returncode == 0:
            break
        texts.append(None)
        position = len(texts)
    return texts


@pytest.mark.parametrize(
    ("name", "charset", "defined", "user"),
    [
        ("ibm930", "IBM930", 11_635, 4_370),
        ("ibm939", "IBM939", 11_635, 4_370),
        ("ibm1390", "IBM1390", 22_102, 6_205),
        ("ibm1399", "IBM1399", 22_102, 6_205),
    ],
)
def test_every_double_byte_cell_of_ibm_equals_glibc(
    name: str, charset: str, defined: int, user: int, need_tool: Callable[[str], None]
) -> None:
    need_tool("iconv")
    system = everything(name)
    assert len(system.double) == defined
    assert len(system.private_use) == user
    codes = sorted(system.double)
    texts = iconv(charset, [b"\x0e" + code.to_bytes(2, "big") + b"\x0f\x25" for code in codes])
    assert [(code, text) for code, text in zip(codes, texts, strict=True) if text != system.double[code]] == []


@pytest.mark.parametrize(
    ("name", "charset"),
    [
        ("ibm930", "IBM930"),
        ("ibm939", "IBM939"),
        ("ibm1390", "IBM1390"),
        ("ibm1399", "IBM1399"),
        ("ibm290", "IBM290"),
        ("cp500", "CP500"),
        ("cp037", "CP037"),
    ],
)
def test_every_single_byte_cell_of_ibm_equals_glibc(name: str, charset: str, need_tool: Callable[[str], None]) -> None:
    need_tool("iconv")
    single = everything(name).single
    codes = [code for code in range(256) if single[code] is not None and code not in NEWLINES]
    texts = iconv(charset, [bytes([code, 0x25]) for code in codes])
    differing = {code: (single[code], text) for code, text in zip(codes, texts, strict=True) if text != single[code]}
    if name == "ibm290":
        # glibc reads the half-width kana of this page in full width.
        differing = {code: pair for code, pair in differing.items() if widen_kana(pair[0] or "") != pair[1]}
    # Some pages of glibc leave cells undefined that ICU defines; none reads another character.
    assert all(text is None for _, text in differing.values()), differing


def test_every_cell_of_cp932_equals_python() -> None:
    system = everything("cp932")
    for lead in range(0x81, 0xFD):
        for trail in range(0x40, 0xFD):
            cell = bytes([lead, trail])
            try:
                text = cell.decode("cp932")
            except UnicodeDecodeError:
                text = ""
            if len(text) == 1:
                assert system.double[lead << 8 | trail] == text
            else:
                assert lead << 8 | trail not in system.double


def test_cp932_is_written_as_microsoft_and_glibc_write_it(need_tool: Callable[[str], None]) -> None:
    need_tool("iconv")
    system = everything("cp932")
    texts = sorted(system.double_codes)
    done = subprocess.run(
        ["iconv", "-f", "UTF-8", "-t", "CP932"], input="".join(texts).encode(), capture_output=True, check=True
    )
    assert done.stdout == b"".join(system.double_codes[text].to_bytes(2, "big") for text in texts)
    # Python writes the 374 IBM extension characters with NEC's codes; they read back as the same characters.
    assert system.double_codes["ⅰ"] == 0xFA40
    assert "ⅰ".encode("cp932") == b"\xee\xef"


def test_jis_x_0208_is_euc_jp() -> None:
    system = everything("keis83")
    cells = {code: text for code, text in system.double.items() if code >= 0xA1A1 and code not in system.private_use}
    assert len(cells) == 6_879
    assert all(code.to_bytes(2, "big").decode("euc_jp") == text for code, text in cells.items())


@pytest.mark.parametrize(
    ("name", "codec", "cells"),
    [
        ("euc-jp", "euc_jp", 6_879 + 63 + 6_067),
        ("euc-jis-2004", "euc_jis_2004", 8_797 + 63 + 2_436),
        ("shift_jis-2004", "shift_jis_2004", 11_233),
        ("iso-2022-jp", "iso2022_jp", 6_879),
    ],
)
def test_jis_encodings_equal_python(name: str, codec: str, cells: int) -> None:
    system = everything(name)
    user, row13 = set(system.private_use), {code for code in system.double if code >> 8 == 0xAD and name == "euc-jp"}
    codes = sorted(set(system.double) - user - row13 - {0x2020})
    assert len(codes) == cells
    for code in codes:
        text = system.double[code]
        data = system.code_bytes(code)
        data = b"\x1b$B" + data + b"\x1b(B" if name == "iso-2022-jp" else data
        assert data.decode(codec) == text
        assert system.decode(data, "mixed").text == text.rstrip(" \u3000")


def test_user_area_and_row_13_of_euc_jp_equal_eucjp_ms(need_tool: Callable[[str], None]) -> None:
    need_tool("iconv")
    system = everything("euc-jp")
    codes = [code for code in sorted(system.double) if code in system.private_use or code >> 8 == 0xAD]
    texts = iconv("EUC-JP-MS", [system.code_bytes(code) + b"\n" for code in codes])
    assert [(code, text) for code, text in zip(codes, texts, strict=True) if text != system.double[code]] == []
    assert len(system.private_use) == 1_880


def test_committed_tables_are_what_their_sources_give(need_tool: Callable[[str], None]) -> None:
    need_tool("uconv")
    from char_mapping.table_sources.adobe_cmaps import CMAPS

    if not CMAPS.is_dir():
        pytest.skip("poppler-data is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "char_mapping.build", "--check"], capture_output=True, text=True, check=False
    )
    # Unihan 17 is in no Debian release yet: where it is not, its table alone is not compared, and that is said.
    told = [line for line in done.stderr.splitlines() if ".csv: left as it is, no Unihan 17" not in line]
    assert told == []
    assert done.returncode == 0
