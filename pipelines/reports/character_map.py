"""RPT-07 for the meeting: kinds of characters received and handed over, and a map of where in Unicode they lie.

Counts of code points only; the kinds are data (``character_kinds.csv``).
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.reports.charts import grid
from pipelines.reports.run_files import RunFiles

_KINDS = Path(__file__).with_name("character_kinds.csv")
_OTHER = "その他"
_PAGE, _ROW = 256, 4096
SAME, CHANGED, UNEXPLAINED = "前後で同数", "規則・決定で増減", "説明がつかない字がある"
_COLOURS = {SAME: "#2F6DA8", CHANGED: "#E3A008", UNEXPLAINED: "#C00000"}


def code_point_counts(run: RunFiles) -> pl.DataFrame:
    """One row a code point: ``before`` and ``after`` (how often), ``unexplained`` (how often on either side), ``kind``.

    Kinds stand in the order of ``character_kinds.csv`` (column ``place``); without rows where nothing was counted.
    """
    paths = sorted((run.folder / "characters").glob("*.parquet"))
    schema: dict[str, Any] = {
        "code_point": pl.UInt32, "before": pl.Int64, "after": pl.Int64, "unexplained": pl.Int64, "kind": pl.String,
        "place": pl.Int64,
    }
    if not paths:
        return pl.DataFrame(schema=schema)
    counts = (
        pl.scan_parquet(paths)
        .group_by("code_point")
        .agg(
            before=pl.col("count").filter(pl.col("stage") == "in").sum(),
            after=pl.col("count").filter(pl.col("stage") == "out").sum(),
            unexplained=pl.col("count").filter(pl.col("explained_by").fill_null("") == "").sum(),
        )
        .collect()
    )
    with _KINDS.open(encoding="utf-8", newline="") as file:
        ranges = [(int(r["first"], 16), int(r["last"], 16), r["label"]) for r in csv.DictReader(file)]
    order = {label: place for place, label in enumerate(dict.fromkeys([*(label for *_, label in ranges), _OTHER]))}
    kind = pl.lit(_OTHER)
    for first, last, label in ranges:
        kind = pl.when(pl.col("code_point").is_between(first, last)).then(pl.lit(label)).otherwise(kind)
    named = counts.with_columns(kind=kind)
    return (
        named.with_columns(place=pl.col("kind").replace_strict(order, return_dtype=pl.Int64))
        .select(list(schema)).cast(pl.Schema(schema)).sort("code_point")
    )


def kinds_table(counts: pl.DataFrame) -> list[dict[str, Any]]:
    """One row a kind: how many characters and how often, before and after, with a total."""
    columns = {
        "kinds_before": (pl.col("before") > 0).sum().cast(pl.Int64), "before": pl.col("before").sum(),
        "kinds_after": (pl.col("after") > 0).sum().cast(pl.Int64), "after": pl.col("after").sum(),
        "unexplained": pl.col("unexplained").sum(),
    }
    if counts.is_empty():
        return []
    rows = counts.group_by("place", "kind").agg(**columns).sort("place").drop("place").to_dicts()
    return [*rows, {"kind": "合計", **counts.select(**columns).row(0, named=True)}]


def character_map(counts: pl.DataFrame) -> str:
    """The map as SVG: a cell is 256 code points, its figure how many different ones occur; "" without characters."""
    if counts.is_empty():
        return ""
    state = (
        pl.when(pl.col("unexplained").sum() > 0).then(pl.lit(UNEXPLAINED))
        .when((pl.col("before") != pl.col("after")).any()).then(pl.lit(CHANGED)).otherwise(pl.lit(SAME))
    )
    cells = (
        counts.group_by(page=pl.col("code_point") // _PAGE)
        .agg(part=state, count=pl.len(), row=pl.col("code_point").first() // _ROW)
        .sort("page")
    )
    heads = (
        counts.group_by(row=pl.col("code_point") // _ROW, kind="kind")
        .agg(size=pl.max_horizontal("before", "after").sum())
        .sort("row", "size", "kind", descending=[False, True, False])
        .group_by("row", maintain_order=True).agg(pl.col("kind").head(2))
    )
    label = {row: f"U+{row:X}xxx　{'・'.join(kinds)}" for row, kinds in heads.iter_rows()}
    return grid(
        [
            {"row": label[row], "column": f"{page % 16:X}", "part": part, "count": count}
            for page, part, count, row in cells.iter_rows()
        ],
        columns=[f"{number:X}" for number in range(16)], parts=_COLOURS,
    )
