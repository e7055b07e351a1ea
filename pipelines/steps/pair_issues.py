"""What the issue rows of pairs of people say beyond their finding: how sure, and which decision no longer holds.

A decision on a pair holds while its evidence does (``value_hash``). When the evidence changes the pair is asked again,
under the same rule or, when its level changes, under another; then its row names the decision and what has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.ledger.events import KINDS
from pipelines.ledger.issue_identity import IssueIdentity, changed_parts
from pipelines.ledger.matching import with_selectors
from rules.duplicates.pair_findings import PAIR_RULES, PARTS

LEVELS = {
    "certain": "確定", "returned": "再転入", "A": "A（強）", "B": "B（中）", "C": "C（弱）", "twins": "別人の疑い",
}  # fmt: skip
"""Level of a pair → as the work list says it, the surest first."""
BANDS = ((40.0, "点40以上"), (30.0, "点30以上"), (20.0, "点20以上"), (10.0, "点10以上"))
"""Bands of the match weight (log2 of the odds). No probability is shown: its prior is a convention that ranks do not
depend on, and as a percentage every pair that is listed would look certain."""
BELOW = "点10未満"


def with_confidence(issues: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Write level and band of the ranking weight into ``confidence`` of the issue rows of pairs.

    Args:
        issues: ISSUE_SCHEMA rows.
        pairs: ``links/pairs.parquet``: a_subject, b_subject, level, weight (log2 of the odds).
    """
    if pairs.is_empty() or issues.is_empty():
        return issues
    band = pl.lit(BELOW)
    for least, text in reversed(BANDS):
        band = pl.when(pl.col("weight") >= least).then(pl.lit(text)).otherwise(band)
    told = pairs.select(
        subject=pl.concat_list("a_subject", "b_subject").list.sort().list.join("|"),
        _confidence=pl.concat_str(pl.col("level").replace_strict(LEVELS, default=None), band, separator="・"),
    ).unique("subject", keep="first", maintain_order=True)
    paired = pl.col("rule_id").is_in(PAIR_RULES)
    return (
        issues.join(told, on="subject", how="left", maintain_order="left")
        .with_columns(confidence=pl.when(paired).then(pl.coalesce("_confidence", "confidence")).otherwise("confidence"))
        .drop("_confidence")
    )


def former_ids(issues: pl.DataFrame, identity: IssueIdentity) -> dict[str, dict[str, Any]]:
    """Issue id the pair has or would have under each rule on pairs → its issue row of this run."""
    found = {}
    for row in issues.filter(pl.col("rule_id").is_in(PAIR_RULES)).iter_rows(named=True):
        for rule_id in PAIR_RULES:
            other = row["issue_id"] if rule_id == row["rule_id"] else identity.issue_id(
                source=row["source"], area=row["area_id"], group=row["group_id"], subject=row["subject"],
                rule_id=rule_id, item_path=row["item_path"],
            )  # fmt: skip
            found[other] = row
    return found


def what_changed(decision: Mapping[str, Any], issue: Mapping[str, Any]) -> str:
    """What has changed since a decision on a pair, in words and without a value; empty while it holds."""
    if decision["rule_id"] == issue["rule_id"] and decision["value_hash"] == issue["value_hash"]:
        return "" if int(decision["rule_version"]) == int(issue["rule_version"]) else "規則の版が変わった"
    parts = changed_parts(decision["value_hash"] or "", issue["value_hash"])
    names = tuple(PARTS)
    told = [names[n] for n in parts or () if 0 < n < len(names)]
    words = [f"{'・'.join(told)}が変わった"] if told else []
    if decision["rule_id"] != issue["rule_id"]:
        words.append(f"水準が変わった（{decision['rule_id']}から{issue['rule_id']}へ）")
    return "、".join(words or ["一致の内訳が変わった"])


def tell_reopened(issues: pl.DataFrame, decisions: pl.DataFrame, identity: IssueIdentity) -> pl.DataFrame:
    """Name in ``evidence`` the approved decision of a pair that is asked again, and what has changed since.

    Args:
        issues: ISSUE_SCHEMA rows of all areas.
        decisions: DECISION_SCHEMA rows, frozen.
        identity: Makes the ids the pair has under other rules.
    """
    of_pairs = (pl.col("scope") == "record") & pl.col("rule_id").is_in(PAIR_RULES)
    live = with_selectors(decisions).filter((pl.col("state") == "approved") & (pl.col("kind") != "undo") & of_pairs)
    if live.is_empty() or issues.is_empty():
        return issues
    known = former_ids(issues, identity)
    said: dict[str, list[str]] = {}
    holding: set[str] = set()
    for decision in live.sort("id").iter_rows(named=True):
        issue = known.get(decision["_issue_id"])
        if issue is None:
            continue
        changed = what_changed(decision, issue)
        if changed:
            text = f"判断{decision['id']}（{KINDS[decision['kind']]}）は失効: {changed}"
            said.setdefault(issue["issue_id"], []).append(text)
        else:
            holding.add(issue["issue_id"])
    told = {i: "；".join(texts) for i, texts in said.items() if i not in holding}
    again = pl.col("issue_id").replace_strict(told, default=None, return_dtype=pl.String)
    return issues.with_columns(evidence=pl.concat_str(again, "evidence", separator="；", ignore_nulls=True))
