"""The ledger itself: one append-only table, one hash chain, read as polars frames.

Nothing is ever updated or deleted: an approval, a rejection and an undo are rows of their own, and what is in force is
computed by reading the rows in order. The ledger holds decisions, never issue rows.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import polars as pl
import sqlalchemy as sa

from char_mapping.errors import DefinitionError
from pipelines.ledger.audit import AUDIT_SCHEMA, Access, append_accesses, audit_table, verify_audit
from pipelines.ledger.book import READ_EVENTS, Book, decision_frame
from pipelines.ledger.database import make_tables, open_engine
from pipelines.ledger.events import (
    FIRST_HASH,
    Approval,
    Assignment,
    BrokenChain,
    Proposal,
    Registration,
    canonical,
    seal,
    stamp,
)

REGISTERED = ("run", "release", "delta", "erasure")
_AUDIT_HEAD = "operation_log"

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

_RUN_SCHEMA: dict[str, Any] = {
    "seq": pl.Int64, "event": pl.String, "run_id": pl.String, "sha256": pl.String, "generation": pl.String,
    "actor": pl.String, "at": pl.String, "reason": pl.String, "detail": pl.String, "hash": pl.String,
}


_audit = audit_table(_metadata)


def open_ledger(location: Path | str) -> Ledger:
    """Open (and on first use make) the ledger.

    Args:
        location: The project's data_dir, a ``.db`` file, or an SQLAlchemy URL (``sqlite:///…``,
            ``postgresql://user@host/database``). A data_dir of a project whose ikou.toml names a URL leads there.

    Raises:
        DefinitionError: A URL of a database this version does not serve, or a folder that does not exist.
    """
    engine = open_engine(location)
    make_tables(engine, _metadata, (_event.name, _audit.name))
    return Ledger(engine)


class Ledger:
    """Append-only decisions, runs and releases of one project. Use as a context manager or call ``close``."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        # What was read stays true in an append-only table: only newer rows are read again.
        self._book = Book()
        self._guard = threading.Lock()

    @property
    def engine(self) -> sa.Engine:
        """The database, for the accounts of ``ikou review`` that stand beside the ledger."""
        return self._engine

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
        with self._appending() as (_, append, book):
            for proposal in proposals:
                row = append({
                    "event": "proposal", "id": None, "at": moment, "actor": proposal.proposer.strip(),
                    "rule_id": proposal.rule_id, "rule_version": proposal.rule_version, "scope": proposal.scope,
                    "selector": proposal.selects, "value_hash": proposal.value_hash,
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
        with self._appending() as (_, append, book):
            for approval in approvals:
                book.check_approval(approval)
                row = append({
                    "event": "approval" if approval.approved else "rejection", "id": approval.decision_id,
                    "at": moment, "actor": approval.approver.strip(), "reason": approval.reason.strip(),
                    "evidence": approval.reference.strip(),
                })
                book.apply(row)

    def assign(self, assignments: Sequence[Assignment], *, at: datetime) -> None:
        """Append assignments (担当の割当); the latest one on a selector holds.

        Raises:
            DefinitionError: An assignment of nothing, or by nobody.
        """
        moment = stamp(at)
        for assignment in assignments:
            assignment.check()
        with self._appending() as (_, append, _book):
            for assignment in assignments:
                append({
                    "event": "assignment", "id": None, "at": moment, "actor": assignment.actor.strip(),
                    "selector": canonical(dict(assignment.selector)), "value": assignment.owner.strip(),
                    "expires": assignment.due.isoformat() if assignment.due else None, "kind": assignment.state,
                    "reason": assignment.note.strip(),
                })

    def assignments(self) -> pl.DataFrame:
        """The latest assignment on each selector: selector, owner, due, state, note, actor, at."""
        with self._guard, self._reading() as connection:
            self._catch_up(connection)
            rows = [
                {"selector": row["selector"], "owner": row["value"], "due": row["expires"], "state": row["kind"],
                 "note": row["reason"], "actor": row["actor"], "at": row["at"]}
                for row in self._book.assignments.values()
            ]
        return pl.DataFrame(rows, schema=dict.fromkeys(
            ("selector", "owner", "due", "state", "note", "actor", "at"), pl.String
        ))

    def log(self, accesses: Sequence[Access], *, at: datetime) -> None:
        """Append to the operation log (操作ログ); it has a chain of its own."""
        with self._engine.execution_options(appends=True).begin() as connection:
            append_accesses(connection, _audit, accesses, at)

    def accesses(self, *, actor: str = "", process: str = "", since: str = "", limit: int = 100_000) -> pl.DataFrame:
        """Entries of the operation log, the newest first (AUDIT_SCHEMA)."""
        query = sa.select(*(_audit.c[name] for name in AUDIT_SCHEMA)).order_by(_audit.c.seq.desc()).limit(limit)
        if actor:
            query = query.where(_audit.c.actor == actor)
        if process:
            query = query.where(_audit.c.process == process)
        if since:
            query = query.where(_audit.c.at >= since)
        with self._reading() as connection:
            return pl.DataFrame([dict(row) for row in connection.execute(query).mappings()], schema=AUDIT_SCHEMA)

    def register(self, registration: Registration, *, at: datetime) -> str:
        """Append a run or release; returns the hash of the row, to be kept beside the manifest.

        Raises:
            DefinitionError: The same run was registered before with another manifest.
        """
        with self._appending() as (connection, append, _book):
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
            # The head of the operation log, so that cutting its end off shows as well.
            last = connection.execute(
                sa.select(_audit.c.seq, _audit.c.hash).order_by(_audit.c.seq.desc()).limit(1)
            ).first()
            detail = dict(registration.detail)
            if last is not None:
                detail[_AUDIT_HEAD] = [int(last.seq), str(last.hash)]
            row = append({
                "event": registration.event, "id": registration.run_id, "at": stamp(at),
                "actor": registration.actor.strip(), "sha256": registration.sha256,
                "reason": registration.reason.strip(), "generation": registration.generation,
                "detail": canonical(detail),
            })
            return str(row["hash"])

    def decisions(self) -> pl.DataFrame:
        """Every decision ever proposed with its present state (DECISION_SCHEMA), in the order of proposal."""
        with self._guard, self._reading() as connection:
            self._catch_up(connection)
            return decision_frame(self._book.decisions.values())

    def position(self) -> int:
        """Number of the last row that changed a decision or an assignment."""
        with self._guard, self._reading() as connection:
            self._catch_up(connection)
            return self._book.seq

    def changed_since(self, seq: int) -> pl.DataFrame:
        """Decisions that came or changed their state after row ``seq`` (DECISION_SCHEMA)."""
        with self._guard, self._reading() as connection:
            self._catch_up(connection)
            ids = [id_ for id_, at in self._book.changed.items() if at > seq]
            return decision_frame(self._book.decisions[id_] for id_ in ids)

    def decisions_on(self, issue_ids: Iterable[str]) -> pl.DataFrame:
        """Decisions of record scope on these issues, and all of the wider scopes (DECISION_SCHEMA)."""
        with self._guard, self._reading() as connection:
            self._catch_up(connection)
            ids = [*self._book.on_issues(issue_ids), *self._book.wider]
            return decision_frame(self._book.decisions[id_] for id_ in ids)

    def decision(self, id_: str) -> pl.DataFrame:
        """One decision (DECISION_SCHEMA); empty when there is none of that id."""
        with self._guard, self._reading() as connection:
            self._catch_up(connection)
            found = self._book.decisions.get(id_)
            return decision_frame([found] if found else [])

    def _catch_up(self, connection: sa.Connection) -> None:
        query = (
            sa.select(_event)
            .where(_event.c.seq > self._book.seq, _event.c.event.in_(READ_EVENTS)).order_by(_event.c.seq)
        )
        for row in connection.execute(query).mappings():
            self._book.apply(dict(row))

    def freeze(self, path: Path | None = None) -> pl.DataFrame:
        """The approved, live decisions of this moment, for a run (``decisions.parquet``), and the links that were
        withdrawn with what ended them: a run writes their history.

        Args:
            path: Parquet file to write; None writes nothing.

        Returns:
            DECISION_SCHEMA ordered by scope, rule_id, selector, id: the same ledger gives the same bytes.
        """
        every = self.decisions()
        ended = pl.col("state").is_in(["superseded", "closed"])
        once_linked = every.filter((pl.col("kind") == "link_to") & ended & pl.col("decided_at").is_not_null())
        of_links = ended & (pl.col("scope") == "record") & pl.col("selector").is_in(once_linked["selector"].to_list())
        frozen = every.filter((pl.col("state") == "approved") | of_links).sort("scope", "rule_id", "selector", "id")
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
            .where(_event.c.event.in_(REGISTERED))
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
            self._verify_audit(connection)
        return number

    def _verify_audit(self, connection: sa.Connection) -> None:
        length = verify_audit(connection, _audit)
        told = connection.execute(sa.select(_event.c.detail).where(_event.c.event.in_(REGISTERED))).scalars()
        kept = dict(json.loads(detail)[_AUDIT_HEAD] for detail in told if detail and _AUDIT_HEAD in json.loads(detail))
        heads = sa.select(_audit.c.seq, _audit.c.hash).where(_audit.c.seq.in_(list(kept)))
        hashes = {int(row.seq): str(row.hash) for row in connection.execute(heads)}
        for seq, digest in kept.items():
            if seq > length or hashes.get(seq) != digest:
                raise BrokenChain(seq, "the operation log was cut: a registered run knows more of it")

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _appending(self) -> Iterator[tuple[sa.Connection, _Append, Book]]:
        with self._guard:
            written = False
            try:
                with self._engine.execution_options(appends=True).begin() as connection:
                    self._catch_up(connection)
                    append = _Append(connection)
                    yield connection, append, self._book
                    append.write()
                written = True
            finally:
                if not written:
                    # It may have taken in rows that were not written after all.
                    self._book = Book()


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
