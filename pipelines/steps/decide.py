"""Apply the frozen, approved decisions to a block: the only way a person's answer changes a value."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.ledger.events import CHANGES_VALUE
from pipelines.ledger.matching import in_force, without_occurrence
from rules.contract import CHANGE_SCHEMA

STEP = 900


@dataclass(frozen=True, slots=True)
class Decided:
    """``frame`` with the decided values, the changes that restore the old ones, and the records touched."""

    frame: pl.DataFrame
    changes: pl.DataFrame
    touched: pl.Series


def answers_for(
    issues: pl.DataFrame, decisions: pl.DataFrame, as_of: date, certified: Collection[str] = ()
) -> pl.DataFrame:
    """The decision that holds for each issue: same values, same version of the rule, not expired, narrowest scope.

    Args:
        issues: ISSUE_SCHEMA rows of the block.
        decisions: DECISION_SCHEMA rows.
        as_of: Day against which ``expires`` is read.
        certified: Items (住民票記載事項) whose value no decision changes, whatever its scope.

    Returns:
        ``issue_id, decision_id, kind, value`` (one row an issue).

    Raises:
        DefinitionError: two decisions of one scope fit the same issue.
    """
    answers = in_force(issues, decisions, as_of.isoformat()).select("issue_id", "decision_id", "kind", "value")
    if not certified:
        return answers
    kept = issues.filter(without_occurrence("item_path").is_in(list(certified))).select("issue_id")
    writing = answers.filter(pl.col("kind").is_in(list(CHANGES_VALUE))).join(kept, on="issue_id", how="semi")
    return answers.join(writing.select("issue_id"), on="issue_id", how="anti", maintain_order="left")


def apply_answers(frame: pl.DataFrame, issues: pl.DataFrame, answers: pl.DataFrame) -> Decided:
    """Write the values that were approved.

    Args:
        frame: The block (``_record_no``, ``_ordinal`` and items).
        issues: ISSUE_SCHEMA rows of this block plus ``ordinal``.
        answers: From ``answers_for``.
    """
    nothing = Decided(frame, pl.DataFrame(schema=CHANGE_SCHEMA), pl.Series([], dtype=pl.Int64))
    writes = (
        answers.filter(pl.col("kind").is_in(list(CHANGES_VALUE)))
        .join(
            issues.select("issue_id", "record_no", "ordinal", "item_path", "candidate", "rule_version"),
            on="issue_id",
            how="inner",
        )
        .with_columns(
            item=pl.col("item_path").str.replace(r"\[[0-9]+\]$", ""),
            # What was approved stands in the decision; a policy takes each issue's own candidate.
            new=pl.when(pl.col("kind") == "adopt_candidate").then(pl.coalesce("value", "candidate")).otherwise("value"),
        )
    )
    # A policy can reach an issue without a candidate: there is nothing to write then.
    writes = writes.filter(pl.col("item").is_in(frame.columns) & pl.col("new").is_not_null())
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
