"""The tables that a run reads codes by: approved identifications put in, and what explained each code written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from char_mapping.code_systems import CodeSystem
from char_mapping.errors import DefinitionError
from char_mapping.imports.incoming import read_target
from layouts.records.plans import system_of_source
from layouts.sources import IdentifiedCode, SourceDefinition
from pipelines.flows.outcomes import AreaOutcome
from pipelines.flows.plan import SourcePlan
from pipelines.project.loading import Project

CODE_SCHEMA: dict[str, Any] = {
    "source": pl.String, "table": pl.String, "code_system": pl.String, "page": pl.String, "code": pl.String,
    "text": pl.String, "explained_by": pl.String, "glyph_reading": pl.String, "area_reading": pl.String,
    "user_area": pl.Boolean, "count": pl.Int64,
}
"""One row a source, 外字対応表 and code that occurs: what it reads as, and which table, decision or policy says so (""
where nothing does). The two readings stand where the JIS78 and JIS83 glyphs of a code differ."""
NOTED_SCHEMA: dict[str, Any] = {
    **CODE_SCHEMA, "identified_as": pl.String, "evidence": pl.String, "decided_on": pl.String,
}
"""The same with what the 外字対応表 notes beside a code: 字形一致, デザイン差, 類似 or 該当なし, by what, and when."""


def place_of_codes(source: SourceDefinition, table: str | None) -> str:
    """How a decision names where a code stands: the source, and the 外字対応表 that reads the file (``jumin/west``).

    The same code is another glyph in another ward, so the source alone would not do.
    """
    return f"{source.id}/{Path(table).stem}" if table else source.id


def with_identified(project: Project, decisions: pl.DataFrame) -> Project:
    """The project whose sources know the approved identifications (kind ``identify_glyph``) of these decisions.

    Raises:
        DefinitionError: A decision names a character or name that does not exist.
    """
    lasting = pl.col("expires").is_null() | (pl.col("expires") >= project.as_of.isoformat())
    live = decisions.filter((pl.col("kind") == "identify_glyph") & (pl.col("state") == "approved") & lasting)
    if live.is_empty():
        return project
    rows: dict[str, list[tuple[int, str, str]]] = {}
    parsed = live.select(
        "id", "value", place=pl.col("selector").str.json_path_match("$.source"),
        code=pl.col("selector").str.json_path_match("$.code"),
    )
    for decision, value, place, code in parsed.iter_rows():
        try:
            char = read_target(value)[0]
        except ValueError as error:
            raise DefinitionError(f"decision {decision}", expected="a character, an MJ or a GJ name", found=str(error),
                                  todo="Undo it and identify the code again") from None
        rows.setdefault(place, []).append((int(code, 16), char, decision))
    sources = {}
    for source_id, source in project.sources.items():
        identified = [
            IdentifiedCode(table=table, code=code, char=char, decision=decision)
            for table in dict.fromkeys((*source.gaiji.values(), ""))
            for code, char, decision in rows.get(place_of_codes(source, table or None), ())
        ]
        sources[source_id] = source.model_copy(update={"identified": tuple(identified)}) if identified else source
    return replace(project, sources=sources)


def write_code_tables(run: Path, outcome: AreaOutcome, plans: Mapping[str, SourcePlan]) -> None:
    """Write ``code_tables/<area>.parquet`` (NOTED_SCHEMA) from what the block tasks counted."""
    frames = [pl.DataFrame(schema=NOTED_SCHEMA)]
    for name, source_id, path, _ in outcome.entries:
        part = run / "parts" / name / "source_codes.parquet"
        if not part.is_file():
            continue
        source = plans[source_id].source
        system = system_of_source(source, path.name)
        table = source.override_table_of(path.name), source.gaiji_table_of(path.name)
        rows = []
        for page, code, count in pl.read_parquet(part).select("table", "code", "count").iter_rows():
            if page == "single":
                text = system.single[code] if code < 256 else None
                by = f"文字コード表 {system.id}（1バイト）" if text is not None else ""
            else:
                held = code in system.held
                text = None if held else chr(code) if system.is_unicode else system.double.get(code)
                by = system.explained_by(code)
            rows.append((
                source_id, " ".join(one for one in table if one), system.id, page,
                f"{code:02X}" if code < 256 else f"{code:04X}", text, by,
                *(system.readings(code) or (None, None) if page == "double" else (None, None)),
                page == "double" and code in system.private_use, count,
                *_noted(system, code if page == "double" else -1),
            ))
        frames.append(pl.DataFrame(rows, schema=NOTED_SCHEMA, orient="row"))
    by_code = [column for column in NOTED_SCHEMA if column != "count"]
    counted = pl.concat(frames).group_by(by_code).agg(pl.col("count").sum()).sort(by_code).select(list(NOTED_SCHEMA))
    target = run / "code_tables" / f"{outcome.area_id}.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    counted.write_parquet(target, compression="zstd", statistics=False)


def _noted(system: CodeSystem, code: int) -> tuple[str, str, str]:
    """Class, evidence and day of a code's row in the city's own table, else in the 外字対応表; blank without one."""
    for table in (system.overrides, system.gaiji):
        row = table.decisions.get(code) if table is not None else None
        if row is not None and row.line:
            return row.identified_as, row.evidence, row.decided_on
    return "", "", ""
