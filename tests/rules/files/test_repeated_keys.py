from __future__ import annotations

from collections.abc import Sequence

import duckdb
import polars as pl
import pytest

from rules.contract import WHOLE_FINDING_SCHEMA
from rules.files.key_repeated import find_whole
from rules.trial import context

Row = tuple[str, int, str | None, str | None]


def findings(rows: Sequence[Row], view: str = "persons") -> pl.DataFrame:
    frame = pl.DataFrame(
        [("001", "resident", "jumin", f, n, n * 100, s, v) for f, n, s, v in rows],
        schema={"area": pl.String, "group_id": pl.String, "source": pl.String, "file": pl.String, "record_no": pl.Int64,
                "byte_offset": pl.Int64, "subject": pl.String, "person_name": pl.String},
        orient="row",
    )  # fmt: skip
    connection = duckdb.connect()
    connection.register("rows", frame.to_arrow())
    connection.execute(f"CREATE VIEW {view} AS SELECT * FROM rows")
    return find_whole(connection, context([]))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("E", 1, "100", "山田"), ("E", 2, "200", "山田")], []),
        ([("E", 1, "100", "山田"), ("E", 2, "100", "山田")], [("100", "identical", "E", 2)]),
        ([("E", 1, "100", "山田"), ("W", 1, "100", "山口")], [("100", "different", "W", 1)]),
        ([("E", 1, "100", None), ("E", 2, "100", None)], [("100", "identical", "E", 2)]),
        ([("E", 1, "100", None), ("E", 2, "100", "")], [("100", "different", "E", 2)]),
        ([("E", 1, None, "山田"), ("E", 2, None, "山田")], []),
        # Two rows of one record are no repetition.
        ([("E", 1, "100", "山田"), ("E", 1, "100", "山口")], []),
        ([("E", 1, "100", "あ"), ("E", 2, "100", "あ"), ("E", 3, "100", "い")], [("100", "different", "E", 3)]),
    ],
)  # fmt: skip
def test_repeated_keys(rows: list[Row], expected: list[tuple[str, str, str, int]]) -> None:
    found = findings(rows)
    assert found.select("subject", "reason", "file", "record_no").rows() == expected
    assert found.schema == WHOLE_FINDING_SCHEMA


def test_any_of_the_relations_is_looked_at_and_none_is_needed() -> None:
    assert findings([("E", 1, "100", "あ"), ("E", 2, "100", "い")], "support").height == 1
    assert find_whole(duckdb.connect(), context([])).height == 0
