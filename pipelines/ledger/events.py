"""What may be written into the ledger, and how a row is sealed into the chain."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

import polars as pl

from char_mapping.errors import DefinitionError, IkouError

Kind = Literal[
    "accept_as_is", "adopt_candidate", "replace_with", "map_value", "not_duplicate", "link_to", "send_back", "waive",
    "identify_glyph", "renumber", "undo",
]
Scope = Literal["record", "value", "pattern"]

KINDS: dict[str, str] = {
    "accept_as_is": "このまま認める",
    "adopt_candidate": "候補を採用",
    "replace_with": "値を指定",
    "map_value": "この値をすべて読み替え",
    "not_duplicate": "別人（重複でない）",
    "link_to": "同一人として紐付け",
    "send_back": "現行で修正（修正依頼）",
    "waive": "期限まで許容",
    "identify_glyph": "外字の同定",
    "renumber": "新しい宛名番号を付ける（種ア）",
    "undo": "取消",
}
"""Kinds of a decision with their labels."""

SCOPES: dict[Scope, str] = {"record": "この1件", "value": "同じ値すべて", "pattern": "型に合う値すべて"}
"""Scopes with their labels, in order of precedence: a narrower one overrides a wider one."""

_SCOPES_OF: dict[str, tuple[Scope, ...]] = {
    "accept_as_is": ("record", "value", "pattern"),
    "adopt_candidate": ("record", "value", "pattern"),
    "replace_with": ("record",),
    "map_value": ("value",),
    "not_duplicate": ("record",),
    "link_to": ("record",),
    "send_back": ("record", "value", "pattern"),
    "waive": ("record", "value", "pattern"),
    "identify_glyph": ("value",),
    "renumber": ("value",),
    "undo": ("record", "value", "pattern"),
}

CHANGES_VALUE = frozenset({"adopt_candidate", "replace_with", "map_value"})
"""Kinds that change a value on the way; never for certified items (住民票記載事項), where send_back is the request."""

CLOSING = CHANGES_VALUE | {"accept_as_is", "not_duplicate", "link_to", "waive"}
"""Kinds after which an issue no longer holds a value back."""

DUPLICATES = "DUP-"
"""Rules on people, corporations and households that stand twice: what is decided on them links, it writes no number."""

TWO_PERSONS = "DUP-001"
"""One number on two persons (種ア): they are two, so neither a link nor 別人 settles it."""

EVERY_VALUE = "^(?s:.*)$"
"""Pattern of a decision on all issues of a rule and item: the policy that a department sets once."""

FIRST_HASH = "0" * 64

_GLYPH_KEYS = {"source", "code"}
_NUMBER_KEYS = {"number", "areas"}
_CODE = re.compile(r"[0-9A-F]{2,8}\Z")
_LINK = re.compile(r"[^>\s]+>[^>\s]+\Z")

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
    """起案: what somebody proposes to do about one issue, one value or a pattern of values.

    Attributes:
        rule_id: Rule of the issue.
        rule_version: Its version when the issue was seen; another version later makes the decision stale.
        issue_id: The issue (selector of the record scope); "" for the other scopes.
        value_hash: Hash of the offending values when the issue was seen; "" for the other scopes.
        kind: One of ``KINDS``.
        proposer: Name or account of the drafter.
        reason: Why; never empty.
        value: New value of adopt_candidate, replace_with, map_value and (as the wished correction) send_back;
            ``元の宛名番号>先の宛名番号`` of link_to; character or MJ/GJ name of identify_glyph; new 宛名番号 of
            renumber. adopt_candidate
            without a value takes each issue's own candidate.
        certified: The item is a 住民票記載事項.
        evidence: What was looked at.
        expires: Last day on which the decision holds.
        supersedes: Decision that this one replaces or, with kind ``undo``, ends.
        generation: Export generation whose work list was answered.
        scope: ``record`` (selector {issue_id}), ``value`` ({item, value} and optional area, group; for
            identify_glyph {source, code}, for renumber {number, areas}: the number two people hold, and the 業務IDs,
            parted by blanks, whose rows follow the 住登外 person) or ``pattern`` ({item, pattern} and optional area,
            group).
        selector: Keys as above; empty for the record scope. ``item`` is without its occurrence; ``pattern`` is an
            anchored regular expression in RE2 syntax over the whole value.
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
    scope: Scope = "record"
    selector: Mapping[str, str] = field(default_factory=dict)

    @property
    def selects(self) -> str:
        """The selector as stored (canonical JSON)."""
        return canonical({"issue_id": self.issue_id} if self.scope == "record" else dict(self.selector))

    def check(self) -> None:
        """Refuse what the ledger never takes.

        Raises:
            DefinitionError: Unknown kind or scope, a scope the kind does not have, a selector that is not one, a value
                change of a certified item, a missing value, reason or proposer.
        """
        where = f"decision on issue {self.issue_id}" if self.scope == "record" else f"decision on a {self.scope}"
        if self.kind not in KINDS:
            raise DefinitionError(where, expected=" | ".join(KINDS), found=f"kind {self.kind}")
        if self.scope not in _SCOPES_OF[self.kind]:
            raise DefinitionError(
                where, expected=f"scope {' | '.join(_SCOPES_OF[self.kind])} for {self.kind}", found=str(self.scope)
            )
        self._check_selector(where)
        if self.certified and self.kind in CHANGES_VALUE:
            raise DefinitionError(
                where, expected="send_back (修正依頼), accept_as_is or waive on a certified item (住民票記載事項)",
                found=self.kind, todo="Ask for the correction in the present system instead.",
            )
        if self.rule_id.startswith(DUPLICATES) and self.kind in CHANGES_VALUE:
            raise DefinitionError(
                where, expected="link_to, not_duplicate, renumber, accept_as_is, send_back or waive on a duplicate",
                found=self.kind, todo="Link the two numbers: no number is ever written over.",
            )
        if self.rule_id == TWO_PERSONS and self.kind in {"link_to", "not_duplicate"}:
            raise DefinitionError(
                where, expected="renumber, send_back, accept_as_is or waive on one number on two persons",
                found=self.kind, todo="Give the 住登外 side a new number (ikou issues renumber).",
            )
        # Beyond one record each issue has a candidate of its own.
        valued = self.kind in {"replace_with", "map_value", "identify_glyph", "renumber"} or (
            self.kind == "adopt_candidate" and self.scope == "record"
        )
        if valued and not (self.value or (self.value == "" and self.kind in CHANGES_VALUE)):
            raise DefinitionError(where, expected=f"a value for {self.kind}", found="none")
        if self.kind == "link_to" and not _LINK.match(self.value or ""):
            raise DefinitionError(where, expected="名寄せ元の宛名番号>名寄せ先の宛名番号", found="another value")
        if self.kind == "undo" and not self.supersedes:
            raise DefinitionError(where, expected="the decision that is undone", found="none")
        if not same_person_key(self.proposer):
            raise DefinitionError(where, expected="the name of the proposer (起案者)", found="nothing")
        if not self.reason.strip():
            raise DefinitionError(where, expected="a reason (理由)", found="nothing")

    def _check_selector(self, where: str) -> None:
        keys = set(self.selector)
        if self.scope == "record":
            if keys or not self.issue_id:
                raise DefinitionError(where, expected="an issue_id and no other selector", found=str(sorted(keys)))
            return
        if self.issue_id:
            raise DefinitionError(where, expected="a selector without issue_id", found="an issue_id")
        glyph = self.kind == "identify_glyph" or (self.kind == "undo" and keys == _GLYPH_KEYS)
        numbered = self.kind == "renumber" or (self.kind == "undo" and keys == _NUMBER_KEYS)
        named = _GLYPH_KEYS if glyph else _NUMBER_KEYS if numbered else {"item", self.scope}
        if not named <= keys or keys - named - (set() if glyph or numbered else {"area", "group"}):
            raise DefinitionError(
                where, expected="selector " + ", ".join(sorted(named)), found=", ".join(sorted(keys)) or "none"
            )
        if numbered and (not self.selector["number"] or "001" in self.selector["areas"].split()):
            raise DefinitionError(
                where, expected="a number, and areas of the 住登外 side: a 住民 is never renumbered",
                found="no number, or area 001",
            )
        if glyph and not (self.selector["source"] and _CODE.match(self.selector["code"])):
            raise DefinitionError(where, expected="a source and a code in capital hex digits", found="another selector")
        if self.scope == "pattern":
            _check_pattern(where, self.selector["pattern"])


def _check_pattern(where: str, pattern: str) -> None:
    if not (pattern.startswith("^") and pattern.endswith("$") and not pattern.endswith("\\$")):
        raise DefinitionError(
            where, expected="a pattern anchored with ^ and $", found="one that could match in the middle of a value",
            todo="Write ^ in front and $ behind.",
        )
    try:
        # A pattern such as ^a|b$ is anchored at one end only in each branch: it is tried as it is applied.
        pl.Series([""]).str.contains(anchored(pattern))
    except pl.exceptions.ComputeError:
        raise DefinitionError(
            where, expected="a regular expression in RE2 syntax", found="one that does not parse",
            todo="RE2 has neither look-around nor back references.",
        ) from None


def anchored(pattern: str) -> str:
    """The pattern as it is applied: every branch of it has to match the whole value."""
    return f"\\A(?:{pattern})\\z"


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
    """A finished run, a release, a delta or an erasure, so that ``verify`` can hold a manifest against the chain.

    ``sha256`` is that of manifest.json (run), release.json (release), delta.json (delta, ``run_id`` is then
    ``<from>..<to>``) or of the 削除証明 (erasure, ``run_id`` is then the generation).
    """

    event: Literal["run", "release", "delta", "erasure"]
    run_id: str
    sha256: str
    actor: str
    generation: str = ""
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who works on an issue or on a kind of issues, until when, and how far they are.

    Attributes:
        selector: {issue_id}, or {rule, area} and optional group, item for a kind.
        owner: Account of the person in charge; "" takes the assignment back.
        actor: Who assigned it.
        due: Day the answer is due.
        state: One of ``WORK_STATES``.
        note: A remark for the person in charge; no value of a resident.
    """

    selector: Mapping[str, str]
    owner: str
    actor: str
    due: date | None = None
    state: str = "未着手"
    note: str = ""

    def check(self) -> None:
        """Refuse an assignment of nothing, by nobody, or in a state that there is not.

        Raises:
            DefinitionError: As said.
        """
        keys = set(self.selector)
        if keys != {"issue_id"} and not ({"rule", "area"} <= keys <= {"rule", "area", "group", "item"}):
            raise DefinitionError("assignment", expected="selector issue_id, or rule and area", found=str(sorted(keys)))
        if self.state not in WORK_STATES:
            raise DefinitionError("assignment", expected=" | ".join(WORK_STATES), found="another state")
        if not same_person_key(self.actor):
            raise DefinitionError("assignment", expected="who assigns", found="nobody")


WORK_STATES = ("未着手", "調査中", "照会中", "回答済")
"""How far the person in charge is; the decision itself says when an issue is settled."""


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
