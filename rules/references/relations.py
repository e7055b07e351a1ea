"""What rules over whole relations read and write: DuckDB views with columns by meaning, and rows of findings.

The flow makes the views from the key files of a run: ``persons`` (one row a person row of every area, current and
historical), ``support`` and ``addressees``. Columns are meanings with ``_`` for ``.`` (``person_number``) beside area,
group_id, source, file, record_no, byte_offset and subject. A view holds the meanings its groups have; a column that
is missing reads as empty, so that a rule finds nothing where it was given nothing.
"""

from __future__ import annotations

import duckdb
import polars as pl

from rules.contract import WHOLE_FINDING_SCHEMA, RuleContext

LINEAGE = ("area", "group_id", "source", "file", "record_no", "byte_offset", "subject")


def view_columns(relation: duckdb.DuckDBPyConnection, view: str) -> frozenset[str]:
    """Column names of a view, empty when there is no such view."""
    rows = relation.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [view]).fetchall()
    return frozenset(name for (name,) in rows)


def select_columns(relation: duckdb.DuckDBPyConnection, view: str, *names: str) -> str:
    """A select list of text columns: those that the view lacks and empty values are NULL."""
    present = view_columns(relation, view)
    parts = [name for name in LINEAGE if name in present]
    parts += [f"CAST(NULL AS VARCHAR) AS {name}" for name in LINEAGE if name not in present]
    parts += [
        f"NULLIF(CAST({name} AS VARCHAR), '') AS {name}" if name in present
        else f"CAST(NULL AS VARCHAR) AS {name}"
        for name in names
    ]
    return ", ".join(parts)


def rows_of(relation: duckdb.DuckDBPyConnection, query: str, parameters: list[object] | None = None) -> pl.DataFrame:
    """The rows of a query as a polars frame."""
    frame = pl.from_arrow(relation.sql(query, params=parameters or None).to_arrow_table())
    assert isinstance(frame, pl.DataFrame)
    return frame


def item_name(ctx: RuleContext, meaning: str) -> str:
    """The item's name where the context binds the meaning, else the meaning itself."""
    item = ctx.one(meaning)
    return item.name if item is not None else meaning


def whole_findings(frame: pl.DataFrame, rule_id: str) -> pl.DataFrame:
    """Rows of WHOLE_FINDING_SCHEMA in a fixed order; columns the frame lacks are empty."""
    given = frame.with_columns(pl.lit(rule_id).alias("rule_id"))
    return given.select(
        (pl.col(name) if name in given.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in WHOLE_FINDING_SCHEMA.items()
    ).sort("area", "group_id", "subject", "item", "reason", "file", "record_no", nulls_last=True)
