"""What a sheet shows of a resident: nothing, or what ``disclosure`` allows a reader with the role."""

from __future__ import annotations

import polars as pl

from pipelines.reports.disclosure import disclose
from pipelines.reports.judgement import PROTECTED_KEY, SUPPORT
from pipelines.reports.run_files import RunFiles


def shown_key(key: str, group: str) -> str:
    """That somebody is under 支援措置 is told to the person in charge alone."""
    return PROTECTED_KEY if group == SUPPORT else key


def masked(text: str | None) -> str:
    """A value as ●, one a sign, at most twelve."""
    return "" if text is None else "●" * min(len(text), 12)


def disclosed_differences(run: RunFiles, rows: pl.DataFrame) -> pl.DataFrame:
    """Differences with ``before`` and ``after`` as ``disclose`` allows them to be seen."""
    protected = run.keys().filter("support").select("number").drop_nulls().unique().collect()["number"].to_list()
    meanings = run.items.select("area_id", "group_id", "item", "meaning").rename({"area_id": "area"})
    named = rows.join(meanings, on=["area", "group_id", "item"], how="left", maintain_order="left").with_columns(
        item_path=pl.col("item"),
        meaning=pl.col("meaning").fill_null(""),
        protected=pl.col("key").str.contains_any(protected) if protected else pl.lit(False),
    )
    return disclose(named, ("before", "after"))
