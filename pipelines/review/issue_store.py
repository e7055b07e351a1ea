"""The queue: issues of one run with the states of now, counted, paged and looked at.

Bytes are read from the run's files for the issue that is looked at. Nothing of an issue ever goes into the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from pipelines.ledger import Ledger
from pipelines.reports.disclosure import disclose
from pipelines.reports.run_files import RunFiles
from pipelines.review.decision_lists import DecisionLists
from pipelines.review.issue_filter import COLUMNS, FACETS, Condition, Filter, condition
from pipelines.review.issue_tables import IssueTables
from pipelines.review.ledger_states import LedgerStates
from pipelines.review.surroundings import Surroundings

MOST_VALUES = 40
"""Values of one facet that are listed, the most frequent first."""

ROW = (
    "n", "issue_id", "value_hash", "rule_id", "rule_version", "area_id", "group_id", "source", "subject", "item_path",
    "item", "file", "record_no", "severity", "action", "blocks", "confidence", "owner", "due", "number", "household",
    "name", "town", "certified", "meaning", "protected", "pair", "state", "decision_id", "kind", "charge", "work_state",
)

_VALUES = ("before", "candidate", "evidence")

_KEPT_ANSWERS = 200  # facets of filters that were asked for; void as soon as a decision changes

_MATCHABLE = (
    "issue_id, certified, state, number, item, protected, meaning, value_hash, rule_id, rule_version, area_id, "
    "group_id, item_path, before, candidate, evidence"
)


class IssueStore:
    """Issues of one run with the states of now.

    Args:
        run: The run.
        ledger: Where the decisions are; asked for what changed before each answer.
        threads: DuckDB's threads.
        memory_mib: DuckDB's memory limit in MiB.

    Attributes:
        decided: Lists of decisions.
        around: What stands around an issue.
    """

    def __init__(self, run: RunFiles, ledger: Ledger, *, threads: int = 2, memory_mib: int = 1024) -> None:
        self.run = run
        self._tables = IssueTables(run, threads=threads, memory_mib=memory_mib)
        self._states = LedgerStates(self._tables, run, ledger)
        self.decided = DecisionLists(self._tables, ledger)
        self.around = Surroundings(self._tables, run)
        self._facets: dict[tuple[str, tuple[int, str]], dict[str, list[tuple[str, int]]]] = {}
        self.sync()

    def close(self) -> None:
        """Give DuckDB's memory back."""
        self._tables.close()

    def sync(self) -> None:
        """Take in what changed in the ledger since the last call."""
        self._states.sync()

    def count(self, wanted: Filter) -> int:
        """Number of issues that the filter leaves."""
        where = self._condition(wanted)
        row = self._tables.cursor().execute(f"SELECT count(*) FROM base WHERE {where.sql}", where.values).fetchone()
        return int(row[0]) if row else 0

    def facets(self, wanted: Filter) -> dict[str, list[tuple[str, int]]]:
        """Values and counts of every facet, each with its own choice left open; the most frequent first."""
        key = (repr(wanted), self._states.version)
        if key in self._facets:
            return self._facets[key]
        told: dict[str, list[tuple[str, int]]] = {}
        cursor = self._tables.cursor()
        for name in FACETS:
            known = self._tables.known.get(COLUMNS[name])
            if (name == "charge" and not self._states.has_charges) or (known is not None and len(known) < 2):
                told[name] = [((known or [""])[0], -1)]
                continue
            where = self._condition(wanted, skip=name)
            found = cursor.execute(
                f"SELECT {COLUMNS[name]}, count(*) AS size FROM base WHERE {where.sql} GROUP BY 1", where.values
            ).fetchall()
            ranked = sorted(((str(value or ""), int(size)) for value, size in found), key=lambda p: (-p[1], p[0]))
            told[name] = ranked[:MOST_VALUES]
        whole = sum(size for _, size in told["state"]) if not wanted.facets.get("state") else self.count(wanted)
        told = {name: [(v, whole if n < 0 else n) for v, n in found] for name, found in told.items()}
        if len(self._facets) >= _KEPT_ANSWERS:
            self._facets.clear()
        self._facets[key] = told
        return told

    def page(self, wanted: Filter, *, offset: int = 0, limit: int = 50) -> pl.DataFrame:
        """Rows of the queue in its order (ROW and the shown before, candidate, evidence)."""
        # First which rows, from few columns; then all columns of those alone.
        where = self._condition(wanted)
        rows = self._tables.rows(
            f"SELECT n FROM base WHERE {where.sql} ORDER BY n LIMIT ? OFFSET ?", [*where.values, limit, offset]
        )["n"]
        return _disclosed(self._at(rows, (*ROW, *_VALUES)), plain=wanted.sheltered)

    def one(self, issue_id: str) -> dict[str, Any] | None:
        """One issue as listed, without its values."""
        place = self._tables.place(issue_id)
        return None if place is None else self._at(pl.Series([place]), (*ROW, "charge_due")).row(0, named=True)

    def shown(self, issue_id: str, *, plain: bool = False) -> dict[str, Any] | None:
        """One issue with its values as the person may see them; ``plain`` shows addresses of 支援措置.

        The bytes are left out wherever they could hold what the text hides.
        """
        place = self._tables.place(issue_id)
        if place is None:
            return None
        told = self._at(pl.Series([place]), (*ROW, *_VALUES, "charge_due", "file_no", "file_row_number"))
        row = _disclosed(told, plain=plain).row(0, named=True)
        row["proposed"], row["raw_before"] = told["candidate"][0], told["before"][0]
        raw, row["byte_offset"] = (
            pl.scan_parquet(self._tables.issue_files[row["file_no"]]).slice(row["file_row_number"], 1)
            .select("raw_bytes", "byte_offset").collect().row(0)
        )
        row["raw"] = raw if row["before"] == row["raw_before"] else None
        return row

    def neighbours(self, wanted: Filter, n: int) -> tuple[str | None, str | None]:
        """Ids of the issue before and of the one behind row ``n`` in the filtered queue."""
        where = self._condition(wanted)
        cursor = self._tables.cursor()
        earlier = cursor.execute(
            f"SELECT issue_id FROM base WHERE {where.sql} AND n < ? ORDER BY n DESC LIMIT 1", [*where.values, n]
        ).fetchone()
        later = cursor.execute(
            f"SELECT issue_id FROM base WHERE {where.sql} AND n > ? ORDER BY n LIMIT 1", [*where.values, n]
        ).fetchone()
        return (earlier[0] if earlier else None), (later[0] if later else None)

    def matchable(self, wanted: Filter, limit: int = 1_000_000) -> pl.DataFrame:
        """Issue rows of a filter with what decisions select by, and certified, state, number."""
        where = self._condition(wanted)
        return self._tables.rows(
            f"SELECT {_MATCHABLE} FROM base WHERE {where.sql} ORDER BY n LIMIT ?", [*where.values, limit]
        )

    def of_rule_and_item(self, rule: str, item: str) -> pl.DataFrame:
        """All issues of a rule and item, as ``matchable`` gives them: what a wider decision can touch."""
        return self._tables.rows(
            f"SELECT {_MATCHABLE} FROM base WHERE rule_id = ? AND item = ? ORDER BY n", [rule, item]
        )

    def counts(self, column: str, wanted: Filter) -> list[tuple[str, dict[str, int]]]:
        """Issues by a facet and state: (value, {state: count}), the most open first."""
        where = self._condition(wanted)
        rows = self._tables.cursor().execute(
            f"SELECT {COLUMNS[column]}, state, count(*) FROM base WHERE {where.sql} GROUP BY 1, 2",
            where.values,
        ).fetchall()
        told: dict[str, dict[str, int]] = {}
        for value, state, size in rows:
            told.setdefault(str(value or ""), {})[str(state)] = int(size)
        return sorted(told.items(), key=lambda pair: (-pair[1].get("未判断", 0), pair[0]))

    def text_in_values(self, token: str, areas: Sequence[str] | None, limit: int = 200) -> list[str]:
        """Ids of issues whose value holds a token (an undecided code such as ``{F0A1}``)."""
        where = "" if areas is None else " AND b.area_id IN (SELECT unnest(?))"
        rows = self._tables.cursor().execute(
            "SELECT b.issue_id FROM base b WHERE contains(b.before, ?)"
            f"{where} ORDER BY b.n LIMIT {int(limit)}", [token, *([] if areas is None else [list(areas)])],
        ).fetchall()
        return [issue for (issue,) in rows]

    def _condition(self, wanted: Filter, *, skip: str = "") -> Condition:
        return condition(wanted, self._tables.known, skip=skip)

    def _at(self, rows: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
        """Rows by their places in the queue."""
        low, high = (int(rows[0]), int(rows[-1])) if rows.len() else (0, -1)
        if high - low + 1 == rows.len():
            return self._tables.rows(
                f"SELECT {', '.join(columns)} FROM base WHERE n BETWEEN ? AND ? ORDER BY n", [low, high]
            )
        return self._tables.rows(
            f"SELECT {', '.join(columns)} FROM base WHERE n BETWEEN ? AND ? AND n IN (SELECT unnest(?)) ORDER BY n",
            [low, high, rows.to_list()],
        )


def _disclosed(rows: pl.DataFrame, *, plain: bool) -> pl.DataFrame:
    """Rows with before, candidate and evidence as a 主管課 may see them; ``plain`` is the queue of 支援措置."""
    protected = rows["protected"]
    shown = disclose(
        rows.with_columns(protected=pl.lit(False) if plain else pl.col("protected")),
        ("before", "candidate", "evidence"),
    )
    return shown.with_columns(protected)
