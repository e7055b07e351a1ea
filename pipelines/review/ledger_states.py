"""What the ledger decided, and whom it charged with what, written into the tables of a run: states of now."""

from __future__ import annotations

import threading
from datetime import date

import polars as pl

from pipelines.ledger import Ledger, classify, matches, with_selectors
from pipelines.reports.run_files import RunFiles
from pipelines.review.issue_tables import IssueTables


class LedgerStates:
    """Takes in what changed in the ledger, from one call to the next.

    Attributes:
        has_charges: Whether anybody is charged with anything.
    """

    def __init__(self, tables: IssueTables, run: RunFiles, ledger: Ledger) -> None:
        self.has_charges = False
        self._tables, self._ledger = tables, ledger
        self._guard = threading.Lock()
        self._seq = -1
        self._assigned = ""
        as_of = run.statistics.get("as_of")
        self._as_of = date.fromisoformat(as_of) if as_of else None
        self._generation = str(run.statistics.get("generation") or "")

    @property
    def version(self) -> tuple[int, str]:
        """Changes whenever a state may have changed."""
        return self._seq, self._assigned

    def sync(self) -> None:
        """Take in what changed in the ledger since the last call; states of the issues it touches are found anew."""
        with self._guard:
            if self._ledger.position() != self._seq:
                self._take_in()
            self._take_assignments()

    def _take_in(self) -> None:
        first = self._seq < 0
        # The position comes first: what arrives meanwhile is taken in now and once more the next time.
        position = self._ledger.position()
        changed = self._ledger.decisions() if first else self._ledger.changed_since(self._seq)
        if changed.height:
            parsed = with_selectors(changed)
            ids = parsed["_issue_id"].drop_nulls().unique()
            wider = parsed.filter(pl.col("scope") != "record")
            if first:
                mine = self._tables.selectable("", [])
                decisions = changed
            else:
                mine = self._touched(ids, wider)
                decisions = self._ledger.decisions_on(mine["issue_id"].to_list())
            states = classify(mine, decisions, as_of=self._as_of, generation=self._generation)
            # On the first call every issue is 未判断 already.
            self._write_states(states.filter(pl.col("state") != "未判断") if first else states)
            self._write_decisions(parsed)
        self._seq = position

    def _touched(self, ids: pl.Series, wider: pl.DataFrame) -> pl.DataFrame:
        named = self._tables.selectable(
            "n IN (SELECT p.n FROM place p WHERE p.issue_id IN (SELECT unnest(?)))", [ids.to_list()]
        )
        if wider.is_empty():
            return named
        rules = wider["rule_id"].unique().to_list()
        of_rules = self._tables.selectable("rule_id IN (SELECT unnest(?))", [rules])
        hit = matches(of_rules, wider).select("issue_id").unique()
        return pl.concat([named, of_rules.join(hit, on="issue_id", how="semi")]).unique("issue_id", maintain_order=True)

    def _write_states(self, states: pl.DataFrame) -> None:
        given = states.to_arrow(compat_level=pl.CompatLevel.oldest())
        cursor = self._tables.cursor()
        cursor.register("states_given", given)
        cursor.execute(
            "UPDATE base SET state = s.state::issue_state, decision_id = s.decision_id, kind = s.kind "
            "FROM (SELECT p.n, g.* FROM states_given g JOIN place p USING (issue_id)) s WHERE base.n = s.n"
        )
        cursor.close()

    def _write_decisions(self, parsed: pl.DataFrame) -> None:
        cursor = self._tables.cursor()
        columns = [
            "id", "rule_id", "rule_version", "scope", "selector", "kind", "value", "proposer", "approver", "reason",
            "evidence", "at", "expires", "supersedes", "state", "decided_at", "decided_reason", "decided_reference",
            "generation",
        ]
        # A code belongs to the area of its source.
        source = pl.col("selector").str.json_path_match("$.source").str.extract("^([^/]*)")
        given = parsed.select(*columns, selected_area="_area", selected_issue="_issue_id", of_source=source)
        cursor.register("decisions_given", given.to_arrow(compat_level=pl.CompatLevel.oldest()))
        cursor.execute("DELETE FROM decision WHERE id IN (SELECT id FROM decisions_given)")
        listed = ", ".join(f'd."{name}"' for name in columns)
        cursor.execute(
            f"INSERT INTO decision SELECT {listed}, coalesce(selected_area, b.area_id::VARCHAR, s.area, ''), "
            "d.selected_issue FROM decisions_given d "
            "LEFT JOIN (SELECT source, min(area_id::VARCHAR) AS area FROM base GROUP BY source) s "
            "ON s.source = d.of_source LEFT JOIN place p ON p.issue_id = d.selected_issue LEFT JOIN base b ON b.n = p.n"
        )
        cursor.close()

    def _take_assignments(self) -> None:
        assigned = self._ledger.assignments()
        told = assigned.write_json()
        if told == self._assigned:
            return
        cursor = self._tables.cursor()
        cursor.execute("UPDATE base SET charge = '', work_state = '' WHERE charge <> ''")
        # Kinds first, then single issues: the narrower one holds.
        for row in sorted(assigned.iter_rows(named=True), key=lambda row: "issue_id" in row["selector"]):
            keys = pl.Series([row["selector"]]).str.json_decode(pl.Struct(dict.fromkeys(
                ("issue_id", "rule", "area", "group", "item"), pl.String
            ))).item()
            where = [
                (column, keys[key]) for key, column in (
                    ("issue_id", "issue_id"), ("rule", "rule_id"), ("area", "area_id"), ("group", "group_id"),
                    ("item", "item"),
                ) if keys[key] is not None
            ]
            cursor.execute(
                "UPDATE base SET charge = ?, work_state = ?, charge_due = ? WHERE "
                + " AND ".join(f"{column} = ?" for column, _ in where),
                [row["owner"], row["state"], row["due"] or "", *(value for _, value in where)],
            )
        cursor.close()
        self._assigned, self.has_charges = told, assigned.height > 0
