"""An EUDC font of the sample city: the user-defined glyphs of a ward, drawn from strokes of our own.

The outlines are rectangles along polylines of ``gaiji_strokes.csv`` (a square of 100 by 100, y downwards), level ones
thinner than upright ones, as a host's 外字 are drawn by hand. Not every glyph has strokes: a city's font has gaps too.
"""

from __future__ import annotations

import csv
import math
from functools import cache
from itertools import pairwise
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

from char_mapping.code_systems import CodeSystem
from pipelines.sample_city.hosts import GAIJI_ORDER, UNDECIDED_PLACE, gaiji_characters, user_codes

STROKES = Path(__file__).with_name("gaiji_strokes.csv")
UNDECIDED_GLYPH = "镸"
"""What the code that both wards leave undecided looks like: a form of 長 that the clerk has to find."""
EM, LEVEL, UPRIGHT = 1000, 15.0, 29.0
_LONG_AGO = 3_786_912_000
"""2024-01-01 in seconds since 1904: a font is the same bytes whenever it is made."""

Strokes = tuple[tuple[tuple[float, float], ...], ...]


@cache
def strokes() -> dict[str, Strokes]:
    """Character → its polylines, each a tuple of points."""
    found = {}
    with STROKES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            lines = [[float(word) for word in line.split()] for line in row["strokes"].split(";")]
            found[row["char"]] = tuple(tuple(zip(line[::2], line[1::2], strict=True)) for line in lines)
    return found


def write_gaiji_font(path: Path, system: CodeSystem, ward: str) -> None:
    """Write the font of a ward's user-defined codes: private-use characters as ``system`` maps the codes to them."""
    codes = user_codes(system)
    shown = {codes[place]: gaiji_characters()[glyph].char for place, glyph in enumerate(GAIJI_ORDER[ward])}
    shown[codes[UNDECIDED_PLACE[ward]]] = UNDECIDED_GLYPH
    points = {system.private_use[code]: char for code, char in sorted(shown.items()) if char in strokes()}
    names = {point: f"uni{point:04X}" for point in points}
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    blank = TTGlyphPen(None).glyph()
    builder.setupGlyf({".notdef": blank} | {names[point]: _drawn(strokes()[char]) for point, char in points.items()})
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *names.values()], (EM, 0)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Ikou Sample Gaiji", "styleName": ward, "version": "Version 1.0"})
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120)
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = _LONG_AGO
    builder.font.recalcTimestamp = False
    builder.save(path)


def _drawn(lines: Strokes) -> Glyph:
    pen = TTGlyphPen(None)
    for line in lines:
        for start, end in pairwise(line):
            _rectangle(pen, start, end)
    return pen.glyph()


def _rectangle(pen: TTGlyphPen, start: tuple[float, float], end: tuple[float, float]) -> None:
    """One straight piece of a stroke, all of the same direction, so that pieces that cross stay filled."""
    (x0, y0), (x1, y1) = ((x * 9.2 + 40, 840 - y * 9.2) for x, y in (start, end))
    angle = math.atan2(y1 - y0, x1 - x0)
    half = LEVEL + (UPRIGHT - LEVEL) * abs(math.sin(angle))
    dx, dy = math.cos(angle) * half * 0.6, math.sin(angle) * half * 0.6
    nx, ny = -math.sin(angle) * half, math.cos(angle) * half
    corners = (
        (x0 - dx + nx, y0 - dy + ny), (x1 + dx + nx, y1 + dy + ny),
        (x1 + dx - nx, y1 + dy - ny), (x0 - dx - nx, y0 - dy - ny),
    )
    pen.moveTo((round(corners[0][0]), round(corners[0][1])))
    for x, y in corners[1:]:
        pen.lineTo((round(x), round(y)))
    pen.closePath()
