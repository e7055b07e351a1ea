from __future__ import annotations

from datetime import date

import duckdb
import polars as pl
import pytest

from rules.contract import WHOLE_FINDING_SCHEMA, RuleContext
from rules.duplicates import link_cycle

CONTEXT = RuleContext("", "", "", date(2026, 4, 1), ())


def person(number: str, area: str = "031", into: str | None = None, **more: str | None) -> dict[str, object]:
    return {
        "area": area, "group_id": "addressee" if area == "031" else "resident", "source": "s", "file": area,
        "record_no": int(number), "byte_offset": 0, "subject": number, "person_number": number,
        "person_name": "甲", "person_deleted": "0", "person_status": "1" if area == "001" else None,
        "person_removed_reason": None, "addressee_merged_into": into, **more,
    }  # fmt: skip


def found(*rows: dict[str, object]) -> list[tuple[object, ...]]:
    texts = {c: pl.String for c in rows[0] if c not in ("record_no", "byte_offset")}
    frame = pl.DataFrame(list(rows), schema_overrides=texts)
    connection = duckdb.connect()
    for view, area in (("persons", frame), ("addressees", frame.filter(pl.col("area") == "031"))):
        connection.register(view, area.to_arrow(compat_level=pl.CompatLevel.oldest()))
    told = link_cycle.find_whole(connection, CONTEXT)
    assert dict(told.schema) == WHOLE_FINDING_SCHEMA
    assert told["evidence"].null_count() == 0
    return told.select("subject", "reason").rows()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([person("1", into="2"), person("2")], []),
        ([person("1", into="1")], [("1", "itself")]),
        ([person("1", into="2"), person("2", into="1")], [("1", "cycle"), ("2", "cycle")]),
        ([person("1", into="2"), person("2", into="3"), person("3", into="1")],
         [("1", "cycle"), ("2", "cycle"), ("3", "cycle")]),
        ([person("1", into="2"), person("2", into="3"), person("3")], [("1", "chain")]),
        ([person("9", into="1"), person("1", into="2"), person("2", into="1")],
         [("1", "cycle"), ("2", "cycle"), ("9", "chain")]),
        ([person("1", into="5"), person("5", "001")], []),
        ([person("1", into="5"), person("5", "001", person_status="2")], []),
        ([person("1", into="5"), person("5", "001", person_status="3")], [("1", "removed")]),
        ([person("1", into="5"), person("5", "001", person_status="9")], [("1", "removed")]),
        ([person("1", into="2"), person("2", person_deleted="1")], [("1", "removed")]),
        ([person("1", into="7")], []),
    ],
)  # fmt: skip
def test_chains_circles_and_removed_targets(
    rows: list[dict[str, object]], expected: list[tuple[object, ...]]
) -> None:
    assert found(*rows) == expected
    assert found(*reversed(rows)) == expected
