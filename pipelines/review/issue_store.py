"""The issues of one run, read by DuckDB from its Parquet files and joined with the states of the ledger's decisions.

What lists and facets are made of (rule, area, town, state …) stands in DuckDB's memory, row by row in the order of the
queue; values, evidence and bytes stay in the run's files and are read for the rows that are shown. Nothing of an issue
ever goes into the ledger. Several requests read at the same time, each on a cursor of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.ledger import Ledger, classify, matches, with_selectors
from pipelines.ledger.matching import without_occurrence
from pipelines.reports.disclosure import disclose
from pipelines.reports.run_files import RunFiles

FACETS: dict[str, str] = {
    "state": "状態", "severity": "重さ", "rule": "規則", "area": "業務", "group": "グループ", "town": "町字",
    "confidence": "確からしさ", "owner": "主管課", "charge": "担当者", "blocks": "止めるもの",
}
"""Facets of the queue with their labels."""

_COLUMNS = {
    "state": "state", "severity": "severity", "rule": "rule_id", "area": "area_id", "group": "group_id", "town": "town",
    "confidence": "confidence", "owner": "owner", "charge": "charge", "blocks": "blocks",
}

MOST_VALUES = 40
"""Values of one facet that are listed, the most frequent first."""

ROW = (
    "n", "issue_id", "value_hash", "rule_id", "rule_version", "area_id", "group_id", "source", "subject", "item_path",
    "item", "file", "record_no", "severity", "action", "blocks", "confidence", "owner", "due", "number", "household",
    "name", "town", "certified", "meaning", "protected", "pair", "state", "decision_id", "kind", "charge", "work_state",
)

_PERSON_NAMES = ("person_name", "person_name_kanji", "person_name_roman", "person_alias")
_NEVER_SHOWN = "my_number"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which issues: one or more values a facet, a text, and what the person may see at all.

    ``areas`` None means all areas; ``sheltered`` asks for the queue of 支援措置 (their issues alone); ``text`` is a
    number, an issue id or the beginning of an item.
    """

    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    text: str = ""
    areas: tuple[str, ...] | None = None
    sheltered: bool = False
    issue_ids: tuple[str, ...] = ()
    by_person: bool = True

    def without(self, facet: str) -> Filter:
        """The same filter with one facet open."""
        return replace(self, facets={name: values for name, values in self.facets.items() if name != facet})


@dataclass(frozen=True, slots=True)
class _Where:
    sql: str
    values: list[Any]


class IssueStore:
    """Issues of one run with the states of now.

    Args:
        run: The run.
        ledger: Where the decisions are; asked for what changed before each answer.
        threads: DuckDB's threads.
        memory_mib: DuckDB's memory limit in MiB.
    """

    def __init__(self, run: RunFiles, ledger: Ledger, *, threads: int = 2, memory_mib: int = 1024) -> None:
        self.run = run
        self._ledger = ledger
        self._guard = threading.Lock()
        self._seq = -1
        self._assigned = ""
        self._database = duckdb.connect(config={
            "threads": threads, "memory_limit": f"{memory_mib}MB", "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        })
        as_of = run.statistics.get("as_of")
        self._as_of = date.fromisoformat(as_of) if as_of else None
        self._generation = str(run.statistics.get("generation") or "")
        self._files = sorted((run.folder / "issues").glob("*.parquet"))
        self._keys = sorted((run.folder / "keys").glob("*/*.parquet"))
        self._build()

    def close(self) -> None:
        """Give DuckDB's memory back."""
        self._database.close()

    # -- building -----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        connection = self._database
        parts = [
            f"SELECT {number} AS file_no, * FROM read_parquet({_quoted(path)}, file_row_number=true)"
            for number, path in enumerate(self._files)
        ]
        if parts:
            body = " UNION ALL BY NAME ".join(parts)
        else:
            body = (
                "SELECT NULL::INT AS file_no, NULL::BIGINT AS file_row_number, "
                + ", ".join(f"NULL::VARCHAR AS {name}" for name in _ISSUE_TEXTS)
                + ", NULL::BIGINT AS record_no, NULL::BIGINT AS byte_offset, NULL::BLOB AS raw_bytes, "
                "NULL::INT AS rule_version WHERE false"
            )
        connection.execute(f"CREATE VIEW issue AS {body}")
        self._keys_view()
        self._people()
        items = self.run.items
        connection.register("items_given", items.to_arrow(compat_level=pl.CompatLevel.oldest()))
        connection.execute(
            "CREATE TABLE exact AS SELECT area_id, group_id, item, any_value(certified) c, any_value(meaning) m "
            "FROM items_given GROUP BY ALL"
        )
        connection.execute(
            "CREATE TABLE loose AS SELECT area_id, item, bool_or(certified) c, "
            "first(meaning ORDER BY group_id) m FROM items_given GROUP BY ALL"
        )
        connection.unregister("items_given")
        connection.execute(_BASE)
        connection.execute(
            "CREATE TABLE decision (id VARCHAR PRIMARY KEY, rule_id VARCHAR, rule_version BIGINT, scope VARCHAR, "
            "selector VARCHAR, kind VARCHAR, value VARCHAR, proposer VARCHAR, approver VARCHAR, reason VARCHAR, "
            "evidence VARCHAR, \"at\" VARCHAR, expires VARCHAR, supersedes VARCHAR, state VARCHAR, decided_at VARCHAR, "
            "decided_reason VARCHAR, decided_reference VARCHAR, generation VARCHAR, area_id VARCHAR)"
        )
        self.sync()

    def _keys_view(self) -> None:
        selects = []
        for path in self._keys:
            columns = set(pl.read_parquet_schema(path))
            names = [f'"{name}"' for name in _PERSON_NAMES if name in columns]
            number = 'CAST("person_number" AS VARCHAR), ' if "person_number" in columns else ""
            support = any(name.startswith("support_") for name in columns)
            selects.append(
                f"SELECT {_quoted(path.parent.name)} AS area_id, {_quoted(path.stem)} AS group_id, file, record_no, "
                f"subject, coalesce({number}regexp_extract(subject, '^([^/|]*)', 1)) AS number, "
                f"{_optional(columns, 'person_household_number')} AS household, "
                f"{'coalesce(' + ', '.join(names) + ')' if names else 'NULL::VARCHAR'} AS name, "
                f"{_optional(columns, 'address_town')} AS town, {support} AS support FROM read_parquet({_quoted(path)})"
            )
        empty = (
            "SELECT NULL::VARCHAR area_id, NULL::VARCHAR group_id, NULL::VARCHAR AS file, NULL::BIGINT record_no, "
            "NULL::VARCHAR subject, NULL::VARCHAR number, NULL::VARCHAR household, NULL::VARCHAR AS name, "
            "NULL::VARCHAR town, false AS support WHERE false"
        )
        self._database.execute("CREATE VIEW keys AS " + " UNION ALL ".join([empty, *selects]))

    def _people(self) -> None:
        self._database.execute(
            "CREATE TABLE sheltered AS SELECT DISTINCT number FROM keys WHERE support AND number IS NOT NULL;"
            "CREATE TABLE shelter_home AS SELECT DISTINCT household FROM keys SEMI JOIN sheltered USING (number) "
            "WHERE household <> '';"
            "CREATE TABLE of_record AS SELECT area_id, file, record_no, any_value(number) number, "
            "any_value(household) household, any_value(name) AS name, any_value(town) town FROM keys "
            "SEMI JOIN (SELECT area_id, file, record_no FROM issue) USING (area_id, file, record_no) GROUP BY ALL;"
            "CREATE TABLE of_person AS SELECT number, any_value(household) household, any_value(name) AS name, "
            "any_value(town) town FROM keys SEMI JOIN (SELECT number FROM of_record UNION "
            "SELECT regexp_extract(member, '^([^/|]*)', 1) FROM "
            "(SELECT unnest(string_split(subject, '|')) AS member FROM issue)) USING (number) "
            "WHERE name IS NOT NULL GROUP BY number;"
            "CREATE TABLE member AS SELECT issue_id, subject, regexp_extract(subject, '^([^/|]*)', 1) AS number "
            "FROM (SELECT issue_id, unnest(string_split(subject, '|')) AS subject FROM issue "
            "WHERE contains(subject, '|'))"
        )

    def _rows(self, query: str, values: Sequence[Any] = ()) -> pl.DataFrame:
        table = self._database.cursor().sql(query, params=list(values) or None).to_arrow_table()
        frame = pl.from_arrow(table)
        if not isinstance(frame, pl.DataFrame):
            raise TypeError("a query that gives no table")
        return frame

    # -- states -------------------------------------------------------------------------------------------------------

    def sync(self) -> None:
        """Take in what changed in the ledger since the last call; states of the issues it touches are found anew."""
        with self._guard:
            if self._ledger.position() != self._seq:
                self._take_in()
            self._take_assignments()

    def _take_in(self) -> None:
        first = self._seq < 0
        changed = self._ledger.decisions() if first else self._ledger.changed_since(self._seq)
        position = self._ledger.position()
        if changed.height:
            parsed = with_selectors(changed)
            ids = parsed["_issue_id"].drop_nulls().unique()
            wider = parsed.filter(pl.col("scope") != "record")
            if first:
                mine = self._matchable("", [])
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
        named = self._matchable("issue_id IN (SELECT unnest(?))", [ids.to_list()])
        if wider.is_empty():
            return named
        rules = wider["rule_id"].unique().to_list()
        of_rules = self._matchable("rule_id IN (SELECT unnest(?))", [rules])
        hit = matches(of_rules, wider).select("issue_id").unique()
        return pl.concat([named, of_rules.join(hit, on="issue_id", how="semi")]).unique("issue_id", maintain_order=True)

    def _matchable(self, where: str, values: list[Any]) -> pl.DataFrame:
        """Issue rows with what decisions select by."""
        return self._rows(
            "SELECT issue_id, value_hash, rule_id, rule_version, area_id, group_id, item_path, before FROM issue"
            + (f" WHERE {where}" if where else ""), values,
        )

    def _write_states(self, states: pl.DataFrame) -> None:
        given = states.to_arrow(compat_level=pl.CompatLevel.oldest())
        cursor = self._database.cursor()
        cursor.register("states_given", given)
        cursor.execute(
            "UPDATE base SET state = s.state, decision_id = s.decision_id, kind = s.kind FROM states_given s "
            "WHERE base.issue_id = s.issue_id"
        )
        cursor.close()

    def _write_decisions(self, parsed: pl.DataFrame) -> None:
        cursor = self._database.cursor()
        columns = [
            "id", "rule_id", "rule_version", "scope", "selector", "kind", "value", "proposer", "approver", "reason",
            "evidence", "at", "expires", "supersedes", "state", "decided_at", "decided_reason", "decided_reference",
            "generation",
        ]
        given = parsed.select(*columns, selected_area="_area", selected_issue="_issue_id")
        cursor.register("decisions_given", given.to_arrow(compat_level=pl.CompatLevel.oldest()))
        cursor.execute("DELETE FROM decision WHERE id IN (SELECT id FROM decisions_given)")
        listed = ", ".join(f'd."{name}"' for name in columns)
        cursor.execute(
            f"INSERT INTO decision SELECT {listed}, coalesce(selected_area, b.area_id, '') FROM decisions_given d "
            "LEFT JOIN base b ON b.issue_id = d.selected_issue"
        )
        cursor.close()

    def _take_assignments(self) -> None:
        assigned = self._ledger.assignments()
        told = assigned.write_json()
        if told == self._assigned:
            return
        cursor = self._database.cursor()
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
        self._assigned = told

    # -- lists --------------------------------------------------------------------------------------------------------

    def _where(self, wanted: Filter, *, skip: str = "") -> _Where:
        sql, values = ["true"], list[Any]()
        for facet, chosen in wanted.facets.items():
            if chosen and facet != skip:
                sql.append(f"{_COLUMNS[facet]} IN (SELECT unnest(?))")
                values.append(list(chosen))
        if wanted.areas is not None:
            sql.append("area_id IN (SELECT unnest(?))")
            values.append(list(wanted.areas))
        if wanted.sheltered:
            sql.append("protected")
        if wanted.issue_ids:
            sql.append("issue_id IN (SELECT unnest(?))")
            values.append(list(wanted.issue_ids))
        text = wanted.text.strip()
        if text:
            about = ["issue_id = ?", "starts_with(item, ?)", "rule_id = ?"]
            values += [text.lower(), text, text.upper()]
            if wanted.by_person:
                about += ["number = ?", "household = ?"]
                values += [text, text]
            sql.append("(" + " OR ".join(about) + ")")
        return _Where(" AND ".join(sql), values)

    def count(self, wanted: Filter) -> int:
        """Number of issues that the filter leaves."""
        where = self._where(wanted)
        row = self._database.cursor().execute(f"SELECT count(*) FROM base WHERE {where.sql}", where.values).fetchone()
        return int(row[0]) if row else 0

    def facets(self, wanted: Filter) -> dict[str, list[tuple[str, int]]]:
        """Values and counts of every facet, each with its own choice left open; the most frequent first."""
        told: dict[str, list[tuple[str, int]]] = {}
        cursor = self._database.cursor()
        open_ones = [name for name in FACETS if not wanted.facets.get(name)]
        if open_ones:
            # What is not narrowed is counted in one pass.
            where = self._where(wanted)
            sets = ", ".join(f"({_COLUMNS[name]})" for name in open_ones)
            columns = ", ".join(_COLUMNS[name] for name in open_ones)
            marks = ", ".join(f"grouping({_COLUMNS[name]})" for name in open_ones)
            rows = cursor.execute(
                f"SELECT {marks}, {columns}, count(*) FROM base WHERE {where.sql} GROUP BY GROUPING SETS ({sets})",
                where.values,
            ).fetchall()
            size = len(open_ones)
            for name, place in zip(open_ones, range(size), strict=True):
                found = [(str(row[size + place] or ""), int(row[-1])) for row in rows if row[place] == 0]
                told[name] = sorted(found, key=lambda pair: (-pair[1], pair[0]))[:MOST_VALUES]
        for name in FACETS:
            if name not in told:
                where = self._where(wanted, skip=name)
                found = cursor.execute(
                    f"SELECT coalesce({_COLUMNS[name]}, ''), count(*) AS size FROM base WHERE {where.sql} "
                    f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_VALUES}", where.values,
                ).fetchall()
                told[name] = [(str(value), int(size)) for value, size in found]
        return told

    def page(self, wanted: Filter, *, offset: int = 0, limit: int = 50) -> pl.DataFrame:
        """Rows of the queue in its order (ROW and the shown before, candidate, evidence)."""
        where = self._where(wanted)
        rows = self._rows(
            f"SELECT {', '.join(ROW)}, file_no, file_row_number FROM base WHERE {where.sql} "
            "ORDER BY n LIMIT ? OFFSET ?",
            [*where.values, limit, offset],
        )
        return self._with_values(rows, plain=wanted.sheltered)

    def one(self, issue_id: str) -> dict[str, Any] | None:
        """One issue as listed, without its values."""
        rows = self._rows(
            f"SELECT {', '.join(ROW)}, file_no, file_row_number, charge_due FROM base WHERE issue_id = ?", [issue_id]
        )
        return rows.row(0, named=True) if rows.height else None

    def shown(self, issue_id: str, *, plain: bool = False) -> dict[str, Any] | None:
        """One issue with its values as the person may see them; ``plain`` shows addresses of 支援措置.

        The bytes are left out wherever they could hold what the text hides.
        """
        rows = self._rows(
            f"SELECT {', '.join(ROW)}, file_no, file_row_number, charge_due FROM base WHERE issue_id = ?", [issue_id]
        )
        if rows.is_empty():
            return None
        row = self._with_values(rows, plain=plain).row(0, named=True)
        told = self._values(rows).row(0, named=True)
        row["proposed"], row["raw_before"] = told["candidate"], told["before"]
        hidden = row["before"] != told["before"]
        row["raw"] = None if hidden else told["raw_bytes"]
        row["byte_offset"] = told["byte_offset"]
        return row

    def neighbours(self, wanted: Filter, n: int) -> tuple[str | None, str | None]:
        """Ids of the issue before and of the one behind row ``n`` in the filtered queue."""
        where = self._where(wanted)
        cursor = self._database.cursor()
        earlier = cursor.execute(
            f"SELECT issue_id FROM base WHERE {where.sql} AND n < ? ORDER BY n DESC LIMIT 1", [*where.values, n]
        ).fetchone()
        later = cursor.execute(
            f"SELECT issue_id FROM base WHERE {where.sql} AND n > ? ORDER BY n LIMIT 1", [*where.values, n]
        ).fetchone()
        return (earlier[0] if earlier else None), (later[0] if later else None)

    def matchable(self, wanted: Filter, limit: int | None = None) -> pl.DataFrame:
        """Issue rows of a filter with what decisions select by, and certified, state, number."""
        where = self._where(wanted)
        bound = f" LIMIT {int(limit)}" if limit is not None else ""
        rows = self._rows(
            f"SELECT issue_id, certified, state, number, item, protected, meaning, file_no, file_row_number FROM base "
            f"WHERE {where.sql} ORDER BY n{bound}", where.values,
        )
        values = self._values(rows).select(
            "issue_id", "value_hash", "rule_id", "rule_version", "area_id", "group_id", "item_path", "before",
            "candidate", "evidence",
        )
        return rows.drop("file_no", "file_row_number").join(values, on="issue_id", how="left", maintain_order="left")

    def of_rule_and_item(self, rule: str, item: str) -> pl.DataFrame:
        """All issues of a rule and item, as ``matchable`` gives them: what a wider decision can touch."""
        rows = self._rows(
            "SELECT issue_id, certified, state, number, item, protected, meaning, file_no, file_row_number FROM base "
            "WHERE rule_id = ? AND item = ? ORDER BY n", [rule, item],
        )
        values = self._values(rows).select(
            "issue_id", "value_hash", "rule_id", "rule_version", "area_id", "group_id", "item_path", "before",
            "candidate", "evidence",
        )
        return rows.drop("file_no", "file_row_number").join(values, on="issue_id", how="left", maintain_order="left")

    def _values(self, rows: pl.DataFrame) -> pl.DataFrame:
        """What stays in the run's files of some rows, found by file and row."""
        frames = []
        for (number,), mine in rows.group_by("file_no", maintain_order=True):
            path = self._files[int(str(number))]
            wanted = mine["file_row_number"]
            frames.append(
                pl.scan_parquet(path, row_index_name="_row")
                .slice(int(wanted.min()), int(wanted.max()) - int(wanted.min()) + 1)  # type: ignore[arg-type] # integers
                .filter(pl.col("_row").is_in(wanted.implode()))
                .select("issue_id", "value_hash", "rule_id", "rule_version", "area_id",
                        pl.col("group_id").fill_null(""), "item_path", "before", "candidate", "evidence", "raw_bytes",
                        "byte_offset")
                .collect()
            )
        if not frames:
            return pl.DataFrame(schema={
                **dict.fromkeys(("issue_id", "value_hash", "rule_id"), pl.String), "rule_version": pl.Int32,
                **dict.fromkeys(("area_id", "group_id", "item_path", "before", "candidate", "evidence"), pl.String),
                "raw_bytes": pl.Binary, "byte_offset": pl.Int64,
            })
        return pl.concat(frames)

    def _with_values(self, rows: pl.DataFrame, *, plain: bool) -> pl.DataFrame:
        values = self._values(rows).select("issue_id", "before", "candidate", "evidence")
        joined = rows.join(values, on="issue_id", how="left", maintain_order="left")
        return disclose_rows(joined, plain=plain)

    # -- around an issue ----------------------------------------------------------------------------------------------

    def same_value(self, issue: Mapping[str, Any], before: str | None) -> list[dict[str, Any]]:
        """Where else the same value is an issue: rule, area, group, item, issues, people; the most frequent first."""
        rows = self._rows(
            "SELECT b.rule_id, b.area_id, b.group_id, b.item, count(*) AS issues, count(DISTINCT b.number) AS people, "
            "count(*) FILTER (b.state = '未判断') AS open FROM issue i JOIN base b USING (issue_id) "
            "WHERE i.before IS NOT DISTINCT FROM ? AND i.rule_id = ? GROUP BY ALL ORDER BY issues DESC, 1, 2, 3, 4 "
            "LIMIT 12",
            [before, issue["rule_id"]],
        )
        return rows.to_dicts()

    def household(self, household: str, area: str) -> list[dict[str, Any]]:
        """Latest known members of a household in an area: number, name, sheltered."""
        if not household:
            return []
        return self._rows(
            "SELECT number, any_value(name) AS name, bool_or(number IN (SELECT number FROM sheltered)) AS sheltered "
            "FROM keys WHERE household = ? AND area_id = ? GROUP BY number ORDER BY number LIMIT 30",
            [household, area],
        ).to_dicts()

    def members(self, issue_id: str) -> list[dict[str, Any]]:
        """Members of a pair or cluster, each with its key columns (``person_…``, ``address_…``) by area."""
        cursor = self._database.cursor()
        subjects = cursor.execute(
            "SELECT subject, number FROM member WHERE issue_id = ? ORDER BY subject", [issue_id]
        ).fetchall()
        told = []
        for subject, number in subjects:
            record = self._key_record(subject)
            areas = cursor.execute(
                "SELECT DISTINCT area_id FROM keys WHERE number = ? ORDER BY 1", [number]
            ).fetchall()
            home = cursor.execute(
                "SELECT count(*) FROM keys SEMI JOIN shelter_home USING (household) WHERE number = ?", [number]
            ).fetchone()
            direct = cursor.execute("SELECT count(*) FROM sheltered WHERE number = ?", [number]).fetchone()
            told.append({
                "subject": subject, "number": number, "areas": [area for (area,) in areas], "record": record,
                "protected": bool((home and home[0]) or (direct and direct[0])),
            })
        return told

    def _key_record(self, subject: str) -> dict[str, str]:
        for path in self._keys:
            found = pl.scan_parquet(path).filter(pl.col("subject") == subject).head(1).collect()
            if found.height:
                row = found.row(0, named=True)
                return {
                    name: "" if value is None else str(value) for name, value in row.items()
                    if name.startswith(("person_", "address_", "addressee_", "support_")) and _NEVER_SHOWN not in name
                } | {"area": path.parent.name, "group": path.stem, "file": str(row["file"])}
        return {}

    def cluster(self, issue_id: str) -> list[dict[str, Any]]:
        """Pairs reached from a pair through shared numbers: issue_id, subject, rule, state; at most 60."""
        return self._rows(
            "WITH RECURSIVE reached(issue_id) AS (SELECT ? UNION SELECT o.issue_id FROM reached r "
            "JOIN member m ON m.issue_id = r.issue_id JOIN member o ON o.number = m.number) "
            "SELECT b.issue_id, b.subject, b.rule_id, b.state, b.area_id FROM base b JOIN reached USING (issue_id) "
            "WHERE b.pair ORDER BY b.n LIMIT 60", [issue_id],
        ).to_dicts()

    def record(self, issue: Mapping[str, Any], *, plain: bool) -> list[dict[str, Any]]:
        """The record of an issue as converted, item by item: item, value (as it may be shown), mine."""
        folder = self.run.folder / "standard" / str(issue["area_id"])
        lineage = folder / f"{issue['group_id']}.lineage.parquet"
        if not issue["group_id"] or not lineage.is_file() or issue["record_no"] is None:
            return []
        at = (
            pl.scan_parquet(lineage, row_index_name="_row")
            .filter((pl.col("record_no") == issue["record_no"]) & (pl.col("file") == issue["file"]))
            .select("_row").head(1).collect()
        )
        if at.is_empty():
            return []
        row = (
            pl.scan_ipc(folder / f"{issue['group_id']}.arrow").slice(int(at.item()), 1).collect().row(0, named=True)
        )
        meanings = {
            item: meaning for area, group, item, meaning in self.run.items.select(
                "area_id", "group_id", "item", "meaning"
            ).iter_rows() if area == issue["area_id"] and group == issue["group_id"]
        }
        told = pl.DataFrame(
            [
                {"item_path": item, "meaning": meanings.get(item, ""), "protected": bool(issue["protected"]),
                 "value": None if value is None else str(value)}
                for item, value in row.items()
            ],
            schema={"item_path": pl.String, "meaning": pl.String, "protected": pl.Boolean, "value": pl.String},
        )
        shown = disclose(told.with_columns(protected=pl.col("protected") & ~pl.lit(plain)), ("value",))
        held = self._held(issue)
        return [
            {"item": row["item_path"], "value": row["value"] or "", "mine": row["item_path"] == issue["item"],
             "held": row["item_path"] in held}
            for row in shown.iter_rows(named=True) if row["value"] or row["item_path"] == issue["item"]
        ]

    def _held(self, issue: Mapping[str, Any]) -> set[str]:
        path = self.run.folder / "hold" / f"{issue['area_id']}.parquet"
        if not path.is_file():
            return set()
        rows = pl.scan_parquet(path).filter(
            (pl.col("record_no") == issue["record_no"]) & (pl.col("file") == issue["file"])
        ).select("item").collect()
        return set(rows["item"].to_list())

    # -- decisions ----------------------------------------------------------------------------------------------------

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
        return self._rows(
            "SELECT d.*, b.issue_id, b.item, b.number, b.name, b.severity, b.certified, b.protected, b.meaning, "
            "b.pair, count(*) OVER () AS total "
            "FROM decision d LEFT JOIN base b ON d.scope = 'record' AND b.issue_id = d.selector->>'$.issue_id' "
            f"WHERE {' AND '.join(sql)} ORDER BY d.id DESC LIMIT ? OFFSET ?", [*values, limit, offset],
        )

    def waiting(self, areas: Sequence[str] | None, login: str) -> int:
        """Proposals of others that wait for approval."""
        where = "" if areas is None else " AND area_id IN (SELECT unnest(?))"
        row = self._database.cursor().execute(
            f"SELECT count(*) FROM decision WHERE state = 'proposed' AND proposer <> ?{where}",
            [login, *([] if areas is None else [list(areas)])],
        ).fetchone()
        return int(row[0]) if row else 0

    def on_issue(self, issue_id: str) -> pl.DataFrame:
        """Every decision that ever selected an issue, the newest first."""
        mine = self._matchable("issue_id = ?", [issue_id])
        every = self._ledger.decisions_on([issue_id])
        found = matches(mine, every).select(id="decision_id", level="level")
        return every.join(found, on="id", how="inner").sort("id", descending=True)

    def counts(self, column: str, wanted: Filter) -> list[tuple[str, dict[str, int]]]:
        """Issues by a facet and state: (value, {state: count}), the most open first."""
        where = self._where(wanted)
        rows = self._database.cursor().execute(
            f"SELECT coalesce({_COLUMNS[column]}, ''), state, count(*) FROM base WHERE {where.sql} GROUP BY 1, 2",
            where.values,
        ).fetchall()
        told: dict[str, dict[str, int]] = {}
        for value, state, size in rows:
            told.setdefault(str(value), {})[str(state)] = int(size)
        return sorted(told.items(), key=lambda pair: (-pair[1].get("未判断", 0), pair[0]))

    def text_in_values(self, token: str, areas: Sequence[str] | None, limit: int = 200) -> list[str]:
        """Ids of issues whose value holds a token (an undecided code such as ``{F0A1}``)."""
        where = "" if areas is None else " AND b.area_id IN (SELECT unnest(?))"
        rows = self._database.cursor().execute(
            "SELECT b.issue_id FROM issue i JOIN base b USING (issue_id) WHERE contains(i.before, ?)"
            f"{where} ORDER BY b.n LIMIT {int(limit)}", [token, *([] if areas is None else [list(areas)])],
        ).fetchall()
        return [issue for (issue,) in rows]

    def code_tables(self) -> pl.DataFrame:
        """Codes that occur and what they read as (``code_tables/`` of the run); empty where the run has none."""
        paths = sorted((self.run.folder / "code_tables").glob("*.parquet"))
        frames = [pl.read_parquet(path).with_columns(area=pl.lit(path.stem)) for path in paths]
        return pl.concat(frames) if frames else pl.DataFrame(schema={
            **dict.fromkeys(("source", "table", "code_system", "page", "code", "text", "explained_by"), pl.String),
            "count": pl.Int64, "area": pl.String,
        })


def disclose_rows(rows: pl.DataFrame, *, plain: bool) -> pl.DataFrame:
    """Rows with before, candidate and evidence as a 主管課 may see them; ``plain`` is the queue of 支援措置."""
    protected = rows["protected"]
    shown = disclose(
        rows.with_columns(protected=pl.lit(False) if plain else pl.col("protected")),
        ("before", "candidate", "evidence"),
    )
    return shown.with_columns(protected)


def of_kind(issue: Mapping[str, Any]) -> str:
    """Item of an issue without its occurrence, as selectors name it."""
    return str(pl.select(pl.lit(issue["item_path"] or "").alias("p")).select(without_occurrence("p")).item())


def _quoted(text: str | Path) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def _optional(columns: set[str], name: str) -> str:
    return f'CAST("{name}" AS VARCHAR)' if name in columns else "NULL::VARCHAR"


_ISSUE_TEXTS = (
    "issue_id", "value_hash", "rule_id", "source", "area_id", "group_id", "subject", "item_path", "file", "before",
    "candidate", "severity", "action", "blocks", "confidence", "evidence", "owner", "due",
)

_BASE = """
CREATE TABLE base AS
SELECT * REPLACE (CASE WHEN protected THEN '' ELSE town END AS town), row_number() OVER (
           ORDER BY CASE severity WHEN 'E' THEN 0 WHEN 'W' THEN 1 ELSE 2 END, area_id, rule_id, item, number, issue_id
       ) AS n
FROM (
    SELECT i.issue_id, i.value_hash, i.rule_id, i.rule_version, i.area_id, coalesce(i.group_id, '') AS group_id,
           i.source, i.subject, coalesce(i.item_path, '') AS item_path,
           regexp_replace(coalesce(i.item_path, ''), '\\[[0-9]+\\]', '', 'g') AS item,
           i.file, i.record_no, i.severity, i.action, i.blocks, coalesce(i.confidence, '') AS confidence,
           coalesce(i.owner, '') AS owner, coalesce(i.due, '') AS due, i.file_no, i.file_row_number,
           CASE WHEN i.record_no IS NULL AND NOT contains(coalesce(i.subject, ''), '|') THEN ''
                ELSE coalesce(r.number, regexp_extract(i.subject, '^([^/|]*)', 1)) END AS number,
           coalesce(r.household, p.household, '') AS household, coalesce(r.name, p.name, '') AS name,
           coalesce(r.town, p.town, '') AS town,
           coalesce(e.c, l.c, false) AS certified, coalesce(e.m, l.m, '') AS meaning,
           (r.number IN (SELECT number FROM sheltered) OR coalesce(r.household, p.household) IN
               (SELECT household FROM shelter_home)
            OR i.issue_id IN (
               SELECT m.issue_id FROM member m WHERE m.number IN (SELECT number FROM sheltered)
               OR m.number IN (SELECT k.number FROM keys k SEMI JOIN shelter_home USING (household)))
            OR regexp_extract(i.subject, '^([^/|]*)', 1) IN (SELECT number FROM sheltered)) IS TRUE AS protected,
           contains(coalesce(i.subject, ''), '|') AS pair,
           '未判断' AS state, NULL::VARCHAR AS decision_id, NULL::VARCHAR AS kind,
           '' AS charge, '' AS work_state, '' AS charge_due
    FROM issue i
    LEFT JOIN of_record r ON r.area_id = i.area_id AND r.file = i.file AND r.record_no = i.record_no
    LEFT JOIN of_person p ON p.number = coalesce(r.number, regexp_extract(i.subject, '^([^/|]*)', 1))
    LEFT JOIN exact e ON e.area_id = i.area_id AND e.group_id = coalesce(i.group_id, '')
        AND e.item = regexp_replace(coalesce(i.item_path, ''), '\\[[0-9]+\\]', '', 'g')
    LEFT JOIN loose l ON l.area_id = i.area_id
        AND l.item = regexp_replace(coalesce(i.item_path, ''), '\\[[0-9]+\\]', '', 'g')
)
"""
