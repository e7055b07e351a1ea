"""Where each user-defined code of a project occurs: how often, in which items, of whom, in which names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from PIL import Image

from char_mapping.code_systems import CodeSystem
from char_mapping.gaiji import GaijiDecision, load_gaiji_table
from char_mapping.identification.glyphs import GlyphFont, Picture, picture_of, read_bitmaps
from char_mapping.identification.ranking import NameAround
from layouts.records.plans import system_of_source
from layouts.records.reader import open_source_file
from layouts.sources import SourceDefinition

SAMPLES, NAMES = 5, 200

Place = tuple[str, str]
"""Source id and 外字対応表 (path from the project root, "" where none reads the file): where a code has one meaning."""


@dataclass
class CodeUse:
    """One user-defined code of one place: what decides it now, and where it occurs.

    ``by_item`` counts (item, 現存/除票/""), ``samples`` are record keys, ``names`` the words it stands in with their
    kana; ``private`` says that it occurs in records of 支援措置, whose words are not shown.
    """

    source: SourceDefinition
    table: str
    code: int
    char: str
    by: str
    private: bool
    row: GaijiDecision | None = None
    by_item: Counter[tuple[str, str]] = field(default_factory=Counter)
    samples: list[str] = field(default_factory=list)
    names: Counter[NameAround] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """Occurrences altogether."""
        return self.by_item.total()


@dataclass(frozen=True)
class GlyphSource:
    """The pictures of the user-defined codes of one place: an EUDC font or bitmaps."""

    font: GlyphFont | None
    bitmaps: Mapping[int, Image.Image]
    points: Mapping[int, int]

    def picture(self, code: int) -> Picture | None:
        """The picture of a code; None where nothing shows it."""
        if code in self.bitmaps:
            return picture_of(self.bitmaps[code])
        if self.font is None or code not in self.points:
            return None
        return self.font.picture(chr(self.points[code]))

    def svg(self, code: int, size: int) -> str:
        """The glyph of a code as inline SVG; "" for a bitmap or none."""
        if self.font is None or code not in self.points:
            return ""
        return self.font.svg(chr(self.points[code]), size=size)


def open_glyphs(path: Path, system: CodeSystem) -> GlyphSource:
    """The pictures below a path: a folder of bitmaps, else a font.

    Raises:
        DefinitionError: No such file.
        UnreadableFile: Neither.
    """
    if path.is_dir():
        return GlyphSource(None, read_bitmaps(path), {})
    return GlyphSource(GlyphFont(path), {}, dict(system.private_use))


def code_uses(
    root: Path, exports: Path, sources: Mapping[str, SourceDefinition], *, block_records: int
) -> tuple[list[CodeUse], dict[Place, GlyphSource]]:
    """Every user-defined code that occurs in the received files, the most frequent first, and their pictures.

    Args:
        root: The project folder.
        exports: ``exports/<generation>`` of the data folder.
        sources: The sources, with what the ledger has identified in them.
        block_records: Records read at a time.

    Raises:
        DefinitionError, UnreadableFile: As reading the files.
    """
    uses: dict[tuple[str, str, int], CodeUse] = {}
    glyphs: dict[Place, GlyphSource] = {}
    for source in sources.values():
        bare = _without_tables(source)
        for path in sorted((exports / source.delivery).glob(source.files)):
            table = source.gaiji_table_of(path.name) or ""
            system = system_of_source(source, path.name)
            rows = load_gaiji_table(root / table).decisions if table else {}
            shown = source.glyphs_of(path.name)
            if shown and (source.id, table) not in glyphs:
                glyphs[source.id, table] = open_glyphs(root / shown, system)
            for found in _occurrences(bare, path, block_records):
                code = int(found.code, 16)
                key = (source.id, table, code)
                if key not in uses:
                    private = any(item.meaning.startswith("support.") for item in source.items.values())
                    text, by = system.double.get(code, ""), system.explained_by(code)
                    uses[key] = CodeUse(source, table, code, text, by, private, rows.get(code))
                found.add_to(uses[key])
    ordered = sorted(uses.values(), key=lambda use: (-use.count, use.source.id, use.table, use.code))
    return ordered, glyphs


def _without_tables(source: SourceDefinition) -> SourceDefinition:
    """The source as if no 外字 were decided: every user-defined code then shows itself."""
    return source.model_copy(update={
        "gaiji": {}, "overrides": {}, "identified": (),
        "characters": source.characters.model_copy(update={"user_area": "gaiji"}),
    })


@dataclass(frozen=True, slots=True)
class _Found:
    code: str
    item: str
    state: str
    count: int
    samples: list[str]
    names: list[tuple[str, str]]

    def add_to(self, use: CodeUse) -> None:
        use.by_item[self.item, self.state] += self.count
        use.samples += [key for key in self.samples if key not in use.samples][: SAMPLES - len(use.samples)]
        for text, kana in self.names:
            if len(use.names) < NAMES:
                use.names.update(words_around(self.code, text, kana))


def _occurrences(source: SourceDefinition, path: Path, block_records: int) -> Iterator[_Found]:
    for block in open_source_file(source, path, block_records=block_records):
        faults = block.faults.filter(fault="undecided_gaiji")
        if faults.is_empty():
            continue
        who = block.table.select(
            record_no="_record_no", subject=pl.concat_str([pl.col(k).fill_null("") for k in source.key], separator="/"),
            state=state_of(source, block.table.columns),
        )
        cells = (
            faults.unique(["record_no", "item"], maintain_order=True).join(who, on="record_no", how="left")
            .with_columns(code=pl.col("text").str.extract_all(r"\{[0-9A-F]{4}\}"))
        )
        kana = {name: kana_item(source, name, block.table.columns) for name in cells["item"].unique().to_list()}
        told = cells.explode("code").with_columns(pl.col("code").str.strip_chars("{}"))
        grouped = told.group_by("code", "item", "state", maintain_order=True).agg(
            pl.len(), pl.col("subject").drop_nulls().unique(maintain_order=True).head(SAMPLES), pl.col("record_no"),
            pl.col("text"),
        )
        for code, item, state, count, subjects, numbers, texts in grouped.iter_rows():
            names: list[tuple[str, str]] = []
            reading = kana[item]
            if reading is not None:
                asked = pl.DataFrame({"_record_no": numbers[:NAMES], "text": texts[:NAMES]})
                names = asked.join(block.table.select("_record_no", reading), on="_record_no").select(
                    "text", pl.col(reading).fill_null("")).unique(maintain_order=True).rows()
            yield _Found(code, item, state or "", count, subjects, names)


def kana_item(source: SourceDefinition, item: str, columns: list[str]) -> str | None:
    """The item with the reading of a name; None where the source has none."""
    meaning = source.items[item].meaning if item in source.items else "none"
    if source.items.get(item) is None or source.meaning_of(item).kind != "name":
        return None
    wanted = {"person.name": "person.kana", "person.name.family": "person.kana", "person.name.given": "person.kana"}
    kana = wanted.get(meaning, f"{meaning}.kana")
    return next((name for name, one in source.items.items() if one.meaning == kana and name in columns), None)


def state_of(source: SourceDefinition, columns: list[str]) -> pl.Expr:
    """現存 or 除票 by the day of removal; empty where the source has no such item."""
    removed = next(
        (name for name, item in source.items.items() if item.meaning == "person.removed_date" and name in columns), None
    )
    if removed is None:
        return pl.lit("")
    return pl.when(pl.col(removed).str.contains("[1-9]")).then(pl.lit("除票")).otherwise(pl.lit("現存"))


def words_around(code: str, text: str, kana: str) -> list[NameAround]:
    """The words of a name that hold a code, with the kana of the same word where both have as many words.

    >>> words_around("80A9", "{80A9}田　一郎", "ﾅｶﾞﾀ ｲﾁﾛｳ")
    [NameAround(before='', after='田', kana='ﾅｶﾞﾀ')]
    """
    words, readings = text.split(), kana.split()
    found = []
    for place, word in enumerate(words):
        before, mark, after = word.partition(f"{{{code}}}")
        reading = readings[place] if len(words) == len(readings) else readings[0] if readings and place == 0 else ""
        if mark and reading and "{" not in before + after:
            found.append(NameAround(before, after, reading))
    return found
