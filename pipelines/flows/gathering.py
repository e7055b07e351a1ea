"""The parts of an area become the files of a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from pipelines.flows.outcomes import AreaOutcome, sum_lists
from pipelines.flows.plan import SourcePlan
from pipelines.steps.gather import gather_tables

STANDARD_FILES = ("csv", "arrow", "lineage.parquet")
"""Files of a standard group, the slowest to write first."""


def gather_area(run: Path, outcome: AreaOutcome, plans: Mapping[str, SourcePlan]) -> None:
    """Gather an area's tables beside its groups: fates, keys, changes, characters, hold, isolated, own items."""
    sources = list(dict.fromkeys(source for _, source, _, _ in outcome.entries))
    groups = list(dict.fromkeys(t.group_id or s for s in sources for t in plans[s].targets))
    gather_tables(run, outcome.folders(run), outcome.area_id, groups, {s: outcome.folders(run, s) for s in sources})
    _explain_characters(run, outcome, plans)


def _explain_characters(run: Path, outcome: AreaOutcome, plans: Mapping[str, SourcePlan]) -> None:
    """Name, item by item, what explains its characters: the code table they were read by, and the rules that
    changed it.
    """
    path = run / "characters" / f"{outcome.area_id}.parquet"
    if not path.is_file():
        return
    changed = sum_lists([e.counts["changed_by"] for _, _, _, e in outcome.entries])
    tables = {t.group_id or s: plans[s].source.code_system for _, s, _, _ in outcome.entries for t in plans[s].targets}
    counted = pl.read_parquet(path)
    names = counted.select("group_id", "item").unique().sort("group_id", "item")
    explained = pl.DataFrame(
        [
            (g, i, ", ".join([f"文字コード表 {tables.get(g, '')}", *changed.get(f"{g}/{i}", [])]))
            for g, i in names.iter_rows()
        ],
        schema={"group_id": pl.String, "item": pl.String, "explained_by": pl.String},
        orient="row",
    )
    counted.join(explained, on=["group_id", "item"], how="left", maintain_order="left").write_parquet(
        path, compression="zstd", statistics=False
    )
