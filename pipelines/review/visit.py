"""One request: who asks, from which desk, and the page that answers."""

from __future__ import annotations

import hmac
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from starlette.datastructures import FormData

from pipelines.review.accounts import Account, Session
from pipelines.review.desk import Desk
from pipelines.runs.folder import completed_runs

COOKIE = "ikou_session"


class NeedsLogin(Exception):
    """Nobody is logged in."""


class Forbidden(Exception):
    """The role does not include this page, or the form does not belong to the session."""


class Visit:
    """A request of somebody who is logged in."""

    def __init__(self, request: Request, session: Session, form: FormData | None = None) -> None:
        self.request, self.session, self._form = request, session, form
        self.desk: Desk = request.app.state.desk

    @property
    def account(self) -> Account:
        """Who asks."""
        return self.session.account

    def text(self, name: str) -> str:
        """A text field of the form, "" when it is not there."""
        value = self._form.get(name, "") if self._form is not None else ""
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """All values of a field."""
        return [v for v in self._form.getlist(name) if isinstance(v, str)] if self._form is not None else []

    def page(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page with what all pages show."""
        templates: Jinja2Templates = self.request.app.state.templates
        shared = {
            "session": self.session, "account": self.account, "csrf": self.session.csrf, "areas": self.desk.areas,
            "waiting": self.waiting(), "run": completed_runs(self.desk.data_dir)[-1:] or None,
        }
        response: HTMLResponse = templates.TemplateResponse(
            self.request, template, shared | context, status_code=status
        )
        return response

    def waiting(self) -> int:
        """Decisions of others that wait for this person's approval."""
        if not self.account.approves or not completed_runs(self.desk.data_dir):
            return 0
        areas = self.account.areas if self.account.role == "department" else None
        return self.desk.store().decided.waiting(areas, self.account.login)

    def log(self, process: str, **what: Any) -> None:
        """Append to the operation log."""
        self.desk.log(self.session, process, **what)

    def only(self, *roles: str) -> None:
        """Refuse other roles.

        Raises:
            Forbidden: The person has none of these roles.
        """
        if self.account.role not in roles:
            raise Forbidden("この操作は、あなたの役割ではできません。")


def visit(request: Request) -> Visit:
    """Somebody who is logged in and whose password is their own."""
    session: Session | None = request.state.session
    if session is None:
        raise NeedsLogin
    if session.account.must_change and request.url.path not in ("/account", "/logout", "/account/password"):
        raise Forbidden("はじめに「アカウント」でパスワードを変えてください。")
    return Visit(request, session)


async def posted(request: Request) -> Visit:
    """A form of somebody who is logged in, with the token of their session."""
    found = visit(request)
    form = await request.form(max_files=0)
    token = form.get("csrf", "")
    if not isinstance(token, str) or not hmac.compare_digest(token, found.session.csrf):
        raise Forbidden("画面の有効期限が切れました。読み直してください。")
    return Visit(request, found.session, form)


Asking = Annotated[Visit, Depends(visit)]
Posting = Annotated[Visit, Depends(posted)]
