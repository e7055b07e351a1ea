"""One issue: before, candidate, bytes, record, history, the same value elsewhere; pairs of people; the answer."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import RedirectResponse

from char_mapping.errors import DefinitionError
from pipelines.ledger import Proposal
from pipelines.ledger.decision_states import STALE
from pipelines.reports.disclosure import disclose
from pipelines.review.decision_forms import (
    Form,
    Refused,
    answers_to,
    describe,
    in_japanese,
    proposal_on,
    reach_of,
)
from pipelines.review.issue_store import IssueStore
from pipelines.review.pair import compare_people
from pipelines.review.queue_pages import asked_for
from pipelines.review.visit import Asking, Forbidden, Posting, Visit
from pipelines.runs.folder import completed_runs

router = APIRouter()

DUPLICATES = ("DUP-",)
"""Rules whose pairs are people that may be one; other pairs (households, rows) are answered like single issues."""

_MASKED = ("number", "household", "name", "before", "candidate", "evidence", "town", "raw", "proposed", "raw_before")


def is_duplicate(issue: dict[str, Any]) -> bool:
    """Whether an issue asks if people are one."""
    return bool(issue["pair"]) and str(issue["rule_id"]).startswith(DUPLICATES)


def opened(visit: Visit, issue_id: str, *, sheltered: bool) -> tuple[IssueStore, dict[str, Any]]:
    """The store and an issue as this person may see it; the view is logged.

    Raises:
        Forbidden: Another 主管課's area, or the queue of 支援措置 without being in charge of it.
    """
    store = visit.desk.store()
    if sheltered and not visit.account.shelter:
        raise Forbidden("支援措置の一覧は、その担当の方だけが見られます。")
    issue = store.shown(issue_id, plain=sheltered)
    if issue is None:
        raise HTTPException(404)
    if not visit.account.may_see(issue["area_id"]):
        raise Forbidden("ほかの主管課の業務です。")
    if not visit.account.sees_values:
        issue |= dict.fromkeys(_MASKED, "")
        issue["raw"] = None
    return store, issue


@router.get("/issue/{issue_id}")
def issue_page(visit: Asking, issue_id: str) -> Response:
    """The page of one issue; a pair of people stands side by side."""
    return _page(visit, issue_id)


def _page(
    visit: Visit, issue_id: str, *, refused: str = "", form: Form | None = None, status: int = 200
) -> Response:
    wanted, query = asked_for(visit)
    sheltered = wanted.sheltered
    store, issue = opened(visit, issue_id, sheltered=sheltered)
    visit.log("指摘の表示", target=issue_id, rows=1, shelter=sheltered and bool(issue["protected"]))
    earlier, later = store.neighbours(wanted, issue["n"])
    plain = visit.account.sees_values
    duplicate = is_duplicate(issue)
    history = [
        row | {"on": describe(row), "value": row["value"] if plain else "", "reason": row["reason"] if
               visit.account.role in ("department", "office") else ""}
        for row in _disclosed_history(store.decided.on_issue(issue_id), issue, sheltered=sheltered).to_dicts()
    ]
    members = store.around.members(issue_id) if issue["pair"] and plain else []
    return visit.page(
        "pair.html" if duplicate else "issue.html", status, issue=issue, query=query, earlier=earlier, later=later,
        rule=store.run.rules.get(issue["rule_id"], {}), history=history,
        same=store.around.same_value(issue, issue["raw_before"]) if plain and issue["raw_before"] else [],
        record=store.around.record(issue, plain=sheltered) if plain else [],
        household=store.around.household(issue["household"], issue["area_id"]) if plain else [],
        runs=_earlier_runs(visit, store, issue), duplicate=duplicate,
        people=compare_people(members, plain=sheltered, proposed=str(issue["proposed"] or "")), members=members,
        cluster=[c for c in store.around.cluster(issue_id) if visit.account.may_see(c["area_id"])]
        if issue["pair"] else [],
        answers=answers_to(issue, duplicate=duplicate) if visit.account.decides else (),
        evidence=_evidence(issue["evidence"]), refused=refused, form=form or Form("", ""), sheltered=sheltered,
        colleagues=[a for a in visit.desk.accounts.all() if a.role == "department" and a.may_see(issue["area_id"])],
    )


def _disclosed_history(rows: pl.DataFrame, issue: dict[str, Any], *, sheltered: bool) -> pl.DataFrame:
    told = rows.with_columns(
        item_path=pl.lit(issue["item_path"]), meaning=pl.lit(issue["meaning"]),
        protected=pl.lit(bool(issue["protected"]) and not sheltered),
    )
    return disclose(told, ("value",)) if told.height else told


def _evidence(text: str | None) -> list[tuple[str, str]]:
    """Evidence as lines: (mark, text). A rule may write JSON (key → what it found) or text."""
    if not text:
        return []
    text, against, counter = text.partition("／反証: ")
    if against:
        return [*_evidence(text), *(("反証", part) for part in counter.split("・"))]
    try:
        told = json.loads(text)
    except ValueError:
        lines = [part.strip() for part in text.replace("；", "\n").split("\n") if part.strip()]
        return [(STALE if part.startswith("判断") and STALE in part else "", part) for part in lines]
    if isinstance(told, dict):
        return [(str(key), "、".join(map(str, value)) if isinstance(value, list) else str(value))
                for key, value in told.items()]
    return [("", str(part)) for part in (told if isinstance(told, list) else [told])]


def _earlier_runs(visit: Visit, store: IssueStore, issue: dict[str, Any]) -> list[tuple[str, str]]:
    """What the last runs before this one said of the issue: (run, 同じ値 / 値が違う / なし)."""
    told = []
    folders = [f for f in completed_runs(visit.desk.data_dir) if f.name < store.run.folder.name][-4:]
    for folder in reversed(folders):
        path = folder / "issues" / f"{issue['area_id']}.parquet"
        found = (
            pl.scan_parquet(path).filter(pl.col("issue_id") == issue["issue_id"]).select("value_hash").collect()
            if path.is_file() else pl.DataFrame()
        )
        if found.height:
            told.append((folder.name, "同じ値" if found.item(0, 0) == issue["value_hash"] else "値が違う"))
        else:
            told.append((folder.name, "なし"))
    return told


def _form_of(visit: Visit) -> Form:
    kind = visit.text("kind")
    value = visit.text("link") if kind == "link_to" else visit.text("value")
    return Form(
        kind, visit.text("reason"), visit.text("scope") or "record", value, visit.text("pattern"),
        visit.text("evidence"), visit.text("expires"), visit.text("everywhere") == "1",
    )


def _proposed(visit: Visit, issue_id: str, form: Form) -> tuple[IssueStore, dict[str, Any], Proposal, pl.DataFrame]:
    visit.only("department")
    store, issue = opened(visit, issue_id, sheltered=visit.text("shelter") == "1")
    decisions = visit.desk.ledger.decisions_on([issue_id])
    said = proposal_on(
        issue, form, visit.account, generation=str(store.run.statistics.get("generation") or ""), decisions=decisions,
        duplicate=is_duplicate(issue),
    )
    if said.kind == "link_to":
        _check_link(said.value or "", store.around.members(issue_id))
    if form.everywhere and set(visit.desk.areas) - set(visit.account.areas):
        raise Refused("ほかの主管課の業務も含むので、業務とグループを限ってください。")
    return store, issue, said, decisions


def _check_link(value: str, members: list[dict[str, Any]]) -> None:
    """Refuse a link of other numbers, and one that would take a 住民 or 除票 to a number of 住登外."""
    number, _, target = value.partition(">")
    areas = {str(m["number"]): m["areas"] for m in members}
    if number == target or not {number, target} <= set(areas):
        raise Refused("この組の宛名番号から選んでください。")
    if "001" in areas[number] and "001" not in areas[target]:
        raise Refused("住民・除票の番号を住登外の番号へは紐付けられません（住民、除票、住登外の順に残します）。")


@router.post("/issue/{issue_id}/preview")
def preview_wide(visit: Posting, issue_id: str) -> Response:
    """What a decision on a value or pattern would touch."""
    form = _form_of(visit)
    try:
        store, issue, said, decisions = _proposed(visit, issue_id, form)
    except Refused as refused:
        return visit.page("reach.html", refused=str(refused), reach=None)
    reach = reach_of(said, store.of_rule_and_item(said.rule_id, issue["item"]), decisions)
    sample = disclose(
        reach.sample.with_columns(pl.col("protected") & ~pl.lit(visit.text("shelter") == "1")), ("before", "candidate")
    )
    return visit.page("reach.html", refused="", reach=reach, sample=sample.to_dicts(), said=said, form=form,
                      issue=issue, on=describe({"scope": said.scope, "selector": said.selects}))


@router.post("/issue/{issue_id}/decide")
def decide(visit: Posting, issue_id: str) -> Response:
    """Propose an answer and go on to the next issue of the queue."""
    form = _form_of(visit)
    try:
        store, issue, said, decisions = _proposed(visit, issue_id, form)
        if said.scope != "record":
            reach = reach_of(said, store.of_rule_and_item(said.rule_id, issue["item"]), decisions)
            if reach.clashes:
                others = "、".join(reach.clashes)
                raise Refused(f"同じ値を決めている判断があります（{others}）。先に取り消してください。")
            if reach.forbidden:
                raise Refused("住民票記載事項が含まれるため、移行側で書き換える方針にはできません。")
            if str(reach.touched) != visit.text("touched"):
                raise Refused("対象の件数が確認したときと違います。もう一度「対象を確かめる」を押してください。")
        (id_,) = visit.desk.ledger.propose([said], at=visit.desk.clock())
    except Refused as refused:
        return _page(visit, issue_id, refused=str(refused), form=form, status=400)
    except DefinitionError as error:
        return _page(visit, issue_id, refused=in_japanese(error), form=form, status=409)
    visit.log("起案", target=f"{id_} {issue_id}", rows=1)
    wanted, query = asked_for(visit)
    _, later = visit.desk.store().neighbours(wanted, issue["n"])
    told = f"told={id_}"
    back = f"{query}&{told}" if query else told
    return RedirectResponse(f"/issue/{later}?{back}" if later else f"/queue?{back}", 303)

