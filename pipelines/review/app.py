"""The web application: who may come in, what every answer carries, and where the pages are.

Served on the loopback interface unless TLS is set. No page asks for anything outside this process, no script or style
stands inside a page, every form carries the session's token.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta, timezone
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from char_mapping.errors import IkouError
from char_mapping.gaiji import CLASSES
from pipelines.ledger.events import KINDS, SCOPES, WORK_STATES
from pipelines.review import approval_pages, entrance, glyph_pages, issue_pages, office_pages, queue_pages
from pipelines.review.accounts import ROLES, Session
from pipelines.review.desk import Desk
from pipelines.review.visit import COOKIE, Forbidden, NeedsLogin

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Residents' values do not stay in the browser's cache.
    "Cache-Control": "no-store",
}

JAPAN = timezone(timedelta(hours=9))

LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "testserver")

STATE_COLOURS = {
    "未判断": "open", "起案中": "waiting", "承認済": "done", "依頼中": "asked", "未反映": "open", "却下": "open",
    "失効": "stale", "期限切れ": "stale",
}

DECISION_STATES = {
    "proposed": "承認待ち", "approved": "承認済", "rejected": "却下", "superseded": "置換え済", "closed": "取消済",
}

SEVERITIES = {"E": "エラー", "W": "警告", "I": "情報"}
BLOCKS = {"none": "止めない", "release": "引渡し", "record": "この記録", "file": "このファイル", "": "—"}
GLYPH_CLASSES = CLASSES[:-1]


def create_app(desk: Desk, *, secure: bool = False, hosts: Sequence[str] = ()) -> FastAPI:
    """The application of one project.

    Args:
        desk: Run, ledger and accounts.
        secure: Served by TLS: the cookie is for TLS only and browsers are told to stay with it.
        hosts: Host names beside the loopback ones under which it is reached.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.desk, app.state.secure = desk, secure
    app.state.attempts = {}
    folder = Path(str(files("pipelines.review")))
    templates = Jinja2Templates(directory=folder / "templates")
    templates.env.globals.update(
        ROLES=ROLES, KINDS=KINDS, SCOPES=SCOPES, WORK_STATES=WORK_STATES, STATE_COLOURS=STATE_COLOURS,
        DECISION_STATES=DECISION_STATES, SEVERITIES=SEVERITIES, BLOCKS=BLOCKS, GLYPH_CLASSES=GLYPH_CLASSES,
    )
    templates.env.filters.update(number=lambda value: f"{value:,}", day=_day, moment=_moment, hexdump=_hexdump)
    app.state.templates = templates
    app.mount("/static", StaticFiles(directory=folder / "static"), name="static")
    for module in (entrance, queue_pages, issue_pages, glyph_pages, approval_pages, office_pages):
        app.include_router(module.router)
    app.add_exception_handler(NeedsLogin, _to_login)
    app.add_exception_handler(Forbidden, _forbidden)
    app.add_exception_handler(IkouError, _refused)
    app.add_exception_handler(HTTPException, _not_there)
    app.middleware("http")(_guarded)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, *hosts])
    return app


async def _guarded(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    desk: Desk = request.app.state.desk
    request.state.session = None
    if request.method not in ("GET", "HEAD"):
        origin = request.headers.get("origin")
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none") or (
            origin is not None and origin != "null" and urlsplit(origin).netloc != request.headers.get("host")
        ):
            return Response("別のサイトからの送信は受け付けません。", 403, HEADERS)
    token = request.cookies.get(COOKIE)
    if token and not request.url.path.startswith("/static/"):
        session: Session | None = desk.accounts.session(token, desk.clock())
        request.state.session = session
    began = time.perf_counter()
    response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers[name] = value
    if request.url.path.startswith("/static/"):
        response.headers["Cache-Control"] = "public, max-age=3600"
    if request.app.state.secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    response.headers["Server-Timing"] = f"page;dur={(time.perf_counter() - began) * 1000:.0f}"
    return response


def _to_login(request: Request, _error: Exception) -> Response:
    there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = "/login?next=" + quote(there if request.method == "GET" else "/")
    if request.headers.get("hx-request"):
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


def _forbidden(request: Request, error: Exception) -> Response:
    desk: Desk = request.app.state.desk
    desk.log(request.state.session, "画面の表示", target=request.url.path, outcome="拒否")
    return _message(request, 403, "この画面は表示できません", str(error))


def _refused(request: Request, error: Exception) -> Response:
    return _message(request, 400, "受け付けられません", str(error))


def _not_there(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _message(request, status, "見つかりません" if status == 404 else "処理できません", "")


def _message(request: Request, status: int, title: str, text: str) -> HTMLResponse:
    templates: Jinja2Templates = request.app.state.templates
    context: dict[str, Any] = {
        "session": request.state.session, "title": title, "text": text, "waiting": 0, "run": None,
    }
    response: HTMLResponse = templates.TemplateResponse(request, "message.html", context, status_code=status)
    if request.headers.get("hx-request"):
        response.headers["HX-Retarget"] = "body"
    return response




def _day(iso: str | None) -> str:
    parts = (iso or "").split("-")
    return f"{int(parts[1])}月{int(parts[2][:2])}日" if len(parts) == 3 else (iso or "")


def _moment(stamp: str | None) -> str:
    """A UTC stamp as Japan's clocks show it."""
    return datetime.fromisoformat(stamp).astimezone(JAPAN).strftime("%Y-%m-%d %H:%M") if stamp else ""


def _hexdump(raw: bytes | None) -> str:
    return " ".join(f"{byte:02X}" for byte in (raw or b"")[:64])
