"""``ikou score``: what a run found against the truth of a sample city, rule by rule, every miss listed.

A planted defect counts as found when its rule, or one that may rightly fire on it (``also_ok``), stands on the
same subject
and item; an AUTO rule when the value written is the one the truth names. A finding is right when some planted
defect of its
subject and item names its rule; whatever else a rule says is a false alarm, first of all on a hard negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from pipelines.runs.folder import MANIFEST, read_json
from rules.catalogue import load_catalogue

MISS_SCHEMA: dict[str, Any] = {
    "rule_id": pl.String,
    "kind": pl.String,
    "area": pl.String,
    "subject": pl.String,
    "item": pl.String,
    "note": pl.String,
}


@dataclass(frozen=True, slots=True)
class Score:
    """``table``: one row a rule; ``misses``: each positive not found, each false alarm and each hard negative that
    fired.
    """

    table: pl.DataFrame
    misses: pl.DataFrame


IN_STANDARD_CODES = frozenset({"HSE-015"})
"""Rules that compare codes of the standard with one another: a source's own codes may mean anything."""


def score_run(run: Path, truth: pl.DataFrame) -> Score:
    """Score a run.

    Args:
        run: The run's folder.
        truth: area, group_id, source, subject, source_item, item, rule_id, action, after, also_ok, planted, note.

    Returns:
        Per rule: positives, found, recall, findings, right, precision, negatives, fired.
    """
    issues = (
        pl.concat(
            [
                pl.read_parquet(p, columns=["area_id", "group_id", "subject", "item_path", "rule_id", "source"])
                for p in sorted((run / "issues").glob("*.parquet"))
            ]
        )
        .rename({"area_id": "area"})
        .with_columns(item=pl.col("item_path").str.replace(r"\[[0-9]+\]$", ""))
        .unique(maintain_order=True)
    )
    # Findings of processes (what a receiver lacks) are about a character or a file, no defect of one record: they are
    # proven by named tests.
    processes = {rule.id for rule in load_catalogue() if rule.stage == "process"} - set(truth["rule_id"])
    issues = issues.filter(~pl.col("rule_id").is_in(sorted(processes)))
    truth = truth.with_row_index("truth_no")
    everything = truth
    if read_json(run / MANIFEST)["source_only"]:
        everything = _of_source_items(truth)
        # Nothing is written, so what AUTO would cure is no positive; it still is where other rules may rightly fire.
        truth = everything.filter((pl.col("action") != "AUTO") & ~pl.col("rule_id").is_in(sorted(IN_STANDARD_CODES)))
    auto = truth.filter(pl.col("planted") & (pl.col("action") == "AUTO"))
    asked = truth.filter(pl.col("planted") & (pl.col("action") != "AUTO"))
    accepted = asked.select(
        "truth_no", "area", "subject", "item", rules=pl.concat_list("rule_id", pl.col("also_ok").fill_null([]))
    )
    places = accepted.explode("rules").rename({"rules": "rule_id"}).drop_nulls("rule_id")
    hits = places.join(
        issues.select("area", "subject", "item", "rule_id"), on=["area", "subject", "item", "rule_id"], how="semi"
    )
    found_asked = asked.with_columns(found=pl.col("truth_no").is_in(hits["truth_no"].unique().implode()))
    found_auto = auto.with_columns(found=_written_as(run, auto))
    positives = pl.concat([found_asked, found_auto])
    allowed = pl.concat(
        [
            places.select("area", "subject", "item", "rule_id"),
            everything.filter(pl.col("planted"))
            .select("area", "subject", "item", rule_id="also_ok")
            .explode("rule_id")
            .drop_nulls("rule_id"),
            everything.filter(pl.col("planted")).select("area", "subject", "item", "rule_id"),
        ]
    ).unique()
    wrong = issues.join(allowed, on=["area", "subject", "item", "rule_id"], how="anti")
    negatives = truth.filter(~pl.col("planted"))
    fired = negatives.join(
        issues.select("area", "subject", "item", "rule_id"), on=["area", "subject", "item", "rule_id"], how="semi"
    )
    spoilt = negatives.filter(pl.col("action") == "AUTO").filter(
        ~_written_as(run, negatives.filter(pl.col("action") == "AUTO"))
    )
    table = (
        positives.group_by("rule_id")
        .agg(positives=pl.len(), found=pl.col("found").sum())
        .join(issues.group_by("rule_id").agg(findings=pl.len()), on="rule_id", how="full", coalesce=True)
        .join(wrong.group_by("rule_id").agg(false_alarms=pl.len()), on="rule_id", how="left")
        .join(negatives.group_by("rule_id").agg(negatives=pl.len()), on="rule_id", how="full", coalesce=True)
        .join(pl.concat([fired, spoilt]).group_by("rule_id").agg(fired=pl.len()), on="rule_id", how="left")
        .with_columns(pl.col("positives", "found", "findings", "false_alarms", "negatives", "fired").fill_null(0))
        .with_columns(
            recall=pl.when(pl.col("positives") > 0).then(pl.col("found") / pl.col("positives")),
            precision=pl.when(pl.col("findings") > 0).then(1 - pl.col("false_alarms") / pl.col("findings")),
        )
        .sort("rule_id")
    )
    misses = (
        pl.concat(
            [
                positives.filter(~pl.col("found")).select(
                    "rule_id", pl.lit("missed").alias("kind"), "area", "subject", "item", "note"
                ),
                wrong.select(
                    "rule_id", pl.lit("false alarm").alias("kind"), "area", "subject", "item", pl.lit("").alias("note")
                ),
                pl.concat([fired, spoilt]).select(
                    "rule_id", pl.lit("hard negative").alias("kind"), "area", "subject", "item", "note"
                ),
            ]
        )
        .cast(pl.Schema(MISS_SCHEMA))
        .sort("rule_id", "kind", "subject", "item")
    )
    return Score(table, misses)


def _of_source_items(truth: pl.DataFrame) -> pl.DataFrame:
    """The truth of a run on source items: by their names, without what AUTO would write (nothing is written)."""
    named = pl.col("source_item").fill_null("") != ""
    names = truth.filter(named).group_by("area", "source", "item").agg(_known=pl.col("source_item").min())
    return (
        truth.join(names, on=["area", "source", "item"], how="left", maintain_order="left")
        .with_columns(item=pl.when(named).then("source_item").otherwise(pl.coalesce("_known", "item")))
        .drop("_known")
    )


def _written_as(run: Path, rows: pl.DataFrame) -> pl.Series:
    """For each truth row, whether ``standard/`` holds the value it names (null and empty are the same)."""
    verdict = [False] * rows.height
    numbered = rows.with_row_index("place")
    for (area, group), wanted in numbered.group_by("area", "group_id", maintain_order=True):
        path = run / "standard" / str(area) / f"{group}.arrow"
        if not path.is_file():
            continue
        lineage = pl.read_parquet(path.with_name(f"{group}.lineage.parquet"), columns=["subject"]).with_row_index("row")
        where = wanted.join(lineage, on="subject", how="inner")
        with pa.memory_map(str(path)) as handle:
            reader = pa.ipc.open_file(handle)
            names = [n for n in where["item"].unique().to_list() if n in reader.schema.names]
            table = pl.from_arrow(
                pa.Table.from_batches([reader.get_batch(i).select(names) for i in range(reader.num_record_batches)])
            )
        if not isinstance(table, pl.DataFrame):
            raise TypeError(f"{path.name}: not a table")
        for place, item, row, after in where.select("place", "item", "row", "after").iter_rows():
            if item in names and (table[item][row] or "") == (after or ""):
                verdict[place] = True
    return pl.Series("written", verdict, dtype=pl.Boolean)
