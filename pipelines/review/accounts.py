"""Who may log in to ``ikou review``: accounts, sessions and the limit on failed logins, beside the ledger's tables."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from char_mapping.errors import DefinitionError
from pipelines.ledger.database import make_tables

Role = Literal["office", "department", "vendor", "viewer"]

ROLES: dict[str, str] = {"office": "事務局", "department": "主管課", "vendor": "ベンダ", "viewer": "閲覧"}

SHORTEST_PASSWORD = 12
SESSION_HOURS = 10
IDLE_MINUTES = 60
_FAILURES_BEFORE_WAIT = 5
_LONGEST_WAIT_SECONDS = 900

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}\Z")

_metadata = sa.MetaData()
_account = sa.Table(
    "review_account", _metadata,
    sa.Column("login", sa.String(40), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("areas", sa.Text, nullable=False),
    sa.Column("shelter", sa.Integer, nullable=False),
    sa.Column("password", sa.Text, nullable=False),
    sa.Column("must_change", sa.Integer, nullable=False),
    sa.Column("active", sa.Integer, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("failed_at", sa.String(20), nullable=False),
)
_session = sa.Table(
    "review_session", _metadata,
    # Only a digest is kept: who reads the table cannot take over a session.
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("login", sa.String(40), nullable=False, index=True),
    sa.Column("csrf", sa.String(64), nullable=False),
    sa.Column("began", sa.String(20), nullable=False),
    sa.Column("seen", sa.String(20), nullable=False),
    sa.Column("terminal", sa.String(200), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Account:
    """One person.

    Attributes:
        login: 操作者ID, the name under which the ledger keeps what this person proposes and approves.
        name: Name as shown.
        role: One of ``ROLES``.
        areas: Areas (業務) that a 主管課 decides for; empty for the other roles.
        shelter: The person in charge of 支援措置, who alone sees those addresses, in a queue of their own.
        must_change: The password was set by somebody else.
        active: May log in.
    """

    login: str
    name: str
    role: Role
    areas: tuple[str, ...] = ()
    shelter: bool = False
    must_change: bool = False
    active: bool = True

    @property
    def decides(self) -> bool:
        """Whether this person proposes decisions."""
        return self.role == "department"

    @property
    def approves(self) -> bool:
        """Whether this person approves: a 主管課 for its areas, the 事務局 only by a 決裁番号 it records."""
        return self.role in ("department", "office")

    @property
    def sees_values(self) -> bool:
        """Whether values of residents are shown: in the work list of one's own 主管課 alone."""
        return self.role == "department"

    def may_see(self, area: str) -> bool:
        """Whether issues of an area are listed for this person."""
        return self.role != "department" or area in self.areas


@dataclass(frozen=True, slots=True)
class Session:
    """A login: whose, the token that forms must carry, since when and from where."""

    account: Account
    csrf: str
    digest: str
    began: str
    terminal: str


class Accounts:
    """Accounts and sessions of one project."""

    def __init__(self, engine: sa.Engine, *, hasher: PasswordHasher | None = None) -> None:
        self._engine = engine
        self._hasher = hasher or PasswordHasher()
        make_tables(engine, _metadata, ())
        # Verified for names there are not, so that the answer takes as long as for those there are.
        self._decoy = self._hasher.hash(secrets.token_hex(16))

    def all(self) -> list[Account]:
        """Every account, by login."""
        with self._engine.begin() as connection:
            rows = connection.execute(sa.select(_account).order_by(_account.c.login)).all()
        return [_account_of(row) for row in rows]

    def find(self, login: str) -> Account | None:
        """The account of a login."""
        with self._engine.begin() as connection:
            row = connection.execute(sa.select(_account).where(_account.c.login == login)).first()
        return _account_of(row) if row else None

    def first_admin(self) -> tuple[str, str] | None:
        """Make the account ``admin`` (事務局) where there is none at all; returns login and password, once."""
        if self.all():
            return None
        password = secrets.token_urlsafe(12)
        self.save(Account("admin", "移行事務局（初期）", "office", must_change=True), password)
        return "admin", password

    def save(self, account: Account, password: str | None = None) -> None:
        """Make or change an account; a new one needs a password.

        Raises:
            DefinitionError: A login of other signs, an unknown role, a 主管課 without area, a password too short.
        """
        if not _LOGIN.match(account.login):
            raise DefinitionError("操作者ID", expected="半角小文字・数字・. _ - で2文字から40文字", found="ほかの文字")
        if account.role not in ROLES or not account.name.strip():
            raise DefinitionError("アカウント", expected="氏名と役割", found="空欄")
        if (account.role == "department") != bool(account.areas):
            raise DefinitionError("アカウント", expected="主管課には業務、ほかの役割には業務なし", found="ほか")
        if account.shelter and account.role != "department":
            raise DefinitionError("アカウント", expected="支援措置の担当は主管課の方", found=ROLES[account.role])
        there = self.find(account.login)
        if there is None and password is None:
            raise DefinitionError("アカウント", expected="初期パスワード", found="空欄")
        values: dict[str, object] = {
            "name": account.name.strip(), "role": account.role, "areas": " ".join(sorted(account.areas)),
            "shelter": int(account.shelter), "active": int(account.active),
        }
        if password is not None:
            check_password(password)
            values |= {
                "password": self._hasher.hash(password), "must_change": int(account.must_change), "failures": 0,
                "failed_at": "",
            }
        with self._engine.execution_options(appends=True).begin() as connection:
            if there is None:
                connection.execute(sa.insert(_account).values(login=account.login, **values))
            else:
                connection.execute(sa.update(_account).where(_account.c.login == account.login).values(**values))
                # A changed role or password ends what was opened under the old one.
                connection.execute(sa.delete(_session).where(_session.c.login == account.login))

    def change_password(self, login: str, old: str, new: str) -> bool:
        """Set one's own password; False when the old one is wrong.

        Raises:
            DefinitionError: The new one is too short.
        """
        account = self.find(login)
        if account is None or not self._matches(login, old):
            return False
        check_password(new)
        values = {"password": self._hasher.hash(new), "must_change": 0}
        with self._engine.execution_options(appends=True).begin() as connection:
            connection.execute(sa.update(_account).where(_account.c.login == login).values(**values))
        return True

    def _matches(self, login: str, password: str) -> bool:
        with self._engine.begin() as connection:
            kept = connection.execute(sa.select(_account.c.password).where(_account.c.login == login)).scalar()
        try:
            self._hasher.verify(kept or self._decoy, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
        return kept is not None

    def wait_seconds(self, login: str, now: datetime) -> int:
        """Seconds until the next attempt on a login is heard: none after few failures, then doubling."""
        with self._engine.begin() as connection:
            row = connection.execute(
                sa.select(_account.c.failures, _account.c.failed_at).where(_account.c.login == login)
            ).first()
        if row is None or row.failures < _FAILURES_BEFORE_WAIT:
            return 0
        wait = min(_LONGEST_WAIT_SECONDS, 15 * 2 ** (row.failures - _FAILURES_BEFORE_WAIT))
        until = datetime.fromisoformat(row.failed_at) + timedelta(seconds=wait)
        return max(0, int((until - now).total_seconds()))

    def log_in(self, login: str, password: str, terminal: str, now: datetime) -> str | None:
        """Open a session; returns its token, or None when login or password are wrong."""
        account = self.find(login)
        fits = self._matches(login, password)
        with self._engine.execution_options(appends=True).begin() as connection:
            if not fits or account is None or not account.active:
                connection.execute(
                    sa.update(_account).where(_account.c.login == login)
                    .values(failures=_account.c.failures + 1, failed_at=_moment(now))
                )
                return None
            token = secrets.token_urlsafe(32)
            connection.execute(sa.update(_account).where(_account.c.login == login).values(failures=0, failed_at=""))
            connection.execute(sa.insert(_session).values(
                digest=_digest(token), login=login, csrf=secrets.token_hex(32), began=_moment(now), seen=_moment(now),
                terminal=terminal,
            ))
        return token

    def session(self, token: str, now: datetime) -> Session | None:
        """The session of a cookie: None when it ended, was revoked, or its account is no longer active."""
        digest = _digest(token)
        with self._engine.begin() as connection:
            row = connection.execute(sa.select(_session).where(_session.c.digest == digest)).first()
        if row is None:
            return None
        account = self.find(row.login)
        began, seen = datetime.fromisoformat(row.began), datetime.fromisoformat(row.seen)
        over = now - began > timedelta(hours=SESSION_HOURS) or now - seen > timedelta(minutes=IDLE_MINUTES)
        if over or account is None or not account.active:
            self.revoke([digest])
            return None
        if now - seen > timedelta(minutes=1):
            with self._engine.execution_options(appends=True).begin() as connection:
                connection.execute(
                    sa.update(_session).where(_session.c.digest == digest).values(seen=_moment(now))
                )
        return Session(account, row.csrf, digest, row.began, row.terminal)

    def sessions(self, login: str) -> list[tuple[str, str, str]]:
        """Open sessions of a person: (digest, began, terminal), the newest first."""
        with self._engine.begin() as connection:
            rows = connection.execute(
                sa.select(_session).where(_session.c.login == login).order_by(_session.c.began.desc())
            ).all()
        return [(row.digest, row.began, row.terminal) for row in rows]

    def revoke(self, digests: Sequence[str]) -> None:
        """End sessions at once."""
        with self._engine.execution_options(appends=True).begin() as connection:
            connection.execute(sa.delete(_session).where(_session.c.digest.in_(list(digests))))


def check_password(password: str) -> None:
    """Refuse a password that is too short or one sign repeated.

    Raises:
        DefinitionError: As said.
    """
    if len(password) < SHORTEST_PASSWORD or len(set(password)) < 4:
        raise DefinitionError(
            "パスワード", expected=f"{SHORTEST_PASSWORD}文字以上で、同じ文字の繰返しでないもの", found="短いもの"
        )


def _account_of(row: sa.Row[tuple[object, ...]]) -> Account:
    return Account(
        row.login, row.name, row.role, tuple(row.areas.split()), bool(row.shelter), bool(row.must_change),
        bool(row.active),
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _moment(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") + "Z"
