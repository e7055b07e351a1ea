"""Reading a run's files for people: the only way by which reports and work lists see a run.

Beside the Parquet files of a run three small JSON files are read:

``statistics.json``
    ``city`` {name, code}, ``generation``, ``as_of`` (ISO), ``fingerprint``,
    ``areas`` {id: {label, department, due, groups {id: label}, sources {id: label}}},
    ``departments`` {name: {areas, due}}, ``people`` {label: count}, ``rules`` {id: {found, cured, open, decided}},
    ``gates`` [{id, item, measure, value, at_most, verdict, department, if_missed, rollback}],
    ``population`` {current, migrated}, ``previous`` (generation, people, rules … of the run before, or null),
    ``laws`` {"1": {held: true|false|null, how}}.
``rules.json``
    ``{id: {name_ja, severity, action, ask, description}}``; ``ask`` is fix_at_source, approve, judge, policy or
    confirm.
``items.json``
    A list of {area, group, item, certified, owner, meaning, key, length}; ``group`` is "" for the items of a source,
    ``key`` the place of the item in the subject of its records, -1 where it is no part of it; ``length`` (of the items
    of groups alone) counts characters, 0 where no source says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from char_mapping.errors import UnreadableFile
from pipelines.ledger import DECISION_SCHEMA

ISSUE_COLUMNS: dict[str, Any] = {
    "issue_id": pl.String, "value_hash": pl.String, "rule_id": pl.String, "rule_version": pl.Int32,
    "source": pl.String, "area_id": pl.String, "group_id": pl.String, "subject": pl.String, "item_path": pl.String,
    "file": pl.String, "record_no": pl.Int64, "before": pl.String, "candidate": pl.String, "severity": pl.String,
    "action": pl.String, "blocks": pl.String, "evidence": pl.String, "owner": pl.String, "due": pl.String,
}
"""What work lists and reports need of an issue row; bytes stay in the run."""

KEY_COLUMNS: dict[str, Any] = {
    "area_id": pl.String, "group_id": pl.String, "file": pl.String, "record_no": pl.Int64, "subject": pl.String,
    "number": pl.String, "household": pl.String, "name": pl.String, "support": pl.Boolean,
}
"""Who a record is about; ``name`` is the first filled one of the names a person may have, ``support`` marks the rows of
支援措置."""

_NAMES = ("person_name", "person_name_kanji", "person_name_roman", "person_alias")

RECORD_COLUMNS = (
    "received", "decoded", "converted", "isolated", "excluded", "collapsed", "control", "rows", "difference",
)


@dataclass(frozen=True, slots=True)
class RunFiles:
    """A run's folder with its small files read; the large ones are read when asked for."""

    folder: Path
    statistics: Mapping[str, Any]
    rules: Mapping[str, Mapping[str, Any]]
    items: pl.DataFrame

    def issues(self) -> pl.DataFrame:
        """All issue rows of the run (ISSUE_COLUMNS), in the order of areas and files."""
        return self._frames("issues", ISSUE_COLUMNS)

    def decisions(self) -> pl.DataFrame:
        """The decisions frozen into the run (DECISION_SCHEMA); empty when there were none."""
        path = self.folder / "decisions.parquet"
        return pl.read_parquet(path) if path.exists() else pl.DataFrame(schema=DECISION_SCHEMA)

    def number_places(self) -> pl.DataFrame:
        """Where the 宛名番号 stands in the subjects (from 0): area_id, group_id, place; no row where it is no part of
        them. Group "" stands for records of an area that are in no group, if all its sources agree.
        """
        numbered = self.items.filter(pl.col("meaning") == "person.number", pl.col("key") >= 0)
        of_groups = numbered.filter(pl.col("group_id") != "")
        heads = self.items.filter(pl.col("key") == 0).group_by("area_id").agg(
            (pl.col("meaning") == "person.number").all().alias("all"))
        of_areas = heads.filter("all").select("area_id", group_id=pl.lit(""), key=pl.lit(0, dtype=pl.Int32))
        return (
            pl.concat([of_groups.select("area_id", "group_id", "key"), of_areas])
            .group_by("area_id", "group_id").agg(pl.col("key").min().alias("place")).sort("area_id", "group_id")
        )

    def keys(self, *, holding: str = "") -> pl.LazyFrame:
        """KEY_COLUMNS, one row a record and group; lazy, for a large city's keys are read only as far as needed.

        ``number`` is the 宛名番号 the record holds, null where it holds none: its key may be another number.

        Args:
            holding: Only the files with a column whose name begins so; all without it.
        """
        places = {(area, group): place for area, group, place in self.number_places().iter_rows()}
        frames = [pl.LazyFrame(schema=KEY_COLUMNS)]
        for path in sorted((self.folder / "keys").glob("*/*.parquet")):
            columns = pl.read_parquet_schema(path)
            if holding and not any(column.startswith(holding) for column in columns):
                continue
            names = [pl.col(name).cast(pl.String) for name in _NAMES if name in columns]
            number = _text_or_null(columns, "person_number")
            place = places.get((path.parent.name, path.stem))
            if place is not None:
                number = pl.coalesce(number, pl.col("subject").str.split("/").list.get(place, null_on_oob=True))
            frames.append(
                pl.scan_parquet(path)
                .select(
                    pl.lit(path.parent.name).alias("area_id"), pl.lit(path.stem).alias("group_id"),
                    pl.col("file").cast(pl.String), pl.col("record_no").cast(pl.Int64), pl.col("subject"),
                    number.alias("number"),
                    _text_or_null(columns, "person_household_number").alias("household"),
                    (pl.coalesce(names) if names else pl.lit(None, dtype=pl.String)).alias("name"),
                    # By what a row holds: before a target exists the files are named after their sources.
                    pl.lit(any(column.startswith("support_") for column in columns)).alias("support"),
                )
            )
        return pl.concat(frames)

    def records(self) -> pl.DataFrame:
        """件数照合 by received file: area, source, file and RECORD_COLUMNS."""
        return self._one("reconcile/records.parquet", {
            "area": pl.String, "source": pl.String, "file": pl.String, **dict.fromkeys(RECORD_COLUMNS, pl.Int64),
        })

    def round_trips(self) -> pl.DataFrame:
        """By received file with a copybook: area, source, file, records, and those written back as the same bytes."""
        return self._one("reconcile/round_trips.parquet", {
            "area": pl.String, "source": pl.String, "file": pl.String, "records": pl.Int64, "same": pl.Int64,
        })

    def controls(self) -> pl.DataFrame:
        """人数照合: area, 帳票名, 項目, 区分, 現行値, 移行値, 差, 判定."""
        return self._one("reconcile/controls.parquet", {
            "area": pl.String, "帳票名": pl.String, "項目": pl.String, "区分": pl.String, "現行値": pl.Int64,
            "移行値": pl.Int64, "差": pl.Int64, "判定": pl.String,
        })

    def fates(self) -> pl.DataFrame:
        """Counts of records by area, source, fate and reason (converted ones without reason)."""
        schema = {"area": pl.String, "source": pl.String, "fate": pl.String, "reason": pl.String, "records": pl.Int64}
        frames = [pl.DataFrame(schema=schema)]
        for path in sorted((self.folder / "fates").glob("*.parquet")):
            frames.append(
                pl.scan_parquet(path)
                .group_by("source", "fate", pl.col("reason").fill_null(""))
                .agg(pl.len().cast(pl.Int64).alias("records"))
                .select(pl.lit(path.stem).alias("area"), "source", "fate", "reason", "records")
                .collect()
            )
        return pl.concat(frames).sort("area", "source", "fate", "reason")

    def characters(self) -> pl.DataFrame:
        """文字照合: stage, table (first of what explains an item's characters), changed, kinds (code points) and count.

        ``changed`` says that rules or decisions changed characters of the item; ``table`` is "" where nothing explains
        them.
        """
        schema = {
            "stage": pl.String, "table": pl.String, "changed": pl.Boolean, "kinds": pl.Int64, "count": pl.Int64,
        }
        paths = sorted((self.folder / "characters").glob("*.parquet"))
        if not paths:
            return pl.DataFrame(schema=schema)
        explained = pl.col("explained_by").fill_null("")
        return (
            pl.scan_parquet(paths)
            .group_by(
                "stage", explained.str.extract("^([^,]*)", 1).alias("table"),
                explained.str.contains(",", literal=True).alias("changed"),
            )
            .agg(
                pl.col("code_point").n_unique().cast(pl.Int64).alias("kinds"),
                pl.col("count").sum().cast(pl.Int64).alias("count"),
            )
            .collect()
            .sort("stage", "table", "changed")
        )

    def _one(self, name: str, schema: Mapping[str, Any]) -> pl.DataFrame:
        path = self.folder / name
        if not path.exists():
            return pl.DataFrame(schema=schema)
        return pl.read_parquet(path).select(pl.col(column).cast(kind) for column, kind in schema.items())

    def _frames(self, folder: str, schema: Mapping[str, Any]) -> pl.DataFrame:
        frames = [pl.DataFrame(schema=schema)]
        for path in sorted((self.folder / folder).glob("*.parquet")):
            frames.append(
                pl.scan_parquet(path).select(pl.col(column).cast(kind) for column, kind in schema.items()).collect()
            )
        return pl.concat(frames)


def open_run(folder: Path) -> RunFiles:
    """Open a run, complete or at work.

    Raises:
        UnreadableFile: One of the three small files is missing or is no JSON.
    """
    items = _read_json(folder, "items.json")
    rows = items["items"] if isinstance(items, dict) else items
    return RunFiles(folder, _read_json(folder, "statistics.json"), _read_json(folder, "rules.json"), _item_frame(rows))


def _item_frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "area_id": row["area"], "group_id": row.get("group") or "", "item": row["item"],
                "certified": bool(row["certified"]), "meaning": row.get("meaning") or "", "key": row.get("key", -1),
                "length": row.get("length") or 0,
            }
            for row in rows
        ],
        schema={
            "area_id": pl.String, "group_id": pl.String, "item": pl.String, "certified": pl.Boolean,
            "meaning": pl.String, "key": pl.Int32, "length": pl.Int32,
        },
    ).unique(["area_id", "group_id", "item"], keep="first", maintain_order=True)


def _read_json(folder: Path, name: str) -> Any:
    path = folder / name
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError) as error:
        raise UnreadableFile(
            str(path), expected="a JSON file of a run", found=type(error).__name__,
            todo="Name the folder of a run (data_dir/runs/<run-id>).",
        ) from None


def _text_or_null(columns: Mapping[str, Any], name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String) if name in columns else pl.lit(None, dtype=pl.String)
