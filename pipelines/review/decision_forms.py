"""From a form to a proposal: which answers an issue can be given, and what they would change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

import polars as pl

from char_mapping.errors import DefinitionError, IkouError
from pipelines.ledger import Proposal, preview
from pipelines.ledger.events import CHANGES_VALUE, DUPLICATES, EVERY_VALUE, KINDS, SCOPES, Kind, Scope
from pipelines.review.accounts import Account

MOST_AT_ONCE = 5_000
"""Issues that one bulk decision takes; beyond them a policy on the value or the pattern is the right answer."""

_SAMPLE = 12

TWINS = "DUP-006"
"""Shown so that nobody links them."""


class Refused(IkouError):
    """An answer that cannot be taken, said to the steward in Japanese and without a value."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One choice of the form.

    Attributes:
        kind: Decision it becomes.
        label: As the steward reads it.
        hint: What it means for the migrated data.
        value: What the value field is for: "" none, ``value``, ``wish`` (optional) or ``link``.
        expires: Asks for a day.
        scopes: Scopes offered.
    """

    kind: Kind
    label: str
    hint: str
    value: str = ""
    expires: bool = False
    scopes: tuple[Scope, ...] = ("record",)


_ALL: tuple[Scope, ...] = ("record", "value", "pattern")

_ADOPT = Answer("adopt_candidate", "候補を採用する", "次の移行から候補の値になります。", scopes=_ALL)
_REPLACE = Answer(
    "replace_with", "別の値にする", "次の移行から入力した値になります。", "value", scopes=("record", "value")
)
_ACCEPT = Answer("accept_as_is", "このままでよい", "値は変えずに移します。", scopes=_ALL)
_SEND_BACK = Answer(
    "send_back", "現行で直す（修正依頼）", "移行側では変えません。次の抽出で直ったかを確かめます。", "wish", scopes=_ALL
)
_WAIVE = Answer("waive", "期限まで許容する", "期限までこのまま移します。", expires=True, scopes=_ALL)
_LINK = Answer(
    "link_to", "同一人として紐付ける",
    "次の移行から住登外の行に名寄せ元フラグと名寄せ先宛名番号を書きます。番号は振り替えず、取り消せます。", "link",
)
_SAME = Answer("accept_as_is", "同じ人である（このままでよい）", "番号はこのまま移します。")
_APART = Answer("not_duplicate", "別人（重複でない）", "候補から外し、次からはお尋ねしません。")


def answers_to(issue: Mapping[str, Any], *, duplicate: bool) -> tuple[Answer, ...]:
    """The answers an issue can be given; a 住民票記載事項 is never written by the migration."""
    if duplicate and len({member.split("/")[0] for member in str(issue["subject"]).split("|")}) == 1:
        # One number on two people (種ア): there is nothing to link, the number itself has to be put right.
        return (_SEND_BACK, _SAME, _WAIVE)
    if duplicate and issue["rule_id"] == TWINS:
        return (_APART, _SEND_BACK, _WAIVE)
    if duplicate:
        return (_LINK, _APART, _SEND_BACK, _WAIVE)
    if issue["certified"]:
        return (_SEND_BACK, _ACCEPT, _WAIVE)
    adopt = (_ADOPT,) if issue.get("proposed") else ()
    write = (_REPLACE,) if issue["item"] and issue["record_no"] is not None else ()
    return (*adopt, *write, _ACCEPT, _SEND_BACK, _WAIVE)


@dataclass(frozen=True, slots=True)
class Form:
    """What was filled in, as text."""

    kind: str
    reason: str
    scope: str = "record"
    value: str = ""
    pattern: str = ""
    evidence: str = ""
    expires: str = ""
    everywhere: bool = False


def read_day(text: str) -> date | None:
    """A day of a date field; None when it is empty.

    Raises:
        Refused: It is no day.
    """
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused("期限は 2026-05-29 のように記入してください。") from None


def proposal_on(
    issue: Mapping[str, Any], form: Form, account: Account, *, generation: str, decisions: pl.DataFrame,
    duplicate: bool = False,
) -> Proposal:
    """The proposal that a form on one issue makes, superseding what is live on the same thing.

    Args:
        issue: As ``IssueStore.shown`` gives it.
        form: The form.
        account: Who proposes.
        generation: Generation of the run that is looked at.
        decisions: Decisions on this issue and all of wider scope.
        duplicate: The issue is a pair or cluster of people.

    Raises:
        Refused: The answer is not offered for this issue, or something is missing.
    """
    answer = next((a for a in answers_to(issue, duplicate=duplicate) if a.kind == form.kind), None)
    if answer is None:
        raise Refused("この項目では選べない回答です。" if form.kind in KINDS else "回答を選んでください。")
    if form.scope not in answer.scopes:
        raise Refused("この回答は、選んだ範囲では使えません。")
    if not form.reason.strip():
        raise Refused("根拠を記入してください。")
    expires = read_day(form.expires)
    if answer.expires and expires is None:
        raise Refused("いつまで許容するかを記入してください。")
    value: str | None = form.value or None
    if answer.value == "value" and value is None:
        raise Refused("新しい値を記入してください。")
    if answer.kind == "adopt_candidate":
        value = issue["proposed"] if form.scope == "record" else None
    elif not answer.value:
        value = None
    scope = next(s for s in answer.scopes if s == form.scope)
    kind: Kind = "map_value" if answer.kind == "replace_with" and scope == "value" else answer.kind
    said = Proposal(
        rule_id=issue["rule_id"], rule_version=int(issue["rule_version"]),
        issue_id=issue["issue_id"] if scope == "record" else "",
        value_hash=issue["value_hash"] if scope == "record" else "", kind=kind, proposer=account.login,
        reason=form.reason.strip(), value=value, certified=bool(issue["certified"]), evidence=form.evidence.strip(),
        expires=expires, generation=generation, scope=scope, selector=_selector(issue, form),
    )
    said = _superseding(said, decisions)
    try:
        said.check()
    except DefinitionError as error:
        raise Refused(in_japanese(error)) from None
    return said


def _selector(issue: Mapping[str, Any], form: Form) -> dict[str, str]:
    if form.scope == "record":
        return {}
    place = {} if form.everywhere else {"area": str(issue["area_id"]), "group": str(issue["group_id"])}
    if form.scope == "value":
        if issue["raw_before"] is None:
            raise Refused("値が空のものは「型に合う値すべて」で決めてください。")
        return {**place, "item": str(issue["item"]), "value": str(issue["raw_before"])}
    return {**place, "item": str(issue["item"]), "pattern": form.pattern.strip() or EVERY_VALUE}


def _superseding(said: Proposal, decisions: pl.DataFrame) -> Proposal:
    live = decisions.filter(
        pl.col("state").is_in(["proposed", "approved"]) & (pl.col("selector") == said.selects)
        & ((pl.col("scope") == "record") | (pl.col("rule_id") == said.rule_id))
    ).sort("id")
    return replace(said, supersedes=live["id"][-1]) if live.height else said


def undo_of(decision: Mapping[str, Any], account: Account, reason: str, generation: str) -> Proposal:
    """The proposal that takes a decision back.

    Raises:
        Refused: No reason, or the decision is not live.
    """
    if not reason.strip():
        raise Refused("取り消す理由を記入してください。")
    if decision["state"] not in ("proposed", "approved"):
        raise Refused("この判断は、もう効いていません。")
    selector = json.loads(decision["selector"])
    record = decision["scope"] == "record"
    return Proposal(
        rule_id=decision["rule_id"], rule_version=int(decision["rule_version"]),
        issue_id=selector["issue_id"] if record else "", value_hash=decision.get("value_hash") or "", kind="undo",
        proposer=account.login, reason=reason.strip(), supersedes=decision["id"], generation=generation,
        scope=decision["scope"], selector={} if record else selector,
    )


def as_proposal(decision: Mapping[str, Any]) -> Proposal:
    """The proposal that a wide decision once was, for another look at what it reaches."""
    return Proposal(
        decision["rule_id"], int(decision["rule_version"]), "", "", decision["kind"], decision["proposer"],
        decision["reason"], value=decision["value"], supersedes=decision["supersedes"], scope=decision["scope"],
        selector=json.loads(decision["selector"]),
    )


@dataclass(frozen=True, slots=True)
class Bulk:
    """What one answer to many issues comes to, before it is proposed.

    ``taken`` are proposals; ``left`` counts the issues left out by reason; ``sample`` shows some of the changes.
    """

    taken: tuple[Proposal, ...]
    left: Mapping[str, int]
    sample: pl.DataFrame
    people: int


def bulk_of(
    issues: pl.DataFrame, form: Form, account: Account, *, generation: str, live: Mapping[str, Mapping[str, Any]]
) -> Bulk:
    """One answer to each of many issues.

    Args:
        issues: As ``IssueStore.matchable`` gives them.
        form: The form; its scope is record.
        account: Who proposes.
        generation: Generation of the run.
        live: issue_id → the decision that is live on it now.

    Raises:
        Refused: Too many issues, an answer that cannot be given to many, or something is missing.
    """
    if form.kind not in ("adopt_candidate", "accept_as_is", "send_back", "waive"):
        raise Refused("まとめて選べる回答は、候補の採用・このままでよい・修正依頼・許容です。")
    if issues.height > MOST_AT_ONCE:
        raise Refused(f"一度に{MOST_AT_ONCE:,}件までです。条件で絞るか、型に合う値すべての方針として決めてください。")
    if not form.reason.strip():
        raise Refused("根拠を記入してください。")
    expires = read_day(form.expires)
    if form.kind == "waive" and expires is None:
        raise Refused("いつまで許容するかを記入してください。")
    taken, left, kept = [], dict[str, int](), list[int]()
    for number, row in enumerate(issues.iter_rows(named=True)):
        there = live.get(row["issue_id"])
        why = ""
        if row["certified"] and form.kind in CHANGES_VALUE:
            why = "住民票記載事項のため、移行側では書き換えません"
        elif form.kind == "adopt_candidate" and str(row["rule_id"]).startswith(DUPLICATES):
            why = "重複の組は、1件ずつ紐付けるか別人とするかを判断します"
        elif form.kind == "adopt_candidate" and not row["candidate"]:
            why = "候補がありません"
        elif there is not None and there["state"] == "approved":
            why = "承認済みの判断があります（変えるときは1件ずつ）"
        if why:
            left[why] = left.get(why, 0) + 1
            continue
        kept.append(number)
        taken.append(Proposal(
            rule_id=row["rule_id"], rule_version=int(row["rule_version"]), issue_id=row["issue_id"],
            value_hash=row["value_hash"], kind=cast(Kind, form.kind), proposer=account.login,
            reason=form.reason.strip(),
            value=row["candidate"] if form.kind in ("adopt_candidate", "send_back") else None,
            certified=bool(row["certified"]), evidence=form.evidence.strip(), expires=expires, generation=generation,
            supersedes=there["id"] if there is not None else None,
        ))
    chosen = issues[kept]
    return Bulk(tuple(taken), left, chosen.head(_SAMPLE), chosen["number"].n_unique() if chosen.height else 0)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a decision on a value or pattern would touch."""

    touched: int
    people: int
    areas: Sequence[tuple[str, int]]
    overruled: int
    clashes: Sequence[str]
    forbidden: int
    without_candidate: int
    sample: pl.DataFrame


def reach_of(said: Proposal, issues: pl.DataFrame, decisions: pl.DataFrame) -> Reach:
    """Preview of a wide decision over the issues of its rule and item."""
    rows = preview(said, issues, decisions)
    lacking = rows.filter(pl.col("candidate").fill_null("") == "").height if said.kind == "adopt_candidate" else 0
    areas = rows.group_by("area_id").len().sort("area_id")
    return Reach(
        rows.height, rows["number"].n_unique() if rows.height else 0, list(areas.iter_rows()),
        rows["overruled_by"].drop_nulls().len(), sorted(rows["clashes_with"].drop_nulls().unique().to_list()),
        int(rows["forbidden"].sum() or 0), lacking, rows.head(_SAMPLE),
    )


def describe(decision: Mapping[str, Any]) -> str:
    """What a decision is on, in Japanese; the value of a value decision is left to the page."""
    selector = json.loads(decision["selector"])
    if decision["scope"] == "record":
        return SCOPES["record"]
    if "code" in selector:
        return f"外字 {selector['source']} {selector['code']}"
    if "number" in selector:
        return f"同じ番号を持つ別人（業務 {selector['areas']}）"
    place = "／".join(selector[key] for key in ("area", "group") if selector.get(key))
    what = selector["item"] or "（項目なし）"
    if decision["scope"] == "value":
        return f"{what}の同じ値すべて" + (f"（{place}）" if place else "（全業務）")
    shown = "すべての値" if selector["pattern"] == EVERY_VALUE else f"型 {selector['pattern']}"
    return f"{what}の{shown}" + (f"（{place}）" if place else "（全業務）")


def in_japanese(error: DefinitionError) -> str:
    """What the ledger refused, said to a steward."""
    text = str(error)
    if "anchored" in text:
        return "型は ^ で始まり $ で終わるように記入してください。"
    if "regular expression" in text:
        return "型の書き方が正しくありません（RE2 の正規表現）。"
    if "宛名番号" in text:
        return "名寄せ元と名寄せ先の宛名番号を選んでください。"
    if "second live" in text or "supersedes" in text or "live decision" in text:
        return "ほかの方が先に判断しました。画面を読み直してください。"
    if "waits for approval" in text:
        return "すでに処理された判断です。画面を読み直してください。"
    if "not the proposer" in text:
        return "起案した方は承認できません（起案者と承認者は別人）。"
    return "この判断は台帳が受け付けません。内容を確かめてください。"
