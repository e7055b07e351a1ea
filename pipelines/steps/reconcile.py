"""Reconcile: every record by fate, and the city's own figures (現行帳票の値) beside what was migrated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.project.data_folder import Control
from rules.reconciliation.headcounts import compare_controls

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
ROUND_TRIP_SCHEMA: dict[str, Any] = {
    "area": pl.String,
    "source": pl.String,
    "file": pl.String,
    "records": pl.Int64,
    "same": pl.Int64,
}
"""``records`` decoded into the table of a source with a copybook, and those of them that, written back from the decoded
text, are the ``same`` bytes."""
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


SUPPLIED_SCHEMA: dict[str, Any] = {
    "area": pl.String,
    "帳票名": pl.String,
    "項目": pl.String,
    "区分": pl.String,
    "値": pl.Int64,
    "基準日": pl.String,
    "記入者": pl.String,
}


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


FIGURES_OF = {"031": ("住登外者数",)}
"""Figures by area; what is not named here is the resident register's (001)."""


def control_rows(area_id: str, controls: Sequence[Control]) -> pl.DataFrame:
    """The city's own figures of an area as a table: area, 帳票名, 項目, 区分, 値, 基準日, 記入者."""
    return pl.DataFrame(
        [(area_id, c.form, c.item, c.division, c.value, c.as_of, c.written_by) for c in controls],
        schema=SUPPLIED_SCHEMA,
        orient="row",
    )


def control_table(
    supplied: pl.DataFrame, counted: pl.DataFrame, areas: Sequence[str], chains: pl.DataFrame | None = None
) -> pl.DataFrame:
    """人数照合: each figure the city supplied beside ours; what it did not supply, or we cannot count, is 未実施.

    Args:
        supplied: SUPPLIED_SCHEMA of all areas.
        counted: 項目, 区分, 移行値 of what was converted.
        areas: Areas of the run.
        chains: The judged chain of the figures that the project describes; they are taken over as judged there.

    Returns:
        CONTROL_SCHEMA; 差 is null where nothing was compared.
    """
    described, told = pl.DataFrame(schema=CONTROL_SCHEMA), supplied
    if chains is not None:
        there = chains.filter(pl.col("現行値").is_not_null())
        described = there.select(
            *(c for c in CONTROL_SCHEMA if c not in ("移行値", "差", "判定")),
            # What did not move by agreement is no difference: the links of the chain are judged, not the ends alone.
            移行値="出力値",
            差=pl.col("出力値") - pl.col("現行値"),
            判定=pl.col("判定").replace("理由付き", "一致"),
        ).select(list(CONTROL_SCHEMA)).cast(pl.Schema(CONTROL_SCHEMA))
        supplied = supplied.join(
            described, on=["area", "帳票名", "項目", "区分"], how="anti", maintain_order="left"
        )
    compared = compare_controls(supplied, counted).select(list(CONTROL_SCHEMA)).cast(pl.Schema(CONTROL_SCHEMA))
    elsewhere = {figure: area for area, figures in FIGURES_OF.items() for figure in figures}
    silent = (
        counted.group_by("項目", maintain_order=True)
        .agg(pl.col("移行値").sum())
        .with_columns(area=pl.col("項目").replace_strict(elsewhere, default="001", return_dtype=pl.String))
        .filter(pl.col("area").is_in(list(areas)))
        .join(told, on=["area", "項目"], how="anti", maintain_order="left")
    )
    absent = silent.select(
        "area",
        "項目",
        "移行値",
        判定=pl.lit("未実施"),
        **{name: pl.lit("") for name in ("帳票名", "区分", "基準日", "記入者")},
        **{name: pl.lit(None, dtype=pl.Int64) for name in ("現行値", "差")},
    )
    last = absent.select(list(CONTROL_SCHEMA)).cast(pl.Schema(CONTROL_SCHEMA))
    return pl.concat([compared, described, last])
