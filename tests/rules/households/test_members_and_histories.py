from datetime import date

import duckdb
import polars as pl
import pytest

from rules.contract import RuleContext
from rules.households import (
    addresses_differ,
    history_continuity,
    history_order,
    relationship_and_age,
    removed_records_kept,
    several_spouses,
)
from rules.households.relationships import candidates, is_allowed, possibilities
from rules.trial import block

CONTEXT = RuleContext("", "", "", date(2026, 4, 1), ())


def member(number, **changes):
    return {
        "area": "001", "group_id": "resident", "source": "jumin", "file": "a.dat", "record_no": int(number),
        "byte_offset": 0, "subject": number, "person_number": number, "person_household_number": "H1",
        "person_latest": "1", "person_status": "1", "person_relationship": "20", "person_relationship_text": "子",
        "person_birth_date": "1980-01-01", "address_town": "本町", "address_lot": "１番２号", "address_building": None,
        "person_history_number": "1", "person_history_branch": None, "person_deleted": "0",
        "person_change_date": None, "person_processed_date": None, "person_change_reason": None,
        "person_removed_date": None,
    } | changes  # fmt: skip


def found(rule, *rows):
    connection = duckdb.connect()
    connection.register("persons", pl.DataFrame(rows, infer_schema_length=None).to_arrow())
    return rule.find_whole(connection, CONTEXT)


def test_two_writings_of_one_address_are_no_difference():
    head = member("1", person_relationship="02")
    assert found(addresses_differ, head, member("2", address_lot="１－２")).is_empty()
    assert found(addresses_differ, head, member("2", address_town="松風町"))["subject"].to_list() == ["1|2"]
    assert found(addresses_differ, head, member("2", address_building="松風荘"))["before"].to_list() == ["H1"]


def test_only_present_members_of_the_register_are_compared():
    head, elsewhere = member("1"), {"address_town": "松風町"}
    assert found(addresses_differ, head, member("2", person_status="2", **elsewhere)).is_empty()
    assert found(addresses_differ, head, member("2", person_latest="0", **elsewhere)).is_empty()
    assert found(addresses_differ, head, member("2", person_household_number="H2", **elsewhere)).is_empty()


@pytest.mark.parametrize(
    ("relationship", "birth", "reason"),
    [
        ("20", "1961-12-31", ["child"]), ("20", "1962-01-01", []), ("51", "1938-01-02", ["parent"]),
        ("52", "1938-01-01", []), ("71", "1990-01-01", []), ("20", "昭和25", []), ("20", None, []),
    ],
)  # fmt: skip
def test_children_are_born_after_and_parents_before_the_head(relationship, birth, reason):
    head = member("1", person_relationship="02", person_birth_date="1950-01-01")
    other = member("2", person_relationship=relationship, person_birth_date=birth)
    assert found(relationship_and_age, head, other)["reason"].to_list() == reason


def test_ages_are_not_compared_where_two_are_head():
    heads = [member(n, person_relationship="02", person_birth_date="1980-01-01") for n in "12"]
    assert found(relationship_and_age, *heads, member("3", person_birth_date="1970-01-01")).is_empty()


def test_two_spouses_of_one_head_are_named_together():
    rows = [member("1", person_relationship="02"), member("2", person_relationship="12"),
            member("3", person_relationship="14"), member("4", person_relationship="99")]  # fmt: skip
    assert found(several_spouses, *rows)["subject"].to_list() == ["2|3"]
    assert found(several_spouses, *rows[:2], rows[3]).is_empty()


def test_a_source_with_codes_of_its_own_is_read_by_its_text():
    rows = [member(n, group_id="", person_relationship="X", person_relationship_text="妻") for n in "12"]
    assert found(several_spouses, *rows).height == 1


def history(number, history_number, **changes):
    return member(f"{number}{history_number}", person_number=str(number),
                  person_history_number=str(history_number), **changes)  # fmt: skip


def test_histories_go_forward_unless_the_reason_may_reach_back():
    first = history(1, 1, person_change_date="2020-05-01", person_processed_date="2020-05-02")
    back = {"person_change_date": "2019-01-01", "person_processed_date": "2020-06-01"}
    assert found(history_order, first, history(1, 2, **back))["reason"].to_list() == ["before_change_date"]
    assert found(history_order, first, history(1, 2, person_change_reason="43", **back)).is_empty()
    assert found(history_order, first, history(2, 2, **back)).is_empty()
    early = history(1, 2, person_change_date="2020-05-03", person_processed_date="2020-05-01")
    assert found(history_order, first, early).select("subject", "item").rows() == [("12", "person.processed_date")]


def test_the_last_address_is_where_the_row_before_lived():
    first = history(1, 1)
    assert found(history_continuity, first, history(1, 2, last_address_town="本町", last_address_lot="１－２",
                                                     last_address_building=None)).is_empty()  # fmt: skip
    moved = history(1, 2, last_address_town="松風町", last_address_lot="１－２", last_address_building=None)
    assert found(history_continuity, first, moved).select("before", "candidate").rows() == [("松風町", "本町")]
    assert found(history_continuity, first, history(1, 2)).is_empty()


def test_a_building_counts_where_both_rows_write_one_and_a_gap_in_the_history_is_no_break():
    place = {"last_address_town": "本町", "last_address_lot": "１－２"}
    first = history(1, 1, address_building="桜荘１")
    assert found(history_continuity, first, history(1, 2, last_address_building=None, **place)).is_empty()
    assert found(history_continuity, first, history(1, 2, last_address_building="桜荘１", **place)).is_empty()
    assert found(history_continuity, first, history(1, 2, last_address_building="梅荘１", **place)).height == 1
    elsewhere = {"last_address_town": "松風町", "last_address_lot": "９", "last_address_building": None}
    assert found(history_continuity, first, history(1, 2, **elsewhere)).height == 1
    assert found(history_continuity, first, history(1, 3, **elsewhere)).is_empty()


def removed(number, day):
    return member(str(number), person_status="2", person_removed_date=day)


def test_older_removed_records_that_are_missing_are_said_once_a_source():
    recent = [removed(n, "2024-01-01") for n in range(30)]
    assert found(removed_records_kept, *recent)["reason"].to_list() == ["older_missing"]
    assert found(removed_records_kept, *recent, removed(99, "2016-01-01")).is_empty()
    assert found(removed_records_kept, *recent, removed(99, "2001-01-01")).height == 1
    assert found(removed_records_kept, *recent[:5]).is_empty()


def test_every_candidate_of_an_older_writing_is_allowed_and_no_writing_stands_twice():
    meant = [text for several in possibilities().values() for text in several.split("・")]
    todays = pl.DataFrame({"t": [*candidates().values(), *meant]})
    assert todays.filter(~is_allowed(pl.col("t"))).is_empty()
    assert not set(candidates()) & set(possibilities())
    assert block({"t": [*candidates(), *possibilities()]}).filter(is_allowed(pl.col("t"))).is_empty()
