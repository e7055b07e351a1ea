"""``ikou chars profiles``, ``import`` and ``fetch``: code systems, and tables from outside."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from char_mapping.profiles import list_profiles as shipped_profiles

if TYPE_CHECKING:
    import polars as pl

    from char_mapping.code_systems import CodeSystem
    from char_mapping.imports.incoming import IncomingTable

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
