from datetime import date

import duckdb
import polars as pl
import pytest

from rules.contract import WHOLE_FINDING_SCHEMA, RuleContext
from rules.duplicates import one_number_two_persons
from rules.duplicates.matching_keys import address_key, kana_key, name_key
from rules.references import copies_differ

COLUMNS = (
    "person_number", "person_latest", "person_status", "person_kind", "person_birth_date", "person_kana", "person_name",
    "person_name_roman", "person_alias", "person_former_name", "person_sex", "address_town", "address_lot",
    "address_building",
)
CONTEXT = RuleContext("001", "resident", "jumin", date(2026, 4, 1), ())
YAMADA = {
    "person_number": "100", "person_latest": "1", "person_status": "1", "person_kind": "1",
    "person_birth_date": "1975-01-01", "person_kana": "ヤマダ　タロウ", "person_name": "山田　太郎", "person_sex": "1",
    "address_town": "美原一丁目", "address_lot": "１番６号",
}


def resident(**changes):
    return {"area": "001", "group_id": "resident", "source": "jumin", "subject": "100/1"} | YAMADA | changes


def addressee(**changes):
    copy = {"area": "031", "group_id": "addressee", "source": "juutogai", "subject": "100"} | YAMADA
    return copy | {"person_latest": None, "person_status": None, "person_kind": None} | changes


def findings(rule, *rows):
    table = pl.DataFrame(
        [{"file": f"{r['source']}.dat", "record_no": n, "byte_offset": 0} | dict.fromkeys(COLUMNS) | r
         for n, r in enumerate(rows, 1)],
        infer_schema_length=None).with_columns(pl.col(c).cast(pl.String) for c in COLUMNS)
    connection = duckdb.connect()
    connection.register("persons", table.to_arrow())
    found = rule.find_whole(connection, CONTEXT)
    assert dict(found.schema) == WHOLE_FINDING_SCHEMA
    return found


def reasons(rule, *rows):
    return findings(rule, *rows).select("item", "reason").rows()


def test_two_persons_with_one_number_across_areas():
    found = findings(one_number_two_persons, resident(),
                     addressee(person_birth_date="1980-05-05", person_kana="スズキ　ハナコ", person_name="鈴木　花子"))
    (row,) = found.rows(named=True)
    assert row["subject"] == "100|100/1"
    assert (row["area"], row["reason"], row["before"]) == ("031", "birth_date_and_given_name", "100")


def test_two_persons_with_one_number_inside_an_area():
    rows = (addressee(subject="100/税"), addressee(subject="100/国保", person_kana="スズキ　ハナコ"))
    (row,) = findings(one_number_two_persons, *rows).rows(named=True)
    assert row["subject"] == "100/国保|100/税"
    assert row["reason"] == "given_name"


@pytest.mark.parametrize("copy", [
    {"person_name": "鈴木　太郎", "person_kana": "スズキ　タロウ"},
    {"person_kana": "ヤマタタロウ"},
    {"person_kana": "ﾔﾏﾀﾞ ﾀﾛｳ"},
    {"person_birth_date": None},
    {"person_birth_date": "1975-00-00"},
    {"person_birth_date": "昭和50年"},
    {"person_kana": None},
    {"address_town": "別の町", "address_lot": "９"},
], ids=lambda copy: "+".join(copy))
def test_other_family_names_addresses_and_unknown_dates_are_no_second_person(copy):
    assert findings(one_number_two_persons, resident(), addressee(**copy)).is_empty()


def test_what_the_register_said_before_explains_a_copy():
    earlier = resident(subject="100/1", person_latest="0", person_birth_date="1975-01-10", person_kana="ヤマダ　ジロウ")
    now = resident(subject="100/2")
    copy = addressee(person_birth_date="1975-01-10", person_kana="ヤマダ　ジロウ")
    assert findings(one_number_two_persons, earlier, now, copy).is_empty()


def test_the_parts_of_a_foreign_name_may_stand_in_any_order():
    one = resident(person_kind="2", person_kana="マリア　サントス", person_name_roman="ＭＡＲＩＡ　ＳＡＮＴＯＳ")
    assert findings(one_number_two_persons, one, addressee(person_kana="サントス　マリア")).is_empty()


def test_twins_have_numbers_of_their_own():
    twin = addressee(subject="200", person_number="200", person_kana="ヤマダ　ジロウ")
    assert findings(one_number_two_persons, resident(), twin).is_empty()


def test_history_rows_of_one_person_are_no_duplicates():
    rows = (resident(subject="100/1", person_latest="0", person_birth_date="1975-02-01"), resident(subject="100/2"))
    assert findings(one_number_two_persons, *rows).is_empty()


def test_a_copy_of_an_earlier_address_is_stale():
    earlier = resident(subject="100/1", person_latest="0", address_town="本通", address_lot="３番４号")
    now = resident(subject="100/2")
    found = findings(copies_differ, earlier, now, addressee(address_town="本通", address_lot="３－４"))
    assert found.select("subject", "item", "reason", "before", "candidate").rows() == [
        ("100|100/2", "address.town", "stale", "本通", None)]


def test_written_differently_is_spelling_and_another_place_is_unexplained():
    assert reasons(copies_differ, resident(), addressee(address_town="美原１丁目", address_lot="1-6")) == [
        ("address.town", "spelling")]
    assert reasons(copies_differ, resident(), addressee(address_lot="９番９号")) == [("address.lot", "unexplained")]


def test_names_are_classified_apart():
    assert reasons(copies_differ, resident(person_name="渡邉　太郎"), addressee(person_name="渡辺　太郎")) == [
        ("person.name", "spelling")]
    assert reasons(copies_differ, resident(person_name="佐藤　太郎", person_kana="サトウ　タロウ"), addressee()) == [
        ("person.kana", "unexplained"), ("person.name", "unexplained")]


def test_an_alias_is_a_right_name_and_blanks_are_no_difference():
    assert not reasons(copies_differ, resident(person_alias="山本　太郎"), addressee(person_name="山本　太郎"))
    assert not reasons(copies_differ, resident(), addressee(person_name="山田太郎", person_kana="ヤマダタロウ"))


def test_after_moving_out_the_other_area_may_know_better():
    assert not reasons(copies_differ, resident(person_status="2"), addressee(address_town="札幌市中央区"))


def test_two_persons_are_never_a_stale_copy():
    other = addressee(person_birth_date="1980-05-05", person_name="鈴木　花子", address_town="本通")
    assert not reasons(copies_differ, resident(), other)


def test_a_missing_part_of_an_address_is_not_compared():
    assert not reasons(copies_differ, resident(address_building="コーポ１０１"), addressee())


def fold(function, value):
    return pl.DataFrame({"t": [value]}).select(function(pl.col("t")).alias("t"))["t"][0]


@pytest.mark.parametrize(("one", "other"), [
    ("キヨウコ", "キョウコ"), ("ヂ", "ジ"), ("ヂロウ", "ジロウ"), ("ジロー", "ジロ"), ("ヅ", "ズ"),
    ("ヴァン", "バン"), ("ハ", "ワ"), ("ｶﾞ", "カ"), ("オオノ", "オウノ"), ("ヲ", "オ"),
])
def test_kana_meet_as_the_search_of_the_standard_lets_them(one, other):
    assert fold(kana_key, one) == fold(kana_key, other)


def test_the_first_u_is_no_long_vowel():
    assert fold(kana_key, "ウエノ") == "ウエノ"


def test_other_names_and_places_stay_apart():
    assert fold(name_key, "山口") != fold(name_key, "山ロ")
    assert fold(address_key, "美原一丁目") != fold(address_key, "美原二丁目")
    assert fold(kana_key, "タロウ") != fold(kana_key, "ジロウ")
