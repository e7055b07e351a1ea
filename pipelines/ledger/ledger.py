"""The ledger itself: one append-only table, one hash chain, read as polars frames.

Nothing is ever updated or deleted: an approval, a rejection and an undo are rows of their own, and what is in force is
computed by reading the rows in order. The ledger holds decisions, never issue rows.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import polars as pl
import sqlalchemy as sa

from char_mapping.errors import DefinitionError
from pipelines.ledger.events import (
    FIRST_HASH,
    Approval,
    BrokenChain,
    Proposal,
    Registration,
    canonical,
    same_person_key,
    seal,
    stamp,
)

LEDGER_FILE = "ledger.db"

_metadata = sa.MetaData()
_event = sa.Table(
    "event",
    _metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("event", sa.String(10), nullable=False),
    sa.Column("id", sa.String(80), nullable=False, index=True),
    sa.Column("at", sa.String(20), nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("rule_id", sa.String(20)),
    sa.Column("rule_version", sa.Integer),
    sa.Column("scope", sa.String(10)),
    sa.Column("selector", sa.Text),
    sa.Column("value_hash", sa.String(64)),
    sa.Column("kind", sa.String(20)),
    sa.Column("value", sa.Text),
    sa.Column("certified", sa.Integer),
    sa.Column("reason", sa.Text),
    sa.Column("evidence", sa.Text),
    sa.Column("expires", sa.String(10)),
    sa.Column("supersedes", sa.String(80)),
    sa.Column("generation", sa.String(80)),
    sa.Column("sha256", sa.String(64)),
    sa.Column("detail", sa.Text),
    # Unique: two writers that both read the same last row cannot fork the chain.
    sa.Column("previous_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
)

_COLUMNS = tuple(column.name for column in _event.columns)

_REFUSE_CHANGES = tuple(
    sa.text(
        f"CREATE TRIGGER IF NOT EXISTS event_refuses_{verb} BEFORE {verb.upper()} ON event "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    )
    for verb in ("update", "delete")
)

DECISION_SCHEMA: dict[str, Any] = {
    "id": pl.String, "rule_id": pl.String, "rule_version": pl.Int64, "scope": pl.String, "selector": pl.String,
    "value_hash": pl.String, "kind": pl.String, "value": pl.String, "proposer": pl.String, "approver": pl.String,
    "reason": pl.String, "evidence": pl.String, "at": pl.String, "expires": pl.String, "supersedes": pl.String,
    "certified": pl.Boolean, "generation": pl.String, "state": pl.String, "decided_at": pl.String,
    "decided_reason": pl.String, "decided_reference": pl.String,
}
"""One row a decision. ``state`` is proposed, approved, rejected, superseded or closed (an undo that took effect)."""

_RUN_SCHEMA: dict[str, Any] = {
    "seq": pl.Int64, "event": pl.String, "run_id": pl.String, "sha256": pl.String, "generation": pl.String,
    "actor": pl.String, "at": pl.String, "reason": pl.String, "detail": pl.String, "hash": pl.String,
}


@dataclass(slots=True)
class _Decision:
    row: dict[str, Any]
    state: str = "proposed"
    verdict: dict[str, Any] | None = None


def open_ledger(location: Path | str) -> Ledger:
    """Open (and on first use make) the ledger.

    Args:
        location: The project's data_dir, a ``.db`` file, or an SQLAlchemy URL (``sqlite:///…``).

    Raises:
        DefinitionError: A URL of a database this version does not serve, or a folder that does not exist.
    """
    if isinstance(location, str) and "://" in location:
        url = sa.make_url(location)
        if url.get_backend_name() != "sqlite" or not url.database:
            raise DefinitionError(
                "ledger URL", expected="sqlite:///<file>", found=url.get_backend_name(),
                todo="Leave the ledger URL out of ikou.toml to use data_dir/ledger.db.",
            )
        path = Path(url.database)
    else:
        path = Path(location)
        path = path / LEDGER_FILE if path.suffix != ".db" else path
    if not path.parent.is_dir():
        raise DefinitionError(str(path), expected="an existing folder", found="none", todo="Make data_dir first.")
    if not path.exists():
        # Decisions name people and may hold corrected values: for the owner's eyes only, from the first byte.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": 30})
    sa.event.listen(engine, "connect", _own_transactions)
    sa.event.listen(engine, "begin", _begin)
    with engine.execution_options(appends=True).begin() as connection:
        _metadata.create_all(connection)
        for statement in _REFUSE_CHANGES:
            connection.execute(statement)
    return Ledger(engine)


def _own_transactions(connection: Any, _record: Any) -> None:
    # The driver would begin its transaction only at the first write, after the last hash was read.
    connection.isolation_level = None


def _begin(connection: sa.Connection) -> None:
    # A writer locks before it reads the last hash; readers do not wait for each other.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("appends") else "BEGIN")


class Ledger:
    """Append-only decisions, runs and releases of one project. Use as a context manager or call ``close``."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the database back."""
        self._engine.dispose()

    def propose(self, proposals: Sequence[Proposal], *, at: datetime) -> list[str]:
        """Append proposals (起案); all of them or, when one is refused, none.

        A proposal that supersedes another *proposal* takes its place at once; one that supersedes an *approved*
        decision leaves it in force until it is approved itself: one person alone cannot undo what two agreed on.

        Args:
            proposals: Each names the latest decision on its issue in ``supersedes`` where there is one.
            at: The caller's clock, with time zone.

        Returns:
            Decision ids (``D00000001``) in the order of ``proposals``.

        Raises:
            DefinitionError: A proposal the ledger never takes, or a second live one on the same issue.
        """
        moment = stamp(at)
        for proposal in proposals:
            proposal.check()
        ids = []
        with self._appending() as (connection, append):
            book = _Book.read(connection)
            for proposal in proposals:
                row = append({
                    "event": "proposal", "id": None, "at": moment, "actor": proposal.proposer.strip(),
                    "rule_id": proposal.rule_id, "rule_version": proposal.rule_version, "scope": "record",
                    "selector": canonical({"issue_id": proposal.issue_id}), "value_hash": proposal.value_hash,
                    "kind": proposal.kind, "value": proposal.value, "certified": int(proposal.certified),
                    "reason": proposal.reason.strip(), "evidence": proposal.evidence.strip(),
                    "expires": proposal.expires.isoformat() if proposal.expires else None,
                    "supersedes": proposal.supersedes, "generation": proposal.generation,
                })
                book.check_proposal(row)
                book.apply(row)
                ids.append(str(row["id"]))
        return ids

    def decide(self, approvals: Sequence[Approval], *, at: datetime) -> None:
        """Append approvals (承認) or rejections (却下) of proposals; all of them or, when one is refused, none.

        Raises:
            DefinitionError: Not a waiting proposal, the approver is its proposer, or neither reason nor 決裁番号.
        """
        moment = stamp(at)
        with self._appending() as (connection, append):
            book = _Book.read(connection)
            for approval in approvals:
                book.check_approval(approval)
                row = append({
                    "event": "approval" if approval.approved else "rejection", "id": approval.decision_id,
                    "at": moment, "actor": approval.approver.strip(), "reason": approval.reason.strip(),
                    "evidence": approval.reference.strip(),
                })
                book.apply(row)

    def register(self, registration: Registration, *, at: datetime) -> str:
        """Append a run or release; returns the hash of the row, to be kept beside the manifest.

        Raises:
            DefinitionError: The same run was registered before with another manifest.
        """
        with self._appending() as (connection, append):
            earlier = connection.execute(
                sa.select(_event.c.sha256, _event.c.hash)
                .where(_event.c.event == registration.event, _event.c.id == registration.run_id)
            ).first()
            if earlier is not None and earlier.sha256 == registration.sha256:
                return str(earlier.hash)
            if earlier is not None:
                raise DefinitionError(
                    f"ledger, {registration.event} {registration.run_id}", expected="one manifest for a run",
                    found="another SHA-256", todo="Find out what changed the manifest after the run had ended.",
                )
            row = append({
                "event": registration.event, "id": registration.run_id, "at": stamp(at),
                "actor": registration.actor.strip(), "sha256": registration.sha256,
                "reason": registration.reason.strip(), "generation": registration.generation,
                "detail": canonical(dict(registration.detail)),
            })
            return str(row["hash"])

    def decisions(self) -> pl.DataFrame:
        """Every decision ever proposed with its present state (DECISION_SCHEMA), in the order of proposal."""
        with self._reading() as connection:
            book = _Book.read(connection)
        return _decision_frame(book.decisions.values())

    def freeze(self, path: Path | None = None) -> pl.DataFrame:
        """The approved, live decisions of this moment, for a run (``decisions.parquet``).

        Args:
            path: Parquet file to write; None writes nothing.

        Returns:
            DECISION_SCHEMA ordered by scope, rule_id, selector, id: the same ledger gives the same bytes.
        """
        frozen = self.decisions().filter(pl.col("state") == "approved").sort("scope", "rule_id", "selector", "id")
        if path is not None:
            frozen.write_parquet(path, compression="zstd", statistics=False)
        return frozen

    def runs(self) -> pl.DataFrame:
        """Registered runs and releases: seq, event, run_id, sha256, generation, actor, at, reason, detail, hash."""
        query = (
            sa.select(
                _event.c.seq, _event.c.event, _event.c.id.label("run_id"), _event.c.sha256,
                _event.c.generation, _event.c.actor, _event.c.at, _event.c.reason, _event.c.detail, _event.c.hash,
            )
            .where(_event.c.event.in_(["run", "release"]))
            .order_by(_event.c.seq)
        )
        with self._reading() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return pl.DataFrame(rows, schema=_RUN_SCHEMA)

    def head(self) -> tuple[int, str]:
        """Number of rows and hash of the last one; kept in a manifest it also proves that no row was cut off."""
        with self._reading() as connection:
            return _last(connection)

    def verify_chain(self, *, expect: Iterable[tuple[int, str]] = ()) -> int:
        """Recompute every hash.

        Args:
            expect: (row number, hash) pairs kept elsewhere (manifests); each must stand in the chain.

        Returns:
            Number of rows.

        Raises:
            BrokenChain: At the first row that was changed, taken out or put in.
        """
        wanted = dict(expect)
        previous, number = FIRST_HASH, 0
        with self._reading() as connection:
            for row in connection.execute(sa.select(_event).order_by(_event.c.seq)).mappings():
                number += 1
                if row["seq"] != number:
                    raise BrokenChain(number, f"missing (the next row has number {row['seq']})")
                if row["previous_hash"] != previous:
                    raise BrokenChain(number, "does not follow from the row before it")
                if seal(dict(row)) != row["hash"]:
                    raise BrokenChain(number, "its content does not match its hash")
                if wanted.pop(number, row["hash"]) != row["hash"]:
                    raise BrokenChain(number, "differs from the hash kept in a manifest")
                previous = row["hash"]
        if wanted:
            raise BrokenChain(min(wanted), "missing: a manifest knows it, the ledger does not")
        return number

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _appending(self) -> Iterator[tuple[sa.Connection, _Append]]:
        with self._engine.execution_options(appends=True).begin() as connection:
            append = _Append(connection)
            yield connection, append
            append.write()


class _Append:
    """Seals rows one behind the other inside one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._seq, self._hash = _last(connection)
        self._rows: list[dict[str, Any]] = []

    def __call__(self, content: dict[str, Any]) -> dict[str, Any]:
        seq = self._seq + 1
        row: dict[str, Any] = dict.fromkeys(_COLUMNS)
        row |= content
        row["seq"], row["previous_hash"] = seq, self._hash
        row["id"] = content["id"] or f"D{seq:08d}"
        row["hash"] = seal(row)
        self._rows.append(row)
        self._seq, self._hash = seq, row["hash"]
        return row

    def write(self) -> None:
        """Insert the sealed rows; nothing is written when one was refused before."""
        if self._rows:
            self._connection.execute(sa.insert(_event), self._rows)


def _last(connection: sa.Connection) -> tuple[int, str]:
    row = connection.execute(sa.select(_event.c.seq, _event.c.hash).order_by(_event.c.seq.desc()).limit(1)).first()
    return (int(row.seq), str(row.hash)) if row is not None else (0, FIRST_HASH)


class _Book:
    """The decisions as they stand after reading the rows in order."""

    def __init__(self) -> None:
        self.decisions: dict[str, _Decision] = {}
        self._on_selector: dict[tuple[str, str], list[str]] = {}

    @classmethod
    def read(cls, connection: sa.Connection) -> _Book:
        book = cls()
        query = (
            sa.select(_event).where(_event.c.event.in_(["proposal", "approval", "rejection"])).order_by(_event.c.seq)
        )
        for row in connection.execute(query).mappings():
            book.apply(dict(row))
        return book

    def apply(self, row: dict[str, Any]) -> None:
        if row["event"] == "proposal":
            self._propose(row)
        else:
            self._decide(row)

    def _propose(self, row: dict[str, Any]) -> None:
        decision = _Decision(row)
        self.decisions[row["id"]] = decision
        self._on_selector.setdefault((row["scope"], row["selector"]), []).append(row["id"])
        earlier = self.decisions.get(row["supersedes"] or "")
        if earlier is not None and earlier.state == "proposed":
            earlier.state = "superseded"
            if row["kind"] == "undo":
                decision.state = "closed"

    def _decide(self, row: dict[str, Any]) -> None:
        decision = self.decisions[row["id"]]
        decision.verdict = row
        if row["event"] == "rejection":
            decision.state = "rejected"
            return
        decision.state = "closed" if decision.row["kind"] == "undo" else "approved"
        earlier = self.decisions.get(decision.row["supersedes"] or "")
        while earlier is not None:
            if earlier.state == "approved":
                earlier.state = "superseded"
            earlier = self.decisions.get(earlier.row["supersedes"] or "")

    def live(self, scope: str, selector: str) -> list[str]:
        """Ids of waiting and approved decisions on a selector, oldest first."""
        return [
            id_ for id_ in self._on_selector.get((scope, selector), ())
            if self.decisions[id_].state in ("proposed", "approved")
        ]

    def check_proposal(self, row: dict[str, Any]) -> None:
        where = f"decision on {row['selector']}"
        live = self.live(row["scope"], row["selector"])
        supersedes = row["supersedes"]
        if supersedes and supersedes not in live:
            raise DefinitionError(
                where, expected="supersedes = a live decision on the same issue", found=str(supersedes),
                todo="Read the decisions again: somebody may have changed them meanwhile.",
            )
        if live and supersedes != live[-1]:
            raise DefinitionError(
                where, expected=f"supersedes = {live[-1]}", found="a second live decision on the same issue",
                todo=f"Name {live[-1]} as superseded, or leave it in force.",
            )

    def check_approval(self, approval: Approval) -> None:
        where = f"decision {approval.decision_id}"
        decision = self.decisions.get(approval.decision_id)
        if decision is None or decision.state != "proposed":
            raise DefinitionError(
                where, expected="a proposal that waits for approval",
                found="no such decision" if decision is None else decision.state,
            )
        if not same_person_key(approval.approver):
            raise DefinitionError(where, expected="the name of the approver (承認者)", found="nothing")
        if same_person_key(approval.approver) == same_person_key(decision.row["actor"]):
            raise DefinitionError(
                where, expected="an approver who is not the proposer (起案者と承認者は別人)", found="the same person",
                todo="Let somebody else approve it.",
            )
        if not approval.reason.strip() and not approval.reference.strip():
            raise DefinitionError(where, expected="a reason or a 決裁番号", found="neither")


def _decision_frame(decisions: Iterable[_Decision]) -> pl.DataFrame:
    rows = []
    for decision in decisions:
        row, verdict = decision.row, decision.verdict or {}
        rows.append({
            **{name: row[name] for name in (
                "id", "rule_id", "rule_version", "scope", "selector", "value_hash", "kind", "value", "reason",
                "evidence", "at", "expires", "supersedes", "generation",
            )},
            "proposer": row["actor"], "approver": verdict.get("actor"), "certified": bool(row["certified"]),
            "state": decision.state, "decided_at": verdict.get("at"), "decided_reason": verdict.get("reason"),
            "decided_reference": verdict.get("evidence"),
        })
    return pl.DataFrame(rows, schema=DECISION_SCHEMA)
