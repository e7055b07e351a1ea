"""The decisions as they stand after reading the ledger's rows in order."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from char_mapping.errors import DefinitionError
from pipelines.ledger.events import Approval, same_person_key

READ_EVENTS = ("proposal", "approval", "rejection", "assignment")

DECISION_SCHEMA: dict[str, Any] = {
    "id": pl.String, "rule_id": pl.String, "rule_version": pl.Int64, "scope": pl.String, "selector": pl.String,
    "value_hash": pl.String, "kind": pl.String, "value": pl.String, "proposer": pl.String, "approver": pl.String,
    "reason": pl.String, "evidence": pl.String, "at": pl.String, "expires": pl.String, "supersedes": pl.String,
    "certified": pl.Boolean, "generation": pl.String, "state": pl.String, "decided_at": pl.String,
    "decided_reason": pl.String, "decided_reference": pl.String,
}
"""One row a decision. ``state`` is proposed, approved, rejected, superseded or closed (an undo that took effect)."""


@dataclass(slots=True)
class Decision:
    """A proposal's row, what became of it, and the row of its approval or rejection."""

    row: dict[str, Any]
    state: str = "proposed"
    verdict: dict[str, Any] | None = None


class Book:
    """Decisions by id, kept up to date row by row; ``seq`` is the last row taken in."""

    def __init__(self) -> None:
        self.decisions: dict[str, Decision] = {}
        self.seq = 0
        self.changed: dict[str, int] = {}
        self.wider: list[str] = []
        self.assignments: dict[str, dict[str, Any]] = {}
        self._on_subject: dict[tuple[str, ...], list[str]] = {}

    def apply(self, row: dict[str, Any]) -> None:
        """Take in the next row of the ledger."""
        self.seq = int(row["seq"])
        if row["event"] == "proposal":
            self._propose(row)
        elif row["event"] == "assignment":
            self.assignments.pop(row["selector"], None)
            if row["value"]:
                self.assignments[row["selector"]] = row
        else:
            self._decide(row)

    def _set(self, id_: str, state: str) -> None:
        self.decisions[id_].state = state
        self.changed[id_] = self.seq

    def _propose(self, row: dict[str, Any]) -> None:
        self.decisions[row["id"]] = Decision(row)
        self._set(row["id"], "proposed")
        self._on_subject.setdefault(_subject(row), []).append(row["id"])
        if row["scope"] != "record":
            self.wider.append(row["id"])
        earlier = self.decisions.get(row["supersedes"] or "")
        if earlier is not None and earlier.state == "proposed":
            self._set(earlier.row["id"], "superseded")
            if row["kind"] == "undo":
                self._set(row["id"], "closed")

    def _decide(self, row: dict[str, Any]) -> None:
        decision = self.decisions[row["id"]]
        decision.verdict = row
        if row["event"] == "rejection":
            self._set(row["id"], "rejected")
            return
        self._set(row["id"], "closed" if decision.row["kind"] == "undo" else "approved")
        earlier = self.decisions.get(decision.row["supersedes"] or "")
        while earlier is not None:
            if earlier.state == "approved":
                self._set(earlier.row["id"], "superseded")
            earlier = self.decisions.get(earlier.row["supersedes"] or "")

    def live(self, row: dict[str, Any]) -> list[str]:
        """Ids of waiting and approved decisions whose selector meets that of ``row``, oldest first."""
        mine = json.loads(row["selector"])
        return [
            id_ for id_ in self._on_subject.get(_subject(row), ())
            if self.decisions[id_].state in ("proposed", "approved")
            and _meet(mine, json.loads(self.decisions[id_].row["selector"]))
        ]

    def on_issues(self, issue_ids: Iterable[str]) -> list[str]:
        """Ids of the decisions of record scope on these issues."""
        return [id_ for issue in issue_ids for id_ in self._on_subject.get(("record", issue), ())]

    def check_proposal(self, row: dict[str, Any]) -> None:
        """Refuse a second live decision on the same thing.

        Raises:
            DefinitionError: There is one and it is not the one named in ``supersedes``.
        """
        where = f"decision on {row['selector']}" if row["scope"] == "record" else f"decision on a {row['scope']}"
        live = self.live(row)
        supersedes = row["supersedes"]
        if supersedes and supersedes not in live:
            raise DefinitionError(
                where, expected="supersedes = a live decision on the same issue", found=str(supersedes),
                todo="Read the decisions again: somebody may have changed them meanwhile.",
            )
        if live and supersedes != live[-1]:
            raise DefinitionError(
                where, expected=f"supersedes = {live[-1]}", found="a second live decision on the same issue",
                todo=f"Name {live[-1]} as superseded, or leave it in force.",
            )
        others = [id_ for id_ in live if id_ not in self._line(supersedes)]
        if others:
            raise DefinitionError(
                where, expected="one live decision of a scope on a value",
                found=f"{', '.join(others)} beside {supersedes}",
                todo="Undo the others first, or narrow the new one to an area or group.",
            )

    def _line(self, id_: str | None) -> set[str]:
        line: set[str] = set()
        while id_ and id_ not in line:
            line.add(id_)
            id_ = self.decisions[id_].row["supersedes"]
        return line

    def check_approval(self, approval: Approval) -> None:
        """Refuse what is no approval by a second person.

        Raises:
            DefinitionError: Not a waiting proposal, the approver is its proposer, or neither reason nor 決裁番号.
        """
        where = f"decision {approval.decision_id}"
        decision = self.decisions.get(approval.decision_id)
        if decision is None or decision.state != "proposed":
            raise DefinitionError(
                where, expected="a proposal that waits for approval",
                found="no such decision" if decision is None else decision.state,
            )
        if not same_person_key(approval.approver):
            raise DefinitionError(where, expected="the name of the approver (承認者)", found="nothing")
        if same_person_key(approval.approver) == same_person_key(decision.row["actor"]):
            raise DefinitionError(
                where, expected="an approver who is not the proposer (起案者と承認者は別人)", found="the same person",
                todo="Let somebody else approve it.",
            )
        if not approval.reason.strip() and not approval.reference.strip():
            raise DefinitionError(where, expected="a reason or a 決裁番号", found="neither")


def _subject(row: dict[str, Any]) -> tuple[str, ...]:
    """What a decision is about; of decisions with another subject none can stand against it."""
    selector = json.loads(row["selector"])
    if row["scope"] == "record":
        return ("record", str(selector["issue_id"]))
    if "code" in selector:
        return ("glyph", selector["source"], selector["code"])
    if "number" in selector:
        return ("number", selector["number"])
    return (row["scope"], str(row["rule_id"]), selector["item"], selector[row["scope"]])


def _meet(one: dict[str, str], other: dict[str, str]) -> bool:
    """Whether two selectors of one subject can fit the same issue: no area or group keeps them apart."""
    return all(one[key] == other[key] for key in ("area", "group") if key in one and key in other)


def decision_frame(decisions: Iterable[Decision]) -> pl.DataFrame:
    """DECISION_SCHEMA rows in the order of ``decisions``."""
    rows = []
    for decision in decisions:
        row, verdict = decision.row, decision.verdict or {}
        rows.append({
            **{name: row[name] for name in (
                "id", "rule_id", "rule_version", "scope", "selector", "value_hash", "kind", "value", "reason",
                "evidence", "at", "expires", "supersedes", "generation",
            )},
            "proposer": row["actor"], "approver": verdict.get("actor"), "certified": bool(row["certified"]),
            "state": decision.state, "decided_at": verdict.get("at"), "decided_reason": verdict.get("reason"),
            "decided_reference": verdict.get("evidence"),
        })
    return pl.DataFrame(rows, schema=DECISION_SCHEMA)
