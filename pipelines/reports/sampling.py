"""RPT-14: whom to look at on the screens of both systems (RCN-007), all of the risky strata and some of the others.

The strata that are taken whole are data (``sampling_strata.csv``). Of the other residents at least ten are drawn from
every 区×町字×年代, in an order that follows from the run's fingerprint: the same run gives the same sheet, and nobody
can choose whom to look at.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.reports.judgement import PROTECTED_KEY
from pipelines.reports.run_files import RunFiles
from pipelines.runs.folder import LINKED

DRAWN = 10
CLOSED_FROM = 6
"""Month from which the last 年度 is past: its accounts are closed on 31 May (地方自治法235条の5)."""
SHEET: dict[str, Any] = {"stratum": pl.String, "number": pl.String, "area": pl.String, "condition": pl.String}
_STRATA = Path(__file__).with_name("sampling_strata.csv")


def sampling_sheet(run: RunFiles) -> pl.DataFrame:
    """SHEET rows in a fixed order: strata taken whole first, then the drawn ones."""
    with _STRATA.open(encoding="utf-8", newline="") as file:
        strata = list(csv.DictReader(file))
    frames = [pl.DataFrame(schema=SHEET)]
    for one in strata:
        found = _whole(run, one["by"], one["selector"]).unique()
        if one["by"] == "support" and found.height:
            # Who is under 支援措置 is told to the person in charge alone, who takes all of them from the register.
            told = f"{found['number'].n_unique():,}人　{PROTECTED_KEY}"
            found = pl.DataFrame({"number": [told], "area": ["001"]})
        frames.append(
            found
            .sort("area", "number")
            .select(
                pl.lit(f"全数　{one['stratum']}").alias("stratum"),
                "number",
                "area",
                pl.lit(one["note"] or one["selector"].replace("|", "、")).alias("condition"),
            )
        )
    return pl.concat([*frames, _drawn(run)])


def _people(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.col("number").cast(pl.String), pl.col("area").cast(pl.String)).filter(
        pl.col("number").fill_null("") != ""
    )


def _numbers(path: Path, *, at: pl.LazyFrame | None = None) -> pl.DataFrame:
    """The people of a key file: all, or those of the records (file, record_no) of ``at``.

    Only what is needed is read: the keys of a large city are its largest table.
    """
    columns = pl.read_parquet_schema(path)
    first = pl.col("subject").str.extract("^([^/|]*)", 1)
    number = pl.coalesce(pl.col("person_number").cast(pl.String), first) if "person_number" in columns else first
    rows = pl.scan_parquet(path)
    if at is not None:
        rows = rows.join(at, on=["file", "record_no"], how="semi")
    return rows.select(number=number, area=pl.lit(path.parent.name)).collect()


def _whole(run: RunFiles, by: str, selector: str) -> pl.DataFrame:
    paths = sorted((run.folder / "keys").glob("*/*.parquet"))
    frames = [pl.DataFrame(schema={"number": pl.String, "area": pl.String})]
    if by == "support":
        held = [p for p in paths if any(column.startswith("support_") for column in pl.read_parquet_schema(p))]
        found = pl.concat([*frames, *(_numbers(p) for p in held)])
    elif by == "group":
        found = pl.concat([*frames, *(_numbers(p) for p in paths if p.stem == selector)])
    elif by == "issues":
        issues = run.issues().filter(pl.col("rule_id").str.contains(f"^(?:{selector})$"))
        for path in paths:
            mine = issues.filter((pl.col("area_id") == path.parent.name) & (pl.col("group_id") == path.stem))
            if mine.height:
                frames.append(_numbers(path, at=mine.select("file", "record_no").unique().lazy()))
        found = pl.concat(frames)
    elif by == "changes":
        found = _changed(run, selector)
    elif by == "pairs":
        path = run.folder / "links" / "pairs.parquet"
        if not path.is_file():
            return pl.DataFrame(schema={"number": pl.String, "area": pl.String})
        pairs = pl.read_parquet(path, columns=["a_number", "a_area", "b_number", "b_area"])
        found = pl.concat([pairs.select(number=f"{s}_number", area=f"{s}_area") for s in ("a", "b")])
    elif by == "kind":
        found = _of_kind(run, selector)
    elif by == "filled":
        found = _with_filled(run, selector.split("|"))
    elif by == "user_codes":
        found = _with_user_codes(run)
    elif by == "receivers":
        found = _changed_at_receivers(run)
    elif by == "unlinked":
        found = _unlinked(run)
    elif by == "past_years":
        found = _of_past_years(run, selector)
    else:
        found = _refunds(run, selector)
    return _people(found)


def _changed(run: RunFiles, prefix: str) -> pl.DataFrame:
    frames = [pl.DataFrame(schema={"number": pl.String, "area": pl.String})]
    for path in sorted((run.folder / "changes").glob("*/*.parquet")):
        if "record_no" not in pl.read_parquet_schema(path):
            continue
        changed = pl.scan_parquet(path).filter(pl.col("rule_id").str.starts_with(prefix))
        places = changed.select("file", "record_no").unique().collect()
        keys = run.folder / "keys" / path.parent.name / path.name
        if places.height and keys.is_file():
            frames.append(_numbers(keys, at=places.lazy()))
    return pl.concat(frames)


def _residents(run: RunFiles) -> Path | None:
    paths = sorted((run.folder / "keys" / "001").glob("*.parquet"))
    return next((p for p in paths if {"person_birth_date", "person_latest"} <= set(pl.read_parquet_schema(p))), None)


def _of_kind(run: RunFiles, kind: str) -> pl.DataFrame:
    path = _residents(run)
    if path is None or "person_kind" not in pl.read_parquet_schema(path):
        return pl.DataFrame(schema={"number": pl.String, "area": pl.String})
    rows = pl.scan_parquet(path).filter((pl.col("person_kind") == kind) & (pl.col("person_latest") == "1"))
    return rows.select(number="person_number", area=pl.lit("001")).collect()


def _with_filled(run: RunFiles, columns: list[str]) -> pl.DataFrame:
    """Present rows of residents that have any of some items."""
    path = _residents(run)
    present = [c for c in columns if path is not None and c in pl.read_parquet_schema(path)]
    if path is None or not present:
        return pl.DataFrame(schema={"number": pl.String, "area": pl.String})
    filled = pl.any_horizontal(pl.col(column).fill_null("") != "" for column in present)
    rows = pl.scan_parquet(path).filter(filled & (pl.col("person_latest") == "1"))
    return rows.select(number="person_number", area=pl.lit("001")).collect()


def _with_user_codes(run: RunFiles) -> pl.DataFrame:
    """People whose name holds a character that some source writes with a user-defined code."""
    frames = [pl.DataFrame(schema={"number": pl.String, "area": pl.String})]
    tables = sorted((run.folder / "code_tables").glob("*.parquet"))
    read = [pl.read_parquet(path, columns=["text", "user_area"]).filter("user_area")["text"] for path in tables]
    signs = pl.concat(read).drop_nulls().unique().sort().to_list() if read else []
    signs = [sign for sign in signs if sign]
    for path in sorted((run.folder / "keys").glob("*/*.parquet")):
        if not signs or "person_name" not in pl.read_parquet_schema(path):
            continue
        first = pl.col("subject").str.extract("^([^/|]*)", 1)
        number = pl.coalesce("person_number", first) if "person_number" in pl.read_parquet_schema(path) else first
        rows = pl.scan_parquet(path).filter(pl.col("person_name").str.contains_any(signs))
        frames.append(rows.select(number=number, area=pl.lit(path.parent.name)).collect())
    return pl.concat(frames)


def _changed_at_receivers(run: RunFiles) -> pl.DataFrame:
    frames = [pl.DataFrame(schema={"number": pl.String, "area": pl.String})]
    for path in sorted((run.folder / "receivers").glob("*/*/*.names.parquet")):
        number = pl.col("subject").str.extract("^([^/|]*)", 1)
        frames.append(pl.scan_parquet(path).select(number=number, area=pl.lit(path.parent.name)).unique().collect())
    return pl.concat(frames)


def _unlinked(run: RunFiles) -> pl.DataFrame:
    """Both numbers of every link that was taken back."""
    path = run.folder / LINKED
    if not path.is_file():
        return pl.DataFrame(schema={"number": pl.String, "area": pl.String})
    undone = pl.read_csv(path, infer_schema=False).filter(pl.col("取消日時").fill_null("") != "")
    areas = {"名寄せ元宛名番号": "031", "名寄せ先宛名番号": "001"}
    return pl.concat([undone.select(number=column, area=pl.lit(area)) for column, area in areas.items()])


def _of_past_years(run: RunFiles, item: str) -> pl.DataFrame:
    """Who owes (``item`` is not 0) for a 年度 whose accounts are closed on the run's day."""
    as_of = date.fromisoformat(str(run.statistics.get("as_of") or "1970-01-01"))
    year = str(as_of.year if as_of.month >= CLOSED_FROM else as_of.year - 1)
    frames = [pl.DataFrame(schema={"number": pl.String, "area": pl.String})]
    for path in sorted((run.folder / "standard").glob("*/*.arrow")):
        if {item, "宛名番号", "相当年度"} <= set(pl.read_ipc_schema(path)):
            owed = pl.col(item).fill_null("0").cast(pl.Int64, strict=False) != 0
            rows = pl.scan_ipc(path).filter(owed & (pl.col("相当年度") < year))
            frames.append(rows.select(number="宛名番号", area=pl.lit(path.parent.name)).collect())
    return pl.concat(frames)


def _refunds(run: RunFiles, item: str) -> pl.DataFrame:
    frames = [pl.DataFrame(schema={"number": pl.String, "area": pl.String})]
    for path in sorted((run.folder / "standard").glob("*/*.arrow")):
        if {item, "宛名番号"} <= set(pl.read_ipc_schema(path)):
            rows = pl.scan_ipc(path).filter(pl.col(item).fill_null("0").cast(pl.Int64, strict=False) != 0)
            frames.append(rows.select(number="宛名番号", area=pl.lit(path.parent.name)).collect())
    return pl.concat(frames)


def _drawn(run: RunFiles) -> pl.DataFrame:
    """Ten of every 区×町字×年代 of the present residents, all where there are fewer.

    Nobody under 支援措置 and nobody of their household is drawn: the town beside the number would tell where they live.
    They are taken whole above.
    """
    path = _residents(run)
    if path is None:
        return pl.DataFrame(schema=SHEET)
    present = pl.read_parquet_schema(path)

    def column(name: str) -> str:
        return f"COALESCE({name}, '')" if name in present else "''"

    living = " AND ".join(
        f"COALESCE({name}, '{default}') = '{wanted}'"
        for name, default, wanted in (
            ("person_latest", "0", "1"),
            ("person_status", "1", "1"),
            ("person_deleted", "0", "0"),
        )
        if name in present
    )
    hidden = _whole(run, "support", "").select("number").unique()
    home = "person_household_number" if "person_household_number" in present else "NULL"
    with duckdb.connect() as connection:
        connection.register("hidden", hidden.to_arrow(compat_level=pl.CompatLevel.oldest()))
        rows = connection.sql(
            f"""
            WITH homes AS (SELECT DISTINCT {home} AS home FROM read_parquet(?)
                           SEMI JOIN hidden ON person_number = number WHERE {home} IS NOT NULL)
            SELECT ward, town, decade, number FROM (
                SELECT *, row_number() OVER (PARTITION BY ward, town, decade ORDER BY md5(? || number), number) AS place
                FROM (SELECT DISTINCT {column("ward_code")} AS ward, {column("address_town")} AS town,
                             person_number AS number,
                             COALESCE((date_sub('year', TRY_CAST(person_birth_date AS DATE), ?::DATE) // 10 * 10)
                             ::VARCHAR || '代', '年齢不詳') AS decade
                      FROM read_parquet(?) WHERE {living} AND person_number IS NOT NULL
                        AND person_number NOT IN (SELECT number FROM hidden)
                        AND COALESCE({home} NOT IN (SELECT home FROM homes), TRUE)))
            WHERE place <= {DRAWN} ORDER BY ward, town, decade, number""",
            params=[
                path.as_posix(),
                str(run.statistics.get("fingerprint", "")),
                str(run.statistics.get("as_of") or "1970-01-01"),
                path.as_posix(),
            ],
        ).to_arrow_table()
    frame = pl.from_arrow(rows)
    assert isinstance(frame, pl.DataFrame)
    return frame.select(
        pl.lit("無作為").alias("stratum"),
        "number",
        pl.lit("001").alias("area"),
        pl.concat_str("ward", "town", "decade", separator="　").str.strip_chars("　").alias("condition"),
    )
