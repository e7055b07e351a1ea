"""The issues and keys of one run as tables in DuckDB's memory, read from its Parquet files.

``base`` holds the issues in the order of the queue, so that a page is a range and a facet a count of codes; ``place``
says where an issue stands, ``member`` who belongs to a pair, ``decision`` what the ledger decided. Several requests
read at the same time, each on a cursor of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import polars.selectors as cs

from pipelines.reports.run_files import RunFiles

_CODED = ("rule_id", "area_id", "group_id", "severity", "blocks", "confidence", "owner", "town", "item")
"""Columns kept as dictionary codes."""

STATES = ("未判断", "起案中", "承認済", "依頼中", "未反映", "却下", "失効", "期限切れ")
"""What an issue may be in, as the queue lists it."""

_PERSON_NAMES = ("person_name", "person_name_kanji", "person_name_roman", "person_alias")

_ISSUE_TEXTS = (
    "issue_id", "value_hash", "rule_id", "source", "area_id", "group_id", "subject", "item_path", "file", "before",
    "candidate", "severity", "action", "blocks", "confidence", "evidence", "owner", "due",
)


class IssueTables:
    """Tables of one run; every request reads on a cursor of its own.

    Args:
        run: The run.
        threads: DuckDB's threads.
        memory_mib: DuckDB's memory limit in MiB.

    Attributes:
        issue_files: The run's issue files; ``base.file_no`` counts them from 0.
        key_files: Its key files.
        known: Values that each coded column of ``base`` has.
    """

    def __init__(self, run: RunFiles, *, threads: int, memory_mib: int) -> None:
        self._database = duckdb.connect(config={
            "threads": threads, "memory_limit": f"{memory_mib}MB", "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        })
        self.issue_files = sorted((run.folder / "issues").glob("*.parquet"))
        self.key_files = sorted((run.folder / "keys").glob("*/*.parquet"))
        self.known: dict[str, list[str]] = {"state": list(STATES)}
        self._build(run)

    def close(self) -> None:
        """Give DuckDB's memory back."""
        self._database.close()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor of its own for one request."""
        return self._database.cursor()

    def rows(self, query: str, values: Sequence[Any] = ()) -> pl.DataFrame:
        """The answer to a query; codes as texts."""
        table = self.cursor().sql(query, params=list(values) or None).to_arrow_table()
        frame = pl.from_arrow(table)
        if not isinstance(frame, pl.DataFrame):
            raise TypeError("a query that gives no table")
        return frame.with_columns(cs.categorical().cast(pl.String), cs.enum().cast(pl.String))

    def place(self, issue_id: str) -> int | None:
        """The place of an issue in the queue; None where the run has no such issue."""
        row = self.cursor().execute("SELECT n FROM place WHERE issue_id = ?", [issue_id]).fetchone()
        return int(row[0]) if row else None

    def selectable(self, where: str, values: list[Any]) -> pl.DataFrame:
        """Issue rows, all or those of an SQL condition, with what decisions select by."""
        return self.rows(
            "SELECT issue_id, value_hash, rule_id, rule_version, area_id, group_id, item_path, before FROM base"
            + (f" WHERE {where}" if where else ""), values,
        )

    def _build(self, run: RunFiles) -> None:
        self._issues_view()
        self._keys_view()
        self._people()
        self._items(run.items)
        self._queue()
        self._database.execute(_DECISION)

    def _issues_view(self) -> None:
        parts = [
            f"SELECT {number} AS file_no, * FROM read_parquet({quoted(path)}, file_row_number=true)"
            for number, path in enumerate(self.issue_files)
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
        self._database.execute(f"CREATE VIEW issue AS {body}")

    def _items(self, items: pl.DataFrame) -> None:
        connection = self._database
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

    def _queue(self) -> None:
        """``base`` and ``place``."""
        connection = self._database
        connection.execute("CREATE TYPE issue_state AS ENUM ({})".format(", ".join(map(quoted, STATES))))
        connection.execute(_BASE)
        # Dictionary codes make the facets' counts cheap; the order of the queue makes its pages so.
        for column in _CODED:
            connection.execute(
                f"CREATE TYPE t_{column} AS ENUM (SELECT DISTINCT {column} FROM sorted WHERE {column} IS NOT NULL)"
            )
            self.known[column] = [
                str(value) for (value,) in connection.execute(f"SELECT unnest(enum_range(NULL::t_{column}))").fetchall()
            ]
        coded = ", ".join(f"{column}::t_{column} AS {column}" for column in _CODED)
        connection.execute(f"CREATE TABLE base AS SELECT * REPLACE ({coded}) FROM sorted ORDER BY n")
        connection.execute("DROP TABLE sorted; CREATE TABLE place AS SELECT issue_id, n FROM base")
        connection.execute("CREATE INDEX place_of ON place (issue_id)")

    def _keys_view(self) -> None:
        selects = []
        for path in self.key_files:
            columns = set(pl.read_parquet_schema(path))
            names = [f'"{name}"' for name in _PERSON_NAMES if name in columns]
            number = 'CAST("person_number" AS VARCHAR), ' if "person_number" in columns else ""
            support = any(name.startswith("support_") for name in columns)
            selects.append(
                f"SELECT {quoted(path.parent.name)} AS area_id, {quoted(path.stem)} AS group_id, file, record_no, "
                f"subject, coalesce({number}regexp_extract(subject, '^([^/|]*)', 1)) AS number, "
                f"{_optional(columns, 'person_household_number')} AS household, "
                f"{'coalesce(' + ', '.join(names) + ')' if names else 'NULL::VARCHAR'} AS name, "
                f"{_optional(columns, 'address_town')} AS town, {support} AS support FROM read_parquet({quoted(path)})"
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


def quoted(text: str | Path) -> str:
    """A text as an SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


def _optional(columns: set[str], name: str) -> str:
    return f'CAST("{name}" AS VARCHAR)' if name in columns else "NULL::VARCHAR"


_DECISION = """
CREATE TABLE decision (
    id VARCHAR PRIMARY KEY, rule_id VARCHAR, rule_version BIGINT, scope VARCHAR, selector VARCHAR, kind VARCHAR,
    value VARCHAR, proposer VARCHAR, approver VARCHAR, reason VARCHAR, evidence VARCHAR, "at" VARCHAR, expires VARCHAR,
    supersedes VARCHAR, state VARCHAR, decided_at VARCHAR, decided_reason VARCHAR, decided_reference VARCHAR,
    generation VARCHAR, area_id VARCHAR, on_issue VARCHAR
)
"""

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
