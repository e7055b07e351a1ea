from datetime import date

import duckdb
import polars as pl
import pytest

from rules.contract import RuleContext
from rules.households import death_and_removal

CONTEXT = RuleContext("", "", "", date(2026, 4, 1), ())


def asked(status, reason, **changes):
    row = {"area": "001", "group_id": "resident", "source": "jumin", "file": "a.dat", "record_no": 1, "byte_offset": 0,
           "subject": "1/1", "person_number": "1", "person_latest": "1", "person_status": status,
           "person_removed_reason": reason} | changes
    connection = duckdb.connect()
    connection.register("persons", pl.DataFrame([row]).to_arrow())
    return death_and_removal.find_whole(connection, CONTEXT)["reason"].to_list()


@pytest.mark.parametrize(("status", "reason", "expected"), [
    ("3", "21", ["dead_for_another_reason"]), ("1", "23", ["death_of_the_living"]),
    ("2", "23", ["death_of_the_living"]),
    ("3", "23", []), ("2", "21", []), ("1", None, []), ("3", None, []), ("9", "26", []),
])
def test_status_and_reason_agree_on_a_death(status, reason, expected):
    assert asked(status, reason) == expected


def test_history_and_sources_with_codes_of_their_own_are_not_asked():
    assert not asked("3", "21", person_latest="0")
    assert not asked("3", "21", group_id="")
