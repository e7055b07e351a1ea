"""Fonts as tables: the glyphs of an EUDC.TTE, and the names of the 行政事務標準文字 font (``acgjm.ttf``)."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

from char_mapping.code_systems import CodeSystem
from char_mapping.errors import UnreadableFile
from char_mapping.imports.code_tables import read_code_csv
from char_mapping.imports.incoming import IncomingRow, IncomingTable, RefusedRow, read_file, table_of

_GJ_GLYPH = re.compile("gj([0-9]{6})", re.IGNORECASE)


def _open(path: Path) -> TTFont:
    # From memory: fontTools leaves a file open that turns out to be no font.
    data = io.BytesIO(read_file(path))
    try:
        return TTFont(data, lazy=True, fontNumber=0)
    except TTLibError as error:
        raise UnreadableFile(str(path), expected="a TrueType font", found=str(error)) from None


def _cmap(font: TTFont, path: Path) -> Mapping[int, str]:
    cmap: Mapping[int, str] | None = font.getBestCmap() if "cmap" in font else None
    if not cmap:
        raise UnreadableFile(str(path), expected="a font with a character map", found="none")
    return cmap


def read_eudc(font_path: Path | str, system: CodeSystem, code_list: Path | str | None = None) -> IncomingTable:
    """The user-defined codes that an EUDC.TTE has a glyph for, and what a code list beside it says they are.

    The font knows private-use characters; ``system`` says which code writes each of them. A glyph without a row in the
    list is an undecided row; a row of the list without a glyph is refused.

    Raises:
        DefinitionError: No such file; the code list as :func:`read_code_csv`.
        UnreadableFile: Not a font.
    """
    path = Path(font_path)
    with _open(path) as font:
        points = {point for point in _cmap(font, path) if 0xE000 <= point < 0xF900}
    codes = {point: code for code, point in system.private_use.items()}
    listed = read_code_csv(code_list) if code_list is not None else IncomingTable("", ())
    decided = {row.code: row for row in listed.rows}
    refused = list(listed.refused)
    rows = []
    for point in sorted(points):
        if point not in codes:
            refused.append(RefusedRow(f"U+{point:04X}", f"{system.id} has no code for it", path.name))
            continue
        code = codes[point]
        rows.append(decided.pop(code, IncomingRow(code, "", "", path.name, f"glyph U+{point:04X}")))
    refused += [
        RefusedRow(f"{row.code:04X}", f"no glyph in {path.name}", row.where) for _, row in sorted(decided.items())
    ]
    return table_of(path.name, rows, refused)


@dataclass(frozen=True)
class GjFont:
    """What one version of the official font writes for each GJ name: provisional code points, not linear in it."""

    version: str
    code_points: Mapping[str, int]


def read_gj_font(path: Path | str) -> GjFont:
    """GJ names and their code points from the cmap of the 追加文字 font, with the font's own version text.

    Raises:
        DefinitionError: No such file.
        UnreadableFile: Not a font, no glyph named ``gj000001`` …, or one name at two code points.
    """
    path = Path(path)
    with _open(path) as font:
        names = [(point, found[1]) for point, name in _cmap(font, path).items() if (found := _GJ_GLYPH.fullmatch(name))]
        version = (font["name"].getDebugName(5) or "") if "name" in font else ""
    if not names:
        raise UnreadableFile(str(path), expected="glyphs named gj000001 …", found="none", todo="Use acgjm.ttf")
    points: dict[str, int] = {}
    for point, digits in sorted(names):
        if points.setdefault(f"GJ{digits}", point) != point:
            raise UnreadableFile(f"{path}: GJ{digits}", expected="one code point", found="two")
    return GjFont(version, dict(sorted(points.items())))
