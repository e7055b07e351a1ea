from datetime import date

import duckdb
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.contract import WHOLE_FINDING_SCHEMA, RuleContext
from rules.reconciliation import characters, headcounts, record_counts

CONTEXT = RuleContext("001", "resident", "jumin", date(2026, 4, 1), (), params={"ward_names": {"1": "東区"}})


def person(number, **changes):
    return {
        "area": "001", "group_id": "resident", "source": "jumin", "file": "a.dat", "record_no": int(number),
        "byte_offset": 0, "subject": f"{number}/1", "person_number": number, "person_household_number": "H1",
        "person_latest": "1", "person_status": "1", "person_kind": "1", "person_sex": "1", "ward_code": "1",
        "person_birth_date": "1975-02-29", "address_town": "美原",
    } | changes


def connect(**views):
    connection = duckdb.connect()
    for name, rows in views.items():
        frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(rows, infer_schema_length=None)
        connection.register(name, frame.to_arrow())
    return connection


PERSONS = [
    person("1"), person("2", person_sex="2"), person("3", person_kind="2", person_household_number="H2", ward_code="2"),
    person("4", person_status="3"), person("5", person_latest="0"),
    person("6", person_birth_date="2000-04-02"),
]


def test_headcounts_speak_the_words_of_the_control_sheets():
    connection = connect(persons=PERSONS, addressees=[{"person_number": "9"}, {"person_number": "9"}],
                         support=[{"person_number": "1"}, {"person_number": "1"}])
    counted = {(i, c): n for i, c, n in headcounts.headcounts(connection, {"1": "東区"}).rows()}
    assert counted == {
        ("人口総数", ""): 4, ("男女別人口", "男"): 3, ("男女別人口", "女"): 1, ("世帯数", ""): 2, ("外国人人口", ""): 1,
        ("区別人口", "東区"): 3, ("区別人口", "2"): 1, ("除票数", ""): 1, ("住登外者数", ""): 1,
        ("支援措置対象者数", ""): 1,
    }


def test_the_age_table_counts_every_resident_once():
    table = headcounts.age_table(connect(persons=PERSONS), date(2026, 4, 1))
    assert table["人数"].sum() == 4
    assert set(table.select("年齢階級", "人数").rows()) >= {(25, 1), (None, 1)}


def controls(*rows):
    return pl.DataFrame(
        [{"area": "001", "帳票名": "人口統計", "項目": i, "区分": c, "値": n} for i, c, n in rows],
        schema_overrides={"値": pl.Int64})


def test_what_was_not_supplied_or_not_counted_is_not_done():
    counted = headcounts.headcounts(connect(persons=PERSONS))
    compared = headcounts.compare_controls(
        controls(("人口総数", "", 4), ("世帯数", "", 3), ("外国人人口", "", None), ("選挙人数", "", 1),
                 ("区別人口", "3", 0)),
        counted)
    assert compared["判定"].to_list() == ["一致", "不一致", "未実施", "未実施", "一致"]
    assert compared["差"].to_list() == [0, -1, None, None, 0]


def test_a_figure_that_differs_is_a_finding():
    found = headcounts.find_whole(connect(persons=PERSONS, controls=controls(("人口総数", "", 5))), CONTEXT)
    assert dict(found.schema) == WHOLE_FINDING_SCHEMA
    assert found.select("subject", "before").rows() == [("人口統計/人口総数/", "4")]


def test_without_control_sheets_nothing_is_claimed():
    assert headcounts.find_whole(connect(persons=PERSONS), CONTEXT).is_empty()


def counts(**changes):
    row = {"area": "001", "source": "jumin", "file": "a", "received": 10, "decoded": 10, "converted": 8, "isolated": 1,
           "excluded": 1, "collapsed": 0, "control": 2}
    return pl.DataFrame([row | changes], schema_overrides=dict.fromkeys(("received", "decoded"), pl.Int64))


def test_every_record_has_a_fate():
    assert record_counts.find_whole(connect(reconcile_records=counts()), CONTEXT).is_empty()
    found = record_counts.find_whole(connect(reconcile_records=counts(converted=7)), CONTEXT)
    assert found.select("subject", "before").rows() == [("a", "1")]
    assert not record_counts.find_whole(connect(reconcile_records=counts(received=11)), CONTEXT).is_empty()
    assert record_counts.find_whole(connect(reconcile_records=counts(received=None)), CONTEXT).is_empty()


def character_counts(before, after, *explanations):
    parts = [characters.code_points(before).with_columns(stage=pl.lit("in")),
             characters.code_points(after).with_columns(stage=pl.lit("out"))]
    parts += [e.drop("explained_by").with_columns(stage=pl.lit("explained")) for e in explanations]
    return pl.concat(parts).with_columns(area=pl.lit("001"))


def test_a_character_that_vanished_is_named():
    before, after = pl.Series(["髙橋", "山田"]), pl.Series(["高橋", "山田"])
    table = character_counts(before, after)
    found = characters.find_whole(connect(reconcile_characters=table), CONTEXT)
    assert found.select("subject", "before").rows() == [("U+9AD8", "1"), ("U+9AD9", "-1")]


TEXTS = st.lists(st.text(alphabet="山髙辻\U000E0102ｱ-", max_size=5), min_size=1, max_size=6)


@settings(max_examples=30)
@given(TEXTS, TEXTS)
def test_a_change_that_explains_itself_leaves_nothing(before, after):
    one, other = pl.Series(before, dtype=pl.String), pl.Series(after, dtype=pl.String)
    table = character_counts(one, other, characters.explained(one, other, "MOJ-018"))
    assert characters.unexplained_characters(table).is_empty()
