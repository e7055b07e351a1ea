"""Who did and saw what: the operation log (住民記録標準仕様書 10.2), a hash chain of its own beside the decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
import sqlalchemy as sa

from pipelines.ledger.events import FIRST_HASH, BrokenChain, seal, stamp


@dataclass(frozen=True, slots=True)
class Access:
    """One operation, as 住民記録標準仕様書 10.2 asks for it; batches and exports (EUC) as well as screens.

    Attributes:
        actor: 操作者ID.
        process: 処理名.
        terminal: 端末名 (host or address).
        target: ファイル名: run, issue or file; identifiers only, never a value.
        my_number: 個人番号へのアクセス有無.
        shelter: An address of somebody under 支援措置 was shown in plain.
        rows: Number of records shown or written.
        outcome: 可, 拒否 or 失敗.
    """

    actor: str
    process: str
    terminal: str = ""
    target: str = ""
    my_number: bool = False
    shelter: bool = False
    rows: int = 0
    outcome: str = "可"


AUDIT_LABELS = {
    "seq": "番号", "at": "日時（UTC）", "actor": "操作者ID", "terminal": "端末名", "process": "処理名",
    "target": "ファイル名・対象", "my_number": "個人番号へのアクセス", "shelter": "支援措置の住所の表示",
    "rows": "件数", "outcome": "結果",
}

AUDIT_SCHEMA: dict[str, Any] = {
    "seq": pl.Int64, "at": pl.String, "actor": pl.String, "terminal": pl.String, "process": pl.String,
    "target": pl.String, "my_number": pl.Int64, "shelter": pl.Int64, "rows": pl.Int64, "outcome": pl.String,
}


def audit_table(metadata: sa.MetaData) -> sa.Table:
    """The table of the operation log."""
    return sa.Table(
        "audit", metadata,
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("terminal", sa.String(200), nullable=False),
        sa.Column("process", sa.String(100), nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("my_number", sa.Integer, nullable=False),
        sa.Column("shelter", sa.Integer, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
    )


def append_accesses(connection: sa.Connection, table: sa.Table, accesses: Sequence[Access], at: datetime) -> None:
    """Seal the entries behind the last one; the caller's transaction holds the writers' lock."""
    last = connection.execute(sa.select(table.c.seq, table.c.hash).order_by(table.c.seq.desc()).limit(1)).first()
    seq, previous = (int(last.seq), str(last.hash)) if last is not None else (0, FIRST_HASH)
    rows = []
    for access in accesses:
        seq += 1
        row: dict[str, Any] = {
            "seq": seq, "at": stamp(at), "actor": access.actor, "terminal": access.terminal, "process": access.process,
            "target": access.target, "my_number": int(access.my_number), "shelter": int(access.shelter),
            "rows": access.rows, "outcome": access.outcome, "previous_hash": previous,
        }
        row["hash"] = previous = seal(row)
        rows.append(row)
    if rows:
        connection.execute(sa.insert(table), rows)


def verify_audit(connection: sa.Connection, table: sa.Table) -> int:
    """Recompute every hash of the operation log; returns the number of rows.

    Raises:
        BrokenChain: At the first row that was changed, taken out or put in.
    """
    previous, number = FIRST_HASH, 0
    for row in connection.execute(sa.select(table).order_by(table.c.seq)).mappings():
        number += 1
        if row["seq"] != number or row["previous_hash"] != previous or seal(dict(row)) != row["hash"]:
            raise BrokenChain(number, "the operation log was changed, cut or added to")
        previous = row["hash"]
    return number
