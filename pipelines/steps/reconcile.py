"""Reconcile: every record by fate, and the city's own figures (現行帳票の値) beside what was migrated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from pipelines.project.data_folder import Control

FATES = ("converted", "isolated", "excluded", "collapsed", "control")
RECORD_SCHEMA: dict[str, Any] = {
    "area": pl.String,
    "source": pl.String,
    "file": pl.String,
    "received": pl.Int64,
    "decoded": pl.Int64,
    **dict.fromkeys(FATES, pl.Int64),
    "rows": pl.Int64,
    "difference": pl.Int64,
}
CONTROL_SCHEMA: dict[str, Any] = {
    "area": pl.String,
    "帳票名": pl.String,
    "項目": pl.String,
    "区分": pl.String,
    "現行値": pl.Int64,
    "移行値": pl.Int64,
    "差": pl.Int64,
    "判定": pl.String,
    "基準日": pl.String,
    "記入者": pl.String,
}
HEADCOUNT_SCHEMA: dict[str, Any] = {"area": pl.String, "項目": pl.String, "区分": pl.String, "人数": pl.Int64}


@dataclass(frozen=True, slots=True)
class FileCount:
    """What happened to the records of one file; ``received`` is the data records its 受領票 declares."""

    area: str
    source: str
    file: str
    received: int
    decoded: int
    fates: dict[str, int]
    rows: int


def record_table(counts: Sequence[FileCount]) -> pl.DataFrame:
    """件数照合: per file, received = converted + isolated + excluded + collapsed, and decoded = all fates.

    ``difference`` is what is left over in either sum; 0 means every record has exactly one fate.
    """
    rows = []
    for c in counts:
        fates = [c.fates.get(f, 0) for f in FATES]
        data = sum(fates) - c.fates.get("control", 0)
        rows.append(
            (
                c.area,
                c.source,
                c.file,
                c.received,
                c.decoded,
                *fates,
                c.rows,
                abs(c.received - data) + abs(c.decoded - sum(fates)),
            )
        )
    return pl.DataFrame(rows, schema=RECORD_SCHEMA, orient="row")


# A resident is the latest history row of a person whose state says that he or she lives here (住民状態 1).
_LIVING = "person_latest = '1' AND person_status = '1' AND area = '001'"

_REMOVED = "person_latest = '1' AND person_status IN ('2', '3', '9') AND area = '001'"
_PERSONS = "count(DISTINCT person_number) AS n FROM persons"

_HEADCOUNTS = {
    "人口総数": f"SELECT '' AS d, {_PERSONS} WHERE {_LIVING}",
    "男女別人口": "SELECT CASE person_sex WHEN '1' THEN '男' WHEN '2' THEN '女' ELSE '不明' END AS d, "
    f"{_PERSONS} WHERE {_LIVING} GROUP BY 1",
    "世帯数": f"SELECT '' AS d, count(DISTINCT person_household_number) AS n FROM persons WHERE {_LIVING}",
    "外国人人口": f"SELECT '' AS d, {_PERSONS} WHERE {_LIVING} AND person_kind = '2'",
    "区別人口": f"SELECT coalesce(ward_code, '') AS d, {_PERSONS} WHERE {_LIVING} GROUP BY 1",
    "除票数": f"SELECT '' AS d, {_PERSONS} WHERE {_REMOVED}",
    "住登外者数": "SELECT '' AS d, count(DISTINCT person_number) AS n FROM addressees",
    "支援措置対象者数": "SELECT '' AS d, count(DISTINCT person_number) AS n FROM support",
}
_AREA_OF = {"住登外者数": "031"}


def headcount(connection: duckdb.DuckDBPyConnection, area_id: str) -> pl.DataFrame:
    """人数 of an area from the migrated keys (HEADCOUNT_SCHEMA): people, not rows."""
    rows: list[tuple[str, str, str, int]] = []
    for item, query in _HEADCOUNTS.items():
        if _AREA_OF.get(item, "001") == area_id:
            rows.extend(
                (area_id, item, str(division), int(number)) for division, number in connection.execute(query).fetchall()
            )
    return pl.DataFrame(sorted(rows), schema=HEADCOUNT_SCHEMA, orient="row")


def control_table(
    area_id: str, controls: Sequence[Control], counted: pl.DataFrame, divisions: dict[str, str]
) -> pl.DataFrame:
    """人数照合: each figure the city supplied beside ours; a figure ikou cannot count, or none supplied, is 未実施.

    Args:
        area_id: 業務ID.
        controls: The city's own figures; may be empty.
        counted: HEADCOUNT_SCHEMA.
        divisions: Names of divisions as the city writes them → as we count them (ward name → code).
    """
    ours = {(row["項目"], row["区分"]): row["人数"] for row in counted.iter_rows(named=True)}
    known = set(counted["項目"].to_list())
    rows: list[tuple[object, ...]] = []
    for c in controls:
        division = divisions.get(c.division, c.division)
        value = ours.get(
            (c.item, division),
            0 if c.item in known or (c.item in _HEADCOUNTS and _AREA_OF.get(c.item, "001") == area_id) else None,
        )
        difference = None if value is None else value - c.value
        verdict = "未実施" if value is None else "一致" if difference == 0 else "不一致"
        rows.append((area_id, c.form, c.item, c.division, c.value, value, difference, verdict, c.as_of, c.written_by))
    supplied = {c.item for c in controls}
    for item in _HEADCOUNTS:
        if item not in supplied and _AREA_OF.get(item, "001") == area_id:
            total = [n for (name, _), n in ours.items() if name == item]
            rows.append((area_id, "", item, "", None, sum(total) if total else 0, None, "未実施", "", ""))
    return pl.DataFrame(rows, schema=CONTROL_SCHEMA, orient="row")
