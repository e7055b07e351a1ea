"""MJ names (文字情報基盤), radicals, strokes and readings from Unihan 17 and StandardizedVariants; licence Unicode-3.0.

The files (Debian sid unicode-data 17.0.0-2) are looked for in /usr/share/unicode or in the folder that
IKOU_UNICODE_DATA names.
"""

from __future__ import annotations

import bz2
import os
from pathlib import Path

from char_mapping.table_sources.notation import hexadecimal

UNICODE_DATA = Path(os.environ.get("IKOU_UNICODE_DATA", "/usr/share/unicode"))
UNIHAN = UNICODE_DATA / "Unihan_DictionaryLikeData.txt.bz2"


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
        f"{name},{' '.join(hexadecimal(text) for text in sorted(names[name], key=lambda text: (len(text), text)))}"
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
            rows.append(f"{hexadecimal(char)},{radical.rstrip(chr(39))},{residual},{strokes},{readings}")
    return tuple(rows)
