from datetime import date

import duckdb
import polars as pl
import pytest

from rules.contract import BoundItem, RuleContext
from rules.households import date_order, history_numbers, no_head, several_heads, support_measures_complete

COLUMNS = (
    "person_number", "person_household_number", "person_history_number", "person_history_branch", "person_latest",
    "person_status", "person_deleted", "person_relationship", "person_relationship_text",
)
CONTEXT = RuleContext("001", "resident", "jumin", date(2026, 4, 1), (
    BoundItem("続柄コード1", "person.relationship", "code"),
    BoundItem("個人履歴番号", "person.history_number", "number"),
    BoundItem("宛名番号", "person.number", "number"),
))


def member(number, relationship, **changes):
    return {
        "area": "001", "group_id": "resident", "source": "jumin", "file": "a.dat", "subject": f"{number}/1",
        "person_number": number, "person_household_number": "H1", "person_history_number": "1", "person_latest": "1",
        "person_status": "1", "person_relationship": relationship,
    } | changes


def connect(**views):
    connection = duckdb.connect()
    for name, rows in views.items():
        table = pl.DataFrame(
            [{"record_no": n, "byte_offset": 0} | (dict.fromkeys(COLUMNS) if name == "persons" else {}) | row
             for n, row in enumerate(rows, 1)], infer_schema_length=None)
        if name == "persons":
            table = table.with_columns(pl.col(c).cast(pl.String) for c in COLUMNS)
        connection.register(name, table.to_arrow())
    return connection


def found(rule, **views):
    return rule.find_whole(connect(**views), CONTEXT)


HEAD, WIFE, CHILD = "02", "12", "20"


def test_two_heads_are_named_and_the_others_are_not():
    rows = found(several_heads, persons=[member("3", HEAD), member("1", HEAD), member("2", CHILD)])
    assert rows.select("subject", "item", "before").rows() == [("1/1|3/1", "続柄コード1", "H1")]
    assert rows["evidence"][0] == "世帯員3人のうち世帯主2人"


@pytest.mark.parametrize("second", [
    {"person_status": "3"}, {"person_latest": "0"}, {"person_deleted": "1"}, {"person_household_number": "H2"},
    {"area": "031"}, {"person_household_number": None},
])
def test_a_former_head_does_not_count(second):
    rows = [member("1", HEAD), member("2", HEAD, **second)]
    assert found(several_heads, persons=rows).is_empty()


def test_a_repeated_row_is_one_head():
    assert found(several_heads, persons=[member("1", HEAD), member("1", HEAD)]).is_empty()


def test_a_source_with_codes_of_its_own_is_read_by_its_text():
    rows = [member("1", "01", person_relationship_text="世帯主", group_id="jumin"),
            member("2", "02", person_relationship_text="夫", group_id="jumin")]
    assert found(several_heads, persons=rows).is_empty()
    assert found(no_head, persons=rows).is_empty()


def test_households_without_a_head():
    rows = found(no_head, persons=[
        member("1", WIFE), member("2", CHILD), member("3", CHILD, person_household_number="H2"),
        member("4", HEAD, person_household_number="H3")])
    assert rows.select("subject", "reason").rows() == [("1/1|2/1", "no_head"), ("3/1", "one_member_left")]


def test_the_head_who_left_is_no_head_any_more():
    rows = found(no_head, persons=[member("1", HEAD, person_status="2"), member("2", WIFE)])
    assert rows["subject"].to_list() == ["2/1"]


def history(*numbers, latest=None):
    return [member("1", HEAD, subject=f"1/{n}", person_history_number=n, person_latest="1" if n == latest else "0")
            for n in numbers]


@pytest.mark.parametrize(("numbers", "latest", "expected"), [
    (("1", "2", "3"), "3", []),
    (("001", "002"), "002", []),
    (("1",), "1", []),
    (("1", "2", "4"), "4", [("1/4", "gap")]),
    (("2", "3"), "3", [("1/2", "gap")]),
    (("1", "2", "3"), "2", [("1/2", "latest"), ("1/3", "latest")]),
    (("1", "2", "2", "3"), "3", [("1/2", "repeated")]),
    (("1", "x", "2"), "2", []),
])
def test_history_numbers(numbers, latest, expected):
    rows = found(history_numbers, persons=history(*numbers, latest=latest))
    assert rows.select("subject", "reason").rows() == expected


def test_branches_share_a_history_number():
    rows = [member("1", HEAD, subject="1/1/0", person_history_branch="0", person_latest="0"),
            member("1", HEAD, subject="1/1/1", person_history_branch="1")]
    assert found(history_numbers, persons=rows).is_empty()


def measure(number, record_no):
    return {"area": "001", "group_id": "support_measure", "source": "shien", "file": "s.dat", "subject": f"{number}/1",
            "person_number": number, "record_no": record_no}


def test_every_support_measure_received_is_there():
    received = [measure("1", 1), measure("2", 2), measure("3", 3)]
    rows = found(support_measures_complete, persons=[member("1", HEAD), member("2", WIFE)],
                 support=received[:2], support_received=received)
    assert rows.select("subject", "reason", "item").rows() == [("3/1", "lost", "宛名番号")]


def test_a_measure_of_a_removed_person_stays_and_one_of_nobody_is_found():
    rows = found(support_measures_complete, persons=[member("1", HEAD, person_status="3")],
                 support=[measure("1", 1), measure("9", 2)])
    assert rows.select("subject", "reason").rows() == [("9/1", "no_person")]


def test_a_city_without_support_measures_has_none_to_lose():
    assert found(support_measures_complete, persons=[member("1", HEAD)]).is_empty()


DATES = (
    BoundItem("生年月日", "person.birth_date", "date"), BoundItem("住民", "person.became_resident_date", "date"),
    BoundItem("住定", "person.address_since_date", "date"), BoundItem("異動", "person.change_date", "date"),
    BoundItem("届出", "person.report_date", "date"), BoundItem("処理", "person.processed_date", "date"),
    BoundItem("状態", "person.status", "code"),
)
RIGHT = {"生年月日": "1975-02-29", "住民": "1975-02-29", "住定": "1990-01-01", "異動": "1990-01-01",
         "届出": "1990-01-05", "処理": "1990-01-05", "状態": "1"}


def order(**changes):
    row = RIGHT | changes
    block = pl.DataFrame([row], schema=dict.fromkeys(row, pl.String))
    context = RuleContext("001", "resident", "jumin", date(2026, 4, 1), DATES)
    return {(f.item, f.reason) for f in date_order.find(block, context) if block.select(f.mask.alias("m"))["m"][0]}


@pytest.mark.parametrize("changes", [
    {}, {"異動": None}, {"生年月日": "0000-01-01"}, {"生年月日": "2050-00-00"[:7]}, {"異動": "1990-02-01", "状態": "2"},
    {"住定": "9999-12-31"}, {"届出": "1980-01-01"}, {"処理": "H020105"},
])
def test_dates_that_are_in_order_or_not_known(changes):
    assert not order(**changes)


def test_each_pair_out_of_order_is_named_at_the_later_item():
    assert order(生年月日="1980-01-01") == {("住民", "before_birth_date")}
    assert order(住定="1990-01-02") == {("異動", "before_address_since_date")}
    assert order(異動="1990-02-01") == {("処理", "before_change_date")}
    assert order(処理="1990-01-04") == {("処理", "before_report_date")}


def isolated(person, household):
    return {"area": "001", "source": "jumin", "file": "a.dat", "record_no": 9, "person_number": person,
            "household_number": household}


def test_a_household_whose_head_is_isolated_says_so():
    rows = found(no_head, persons=[member("2", WIFE), member("3", WIFE, person_household_number="H2")],
                 isolated=[isolated("1", "H1"), isolated(None, None)])
    assert rows.select("subject", "reason").rows() == [("2/1", "target_isolated"), ("3/1", "one_member_left")]
    assert rows["evidence"].str.contains("参照先は隔離").to_list() == [True, False]


def test_a_measure_whose_person_is_isolated_is_no_orphan():
    rows = found(support_measures_complete, persons=[member("1", HEAD)], support=[measure("8", 1), measure("9", 2)],
                 isolated=[isolated("9", "H9")])
    assert rows.select("subject", "reason").rows() == [("8/1", "no_person"), ("9/1", "target_isolated")]
    assert rows["evidence"].str.contains("参照先は隔離").to_list() == [False, True]
