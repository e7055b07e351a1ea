"""IBM pages and double-byte sets from ICU (``uconv``, Debian icu-devtools); licence Unicode-3.0."""

from __future__ import annotations

import subprocess
from functools import cache

from char_mapping.table_sources.notation import Cells


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
