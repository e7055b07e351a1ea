"""The chain of the city's own figures: 現行帳票値 = 源泉復号 = 出力, taken from the parts of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.flows.plan import SourcePlan
from pipelines.project.figures import Figure
from pipelines.project.loading import Project
from pipelines.steps.figures import CHAIN_SCHEMA, COUNTED_SCHEMA, NOT_NUMBER_SCHEMA, chain, count_output
from pipelines.steps.hold import HOLD_SCHEMA, STEP
from rules.reconciliation.amounts import amount_of, judged

NOT_NUMBERS: dict[str, Any] = {"area": pl.String, "source": pl.String, "file": pl.String, **NOT_NUMBER_SCHEMA}
CHANGED: dict[str, Any] = {
    "record_no": pl.Int64, "ordinal": pl.Int32, "item": pl.String, "step": pl.Int32, "before": pl.String,
}
Key = tuple[str, str]


def figure_tables(
    project: Project, folders: Mapping[str, Mapping[str, Sequence[Path]]], plans: Mapping[str, SourcePlan],
    supplied: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The judged chain of every figure of the run's areas, and the cells that hold no amount.

    Args:
        project: With its figures.
        folders: Area → source → folders of its block tasks.
        plans: By source.
        supplied: Control figures of all areas.
    """
    chains = [judged(pl.DataFrame(schema=CHAIN_SCHEMA))]
    broken = [pl.DataFrame(schema=NOT_NUMBERS)]
    for area_id, sources in folders.items():
        figures = project.figures.get(area_id, ())
        if not figures:
            continue
        every = [folder for parts in sources.values() for folder in parts]
        counted = _parts(every, "figures.parquet", COUNTED_SCHEMA)
        output: dict[Key, pl.DataFrame] = {}
        held: dict[Key, int] = {}
        ruled: dict[Key, int] = {}
        for figure in figures:
            if figure.output is None or figure.source.source not in sources:
                continue
            targets = plans[figure.source.source].targets
            if not any(t.group is not None and t.group_id == figure.output.group for t in targets):
                continue
            key, parts = (figure.form, figure.item), sources[figure.source.source]
            name = f"{figure.output.group}.arrow"
            output[key] = count_output([p / name for p in parts if (p / name).is_file()], figure.output)
            held[key], ruled[key] = _moved(parts, figure)
        theirs = supplied.filter(pl.col("area") == area_id)
        ours = chain(area_id, figures, theirs, counted if every else None, output, held, ruled)
        chains.append(judged(ours))
        named = _parts(every, "not_numbers.parquet", {k: v for k, v in NOT_NUMBERS.items() if k != "area"})
        broken.append(named.select(pl.lit(area_id).alias("area"), pl.all()))
    return pl.concat(chains), pl.concat(broken).sort(list(NOT_NUMBERS))


def _parts(folders: Sequence[Path], name: str, schema: Mapping[str, Any]) -> pl.DataFrame:
    paths = [folder / name for folder in folders if (folder / name).is_file()]
    return pl.concat([pl.DataFrame(schema=schema), *(pl.read_parquet(p).select(list(schema)) for p in paths)])


def _moved(folders: Sequence[Path], figure: Figure) -> tuple[int, int]:
    """What of a sum is held back, and what rules and decisions added to it.

    Both are 0 for a figure that is divided or conditional: whether a changed cell counts there is not known from the
    change alone, so its difference stays unexplained until somebody explains it.
    """
    side = figure.output
    if side is None or not side.sum or side.where or side.by:
        return 0, 0
    held = _parts(folders, "hold.parquet", {"group_id": HOLD_SCHEMA["group_id"], "item": pl.String, "text": pl.String})
    kept = held.filter((pl.col("group_id") == side.group) & (pl.col("item") == side.sum))
    return _sum(kept["text"]), sum(_added(folder, side.group, side.sum) for folder in folders)


def _added(folder: Path, group: str, item: str) -> int:
    """What rules and decisions made of an item's amounts in one part: written (or held) minus conformed."""
    place = ["record_no", "ordinal"]
    changes = _parts([folder], f"changes.{group}.parquet", CHANGED)
    first = changes.filter((pl.col("item") == item) & (pl.col("step") != STEP)).sort("step").unique(place, keep="first")
    if first.is_empty():
        return 0
    of_hold = changes.filter((pl.col("item") == item) & (pl.col("step") == STEP)).select(*place, held="before")
    written = _parts([folder], f"lineage.{group}.parquet", {"record_no": pl.Int64, "ordinal": pl.Int32})
    values = pl.read_ipc(folder / f"{group}.arrow", columns=[item])[item]
    last = written.with_columns(values.alias("after"))
    both = first.join(last, on=place, how="left").join(of_hold, on=place, how="left")
    return _sum(both.select(pl.coalesce("held", "after")).to_series()) - _sum(both["before"])


def _sum(texts: pl.Series) -> int:
    return int(pl.select(amount_of(pl.lit(texts))).to_series().sum() or 0)
