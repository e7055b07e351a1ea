from datetime import date

import duckdb
import polars as pl
import pytest

from rules.contract import RuleContext
from rules.duplicates import link_cycle
from rules.households import head_name

CONTEXT = RuleContext("001", "resident", "jumin", date(2026, 4, 1), ())


def member(number, relationship, name, head, **changes):
    return {
        "area": "001", "group_id": "resident", "source": "jumin", "file": "a.dat", "record_no": int(number),
        "byte_offset": 0, "subject": number, "person_number": number, "person_household_number": "H1",
        "person_latest": "1", "person_status": "1", "person_relationship": relationship, "person_name": name,
        "person_household_head_name": head, "person_alias": None,
    } | changes


def found(rule, view, rows):
    connection = duckdb.connect()
    connection.register(view, pl.DataFrame(rows, infer_schema_length=None).to_arrow())
    return rule.find_whole(connection, CONTEXT)


def test_a_member_who_names_another_head_gets_the_right_name_as_candidate():
    rows = found(head_name, "persons", [
        member("1", "02", "山田　太郎", "山田　太郎"), member("2", "12", "山田　花子", "山田　太朗")])
    assert rows.select("subject", "before", "candidate").rows() == [("2", "山田　太朗", "山田　太郎")]


@pytest.mark.parametrize("rows", [
    [member("1", "02", "山田　太郎", None), member("2", "12", "山田　花子", "山田太郎")],
    [member("1", "02", "張　玉蓮", None, person_alias="山本　玉子"), member("2", "12", "張　花", "山本　玉子")],
    [member("1", "02", "山田　太郎", None), member("2", "02", "山田　次郎", "山田　三郎")],
    [member("1", "20", "山田　太郎", "山田　三郎")],
    [member("1", "02", "山田　太郎", None), member("2", "12", "山田　花子", "鈴木", person_latest="0")],
], ids=["blanks", "alias", "two heads", "no head", "history"])
def test_members_whose_head_is_named_right_or_not_known(rows):
    assert found(head_name, "persons", rows).is_empty()


def link(number, into):
    return {"area": "031", "group_id": "addressee", "source": "juutogai", "file": "b.csv", "record_no": int(number),
            "byte_offset": 0, "subject": number, "person_number": number, "addressee_merged_into": into}


def test_links_end_at_a_number_that_is_not_linked_on():
    rows = found(link_cycle, "addressees", [
        link("1", "1"), link("2", "3"), link("3", "2"), link("4", "5"), link("5", "6"),
        link("6", None), link("7", "6")])
    assert rows.select("subject", "reason").rows() == [("1", "itself"), ("2", "cycle"), ("3", "cycle"), ("4", "chain")]
