"""What the decisions say about each issue of a run: decided, asked for, rejected, stale or still open."""

from __future__ import annotations

from datetime import date

import polars as pl

from pipelines.ledger.matching import matches, with_selectors

OPEN = "未判断"
PROPOSED = "起案中"
APPROVED = "承認済"
REQUESTED = "依頼中"
NOT_DONE = "未反映"
REJECTED = "却下"
STALE = "失効"
EXPIRED = "期限切れ"

ASK_AGAIN = (OPEN, REJECTED, STALE, EXPIRED, NOT_DONE)
"""States in which an issue stands in the work list."""

_ORDER = {APPROVED: 0, REQUESTED: 0, NOT_DONE: 0, PROPOSED: 1, EXPIRED: 2, STALE: 3, REJECTED: 4, OPEN: 5}

ASKED_COLUMNS = (
    "issue_id", "value_hash", "rule_id", "rule_version", "area_id", "group_id", "item_path", "before",
)  # fmt: skip
"""Columns of an issue from which ``classify`` tells its state under decisions of every scope."""

STATE_SCHEMA = {"issue_id": pl.String, "state": pl.String, "decision_id": pl.String, "kind": pl.String}


def classify(
    issues: pl.DataFrame, decisions: pl.DataFrame, *, as_of: date | None = None, generation: str | None = None
) -> pl.DataFrame:
    """State of each issue under the decisions.

    A decision holds only for the values and the rule version it was made on: where either differs it is 失効 and its
    issue is asked again. An approved correction request is 依頼中, and 未反映 when a later generation still shows the
    same value.

    Args:
        issues: ASKED_COLUMNS; those of the item may be left out where no decision is on a value or a pattern.
        decisions: As ``Ledger.decisions`` or ``Ledger.freeze`` returns them.
        as_of: Day against which ``expires`` is read; None leaves expiry out.
        generation: Export generation of the issues; None leaves 未反映 out.

    Returns:
        STATE_SCHEMA, one row an issue in the order of ``issues``; decision_id and kind are null for 未判断.
    """
    decisions = with_selectors(decisions)
    live = decisions.filter(
        pl.col("state").is_in(["approved", "proposed", "rejected"]) & (pl.col("kind") != "undo")
        # A rejected policy leaves each of its issues as it was; a rejected answer to one issue is told to its clerk.
        & ((pl.col("scope") == "record") | (pl.col("state") != "rejected"))
    )
    told = live.select(
        pl.col("id").alias("decision_id"), "kind", pl.col("state").alias("said"), "expires", "scope",
        pl.col("value_hash").alias("decided_hash"), pl.col("rule_version").alias("decided_version"),
        pl.col("generation").alias("decided_generation"),
    )
    same_value = (pl.col("scope") != "record") | (pl.col("decided_hash") == pl.col("value_hash"))
    fresh = same_value & (pl.col("decided_version") == pl.col("rule_version").cast(pl.Int64))
    expired = pl.lit(False) if as_of is None else (pl.col("expires") < as_of.isoformat()).fill_null(False)
    later = (
        pl.lit(False) if generation is None
        else (pl.col("decided_generation") != "") & (pl.col("decided_generation") < generation)
    )
    said = pl.col("said")
    state = (
        pl.when(~fresh & (said != "rejected")).then(pl.lit(STALE))
        .when(~fresh).then(pl.lit(OPEN))
        .when(said == "rejected").then(pl.lit(REJECTED))
        .when(expired).then(pl.lit(EXPIRED))
        .when(said == "proposed").then(pl.lit(PROPOSED))
        .when((pl.col("kind") == "send_back") & later).then(pl.lit(NOT_DONE))
        .when(pl.col("kind") == "send_back").then(pl.lit(REQUESTED))
        .otherwise(pl.lit(APPROVED))
    )
    judged = (
        matches(issues, live)
        .join(told, on="decision_id", how="left")
        .join(issues.select("issue_id", "value_hash", "rule_version"), on="issue_id", how="left")
        .with_columns(state.alias("state"))
        .filter(pl.col("state") != OPEN)
        .with_columns(pl.col("state").replace_strict(_ORDER, return_dtype=pl.Int8).alias("rank"))
        .sort(["issue_id", "rank", "level", "decision_id"], descending=[False, False, False, True])
        .unique("issue_id", keep="first", maintain_order=True)
        .select("issue_id", "state", "decision_id", "kind")
    )
    return (
        issues.select("issue_id")
        .join(judged, on="issue_id", how="left", maintain_order="left")
        .with_columns(pl.col("state").fill_null(OPEN))
        .select(list(STATE_SCHEMA))
    )


def unmatched(issues: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Approved decisions whose issue no longer occurs: 対応済 for a correction request, 該当なし for the rest.

    Args:
        issues: Columns as for ``classify``, of every area that the decisions are about.
        decisions: As ``Ledger.decisions`` or ``Ledger.freeze`` returns them.

    Returns:
        Columns decision_id, issue_id, kind, state; ordered by decision_id.
    """
    approved = with_selectors(decisions).filter(
        (pl.col("state") == "approved") & ((pl.col("scope") == "record") | pl.col("_item").is_not_null())
    )
    return (
        approved.select(
            pl.col("id").alias("decision_id"), pl.col("_issue_id").alias("issue_id"), "kind",
            pl.when(pl.col("kind") == "send_back").then(pl.lit("対応済")).otherwise(pl.lit("該当なし")).alias("state"),
        )
        .join(matches(issues, approved).select("decision_id"), on="decision_id", how="anti")
        .sort("decision_id")
    )
