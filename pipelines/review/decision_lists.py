"""Lists of decisions beside the issues of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from pipelines.ledger import Ledger, matches
from pipelines.review.issue_tables import IssueTables


class DecisionLists:
    """Decisions as the tables of a run hold them."""

    def __init__(self, tables: IssueTables, ledger: Ledger) -> None:
        self._tables, self._ledger = tables, ledger

    def decisions(
        self, *, states: Iterable[str] = (), areas: Sequence[str] | None = None, proposer: str = "",
        ids: Iterable[str] = (), offset: int = 0, limit: int = 50,
    ) -> pl.DataFrame:
        """Decisions, the newest first, with the issue (issue_id, item, number …) a decision of record scope is on."""
        sql, values = ["true"], list[Any]()
        for column, chosen in (("d.state", list(states)), ("d.id", list(ids))):
            if chosen:
                sql.append(f"{column} IN (SELECT unnest(?))")
                values.append(chosen)
        if areas is not None:
            sql.append("(d.area_id IN (SELECT unnest(?)) OR (d.area_id = '' AND d.scope <> 'record'))")
            values.append(list(areas))
        if proposer:
            sql.append("d.proposer = ?")
            values.append(proposer)
        where = " AND ".join(sql)
        whole = self._tables.cursor().execute(f"SELECT count(*) FROM decision d WHERE {where}", values).fetchone()
        return self._tables.rows(
            "SELECT d.*, b.issue_id, b.item, b.number, b.name, b.severity, b.certified, b.protected, b.meaning, "
            f"b.pair, {int(whole[0]) if whole else 0} AS total "
            f"FROM (SELECT * FROM decision d WHERE {where} ORDER BY d.id DESC LIMIT ? OFFSET ?) d "
            "LEFT JOIN place p ON p.issue_id = d.on_issue LEFT JOIN base b ON b.n = p.n ORDER BY d.id DESC",
            [*values, limit, offset],
        )

    def waiting(self, areas: Sequence[str] | None, login: str) -> int:
        """Proposals of others that wait for approval."""
        where = "" if areas is None else " AND (area_id IN (SELECT unnest(?)) OR (area_id = '' AND scope <> 'record'))"
        row = self._tables.cursor().execute(
            f"SELECT count(*) FROM decision WHERE state = 'proposed' AND proposer <> ?{where}",
            [login, *([] if areas is None else [list(areas)])],
        ).fetchone()
        return int(row[0]) if row else 0

    def on_issue(self, issue_id: str) -> pl.DataFrame:
        """Every decision that ever selected an issue, the newest first."""
        place = self._tables.place(issue_id)
        mine = self._tables.selectable("n = ?", [-1 if place is None else place])
        every = self._ledger.decisions_on([issue_id])
        found = matches(mine, every).select(id="decision_id", level="level")
        return every.join(found, on="id", how="inner").sort("id", descending=True)
