"""Dashboard, queues with facets, and one answer to many issues."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import polars as pl
from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from char_mapping.errors import DefinitionError
from pipelines.ledger import Assignment
from pipelines.ledger.decision_states import ASK_AGAIN
from pipelines.reports.disclosure import disclose
from pipelines.review import burn_down
from pipelines.review.decision_forms import MOST_AT_ONCE, Bulk, Form, Refused, bulk_of, in_japanese, read_day
from pipelines.review.issue_filter import FACETS, Filter
from pipelines.review.lists import MOST_ROWS, workbook
from pipelines.review.visit import Asking, Forbidden, Posting, Visit
from pipelines.runs.comparison import runs_to_zero

router = APIRouter()

PAGE = 50
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def asked_for(visit: Visit, *, form: bool = False) -> tuple[Filter, str]:
    """The filter of an address (or of the hidden fields of a form) and the same as a query string.

    Without a state the queue shows what has to be decided; ``state=*`` shows all.
    """
    get = visit.texts if form else visit.request.query_params.getlist
    chosen = {name: tuple(value for value in get(name) if value != "—") for name in FACETS}
    blank = {name: ("",) if "—" in get(name) else () for name in FACETS}
    facets = {name: chosen[name] + blank[name] for name in FACETS if chosen[name] + blank[name]}
    pairs = [(name, value or "—") for name, values in facets.items() for value in values]
    if facets.get("state") == ("*",):
        facets.pop("state")
    elif "state" not in facets:
        facets["state"] = ASK_AGAIN
    text = (get("q") or [""])[0]
    sheltered = (get("shelter") or [""])[0] == "1"
    if sheltered and not visit.account.shelter:
        raise Forbidden("支援措置の一覧は、その担当の方だけが見られます。")
    pairs += [("q", text)] if text else []
    pairs += [("shelter", "1")] if sheltered else []
    wanted = visit.desk.seen_by(visit.account, Filter(facets, text, sheltered=sheltered))
    return wanted, urlencode(pairs)


@router.get("/")
def dashboard(visit: Asking) -> Response:
    """Burn-down over the rehearsals; what is open by area, rule, 主管課 and severity."""
    runs = visit.desk.runs()
    if not runs:
        return visit.page("no_run.html")
    store = visit.desk.store()
    seen = visit.desk.seen_by(visit.account)
    tables = {
        name: burn_down.bars(store.counts(name, seen), ASK_AGAIN) for name in ("area", "rule", "owner", "severity")
    }
    states = burn_down.total(store.counts("severity", seen))
    return visit.page(
        "dashboard.html", runs=runs, chart=burn_down.chart(runs), tables=tables, states=states,
        open=sum(states.get(s, 0) for s in ASK_AGAIN), total=sum(states.values()),
        blocking=store.count(_with(seen, state=ASK_AGAIN, blocks=("release", "record", "file"))),
        rules=store.run.rules, statistics=store.run.statistics,
        forecast=runs_to_zero([int(r.statistics.get("issues", {}).get("open", 0)) for r in runs]),
    )


def _with(seen: Filter, **facets: tuple[str, ...]) -> Filter:
    return Filter(facets, "", seen.areas)


@router.get("/queue")
def queue(visit: Asking, page: int = 1) -> Response:
    """The work list with its facets; htmx asks for the list alone."""
    wanted, query = asked_for(visit)
    store = visit.desk.store()
    total = store.count(wanted)
    page = max(1, min(page, max(1, -(-total // PAGE))))
    rows = store.page(wanted, offset=(page - 1) * PAGE, limit=PAGE) if total else pl.DataFrame()
    visit.log("支援措置の一覧の表示" if wanted.sheltered else "一覧の表示", target=f"run {store.run.folder.name}",
              rows=rows.height, shelter=wanted.sheltered and rows.height > 0)
    return visit.page(
        "queue_list.html" if visit.request.headers.get("hx-target") == "list" else "queue.html",
        rows=rows.to_dicts(), total=total, page=page, pages=max(1, -(-total // PAGE)), facets=store.facets(wanted),
        chosen=wanted.facets, labels=FACETS, query=query, text=wanted.text, rules=store.run.rules,
        sheltered=wanted.sheltered, offset=(page - 1) * PAGE,
        everything=visit.request.query_params.getlist("state") == ["*"],
    )


@router.get("/queue.xlsx")
def queue_workbook(visit: Asking) -> Response:
    """The filtered list as Excel, with no more than the page shows."""
    wanted, _ = asked_for(visit)
    store = visit.desk.store()
    rows = store.page(wanted, limit=MOST_ROWS)
    visit.log("一覧の書出し（Excel）", target=f"run {store.run.folder.name}", rows=rows.height,
              shelter=wanted.sheltered and rows.height > 0)
    plain = visit.account.sees_values
    headings = [
        "重さ", "規則", "規則の名称", "業務", "グループ", "項目", "ファイル", "レコード", "状態", "担当者", "期限",
        *(("宛名番号", "世帯番号", "氏名", "現在の値", "候補", "手がかり") if plain else ()), "識別",
    ]
    cells = (
        [
            row["severity"], row["rule_id"], store.run.rules.get(row["rule_id"], {}).get("name_ja", ""),
            visit.desk.areas.get(row["area_id"], row["area_id"]), row["group_id"], row["item_path"], row["file"],
            row["record_no"], row["state"], row["charge"], row["due"],
            *((row["number"], row["household"], row["name"], row["before"], row["candidate"], row["evidence"])
              if plain else ()), row["issue_id"],
        ]
        for row in rows.iter_rows(named=True)
    )
    note = f"世代 {store.run.statistics.get('generation', '')}・{store.run.folder.name}"
    return Response(workbook("一覧", headings, cells, note), media_type=_XLSX, headers={
        "Content-Disposition": 'attachment; filename="ikou-queue.xlsx"',
    })


def _form(visit: Visit) -> Form:
    return Form(
        kind=visit.text("kind"), reason=visit.text("reason"), evidence=visit.text("evidence"),
        expires=visit.text("expires"),
    )


def _bulk(visit: Visit) -> tuple[Bulk, pl.DataFrame, str]:
    visit.only("department")
    wanted, query = asked_for(visit, form=True)
    store = visit.desk.store()
    picked = tuple(visit.texts("issue"))
    if visit.text("selection") != "all":
        if not picked:
            raise Refused("行を選んでください。")
        wanted = Filter(areas=wanted.areas, issue_ids=picked, sheltered=wanted.sheltered)
    if store.count(wanted) > MOST_AT_ONCE:
        raise Refused(f"一度に{MOST_AT_ONCE:,}件までです。条件で絞るか、型に合う値すべての方針として決めてください。")
    issues = store.matchable(wanted)
    if not wanted.sheltered:
        # An address that is not shown is not decided unseen, 100 at a time.
        issues = issues.filter(~pl.col("protected"))
    decisions = visit.desk.ledger.decisions_on(issues["issue_id"].to_list())
    live = {
        row["selector"].split('"')[3]: row
        for row in decisions.filter(
            (pl.col("scope") == "record") & pl.col("state").is_in(["proposed", "approved"])
        ).sort("id").iter_rows(named=True)
    }
    told = bulk_of(issues, _form(visit), visit.account, generation=_generation(store.run.statistics), live=live)
    return told, issues, query


def _generation(statistics: Mapping[str, Any]) -> str:
    return str(statistics.get("generation") or "")


def _mark(bulk: Bulk) -> str:
    """What was previewed: the same text again when nothing moved meanwhile."""
    told = "".join(f"{p.issue_id}{p.value_hash}{p.kind}{p.supersedes}" for p in bulk.taken)
    return hashlib.sha256(told.encode()).hexdigest()


@router.post("/queue/preview")
def preview_bulk(visit: Posting) -> Response:
    """What one answer to many issues would change, before it is proposed."""
    try:
        bulk, issues, query = _bulk(visit)
    except Refused as refused:
        return visit.page("bulk_preview.html", refused=str(refused), bulk=None)
    sample = disclose(
        bulk.sample.with_columns(pl.col("protected") & ~pl.lit(visit.text("shelter") == "1")), ("before", "candidate")
    )
    visit.log("一括判断の確認", rows=len(bulk.taken))
    return visit.page(
        "bulk_preview.html", refused="", bulk=bulk, sample=sample.to_dicts(), query=query, form=_form(visit),
        mark=_mark(bulk), asked=issues.height, picked=visit.texts("issue"), selection=visit.text("selection"),
        hidden=[(name, value) for name in (*FACETS, "q", "shelter") for value in visit.texts(name)],
    )


@router.post("/queue/propose")
def propose_bulk(visit: Posting) -> Response:
    """Propose what was previewed; where something moved meanwhile it has to be looked at again."""
    bulk, _, query = _bulk(visit)
    if _mark(bulk) != visit.text("mark"):
        raise Refused("確認のあとで、ほかの方の判断などが入りました。もう一度確認してください。")
    if not bulk.taken:
        raise Refused("起案できるものがありません。")
    try:
        ids = visit.desk.ledger.propose(bulk.taken, at=visit.desk.clock())
    except DefinitionError as error:
        raise Refused(in_japanese(error)) from None
    visit.log("一括起案", target=f"{ids[0]}-{ids[-1]}", rows=len(ids))
    return RedirectResponse(f"/queue?{query}&told={len(ids)}" if query else f"/queue?told={len(ids)}", 303)


@router.post("/assign")
def assign(visit: Posting) -> Response:
    """Say who works on an issue or on a kind of issues, until when and how far they are."""
    visit.only("department", "office")
    store = visit.desk.store()
    issue = store.one(visit.text("issue"))
    if issue is None or not visit.account.may_see(issue["area_id"]):
        raise Forbidden("この指摘は担当の業務ではありません。")
    owner = visit.text("owner").strip()
    person = visit.desk.accounts.find(owner) if owner else None
    if owner and (person is None or not person.may_see(issue["area_id"]) or person.role != "department"):
        raise Refused("担当者には、この業務の主管課の操作者IDを選んでください。")
    selector = {"issue_id": issue["issue_id"]}
    if visit.text("whole") == "1":
        selector = {"rule": issue["rule_id"], "area": issue["area_id"], "group": issue["group_id"],
                    "item": issue["item"]}
    visit.desk.ledger.assign([Assignment(
        selector, owner, visit.account.login, due=read_day(visit.text("due")),
        state=visit.text("state") or "未着手", note=visit.text("note"),
    )], at=visit.desk.clock())
    visit.log("担当の割当", target=issue["issue_id"])
    back = visit.text("back")
    return RedirectResponse(f"/issue/{issue['issue_id']}" + (f"?{back}" if back else ""), 303)
