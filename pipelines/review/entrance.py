"""Logging in and out, one's own password and sessions."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.templating import Jinja2Templates

from char_mapping.errors import DefinitionError
from pipelines.review.desk import Desk
from pipelines.review.visit import COOKIE, Asking, Posting

router = APIRouter()

_ATTEMPTS_A_MINUTE = 20


@router.get("/login")
def login_page(request: Request, next: str = "/") -> Response:
    """The login page."""
    if request.state.session is not None:
        return RedirectResponse("/", 303)
    return _login(request, next, "")


@router.post("/login")
async def log_in(request: Request) -> Response:
    """Open a session; after some failures each further attempt has to wait."""
    desk: Desk = request.app.state.desk
    form = await request.form(max_files=0)
    login, password = str(form.get("login", "")).strip().lower(), str(form.get("password", ""))
    target = str(form.get("next", "/"))
    terminal = request.client.host if request.client else ""
    now = desk.clock()
    wait = desk.accounts.wait_seconds(login, now)
    if wait or _too_many(request, terminal, now):
        desk.log(None, "ログイン", actor=login[:40] or "-", terminal=terminal, outcome="拒否")
        return _login(request, target, f"失敗が続きました。{wait or 60}秒ほど待ってからやり直してください。", 429)
    token = desk.accounts.log_in(login, password, terminal, now)
    desk.log(None, "ログイン", actor=login[:40] or "-", terminal=terminal, outcome="可" if token else "失敗")
    if token is None:
        return _login(request, target, "操作者IDまたはパスワードが違います。", 401)
    safe = target if target.startswith("/") and not target.startswith("//") and "\\" not in target else "/"
    response = RedirectResponse(safe, 303)
    response.set_cookie(
        COOKIE, token, httponly=True, samesite="strict", secure=bool(request.app.state.secure), path="/"
    )
    return response


def _too_many(request: Request, terminal: str, now: datetime) -> bool:
    """Whether one terminal tried too many logins within a minute, whatever names it tried."""
    attempts: dict[str, list[datetime]] = request.app.state.attempts
    recent = [at for at in attempts.get(terminal, []) if (now - at).total_seconds() < 60]
    attempts[terminal] = [*recent, now]
    return len(recent) >= _ATTEMPTS_A_MINUTE


def _login(request: Request, target: str, error: str, status: int = 200) -> Response:
    templates: Jinja2Templates = request.app.state.templates
    context = {"session": None, "next": target, "error": error, "waiting": 0, "run": None}
    return templates.TemplateResponse(request, "login.html", context, status_code=status)


@router.post("/logout")
def log_out(visit: Posting) -> Response:
    """End the session."""
    visit.desk.accounts.revoke([visit.session.digest])
    visit.log("ログアウト")
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/account")
def account_page(visit: Asking, told: str = "") -> Response:
    """One's own account."""
    return visit.page(
        "account.html", told=told, error="", sessions=visit.desk.accounts.sessions(visit.account.login)
    )


@router.post("/account/password")
def change_password(visit: Posting) -> Response:
    """Set one's own password."""
    error = ""
    if visit.text("new") != visit.text("again"):
        error = "新しいパスワードが2つの欄で違います。"
    else:
        try:
            fits = visit.desk.accounts.change_password(visit.account.login, visit.text("old"), visit.text("new"))
            error = "" if fits else "今のパスワードが違います。"
        except DefinitionError:
            error = "パスワードは12文字以上で、同じ文字の繰返しでないものにしてください。"
    visit.log("パスワードの変更", outcome="失敗" if error else "可")
    if error:
        sessions = visit.desk.accounts.sessions(visit.account.login)
        return visit.page("account.html", 400, told="", error=error, sessions=sessions)
    return RedirectResponse("/account?told=password", 303)


@router.post("/account/sessions")
def end_sessions(visit: Posting) -> Response:
    """End one's other sessions."""
    mine = [digest for digest, _, _ in visit.desk.accounts.sessions(visit.account.login)]
    visit.desk.accounts.revoke([digest for digest in mine if digest != visit.session.digest])
    visit.log("ほかの端末のログアウト", rows=len(mine) - 1)
    return RedirectResponse("/account?told=sessions", 303)
