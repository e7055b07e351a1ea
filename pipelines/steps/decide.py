"""Apply the frozen, approved decisions of record scope to a block: the only way a person's answer changes a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from rules.contract import CHANGE_SCHEMA

WRITING = ("adopt_candidate", "replace_with")
STEP = 900


@dataclass(frozen=True, slots=True)
class Decided:
    """``frame`` with the decided values, the changes that restore the old ones, and the records touched."""

    frame: pl.DataFrame
    changes: pl.DataFrame
    touched: pl.Series


def answers_for(issues: pl.DataFrame, decisions: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The decisions that hold for these issues: same issue, same values, same version of the rule, not expired.

    Returns:
        ``issue_id, decision_id, kind, value`` (one row an issue).
    """
    lasting = pl.col("expires").is_null() | (pl.col("expires") >= as_of.isoformat())
    live = decisions.filter((pl.col("scope") == "record") & (pl.col("state") == "approved") & lasting).select(
        "value_hash",
        pl.col("rule_version").cast(pl.Int32),
        "kind",
        "value",
        decision_id="id",
        issue_id=pl.col("selector").str.json_path_match("$.issue_id"),
    )
    return (
        issues.select("issue_id", "value_hash", "rule_version")
        .join(
            live,
            on=["issue_id", "value_hash", "rule_version"],
            how="inner",
            maintain_order="left",
        )
        .select("issue_id", "decision_id", "kind", "value")
    )


def apply_answers(frame: pl.DataFrame, issues: pl.DataFrame, answers: pl.DataFrame) -> Decided:
    """Write the values that were approved.

    Args:
        frame: The block (``_record_no``, ``_ordinal`` and items).
        issues: ISSUE_SCHEMA rows of this block plus ``ordinal``.
        answers: From ``answers_for``.
    """
    nothing = Decided(frame, pl.DataFrame(schema=CHANGE_SCHEMA), pl.Series([], dtype=pl.Int64))
    writes = (
        answers.filter(pl.col("kind").is_in(WRITING))
        .join(
            issues.select("issue_id", "record_no", "ordinal", "item_path", "candidate", "rule_version"),
            on="issue_id",
            how="inner",
        )
        .with_columns(
            item=pl.col("item_path").str.replace(r"\[[0-9]+\]$", ""),
            new=pl.when(pl.col("kind") == "adopt_candidate").then("candidate").otherwise("value"),
        )
    )
    writes = writes.filter(pl.col("item").is_in(frame.columns))
    if writes.is_empty():
        return nothing
    changes: list[pl.DataFrame] = []
    for (item,), rows in writes.sort("item", "record_no", "ordinal").group_by("item", maintain_order=True):
        name = str(item)
        placed = frame.select(record_no="_record_no", ordinal=pl.col("_ordinal").cast(pl.Int32), before=name).join(
            rows.select(
                "record_no",
                ordinal=pl.col("ordinal").fill_null(0).cast(pl.Int32),
                new="new",
                decision_id="decision_id",
                rule_version="rule_version",
            ).unique(["record_no", "ordinal"], keep="first", maintain_order=True),
            on=["record_no", "ordinal"],
            how="left",
            maintain_order="left",
        )
        hit = placed["decision_id"].is_not_null()
        changes.append(
            placed.filter(hit & placed["before"].ne_missing(placed["new"])).select(
                "record_no",
                "ordinal",
                item=pl.lit(name),
                step=pl.lit(STEP, dtype=pl.Int32),
                rule_id=pl.format("decision:{}", "decision_id"),
                rule_version="rule_version",
                before="before",
            )
        )
        frame = frame.with_columns(
            placed.select(
                pl.when(pl.col("decision_id").is_not_null()).then("new").otherwise("before").alias(name)
            ).to_series()
        )
    log = pl.concat(changes).cast(pl.Schema(CHANGE_SCHEMA))
    return Decided(frame, log, log["record_no"].unique().sort())
