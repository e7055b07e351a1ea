"""Judge: counts per rule, and the verdict on every gate agreed in ``acceptance.yml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.project.scope import Gate

PASSED, MISSED, NOT_DONE = "可", "未達", "未実施"
CLOSED_STATES = ("承認済",)
"""States of a decision after which an issue is no longer open (依頼中 stays open until the next extract shows it)."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the gates are measured by; None where the city supplied nothing to compare with."""

    values: Mapping[str, int | None]


def measure(
    *,
    records: pl.DataFrame,
    controls: pl.DataFrame,
    chains: pl.DataFrame | None = None,
    issues: pl.DataFrame,
    states: pl.DataFrame,
    individual: int,
    scope_difference: int | None,
    laws_broken: int,
) -> Measured:
    """Take all measures of a run.

    Args:
        records: RECORD_SCHEMA of steps.reconcile.
        controls: CONTROL_SCHEMA of steps.reconcile.
        chains: The judged chain of the figures the project describes.
        issues: Issue rows of all areas.
        states: ``issue_id, state`` of every issue.
        individual: Open issues a person must decide one by one.
        scope_difference: Excluded records beyond or below the number expected; None when scope.yml expects none.
        laws_broken: Number of broken laws.
    """
    standing = issues.join(
        states.filter(pl.col("state").is_in(CLOSED_STATES)).select("issue_id"), on="issue_id", how="anti"
    )
    compared = controls.filter(pl.col("判定") != NOT_DONE)
    support = compared.filter(pl.col("項目") == "支援措置対象者数")
    return Measured(
        {
            "records.unexplained": int(records["difference"].sum()),
            "records.isolated": int(records["isolated"].sum()),
            "controls.mismatch": compared.filter(pl.col("判定") == "不一致").height if compared.height else None,
            "amounts.mismatch": _mismatches(chains),
            "issues.open_errors": standing.filter(pl.col("severity") == "E").height,
            "issues.release_blocked": standing.filter(pl.col("blocks") == "release").height,
            "characters.unexplained": issues.filter(pl.col("rule_id") == "RCN-006").height,
            "support_measures.difference": int(support["差"].abs().sum()) if support.height else None,
            "decisions.pending_individual": individual,
            "laws.broken": laws_broken,
            "scope.difference": scope_difference,
        }
    )


def _mismatches(chains: pl.DataFrame | None) -> int | None:
    """Figures in yen that do not agree; None where the city supplied none that could be compared."""
    if chains is None:
        return None
    amounts = chains.filter((pl.col("単位") == "円") & (pl.col("判定") != NOT_DONE))
    return amounts.filter(pl.col("判定") == "不一致").height if amounts.height else None


def verdicts(gates: Sequence[Gate], measured: Measured) -> list[dict[str, Any]]:
    """One row a gate: value and 可, 未達 or 未実施 (never a silent pass of what was not measured)."""
    rows = []
    for gate in gates:
        value = measured.values.get(gate.measure)
        verdict = NOT_DONE if value is None else PASSED if value <= gate.at_most else MISSED
        rows.append(
            {
                "id": gate.id,
                "item": gate.item,
                "measure": gate.measure,
                "value": value,
                "at_most": gate.at_most,
                "verdict": verdict,
                "department": gate.department,
                "agreed_on": gate.agreed_on,
                "if_missed": gate.if_missed,
                "rollback": gate.rollback,
            }
        )
    return rows
