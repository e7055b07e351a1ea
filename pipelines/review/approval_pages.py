"""The second person: what waits for approval, every decision ever made, and taking one back."""

from __future__ import annotations

from typing import Any

import polars as pl
from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from char_mapping.errors import DefinitionError
from pipelines.ledger import Approval
from pipelines.ledger.events import KINDS, same_person_key
from pipelines.reports.disclosure import disclose
from pipelines.review.decision_forms import Reach, Refused, as_proposal, describe, in_japanese, reach_of, undo_of
from pipelines.review.lists import MOST_ROWS, workbook
from pipelines.review.visit import Asking, Forbidden, Posting, Visit

router = APIRouter()

PAGE = 50


def _areas(visit: Visit) -> tuple[str, ...] | None:
    return visit.account.areas if visit.account.role == "department" else None


def _shown(visit: Visit, rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Decisions as the person may see them."""
    plain = visit.account.sees_values
    told = rows.with_columns(
        item_path=pl.col("item").fill_null(pl.col("selector").str.json_path_match("$.item")).fill_null(""),
        meaning=pl.col("meaning").fill_null(""),
        # A wide decision on an address may hold that of somebody under 支援措置; values of one record tell their own.
        protected=pl.col("protected").fill_null(False),
    )
    told = disclose(told, ("value",)) if told.height else told
    rules = visit.desk.store().run.rules
    out = []
    for row in told.iter_rows(named=True):
        glyph = row["kind"] == "identify_glyph"
        seen = plain or glyph
        out.append(row | {
            "on": describe(row), "kind_label": KINDS[row["kind"]], "rule": rules.get(row["rule_id"], {}),
            "value": (row["value"] or "") if seen else "", "name": row["name"] if plain else "",
            "number": row["number"] if plain else "",
            "reason": row["reason"] if visit.account.role in ("department", "office") else "",
            "mine": same_person_key(row["proposer"]) == same_person_key(visit.account.login),
        })
    return out


@router.get("/approvals")
def approvals(visit: Asking, page: int = 1, told: int = 0) -> Response:
    """Proposals that wait, those of one's own without a button."""
    if not visit.account.approves:
        raise Forbidden("承認は主管課と事務局の役割です。")
    rows = visit.desk.store().decided.decisions(
        states=["proposed"], areas=_areas(visit), offset=(max(1, page) - 1) * PAGE, limit=PAGE
    )
    visit.log("承認待ちの表示", rows=rows.height)
    total = int(rows["total"][0]) if rows.height else 0
    return visit.page("approvals.html", rows=_shown(visit, rows), total=total, page=page, refused="", told=told,
                      pages=max(1, -(-total // PAGE)))


@router.post("/approvals")
def approve(visit: Posting) -> Response:
    """Approve or reject what was selected; the 事務局 only records a 決裁番号."""
    if not visit.account.approves:
        raise Forbidden("承認は主管課と事務局の役割です。")
    ids, reject = visit.texts("decision"), visit.text("verdict") == "reject"
    reason, reference = visit.text("reason").strip(), visit.text("reference").strip()
    store = visit.desk.store()
    rows = store.decided.decisions(states=["proposed"], areas=_areas(visit), ids=ids, limit=MOST_ROWS)
    refused = ""
    if not ids:
        refused = "承認する行を選んでください。"
    elif rows.height != len(set(ids)):
        refused = "すでに処理された判断か、担当でない業務の判断が含まれています。読み直してください。"
    elif visit.account.role == "office" and not reference:
        refused = "事務局は、主管課の決裁番号を記入したときだけ登録できます。"
    elif not reason and not reference:
        refused = "理由または決裁番号を記入してください。"
    elif any(same_person_key(p) == same_person_key(visit.account.login) for p in rows["proposer"]):
        refused = "起案した方は承認できません（起案者と承認者は別人）。"
    elif not reject:
        refused = _clash(visit, rows)
    if not refused:
        try:
            visit.desk.ledger.decide(
                [Approval(id_, visit.account.login, reason, reference, approved=not reject) for id_ in rows["id"]],
                at=visit.desk.clock(),
            )
        except DefinitionError as error:
            refused = in_japanese(error)
    outcome = "拒否" if refused else "可"
    visit.log("却下" if reject else "承認", target=" ".join(ids[:20]), rows=len(ids), outcome=outcome)
    if refused:
        waiting = store.decided.decisions(states=["proposed"], areas=_areas(visit), limit=PAGE)
        total = int(waiting["total"][0]) if waiting.height else 0
        return visit.page("approvals.html", 400, rows=_shown(visit, waiting), total=total, page=1, refused=refused,
                          told=0, pages=max(1, -(-total // PAGE)))
    return RedirectResponse(f"/approvals?told={rows.height}", 303)


def _clash(visit: Visit, rows: pl.DataFrame) -> str:
    """Why a wide decision cannot be approved: another one of its scope is in force on the same issue."""
    wide = rows.filter((pl.col("scope") != "record") & ~pl.col("kind").is_in(["identify_glyph", "renumber", "undo"]))
    for row in wide.iter_rows(named=True):
        told = _reach(visit, row, but=("proposed",))
        if told.clashes:
            return f"{row['id']} は、効いている判断（{'、'.join(told.clashes)}）と同じ値を決めています。"
        if told.forbidden:
            return f"{row['id']} は住民票記載事項を書き換えるため承認できません。"
    return ""


def _reach(visit: Visit, row: dict[str, Any], *, but: tuple[str, ...] = ()) -> Reach:
    """What a waiting wide decision would touch, beside the decisions of other states than ``but``."""
    said = as_proposal(row)
    others = visit.desk.ledger.decisions_on([]).filter((pl.col("id") != row["id"]) & ~pl.col("state").is_in(list(but)))
    return reach_of(said, visit.desk.store().of_rule_and_item(said.rule_id, said.selector["item"]), others)


@router.get("/approvals/reach/{decision_id}")
def reach(visit: Asking, decision_id: str) -> Response:
    """What a waiting wide decision would touch."""
    rows = visit.desk.store().decided.decisions(ids=[decision_id], areas=_areas(visit), limit=1)
    if rows.is_empty() or rows["scope"][0] == "record" or rows["kind"][0] in ("identify_glyph", "renumber"):
        return visit.page("reach.html", refused="対象を確かめられる判断ではありません。", reach=None)
    row = rows.row(0, named=True)
    told = _reach(visit, row)
    sample = disclose(told.sample, ("before", "candidate")).to_dicts() if visit.account.sees_values else []
    return visit.page("reach.html", refused="", reach=told, sample=sample, said=as_proposal(row), form=None,
                      issue=None, on=describe(row))


@router.get("/decisions")
def decisions(visit: Asking, page: int = 1, state: str = "", mine: str = "", told: str = "") -> Response:
    """Every decision, the newest first."""
    states = [state] if state else []
    rows = visit.desk.store().decided.decisions(
        states=states, areas=_areas(visit), proposer=visit.account.login if mine else "",
        offset=(max(1, page) - 1) * PAGE, limit=PAGE,
    )
    visit.log("判断の記録の表示", rows=rows.height)
    total = int(rows["total"][0]) if rows.height else 0
    return visit.page("decisions.html", rows=_shown(visit, rows), total=total, page=page, state=state, mine=mine,
                      told=told, pages=max(1, -(-total // PAGE)))


@router.get("/decisions.xlsx")
def decisions_workbook(visit: Asking, state: str = "") -> Response:
    """Every decision as Excel."""
    rows = visit.desk.store().decided.decisions(states=[state] if state else [], areas=_areas(visit), limit=MOST_ROWS)
    visit.log("判断の記録の書出し（Excel）", rows=rows.height)
    headings = ["判断", "状態", "内容", "対象", "規則", "項目", "値", "根拠", "起案者", "起案", "承認者", "承認",
                "決裁番号", "期限"]
    cells = (
        [r["id"], r["state"], r["kind_label"], r["on"], r["rule_id"], r["item_path"], r["value"], r["reason"],
         r["proposer"], r["at"], r["approver"], r["decided_at"], r["decided_reference"], r["expires"]]
        for r in _shown(visit, rows)
    )
    return Response(workbook("判断の記録", headings, cells), headers={
        "Content-Disposition": 'attachment; filename="ikou-decisions.xlsx"',
    }, media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@router.post("/decisions/{decision_id}/undo")
def undo(visit: Posting, decision_id: str) -> Response:
    """Take a decision back: a waiting one at once, an approved one when somebody else agrees."""
    visit.only("department")
    store = visit.desk.store()
    if store.decided.decisions(ids=[decision_id], areas=visit.account.areas, limit=1).is_empty():
        raise Forbidden("担当でない業務の判断です。")
    row = visit.desk.ledger.decision(decision_id).row(0, named=True)
    try:
        said = undo_of(row, visit.account, visit.text("reason"), str(store.run.statistics.get("generation") or ""))
        (id_,) = visit.desk.ledger.propose([said], at=visit.desk.clock())
    except DefinitionError as error:
        raise Refused(in_japanese(error)) from None
    visit.log("取消の起案", target=f"{id_} {decision_id}", rows=1)
    return RedirectResponse(f"/decisions?told={'undone' if row['state'] == 'proposed' else 'asked'}", 303)
