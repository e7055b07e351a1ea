"""JIS78 forms from the Adobe CMaps ``78-H`` and ``H`` (Debian poppler-data); licence BSD-3-Clause."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from char_mapping.table_sources.notation import hexadecimal
from char_mapping.table_sources.python_codecs import jis0208

CMAPS = Path("/usr/share/poppler/cMap/Adobe-Japan1")

# Three of the 22 pairs that JIS83 exchanged: Adobe gives their JIS78 glyph a CID of its own, without a character.
_EXCHANGED = {0x3F59: "\u9771", 0x6D6E: "\u8fe9", 0x7057: "\u976d"}


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
            rows.append(f"{code:04X},absent,{hexadecimal(plain[code])},,{plain[code]},")
        elif code in new and new[code] != old[code]:
            form = _EXCHANGED.get(code, chars.get(old[code], ""))
            if not form or unicodedata.normalize("NFC", form) == plain[code]:
                kind, form = "form", ""
            elif form in places:
                kind = "moved" if places[form] >> 8 == 0x74 else "swap"
            else:
                kind = "changed"
            rows.append(f"{code:04X},{kind},{hexadecimal(plain[code])},{hexadecimal(form)},{plain[code]},{form}")
    return tuple(rows)
