"""REF-021: a number that is closed to other areas is closed in every row."""

from __future__ import annotations

import duckdb
import polars as pl

from rules.references.no_sharing_flag import find_whole
from rules.references.relations import LINEAGE
from rules.trial import context


def _found(*rows: tuple[str, str | None]) -> pl.DataFrame:
    table = [
        dict.fromkeys(LINEAGE, "x")
        | {"area": "031", "record_no": n, "byte_offset": 0, "subject": f"{number}/{n}"}
        | {"person_number": number, "addressee_no_sharing": flag}
        for n, (number, flag) in enumerate(rows)
    ]
    with duckdb.connect() as connection:
        connection.register("rows_of_test", pl.DataFrame(table).to_arrow())
        connection.execute("CREATE TABLE addressees AS SELECT * FROM rows_of_test")
        return find_whole(connection, context(()))


def test_a_row_that_lost_the_flag_is_found() -> None:
    """Also where it is blank; another number is nobody's business here."""
    found = _found(("1", "1"), ("1", "0"), ("1", None), ("2", "0"))
    assert found["subject"].to_list() == ["1/1", "1/2"]
    assert set(found["candidate"]) == {"1"}


def test_without_a_closed_row_there_is_nothing_to_inherit() -> None:
    """All open, or all closed."""
    assert _found(("1", "0"), ("1", "0")).is_empty()
    assert _found(("1", "1"), ("1", "1")).is_empty()
