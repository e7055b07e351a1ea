"""What every page of ``ikou review`` works with: the newest run, the ledger, the accounts, and who is asking."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from char_mapping.errors import DefinitionError
from pipelines.ledger import Access, Ledger, open_ledger
from pipelines.reports.run_files import open_run
from pipelines.review.accounts import Account, Accounts, Session
from pipelines.review.issue_filter import Filter
from pipelines.review.issue_store import IssueStore
from pipelines.runs.folder import completed_runs, read_json


@dataclass(frozen=True, slots=True)
class RunInBrief:
    """A run as the dashboard lists it."""

    run_id: str
    generation: str
    statistics: Mapping[str, Any]


class Desk:
    """The state of one ``ikou review`` process.

    Args:
        data_dir: The project's data folder.
        areas: Areas of the project by id with their labels, in the order of ikou.toml.
        departments: 主管課 by name with their areas.
        clock: The caller's clock, with time zone.
        threads: DuckDB's threads.
        memory_mib: DuckDB's memory limit in MiB.
    """

    def __init__(
        self, data_dir: Path, *, areas: Mapping[str, str], departments: Mapping[str, tuple[str, ...]],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC), threads: int = 2, memory_mib: int = 1024,
    ) -> None:
        self.data_dir, self.areas, self.departments, self.clock = data_dir, areas, departments, clock
        self.ledger: Ledger = open_ledger(data_dir)
        self.accounts = Accounts(self.ledger.engine)
        self._threads, self._memory = threads, memory_mib
        self._guard = threading.Lock()
        self._store: IssueStore | None = None
        self._briefs: dict[str, RunInBrief] = {}

    def close(self) -> None:
        """Give database and memory back."""
        if self._store is not None:
            self._store.close()
        self.ledger.close()

    def store(self) -> IssueStore:
        """Issues of the newest complete run with the states of now.

        Raises:
            DefinitionError: There is no run yet.
        """
        runs = completed_runs(self.data_dir)
        if not runs:
            raise DefinitionError(
                str(self.data_dir / "runs"), expected="a finished run", found="none", todo="Run `ikou run` first."
            )
        with self._guard:
            newest = runs[-1]
            if self._store is None or self._store.run.folder != newest:
                # The earlier one is left to requests that still read it.
                self._store = IssueStore(
                    open_run(newest), self.ledger, threads=self._threads, memory_mib=self._memory
                )
            store = self._store
        store.sync()
        return store

    def runs(self) -> list[RunInBrief]:
        """Every complete run, oldest first."""
        told = []
        for folder in completed_runs(self.data_dir):
            if folder.name not in self._briefs:
                statistics = read_json(folder / "statistics.json")
                self._briefs[folder.name] = RunInBrief(folder.name, str(statistics.get("generation", "")), statistics)
            told.append(self._briefs[folder.name])
        return told

    def seen_by(self, account: Account, wanted: Filter | None = None) -> Filter:
        """A filter narrowed to what the person may see."""
        wanted = wanted or Filter()
        areas = account.areas if account.role == "department" else None
        return Filter(
            wanted.facets, wanted.text, areas, wanted.sheltered, wanted.issue_ids, by_person=account.sees_values
        )

    def log(self, session: Session | None, process: str, **what: Any) -> None:
        """Append to the operation log; ``session`` None is somebody who is not logged in."""
        actor = what.pop("actor", session.account.login if session else "-")
        terminal = what.pop("terminal", session.terminal if session else "")
        self.ledger.log([Access(actor, process, terminal, **what)], at=self.clock())
