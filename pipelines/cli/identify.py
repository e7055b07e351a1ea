"""``ikou chars identify`` and ``decide``: candidates for each 外字 that occurs, and a clerk's answer to the ledger."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from char_mapping.errors import DefinitionError

if TYPE_CHECKING:
    import polars as pl

    from char_mapping.identification.glyphs import GlyphFont, GlyphIndex, Picture
    from char_mapping.identification.ranking import Evidence
    from layouts.sources import SourceDefinition
    from pipelines.identification.occurrences import CodeUse, GlyphSource, Place
    from pipelines.identification.sheet import Entry
    from pipelines.project.loading import Project


@dataclass(frozen=True, slots=True)
class Decided:
    """A code of the city that is decided and has a picture."""

    key: tuple[str, str, int]
    name: str
    char: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Chosen:
    """A project and the generation to look at: named itself, or by one of its runs."""

    project: Project
    generation: str
    decisions: pl.DataFrame


def identify(
    place: Path, *, rehearsal: int | None, out: Path | None, every: bool, pdf: bool, font: Path | None
) -> int:
    """Write the glyph sheet and the list of candidates of every 外字 that occurs.

    Args:
        place: The project's folder, or the folder of a run (its generation and frozen decisions).
        rehearsal: Number of the generation; the latest without.
        out: Where to write; ``data_dir/work_lists/glyphs-<generation>`` without.
        every: The codes that a table or a decision already decides too.
        pdf: Print the sheet to PDF as well.
        font: The font of the candidates' pictures; IPAmj where it is installed.
    """
    from char_mapping.identification.ranking import rank
    from char_mapping.reference_data import LABELS
    from char_mapping.shrinking import load_shrink_tables
    from pipelines.identification.occurrences import code_uses
    from pipelines.identification.sheet import Entry, print_sheet, write_pictures, write_sheet

    chosen = _choose(place, rehearsal)
    project = chosen.project
    uses, glyphs = code_uses(
        project.folder, project.data / "exports" / chosen.generation, project.sources,
        block_records=project.definition.project.block_records,
    )
    # What waits for a person comes first.
    asked = sorted((use for use in uses if every or not use.char), key=lambda use: bool(use.char))
    tables = load_shrink_tables()
    drawn, index = _font_and_index(font, asked)
    missing = [f"{LABELS[name]}がありません（ikou chars fetch または ikou chars import）。" for name in tables.missing]
    if drawn is None and asked:
        missing.append("IPAmj明朝フォントがありません（apt の fonts-ipamj-mincho）。字形の近さは使えません。")
    if any((use.source.id, use.table) not in glyphs for use in asked):
        missing.append("字形の画像が無い源泉があります（source.yml の glyphs に EUDC フォントかビットマップを指定）。")
    elsewhere = _decided_elsewhere(uses, glyphs)
    entries = [
        Entry(use, glyphs.get((use.source.id, use.table)),
              rank(_evidence(use, glyphs, elsewhere), tables, drawn, index))
        for use in asked
    ]
    folder = out or project.data / "work_lists" / f"glyphs-{chosen.generation}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    sheet = folder / "外字同定シート.html"
    write_sheet(sheet, entries, drawn, city=project.definition.city.name, generation=chosen.generation, missing=missing)
    write_pictures(folder / "pictures", entries)
    _candidate_rows(entries).write_csv(folder / "candidates.csv", include_bom=True)
    sys.stdout.write(
        f"{len(uses):,} 外字 codes occur ({sum(use.count for use in uses):,} times), "
        f"{sum(not use.char for use in uses):,} of them unidentified\n"
    )
    for entry in entries[:20]:
        best = entry.candidates[0] if entry.candidates else None
        told = f"{best.text} {best.mj} {best.score:.0%}" if best else "no candidate"
        sys.stdout.write(f"  {entry.use.count:>9,}  {_place_name(entry.use)} {entry.use.code:04X}  {told}\n")
    if pdf:
        print_sheet(sheet, folder / "外字同定シート.pdf")
    sys.stdout.write(f"{sheet}\n")
    return 0


def _choose(place: Path, rehearsal: int | None) -> Chosen:
    import polars as pl

    from pipelines.flows.code_tables import with_identified
    from pipelines.ledger import open_ledger
    from pipelines.project.data_folder import choose_generation
    from pipelines.project.loading import load_project
    from pipelines.runs.folder import MANIFEST, read_json

    if (place / MANIFEST).is_file():
        manifest = read_json(place / MANIFEST)
        project = load_project(Path(manifest["project"]), source_only=True)
        decisions = pl.read_parquet(place / "decisions.parquet")
        return Chosen(with_identified(project, decisions), manifest["generation"], decisions)
    project = load_project(place, source_only=True)
    with open_ledger(project.data) as ledger:
        decisions = ledger.freeze()
    return Chosen(with_identified(project, decisions), choose_generation(project.data, rehearsal), decisions)


def _font_and_index(named: Path | None, asked: Sequence[CodeUse]) -> tuple[GlyphFont | None, GlyphIndex | None]:
    """The candidates' font with the pictures of all its ideographs; (None, None) without one or without codes."""
    from char_mapping.identification.glyphs import GlyphFont, find_ipamj, kept_index
    from char_mapping.identification.ideographs import load_ideographs
    from char_mapping.reference_data import reference_folder, sha256_of

    path = named or find_ipamj()
    if path is None or not asked:
        return None, None
    font = GlyphFont(path)
    return font, kept_index(font, sorted(load_ideographs()), reference_folder(), sha256_of(path))


def _decided_elsewhere(uses: Sequence[CodeUse], glyphs: Mapping[Place, GlyphSource]) -> list[Decided]:
    found = []
    for use in uses:
        source = glyphs.get((use.source.id, use.table))
        picture = source.picture(use.code) if source and use.char else None
        if picture is not None:
            key = (use.source.id, use.table, use.code)
            found.append(Decided(key, f"{_place_name(use)} {use.code:04X}", use.char, picture))
    return found


def _evidence(use: CodeUse, glyphs: Mapping[Place, GlyphSource], decided: Sequence[Decided]) -> Evidence:
    from char_mapping.identification.ranking import Evidence

    source, row = glyphs.get((use.source.id, use.table)), use.row
    own = (use.source.id, use.table, use.code)
    return Evidence(
        picture=source.picture(use.code) if source else None,
        radical=row.radical if row else 0,
        strokes=row.strokes if row else 0,
        readings=tuple(row.reading.split()) if row else (),
        names=tuple(use.names.elements()),
        elsewhere=tuple((one.name, one.char, one.picture) for one in decided if one.key != own),
    )


def _candidate_rows(entries: Sequence[Entry]) -> pl.DataFrame:
    import polars as pl

    rows = [
        (
            _place_name(entry.use), f"{entry.use.code:04X}", entry.use.count, " ".join(entry.use.samples),
            entry.use.char, entry.use.by, rank, one.text, one.mj,
            " ".join(f"U+{ord(char):04X}" for char in one.text), round(one.score, 3), one.suggested_class,
            "；".join(signal.why for signal in one.signals),
        )
        for entry in entries
        for rank, one in enumerate(entry.candidates, 1)
    ]
    schema = {
        "place": pl.String, "code": pl.String, "count": pl.Int64, "samples": pl.String, "decided": pl.String,
        "by": pl.String, "rank": pl.Int64, "candidate": pl.String, "mj": pl.String, "code_points": pl.String,
        "score": pl.Float64, "suggested_class": pl.String, "signals": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _place_name(use: CodeUse) -> str:
    from pipelines.flows.code_tables import place_of_codes

    return place_of_codes(use.source, use.table or None)


def decide(
    code: str, *, project: Path, to: str, identified_as: str, proposer: str, reason: str, supersedes: str | None,
    undo: bool,
) -> int:
    """Propose what a code is: ``jumin/jumin_east:80A9``; another person approves it with ``ikou issues approve``.

    Raises:
        DefinitionError: No such source or table, or what the ledger does not take.
    """
    from pipelines.identification.proposals import proposal_of
    from pipelines.ledger import open_ledger
    from pipelines.project.data_folder import choose_generation
    from pipelines.project.loading import load_project

    loaded = load_project(project, source_only=True)
    place, mark, digits = code.rpartition(":")
    places = _places(loaded.sources)
    if not mark or place not in places:
        raise DefinitionError("CODE", expected=f"PLACE:CODE with one of {', '.join(places)}", found=code,
                              todo="Take it from the glyph sheet or candidates.csv")
    source, table = places[place]
    proposal = proposal_of(
        source, table, digits.upper(), to, identified_as=identified_as, proposer=proposer, reason=reason,
        supersedes=supersedes, undo=undo, generation=choose_generation(loaded.data, None),
    )
    with open_ledger(loaded.data) as ledger:
        (decision,) = ledger.propose([proposal], at=datetime.now(UTC))
    sys.stdout.write(f"{decision}  {place} {digits.upper()} → {'取消' if undo else proposal.value}（起案）\n")
    sys.stdout.write(f"別の方の承認で決まります：ikou issues approve {decision} --approver 氏名 --reference 決裁番号\n")
    return 0


def _places(sources: Mapping[str, SourceDefinition]) -> dict[str, tuple[SourceDefinition, str]]:
    from pipelines.flows.code_tables import place_of_codes

    return {
        place_of_codes(source, table or None): (source, table)
        for source in sources.values()
        for table in dict.fromkeys((*source.gaiji.values(), *(() if source.gaiji else ("",))))
    }
