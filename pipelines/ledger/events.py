"""What may be written into the ledger, and how a row is sealed into the chain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

from char_mapping.errors import DefinitionError, IkouError

Kind = Literal["accept_as_is", "adopt_candidate", "replace_with", "send_back", "waive", "undo"]
Scope = Literal["record", "value", "pattern"]

KINDS: dict[str, str] = {
    "accept_as_is": "このまま認める",
    "adopt_candidate": "候補を採用",
    "replace_with": "値を指定",
    "send_back": "現行で修正（修正依頼）",
    "waive": "期限まで許容",
    "undo": "取消",
}
"""Kinds of a decision with their labels."""

CHANGES_VALUE = frozenset({"adopt_candidate", "replace_with"})
"""Kinds that change a value on the way; never for certified items (住民票記載事項), where send_back is the request."""

FIRST_HASH = "0" * 64


class BrokenChain(IkouError):
    """A row of the ledger was changed, taken out or put in outside the ledger.

    Args:
        seq: Number of the first row that does not fit.
        found: What is wrong with it.
    """

    def __init__(self, seq: int, found: str) -> None:
        super().__init__(
            f"ledger row {seq}: {found}. Restore ledger.db from the last backup and compare both before working on."
        )
        self.seq = seq


@dataclass(frozen=True, slots=True)
class Proposal:
    """起案: what somebody proposes to do about one issue.

    Attributes:
        rule_id: Rule of the issue.
        rule_version: Its version when the issue was seen; another version later makes the decision stale.
        issue_id: The issue (selector of the record scope).
        value_hash: Hash of the offending values when the issue was seen.
        kind: One of ``KINDS``.
        proposer: Name or account of the drafter.
        reason: Why; never empty.
        value: New value of adopt_candidate, replace_with and (as the wished correction) send_back.
        certified: The item is a 住民票記載事項.
        evidence: What was looked at.
        expires: Last day on which the decision holds.
        supersedes: Decision that this one replaces or, with kind ``undo``, ends.
        generation: Export generation whose work list was answered.
    """

    rule_id: str
    rule_version: int
    issue_id: str
    value_hash: str
    kind: Kind
    proposer: str
    reason: str
    value: str | None = None
    certified: bool = False
    evidence: str = ""
    expires: date | None = None
    supersedes: str | None = None
    generation: str = ""

    def check(self) -> None:
        """Refuse what the ledger never takes.

        Raises:
            DefinitionError: Unknown kind, a value change of a certified item, a missing value, reason or proposer.
        """
        where = f"decision on issue {self.issue_id}"
        if self.kind not in KINDS:
            raise DefinitionError(where, expected=" | ".join(KINDS), found=f"kind {self.kind}")
        if self.certified and self.kind in CHANGES_VALUE:
            raise DefinitionError(
                where, expected="send_back (修正依頼), accept_as_is or waive on a certified item (住民票記載事項)",
                found=self.kind, todo="Ask for the correction in the present system instead.",
            )
        if self.kind in CHANGES_VALUE and self.value is None:
            raise DefinitionError(where, expected=f"a value for {self.kind}", found="none")
        if self.kind == "undo" and not self.supersedes:
            raise DefinitionError(where, expected="the decision that is undone", found="none")
        if not same_person_key(self.proposer):
            raise DefinitionError(where, expected="the name of the proposer (起案者)", found="nothing")
        if not self.reason.strip():
            raise DefinitionError(where, expected="a reason (理由)", found="nothing")


@dataclass(frozen=True, slots=True)
class Approval:
    """承認 or 却下 of one proposal by another person.

    ``reason`` or ``reference`` (決裁番号) must be given; ``approved`` False is a rejection.
    """

    decision_id: str
    approver: str
    reason: str = ""
    reference: str = ""
    approved: bool = True


@dataclass(frozen=True, slots=True)
class Registration:
    """A finished run or a release, so that ``verify`` can hold a manifest against the chain.

    ``sha256`` is that of manifest.json (run) or release.json (release).
    """

    event: Literal["run", "release"]
    run_id: str
    sha256: str
    actor: str
    generation: str = ""
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


def same_person_key(name: str) -> str:
    """Name without blanks and case, so that 山田 太郎 cannot approve what 山田太郎 proposed."""
    return "".join(name.split()).casefold()


def stamp(at: datetime) -> str:
    """Moment as stored: UTC, ISO 8601, whole seconds.

    Raises:
        DefinitionError: ``at`` has no time zone.
    """
    if at.tzinfo is None:
        raise DefinitionError("ledger", expected="a moment with its time zone", found="a naive one")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def canonical(content: object) -> str:
    """Canonical JSON: keys sorted, no blanks, no escapes beyond those JSON demands."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def seal(row: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over every column of a row except ``hash``; ``previous_hash`` ties it to the row before."""
    content = canonical({name: value for name, value in row.items() if name != "hash"})
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
