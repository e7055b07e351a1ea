"""``ikou chars inventory`` and ``ikou chars coverage``: the characters that occur, and what receivers make of them."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from pipelines.project.loading import Project


def inventory(*, project: Path, rehearsal: int | None, out: Path | None) -> None:
    """Count the characters and 外字 codes of the received files: four CSV below the data folder, and a headline."""
    import polars as pl

    from char_mapping.inventory import disagreements
    from pipelines.identification.received_characters import count_received

    loaded, generation = _open_project(project, rehearsal)
    counted = count_received(loaded, generation, keep_values=False)
    folder = _folder(loaded, generation, out)
    characters, gaiji = counted.inventory.character_rows(), _gaiji_rows(loaded, generation)
    differing = disagreements(counted.tables)
    choices = _glyph_choices(loaded, generation)
    for name, rows in (
        ("characters", characters), ("gaiji", gaiji), ("disagreements", differing), ("glyph_choices", choices)
    ):
        rows.write_csv(folder / f"{name}.csv", include_bom=True)
    codes = gaiji.group_by("table", "code", "decided").agg(pl.col("count").sum()).sort(
        "count", "table", "code", descending=[True, False, False])
    undecided = codes.filter(pl.col("decided") == "")
    sys.stdout.write(
        f"{characters['character'].n_unique():,} characters, {characters['count'].sum():,} occurrences\n"
        f"{codes.height:,} 外字 codes occur, {undecided.height:,} of them undecided "
        f"({undecided['count'].sum():,} occurrences)\n"
    )
    for table, code, decided, count in codes.head(20).iter_rows():
        sys.stdout.write(f"  {count:>9,}  {table} {code}  {decided or 'undecided'}\n")
    held = choices.filter(policy="undecided")
    sys.stdout.write(
        f"{choices.select('source', 'code').n_unique():,} codes that occur read otherwise by the other glyph policy, "
        f"{held.select('source', 'code').n_unique():,} of them in sources without a policy "
        f"({held['person'].n_unique():,} persons)\n"
    )
    sys.stdout.write(f"{differing['code'].n_unique():,} codes that occur are read differently by two tables\n")
    for code, table, decided, _, count in differing.head(20).iter_rows():
        sys.stdout.write(f"  {count:>9,}  {table} {code}  {decided or 'undecided'}\n")
    sys.stdout.write(f"{folder}\n")


def _gaiji_rows(loaded: Project, generation: str) -> pl.DataFrame:
    """Every 外字 code that occurs, decided or not, by table, item and 現存/除票, with sample keys (GAIJI_SCHEMA)."""
    import polars as pl

    from char_mapping.inventory import GAIJI_SCHEMA
    from pipelines.identification.occurrences import code_uses

    uses, _ = code_uses(
        loaded.folder, loaded.data / "exports" / generation, loaded.sources,
        block_records=loaded.definition.project.block_records,
    )
    rows = [
        (use.source.id, use.table, item, state, f"{use.code:04X}", use.char, count, " ".join(use.samples))
        for use in uses
        for (item, state), count in sorted(use.by_item.items())
    ]
    frame = pl.DataFrame(rows, GAIJI_SCHEMA, orient="row")
    return frame.sort("count", "code", "source", "table", "item", "state", descending=[True, *[False] * 5])


def _glyph_choices(loaded: Project, generation: str) -> pl.DataFrame:
    """Values with a code whose JIS78 and JIS83 glyphs differ, as they would print under either policy.

    Columns source, policy, item, person, code, glyph, area (the readings of the code), value_glyph, value_area; the
    values of 支援措置 are left out.
    """
    import polars as pl

    from layouts.records.plans import system_of_source
    from layouts.records.reader import open_source_file

    names = ("source", "policy", "item", "person", "code", "glyph", "area", "value_glyph", "value_area")
    rows: set[tuple[str, ...]] = set()
    for source in loaded.sources.values():
        undecided = source.model_copy(update={"glyph_policy": "undecided"})
        private = any(item.meaning.startswith("support.") for item in source.items.values())
        for path in sorted((loaded.data / "exports" / generation / source.delivery).glob(source.files)):
            system = system_of_source(undecided, path.name)
            pairs = {f"{{{code:04X}}}": pair for code, pair in system.glyph_pairs.items()}
            if not pairs:
                continue
            for block in open_source_file(undecided, path, block_records=loaded.definition.project.block_records):
                who = block.table.select(record_no="_record_no", person=pl.col(source.key[0]))
                told = block.faults.filter(fault="glyph_undecided").join(who, on="record_no", how="left")
                for item, text, person in told.select("item", "text", "person").iter_rows():
                    readings = [text, text]
                    for mark, pair in pairs.items():
                        readings = [value.replace(mark, one) for value, one in zip(readings, pair, strict=True)]
                    shown = ["", ""] if private else readings
                    rows |= {
                        (source.id, source.glyph_policy, item, person or "", mark.strip("{}"), *pairs[mark], *shown)
                        for mark in pairs if mark in text
                    }
    return pl.DataFrame(sorted(rows), dict.fromkeys(names, pl.String), orient="row")


def coverage(*, project: Path, rehearsal: int | None, receivers: tuple[str, ...], out: Path | None) -> None:
    """What each receiver makes of the characters that occur, and whose values change shape (変更対象者一覧)."""
    import polars as pl

    from char_mapping.inventory import coverage as rows_of
    from char_mapping.inventory import projections
    from char_mapping.receivers import Receiver, list_receivers, load_receiver
    from char_mapping.reference_data import LABELS
    from char_mapping.shrinking import load_shrink_tables
    from char_mapping.text import KANA
    from pipelines.identification.received_characters import count_received

    profiles = [load_receiver(name) for name in receivers] or list(list_receivers())
    tables = load_shrink_tables()
    for name in tables.missing:
        sys.stdout.write(f"without {LABELS[name]}: fewer candidates (ikou chars fetch, ikou chars import)\n")
    loaded, generation = _open_project(project, rehearsal)
    counted = count_received(loaded, generation, keep_values=True)
    folder = _folder(loaded, generation, out)
    # The width of kana is settled by rules before any receiver sees a value.
    totals = {char: count for char, count in counted.inventory.totals().items() if char not in KANA}
    for profile in profiles:
        receiver = Receiver(profile, tables)
        rows = rows_of(totals, receiver, certified=False)
        rows.write_csv(folder / f"coverage_{profile.id}.csv", include_bom=True)
        people, outcomes = [], Counter[str]()
        for (source, item, certified), values in counted.values.items():
            for told, projected in projections(values, receiver, certified=certified).items():
                count, subject = values[told]
                people.append((source, item, subject, count, told[0], projected.text or "", projected.outcome))
                outcomes[projected.outcome] += count
        names = ("source", "item", "first_subject", "records", "value", "written", "outcome")
        pl.DataFrame(people, names, orient="row").write_csv(folder / f"values_{profile.id}.csv", include_bom=True)
        states = Counter(dict(rows.group_by("state").len().iter_rows()))
        sys.stdout.write(
            f"{profile.id}: {profile.label}\n"
            f"  characters it lacks: {rows.height:,}, of them automatic {states['automatic']:,}, "
            f"open {states['open']:,} ({rows.filter(candidates='').height:,} without candidate)\n"
            f"  values: {outcomes['shrunk']:,} written otherwise, {outcomes['kana']:,} in kana, "
            f"{outcomes['held']:,} held until someone decides\n"
        )
    sys.stdout.write(f"{folder}\n")


def _open_project(project: Path, rehearsal: int | None) -> tuple[Project, str]:
    from pipelines.project.data_folder import choose_generation
    from pipelines.project.loading import load_project

    loaded = load_project(project, source_only=True)
    return loaded, choose_generation(loaded.data, rehearsal)


def _folder(loaded: Project, generation: str, out: Path | None) -> Path:
    folder = out or loaded.data / "work_lists" / f"characters-{generation}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
