"""The 事務局: accounts, and the operation log with what an audit looks for first."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta, timezone
from typing import cast

import polars as pl
from fastapi import APIRouter, Response

from char_mapping.errors import DefinitionError
from pipelines.ledger import AUDIT_LABELS
from pipelines.review.accounts import ROLES, Account, Role
from pipelines.review.lists import MOST_ROWS, workbook
from pipelines.review.visit import Asking, Posting, Visit

router = APIRouter()

_JAPAN = timezone(timedelta(hours=9))
_MANY_ROWS = 1000
_NIGHT = (22, 6)


@router.get("/accounts")
def accounts(visit: Asking) -> Response:
    """All accounts."""
    visit.only("office")
    return _page(visit)


def _page(visit: Visit, *, error: str = "", made: tuple[str, str] | None = None, status: int = 200) -> Response:
    return visit.page("accounts.html", status, accounts=visit.desk.accounts.all(), error=error, made=made,
                      departments=visit.desk.departments)


@router.post("/accounts")
def save_account(visit: Posting) -> Response:
    """Make or change an account; a new or reset one gets a password that is shown once and has to be changed."""
    visit.only("office")
    login = visit.text("login").strip().lower()
    role = visit.text("role")
    if role not in ROLES:
        return _page(visit, error="役割を選んでください。", status=400)
    there = visit.desk.accounts.find(login)
    reset = there is None or visit.text("reset") == "1"
    password = secrets.token_urlsafe(12) if reset else None
    areas = tuple(a for a in visit.texts("area") if a in visit.desk.areas) if role == "department" else ()
    active = visit.text("active") == "1" or there is None
    if there is not None and there.login == visit.account.login and (not active or role != "office"):
        return _page(visit, error="自分のアカウントを止めたり、役割を変えたりはできません。", status=400)
    account = Account(
        login, visit.text("name"), cast(Role, role), areas, visit.text("shelter") == "1" and role == "department",
        must_change=True, active=active,
    )
    try:
        visit.desk.accounts.save(account, password)
    except DefinitionError as error:
        return _page(visit, error=str(error), status=400)
    visit.log("アカウントの登録・変更", target=f"{login} {ROLES[role]}")
    return _page(visit, made=(login, password) if password else None)


def _local(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.col("at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC").dt.convert_time_zone("Asia/Tokyo")
        .alias("local")
    )


@router.get("/log")
def log(visit: Asking, actor: str = "", days: int = 30) -> Response:
    """The operation log and what stands out in it: nights and weekends, failed logins, large views, shelter views."""
    visit.only("office")
    since = (visit.desk.clock() - timedelta(days=max(1, days))).strftime("%Y-%m-%dT%H:%M:%SZ")
    frame = _local(visit.desk.ledger.accesses(actor=actor, since=since))
    hour, weekday = pl.col("local").dt.hour(), pl.col("local").dt.weekday()
    off = (hour >= _NIGHT[0]) | (hour < _NIGHT[1]) | (weekday >= 6)
    views = {
        "深夜・休日の操作": frame.filter(off),
        "失敗・拒否": frame.filter(pl.col("outcome") != "可"),
        "大量の表示・書出し": frame.filter(pl.col("rows") >= _MANY_ROWS),
        "支援措置の住所の表示": frame.filter(pl.col("shelter") == 1),
        "個人番号へのアクセス": frame.filter(pl.col("my_number") == 1),
    }
    return visit.page(
        "log.html", rows=frame.head(200).to_dicts(), total=frame.height, labels=AUDIT_LABELS, actor=actor, days=days,
        summary={
            name: (view.height, view["actor"].value_counts(sort=True).head(3).rows()) for name, view in views.items()
        },
    )


@router.get("/log.xlsx")
def log_workbook(visit: Asking) -> Response:
    """The operation log as Excel."""
    visit.only("office")
    frame = visit.desk.ledger.accesses(limit=MOST_ROWS)
    visit.log("操作ログの書出し（Excel）", rows=frame.height)
    told = datetime.now(_JAPAN).strftime("%Y-%m-%d %H:%M")
    return Response(
        workbook("操作ログ", list(AUDIT_LABELS.values()), frame.iter_rows(), f"書出し {told}"),
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": 'attachment; filename="ikou-log.xlsx"'},
    )
