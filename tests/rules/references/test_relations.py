from datetime import date

import duckdb
import polars as pl
import pytest

from rules.contract import WHOLE_FINDING_SCHEMA, BoundItem, RuleContext
from rules.duplicates import link_cycle, one_number_two_persons
from rules.households import head_name, history_numbers, no_head, several_heads, support_measures_complete
from rules.reconciliation import characters, headcounts, record_counts
from rules.references import copies_differ, no_sharing_flag
from rules.references.relations import LINEAGE, item_name, rows_of, select_columns, view_columns, whole_findings

CONTEXT = RuleContext("", "", "", date(2026, 4, 1), (BoundItem("宛名番号", "person.number", "number"),))
WHOLE_RULES = (
    characters, copies_differ, head_name, headcounts, history_numbers, link_cycle, no_head, no_sharing_flag,
    one_number_two_persons,
    record_counts, several_heads, support_measures_complete,
)


def poor_city():
    connection = duckdb.connect()
    row = dict.fromkeys(LINEAGE, "1") | {"record_no": 1, "byte_offset": 0, "area": "001", "person_number": ""}
    connection.register("persons", pl.DataFrame([row]).to_arrow())
    return connection


@pytest.mark.parametrize("rule", WHOLE_RULES, ids=lambda rule: rule.__name__.rsplit(".", 1)[-1])
def test_a_rule_that_was_given_nothing_finds_nothing(rule):
    found = rule.find_whole(poor_city(), CONTEXT)
    assert found.is_empty()
    assert dict(found.schema) == WHOLE_FINDING_SCHEMA


def test_missing_columns_and_empty_values_are_null():
    connection = poor_city()
    names = select_columns(connection, "persons", "person_number", "person_kana")
    (row,) = rows_of(connection, f"SELECT {names} FROM persons").rows(named=True)
    assert (row["person_number"], row["person_kana"], row["subject"]) == (None, None, "1")
    assert view_columns(connection, "addressees") == frozenset()


def test_items_are_named_by_the_context_or_by_their_meaning():
    assert item_name(CONTEXT, "person.number") == "宛名番号"
    assert item_name(CONTEXT, "person.sex") == "person.sex"


def test_findings_stand_in_one_order_whatever_order_they_were_found_in():
    frame = pl.DataFrame({"area": ["001", "001"], "subject": ["2", "1"], "item": ["a", "a"]})
    one, other = whole_findings(frame, "HSE-001"), whole_findings(frame.reverse(), "HSE-001")
    assert one.equals(other)
    assert one["subject"].to_list() == ["1", "2"]
