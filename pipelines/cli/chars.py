"""``ikou chars``: code systems, tables from outside, and the characters that really occur."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from char_mapping.profiles import list_profiles as shipped_profiles

if TYPE_CHECKING:
    import polars as pl

    from char_mapping.code_systems import CodeSystem
    from char_mapping.gaiji import GaijiTable
    from char_mapping.imports.incoming import IncomingTable
    from char_mapping.inventory import Inventory
    from layouts.sources import SourceDefinition
    from pipelines.project.loading import Project

ImportFormat = Literal["jef4j", "hulft", "csv", "eudc", "mj-list", "shrink-map", "substitutes", "gj-font", "nta-map"]


def list_profiles(*, as_json: bool = False) -> None:
    """Print every code system that ships: id, structure, what it is; ``*`` where a glyph policy must be chosen."""
    profiles = shipped_profiles()
    if as_json:
        sys.stdout.write(json.dumps([asdict(profile) for profile in profiles], ensure_ascii=False, indent=2) + "\n")
        return
    width = max(len(profile.id) for profile in profiles)
    for profile in profiles:
        mark = "*" if profile.glyph_policy_needed else " "
        sys.stdout.write(f"{profile.id:<{width}} {mark} {profile.structure:<9} {profile.label}\n")
    sys.stdout.write("* needs glyph_policy: glyph or area; undecided holds the codes that JIS moved\n")


# --- import and fetch

_OFFICIAL = ("mj-list", "shrink-map", "substitutes", "gj-font", "nta-map")
_OUTCOMES = {
    "added": "added", "same": "as in force", "glyph": "the same character, another glyph: left as it is",
    "conflict": "CONFLICT: left as it is", "outside": "no code of this system",
}


def import_table(
    file: Path, *, form: ImportFormat, charset: str, into: Path | None, code_list: Path | None, target_charset: str,
    licence: str, show_all: bool, as_json: bool,
) -> int:
    """Import a code table (beside the table in force, code by code) or an official file (into the reference folder).

    Returns 1 where codes conflict.
    """
    if form in _OFFICIAL:
        return _import_official(file, form=form, licence=licence, show_all=show_all)
    return _import_codes(
        file, form=form, charset=charset, into=into, code_list=code_list, target_charset=target_charset,
        show_all=show_all, as_json=as_json,
    )


def _import_codes(
    file: Path, *, form: str, charset: str, into: Path | None, code_list: Path | None, target_charset: str,
    show_all: bool, as_json: bool,
) -> int:
    from char_mapping.code_systems import load_code_system
    from char_mapping.gaiji import GaijiTable, gaiji_csv, load_gaiji_table
    from char_mapping.imports.merging import Outcome, merge

    system = load_code_system(charset)
    in_force = GaijiTable(into.name if into else "", {})
    if into is not None and into.exists():
        in_force = load_gaiji_table(into)
    merged = merge(_read_codes(file, form, system, code_list, target_charset), in_force, system)
    counts = {outcome: len(merged.with_outcome(outcome)) for outcome in get_args(Outcome)}
    if as_json:
        rows = [asdict(row) | {"code": f"{row.code:04X}"} for row in merged.compared]
        refused = [asdict(row) for row in merged.refused]
        document = {"counts": counts, "codes": rows, "refused": refused}
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    else:
        for row in merged.compared:
            if show_all or row.outcome in ("conflict", "outside"):
                now = f"{row.in_force} {_points(row.in_force)} in {row.by}" if row.by else "-"
                new = f"{row.incoming} {_points(row.incoming)} {row.mj}".strip() or "undecided"
                sys.stdout.write(f"{row.code:04X}  {_OUTCOMES[row.outcome]}: {new}, in force: {now} ({row.where})\n")
        for refusal in merged.refused:
            if show_all:
                sys.stdout.write(f"{refusal.code}  refused: {refusal.reason} ({refusal.where})\n")
        for outcome, count in counts.items():
            sys.stdout.write(f"{count:>7,}  {_OUTCOMES[outcome]}\n")
        for reason, count in Counter(refusal.reason for refusal in merged.refused).most_common():
            sys.stdout.write(f"{count:>7,}  refused: {reason}\n")
    if into is not None and counts["added"]:
        into.parent.mkdir(parents=True, exist_ok=True)
        into.write_text(gaiji_csv(merged.table), "utf-8")
    elif counts["added"] and not as_json:
        sys.stdout.write("nothing was written: name the 外字対応表 of the source with --into\n")
    return 1 if counts["conflict"] else 0


def _read_codes(
    file: Path, form: str, system: CodeSystem, code_list: Path | None, target_charset: str
) -> IncomingTable:
    from char_mapping.imports import code_tables, fonts

    match form:
        case "jef4j":
            return code_tables.read_jef4j(file)
        case "hulft":
            return code_tables.read_hulft(file, target_charset=target_charset)
        case "eudc":
            return fonts.read_eudc(file, system, code_list)
        case _:
            return code_tables.read_code_csv(file)


def _import_official(file: Path, *, form: str, licence: str, show_all: bool) -> int:
    import polars as pl

    from char_mapping import reference_data
    from char_mapping.imports import fonts, official

    match form:
        case "mj-list":
            table, key, rows = "mji", ["mj"], official.read_mj_list(file)
        case "shrink-map":
            table, key, rows = "mjsm", ["mj", "table", "target"], official.read_shrink_map(file)
        case "substitutes":
            table, key, rows = "substitutes", ["mj", "target"], official.read_substitutes(file)
        case "nta-map":
            table, key, rows = "nta", ["char"], official.read_nta_map(file)
        case _:
            font = fonts.read_gj_font(file)
            points = [(name, point, font.version) for name, point in font.code_points.items()]
            table, key, rows = "gj", ["gj"], pl.DataFrame(points, reference_data.GJ_SCHEMA, orient="row")
    folder = reference_data.reference_folder()
    before = reference_data.find_table(table, folder)
    old = before if before is not None else rows.clear()
    compared = _compare_tables(rows, old, key)
    origin = reference_data.Origin(file.name, reference_data.sha256_of(file), licence)
    reference_data.store_table(folder, table, rows, origin)
    label = reference_data.LABELS[table]
    counts = dict(compared["outcome"].value_counts().iter_rows())
    for outcome, name, was, now in compared.iter_rows() if before is not None or show_all else ():
        if show_all or outcome != "new":
            sys.stdout.write(f"{name}  {outcome}: {now or '-'}, in force: {was or '-'}\n")
    new, gone, other = (counts.get(one, 0) for one in ("new", "gone", "other"))
    sys.stdout.write(f"{label}: {rows.height:,} rows, {new:,} new, {gone:,} gone, {other:,} other than before\n")
    if form == "mj-list":
        _compare_names(rows)
    sys.stdout.write(f"in force in {folder}\n")
    return 0


def _compare_tables(rows: pl.DataFrame, old: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Outcome (new, gone, other), name, what was in force and what is now: one row a name whose row differs."""
    import polars as pl

    def told(frame: pl.DataFrame, side: str) -> pl.DataFrame:
        rest = [pl.col(c).cast(pl.String).fill_null("") for c in frame.columns if c not in key]
        return frame.select(*key, pl.concat_str(rest, separator=" ").str.strip_chars().alias(side))

    both = told(old, "was").join(told(rows, "now"), on=key, how="full", coalesce=True, nulls_equal=True)
    outcome = (
        pl.when(pl.col("was").is_null()).then(pl.lit("new")).when(pl.col("now").is_null()).then(pl.lit("gone"))
        .otherwise(pl.lit("other"))
    )
    named = pl.concat_str([pl.col(c).fill_null("") for c in key], separator=" ")
    return (
        both.filter(pl.col("was").ne_missing(pl.col("now")))
        .select(outcome.alias("outcome"), named.alias("name"), "was", "now")
        .sort("name", "outcome")
    )


def _compare_names(listed: pl.DataFrame) -> None:
    """Say where the shipped names part from the official list; the list wins, the overrides want a row."""
    from char_mapping.mj import load_mj_names

    shipped = load_mj_names()
    texts = [
        (row["mj"], text)
        for row in listed.iter_rows(named=True)
        for text in (row["implemented"], row["ivs"])
        if text
    ]
    wrong = [(name, text) for name, text in texts if shipped.names.get(text) != name]
    for name, text in wrong:
        shown = shipped.names.get(text, "no name")
        sys.stdout.write(f"{name}  {text} {_points(text)}: the shipped table says {shown}\n")
    sys.stdout.write(f"{len(texts):,} code points and sequences compared with the shipped names, {len(wrong)} differ\n")


def fetch() -> None:
    """Get the pinned package of the MJ list and the 縮退 map with npm into the reference folder."""
    from char_mapping.reference_data import LABELS, LICENCE, PACKAGE, fetch_mojidata, reference_folder

    folder = reference_folder()
    for table, rows in fetch_mojidata(folder).items():
        sys.stdout.write(f"{LABELS[table]}: {rows:,} rows\n")
    sys.stdout.write(f"from {PACKAGE}, SHA-256 as pinned; {LICENCE}\nin force in {folder}\n")


def _points(text: str) -> str:
    return "_".join(f"U+{ord(char):04X}" for char in text)


# --- inventory and coverage


@dataclass
class _Counted:
    """What one reading of the received files gives."""

    inventory: Inventory
    tables: dict[str, tuple[GaijiTable, Counter[int]]] = field(default_factory=dict)
    values: dict[tuple[str, str, bool], dict[tuple[str, str | None], tuple[int, str]]] = field(default_factory=dict)


def inventory(*, project: Path, rehearsal: int | None, out: Path | None) -> None:
    """Count the characters and 外字 codes of the received files: four CSV below the data folder, and a headline."""
    import polars as pl

    from char_mapping.inventory import disagreements

    loaded, generation = _open_project(project, rehearsal)
    counted = _count(loaded, generation, keep_values=False)
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
        for path in sorted((loaded.data / "exports" / generation / source.id).glob(source.files)):
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

    profiles = [load_receiver(name) for name in receivers] or list(list_receivers())
    tables = load_shrink_tables()
    for name in tables.missing:
        sys.stdout.write(f"without {LABELS[name]}: fewer candidates (ikou chars fetch, ikou chars import)\n")
    loaded, generation = _open_project(project, rehearsal)
    counted = _count(loaded, generation, keep_values=True)
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


def _count(loaded: Project, generation: str, *, keep_values: bool) -> _Counted:
    from char_mapping.gaiji import GaijiTable, load_gaiji_table
    from char_mapping.inventory import Inventory

    counted = _Counted(Inventory())
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
    counted: _Counted, loaded: Project, source: SourceDefinition, path: Path, items: list[str], codes: Counter[int],
    *, keep_values: bool,
) -> None:
    import polars as pl

    from layouts.records.reader import open_source_file
    from pipelines.identification.occurrences import state_of

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


def _keep_values(counted: _Counted, source: SourceDefinition, block: pl.DataFrame, items: list[str]) -> None:
    import polars as pl

    from char_mapping.kernels.text_columns import widen_kana_column

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


# Kana, ASCII and the commonest signs: every receiver that reads Unicode or CP932 has them.
_PLAIN = (
    r"^[ -~\x{3000}-\x{3002}\x{3041}-\x{3093}\x{30A1}-\x{30F6}\x{30FB}\x{30FC}\x{FF10}-\x{FF19}\x{FF21}-\x{FF3A}]*$"
)
