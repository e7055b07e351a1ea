"""Pictures of glyphs: drawn from a font or given as bitmaps, compared, and shown as outlines.

A picture is compared by its ink alone: cut to it, fitted into a square, blurred, its mean taken out. Two pictures are
as alike as the cosine of the angle between them (1: the same). That ranks candidates; it never decides: a dot more is
another character and hardly another picture.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from fontTools.pens.basePen import decomposeQuadraticSegment
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont, TTLibError
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from char_mapping.errors import UnreadableFile
from char_mapping.imports.incoming import read_file

Picture = NDArray[np.float32]
"""A flat vector of ``CELLS`` × ``CELLS`` values with mean 0 and length 1; all zero for a blank glyph."""

CELLS = 24
_DRAWN = 64
_KEPT = 400.0
_BITMAP_CODE = re.compile("(?:U\\+)?([0-9A-F]{4,6})", re.IGNORECASE)

IPAMJ = (
    Path("/usr/share/fonts/truetype/ipamj/ipamjm.ttf"), Path("/usr/share/fonts/opentype/ipamj/ipamjm.ttf"),
)
"""Where Debian's fonts-ipamj-mincho puts the font whose glyph names are the MJ names."""


def find_ipamj() -> Path | None:
    """The IPAmj font of this machine; None where it is not installed."""
    return next((path for path in IPAMJ if path.is_file()), None)


def picture_of(image: Image.Image) -> Picture:
    """The picture of an 8-bit image whose ink is bright.

    Shape ``(CELLS * CELLS,)``, float32.
    """
    box = image.getbbox()
    square = Image.new("L", (CELLS * 2, CELLS * 2))
    if box is not None:
        ink = image.crop(box)
        scale = (CELLS * 2 - 4) / max(ink.size)
        ink = ink.resize((max(1, round(ink.width * scale)), max(1, round(ink.height * scale))), Image.Resampling.BOX)
        square.paste(ink, ((square.width - ink.width) // 2, (square.height - ink.height) // 2))
    blurred = square.filter(ImageFilter.GaussianBlur(1.6)).resize((CELLS, CELLS), Image.Resampling.BOX)
    cells = np.asarray(blurred, np.float32).reshape(-1)
    cells = cells - cells.mean()
    length = float(np.linalg.norm(cells))
    return np.asarray(cells / length if length else cells, np.float32)


def likeness(one: Picture, other: Picture) -> float:
    """How alike two pictures are: 1 the same, 0 nothing in common."""
    return max(0.0, float(one @ other))


class GlyphFont:
    """The glyphs of a TrueType font, also those behind a variation selector."""

    def __init__(self, path: Path) -> None:
        """Open a font.

        Raises:
            DefinitionError: No such file.
            UnreadableFile: Not a font with a character map.
        """
        self.path = path
        self._data = read_file(path)
        try:
            self._font = TTFont(io.BytesIO(self._data), lazy=True, fontNumber=0)
        except TTLibError as error:
            raise UnreadableFile(str(path), expected="a TrueType font", found=str(error)) from None
        cmap: Mapping[int, str] | None = self._font.getBestCmap() if "cmap" in self._font else None
        if not cmap:
            raise UnreadableFile(str(path), expected="a font with a character map", found="none")
        self.cmap = cmap
        self._drawn = ImageFont.truetype(io.BytesIO(self._data), _DRAWN, layout_engine=ImageFont.Layout.BASIC)

    @cached_property
    def _variants(self) -> Mapping[tuple[int, int], str]:
        tables = [table for table in self._font["cmap"].tables if table.format == 14]
        return {
            (base, selector): name or self.cmap.get(base, "")
            for table in tables
            for selector, pairs in table.uvsDict.items()
            for base, name in pairs
        }

    def glyph_name(self, text: str) -> str | None:
        """The glyph of a character, or of a base and its variation selector; None where the font has none."""
        if len(text) == 1:
            return self.cmap.get(ord(text))
        return self._variants.get((ord(text[0]), ord(text[1]))) if len(text) == 2 else None

    def picture(self, text: str) -> Picture | None:
        """The picture of a text's glyph; None where the font has none."""
        name = self.glyph_name(text)
        if name is None:
            return None
        if len(text) == 1:
            return picture_of(self._plain(text))
        return picture_of(self._from_outline(name))

    def _plain(self, char: str) -> Image.Image:
        left, top, right, bottom = self._drawn.getbbox(char)
        image = Image.new("L", (max(1, int(right - left)), max(1, int(bottom - top))))
        ImageDraw.Draw(image).text((-left, -top), char, fill=255, font=self._drawn)
        return image

    def _from_outline(self, name: str) -> Image.Image:
        # Polygons are filled without grey: four times as large, so that a thin stroke keeps its weight.
        size = _DRAWN * 4
        scale = size / self._font["head"].unitsPerEm
        winding = np.zeros((size * 3 // 2, size * 3 // 2), np.int8)
        for contour in _contours(self._font.getGlyphSet(), name):
            points = [(x * scale + size / 4, size * 1.25 - y * scale) for x, y in contour]
            if len(points) > 2:
                mask = Image.new("1", winding.shape)
                ImageDraw.Draw(mask).polygon(points, fill=1)
                area = sum(x * v - u * y for (x, y), (u, v) in zip(points, points[1:] + points[:1], strict=True))
                winding += np.asarray(mask, np.int8) * (1 if area > 0 else -1)
        return Image.fromarray((winding != 0).astype(np.uint8) * 255)

    def svg(self, text: str, *, size: int = 96) -> str:
        """The glyph as an inline SVG of ``size`` pixels, by its outline; "" where the font has none."""
        name = self.glyph_name(text)
        if name is None:
            return ""
        pen = SVGPathPen(self._font.getGlyphSet(), ntos=lambda value: f"{value:.0f}")
        self._font.getGlyphSet()[name].draw(pen)
        em = self._font["head"].unitsPerEm
        top = round(em * 0.88)
        return (
            f'<svg class="glyph" width="{size}" height="{size}" viewBox="0 {-top} {em} {em}" role="img">'
            f'<path transform="scale(1 -1)" d="{pen.getCommands()}"/></svg>'
        )


def _contours(glyphs: Any, name: str) -> list[list[tuple[float, float]]]:
    """The contours of a glyph as polygons; a curve becomes four straight pieces."""
    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(pen)
    contours: list[list[tuple[float, float]]] = []
    for verb, points in pen.value:
        if verb == "moveTo":
            contours.append([points[0]])
        elif verb == "lineTo":
            contours[-1].append(points[0])
        elif verb == "qCurveTo":
            for middle, end in decomposeQuadraticSegment(points):
                contours[-1] += _curve(contours[-1][-1], middle, end)
        elif verb == "curveTo":
            contours[-1] += points
    return contours


def _curve(
    start: tuple[float, float], middle: tuple[float, float], end: tuple[float, float]
) -> list[tuple[float, float]]:
    steps = (0.25, 0.5, 0.75, 1.0)
    weights = [((1 - t) ** 2, 2 * (1 - t) * t, t * t) for t in steps]
    return [(a * start[0] + b * middle[0] + c * end[0], a * start[1] + b * middle[1] + c * end[1])
            for a, b, c in weights]


@dataclass(frozen=True)
class GlyphIndex:
    """Pictures of many characters: ``texts`` and one row of ``pictures`` each (float32)."""

    texts: tuple[str, ...]
    pictures: NDArray[np.float32]

    def nearest(self, picture: Picture, count: int) -> list[tuple[str, float]]:
        """The ``count`` characters that look most like a picture, best first, with their likeness."""
        alike = self.pictures @ picture
        best = np.argsort(-alike, kind="stable")[:count]
        return [(self.texts[place], max(0.0, float(alike[place]))) for place in best.tolist()]


def index_of(font: GlyphFont, characters: Iterable[str]) -> GlyphIndex:
    """The pictures of those of the characters (single code points) that the font has, in their order."""
    texts, rows = [], []
    for char in characters:
        picture = font.picture(char)
        if picture is not None:
            texts.append(char)
            rows.append(picture)
    pictures = np.stack(rows) if rows else np.zeros((0, CELLS * CELLS), np.float32)
    return GlyphIndex(tuple(texts), pictures)


def kept_index(font: GlyphFont, characters: Sequence[str], folder: Path, digest: str) -> GlyphIndex:
    """As :func:`index_of`, kept in ``folder`` under the font's digest: drawing 50,000 glyphs takes its time."""
    path = folder / f"glyphs-{digest[:16]}.npz"
    if path.is_file():
        with np.load(path) as kept:
            texts = tuple(map(chr, kept["points"].tolist()))
            if set(texts) <= set(characters) and kept["pictures"].shape[1] == CELLS * CELLS:
                return GlyphIndex(texts, kept["pictures"].astype(np.float32) / _KEPT)
    index = index_of(font, characters)
    folder.mkdir(parents=True, exist_ok=True)
    points = np.array([ord(text) for text in index.texts], np.uint32)
    np.savez_compressed(path, points=points, pictures=_rounded(index.pictures))
    return GlyphIndex(index.texts, _rounded(index.pictures).astype(np.float32) / _KEPT)


def _rounded(pictures: NDArray[np.float32]) -> NDArray[np.int8]:
    rounded: NDArray[np.int8] = np.clip(np.rint(pictures * _KEPT), -127, 127).astype(np.int8)
    return rounded


def read_bitmaps(folder: Path) -> dict[int, Image.Image]:
    """Bitmaps of a host's glyphs by code: files named ``F0A1.png`` or ``.bmp``, dark ink on a light ground or the
    reverse; the smaller part of the picture is the ink.

    Raises:
        UnreadableFile: A file with such a name that is no picture.
    """
    found = {}
    for path in sorted([*folder.glob("*.png"), *folder.glob("*.bmp")]):
        name = _BITMAP_CODE.fullmatch(path.stem)
        if name is None:
            continue
        try:
            with Image.open(path) as opened:
                image = opened.convert("L")
        except OSError as error:
            raise UnreadableFile(str(path), expected="a picture", found=type(error).__name__) from None
        if float(np.asarray(image).mean()) > 127:
            image = Image.eval(image, lambda value: 255 - value)
        found[int(name[1], 16)] = image
    return found
