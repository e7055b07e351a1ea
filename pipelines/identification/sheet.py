"""The glyph sheet (外字同定シート): each user-defined code beside its candidates as pictures, for clerks to decide."""

from __future__ import annotations

import base64
import io
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from char_mapping.errors import DefinitionError, UnreadableFile
from char_mapping.identification.glyphs import GlyphFont
from char_mapping.identification.ranking import LABELS, WEIGHTS, RankedCandidate
from pipelines.flows.code_tables import place_of_codes
from pipelines.identification.occurrences import CodeUse, GlyphSource

SHOWN = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One code of the sheet: where it occurs, its picture, and what it may be."""

    use: CodeUse
    glyphs: GlyphSource | None
    candidates: tuple[RankedCandidate, ...]


def write_sheet(
    path: Path, entries: Sequence[Entry], font: GlyphFont | None, *, city: str, generation: str, missing: Sequence[str]
) -> None:
    """Write the sheet: one HTML file, printable, every picture inside it.

    Args:
        path: Where to write.
        entries: The codes, in the order of the sheet.
        font: The font of the candidates' pictures; None where it is not installed.
        city: Name of the city.
        generation: Generation of exports that was read.
        missing: Tables and fonts that this machine lacks, in Japanese: fewer signals speak.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )
    text = environment.get_template("sheet.html.jinja").render(
        city=city, generation=generation, missing=missing, labels=LABELS, weights=WEIGHTS,
        cards=[_card(number, entry, font) for number, entry in enumerate(entries, 1)],
        undecided=sum(not entry.use.char for entry in entries),
        occurrences=sum(entry.use.count for entry in entries),
    )
    path.write_text(text, encoding="utf-8")


def _card(number: int, entry: Entry, font: GlyphFont | None) -> dict[str, object]:
    use = entry.use
    items: Counter[str] = Counter()
    states: Counter[str] = Counter()
    for (item, state), count in use.by_item.items():
        items[item] += count
        states[state] += count
    small = _picture(entry.glyphs, use.code, 22)
    words = [] if use.private else [
        {"before": name.before, "after": name.after, "kana": name.kana, "count": count}
        for name, count in sorted(use.names.items(), key=lambda pair: (-pair[1], pair[0].kana))[:6]
    ]
    return {
        "number": number, "code": f"{use.code:04X}", "place": place_of_codes(use.source, use.table or None),
        "source": use.source.label, "system": use.source.system, "table": use.table, "private": use.private,
        "picture": _picture(entry.glyphs, use.code, 108), "small": small, "count": use.count,
        "items": sorted(items.items(), key=lambda pair: (-pair[1], pair[0])),
        "states": [(state, count) for state, count in sorted(states.items()) if state],
        "samples": use.samples, "words": words, "decided": use.char, "by": use.by,
        "decided_picture": font.svg(use.char, size=40) if font and use.char else "",
        "notes": [
            text for text in (
                f"部首 {use.row.radical}" if use.row and use.row.radical else "",
                f"{use.row.strokes}画" if use.row and use.row.strokes else "",
                f"読み {use.row.reading}" if use.row and use.row.reading else "",
            ) if text
        ],
        "candidates": [
            {
                "text": one.text, "mj": one.mj, "points": " ".join(f"U+{ord(char):04X}" for char in one.text),
                "picture": font.svg(one.text, size=60) if font else "", "score": round(one.score * 100),
                "class": one.suggested_class,
                "signals": [(LABELS[signal.kind], round(signal.strength * 100), signal.why) for signal in one.signals],
            }
            for one in entry.candidates[:SHOWN]
        ],
    }


def _picture(glyphs: GlyphSource | None, code: int, size: int) -> str:
    if glyphs is None:
        return ""
    if code in glyphs.bitmaps:
        data = io.BytesIO()
        image = glyphs.bitmaps[code].point([255 - value for value in range(256)])
        image.save(data, "PNG", optimize=True)
        text = base64.b64encode(data.getvalue()).decode("ascii")
        return f'<img class="glyph" width="{size}" height="{size}" alt="" src="data:image/png;base64,{text}">'
    return glyphs.svg(code, size)


def write_pictures(folder: Path, entries: Sequence[Entry]) -> None:
    """Write each code's own picture as ``<place>/<code>.png`` or ``.svg``, for pages that show one code."""
    for entry in entries:
        if entry.glyphs is None:
            continue
        place = folder / place_of_codes(entry.use.source, entry.use.table or None)
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"{entry.use.code:04X}"
        if entry.use.code in entry.glyphs.bitmaps:
            image = entry.glyphs.bitmaps[entry.use.code].point([255 - value for value in range(256)])
            image.save(place / f"{name}.png", "PNG", optimize=True)
        elif drawn := entry.glyphs.svg(entry.use.code, 220):
            inside = drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
            (place / f"{name}.svg").write_text(inside, encoding="utf-8")


def print_sheet(html: Path, pdf: Path) -> None:
    """Print the sheet to PDF with an installed Chromium, without a network.

    Raises:
        DefinitionError: None is installed.
        UnreadableFile: It gave no PDF.
    """
    browser = next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None)
    if browser is None:
        raise DefinitionError("chromium", expected="an installed Chromium", found="none",
                              todo="Print the HTML file from a browser")
    with tempfile.TemporaryDirectory(prefix="ikou-print-") as profile:
        done = subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}",
             "--no-pdf-header-footer",
             f"--print-to-pdf={pdf.resolve()}", html.resolve().as_uri()],
            capture_output=True, check=False, timeout=120,
        )
    if done.returncode or not pdf.is_file():
        raise UnreadableFile(str(pdf), expected="a PDF of the sheet", found=f"Chromium ended with {done.returncode}",
                             todo="Print the HTML file from a browser")
