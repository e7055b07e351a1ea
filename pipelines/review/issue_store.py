"""The issues of one run, read by DuckDB from its Parquet files and joined with the states of the ledger's decisions.

The rows stand in DuckDB's memory in the order of the queue, so that a page is a range and a facet a count of codes;
bytes, records and keys are read from the run's files for the issue that is looked at. Nothing of an issue ever goes
into the ledger. Several requests read at the same time, each on a cursor of its own.
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
import polars.selectors as cs

from pipelines.ledger import Ledger, classify, matches, with_selectors
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

_VALUES = ("before", "candidate", "evidence")

_KEPT_ANSWERS = 200  # facets of filters that were asked for; void as soon as a decision changes

_CODED = ("rule_id", "area_id", "group_id", "severity", "blocks", "confidence", "owner", "town", "item")
"""Columns kept as dictionary codes."""

_MATCHABLE = (
    "issue_id, certified, state, number, item, protected, meaning, value_hash, rule_id, rule_version, area_id, "
    "group_id, item_path, before, candidate, evidence"
)

_STATES = ("未判断", "起案中", "承認済", "依頼中", "未反映", "却下", "失効", "期限切れ")

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
        self._has_charges = False
        self._known: dict[str, list[str]] = {"state": list(_STATES)}
        self._facets: dict[tuple[str, int, str], dict[str, list[tuple[str, int]]]] = {}
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
        connection.execute("CREATE TYPE issue_state AS ENUM ({})".format(", ".join(map(_quoted, _STATES))))
        connection.execute(_BASE)
        # Dictionary codes make the facets' counts cheap; the order of the queue makes its pages so.
        for column in _CODED:
            connection.execute(
                f"CREATE TYPE t_{column} AS ENUM (SELECT DISTINCT {column} FROM sorted WHERE {column} IS NOT NULL)"
            )
            self._known[column] = [
                str(value) for (value,) in connection.execute(f"SELECT unnest(enum_range(NULL::t_{column}))").fetchall()
            ]
        coded = ", ".join(f"{column}::t_{column} AS {column}" for column in _CODED)
        connection.execute(f"CREATE TABLE base AS SELECT * REPLACE ({coded}) FROM sorted ORDER BY n")
        connection.execute("DROP TABLE sorted; CREATE TABLE place AS SELECT issue_id, n FROM base")
        connection.execute("CREATE INDEX place_of ON place (issue_id)")
        connection.execute(
            "CREATE TABLE decision (id VARCHAR PRIMARY KEY, rule_id VARCHAR, rule_version BIGINT, scope VARCHAR, "
            "selector VARCHAR, kind VARCHAR, value VARCHAR, proposer VARCHAR, approver VARCHAR, reason VARCHAR, "
            "evidence VARCHAR, \"at\" VARCHAR, expires VARCHAR, supersedes VARCHAR, state VARCHAR, decided_at VARCHAR, "
            "decided_reason VARCHAR, decided_reference VARCHAR, generation VARCHAR, area_id VARCHAR, on_issue VARCHAR)"
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
        return frame.with_columns(cs.categorical().cast(pl.String), cs.enum().cast(pl.String))

    # -- states -------------------------------------------------------------------------------------------------------

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
        named = self._matchable(
            "n IN (SELECT p.n FROM place p WHERE p.issue_id IN (SELECT unnest(?)))", [ids.to_list()]
        )
        if wider.is_empty():
            return named
        rules = wider["rule_id"].unique().to_list()
        of_rules = self._matchable("rule_id IN (SELECT unnest(?))", [rules])
        hit = matches(of_rules, wider).select("issue_id").unique()
        return pl.concat([named, of_rules.join(hit, on="issue_id", how="semi")]).unique("issue_id", maintain_order=True)

    def _matchable(self, where: str, values: list[Any]) -> pl.DataFrame:
        """Issue rows with what decisions select by."""
        return self._rows(
            "SELECT issue_id, value_hash, rule_id, rule_version, area_id, group_id, item_path, before FROM base"
            + (f" WHERE {where}" if where else ""), values,
        )

    def _write_states(self, states: pl.DataFrame) -> None:
        given = states.to_arrow(compat_level=pl.CompatLevel.oldest())
        cursor = self._database.cursor()
        cursor.register("states_given", given)
        cursor.execute(
            "UPDATE base SET state = s.state::issue_state, decision_id = s.decision_id, kind = s.kind "
            "FROM (SELECT p.n, g.* FROM states_given g JOIN place p USING (issue_id)) s WHERE base.n = s.n"
        )
        cursor.close()

    def _write_decisions(self, parsed: pl.DataFrame) -> None:
        cursor = self._database.cursor()
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
        self._assigned, self._has_charges = told, assigned.height > 0

    # -- lists --------------------------------------------------------------------------------------------------------

    def _where(self, wanted: Filter, *, skip: str = "") -> _Where:
        sql, values = ["true"], list[Any]()
        for facet, chosen in wanted.facets.items():
            if chosen and facet != skip:
                sql.append(self._one_of(_COLUMNS[facet], chosen))
        if wanted.areas is not None:
            sql.append(self._one_of("area_id", wanted.areas))
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

    def _one_of(self, column: str, chosen: Sequence[str]) -> str:
        """A condition on dictionary codes: what the run does not have is not asked for."""
        known = self._known.get(column)
        if known is None:
            return f"{column} IN ({', '.join(map(_quoted, chosen))})"
        kept = [value for value in known if value in chosen]
        if len(kept) == len(known):
            return "true"
        name = "issue_state" if column == "state" else f"t_{column}"
        return f"{column} IN ({', '.join(f'{_quoted(value)}::{name}' for value in kept)})" if kept else "false"

    def count(self, wanted: Filter) -> int:
        """Number of issues that the filter leaves."""
        where = self._where(wanted)
        row = self._database.cursor().execute(f"SELECT count(*) FROM base WHERE {where.sql}", where.values).fetchone()
        return int(row[0]) if row else 0

    def facets(self, wanted: Filter) -> dict[str, list[tuple[str, int]]]:
        """Values and counts of every facet, each with its own choice left open; the most frequent first."""
        key = (repr(wanted), self._seq, self._assigned)
        if key in self._facets:
            return self._facets[key]
        told: dict[str, list[tuple[str, int]]] = {}
        cursor = self._database.cursor()
        for name in FACETS:
            known = self._known.get(_COLUMNS[name])
            if (name == "charge" and not self._has_charges) or (known is not None and len(known) < 2):
                told[name] = [((known or [""])[0], -1)]
                continue
            where = self._where(wanted, skip=name)
            found = cursor.execute(
                f"SELECT {_COLUMNS[name]}, count(*) AS size FROM base WHERE {where.sql} GROUP BY 1", where.values
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
        where = self._where(wanted)
        rows = self._rows(
            f"SELECT n FROM base WHERE {where.sql} ORDER BY n LIMIT ? OFFSET ?", [*where.values, limit, offset]
        )["n"]
        return disclose_rows(self._at(rows, (*ROW, *_VALUES)), plain=wanted.sheltered)

    def _at(self, rows: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
        """Rows by their places in the queue."""
        low, high = (int(rows[0]), int(rows[-1])) if rows.len() else (0, -1)
        if high - low + 1 == rows.len():
            return self._rows(f"SELECT {', '.join(columns)} FROM base WHERE n BETWEEN ? AND ? ORDER BY n", [low, high])
        return self._rows(
            f"SELECT {', '.join(columns)} FROM base WHERE n BETWEEN ? AND ? AND n IN (SELECT unnest(?)) ORDER BY n",
            [low, high, rows.to_list()],
        )

    def _place(self, issue_id: str) -> int | None:
        row = self._database.cursor().execute("SELECT n FROM place WHERE issue_id = ?", [issue_id]).fetchone()
        return int(row[0]) if row else None

    def one(self, issue_id: str) -> dict[str, Any] | None:
        """One issue as listed, without its values."""
        place = self._place(issue_id)
        return None if place is None else self._at(pl.Series([place]), (*ROW, "charge_due")).row(0, named=True)

    def shown(self, issue_id: str, *, plain: bool = False) -> dict[str, Any] | None:
        """One issue with its values as the person may see them; ``plain`` shows addresses of 支援措置.

        The bytes are left out wherever they could hold what the text hides.
        """
        place = self._place(issue_id)
        if place is None:
            return None
        told = self._at(pl.Series([place]), (*ROW, *_VALUES, "charge_due", "file_no", "file_row_number"))
        row = disclose_rows(told, plain=plain).row(0, named=True)
        row["proposed"], row["raw_before"] = told["candidate"][0], told["before"][0]
        raw, row["byte_offset"] = (
            pl.scan_parquet(self._files[row["file_no"]]).slice(row["file_row_number"], 1)
            .select("raw_bytes", "byte_offset").collect().row(0)
        )
        row["raw"] = raw if row["before"] == row["raw_before"] else None
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

    def matchable(self, wanted: Filter, limit: int = 1_000_000) -> pl.DataFrame:
        """Issue rows of a filter with what decisions select by, and certified, state, number."""
        where = self._where(wanted)
        return self._rows(f"SELECT {_MATCHABLE} FROM base WHERE {where.sql} ORDER BY n LIMIT ?", [*where.values, limit])

    def of_rule_and_item(self, rule: str, item: str) -> pl.DataFrame:
        """All issues of a rule and item, as ``matchable`` gives them: what a wider decision can touch."""
        return self._rows(f"SELECT {_MATCHABLE} FROM base WHERE rule_id = ? AND item = ? ORDER BY n", [rule, item])

    # -- around an issue ----------------------------------------------------------------------------------------------

    def same_value(self, issue: Mapping[str, Any], before: str | None) -> list[dict[str, Any]]:
        """Where else the same value is an issue: rule, area, group, item, issues, people; the most frequent first."""
        rows = self._rows(
            "SELECT b.rule_id, b.area_id, b.group_id, b.item, count(*) AS issues, count(DISTINCT b.number) AS people, "
            "count(*) FILTER (b.state = '未判断') AS open FROM base b "
            "WHERE b.before IS NOT DISTINCT FROM ? AND b.rule_id = ? GROUP BY ALL ORDER BY issues DESC, 1, 2, 3, 4 "
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
        where = " AND ".join(sql)
        whole = self._database.cursor().execute(f"SELECT count(*) FROM decision d WHERE {where}", values).fetchone()
        return self._rows(
            "SELECT d.*, b.issue_id, b.item, b.number, b.name, b.severity, b.certified, b.protected, b.meaning, "
            f"b.pair, {int(whole[0]) if whole else 0} AS total "
            f"FROM (SELECT * FROM decision d WHERE {where} ORDER BY d.id DESC LIMIT ? OFFSET ?) d "
            "LEFT JOIN place p ON p.issue_id = d.on_issue LEFT JOIN base b ON b.n = p.n ORDER BY d.id DESC",
            [*values, limit, offset],
        )

    def waiting(self, areas: Sequence[str] | None, login: str) -> int:
        """Proposals of others that wait for approval."""
        where = "" if areas is None else " AND (area_id IN (SELECT unnest(?)) OR (area_id = '' AND scope <> 'record'))"
        row = self._database.cursor().execute(
            f"SELECT count(*) FROM decision WHERE state = 'proposed' AND proposer <> ?{where}",
            [login, *([] if areas is None else [list(areas)])],
        ).fetchone()
        return int(row[0]) if row else 0

    def on_issue(self, issue_id: str) -> pl.DataFrame:
        """Every decision that ever selected an issue, the newest first."""
        place = self._place(issue_id)
        mine = self._matchable("n = ?", [-1 if place is None else place])
        every = self._ledger.decisions_on([issue_id])
        found = matches(mine, every).select(id="decision_id", level="level")
        return every.join(found, on="id", how="inner").sort("id", descending=True)

    def counts(self, column: str, wanted: Filter) -> list[tuple[str, dict[str, int]]]:
        """Issues by a facet and state: (value, {state: count}), the most open first."""
        where = self._where(wanted)
        rows = self._database.cursor().execute(
            f"SELECT {_COLUMNS[column]}, state, count(*) FROM base WHERE {where.sql} GROUP BY 1, 2",
            where.values,
        ).fetchall()
        told: dict[str, dict[str, int]] = {}
        for value, state, size in rows:
            told.setdefault(str(value or ""), {})[str(state)] = int(size)
        return sorted(told.items(), key=lambda pair: (-pair[1].get("未判断", 0), pair[0]))

    def text_in_values(self, token: str, areas: Sequence[str] | None, limit: int = 200) -> list[str]:
        """Ids of issues whose value holds a token (an undecided code such as ``{F0A1}``)."""
        where = "" if areas is None else " AND b.area_id IN (SELECT unnest(?))"
        rows = self._database.cursor().execute(
            "SELECT b.issue_id FROM base b WHERE contains(b.before, ?)"
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


def _quoted(text: str | Path) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def _optional(columns: set[str], name: str) -> str:
    return f'CAST("{name}" AS VARCHAR)' if name in columns else "NULL::VARCHAR"


_ISSUE_TEXTS = (
    "issue_id", "value_hash", "rule_id", "source", "area_id", "group_id", "subject", "item_path", "file", "before",
    "candidate", "severity", "action", "blocks", "confidence", "evidence", "owner", "due",
)

_BASE = """
CREATE TABLE sorted AS
SELECT * REPLACE (CASE WHEN protected THEN '' ELSE town END AS town), row_number() OVER (
           ORDER BY CASE severity WHEN 'E' THEN 0 WHEN 'W' THEN 1 ELSE 2 END, area_id, rule_id, item, number, issue_id
       ) AS n
FROM (
    SELECT i.issue_id, i.value_hash, i.rule_id, i.rule_version, i.area_id, coalesce(i.group_id, '') AS group_id,
           i.source, i.subject, coalesce(i.item_path, '') AS item_path,
           regexp_replace(coalesce(i.item_path, ''), '\\[[0-9]+\\]', '', 'g') AS item,
           i.file, i.record_no, i.severity, i.action, i.blocks, coalesce(i.confidence, '') AS confidence,
           coalesce(i.owner, '') AS owner, coalesce(i.due, '') AS due, i.file_no, i.file_row_number, i.before,
           i.candidate, i.evidence,
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
           '未判断'::issue_state AS state, NULL::VARCHAR AS decision_id, NULL::VARCHAR AS kind,
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
