"""Which characters the received files of a project hold: counted in one reading of all files of a generation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from char_mapping.gaiji import GaijiTable, load_gaiji_table
from char_mapping.inventory import Inventory
from char_mapping.kernels.text_columns import widen_kana_column
from layouts.records.reader import open_source_file
from layouts.sources import SourceDefinition
from pipelines.identification.occurrences import state_of
from pipelines.project.loading import Project

# Kana, ASCII and the commonest signs: every receiver that reads Unicode or CP932 has them.
_PLAIN = (
    r"^[ -~\x{3000}-\x{3002}\x{3041}-\x{3093}\x{30A1}-\x{30F6}\x{30FB}\x{30FC}\x{FF10}-\x{FF19}\x{FF21}-\x{FF3A}]*$"
)


@dataclass
class CountedFiles:
    """What one reading of the received files gives.

    ``tables``: by ``<source>/<外字対応表>``, the table and how often each two-byte code occurs. ``values``: by (source,
    item, certified), (value, its kana) → how many records hold it, and the key of the first; only values with a
    character that some receiver may lack.
    """

    inventory: Inventory
    tables: dict[str, tuple[GaijiTable, Counter[int]]] = field(default_factory=dict)
    values: dict[tuple[str, str, bool], dict[tuple[str, str | None], tuple[int, str]]] = field(default_factory=dict)


def count_received(loaded: Project, generation: str, *, keep_values: bool) -> CountedFiles:
    """Count the characters of every text item; ``keep_values`` keeps the values that receivers are asked about."""
    counted = CountedFiles(Inventory())
    for source in loaded.sources.values():
        items = [
            name for name, item in source.items.items()
            if source.meaning_of(name).kind in ("name", "kana", "roman", "address", "text") or item.meaning == "none"
        ]
        for path in sorted((loaded.data / "exports" / generation / source.delivery).glob(source.files)):
            named = source.gaiji_table_of(path.name)
            table = load_gaiji_table(loaded.folder / named) if named else GaijiTable(f"{source.id} without table", {})
            codes = counted.tables.setdefault(f"{source.id}/{table.name}", (table, Counter()))[1]
            _count_file(counted, loaded, source, path, items, codes, keep_values=keep_values)
    return counted


def _count_file(
    counted: CountedFiles, loaded: Project, source: SourceDefinition, path: Path, items: list[str], codes: Counter[int],
    *, keep_values: bool,
) -> None:
    size = loaded.definition.project.block_records
    for decoded in open_source_file(source, path, block_records=size):
        block = decoded.table.with_columns(
            subject=pl.concat_str([pl.col(name).fill_null("") for name in source.key], separator="/"),
            state=state_of(source, decoded.table.columns),
        )
        present = [name for name in items if name in block.columns]
        counted.inventory.add(block, source=source.id, area=source.area, items=present)
        for code, count in decoded.characters.filter(table="double").select("code", "count").iter_rows():
            codes[code] += count
        if keep_values:
            _keep_values(counted, source, block, present)


def _keep_values(counted: CountedFiles, source: SourceDefinition, block: pl.DataFrame, items: list[str]) -> None:
    by_meaning = {item.meaning: name for name, item in source.items.items() if name in block.columns}
    for name in items:
        meaning = source.items[name].meaning
        kana = by_meaning.get("person.kana" if meaning == "person.name" else f"{meaning}.kana")
        widened = [pl.Series(column, widen_kana_column(block[column].to_arrow())) for column in {name, kana or name}]
        told = block.select("subject", *widened).select(
            "subject", value=name, kana=pl.lit(None, pl.String) if kana is None else pl.col(kana)
        )
        # Nine tenths of the values hold nothing that any receiver lacks; only the others are kept.
        rare = told.drop_nulls("value").filter(~pl.col("value").str.contains(_PLAIN))
        kept = counted.values.setdefault((source.id, name, source.is_certified(name)), {})
        for value, reading, count, subject in rare.group_by("value", "kana", maintain_order=True).agg(
            pl.len(), pl.col("subject").first()
        ).iter_rows():
            before = kept.get((value, reading), (0, subject))
            kept[value, reading] = (count + before[0], before[1])
